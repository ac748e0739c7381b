"""Jangkau finds every telecom blank spot of a region, plans how to close it, and proves that it is closed."""

__version__ = "0.1.0"
