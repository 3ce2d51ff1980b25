"""What a person said of films."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from matinee.server.schemas.common import Answer, Asked, StarValue, example
from matinee.server.schemas.films import Film
from matinee.store import Kind

__all__ = [
    "DeleteEverything",
    "Deleted",
    "History",
    "MarkChange",
    "MarkPage",
    "Me",
    "RatingChange",
    "RatingPage",
    "Stars",
    "Undone",
]

_Time = Annotated[str, Field(description="ISO 8601, UTC.", examples=["2026-11-21T12:00:00Z"])]
_Revision = Annotated[
    int, Field(description="Counts the changes of the caller's films.", examples=[17])
]


class Me(Answer):
    """The caller, in figures."""

    person_id: int
    name: str
    ratings: int
    seen: int
    watchlist: int
    not_interested: int
    revision: _Revision


class StoredFilm(Film):
    """A film, as far as the catalogue knows it, and when something was said of it."""

    in_catalog: bool = Field(description="False: not among the films of this model.")
    at: _Time
    source: str = Field(examples=["web", "import:letterboxd"])


class RatedFilm(StoredFilm):
    """A film with the caller's stars."""

    stars: float = Field(examples=[4.5])


class RatingPage(Answer):
    """One page of the caller's ratings."""

    items: list[RatedFilm]
    next: str | None = Field(description="The cursor of the next page, if there is one.")
    total: int


class MarkPage(Answer):
    """One page of the films that the caller marked, the latest first."""

    items: list[StoredFilm]
    next: str | None = Field(description="The cursor of the next page, if there is one.")
    total: int


class Stars(Asked):
    """Stars for a film."""

    model_config = example({"stars": 4.5})

    stars: StarValue


class RatingChange(Answer):
    """What stands now."""

    movie_id: str = Field(examples=["318"])
    stars: float | None = Field(description="Null: not rated.", examples=[4.5])
    changed: bool = Field(description="False: it stood so already.")
    revision: _Revision


class MarkChange(Answer):
    """What stands now."""

    movie_id: str = Field(examples=["318"])
    kind: Literal["seen", "watchlist", "not-interested"]
    marked: bool
    changed: bool = Field(description="False: it stood so already.")
    revision: _Revision


class UndoneEvent(Answer):
    """What was undone."""

    kind: Kind
    movie_id: str
    title: str | None
    year: int | None
    value: float | None = Field(
        description="What stands now: stars, 1 for a mark, null for neither.", examples=[4.0]
    )


class Undone(Answer):
    """The last change, taken back; null if there was none."""

    undone: UndoneEvent | None
    revision: _Revision


class HistoryEvent(Answer):
    """One line of the caller's history."""

    event_id: int
    kind: Kind
    movie_id: str
    title: str | None
    year: int | None
    value: float | None = Field(
        description="Stars of a rating, 1 for a mark, null: taken away. Of an undo: what stood "
        "after it."
    )
    at: _Time
    source: str
    batch: str | None = Field(description="The import that it came with.")
    undoes: int | None = Field(description="The event that this one undoes.")
    undone: bool = Field(description="Whether a later event undoes this one.")


class History(Answer):
    """One page of the caller's history, the latest first."""

    items: list[HistoryEvent]
    next: int | None = Field(description="`before` of the next page, if there is one.")


class DeleteEverything(Asked):
    """Delete all that the caller said of films."""

    model_config = example({"confirm": "delete everything"})

    confirm: Literal["delete everything"]


class DeletedCounts(Answer):
    """How much there was."""

    ratings: int
    seen: int
    watchlist: int
    not_interested: int
    events: int = Field(description="Lines of the history.")


class Deleted(Answer):
    """What was deleted, for good."""

    deleted: DeletedCounts
    revision: _Revision
