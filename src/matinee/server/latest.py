"""A few answers that are kept because they may be asked for again."""

from __future__ import annotations

from typing import Generic, TypeVar

__all__ = ["Latest"]

K = TypeVar("K")
V = TypeVar("V")


class Latest(Generic[K, V]):
    """Keeps what was asked for last, up to a number.

    Parameters
    ----------
    most : int
        How many values.

    Examples
    --------
    >>> latest = Latest[str, int](2)
    >>> for name, value in {"a": 1, "b": 2}.items():
    ...     latest.put(name, value)
    >>> latest.get("a")
    1
    >>> latest.put("c", 3)
    >>> latest.get("b") is None, len(latest)
    (True, 2)
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: dict[K, V] = {}

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: K) -> V | None:
        """The value of a key, if it is still there; it is then the latest."""
        value = self._values.pop(key, None)
        if value is not None:
            self._values[key] = value
        return value

    def put(self, key: K, value: V) -> None:
        """Keep a value, and let go of the one that nobody asked for longest."""
        self._values[key] = value
        if len(self._values) > self._most:
            del self._values[next(iter(self._values))]
