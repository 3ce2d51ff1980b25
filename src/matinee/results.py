"""What comes back: films with their fit, promised stars and reasons."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, overload

from matinee.ids import Id

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    from rich.table import Table

__all__ = ["GroupMember", "GroupRecommendations", "Reason", "Recommendation", "Recommendations"]

ReasonKind: TypeAlias = Literal[
    "movie", "genre", "decade", "tag", "title", "person", "popularity", "mood"
]

_FRACTIONS = {0.25: "¼", 0.5: "½", 0.75: "¾"}


def stars_in_words(stars: float) -> str:
    """Stars as people write them.

    Examples
    --------
    >>> stars_in_words(4.5), stars_in_words(0.5), stars_in_words(7), stars_in_words(3.2)
    ('4½', '½', '7', '3.2')
    """
    whole, part = divmod(round(stars, 4), 1)
    if part in _FRACTIONS:
        return f"{int(whole) or ''}{_FRACTIONS[part]}"
    return f"{stars:g}"


@dataclass(frozen=True, slots=True)
class Reason:
    """A part of a film's fit, with its sign.

    Attributes
    ----------
    kind : {"movie", "genre", "decade", "tag", "title", "person", "popularity"}
        What speaks for or against the film: one of the person's own films, a genre, decade, tag or
        title word, similar people, or its standing with everybody.
    name : str
        The film's title, the genre, the decade (``"1950s"``), the tag; a clause for the others.
    share : float
        Points of :attr:`Recommendation.fit` that it adds; negative if it speaks against.
    movie_id : int or str, optional
        The person's own film, for ``kind="movie"``.
    stars : float, optional
        What the person gave that film.
    liked : bool
        Whether these stars mean that the person liked it.

    Examples
    --------
    >>> print(Reason("movie", "Heat", 21.0, 6, 4.5))
    because you gave Heat 4½
    >>> print(Reason("movie", "Saw", -8.0, 8957, 1.0, liked=False))
    although you gave Saw 1
    >>> print(Reason("movie", "Saw", 8.0, 8957, 1.0, liked=False))
    you disliked Saw, which speaks for it
    >>> print(Reason("genre", "Western", -5.0))
    although you like the genre Western less than others do
    """

    kind: ReasonKind
    name: str
    share: float
    movie_id: Id | None = None
    stars: float | None = None
    liked: bool = True

    def __str__(self) -> str:
        speaks_for = self.share >= 0
        if self.kind == "movie":
            if speaks_for and not self.liked:
                return f"you disliked {self.name}, which speaks for it"
            stars = "" if self.stars is None else stars_in_words(self.stars)
            return (
                f"{'because' if speaks_for else 'although'} you gave {self.name} {stars}".rstrip()
            )
        noun = {
            "genre": f"the genre {self.name}",
            "decade": f"films of the {self.name}",
            "tag": f"films tagged “{self.name}”",
            "title": f"films called “{self.name}”",
        }.get(self.kind)
        if noun is None:
            return self.name
        if speaks_for:
            return f"you like {noun}"
        return f"although you like {noun} less than others do"

    def to_dict(self) -> dict[str, Any]:
        """Plain values and the words for them, for JSON."""
        return {**asdict(self), "text": str(self)}


_SHARED = ("because you gave ", "although you gave ", "you like the genre ")


def reasons_in_words(reasons: Sequence[Reason], most: int = 3) -> str:
    """The strongest reasons in a line; what they have in common is said once.

    Examples
    --------
    >>> why = [Reason("movie", "Alien", 20.0, 1214, 5.0), Reason("movie", "Brazil", 9.0, 1199, 4.0)]
    >>> reasons_in_words([*why, Reason("movie", "Antz", -8.0, 2294, 1.0, liked=False)])
    'because you gave Alien 5, Brazil 4; although you gave Antz 1'
    """
    said: dict[str, list[str]] = {}
    for text in map(str, reasons[:most]):
        lead = next((each for each in _SHARED if text.startswith(each)), "")
        said.setdefault(lead or text, []).append(text.removeprefix(lead) if lead else "")
    return "; ".join(f"{lead}{', '.join(rest)}" for lead, rest in said.items())


@dataclass(frozen=True, slots=True)
class Recommendation:
    """One film of a list.

    Attributes
    ----------
    movie_id : int or str
    title : str
    year : int or None
    genres : tuple of str
    fit : float
        How well the film fits, from 0 (no better than the average film) to 100 (as well as the
        best film fits one person in a hundred); it orders the list.
    stars : float or None
        The stars the person would give, on the data set's scale, from models that predict them.
    low, high : float or None
        The person's own stars lie between them with 80 % probability, from models that tell.
    like : float or None
        Probability (0 to 1) that the person will like it.
    reasons : tuple of Reason
        The strongest parts of ``fit``, strongest first.
    """

    movie_id: Id
    title: str
    year: int | None
    genres: tuple[str, ...]
    fit: float
    stars: float | None = None
    low: float | None = None
    high: float | None = None
    like: float | None = None
    reasons: tuple[Reason, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "movie_id": self.movie_id,
            "title": self.title,
            "year": self.year,
            "genres": list(self.genres),
            "fit": self.fit,
            "stars": self.stars,
            "low": self.low,
            "high": self.high,
            "like": self.like,
            "reasons": [reason.to_dict() for reason in self.reasons],
        }

    def __str__(self) -> str:
        return f"{self.title} ({self.year})" if self.year else self.title


class Recommendations(Sequence[Recommendation]):
    """A list of films, best fit first; prints as a table, and as HTML in a notebook.

    Parameters
    ----------
    items : sequence of Recommendation
    model : str
        Short name of the model that made it.
    asked : int
        How many films were asked for; fewer come back if fewer pass.
    notes : sequence of str
        What the reader has to know of this list: that nothing is known of the person, say.
    price : float
        Points of fit that the dials cost, on average over the films; 0 without dials.

    Examples
    --------
    >>> heat = Recommendation(6, "Heat", 1995, ("Action", "Crime"), 92.0, 4.1, 3.2, 4.9)
    >>> films = Recommendations([heat], model="ease", asked=10)
    >>> films.movie_ids, films.complete
    ([6], False)
    >>> print(films)
     1. Heat (1995)  fit 92  4.1 stars (3.2 to 4.9)  Action, Crime
    """

    def __init__(
        self,
        items: Sequence[Recommendation],
        *,
        model: str = "",
        asked: int = 0,
        notes: Sequence[str] = (),
        price: float = 0.0,
    ) -> None:
        self._items = tuple(items)
        self.model = model
        self.asked = asked or len(self._items)
        self.notes = tuple(notes)
        self.price = price

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
            return Recommendations(self._items[index], model=self.model, notes=self.notes)
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
            facts = [f"{item}", f"fit {item.fit:.0f}"]
            if item.stars is not None:
                facts.append(f"{item.stars:.1f} stars{_spread(item)}")
            facts.append(", ".join(item.genres))
            lines.append(f"{rank:2d}. {'  '.join(filter(None, facts))}")
        return "\n".join([*(lines or ["no film passes"]), *self.notes])

    def __repr__(self) -> str:
        return f"Recommendations({len(self)} films, model={self.model!r})\n{self}"

    def to_dicts(self) -> list[dict[str, Any]]:
        """Plain values, for JSON."""
        return [item.to_dict() for item in self._items]

    def to_polars(self) -> pl.DataFrame:
        """A frame with a row a film; reasons as a list of texts."""
        import polars as pl

        texts = any(isinstance(item.movie_id, str) for item in self._items)
        schema = {
            "rank": pl.Int64,
            "movie_id": pl.String if texts else pl.Int64,
            "title": pl.String,
            "year": pl.Int64,
            "genres": pl.List(pl.String),
            **dict.fromkeys(("fit", "stars", "low", "high", "like"), pl.Float64),
            "reasons": pl.List(pl.String),
        }
        rows = [
            item.to_dict() | {"rank": rank, "reasons": [str(reason) for reason in item.reasons]}
            for rank, item in enumerate(self._items, start=1)
        ]
        return pl.DataFrame([{name: row[name] for name in schema} for row in rows], schema=schema)

    def to_pandas(self) -> pd.DataFrame:
        """The frame of :meth:`to_polars` as one of pandas, which has to be installed."""
        import pandas as pd

        return pd.DataFrame(self.to_polars().to_dicts())

    def _columns(self, *, why: bool) -> tuple[list[str], list[list[str]]]:
        """Names and cells of a table."""
        with_stars = any(item.stars is not None for item in self._items)
        names = ["#", "Film", "Year", "Fit", *(["Stars"] if with_stars else []), "Genres"]
        rows = []
        for rank, item in enumerate(self._items, start=1):
            cells = [str(rank), item.title, str(item.year or ""), f"{item.fit:.0f}"]
            if with_stars:
                cells.append("" if item.stars is None else f"{item.stars:.1f}{_spread(item)}")
            cells.append(", ".join(item.genres))
            if why:
                cells.append(reasons_in_words(item.reasons))
            rows.append(cells)
        return [*names, *(["Why"] if why else [])], rows

    def to_table(self, *, title: str | None = None, why: bool = False) -> Table:
        """A table for ``rich`` to print; reasons stand in the place of genres."""
        names, rows = self._columns(why=why)
        if why:
            place = names.index("Genres")
            names, *rows = ([*row[:place], *row[place + 1 :]] for row in (names, *rows))
        return _table(names, rows, title=title)

    def __rich__(self) -> Table:
        return self.to_table(why=any(item.reasons for item in self._items))

    def _repr_html_(self) -> str:
        names, rows = self._columns(why=any(item.reasons for item in self._items))
        head = "".join(f"<th>{name}</th>" for name in names)
        body = "".join(
            f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in cells)}</tr>"
            for cells in rows
        )
        short = "" if self.complete else f"<p>{len(self):,} of {self.asked:,} films pass</p>"
        notes = "".join(f"<p>{html.escape(note)}</p>" for note in self.notes)
        return f"<table><tr>{head}</tr>{body}</table>{short}{notes}"


def _table(
    names: Sequence[str], rows: Sequence[Sequence[str]], *, title: str | None = None
) -> Table:
    """A table for ``rich`` to print: figures stand to the right, a film's title is bold."""
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title, title_justify="left", header_style="bold")
    styles = {"#": "dim", "Film": "bold", "Fit": "bold green", "Stars": "yellow", "Genres": "cyan"}
    wordy = ("Film", "Genres", "Why", "Gives way")
    for name in names:
        right = name not in wordy
        table.add_column(
            Text(name),
            justify="right" if right else "left",
            style=styles.get(name, ""),
            overflow="fold",
            no_wrap=right,
            min_width=min(16, *(len(row[1]) for row in rows)) if name == "Film" and rows else None,
        )
    for cells in rows:
        table.add_row(*map(Text, cells))
    return table


