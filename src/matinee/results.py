"""What comes back: films with their scores, predicted stars and reasons."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, overload

from matinee.ids import Id
from matinee.pages import card

if TYPE_CHECKING:
    import polars as pl
    from rich.table import Table

__all__ = ["Reason", "Recommendation", "Recommendations"]

ReasonKind: TypeAlias = Literal["movie", "genre", "tag", "title", "person", "popularity"]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a film is in the list.

    Attributes
    ----------
    kind : {"movie", "genre", "tag", "title", "person", "popularity"}
        What speaks for (or against) the film: one of the person's own films, a shared genre,
        tag or title word, similar people, or its standing with everybody.
    text : str
        For people: ``"you gave Heat 4.5"``.
    contribution : float
        Its share of the film's score, in the score's own unit; negative if it speaks against.
    movie_id : int or str, optional
        The person's own film, for ``kind="movie"``.
    """

    kind: ReasonKind
    text: str
    contribution: float
    movie_id: Id | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "kind": self.kind,
            "text": self.text,
            "contribution": self.contribution,
            "movie_id": self.movie_id,
        }

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Recommendation:
    """One film of a list.

    Attributes
    ----------
    movie_id : int or str
    title : str
    year : int or None
    genres : tuple of str
    score : float
        What the list is sorted by. It has no unit and is not a rating.
    stars : float or None
        Predicted stars on the data set's scale, from models that predict them.
    interval : (float, float) or None
        Within which the person's own stars lie with 80 % probability, from models that tell.
    reasons : tuple of Reason
        Strongest first.
    """

    movie_id: Id
    title: str
    year: int | None
    genres: tuple[str, ...]
    score: float
    stars: float | None = None
    interval: tuple[float, float] | None = None
    reasons: tuple[Reason, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "movie_id": self.movie_id,
            "title": self.title,
            "year": self.year,
            "genres": list(self.genres),
            "score": self.score,
            "stars": self.stars,
            "interval": None if self.interval is None else list(self.interval),
            "reasons": [reason.to_dict() for reason in self.reasons],
        }

    def __str__(self) -> str:
        return f"{self.title} ({self.year})" if self.year else self.title

    def _repr_html_(self) -> str:
        interval = None if self.interval is None else "{:.1f} to {:.1f}".format(*self.interval)
        facts = {
            "Stars": None if self.stars is None else f"{self.stars:.1f}",
            "80 %": interval,
            "Score": f"{self.score:.3f}",
            "Genres": ", ".join(self.genres),
            "Why": "; ".join(reason.text for reason in self.reasons),
        }
        return card("Recommendation", str(self), facts)


