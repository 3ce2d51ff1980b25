"""What an array has to be, and what is said of one that is not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from matinee.arrays import (
    ArraySpec,
    Specs,
    any_numbers,
    check_arrays,
    csr,
    flags,
    floats,
    identifiers,
    integers,
    strings,
)
from matinee.errors import DataError

SPECS: Specs = {
    "vectors": floats("movies", "factors"),
    "share": floats("factors", low=0.0, high=1.0, bits=64),
    "codes": integers("known", below="movies", increasing=True),
    "near": integers("movies", 2, low=-1, below="movies"),
    "liked": flags("movies"),
    "ids": identifiers("movies"),
    **csr("indptr", "indices", "data", "users", "movies"),
    **strings("titles", "movies"),
}


def good() -> dict[str, np.ndarray[Any, Any]]:
    return {
        "vectors": np.ones((3, 2), np.float32),
        "share": np.array([0.0, 1.0]),
        "codes": np.array([0, 2], np.int32),
        "near": np.array([[1, -1], [0, 2], [1, -1]], np.int32),
        "liked": np.array([True, False, True]),
        "ids": np.array([1, 5, 9]),
        "indptr": np.array([0, 2, 2, 3], np.int32),
        "indices": np.array([0, 2, 1], np.int32),
        "data": np.ones(3, np.float32),
        "titles": np.frombuffer("HeatAmélie".encode(), np.uint8),
        "titles_offsets": np.array([0, 4, 11, 11]),
    }


def test_what_was_declared_passes_and_gives_the_sides() -> None:
    sides = {"movies": 3}
    check_arrays(good(), SPECS, sides)
    assert (sides["factors"], sides["users"], sides["known"]) == (2, 3, 2)


@pytest.mark.parametrize(
    ("name", "array", "problem"),
    [
        ("vectors", np.ones((3, 2)), "has the dtype float64, not float32"),
        ("vectors", np.ones((3, 2), ">f4"), "has the dtype >f4"),
        ("vectors", np.ones((4, 2), np.float32), "'movies' is 3"),
        ("share", np.array([0.0, 1.0, 1.0]), "'factors' is 2"),
        ("vectors", np.ones(3, np.float32), "has the shape"),
        ("vectors", np.asfortranarray(np.ones((3, 2), np.float32)), "in rows"),
        ("vectors", np.array([[1, 1], [np.nan, 1], [1, 1]], np.float32), "has values outside"),
        ("vectors", np.array([[1, 1], [np.inf, 1], [1, 1]], np.float32), "has values outside"),
        ("vectors", np.array([[1, 1], [-2e9, 1], [1, 1]], np.float32), "has values outside"),
        ("share", np.array([0.0, 1.1]), "has values outside 0 to 1"),
        ("share", np.array([-0.1, 1.0]), "has values outside 0 to 1"),
        ("codes", np.array([0, 3], np.int32), "has values outside 0 to 2"),
        ("codes", np.array([-1, 2], np.int32), "has values outside 0 to 2"),
        ("codes", np.array([2, 2], np.int32), "does not increase"),
        ("near", np.array([[1, -2], [0, 2], [1, -1]], np.int32), "has values outside -1 to 2"),
        ("near", np.array([[1, 3], [0, 2], [1, -1]], np.int32), "has values outside -1 to 2"),
        ("liked", np.array([1, 2, 0], np.uint8).view(np.bool_), "has values outside 0 to 1"),
        ("ids", np.array([5, 1, 9]), "does not increase"),
        ("ids", np.array([0xD800, 1, 0x110000], np.uint32).view("U1"), "none of Unicode"),
        ("indptr", np.array([1, 2, 2, 3], np.int32), "does not divide the 3 entries of indices"),
        ("indptr", np.array([0, 2, 2, 2], np.int32), "does not divide the 3 entries of indices"),
        ("indptr", np.array([0, 2, 1, 3], np.int32), "does not divide the 3 entries of indices"),
        ("indptr", np.array([0, 2, 2, 4], np.int32), "does not divide the 3 entries of indices"),
        ("indptr", np.array([], np.int32), "does not divide"),
        ("indptr", np.array([[0, 3]], np.int32), "has the shape"),
        ("indices", np.array([0, 3, 1], np.int32), "has values outside 0 to 2"),
        ("indices", np.array([0, -1, 1], np.int32), "has values outside 0 to 2"),
        ("data", np.ones(2, np.float32), "'indices entries' is 3"),
        ("titles", np.frombuffer(b"HeatAm\xfflie.", np.uint8), "is no UTF-8"),
        ("titles_offsets", np.array([0, 4, 7, 11]), "divides signs of titles"),
        ("titles_offsets", np.array([0, 4, 12, 11]), "does not divide"),
    ],
)
def test_what_is_something_else_is_named(name: str, array: Any, problem: str) -> None:
    with pytest.raises(DataError, match=f"array {name} .*{problem}"):
        check_arrays({**good(), name: array}, SPECS, {"movies": 3})


def test_nothing_may_be_missing_or_more() -> None:
    arrays = good()
    with pytest.raises(DataError, match="an array 'other' more"):
        check_arrays({**arrays, "other": arrays["share"]}, SPECS, {})
    del arrays["indices"]
    with pytest.raises(DataError, match="a missing array 'indices'"):
        check_arrays(arrays, SPECS, {})


def test_without_values_what_is_looked_up_is_checked_all_the_same() -> None:
    broken = {**good(), "share": np.array([np.nan, 9.0])}
    check_arrays(broken, SPECS, {}, values=False)
    for name, array in (("indices", [0, 3, 1]), ("indptr", [0, 2, 2, 4]), ("near", [[3, 0]] * 3)):
        with pytest.raises(DataError, match=f"array {name}"):
            check_arrays({**broken, name: np.array(array, np.int32)}, SPECS, {}, values=False)


def test_a_member_has_sides_of_its_own_but_films_and_people() -> None:
    specs = {f"a.{key}": spec.within("a.") for key, spec in SPECS.items()}
    specs |= {f"b.{key}": spec.within("b.") for key, spec in SPECS.items()}
    arrays = {f"{who}.{key}": array for key, array in good().items() for who in "ab"}
    arrays["b.vectors"], arrays["b.share"] = np.ones((3, 1), np.float32), np.array([0.5])
    check_arrays(arrays, specs, {})
    arrays["b.indptr"] = np.array([0, 3], np.int32)
    with pytest.raises(DataError, match=r"b\.indptr .*'users\+1' is 4"):
        check_arrays(arrays, specs, {})


def test_arrays_without_a_declaration_are_numbers_or_text() -> None:
    for array in (np.array([1.5]), np.array(["a"]), np.array([True]), np.array([2**60])):
        check_arrays({"x": array}, {"x": any_numbers(array)}, {})
    with pytest.raises(DataError, match="has values outside"):
        check_arrays({"x": np.array([np.nan])}, {"x": any_numbers(np.array([0.0]))}, {})
    for bad in (np.array([1j]), np.array([{}]), np.array([b"x"])):
        with pytest.raises(DataError, match="has numbers and text"):
            any_numbers(bad)


def test_a_family_may_say_what_else_is_wrong() -> None:
    spec = ArraySpec(("float64",), (2,), check=lambda array: "is odd" if array[0] else None)
    check_arrays({"x": np.zeros(2)}, {"x": spec}, {})
    with pytest.raises(DataError, match="array x is odd"):
        check_arrays({"x": np.ones(2)}, {"x": spec}, {})