def _spread(item: Recommendation) -> str:
    if item.low is None or item.high is None:
        return ""
    return f" ({item.low:.1f} to {item.high:.1f})"


@dataclass(frozen=True, slots=True)
class GroupMember:
    """What a film is to one member of a group.

    Attributes
    ----------
    name : str
    fit : float
    stars : float or None
    rank : int
        The film's place in the member's own list of all films that the group may get.
    """

    name: str
    fit: float
    stars: float | None
    rank: int


@dataclass(frozen=True, eq=False)
class GroupRecommendations:
    """Films for several people, best for the group first.

    Attributes
    ----------
    films : Recommendations
        ``fit`` is the group's: the mean of its members', or the least of them.
    members : tuple of tuple of GroupMember
        For each film, what it is to each member.
    gives_way : tuple of (str or None)
        For each film, who gets clearly less out of it than the others; None if nobody.
    strategy : str

    Examples
    --------
    >>> heat = Recommendation(6, "Heat", 1995, ("Action",), 60.0)
    >>> both = (GroupMember("Ada", 80.0, None, 1), GroupMember("Ben", 40.0, None, 90))
    >>> print(GroupRecommendations(Recommendations([heat]), (both,), ("Ben",), "average"))
     1. Heat (1995)  fit 60  Ada 80, Ben 40  (Ben gives way)
    """

    films: Recommendations
    members: tuple[tuple[GroupMember, ...], ...] = field(default=())
    gives_way: tuple[str | None, ...] = field(default=())
    strategy: str = "average"

    def __len__(self) -> int:
        return len(self.films)

    def to_table(self, *, title: str | None = None) -> Table:
        """A table for ``rich`` to print: the fit for the group, for each member, who gives way."""
        everybody = [member.name for member in self.members[0]] if self.members else []
        rows = [
            [
                *(str(rank), film.title, str(film.year or ""), f"{film.fit:.0f}"),
                *(f"{member.fit:.0f}" for member in members),
                way or "",
            ]
            for rank, (film, members, way) in enumerate(
                zip(self.films, self.members, self.gives_way, strict=True), start=1
            )
        ]
        return _table(["#", "Film", "Year", "Fit", *everybody, "Gives way"], rows, title=title)

    def __rich__(self) -> Table:
        return self.to_table()

    def __str__(self) -> str:
        lines = []
        for rank, (film, members, way) in enumerate(
            zip(self.films, self.members, self.gives_way, strict=True), start=1
        ):
            each = ", ".join(f"{member.name} {member.fit:.0f}" for member in members)
            yields = f"  ({way} gives way)" if way else ""
            lines.append(f"{rank:2d}. {film}  fit {film.fit:.0f}  {each}{yields}")
        return "\n".join(lines or ["no film passes"])

    def to_dicts(self) -> list[dict[str, Any]]:
        """Plain values, for JSON: a film with ``members`` and ``gives_way``."""
        return [
            film.to_dict() | {"members": [asdict(each) for each in members], "gives_way": way}
            for film, members, way in zip(self.films, self.members, self.gives_way, strict=True)
        ]
