"""Films by what somebody typed, and a word about those that were guessed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from matinee.cli.console import note

if TYPE_CHECKING:
    from matinee.catalog import Catalog
    from matinee.ids import Id

__all__ = ["SURE", "find_film", "find_films"]

SURE = 0.9
"""A near miss is less sure than this; a title without its article is not."""


def find_film(text: str, catalog: Catalog) -> Id:
    """The movie id of a title or an id; what was a guess is said on stderr.

    Raises
    ------
    UnknownTitleError, AmbiguousTitleError
        If the text does not lead to one film.
    """
    match = catalog.index.find(text)
    if match.also:
        others = ", ".join(match.also)
        note(f"{text!r} is taken for {match.label}; there is also {others}")
    elif match.confidence < SURE:
        note(f"{text!r} is taken for {match.label}")
    return match.movie_id


def find_films(texts: Iterable[str] | None, catalog: Catalog) -> list[Id]:
    """The movie ids of several titles or ids, each film once, in the order given."""
    return list(dict.fromkeys(find_film(text, catalog) for text in texts or ()))
