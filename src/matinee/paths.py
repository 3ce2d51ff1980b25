"""Where Matinee keeps its files on this machine, unless somebody says otherwise."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["CACHE_VARIABLE", "cache_path", "data_path"]

CACHE_VARIABLE = "MATINEE_CACHE"


def data_path() -> Path:
    """What is kept for good: the store, the user's model, published models."""
    import platformdirs

    return platformdirs.user_data_path("matinee", appauthor=False)


def cache_path() -> Path:
    """What can be made again: ``MATINEE_CACHE``, or a folder in the platform's own."""
    named = os.environ.get(CACHE_VARIABLE)
    if named:
        return Path(named).expanduser()
    import platformdirs

    return platformdirs.user_cache_path("matinee", appauthor=False)
