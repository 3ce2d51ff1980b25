"""Where models and caches are on this machine, unless somebody says otherwise."""

from __future__ import annotations

import os
from pathlib import Path

import matinee

__all__ = ["CACHE_VARIABLE", "cache_path", "cached_models_path", "own_model_path", "standing_path"]

CACHE_VARIABLE = "MATINEE_CACHE"


def own_model_path() -> Path:
    """Where ``matinee train`` puts a model without ``--out``, and where others look first."""
    import platformdirs

    return platformdirs.user_data_path("matinee", appauthor=False) / "model"


def standing_path() -> Path | None:
    """The model that answers where none is named; None where there is none yet.

    It is the user's own one or the one that is published in the usual place: of both, the one that
    was trained, published or gone back to last.
    """
    from matinee.artifacts import MANIFEST
    from matinee.publishing import CURRENT, current_path, default_root, is_published

    own, root = own_model_path(), default_root()
    if not is_published(root):
        return own if own.exists() else None
    manifest = own / MANIFEST
    if manifest.is_file() and manifest.stat().st_mtime_ns > (root / CURRENT).stat().st_mtime_ns:
        return own
    return current_path(root)


def cache_path() -> Path:
    """Matinee's cache: ``MATINEE_CACHE``, or a folder in the platform's own."""
    named = os.environ.get(CACHE_VARIABLE)
    if named:
        return Path(named).expanduser()
    import platformdirs

    return platformdirs.user_cache_path("matinee", appauthor=False)


def cached_models_path() -> Path:
    """Where models are kept that were trained because a question needed one."""
    return cache_path() / "models" / matinee.__version__
