"""Compiled loops over plain arrays, and nothing else. Import them only where a fit runs."""
