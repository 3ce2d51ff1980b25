"""The splits that ML-100K comes with: five folds u1–u5, and ua and ub with ten ratings each."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from matinee.dataset import Dataset
from matinee.datasets.layout import Layout, find_layout
from matinee.datasets.reading import load, rating_table_of, resolve
from matinee.errors import DataError, FormatError
from matinee.tables.archive import Source, open_source
from matinee.tables.problems import Problems
from matinee.tables.ratings import read_ratings

__all__ = ["FOLD_NAMES", "Fold", "load_folds"]

FOLD_NAMES = ("u1", "u2", "u3", "u4", "u5", "ua", "ub")


@dataclass(frozen=True, eq=False)
class Fold:
    """One split of a data set, as published with it.

    Parameters
    ----------
    name : str
        Such as ``"u1"``.
    train, test : ndarray, shape (n_train,) and (n_test,), dtype int64
        Row numbers in the data set's ratings, ascending: pass them to ``Ratings.take``.
    """

    name: str
    train: NDArray[np.int64]
    test: NDArray[np.int64]

    def __repr__(self) -> str:
        return f"Fold({self.name!r}, {self.train.size:,} train, {self.test.size:,} test)"


def load_folds(source: str | os.PathLike[str], dataset: Dataset | None = None) -> list[Fold]:
    """Read the folds that a data set comes with.

    Parameters
    ----------
    source : str or path
        ML-100K: its name, folder or zip.
    dataset : Dataset, optional
        What :func:`~matinee.datasets.load` made of the same source; read again if not given.

    Returns
    -------
    list of Fold
        Those of u1–u5, ua, ub that are there, in this order.

    Raises
    ------
    FormatError
        If the source has no folds.
    DataError
        If a fold names a rating that the data set does not have.

    References
    ----------
    F. M. Harper and J. A. Konstan, "The MovieLens Datasets: History and Context", ACM TiiS 5(4),
    2015. ``u1``–``u5`` are disjoint fifths; ``ua`` and ``ub`` hold out ten ratings of each user.
    """
    path = resolve(source)
    if path is None:
        raise FormatError("the bundled sample has no folds of its own: ML-100K has them")
    if dataset is None:
        dataset = load(source)
    with open_source(path) as files:
        members = files.members()
        layout = find_layout(members, path.name)
        folds = []
        for name in FOLD_NAMES:
            base, test = (_beside(layout, f"{name}.{part}") for part in ("base", "test"))
            if layout.format == "ml-100k" and base in members and test in members:
                train, held_out = (_rows(files, layout, one, dataset) for one in (base, test))
                # A film that stood under two ids may be in both parts: the test part keeps it.
                folds.append(Fold(name, np.setdiff1d(train, held_out), held_out))
    if not folds:
        raise FormatError(
            f"{path.name} has no folds of its own: ML-100K has them, as u1.base and u1.test to "
            f"u5.test, ua.base and so on"
        )
    return folds


def _beside(layout: Layout, file: str) -> str:
    return f"{layout.folder}/{file}" if layout.folder else file


def _rows(files: Source, layout: Layout, member: str, dataset: Dataset) -> NDArray[np.int64]:
    """Where the ratings of a file stand in the data set."""
    table = read_ratings(
        files, member, rating_table_of(files, replace(layout, ratings=member), {}, None), Problems()
    )
    ratings = dataset.ratings
    users = ratings.user_ids.encode(np.asarray(table.user)).astype(np.int64)
    movies = ratings.movie_ids.encode(np.asarray(table.movie))
    wanted = users * ratings.n_movies + movies
    wanted[(users < 0) | (movies < 0)] = -1
    keys = ratings.users.astype(np.int64) * ratings.n_movies + ratings.movies
    rows = np.searchsorted(keys, wanted)
    rows[rows == keys.size] = 0
    absent = keys[rows] != wanted if keys.size else np.ones(wanted.size, dtype=np.bool_)
    if absent.any():
        first = int(absent.argmax())
        raise DataError(
            f"{member} has {int(absent.sum()):,} ratings that the data set {dataset.name!r} does "
            f"not have, the first by user {table.user[first]} of movie {table.movie[first]}: pass "
            f"the data set as it was read, before curation"
        )
    return np.unique(rows)
