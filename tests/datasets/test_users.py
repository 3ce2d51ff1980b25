"""What ML-100K and ML-1M say of their users."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.datasets.layouts import ML_1M, ML_100K, MOVIELENS, write_folder, write_zip

from matinee.datasets import load_users
from matinee.errors import BadRowError, FormatError


def test_ml_100k(tmp_path: Path) -> None:
    frame = load_users(write_folder(tmp_path, ML_100K))
    assert frame.columns == ["user_id", "age", "gender", "occupation", "zip_code"]
    assert frame.rows()[0] == (1, 24, "M", "technician", "85711")


def test_ml_1m(tmp_path: Path) -> None:
    frame = load_users(write_zip(tmp_path / "x.zip", ML_1M))
    assert frame.rows() == [
        (1, 1, "F", "K-12 student", "48067"),
        (2, 56, "M", "self-employed", "70072"),
    ]


def test_none(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="says nothing of its users"):
        load_users(write_folder(tmp_path, MOVIELENS))
    with pytest.raises(FormatError, match="bundled sample says nothing"):
        load_users("sample")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (b"3|x|M|artist|1\n", "line 3, column age: not a number: 'x'"),
        (b"3|20|M\n", "line 3: 3 columns where 5 are expected"),
    ],
)
def test_wrong_rows(row: bytes, message: str, tmp_path: Path) -> None:
    path = write_folder(tmp_path, {**ML_100K, "ml-100k/u.user": ML_100K["ml-100k/u.user"] + row})
    with pytest.raises(BadRowError, match=message):
        load_users(path)
    assert load_users(path, skip_bad_rows=True).height == 2


@pytest.mark.movielens
def test_real_users(ml_100k: Path, ml_1m: Path) -> None:
    assert load_users(ml_100k).height == 943
    frame = load_users(ml_1m)
    assert frame.height == 6040
    assert frame["occupation"].n_unique() == 21
