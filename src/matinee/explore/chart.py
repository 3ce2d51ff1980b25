"""A picture before it is drawn: what it finds, and the numbers behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import polars as pl

__all__ = ["Chart", "Missing", "share"]

Missing: TypeAlias = tuple[str, str]
"""A topic, and why there is no picture of it."""


@dataclass(frozen=True, eq=False)
class Chart:
    """What one picture shows.

    Parameters
    ----------
    name : str
        Stem of its files; also names the function that draws it.
    topic : str
        What it is about: the heading above it.
    title : str
        What it finds, in one sentence.
    alt : str
        What it shows, figures included, for people who do not see it.
    table : polars.DataFrame
        The numbers that are drawn.
    facts : mapping of str to any
        Single figures: those of the title, thresholds, what was left out. Plain values.
    """

    name: str
    topic: str
    title: str
    alt: str
    table: pl.DataFrame
    facts: Mapping[str, Any] = field(default_factory=dict)

    def _repr_html_(self) -> str:
        from matinee.explore.draw import draw
        from matinee.pages import figure, text

        png, _ = draw(self)
        return figure("image/png", png, f"{self.title}. {self.alt}", text(self.alt))

    def to_dict(self) -> dict[str, Any]:
        """Everything but the table, as plain values for JSON."""
        return {
            "name": self.name,
            "topic": self.topic,
            "title": self.title,
            "alt": self.alt,
            "facts": dict(self.facts),
        }


def share(value: float) -> str:
    """A share in per cent, with a decimal only where it is below ten per cent.

    Examples
    --------
    >>> share(0.345), share(0.0123), share(0.0), share(1.0)
    ('34 %', '1.2 %', '0 %', '100 %')
    """
    percent = 100 * value
    return f"{percent:.0f} %" if percent >= 9.95 or percent == 0 else f"{percent:.1f} %"
