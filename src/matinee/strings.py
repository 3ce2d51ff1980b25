"""Many strings as two arrays, so that they can be stored as ``.npy`` and opened memory-mapped."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from numpy.typing import NDArray

from matinee.errors import DataError, MissingExtraError

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

__all__ = ["PackedStrings", "frame_to_pandas", "text_table"]


class PackedStrings(Sequence[str]):
    """An immutable sequence of strings over one UTF-8 buffer; each is decoded when asked for.

    Parameters
    ----------
    data : ndarray, shape (n_bytes,), dtype uint8
        The strings' UTF-8 bytes, one after the other.
    offsets : ndarray, shape (n + 1,), dtype int64
        String ``i`` is ``data[offsets[i]:offsets[i + 1]]``.

    Raises
    ------
    DataError
        If the offsets do not fit the buffer.

    Examples
    --------
    >>> titles = PackedStrings.of(["Heat (1995)", "Amélie (2001)"])
    >>> titles[1], len(titles), list(titles[:1])
    ('Amélie (2001)', 2, ['Heat (1995)'])
    """

    __slots__ = ("data", "offsets")

    def __init__(self, data: NDArray[np.uint8], offsets: NDArray[np.int64]) -> None:
        if offsets.size < 1 or int(offsets[0]) != 0 or int(offsets[-1]) != data.size:
            raise DataError(f"string offsets do not fit a buffer of {data.size:,} bytes")
        self.data = data
        self.offsets = offsets

    @classmethod
    def of(cls, strings: Iterable[str]) -> PackedStrings:
        """Pack strings."""
        if isinstance(strings, PackedStrings):
            return strings
        texts = list(strings)
        joined = "".join(texts)
        blob = joined.encode()
        if len(blob) == len(joined):
            lengths = [len(text) for text in texts]
        else:
            lengths = [len(text.encode()) for text in texts]
        offsets = np.zeros(len(texts) + 1, dtype=np.int64)
        np.cumsum(lengths, out=offsets[1:])
        return cls(np.frombuffer(blob, dtype=np.uint8), offsets)

    def __len__(self) -> int:
        return int(self.offsets.size) - 1

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: int | slice) -> str | list[str]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        position = index + len(self) if index < 0 else index
        if not 0 <= position < len(self):
            raise IndexError(f"string {index} of {len(self)}")
        start, end = self.offsets[position], self.offsets[position + 1]
        return self.data[start:end].tobytes().decode()

    def __iter__(self) -> Iterator[str]:
        blob, offsets = self.data.tobytes(), self.offsets.tolist()
        for start, end in itertools.pairwise(offsets):
            yield blob[start:end].decode()

    def __eq__(self, other: object) -> bool:
        if isinstance(other, PackedStrings):
            return np.array_equal(self.offsets, other.offsets) and np.array_equal(
                self.data, other.data
            )
        if isinstance(other, Sequence):
            return len(self) == len(other) and list(self) == list(other)
        return NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"PackedStrings({len(self):,} strings, {self.data.size:,} bytes)"

    def arrays(self, name: str) -> dict[str, NDArray[Any]]:
        """The two arrays under ``name`` and ``name_offsets``, for storing."""
        return {name: self.data, f"{name}_offsets": self.offsets}


def text_table(rows: Sequence[Sequence[object]], *, right: Sequence[int] = ()) -> str:
    """Rows of cells as a table of plain text; numbers stand at the right, and columns `right`.

    Examples
    --------
    >>> print(text_table([("Film", "Stars"), ("Heat", 4.5), ("Toy Story", 3)]))
    Film       Stars
    Heat         4.5
    Toy Story      3
    """
    cells = [[_cell(value) for value in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    at_right = [
        column in right or isinstance(value, int | float)
        for column, value in enumerate(rows[-1] if rows else ())
    ]
    return "\n".join(
        "  ".join(
            text.rjust(width) if number else text.ljust(width)
            for text, width, number in zip(row, widths, at_right, strict=True)
        ).rstrip()
        for row in cells
    )


def _cell(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return f"{value:g}" if isinstance(value, float) else str(value)


def frame_to_pandas(frame: pl.DataFrame) -> pd.DataFrame:
    """A Polars frame as one of pandas, without pyarrow.

    Raises
    ------
    MissingExtraError
        If pandas is not installed.
    """
    try:
        import pandas as pd
    except ImportError:
        raise MissingExtraError("a frame of pandas", "pandas") from None
    return pd.DataFrame({name: frame[name].to_numpy() for name in frame.columns})
