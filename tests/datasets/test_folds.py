"""The folds that ML-100K comes with point at its own ratings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.datasets.layouts import ML_1M, ML_100K, write_folder, write_zip

from matinee.datasets import load, load_folds
from matinee.errors import DataError, FormatError

LINES = ML_100K["ml-100k/u.data"].splitlines(keepends=True)
FOLDS = {
    **ML_100K,
    "ml-100k/u1.base": LINES[2] + LINES[0],
    "ml-100k/u1.test": LINES[1],
    "ml-100k/ua.base": LINES[1],
    "ml-100k/ua.test": LINES[0] + LINES[2],
    "ml-100k/ub.base": LINES[0],
}


@pytest.mark.parametrize("packed", [False, True])
def test_rows_of_the_ratings(packed: bool, tmp_path: Path) -> None:
    path = write_zip(tmp_path / "x.zip", FOLDS) if packed else write_folder(tmp_path, FOLDS)
    folds = load_folds(path)
    assert [fold.name for fold in folds] == ["u1", "ua"]  # ub has no test part
    assert folds[0].train.tolist() == [0, 2]
    assert folds[0].test.tolist() == [1]
    assert folds[1].test.tolist() == [0, 2]
    assert repr(folds[0]) == "Fold('u1', 2 train, 1 test)"


def test_no_folds(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="has no folds of its own: ML-100K has them"):
        load_folds(write_folder(tmp_path, ML_1M))
    with pytest.raises(FormatError, match="bundled sample has no folds"):
        load_folds("sample")


def test_ratings_that_are_not_there_any_more(tmp_path: Path) -> None:
    path = write_folder(tmp_path, FOLDS)
    data = load(path)
    fewer = data.replace(data.ratings.take(np.array([0, 2])))
    with pytest.raises(DataError, match=r"u1\.test has 1 ratings that the data set 'ml-100k' does"):
        load_folds(path, fewer)


@pytest.mark.movielens
def test_real_folds(ml_100k: Path) -> None:
    data = load(ml_100k, merge_films=False)
    folds = {fold.name: fold for fold in load_folds(ml_100k, data)}
    assert list(folds) == ["u1", "u2", "u3", "u4", "u5", "ua", "ub"]
    for fold in folds.values():
        together = np.concatenate([fold.train, fold.test])
        assert np.array_equal(np.sort(together), np.arange(100_000))
    fifths = np.concatenate([folds[f"u{i}"].test for i in range(1, 6)])
    assert np.array_equal(np.sort(fifths), np.arange(100_000))
    assert np.bincount(data.ratings.users[folds["ua"].test]).tolist() == [10] * 943


@pytest.mark.movielens
def test_real_folds_where_films_with_two_ids_are_one(ml_100k: Path) -> None:
    data = load(ml_100k)
    for fold in load_folds(ml_100k, data):
        together = np.concatenate([fold.train, fold.test])
        assert np.array_equal(np.sort(together), np.arange(99_693))
