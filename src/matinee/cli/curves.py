"""The loss curves of a fit, as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matinee.errors import NotSupportedError

__all__ = ["draw_curves"]

_STEPS = ("epoch", "iteration", "sweep", "step")


def draw_curves(history: Sequence[dict[str, float]], path: Path, *, title: str) -> None:
    """Draw each figure of a model's history over its epochs and write the picture.

    Parameters
    ----------
    history : sequence of dict of str to float
        One entry an epoch; an entry ``"epoch"`` (``"iteration"``, ``"sweep"``) gives its number,
        otherwise entries count from 1.
    path : path
        Its ending says the format: ``.png``, ``.svg`` or ``.pdf``.
    title : str

    Raises
    ------
    NotSupportedError
        If the history is empty: the model does not learn in epochs.
    """
    if not history:
        raise NotSupportedError(
            f"{title}: no picture for {path}, since this model does not learn step by step and "
            "has no loss curve"
        )
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    step = next((name for name in _STEPS if name in history[0]), None)
    names = list(dict.fromkeys(name for entry in history for name in entry if name != step))
    figure = Figure(figsize=(7.5, 4.5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for name in names:
        places = [place for place, entry in enumerate(history) if name in entry]
        axes.plot(
            [history[place][step] if step else place + 1 for place in places],
            [history[place][name] for place in places],
            marker="." if len(places) < 60 else "",
            label=name.replace("_", " "),
        )
    axes.set_xlabel(step or "epoch")
    axes.set_title(title, loc="left")
    axes.grid(alpha=0.3)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
    figure.savefig(path, dpi=150)
