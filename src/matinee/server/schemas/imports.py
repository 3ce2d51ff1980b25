"""A file of another service: what is in it, and what becomes of it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from matinee.server.schemas.common import Answer, Asked, MovieId, example

__all__ = [
    "MOST_DECISIONS",
    "MOST_SHOWN",
    "ImportApplied",
    "ImportDecisions",
    "ImportReport",
    "ImportUndone",
    "PendingImports",
]

MOST_SHOWN = 200
"""Most rows of each kind in a report; the counts tell of all."""
MOST_DECISIONS = 1000

RowKind = Literal["rating", "watched", "watchlist", "like", "not-interested"]
_Kind = Annotated[
    Literal["letterboxd", "imdb", "trakt", "matinee"], Field(description="Whose file it is.")
]


class ImportCandidate(Answer):
    """A film of the catalogue that an entry may be."""

    movie_id: str = Field(examples=["6"])
    title: str = Field(examples=["Heat"])
    year: int | None = Field(examples=[1995])
    confidence: float = Field(description="0 to 1.", examples=[0.62])
    how: str = Field(description="What agreed.", examples=["the title, another year"])


class ImportEntry(Answer):
    """A film of the file, in the file's own words."""

    title: str = Field(examples=["Heat"])
    year: int | None = Field(examples=[1996])
    kind: RowKind
    stars: float | None = Field(description="0.5 to 5.", examples=[4.5])


class MatchedEntry(ImportEntry):
    """An entry whose film is sure."""

    movie_id: str = Field(examples=["6"])
    film: str = Field(examples=["Heat (1995)"])
    confidence: float = Field(examples=[1.0])
    how: str = Field(examples=["title and year"])


class OpenEntry(ImportEntry):
    """An entry whose film is not sure."""

    entry: str = Field(
        description="What a decision about it goes by.", examples=["film:heat (1996)"]
    )
    rows: int = Field(description="Rows of the file that speak of this film.", examples=[1])
    candidates: list[ImportCandidate] = Field(description="The best first.")


class SkippedRow(Answer):
    """A row that is not imported."""

    file: str = Field(examples=["ratings.csv"])
    line: int = Field(examples=[17])
    title: str = Field(examples=["Fargo"])
    reason: str = Field(examples=["a TV series, no film"])


class ImportCounts(Answer):
    """Rows of the file, by what becomes of them."""

    matched: int = Field(examples=[212])
    uncertain: int = Field(examples=[4])
    unknown: int = Field(examples=[2])
    skipped: int = Field(examples=[3])
    already: int = Field(examples=[8])


class ImportReport(Answer):
    """What an import would do; nothing is written before it is applied.

    Lists have at most 200 entries; the counts are of all rows.
    """

    import_id: str = Field(examples=["0b8e1c5d4f7a4c0f9d3e2b1a6c5d4e3f"])
    name: str = Field(description="Of the file.", examples=["ratings.csv"])
    kind: _Kind
    counts: ImportCounts
    matched: list[MatchedEntry]
    uncertain: list[OpenEntry]
    unknown: list[OpenEntry]
    skipped: list[SkippedRow]
    expires: str = Field(
        description="Until when it can be applied; ISO 8601, UTC.",
        examples=["2026-11-21T13:00:00Z"],
    )


class PendingImport(Answer):
    """A file that was handed in and can still be applied."""

    import_id: str = Field(examples=["0b8e1c5d4f7a4c0f9d3e2b1a6c5d4e3f"])
    name: str = Field(examples=["ratings.csv"])
    expires: str = Field(examples=["2026-11-21T13:00:00Z"])


class PendingImports(Answer):
    """The caller's files that can still be applied, the latest first."""

    items: list[PendingImport]


class ImportDecisions(Asked):
    """Which films the uncertain entries are; they are remembered for the next import."""

    model_config = example({"decisions": {"film:heat (1996)": "6", "film:gloria (1980)": None}})

    decisions: dict[Annotated[str, Field(max_length=500)], MovieId | None] = Field(
        default={},
        max_length=MOST_DECISIONS,
        description="By `entry`: a film, or null for none of them.",
    )


class ImportApplied(Answer):
    """What became of the rows."""

    added: int = Field(description="Rows that stand now.", examples=[212])
    older: int = Field(
        description="Rows that are older than what the caller said since.", examples=[1]
    )
    unchanged: int = Field(description="Rows that were there already.", examples=[8])
    uncertain: int = Field(description="Rows whose films are still not sure.", examples=[4])
    batch: str = Field(
        description="The import's id, which also takes it back.",
        examples=["0b8e1c5d4f7a4c0f9d3e2b1a6c5d4e3f"],
    )
    revision: int = Field(examples=[230])


class ImportUndone(Answer):
    """How much of an import was taken back."""

    undone: int = Field(description="Rows.", examples=[212])
    revision: int = Field(examples=[231])
