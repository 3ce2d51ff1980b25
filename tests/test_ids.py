"""Ids and codes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.errors import DataError
from matinee.ids import IdVocabulary

integers = st.lists(st.integers(-(2**62), 2**62 - 1), max_size=30)
words = st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1), max_size=30)


@given(integers)
def test_integer_ids_go_round(values: list[int]) -> None:
    vocabulary = IdVocabulary(np.asarray(values, dtype=np.int64))
    assert list(vocabulary) == sorted(set(values))
    assert vocabulary.decode(vocabulary.encode(values)).tolist() == values


@given(words)
def test_string_ids_go_round(values: list[str]) -> None:
    vocabulary = IdVocabulary(np.asarray(values, dtype=np.str_))
    assert list(vocabulary) == sorted(set(values))
    assert vocabulary.decode(vocabulary.encode(values)).tolist() == values


@given(integers, st.integers(-(2**62), 2**62 - 1))
def test_unknown_ids_are_minus_one(values: list[int], other: int) -> None:
    vocabulary = IdVocabulary(np.asarray(values, dtype=np.int64))
    assert (vocabulary.code_of(other) >= 0) == (other in values)
    assert (other in vocabulary) == (other in values)


def test_small_and_large_integers_are_looked_up_alike() -> None:
    """Small ids use a table, large ones bisection."""
    small, large = IdVocabulary([3, 1, 2]), IdVocabulary([3, 1, 2, 10**15])
    assert small._table is not None
    assert large._table is None
    wanted = [2, 0, -5, 10**17, 3]
    assert small.encode(wanted).tolist() == large.encode(wanted).tolist() == [1, -1, -1, -1, 2]


@pytest.mark.parametrize("odd", [2**70, -(2**70), 1.5, float("nan"), "no number", "1.0", ""])
def test_what_cannot_be_an_id_is_unknown(odd: object) -> None:
    assert IdVocabulary([1, 2]).encode([odd]).tolist() == [-1]  # type: ignore[list-item]


def test_digits_in_strings_are_understood_where_ids_are_integers() -> None:
    assert IdVocabulary([1, 20]).encode(["20", " 1 ", "x"]).tolist() == [1, 0, -1]
    assert IdVocabulary(["1", "20"]).encode([20, "1"]).tolist() == [1, 0]


def test_it_is_immutable_and_compares_by_value() -> None:
    ids = np.array([1, 2, 3])
    vocabulary = IdVocabulary(ids)
    with pytest.raises(ValueError, match="read-only"):
        vocabulary.ids[0] = 9
    ids[0] = 0  # the caller's array stays the caller's
    assert vocabulary == IdVocabulary([3, 2, 1]) or ids[0] == 0
    assert IdVocabulary([1, 2]) == IdVocabulary([2, 1, 1])
    assert hash(IdVocabulary([1, 2])) == hash(IdVocabulary([2, 1]))
    assert IdVocabulary([1]) != IdVocabulary(["1"])
    assert IdVocabulary([1]) != 1


def test_an_empty_vocabulary_works() -> None:
    empty = IdVocabulary([])
    assert len(empty) == 0
    assert empty.encode([1]).tolist() == [-1]
    assert 1 not in empty
    assert repr(empty) == "IdVocabulary(0 integer ids)"


@pytest.mark.parametrize(
    ("ids", "problem"),
    [(np.zeros((2, 2)), "one-dimensional"), (np.array([1.5, 2.5]), "integers or strings")],
)
def test_what_is_no_column_of_ids_is_refused(ids: np.ndarray, problem: str) -> None:
    with pytest.raises(DataError, match=problem):
        IdVocabulary(ids)
