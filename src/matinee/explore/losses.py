"""The loss curves of a training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from matinee.errors import NotSupportedError, ParameterError
from matinee.explore.charts import BLUE, ORANGE, Chart

__all__ = ["draw_curves", "loss_chart"]

_STEPS = ("epoch", "iteration", "sweep", "step")
_FORMATS = (".png", ".svg", ".pdf")
# One name for one notion; and the names in the picture.
_SAME = {"loss": "train_loss", "validation_loss": "valid_loss"}
_LABELS = {"train_loss": "training", "valid_loss": "validation"}
_COLORS = {"train_loss": BLUE, "valid_loss": ORANGE}


def draw_curves(
    history: Sequence[Mapping[str, float]], file: Path | str, *, title: str | None = None
) -> Path:
    """Draw how the losses of a training went, epoch by epoch.

    Parameters
    ----------
    history : sequence of mapping of str to float
        What a model keeps as ``history``: an entry for each epoch with its losses by name. The
        number of the epoch stands under ``"epoch"`` (``"iteration"``, ``"sweep"``, ``"step"``);
        without one, entries count from 1.
    file : path
        Its ending says the format: ``.png``, ``.svg`` or ``.pdf``.
    title : str, optional
        By default what the curves show.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    NotSupportedError
        If the history has no loss: the model does not learn in epochs.
    ParameterError
        If the ending is another one, or the folder does not exist.

    Examples
    --------
    >>> import tempfile
    >>> history = [
    ...     {"epoch": 1, "train_loss": 1.10, "valid_loss": 0.95},
    ...     {"epoch": 2, "train_loss": 0.85, "valid_loss": 0.90},
    ... ]
    >>> draw_curves(history, Path(tempfile.mkdtemp()) / "curves.png").name
    'curves.png'
    """
    path = Path(file)
    chart = loss_chart(history)
    if chart is None:
        raise NotSupportedError(
            f"no picture for {path}: this model does not learn step by step and has no loss curve; "
            "dot, mlp and mf have one"
        )
    if path.suffix.lower() not in _FORMATS:
        raise ParameterError(
            f"the name of the picture must end in {', '.join(_FORMATS)}, got {str(path)!r}"
        )
    if not path.absolute().parent.is_dir():
        raise ParameterError(f"the folder of {path} does not exist: make it first")
    chart.save(path, title)
    return path


def loss_chart(
    history: Sequence[Mapping[str, float]], *, predicts_stars: bool = True
) -> Chart | None:
    """The loss curves of a history; None where there is no loss in it."""
    table = _losses(history)
    if table.width < 2:
        return None
    step, *names = table.columns
    unit = "loss"
    if {"train_loss", "valid_loss"} & set(history[0]):
        unit = "mean squared error (stars²)"
    elif predicts_stars and {"loss", "validation_loss"} & set(history[0]):
        unit = "root mean squared error (stars)"

    def draw(axes: Axes) -> None:
        for name, marker in zip(names, "osD^vPX*" * len(names), strict=False):
            known = table.drop_nulls(name)
            axes.plot(
                known[step],
                known[name],
                marker=marker if known.height < 60 else "",
                markersize=5,
                color=_COLORS.get(name),
                label=_LABELS.get(name, name.replace("_", " ")),
            )
        axes.set(xlabel=step, ylabel=unit)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(visible=True)
        axes.legend(frameon=False)

    return Chart(
        "loss",
        "Loss curves",
        _finding(table),
        f"Lines, the losses by {step} over {table.height:,} of them.",
        table,
        draw,
        {"unit": unit, "steps": table.height},
        height=4.0,
    )


def _losses(history: Sequence[Mapping[str, float]]) -> pl.DataFrame:
    """The number of the step first, then what is a loss, a column each."""
    step = next((name for name in _STEPS if history and name in history[0]), "epoch")
    rows = [
        {step: entry.get(step, float(number))}
        | {_SAME.get(name, name): value for name, value in entry.items() if "loss" in name}
        for number, entry in enumerate(history, start=1)
    ]
    names = dict.fromkeys(name for row in rows for name in row)
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.Float64))


def _finding(table: pl.DataFrame) -> str:
    """What loss curves show, in a line."""
    step, *names = table.columns
    numbers, n = table[step].to_list(), table.height
    if "valid_loss" in names and not table["valid_loss"].null_count():
        valid = table["valid_loss"].to_list()
        best = valid.index(min(valid))
        after = "then rose" if best < n - 1 else "and still falling" if n > 1 else "the only one"
        return (
            f"Validation loss was lowest in {step} {numbers[best]:g} of {numbers[-1]:g} "
            f"({valid[best]:.3f}), {after}"
        )
    name = "train_loss" if "train_loss" in names else names[0]
    known = table[name].drop_nulls()
    label = f"{_LABELS[name]} loss" if name in _LABELS else name.replace("_", " ")
    moved = "fell" if known[-1] < known[0] else "rose" if known[-1] > known[0] else "stayed"
    return (
        f"{label.capitalize()} {moved} from {known[0]:.3f} to {known[-1]:.3f} in {n} "
        f"{step}{'s' * (n != 1)}"
    )
