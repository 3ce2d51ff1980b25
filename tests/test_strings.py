"""Strings as arrays."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.errors import DataError
from matinee.strings import PackedStrings

texts = st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=20)


@given(texts)
def test_they_go_round(strings: list[str]) -> None:
    packed = PackedStrings.of(strings)
    assert list(packed) == strings
    assert [packed[i] for i in range(len(packed))] == strings
    assert packed == strings
    assert packed == PackedStrings.of(tuple(strings))
    assert packed[-2:] == strings[-2:]


def test_bounds() -> None:
    packed = PackedStrings.of(["a", "é"])
    assert packed[-1] == "é"
    with pytest.raises(IndexError):
        packed[2]
    with pytest.raises(DataError, match="do not fit a buffer of 3 bytes"):
        PackedStrings(packed.data, np.array([0, 1]))
    assert repr(packed) == "PackedStrings(2 strings, 3 bytes)"
