"""The API, one module a group of answers."""
