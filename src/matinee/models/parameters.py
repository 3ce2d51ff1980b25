"""Checks of hyper-parameters, in the words of the error that a person reads."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Any, TypeVar

from matinee.errors import ParameterError

__all__ = ["check_choice", "check_float", "check_int", "check_seed"]

C = TypeVar("C")


def check_int(name: str, value: Any, low: int, high: int | None = None) -> int:
    """``value`` as an integer within ``low … high``.

    Examples
    --------
    >>> check_int("neighbors", 40, 1)
    40
    >>> check_int("neighbors", 0, 1)
    Traceback (most recent call last):
    ...
    matinee.errors.ParameterError: neighbors must be a whole number of at least 1, got 0
    """
    fine = hasattr(value, "__index__") and not isinstance(value, bool)
    if not fine or value < low or (high is not None and value > high):
        limit = f"of at least {low}" if high is None else f"from {low} to {high}"
        raise ParameterError(f"{name} must be a whole number {limit}, got {value!r}")
    return int(value)


def check_float(
    name: str, value: Any, low: float, high: float | None = None, *, open_low: bool = False
) -> float:
    """``value`` as a float within ``low … high`` (without ``low`` itself if ``open_low``)."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = float("nan")
    outside = number != number or number < low or (high is not None and number > high)
    if outside or (open_low and number == low) or isinstance(value, bool | str):
        if high is None:
            limit = f"{'more than' if open_low else 'at least'} {low:g}"
        else:
            limit = f"between {low:g} and {high:g}"
        raise ParameterError(f"{name} must be a number {limit}, got {value!r}")
    return number


def check_choice(name: str, value: C, choices: Sequence[C]) -> C:
    """``value`` if it is one of ``choices``."""
    if value not in choices:
        near = difflib.get_close_matches(str(value), [str(choice) for choice in choices], n=1)
        hint = f" (did you mean {near[0]!r}?)" if near else ""
        shown = ", ".join(repr(choice) for choice in choices)
        raise ParameterError(f"{name} must be one of {shown}, got {value!r}{hint}")
    return value


def check_seed(value: Any) -> int:
    """``random_state`` as an integer from 0 to 2**32 - 1."""
    return check_int("random_state", value, 0, 2**32 - 1)
