"""What comes of repeating an article: their figures beside ours, and lists of films."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import zip_longest
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
    "to_markdown",
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
        if self.ours is None or isinstance(self.ours, int):
            ours = "–" if self.ours is None else str(self.ours)
        else:
            digits = 1 if self.unit == "seconds" or abs(self.ours) >= 10 else 4
            ours = f"{self.ours:.{digits}f}"
        theirs = "–" if self.theirs is None else str(self.theirs)
        if self.theirs is not None and not self.comparable:
            theirs = f"({theirs})"
        return self.what, self.model, theirs, ours, self.unit

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {**asdict(self), "comparable": self.comparable and self.theirs is not None}


@dataclass(frozen=True)
class ListedFilm:
    """A film of a list; ``ratings`` is how many people's stand behind it in the training data."""

    movie_id: Id
    title: str
    year: int | None
    genres: tuple[str, ...]
    ratings: int
    stars: float | None = None

    def __str__(self) -> str:
        return f"{self.title} ({self.year})" if self.year else self.title


@dataclass(frozen=True)
class FilmList:
    """One model's list, best first; the label stands above the column."""

    label: str
    films: tuple[ListedFilm, ...]


@dataclass(frozen=True)
class Lists:
    """Lists that answer one question, to stand side by side."""

    title: str
    columns: tuple[FilmList, ...]
    note: str = ""

    def rows(self, *, counts: bool = False) -> list[list[str]]:
        """The rank and the films of each row, as texts; short lists end with empty cells."""
        texts = [
            [f"{film} · {film.ratings:,}" if counts else str(film) for film in column.films]
            for column in self.columns
        ]
        together = zip_longest(*texts, fillvalue="")
        return [[str(place), *films] for place, films in enumerate(together, start=1)]


@dataclass(frozen=True)
class About:
    """What is known of an article before anything is run.

    Parameters
    ----------
    number : int
    title : str
        A neutral description, not the article's own title.
    datasets : tuple of str
        Names of the data sets that it can be repeated on, the best first.
    summary : str
        What it does and with what.
    differences : tuple of str
        In which ways our protocol is not theirs, a sentence or two each.
    """

    number: int
    title: str
    datasets: tuple[str, ...]
    summary: str
    differences: tuple[str, ...]

    @classmethod
    def of(cls, number: int, datasets: tuple[str, ...], text: str) -> About:
        """From a text whose paragraphs are the title, the summary, and each difference."""
        title, summary, *differences = (" ".join(part.split()) for part in text.split("\n\n"))
        return cls(number, title, datasets, summary, tuple(differences))


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
        found = asdict(self)
        about = found.pop("about")
        names = ("number", "title", "summary", "differences")
        figures = [figure.to_dict() for figure in self.figures]
        more = {"on_sample": self.on_sample, "figures": figures}
        return {**{name: about[name] for name in names}, **found, **more}


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
    """Several articles, repeated; ``quick`` was only a trial with few folds and epochs."""

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


# -- a page of Markdown ---------------------------------------------------------------------------


def to_markdown(found: Reproduction) -> str:
    """A page with a section for each article, for the documentation."""
    parts = [
        "# The five articles, reproduced",
        (
            "Written by `matinee reproduce --data DIR --markdown FILE` of Matinee "
            f"{found.versions.get('matinee', '')}, seed {found.seed}."
        ),
    ]
    if found.quick:
        parts.append(
            "**A quick trial with few people, folds and epochs: its figures mean nothing.**"
        )
    parts.append(
        "*Theirs* are the articles' own figures; *–* stands where they give none. A figure of "
        "theirs in brackets cannot be compared with ours, for the reason beside it. "
        "Behind each film of a list stands how many people rated it in the data."
    )
    for article in found.articles:
        parts += _section(article)
    for skipped in found.skipped:
        parts.append(f"## {skipped.about.number}. {skipped.about.title}")
        parts.append(f"Skipped: {skipped.reason}.")
    return "\n\n".join(parts) + "\n"


def _section(article: Article) -> Iterator[str]:
    about = article.about
    yield f"## {about.number}. {about.title}"
    yield about.summary
    yield (
        f"Repeated on {article.data}: {article.ratings:,} ratings, {article.users:,} people, "
        f"{article.films:,} rated films."
    )
    if article.on_sample:
        yield "**This is the bundled sample: figures cannot be compared with theirs.**"
    rows = []
    for figure in article.figures:
        what, model, theirs, ours, unit = figure.row()
        rows.append([what, model, theirs, f"**{ours}**", unit, figure.note])
    yield _table(["what", "model", "theirs", "ours", "unit", ""], rows, right=(2, 3))
    yield "What differs from the article:"
    yield "\n".join(f"- {difference}" for difference in about.differences)
    for remark in article.remarks:
        lead, blank, rest = remark.partition("\n\n")
        yield lead
        if blank:
            yield f"```text\n{rest}\n```"
    for lists in article.lists:
        yield f"### {lists.title}"
        if lists.note:
            yield lists.note
        labels = ["", *(column.label for column in lists.columns)]
        yield _table(labels, lists.rows(counts=True), right=(0,))


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[int]) -> str:
    rules = ["---:" if column in right else "---" for column in range(len(head))]
    cells = [[" ".join(text.split()).replace("|", "\\|") for text in row] for row in (head, *rows)]
    return "\n".join(f"| {' | '.join(row)} |" for row in (cells[0], rules, *cells[1:]))
