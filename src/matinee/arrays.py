"""What the arrays of a model directory have to be, so that nothing else reaches compiled code.

A family declares each of its arrays: kind, dtype, shape and range. Sides of a shape that have a
name (``"movies"``, ``"factors"``) must be equal wherever the name stands.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from matinee.errors import DataError

__all__ = [
    "LARGEST",
    "ArraySpec",
    "Specs",
    "any_numbers",
    "check_arrays",
    "csr",
    "flags",
    "floats",
    "identifiers",
    "integers",
    "strings",
]

Side: TypeAlias = str | int
Specs: TypeAlias = dict[str, "ArraySpec"]

LARGEST = 1e9
"""No number of a model is larger: sums of products of such numbers are still finite in float32."""

_BLOCK = 1 << 20
_SHARED = ("movies", "users")


@dataclass(frozen=True, slots=True)
class ArraySpec:
    """What one array has to be.

    Attributes
    ----------
    dtypes : tuple of str
        Such as ``("float32",)``; ``"U"`` stands for text of any width.
    shape : tuple of str or int
        Sides by number or by name.
    low, high : float
        The least and the largest value.
    below : str, optional
        The name of a side that all values stay below, as codes do.
    ends : str, optional
        For offsets: the name of the array that they divide. They begin at 0, never fall, and end
        at its size.
    increasing : bool
        Whether each value is larger than the one before.
    check : callable, optional
        Gives a text for what else is wrong, or None.
    """

    dtypes: tuple[str, ...]
    shape: tuple[Side, ...]
    low: float = -LARGEST
    high: float = LARGEST
    below: str | None = None
    ends: str | None = None
    increasing: bool = False
    check: Callable[[NDArray[Any]], str | None] | None = None

    def within(self, prefix: str) -> ArraySpec:
        """The same for a member of another model: sides of its own get names of their own."""

        def own(side: Side) -> Side:
            if isinstance(side, int) or side.partition("+")[0] in _SHARED:
                return side
            return f"{prefix}{side}"

        return replace(
            self,
            shape=tuple(map(own, self.shape)),
            below=None if self.below is None else str(own(self.below)),
            ends=None if self.ends is None else f"{prefix}{self.ends}",
        )


def floats(
    *shape: Side,
    low: float = -LARGEST,
    high: float = LARGEST,
    bits: int = 32,
    check: Callable[[NDArray[Any]], str | None] | None = None,
) -> ArraySpec:
    """Finite numbers with ``bits`` of precision."""
    return ArraySpec((f"float{bits}",), shape, low, high, check=check)


def integers(
    *shape: Side,
    low: float = 0,
    high: float = 2**53,
    below: str | None = None,
    bits: int = 32,
    increasing: bool = False,
    dtype: str | None = None,
) -> ArraySpec:
    """Whole numbers, such as codes of films (``below="movies"``)."""
    return ArraySpec((dtype or f"int{bits}",), shape, low, high, below, increasing=increasing)


def flags(*shape: Side) -> ArraySpec:
    """True or false."""
    return ArraySpec(("bool",), shape, 0, 1)


def identifiers(*shape: Side, increasing: bool = True) -> ArraySpec:
    """Ids of films or people: those of an :class:`~matinee.ids.IdVocabulary` increase."""
    return ArraySpec(("int64", "U"), shape, -(2.0**63), 2.0**63, increasing=increasing)


def any_numbers(array: NDArray[Any]) -> ArraySpec:
    """What holds of every array: it is made of finite numbers, or of text."""
    if array.dtype.kind not in "biufU":
        raise DataError(f"an array has the dtype {array.dtype}; a model has numbers and text")
    name = "U" if array.dtype.kind == "U" else array.dtype.name
    return ArraySpec((name,), array.shape, -1.8e308, 1.8e308)


def strings(name: str, side: Side) -> Specs:
    """The two arrays of a :class:`~matinee.strings.PackedStrings`."""
    offsets = f"{name}_offsets"
    return {
        name: ArraySpec(("uint8",), (f"{name} bytes",), 0, 255, check=_bad_utf8),
        offsets: ArraySpec(("int64",), (f"{side}+1",), 0, 2**53, ends=name),
    }


def csr(indptr: str, indices: str, data: str, rows: Side, columns: str) -> Specs:
    """The three arrays of a sparse matrix in rows, whose indices compiled code follows."""
    places = ("int32", "int64")
    return {
        indptr: ArraySpec(places, (f"{rows}+1",), 0, 2**53, ends=indices),
        indices: ArraySpec(places, (f"{indices} entries",), 0, 2**53, columns),
        data: floats(f"{indices} entries"),
    }


def check_arrays(
    arrays: Mapping[str, NDArray[Any]],
    specs: Specs,
    sides: dict[str, int],
    *,
    values: bool = True,
) -> None:
    """See that arrays are what they were declared to be.

    Parameters
    ----------
    arrays : mapping of str to ndarray
    specs : dict of str to ArraySpec
    sides : dict of str to int
        Sides that are known already; those that are found are added.
    values : bool
        Whether to look at numbers that nothing is looked up by as well, which reads every page.

    Raises
    ------
    DataError
        That names the array and what is wrong with it.
    """
    missing, unknown = specs.keys() - arrays.keys(), arrays.keys() - specs.keys()
    if missing or unknown:
        what = f"a missing array {min(missing)!r}" if missing else f"an array {min(unknown)!r} more"
        raise DataError(what)
    for name, spec in specs.items():
        problem = _shape_problem(arrays[name], spec, sides)
        if problem is not None:
            raise DataError(f"array {name} {problem}")
    # Only now: what an array has to stay below may be the side of a later one.
    for name, spec in specs.items():
        looked_up = spec.below is not None or spec.ends is not None
        if values or looked_up or spec.increasing or spec.dtypes == ("bool",):
            problem = _value_problem(arrays[name], spec, sides, arrays)
            if problem is not None:
                raise DataError(f"array {name} {problem}")


def _shape_problem(array: NDArray[Any], spec: ArraySpec, sides: dict[str, int]) -> str | None:
    kind = "U" if array.dtype.kind == "U" else array.dtype.name
    if kind not in spec.dtypes or not array.dtype.isnative:
        return f"has the dtype {array.dtype}, not {' or '.join(spec.dtypes)}"
    if not array.flags.c_contiguous or array.ndim != len(spec.shape):
        return f"has the shape {array.shape}, not {spec.shape} in rows"
    for side, length in zip(spec.shape, array.shape, strict=True):
        if isinstance(side, str):
            name, _, more = side.partition("+")
            wanted = sides.setdefault(name, length - int(more or 0)) + int(more or 0)
        else:
            wanted = side
        if length != wanted or wanted < 0:
            return f"has the shape {array.shape}, but {side!r} is {wanted:,}"
    return None


def _value_problem(
    array: NDArray[Any],
    spec: ArraySpec,
    sides: dict[str, int],
    arrays: Mapping[str, NDArray[Any]],
) -> str | None:
    flat = array.reshape(-1)
    if flat.dtype.kind == "U":
        problem = _text_problem(flat)
    else:
        high = spec.high if spec.below is None else sides[spec.below] - 1
        problem = _range_problem(
            flat.view(np.uint8) if flat.dtype == bool else flat, spec.low, high
        )
    if problem is None and spec.ends is not None:
        size = arrays[spec.ends].size
        if flat.size == 0 or flat[0] != 0 or flat[-1] != size or np.any(flat[1:] < flat[:-1]):
            problem = f"does not divide the {size:,} entries of {spec.ends}"
        elif arrays[spec.ends].dtype == np.uint8 and _splits_signs(arrays[spec.ends], flat):
            problem = f"divides signs of {spec.ends}"
    if problem is None and spec.increasing and np.any(flat[1:] <= flat[:-1]):
        problem = "does not increase"
    if problem is None and spec.check is not None:
        problem = spec.check(array)
    return problem


def _range_problem(flat: NDArray[Any], low: float, high: float) -> str | None:
    for start in range(0, flat.size, _BLOCK):  # in parts: no second array of the same size
        part = flat[start : start + _BLOCK]
        if not (part.min() >= low and part.max() <= high):  # NaN is neither
            return f"has values outside {low:g} to {high:g}"
    return None


def _bad_utf8(data: NDArray[np.uint8]) -> str | None:
    try:
        data.tobytes().decode()
    except UnicodeDecodeError as error:
        return f"is no UTF-8 ({error.reason})"
    return None


def _splits_signs(data: NDArray[np.uint8], offsets: NDArray[np.int64]) -> bool:
    """Whether a string begins in the middle of a sign."""
    return bool(np.any((data[offsets[offsets < data.size]] & 0xC0) == 0x80))


def _text_problem(flat: NDArray[Any]) -> str | None:
    signs = flat.view(np.uint32)
    if signs.size and (signs.max() > 0x10FFFF or np.any((signs >= 0xD800) & (signs < 0xE000))):
        return "has signs that are none of Unicode"
    return None
