"""An order of rows that gives each thread its share of the heavy ones."""

from __future__ import annotations

from numba import njit

__all__ = ["stride"]


@njit(cache=True)
def stride(n: int) -> int:
    """A step that has no common divisor with `n`, about 0.618 of it.

    ``(t * stride(n)) % n`` for t from 0 to n - 1 visits each row once, and any run of t visits rows
    from everywhere. Old films have small codes and many ratings; threads that take runs of codes
    would wait for the first.
    """
    step = max(1, int(n * 0.618034))
    while True:
        a, b = n, step
        while b:
            a, b = b, a % b
        if a <= 1 or n <= 1:
            return step
        step += 1
