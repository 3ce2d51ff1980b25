"""A life of films from another service: its official export files, read and matched.

:func:`read` takes a file apart, whoever made it; :func:`export_json` and :func:`export_csv` make
one of Matinee's own.
"""

from __future__ import annotations

from matinee.importers.export import export_csv, export_json
from matinee.importers.reading import (
    detect,
    read,
    read_imdb,
    read_letterboxd,
    read_own,
    read_trakt,
)
from matinee.importers.records import ImportFile, ImportRow, Skipped, to_five_stars

__all__ = [
    "ImportFile",
    "ImportRow",
    "Skipped",
    "detect",
    "export_csv",
    "export_json",
    "read",
    "read_imdb",
    "read_letterboxd",
    "read_own",
    "read_trakt",
    "to_five_stars",
]
