"""The tree of errors."""

from __future__ import annotations

import inspect

import pytest

from matinee import errors
from matinee.errors import BadRowError, MatineeError, MissingExtraError


def test_every_error_is_exported_and_in_the_tree() -> None:
    classes = {
        name: value
        for name, value in vars(errors).items()
        if inspect.isclass(value) and issubclass(value, Exception)
    }
    assert set(classes) == set(errors.__all__)
    assert errors.__doc__ is not None
    for name, value in classes.items():
        assert issubclass(value, MatineeError)
        assert value.__doc__
        assert name in errors.__doc__, f"{name} is missing from the drawn tree"


def test_a_bad_row_says_where_and_what_next() -> None:
    error = BadRowError("ratings.csv", 7, "rating", "six", "not a number")
    assert (error.file, error.line, error.column, error.value) == (
        "ratings.csv",
        7,
        "rating",
        "six",
    )
    assert str(error).startswith("ratings.csv, line 7, column rating: not a number: 'six'.")
    assert "--skip-bad-rows" in str(error)
    assert str(BadRowError("a", 1, "", "x;y", "3 columns")).startswith("a, line 1: 3 columns")


def test_a_missing_extra_says_how_to_get_it() -> None:
    error = MissingExtraError("the model 'dot'", "neural")
    assert str(error) == "the model 'dot' needs the extra 'neural': pip install 'matinee[neural]'"
    with pytest.raises(ImportError):
        raise error
