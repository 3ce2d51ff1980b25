"""A life of films from another service: its official export files, read and matched.

:func:`read` takes a file apart, whoever made it; :class:`Matcher` finds its films in a catalogue
and says what it is not sure of; :func:`apply` writes them into the store. Files of Matinee's own
come from :meth:`Store.export_json <matinee.store.Store.export_json>` and
:meth:`Store.export_csv <matinee.store.Store.export_csv>`.
"""

from __future__ import annotations

from matinee.importers.applying import apply, known_to, remember
from matinee.importers.matching import Candidate, Matched, Matcher, Open, Report
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
    "Candidate",
    "ImportFile",
    "ImportRow",
    "Matched",
    "Matcher",
    "Open",
    "Report",
    "Skipped",
    "apply",
    "detect",
    "known_to",
    "read",
    "read_imdb",
    "read_letterboxd",
    "read_own",
    "read_trakt",
    "remember",
    "to_five_stars",
]
