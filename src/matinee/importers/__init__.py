"""A life of films from another service: its export files, or any table of films, read and matched.

:func:`read` takes a file apart, whoever made it; :class:`Matcher` finds its films in a catalogue
and says what it is not sure of; :func:`read_ratings` does both, for a profile. The store's own
:func:`matinee.store.importing.apply` writes a report into it. Files of Matinee's own come from
:meth:`Store.export_json <matinee.store.Store.export_json>` and
:meth:`Store.export_csv <matinee.store.Store.export_csv>`.
"""

from __future__ import annotations

from matinee.importers.matching import Candidate, Matched, Matcher, Open, Report
from matinee.importers.profile import Import, read_ratings
from matinee.importers.reading import MAX_BYTES, read
from matinee.importers.records import ImportFile, ImportRow, Skipped
from matinee.importers.services import MAX_ROWS

__all__ = [
    "MAX_BYTES",
    "MAX_ROWS",
    "Candidate",
    "Import",
    "ImportFile",
    "ImportRow",
    "Matched",
    "Matcher",
    "Open",
    "Report",
    "Skipped",
    "read",
    "read_ratings",
]
