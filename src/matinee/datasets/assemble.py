"""Columns of ids and stars into coded :class:`~matinee.ratings.Ratings`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from matinee.catalog import Catalog
from matinee.coding import distinct, encode_all
from matinee.datasets import problems as kinds
from matinee.datasets.problems import Problems
from matinee.datasets.rows import RatingColumns
from matinee.ids import Codes, IdVocabulary
from matinee.ratings import Ratings
from matinee.scale import RatingScale

__all__ = ["make_ratings"]

LineOf = Callable[[int, str], int]


def make_ratings(
    table: RatingColumns,
    catalog: Catalog | None,
    problems: Problems,
    *,
    scale: RatingScale | None = None,
    line_of: LineOf | None = None,
) -> Ratings:
    """Code, sort and deduplicate the columns of a file; `table` is used up.

    Parameters
    ----------
    table : RatingColumns
    catalog : Catalog or None
        The films; a rating of another one is a wrong row.
    problems : Problems
        Notes ratings of films that `catalog` does not have.
    scale : RatingScale, optional
        Kept in place of the one that is read from the data.
    line_of : callable, optional
        From a row and the movie id to the line in the file.

    Raises
    ------
    BadRowError
        If a rated film is not in the catalogue, unless `problems` skips such rows.
    """
    if catalog is not None:
        _check_films(table, catalog.movie_ids, problems, line_of)
    users, user_ids = _coded(table.user, None, "user")
    movies, movie_ids = _coded(table.movie, None if catalog is None else catalog.movie_ids, "movie")
    stars, timestamps = table.rating, table.timestamp
    if timestamps is None:
        timestamps = np.zeros(stars.size, dtype=np.int64)
    # Given up here, as the columns are sorted where they stand.
    table.user = table.movie = np.empty(0, dtype=np.int32)
    table.rating, table.timestamp = np.empty(0, dtype=np.float32), None
    return Ratings.from_codes(
        users,
        movies,
        _owned(stars),
        _owned(timestamps),
        user_ids=user_ids,
        movie_ids=movie_ids,
        scale=scale,
    )


def _owned(column: NDArray[Any]) -> NDArray[Any]:
    """The column itself where it may be written to; a view into somebody's frame is copied."""
    return column if column.flags.writeable and column.flags.owndata else column.copy()


def _coded(
    column: NDArray[Any] | pl.Series, vocabulary: IdVocabulary | None, kind: str
) -> tuple[Codes, IdVocabulary]:
    """Codes of a column of ids; integers are coded where they stand, if they have the room."""
    if isinstance(column, pl.Series):
        return _coded_text(column, vocabulary)
    if vocabulary is not None and not vocabulary.is_integer:
        return _coded_text(pl.Series(column).cast(pl.String), vocabulary)
    known = IdVocabulary(distinct(column)) if vocabulary is None else vocabulary
    mine = column.dtype == np.int32 and column.flags.writeable and column.flags.owndata
    return encode_all(known, column, kind, out=column if mine else None), known


def _coded_text(column: pl.Series, vocabulary: IdVocabulary | None) -> tuple[Codes, IdVocabulary]:
    """Codes of a column of text; only distinct values become Python's strings."""
    values = column.unique().sort()
    known = IdVocabulary(values.to_list()) if vocabulary is None else vocabulary
    codes = pl.Series(known.encode(values.to_list()))
    return column.replace_strict(values, codes, return_dtype=pl.Int32).to_numpy().copy(), known


def _check_films(
    table: RatingColumns, vocabulary: IdVocabulary, problems: Problems, line_of: LineOf | None
) -> None:
    """Note the ratings of films that are not in the film table, and leave them out."""
    column = table.movie
    if isinstance(column, pl.Series):
        distinct = column.unique()
        gone = distinct.filter(pl.Series(vocabulary.encode(distinct.to_list()) < 0))
        missing = column.is_in(gone.implode()).to_numpy() if len(gone) else None
    else:
        low, high = (int(column.min()), int(column.max())) if column.size else (0, 0)
        if not (low >= 0 and high < 4 * max(column.size, 10**6)):
            missing = vocabulary.encode(column) < 0
        else:
            present = np.zeros(high + 1, dtype=np.bool_)
            present[column] = True
            rated = np.flatnonzero(present)
            absent = rated[vocabulary.encode(rated) < 0]
            missing = np.isin(column, absent) if absent.size else None
    if missing is None or not missing.any():
        return
    if not problems.skip:
        row = int(missing.argmax())
        value = str(column[row])
        line = row + 1 if line_of is None else line_of(row, value)
        name = table.format.name_of("movie")
        problems.add(kinds.UNKNOWN_MOVIE, table.file, line, name, value)
    problems.counts[kinds.UNKNOWN_MOVIE] += int(missing.sum())
    table.take(~missing)
