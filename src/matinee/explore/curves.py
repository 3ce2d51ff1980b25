"""The loss curves of a training, as a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from matinee.errors import NotSupportedError, ParameterError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["curves_finding", "draw_curves"]

_STEPS = ("epoch", "iteration", "sweep", "step")
_FORMATS = (".png", ".svg", ".pdf")
_NAMES = {"train_loss": "training", "valid_loss": "validation"}
_COLOURS = {"train_loss": "#8a8f98", "valid_loss": "#a4243b"}


def draw_curves(
    history: Sequence[Mapping[str, float]], file: Path | str, *, title: str | None = None
) -> Path:
    """Draw how the losses of a training went, epoch by epoch.

    Parameters
    ----------
    history : sequence of mapping of str to float
        What a model keeps as ``history``: an entry for each epoch with ``train_loss`` and
        ``valid_loss`` as mean squared errors in squared stars, or other figures by name. The number
        of the epoch stands under ``"epoch"`` (``"iteration"``, ``"sweep"``, ``"step"``); without
        one, entries count from 1.
    file : path
        Its ending says the format: ``.png``, ``.svg`` or ``.pdf``.
    title : str, optional
        By default what the curves show; see :func:`curves_finding`.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    NotSupportedError
        If the history is empty: the model does not learn in epochs.
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
    if not history:
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
    # Figure and canvas without pyplot: no state, no window, safe in any thread.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.5, 4.5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    _draw(axes, history)
    axes.set_title(curves_finding(history) if title is None else title, loc="left")
    figure.savefig(path, dpi=150)
    return path


def curves_finding(history: Sequence[Mapping[str, float]]) -> str:
    """What loss curves show, in a line.

    Examples
    --------
    >>> curves_finding([{"epoch": 1, "train_loss": 1.0}, {"epoch": 2, "train_loss": 0.8}])
    'Training loss fell from 1.000 to 0.800 in 2 epochs'
    >>> curves_finding([{"epoch": n + 1, "valid_loss": v} for n, v in enumerate([0.9, 0.8, 0.85])])
    'Validation loss was lowest in epoch 2 of 3 (0.800), then rose'
    """
    step = _step_of(history) or "epoch"
    n = len(history)
    valid = [entry["valid_loss"] for entry in history if "valid_loss" in entry]
    if len(valid) == n:
        best = min(range(n), key=valid.__getitem__)
        place = f"{step} {_number(history, best):g} of {_number(history, n - 1):g}"
        after = "then rose" if best < n - 1 else "and still falling" if n > 1 else "the only one"
        return f"Validation loss was lowest in {place} ({valid[best]:.3f}), {after}"
    name = next((key for key in ("train_loss", "loss", *history[0]) if key in history[0]), step)
    label = _NAMES.get(name, name.replace("_", " ")).capitalize()
    label += " loss" if name in _NAMES else ""
    first, last = history[0][name], history[-1].get(name, history[0][name])
    moved = "fell" if last < first else "rose" if last > first else "stayed"
    return f"{label} {moved} from {first:.3f} to {last:.3f} in {n} {step}{'s' * (n != 1)}"


def _draw(axes: Axes, history: Sequence[Mapping[str, float]]) -> None:
    from matplotlib.ticker import MaxNLocator

    step = _step_of(history)
    names = list(dict.fromkeys(name for entry in history for name in entry if name != step))
    for name in names:
        places = [place for place, entry in enumerate(history) if name in entry]
        axes.plot(
            [_number(history, place) for place in places],
            [history[place][name] for place in places],
            marker="o" if len(places) < 60 else "",
            markersize=4,
            color=_COLOURS.get(name),
            label=_NAMES.get(name, name.replace("_", " ")),
        )
    are_losses = set(names) <= set(_NAMES)
    axes.set_xlabel(step or "epoch")
    axes.set_ylabel("mean squared error (stars²)" if are_losses else ", ".join(names))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)


def _step_of(history: Sequence[Mapping[str, float]]) -> str | None:
    return next((name for name in _STEPS if name in history[0]), None)


def _number(history: Sequence[Mapping[str, float]], place: int) -> float:
    step = _step_of(history)
    return history[place][step] if step else place + 1
