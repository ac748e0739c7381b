"""Compiled functions of the models: floats and arrays in, values out, no checks. Seen by the science that owns them."""
