"""Hyper-parameters, declared once: default, bounds, documentation and search range in one place.

A model declares them in the body of its class::

    class ALS(Recommender):
        factors: int = whole(128, doc="Length of a vector.", search=(32, 256))
        prior: float = real(0.0, doc="How strongly …", search=(0.0, 0.1, "float"))
        random_state: int = seed()

The base class makes from this the constructor with its checks, the section *Parameters* of the
documentation, and what ``matinee tune`` searches.
"""

from __future__ import annotations

import difflib
import inspect
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from matinee.errors import ParameterError

__all__ = [
    "Parameter",
    "check_choice",
    "check_float",
    "check_int",
    "check_names",
    "check_seed",
    "choice",
    "declare",
    "real",
    "seed",
    "setting",
    "take",
    "whole",
]

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


@dataclass(frozen=True)
class Parameter:
    """A hyper-parameter as its class declares it.

    Attributes
    ----------
    default : object
    check : callable
        From the name and a value to the value that is kept; raises ParameterError.
    kind : str
        What it is, in the documentation.
    doc : str
    search : tuple or None
        For ``matinee tune``: ``(low, high, "log" | "float" | "int")`` or ``("choice", a, b, …)``.
    """

    default: Any
    check: Callable[[str, Any], Any]
    kind: str
    doc: str
    search: tuple[Any, ...] | None = None


def whole(
    default: int | None,
    low: int = 1,
    high: int | None = None,
    *,
    doc: str,
    search: tuple[int, int] | None = None,
    optional: bool = False,
) -> Any:
    """A whole number from `low` to `high`, or None if that is the default or `optional`."""
    optional = optional or default is None

    def check(name: str, value: Any) -> int | None:
        return None if optional and value is None else check_int(name, value, low, high)

    kind = "int, optional" if optional else "int"
    return Parameter(default, check, kind, doc, None if search is None else (*search, "int"))


def real(
    default: float,
    low: float = 0.0,
    high: float | None = None,
    *,
    doc: str,
    open_low: bool = False,
    search: tuple[float, float, str] | None = None,
) -> Any:
    """A number from `low` (or above it) to `high`; `search` ends with "log" or "float"."""

    def check(name: str, value: Any) -> float:
        return check_float(name, value, low, high, open_low=open_low)

    return Parameter(default, check, "float", doc, search)


def choice(
    default: Any, choices: Sequence[Any], *, doc: str, search: tuple[Any, ...] | None = None
) -> Any:
    """One of several values; `search` is ``("choice", a, b, …)``."""
    kind = "bool" if set(choices) == {False, True} else ", ".join(f'"{each}"' for each in choices)
    kind = kind if kind == "bool" else f"{{{kind}}}"
    return Parameter(
        default, lambda name, value: check_choice(name, value, choices), kind, doc, search
    )


def seed(doc: str = "Seed of all chance: the same seed gives the same model.") -> Any:
    """``random_state``."""
    return Parameter(0, lambda _, value: check_seed(value), "int", doc)


def setting(default: Any, check: Callable[[str, Any], Any], kind: str, *, doc: str) -> Any:
    """Anything else, with a check of its own."""
    return Parameter(default, check, kind, doc)


def declare(cls: type) -> None:
    """Collect what a class declares, its own before what it inherits, and document it.

    Sets ``parameters``, ``search_space`` and the signature; a class with a constructor of its own
    keeps that.
    """
    found: dict[str, Parameter] = {}
    for owner in cls.__mro__:
        for name, value in vars(owner).items():
            if isinstance(value, Parameter):
                found.setdefault(name, value)
    if "random_state" in found:
        found["random_state"] = found.pop("random_state")
    cls.parameters = found  # type: ignore[attr-defined]
    if "__init__" in vars(cls):
        shown = list(inspect.signature(vars(cls)["__init__"]).parameters.values())[1:]
    else:
        shown = [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=each.default)
            for name, each in found.items()
        ]
    cls.__signature__ = inspect.Signature(shown)  # type: ignore[attr-defined]
    search = {name: each.search for name, each in found.items() if each.search is not None}
    if search:
        cls.search_space = search  # type: ignore[attr-defined]
    if found and cls.__doc__ and "Parameters\n" not in cls.__doc__:
        cls.__doc__ = _documented(inspect.cleandoc(cls.__doc__), found)


def _documented(text: str, parameters: Mapping[str, Parameter]) -> str:
    """A docstring with the section *Parameters* before its other sections."""
    lines = ["Parameters", "----------"]
    for name, each in parameters.items():
        lines += [
            f"{name} : {each.kind}",
            *textwrap.wrap(each.doc, 96, initial_indent="    ", subsequent_indent="    "),
        ]
    for section in ("Attributes", "References", "Examples"):
        before, mark, after = text.partition(f"\n{section}\n---")
        if mark:
            return "\n".join([before, *lines, "", section]) + "\n---" + after
    return "\n".join([text, "", *lines])


def check_names(model: str, given: Iterable[str], known: Iterable[str]) -> None:
    """Raise ParameterError for the first given name that is not known."""
    known = list(known)
    for name in given:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise ParameterError(
                f"{model} has no hyper-parameter {name!r}.{hint} It has: "
                f"{', '.join(known) or 'none'}"
            )


def take(model: Any, given: Mapping[str, Any]) -> None:
    """Set a model's hyper-parameters, checked, each under its own name.

    Raises
    ------
    ParameterError
        If one is unknown, or outside its range.
    """
    known: Mapping[str, Parameter] = model.parameters
    check_names(model.name, given, known)
    for name, each in known.items():
        setattr(model, name, each.check(name, given.get(name, each.default)))
