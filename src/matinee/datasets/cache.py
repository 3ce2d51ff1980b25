"""Where downloaded data sets are kept."""

from __future__ import annotations

from pathlib import Path

from matinee.datasets.known import KNOWN, known
from matinee.paths import cache_path

__all__ = ["cache_folder", "cached_path", "in_cache"]


def cache_folder() -> Path:
    """The folder of downloaded data sets: in ``MATINEE_CACHE``, or in the platform's cache."""
    return cache_path() / "datasets"


def cached_path(name: str) -> Path:
    """Where the zip of a known data set is, or would be.

    Raises
    ------
    UnknownDatasetError
        If there is no data set of this name.
    """
    return cache_folder() / known(name).file


def in_cache() -> dict[str, Path]:
    """The data sets that have been downloaded."""
    folder = cache_folder()
    return {
        name: folder / dataset.file
        for name, dataset in KNOWN.items()
        if (folder / dataset.file).is_file()
    }
