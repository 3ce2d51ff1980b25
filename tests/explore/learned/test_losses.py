from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from matinee.explore.chart import Chart
from matinee.explore.learned.losses import loss_chart


def model(history: list[dict[str, float]], stars: bool = True) -> Any:
    return SimpleNamespace(name="mf", predicts_stars=stars, history=history)


def test_only_losses_are_drawn() -> None:
    chart = loss_chart(
        model(
            [
                {"epoch": 1, "learning_rate": 0.1, "loss": 0.9, "validation_loss": 1.0},
                {"epoch": 2, "learning_rate": 0.05, "loss": 0.8, "validation_loss": 0.95},
                {"epoch": 3, "learning_rate": 0.01, "loss": 0.7, "validation_loss": 0.97},
            ]
        )
    )
    assert isinstance(chart, Chart)
    assert chart.table.columns == ["epoch", "train_loss", "valid_loss"]
    assert chart.table["valid_loss"].to_list() == [1.0, 0.95, 0.97]
    assert chart.title == "Validation loss was lowest in epoch 2 of 3 (0.950), then rose"
    assert chart.facts == {"unit": "root mean squared error (stars)", "steps": 3}


@pytest.mark.parametrize(
    ("entry", "stars", "unit"),
    [
        ({"train_loss": 1.0}, True, "mean squared error (stars²)"),
        ({"loss": 1.0}, True, "root mean squared error (stars)"),
        ({"loss": 1.0}, False, "loss"),
    ],
)
def test_unit(entry: dict[str, float], stars: bool, unit: str) -> None:
    chart = loss_chart(model([{"epoch": 1, **entry}], stars))
    assert isinstance(chart, Chart)
    assert chart.facts["unit"] == unit


def test_a_loss_that_came_later_and_steps_without_a_number() -> None:
    chart = loss_chart(model([{"loss": 1.0}, {"loss": 0.9, "validation_loss": 1.2}]))
    assert isinstance(chart, Chart)
    assert chart.table["epoch"].to_list() == [1.0, 2.0]
    assert chart.table["valid_loss"].to_list() == [None, 1.2]


@pytest.mark.parametrize("history", [[], [{"epoch": 1.0, "learning_rate": 0.1}]])
def test_nothing_to_draw(history: list[dict[str, float]]) -> None:
    assert loss_chart(model(history)) == ("Loss curves", "mf does not learn step by step")
