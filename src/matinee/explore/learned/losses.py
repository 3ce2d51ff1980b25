"""How the losses of a training went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from matinee.explore.chart import Chart, Missing
from matinee.explore.curves import curves_finding
from matinee.models.base import Recommender

__all__ = ["loss_chart"]

_STEPS = ("epoch", "iteration", "sweep", "step")
_SAME = {"loss": "train_loss", "validation_loss": "valid_loss"}


def loss_chart(model: Recommender) -> Chart | Missing:
    """The loss curves of a model that learns step by step."""
    topic = "Loss curves"
    history = _losses(model.history)
    if not history or len(history[0]) < 2:
        return topic, f"{model.name} does not learn step by step"
    finding = curves_finding(history)
    step, *names = dict.fromkeys(name for entry in history for name in entry)
    ends = "; ".join(
        f"{name.replace('_', ' ')} {history[0][name]:.4f} at first, {history[-1][name]:.4f} at last"
        for name in names
        if name in history[0] and name in history[-1]
    )
    given = set().union(*model.history)
    unit = "loss"
    if {"train_loss", "valid_loss"} & given:
        unit = "mean squared error (stars²)"
    elif model.predicts_stars and {"loss", "validation_loss"} & given:
        unit = "root mean squared error (stars)"
    return Chart(
        "loss",
        topic,
        finding,
        f"Lines, the losses by {step} over {len(history):,} of them: {ends}.",
        pl.DataFrame([{name: entry.get(name) for name in (step, *names)} for entry in history]),
        {"unit": unit, "steps": len(history)},
    )


def _losses(history: Sequence[Mapping[str, float]]) -> list[dict[str, float]]:
    """The number of the step first, then what is a loss, under the names that pictures know."""
    found = []
    for number, entry in enumerate(history, start=1):
        step = next((name for name in _STEPS if name in entry), "epoch")
        losses = {_SAME.get(name, name): value for name, value in entry.items() if "loss" in name}
        found.append({step: entry.get(step, float(number)), **losses})
    return found
