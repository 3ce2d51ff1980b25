"""Loss curves: what is drawn, and what the title says of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from matinee.errors import NotSupportedError, ParameterError
from matinee.explore.curves import curves_finding, draw_curves

HISTORY = [
    {"epoch": 1, "train_loss": 1.2, "valid_loss": 1.0},
    {"epoch": 2, "train_loss": 0.9, "valid_loss": 0.8},
    {"epoch": 3, "train_loss": 0.7, "valid_loss": 0.85},
]


@pytest.mark.parametrize(
    ("ending", "begins"), [(".png", b"\x89PNG"), (".svg", b"<?xml"), (".pdf", b"%PDF")]
)
def test_the_ending_says_the_format(tmp_path: Path, ending: str, begins: bytes) -> None:
    path = draw_curves(HISTORY, tmp_path / f"curves{ending}")
    assert path.read_bytes().startswith(begins)


def test_axes_are_labelled_and_the_title_says_what_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("matplotlib").rcParams, "svg.fonttype", "none")
    text = draw_curves(HISTORY, tmp_path / "curves.svg").read_text(encoding="utf-8")
    for shown in ("training", "validation", "epoch", "mean squared error (stars²)"):
        assert f">{shown}<" in text
    assert "Validation loss was lowest in epoch 2 of 3 (0.800), then rose" in text
    text = draw_curves(HISTORY, tmp_path / "own.svg", title="Mine").read_text(encoding="utf-8")
    assert ">Mine<" in text


@pytest.mark.parametrize(
    ("history", "finding"),
    [
        (HISTORY[:2], "Validation loss was lowest in epoch 2 of 2 (0.800), and still falling"),
        (HISTORY[:1], "Validation loss was lowest in epoch 1 of 1 (1.000), the only one"),
        ([{"train_loss": 1.0}], "Training loss stayed from 1.000 to 1.000 in 1 epoch"),
        (
            [{"sweep": 1, "rmse": 0.9}, {"sweep": 2, "rmse": 0.95}],
            "Rmse rose from 0.900 to 0.950 in 2 sweeps",
        ),
    ],
)
def test_findings(history: list[dict[str, float]], finding: str) -> None:
    if finding.startswith("Rmse"):
        history = [{key: entry[key] for key in ("rmse", "sweep")} for entry in history]
    assert curves_finding(history) == finding


def test_what_cannot_be_drawn_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotSupportedError, match="does not learn step by step"):
        draw_curves([], tmp_path / "curves.png")
    with pytest.raises(ParameterError, match=r"must end in \.png, \.svg, \.pdf, got .*curves\.gif"):
        draw_curves(HISTORY, tmp_path / "curves.gif")
    with pytest.raises(ParameterError, match=re.escape("does not exist: make it first")):
        draw_curves(HISTORY, tmp_path / "nowhere" / "curves.png")
