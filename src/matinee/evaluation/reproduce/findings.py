"""What a reproduction finds: their figures beside ours, lists of films, and what differs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import matinee
from matinee.ids import Id

__all__ = [
    "About",
    "Article",
    "Figure",
    "FilmList",
    "ListedFilm",
    "Lists",
    "Reproduction",
    "Skipped",
]


@dataclass(frozen=True)
class Figure:
    """One figure of an article beside ours.

    Parameters
    ----------
    what : str
        What was measured, on what: ``"RMSE, 5 folds"``.
    model : str
        Which model, in words.
    theirs : float or None
        None where the article gives no such figure.
    ours : float or None
    unit : str
        ``"stars"``, ``"stars²"``, ``"seconds"`` or ``""``.
    comparable : bool
        Whether the two figures answer the same question.
    note : str
        What to know when they are compared; why not, where they cannot be.

    Examples
    --------
    >>> Figure("RMSE", "svd", 0.8736, 0.8611, "stars").row()
    ('RMSE', 'svd', '0.8736', '0.8611', 'stars')
    >>> Figure("RMSE", "svd", None, 2.3337, "stars").row()[2]
    '–'
    """

    what: str
    model: str
    theirs: float | None
    ours: float | None
    unit: str = "stars"
    comparable: bool = True
    note: str = ""

    def row(self) -> tuple[str, str, str, str, str]:
        """What was measured, the model, theirs, ours and the unit, as texts."""
        theirs = "–" if self.theirs is None else str(self.theirs)
        return self.what, self.model, theirs, self._ours(), self.unit

    def _ours(self) -> str:
        if self.ours is None:
            return "–"
        if isinstance(self.ours, int):
            return str(self.ours)
        return f"{self.ours:.{1 if self.unit == 'seconds' or abs(self.ours) >= 10 else 4}f}"

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "what": self.what,
            "model": self.model,
            "theirs": self.theirs,
            "ours": self.ours,
            "unit": self.unit,
            "comparable": self.comparable and self.theirs is not None,
            "note": self.note,
        }


@dataclass(frozen=True)
class ListedFilm:
    """A film of a list, with how many people's ratings stand behind it.

    Parameters
    ----------
    movie_id : int or str
    title : str
    year : int or None
    genres : tuple of str
    ratings : int
        In the training data.
    stars : float or None
        As predicted, from models that predict them.
    """

    movie_id: Id
    title: str
    year: int | None
    genres: tuple[str, ...]
    ratings: int
    stars: float | None = None

    def __str__(self) -> str:
        return f"{self.title} ({self.year})" if self.year else self.title

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "movie_id": self.movie_id,
            "title": self.title,
            "year": self.year,
            "genres": list(self.genres),
            "ratings": self.ratings,
            "stars": self.stars,
        }


@dataclass(frozen=True)
class FilmList:
    """One model's list.

    Parameters
    ----------
    label : str
        Stands above the column.
    films : tuple of ListedFilm
        Best first.
    """

    label: str
    films: tuple[ListedFilm, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {"label": self.label, "films": [film.to_dict() for film in self.films]}


@dataclass(frozen=True)
class Lists:
    """Lists that answer one question, to stand side by side.

    Parameters
    ----------
    title : str
    columns : tuple of FilmList
    note : str
    """

    title: str
    columns: tuple[FilmList, ...]
    note: str = ""

    def rows(self) -> list[list[str]]:
        """The rank and the films of each row, as texts; short lists end with empty cells."""
        length = max((len(column.films) for column in self.columns), default=0)
        return [
            [
                str(place + 1),
                *(
                    str(column.films[place]) if place < len(column.films) else ""
                    for column in self.columns
                ),
            ]
            for place in range(length)
        ]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        columns = [column.to_dict() for column in self.columns]
        return {"title": self.title, "note": self.note, "columns": columns}


@dataclass(frozen=True)
class About:
    """What is known of an article before anything is run.

    Parameters
    ----------
    number : int
    title : str
        A neutral description, not the article's own title.
    summary : str
        What it does and with what.
    datasets : tuple of str
        Names of the data sets that it can be repeated on, the best first.
    differences : tuple of str
        In which ways our protocol is not theirs, a sentence or two each.
    """

    number: int
    title: str
    summary: str
    datasets: tuple[str, ...]
    differences: tuple[str, ...]


@dataclass(frozen=True)
class Article:
    """One article, repeated.

    Parameters
    ----------
    about : About
    data : str
        Name of the data set that it was repeated on.
    ratings, users, films : int
        Its size; films are those with ratings.
    figures : tuple of Figure
    lists : tuple of Lists
    remarks : tuple of str
        What came out on the way: what a curation took, who was asked for whom.
    seconds : float
        Of the whole article, reading included.
    """

    about: About
    data: str
    ratings: int
    users: int
    films: int
    figures: tuple[Figure, ...]
    lists: tuple[Lists, ...]
    remarks: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def on_sample(self) -> bool:
        """Whether the bundled sample stood in for the article's data."""
        return self.data == "sample"

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "number": self.about.number,
            "title": self.about.title,
            "summary": self.about.summary,
            "data": self.data,
            "ratings": self.ratings,
            "users": self.users,
            "films": self.films,
            "on_sample": self.on_sample,
            "figures": [figure.to_dict() for figure in self.figures],
            "lists": [lists.to_dict() for lists in self.lists],
            "differences": list(self.about.differences),
            "remarks": list(self.remarks),
            "seconds": self.seconds,
        }


@dataclass(frozen=True)
class Skipped:
    """An article that could not be repeated, and what to do about it."""

    about: About
    reason: str

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {"number": self.about.number, "title": self.about.title, "reason": self.reason}


@dataclass(frozen=True)
class Reproduction:
    """Several articles, repeated.

    Parameters
    ----------
    articles : tuple of Article
    skipped : tuple of Skipped
    seed : int
    quick : bool
        Whether it was only a trial with few folds and epochs.
    versions : mapping of str to str
    """

    articles: tuple[Article, ...]
    skipped: tuple[Skipped, ...]
    seed: int
    quick: bool
    versions: Mapping[str, str] = field(default_factory=lambda: {"matinee": matinee.__version__})

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "seed": self.seed,
            "quick": self.quick,
            "versions": dict(self.versions),
            "articles": [article.to_dict() for article in self.articles],
            "skipped": [skipped.to_dict() for skipped in self.skipped],
        }
