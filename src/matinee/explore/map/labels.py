"""Names on a map: each beside its point, none over another."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Box", "Label", "place_labels"]


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle with its sides along the axes."""

    left: float
    bottom: float
    right: float
    top: float

    def meets(self, other: Box) -> bool:
        """Whether two rectangles have more than an edge in common."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.bottom < other.top
            and other.bottom < self.top
        )

    def holds(self, other: Box) -> bool:
        """Whether another one lies within."""
        return (
            self.left <= other.left
            and other.right <= self.right
            and self.bottom <= other.bottom
            and other.top <= self.top
        )

    def is_crossed(self, start: tuple[float, float], end: tuple[float, float]) -> bool:
        """Whether a line from one place to another runs through the inside.

        Examples
        --------
        >>> Box(0, 0, 2, 1).is_crossed((-1, 0.5), (3, 0.5))
        True
        >>> Box(0, 0, 2, 1).is_crossed((-1, 0.5), (-0.5, 3))
        False
        """
        enters, leaves = 0.0, 1.0
        for low, high, at, to in (
            (self.left, self.right, start[0], end[0]),
            (self.bottom, self.top, start[1], end[1]),
        ):
            change = to - at
            if change == 0:
                if not low < at < high:
                    return False
                continue
            first, second = sorted(((low - at) / change, (high - at) / change))
            enters, leaves = max(enters, first), min(leaves, second)
        return enters < leaves


@dataclass(frozen=True, slots=True)
class Label:
    """A name that found a place.

    Parameters
    ----------
    index : int
        Which of the points that were given.
    box : Box
    line : ((float, float), (float, float)) or None
        From the point to the name, where they do not touch.
    """

    index: int
    box: Box
    line: tuple[tuple[float, float], tuple[float, float]] | None


def place_labels(
    points: NDArray[Any],
    sizes: NDArray[Any],
    radii: NDArray[Any],
    frame: Box,
    *,
    most: int,
    clear: int = 0,
    apart: float = 0.0,
    gap: float = 0.0,
) -> list[Label]:
    """Give names a place, the first points first; a name without one is left out.

    A name is tried beside its point and, from there, in wider and wider rings around it, with a
    line that leads to it. It takes the first place where it stays inside the frame, over no other
    name and no line, over none of the marks to be kept clear, and where its line crosses no name.

    Parameters
    ----------
    points : ndarray, shape (n, 2)
        The most important ones first. All lengths are of one unit.
    sizes : ndarray, shape (n, 2)
        Width and height of the names.
    radii : ndarray, shape (n,)
        Of the marks.
    frame : Box
        What names must not leave.
    most : int
        How many names at most.
    clear : int
        So many of the first points keep their marks clear of all names; those with a name do
        anyway.
    apart : float
        A point this near to one with a name gets none, so that the whole map has names.
    gap : float
        Between a mark and its name, and around names.

    Returns
    -------
    list of Label

    Examples
    --------
    >>> points = np.array([[5.0, 5.0], [5.0, 5.1]])
    >>> first, second = place_labels(
    ...     points, np.full((2, 2), 1.0), np.full(2, 0.1), Box(0, 0, 10, 10), most=2
    ... )
    >>> first.line is None, first.box.meets(second.box)
    (True, False)
    """
    placed: list[Label] = []
    kept = np.empty((0, 2))
    marks = [_mark(points, radii, index) for index in range(min(clear, len(points)))]
    for index in range(len(points)):
        if len(placed) == most:
            break
        x, y = float(points[index][0]), float(points[index][1])
        if len(kept) and float(((kept - (x, y)) ** 2).sum(axis=1).min()) < apart**2:
            continue
        mark = _mark(points, radii, index)
        if any(label.box.meets(mark) for label in placed):
            continue
        width, height = float(sizes[index][0]), float(sizes[index][1])
        for box, line in _candidates(x, y, width, height, float(radii[index]), gap):
            if frame.holds(box) and _is_free(box, line, placed, marks, gap):
                placed.append(Label(index, box, line))
                if index >= clear:
                    marks.append(mark)
                kept = np.vstack([kept, (x, y)])
                break
    return placed


def _mark(points: NDArray[Any], radii: NDArray[Any], index: int) -> Box:
    x, y, radius = float(points[index][0]), float(points[index][1]), float(radii[index])
    return Box(x - radius, y - radius, x + radius, y + radius)


def _candidates(
    x: float, y: float, width: float, height: float, radius: float, gap: float
) -> Iterator[tuple[Box, tuple[tuple[float, float], tuple[float, float]] | None]]:
    # Beside, above and below, as mapmakers have it: to the right first.
    near = radius + gap
    for left, bottom in (
        (x + near, y - height / 2),
        (x - near - width, y - height / 2),
        (x - width / 2, y + near),
        (x - width / 2, y - near - height),
        (x + near, y + near),
        (x + near, y - near - height),
        (x - near - width, y + near),
        (x - near - width, y - near - height),
    ):
        yield Box(left, bottom, left + width, bottom + height), None
    for ring in range(1, 7):
        reach = radius + gap + 0.9 * ring * height
        for turn in range(16):
            angle = 2 * math.pi * turn / 16
            # The middle of the name, so far off that its box keeps clear of the mark.
            right, up = math.cos(angle), math.sin(angle)
            middle = (x + right * (reach + width / 2), y + up * (reach + height / 2))
            box = Box(
                middle[0] - width / 2,
                middle[1] - height / 2,
                middle[0] + width / 2,
                middle[1] + height / 2,
            )
            end = (min(max(x, box.left), box.right), min(max(y, box.bottom), box.top))
            distance = math.hypot(end[0] - x, end[1] - y)
            if distance <= radius:
                continue
            start = (x + radius * (end[0] - x) / distance, y + radius * (end[1] - y) / distance)
            yield box, (start, end)


def _is_free(
    box: Box,
    line: tuple[tuple[float, float], tuple[float, float]] | None,
    placed: list[Label],
    marks: list[Box],
    gap: float,
) -> bool:
    wide = Box(box.left - gap, box.bottom - gap, box.right + gap, box.top + gap)
    for label in placed:
        if wide.meets(label.box):
            return False
        if label.line is not None and box.is_crossed(*label.line):
            return False
        if line is not None and label.box.is_crossed(*line):
            return False
    return not any(box.meets(mark) for mark in marks)
