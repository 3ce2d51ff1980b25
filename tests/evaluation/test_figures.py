"""Figures beside a model: measured on people it has not seen, and read only if they are sound."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import matinee
from matinee.evaluation import evaluate
from matinee.evaluation.figures import (
    FIGURES_FILE,
    ModelFigures,
    measure_like,
    read_figures,
    write_figures,
)

FIGURES = ModelFigures(
    {"ndcg@10": 0.25, "rmse": 0.91}, {"ndcg@10": (0.2, 0.3)}, "strong-generalization", 67, "it", 3
)


def test_figures_are_those_of_an_evaluation_with_the_same_hyper_parameters() -> None:
    data = matinee.load("sample")
    model = matinee.create_model("popular", by="count").fit(data)
    found = measure_like(model, data, seed=2)
    same = evaluate(
        [matinee.create_model("popular", by="count")],
        data,
        protocol="strong-generalization",
        seed=2,
        metrics=["ndcg@10"],
        isolated=False,
    )
    assert found.metrics["ndcg@10"] == same.models[0].value("ndcg@10")
    assert found.metrics != measure_like(matinee.create_model("popular"), data, seed=2).metrics
    assert found.intervals["ndcg@10"][0] < found.metrics["ndcg@10"] < found.intervals["ndcg@10"][1]
    assert (found.dataset, found.seed, found.people) == ("sample", 2, 65)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    assert write_figures(FIGURES, tmp_path) == tmp_path / FIGURES_FILE
    assert read_figures(tmp_path) == FIGURES
    assert [path.name for path in tmp_path.iterdir()] == [FIGURES_FILE]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "3",
        json.dumps(FIGURES.to_dict() | {"metrics": {"rmse": None}}),
        json.dumps(FIGURES.to_dict() | {"metrics": {"rmse": True}}),
        json.dumps(FIGURES.to_dict() | {"metrics": {"rmse": float("nan")}}),
        json.dumps(FIGURES.to_dict() | {"intervals": {"rmse": [1]}}),
        json.dumps(FIGURES.to_dict() | {"people": "many"}),
    ],
)
def test_what_is_no_figures_is_left_alone(tmp_path: Path, text: str) -> None:
    (tmp_path / FIGURES_FILE).write_text(text)
    assert read_figures(tmp_path) is None


def test_no_figures(tmp_path: Path) -> None:
    assert read_figures(tmp_path) is None
