from __future__ import annotations

import re
from pathlib import Path

import pytest

from matinee.errors import NotSupportedError, ParameterError
from matinee.explore.charts import Chart
from matinee.explore.losses import draw_curves, loss_chart

HISTORY = [
    {"epoch": 1, "train_loss": 1.2, "valid_loss": 1.0},
    {"epoch": 2, "train_loss": 0.9, "valid_loss": 0.8},
    {"epoch": 3, "train_loss": 0.7, "valid_loss": 0.85},
]


def test_only_losses_are_drawn() -> None:
    chart = loss_chart(
        [
            {"epoch": 1, "learning_rate": 0.1, "loss": 0.9, "validation_loss": 1.0},
            {"epoch": 2, "learning_rate": 0.05, "loss": 0.8, "validation_loss": 0.95},
            {"epoch": 3, "learning_rate": 0.01, "loss": 0.7, "validation_loss": 0.97},
        ]
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
    chart = loss_chart([{"epoch": 1, **entry}], predicts_stars=stars)
    assert isinstance(chart, Chart)
    assert chart.facts["unit"] == unit


def test_a_loss_that_came_later_and_steps_without_a_number() -> None:
    chart = loss_chart([{"loss": 1.0}, {"loss": 0.9, "validation_loss": 1.2}])
    assert isinstance(chart, Chart)
    assert chart.table["epoch"].to_list() == [1.0, 2.0]
    assert chart.table["valid_loss"].to_list() == [None, 1.2]


@pytest.mark.parametrize("history", [[], [{"epoch": 1.0, "learning_rate": 0.1}]])
def test_nothing_to_draw(history: list[dict[str, float]]) -> None:
    assert loss_chart(history) is None


@pytest.mark.parametrize(
    ("ending", "begins"), [(".png", b"\x89PNG"), (".svg", b"<?xml"), (".pdf", b"%PDF")]
)
def test_the_ending_says_the_format(tmp_path: Path, ending: str, begins: bytes) -> None:
    path = draw_curves(HISTORY, tmp_path / f"curves{ending}")
    assert path.read_bytes().startswith(begins)


def test_axes_are_labelled_and_the_title_says_what_is_seen(
    tmp_path: Path,
) -> None:
    text = draw_curves(HISTORY, tmp_path / "curves.svg").read_text(encoding="utf-8")
    for shown in ("training", "validation", "epoch", "mean squared error (stars²)"):
        assert f"<!-- {shown} -->" in text
    assert "Validation loss was lowest in epoch 2 of 3 (0.800), then rose" in text
    text = draw_curves(HISTORY, tmp_path / "own.svg", title="Mine").read_text(encoding="utf-8")
    assert "<!-- Mine -->" in text


@pytest.mark.parametrize(
    ("history", "finding"),
    [
        (HISTORY[:2], "Validation loss was lowest in epoch 2 of 2 (0.800), and still falling"),
        (HISTORY[:1], "Validation loss was lowest in epoch 1 of 1 (1.000), the only one"),
        ([{"train_loss": 1.0}], "Training loss stayed from 1.000 to 1.000 in 1 epoch"),
        (
            [{"sweep": 1, "train_loss": 0.9}, {"sweep": 2, "train_loss": 0.95}],
            "Training loss rose from 0.900 to 0.950 in 2 sweeps",
        ),
    ],
)
def test_findings(history: list[dict[str, float]], finding: str) -> None:
    chart = loss_chart(history)
    assert chart is not None
    assert chart.title == finding


def test_what_cannot_be_drawn_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotSupportedError, match="does not learn step by step"):
        draw_curves([], tmp_path / "curves.png")
    with pytest.raises(ParameterError, match=r"must end in \.png, \.svg, \.pdf, got .*curves\.gif"):
        draw_curves(HISTORY, tmp_path / "curves.gif")
    with pytest.raises(ParameterError, match=re.escape("does not exist: make it first")):
        draw_curves(HISTORY, tmp_path / "nowhere" / "curves.png")
