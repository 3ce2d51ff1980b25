from __future__ import annotations

import pytest

from matinee.errors import ParameterError
from matinee.evaluation.measure import ACCURACY
from matinee.evaluation.metrics import DEFAULT_METRICS, METRICS, parse_metric, parse_metrics


@pytest.mark.parametrize("name", DEFAULT_METRICS)
def test_names_come_back(name: str) -> None:
    assert parse_metric(name).name == name


def test_the_names_that_the_tables_of_others_use_are_in_the_default_set() -> None:
    assert {"rmse", "mae", "ndcg@100", "recall@20", "recall@50"} <= set(DEFAULT_METRICS)


def test_every_accuracy_metric_has_its_function() -> None:
    assert set(ACCURACY) == {kind.name for kind in METRICS.values() if kind.kind == "accuracy"}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("ndgc@10", r"no metric 'ndgc@10'. Did you mean 'ndcg@10'\?"),
        ("ndcg", r"ndcg needs a number of places: ndcg@10, got 'ndcg'"),
        ("rmse@10", "rmse takes no @k"),
        ("ndcg@0", "no metric 'ndcg@0'"),
        ("ndcg@ten", "no metric"),
        ("xyz", "There are: rmse, mae, ndcg"),
    ],
)
def test_wrong_names_are_told(name: str, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        parse_metric(name)


def test_each_metric_once_in_the_order_given() -> None:
    found = parse_metrics(["mae", "ndcg@5", "MAE"])
    assert [metric.name for metric in found] == ["mae", "ndcg@5"]
    assert [metric.sign for metric in found] == [-1, 1]
