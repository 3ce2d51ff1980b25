"""Columns that grow while a file is read, and what can be counted in its bytes."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from matinee.datasets.values import Kind, as_column

__all__ = ["Store", "has_separators"]

_PIECE = 2**17  # fits the processor's cache


class Store:
    """One column that grows in place.

    What Polars returns is copied out at once, so that its memory serves the next block, and the
    whole column never stands twice.
    """

    def __init__(self, kind: Kind) -> None:
        self._kind = kind
        self._texts: list[pl.Series] = []
        self._values: NDArray[Any] = as_column([], "seconds" if kind == "text" else kind)
        self._size = 0

    def add(self, values: Any, share: float) -> None:
        """Append values that make up about this share of the column."""
        if self._kind == "text":
            self._texts.append(values)
            return
        size = self._size + values.size
        if size > self._values.size:
            guess = int(1.05 * values.size / share) + 1
            larger = np.empty(max(guess, size + size // 2), dtype=self._values.dtype)
            larger[: self._size] = self._values[: self._size]
            self._values = larger
        self._values[self._size : size] = values
        self._size = size

    def column(self) -> Any:
        """The whole column; nothing can be added any more."""
        if self._kind == "text":
            return pl.concat(self._texts) if self._texts else as_column([], "text")
        # Gives back what was reserved too much, without a copy.
        self._values.resize(self._size, refcheck=False)
        return self._values


def has_separators(block: bytes, separator: str, wanted: int) -> bool:
    """Whether a block has so many separators in all; two bytes must stand in pairs."""
    seen = np.frombuffer(block, dtype=np.uint8)
    singles = pairs = 0
    for start in range(0, seen.size, _PIECE):
        # One byte of the next piece, for a pair that is cut.
        found = seen[start : start + _PIECE + 1] == ord(separator[0])
        singles += int(np.count_nonzero(found[:_PIECE]))
        if len(separator) == 2:
            pairs += int(np.count_nonzero(found[1:] & found[:-1]))
    return singles == wanted * len(separator) and (len(separator) == 1 or pairs == wanted)
