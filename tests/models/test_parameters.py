"""The words of hyper-parameter errors."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

from matinee.errors import ParameterError
from matinee.models import MODELS, model_class
from matinee.models.als import ALS
from matinee.models.parameters import check_choice, check_float, check_int, check_seed


def test_good_values_pass() -> None:
    assert check_int("k", np.int64(3), 1, 5) == 3
    assert check_float("x", 1, 0.0) == 1.0
    assert check_choice("by", "mean", ("mean", "count")) == "mean"
    assert check_seed(0) == 0


@pytest.mark.parametrize("value", [0, 6, 2.0, True, "3", None])
def test_integers(value: object) -> None:
    with pytest.raises(ParameterError, match="k must be a whole number from 1 to 5, got"):
        check_int("k", value, 1, 5)


@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan"), "much", None, True])
def test_floats(value: object) -> None:
    with pytest.raises(ParameterError, match="x must be a number between 0 and 1, got"):
        check_float("x", value, 0.0, 1.0)


def test_open_ends() -> None:
    with pytest.raises(ParameterError, match="x must be a number more than 0, got 0"):
        check_float("x", 0, 0.0, open_low=True)
    with pytest.raises(ParameterError, match="x must be a number at least 0, got -1"):
        check_float("x", -1, 0.0)


def test_choices_hint_at_the_near_one() -> None:
    with pytest.raises(
        ParameterError, match=r"'mean', 'count', got 'meen' \(did you mean 'mean'\?"
    ):
        check_choice("by", "meen", ("mean", "count"))


@pytest.mark.parametrize("name", list(MODELS))
def test_each_is_declared_once(name: str) -> None:
    """Signature, documentation, search range and default come from one declaration."""
    try:
        cls = model_class(name)
    except ImportError:
        pytest.skip("needs an extra")
    assert cls.parameters
    assert list(inspect.signature(cls).parameters) == list(cls.parameters) == list(cls.defaults())
    assert cls.search_space.keys() <= cls.parameters.keys()
    doc = inspect.getdoc(cls) or ""
    assert doc.count("Parameters\n----------\n") == 1
    for parameter, declared in cls.parameters.items():
        assert declared.doc
        assert f"\n{parameter} : {declared.kind}\n" in doc
        assert declared.check(parameter, declared.default) == declared.default
        if declared.search is not None and declared.search[0] != "choice":
            for end in declared.search[:2]:
                assert declared.check(parameter, end) == end
    assert doc.index("Parameters\n---") < doc.find("Examples\n---") % (len(doc) + 1)


def test_one_that_is_not_there_is_named_with_its_neighbor() -> None:
    message = "als has no hyper-parameter 'factor'. Did you mean 'factors'"
    with pytest.raises(ParameterError, match=message):
        ALS(factor=3)


def test_scikit_learn_names() -> None:
    model = ALS(factors=8)
    assert model.get_params()["factors"] == 8
    assert model.set_params(factors=9).params["factors"] == 9
    with pytest.raises(ParameterError, match="factors must be a whole number of at least 1, got 0"):
        model.set_params(factors=0)
