"""Columns grow in place; separators are counted."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.datasets.store import _PIECE, Store, has_separators


@pytest.mark.parametrize("share", [0.001, 0.5, 1.0])
def test_grows(share: float) -> None:
    store = Store("stars")
    pieces = [np.arange(i, 2 * i, dtype=np.float32) for i in (1, 5, 0, 300, 2, 90)]
    for piece in pieces:
        store.add(piece, share)
    column = store.column()
    assert column.dtype == np.float32
    assert column.flags.owndata
    assert np.array_equal(column, np.concatenate(pieces))


def test_what_was_added_is_copied() -> None:
    store = Store("int32")
    values = np.array([1, 2], dtype=np.int32)
    store.add(values, 1.0)
    values[:] = 9
    assert store.column().tolist() == [1, 2]


def test_text() -> None:
    store = Store("text")
    store.add(pl.Series(["a"]), 0.5)
    store.add(pl.Series(["b"]), 0.5)
    assert store.column().to_list() == ["a", "b"]
    assert Store("text").column().to_list() == []
    assert Store("int32").column().size == 0


@given(st.text(alphabet=":ab\n", max_size=60))
def test_single_separators(text: str) -> None:
    block = text.encode()
    assert has_separators(block, ":", text.count(":"))
    assert not has_separators(block, ":", text.count(":") + 1)


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("1::2::3::4", True),
        ("1::2::3:4", False),
        ("1:2:3:4:5:6:7", False),
        ("1::2:::3::", False),
        ("1::2::3::4:", False),
    ],
)
def test_double_separators(text: str, fits: bool) -> None:
    assert has_separators(text.encode(), "::", 3) is fits


@pytest.mark.parametrize("before", range(_PIECE - 3, _PIECE + 2))
def test_double_separator_where_pieces_meet(before: int) -> None:
    assert has_separators(b"x" * before + b"::y", "::", 1)
    assert not has_separators(b"x" * before + b":y:", "::", 1)
