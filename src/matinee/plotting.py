"""How all pictures look: colors and style for matplotlib."""

from __future__ import annotations

from typing import Any

__all__ = ["COLORS", "STYLE"]

COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#8C6D31")
"""Told apart with all common kinds of color blindness (Okabe and Ito, 2008)."""

STYLE: Any = {
    "svg.hashsalt": "matinee",
    "svg.fonttype": "path",
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#666666",
    "axes.grid": True,
    "grid.color": "#dddddd",
    "grid.linewidth": 0.6,
    "axes.axisbelow": True,
}
"""Settings for ``matplotlib.rc_context``; with them, the same figure gives the same bytes."""
