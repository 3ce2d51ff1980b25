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

    person_id: int = Field(examples=[1])
    name: str = Field(examples=["Ann"])
    ratings: int = Field(examples=[41])
    seen: int = Field(examples=[2])
    watchlist: int = Field(examples=[6])
    not_interested: int = Field(examples=[3])
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
    next: str | None = Field(
        description="The cursor of the next page, if there is one.", examples=[None]
    )
    total: int = Field(examples=[41])


class MarkPage(Answer):
    """One page of the films that the caller marked, the latest first."""

    items: list[StoredFilm]
    next: str | None = Field(
        description="The cursor of the next page, if there is one.", examples=[None]
    )
    total: int = Field(examples=[6])


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
    movie_id: str = Field(examples=["318"])
    title: str | None = Field(examples=["The Shawshank Redemption"])
    year: int | None = Field(examples=[1994])
    value: float | None = Field(
        description="What stands now: stars, 1 for a mark, null for neither.", examples=[4.0]
    )


class Undone(Answer):
    """The last change, taken back; null if there was none."""

    undone: UndoneEvent | None
    revision: _Revision


class HistoryEvent(Answer):
    """One line of the caller's history."""

    event_id: int = Field(examples=[18])
    kind: Kind
    movie_id: str = Field(examples=["318"])
    title: str | None = Field(examples=["The Shawshank Redemption"])
    year: int | None = Field(examples=[1994])
    value: float | None = Field(
        description="Stars of a rating, 1 for a mark, null: taken away. Of an undo: what stood "
        "after it.",
        examples=[4.5],
    )
    at: _Time
    source: str = Field(examples=["web"])
    batch: str | None = Field(description="The import that it came with.", examples=[None])
    undoes: int | None = Field(description="The event that this one undoes.", examples=[None])
    undone: bool = Field(description="Whether a later event undoes this one.")


class History(Answer):
    """One page of the caller's history, the latest first."""

    items: list[HistoryEvent]
    next: int | None = Field(
        description="`before` of the next page, if there is one.", examples=[17]
    )


class DeleteEverything(Asked):
    """Delete all that the caller said of films."""

    model_config = example({"confirm": "delete everything"})

    confirm: Literal["delete everything"]


class DeletedCounts(Answer):
    """How much there was."""

    ratings: int = Field(examples=[41])
    seen: int = Field(examples=[2])
    watchlist: int = Field(examples=[6])
    not_interested: int = Field(examples=[3])
    events: int = Field(description="Lines of the history.", examples=[52])


class Deleted(Answer):
    """What was deleted, for good."""

    deleted: DeletedCounts
    revision: _Revision
