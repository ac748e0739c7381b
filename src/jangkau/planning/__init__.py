"""Decision models: where to test, what to build."""
