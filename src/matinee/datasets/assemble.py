"""Columns of ids and stars into coded :class:`~matinee.ratings.Ratings`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from matinee.catalog import Catalog
from matinee.datasets import problems as kinds
from matinee.datasets.problems import Problems
from matinee.datasets.rows import RatingColumns
from matinee.ids import IdVocabulary
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
    users, user_ids = _numbers(table.user, None)
    movies, movie_ids = _numbers(table.movie, None if catalog is None else catalog.movie_ids)
    stars, timestamps = table.rating, table.timestamp
    # Given up here, so that they do not live on beside the sorted columns.
    empty = np.empty(0, dtype=np.int64)
    table.user, table.movie, table.timestamp = empty, empty, None
    table.rating = np.empty(0, dtype=np.float32)
    ratings = Ratings.from_columns(
        users,
        movies,
        stars,
        timestamps,
        users=None if user_ids is None else _positions(user_ids),
        movies=_positions(movie_ids) if isinstance(movie_ids, _Text) else movie_ids,
        scale=scale,
    )
    if user_ids is None and not isinstance(movie_ids, _Text):
        return ratings
    return Ratings(
        ratings.users,
        ratings.movies,
        ratings.stars,
        ratings.timestamps,
        user_ids=ratings.user_ids if user_ids is None else user_ids.vocabulary,
        movie_ids=movie_ids.vocabulary if isinstance(movie_ids, _Text) else ratings.movie_ids,
        scale=ratings.scale,
        duplicates=ratings.duplicates,
    )


class _Text:
    """A vocabulary of text ids whose codes are at hand already."""

    def __init__(self, vocabulary: IdVocabulary) -> None:
        self.vocabulary = vocabulary


def _positions(text: _Text) -> IdVocabulary:
    return IdVocabulary(np.arange(len(text.vocabulary)))


def _numbers(
    column: NDArray[Any] | pl.Series, vocabulary: IdVocabulary | None
) -> tuple[NDArray[Any], Any]:
    """Integers for a column of ids, and what they stand for where they are codes of text."""
    if not isinstance(column, pl.Series):
        if vocabulary is None or vocabulary.is_integer:
            return column, vocabulary
        column = pl.Series(column).cast(pl.String)
    if vocabulary is not None and vocabulary.is_integer:
        distinct = column.unique()
        ids = vocabulary.ids[vocabulary.encode(distinct.to_list())]
        return column.replace_strict(distinct, pl.Series(ids)).to_numpy(), vocabulary
    distinct = column.unique().sort()
    own = IdVocabulary(distinct.to_list()) if vocabulary is None else vocabulary
    codes = pl.Series(own.encode(distinct.to_list()))
    return column.replace_strict(distinct, codes, return_dtype=pl.Int32).to_numpy(), _Text(own)


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
