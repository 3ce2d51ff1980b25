"""Reading ratings and films from files, frames and downloads, and the bundled sample.

>>> from matinee.datasets import load
>>> load("sample")
Dataset('sample', 100,003 ratings, 671 users, 9,064 films)
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

# Name → module, imported when asked for: a list of data sets must not wait for Polars.
_EXPORTS: dict[str, str] = {
    "FOLD_NAMES": "matinee.datasets.folds",
    "FORMATS": "matinee.datasets.layout",
    "Fold": "matinee.datasets.folds",
    "KNOWN": "matinee.datasets.known",
    "SAMPLE": "matinee.datasets.known",
    "KnownDataset": "matinee.datasets.known",
    "from_frame": "matinee.datasets.reading",
    "load": "matinee.datasets.reading",
    "load_catalog": "matinee.datasets.reading",
    "load_folds": "matinee.datasets.folds",
}

__all__ = [*_EXPORTS]  # noqa: PLE0604

if TYPE_CHECKING:
    from matinee.datasets.folds import FOLD_NAMES as FOLD_NAMES
    from matinee.datasets.folds import Fold as Fold
    from matinee.datasets.folds import load_folds as load_folds
    from matinee.datasets.known import KNOWN as KNOWN
    from matinee.datasets.known import SAMPLE as SAMPLE
    from matinee.datasets.known import KnownDataset as KnownDataset
    from matinee.datasets.layout import FORMATS as FORMATS
    from matinee.datasets.reading import from_frame as from_frame
    from matinee.datasets.reading import load as load
    from matinee.datasets.reading import load_catalog as load_catalog


def __getattr__(name: str) -> Any:
    module = _EXPORTS.get(name)
    if module is None:
        raise AttributeError(f"module 'matinee.datasets' has no attribute {name!r}")
    value = getattr(importlib.import_module(module), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