class Recommendations(Sequence[Recommendation]):
    """A list of films, best first; prints as a table, and as HTML in a notebook.

    Parameters
    ----------
    items : sequence of Recommendation
    model : str
        Short name of the model that made it.
    asked : int
        How many films were asked for; fewer come back if fewer pass.

    Examples
    --------
    >>> heat = Recommendation(6, "Heat", 1995, ("Action", "Crime"), score=0.92, stars=4.1)
    >>> films = Recommendations([heat], model="ease", asked=10)
    >>> films.movie_ids, films.complete
    ([6], False)
    >>> print(films)
     1. Heat (1995)  4.1 stars  Action, Crime
    """

    __slots__ = ("_items", "asked", "model")

    def __init__(self, items: Sequence[Recommendation], *, model: str = "", asked: int = 0) -> None:
        self._items = tuple(items)
        self.model = model
        self.asked = asked or len(self._items)

    @property
    def movie_ids(self) -> list[Id]:
        """The movie ids, best first."""
        return [item.movie_id for item in self._items]

    @property
    def titles(self) -> list[str]:
        """The titles, best first."""
        return [item.title for item in self._items]

    @property
    def complete(self) -> bool:
        """Whether as many came back as were asked for."""
        return len(self._items) >= self.asked

    def __len__(self) -> int:
        return len(self._items)

    @overload
    def __getitem__(self, index: int) -> Recommendation: ...
    @overload
    def __getitem__(self, index: slice) -> Recommendations: ...
    def __getitem__(self, index: int | slice) -> Recommendation | Recommendations:
        if isinstance(index, slice):
            return Recommendations(self._items[index], model=self.model)
        return self._items[index]

    def __iter__(self) -> Iterator[Recommendation]:
        return iter(self._items)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Recommendations):
            return NotImplemented
        return self._items == other._items

    def __hash__(self) -> int:
        return hash(self._items)

    def __str__(self) -> str:
        lines = []
        for rank, item in enumerate(self._items, start=1):
            stars = f"  {item.stars:.1f} stars" if item.stars is not None else ""
            genres = f"  {', '.join(item.genres)}" if item.genres else ""
            lines.append(f"{rank:2d}. {item}{stars}{genres}")
        return "\n".join(lines) if lines else "no film passes"

    def __repr__(self) -> str:
        return f"Recommendations({len(self)} films, model={self.model!r})\n{self}"

    def to_dicts(self) -> list[dict[str, Any]]:
        """Plain values, for JSON."""
        return [item.to_dict() for item in self._items]

    def to_polars(self) -> pl.DataFrame:
        """A frame with a row a film; reasons as a list of texts."""
        import polars as pl

        rows = [
            {
                "rank": rank,
                "movie_id": item.movie_id,
                "title": item.title,
                "year": item.year,
                "genres": list(item.genres),
                "score": item.score,
                "stars": item.stars,
                "reasons": [reason.text for reason in item.reasons],
            }
            for rank, item in enumerate(self._items, start=1)
        ]
        texts = any(isinstance(item.movie_id, str) for item in self._items)
        return pl.DataFrame(
            rows,
            schema={
                "rank": pl.Int64,
                "movie_id": pl.String if texts else pl.Int64,
                "title": pl.String,
                "year": pl.Int64,
                "genres": pl.List(pl.String),
                "score": pl.Float64,
                "stars": pl.Float64,
                "reasons": pl.List(pl.String),
            },
        )

    def to_table(self, *, title: str | None = None, why: bool = False) -> Table:
        """A table for ``rich`` to print."""
        from rich.table import Table
        from rich.text import Text

        table = Table(title=title, title_justify="left", header_style="bold")
        with_stars = any(item.stars is not None for item in self._items)
        table.add_column("#", justify="right", style="dim")
        table.add_column("Film", style="bold", overflow="fold")
        table.add_column("Year", justify="right")
        if with_stars:
            table.add_column("Stars", justify="right", style="yellow")
        table.add_column("Score", justify="right", style="dim")
        table.add_column("Genres", style="cyan", overflow="fold")
        if why:
            table.add_column("Why", overflow="fold")
        for rank, item in enumerate(self._items, start=1):
            cells = [str(rank), item.title, str(item.year or "")]
            if with_stars:
                cells.append("" if item.stars is None else f"{item.stars:.1f}")
            cells += [f"{item.score:.3f}", ", ".join(item.genres)]
            if why:
                cells.append("; ".join(reason.text for reason in item.reasons[:3]))
            table.add_row(*(Text(cell) for cell in cells))
        return table

    def __rich__(self) -> Table:
        return self.to_table(why=any(item.reasons for item in self._items))

    def _repr_html_(self) -> str:
        with_stars = any(item.stars is not None for item in self._items)
        why = any(item.reasons for item in self._items)
        names = ["#", "Film", "Year", *(["Stars"] if with_stars else []), "Genres"]
        names += ["Why"] if why else []
        rows = []
        for rank, item in enumerate(self._items, start=1):
            cells: list[object] = [rank, item.title, str(item.year or "")]
            if with_stars:
                cells.append("" if item.stars is None else f"{item.stars:.1f}")
            cells.append(", ".join(item.genres))
            if why:
                cells.append("; ".join(reason.text for reason in item.reasons[:3]))
            rows.append(cells)
        short = "" if self.complete else f"{len(self):,} of {self.asked:,} films pass"
        return card("", columns=names, rows=rows, most=len(rows), note=short)
