"""Search spaces: which hyper-parameters are tried, and within what.

A space maps a hyper-parameter's name to ``(low, high, kind)`` with the kinds ``"log"``, ``"float"``
and ``"int"``, or to ``("choice", a, b, …)``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from matinee.errors import MissingExtraError, ParameterError
from matinee.models import MODELS, model_class

__all__ = ["SearchSpace", "coded", "inside", "search_space", "suggest"]

SearchSpace: TypeAlias = Mapping[str, tuple[Any, ...]]


def search_space(model: str, space: SearchSpace | None, fixed: Mapping[str, Any]) -> SearchSpace:
    """What is to be searched: the model's own space or another one, less what is fixed.

    Raises
    ------
    ParameterError
        If a name or a form is wrong, or nothing is left to search.
    """
    kind = model_class(model)
    known = kind.defaults()
    for name in [*fixed, *(space or {})]:
        if name not in known:
            raise ParameterError(
                f"{model} has no hyper-parameter {name!r}; it has: {', '.join(known) or 'none'}"
            )
    kind(**fixed)
    chosen = dict(kind.search_space if space is None else space)
    left = {name: bounds for name, bounds in chosen.items() if name not in fixed}
    if not left:
        able = [name for name in MODELS if _searchable(name)]
        raise ParameterError(
            f"{model} has no hyper-parameters to search"
            + (" beyond those that are fixed" if chosen else "")
            + f"; these models have: {', '.join(able) or 'none'}"
        )
    for name, bounds in left.items():
        if not _is_space(bounds):
            raise ParameterError(
                f"{name}: a search space is (low, high, 'log' | 'float' | 'int') or "
                f"('choice', a, b, …), got {bounds!r}"
            )
    return left


def _searchable(model: str) -> bool:
    try:
        return bool(model_class(model).search_space)
    except MissingExtraError:
        return False


def _is_space(bounds: Sequence[Any]) -> bool:
    if len(bounds) >= 2 and bounds[0] == "choice":
        return None not in bounds  # the best configuration goes into TOML, which has no null
    return len(bounds) == 3 and bounds[2] in ("log", "float", "int") and bounds[0] < bounds[1]


def suggest(trial: Any, space: SearchSpace) -> dict[str, Any]:
    """The hyper-parameters of an Optuna trial."""
    found: dict[str, Any] = {}
    for name, bounds in space.items():
        if bounds[0] == "choice":
            place = trial.suggest_categorical(name, list(range(len(bounds) - 1)))
            found[name] = bounds[1 + place]
            continue
        low, high, kind = bounds
        if kind == "int":
            found[name] = trial.suggest_int(name, low, high)
        elif isinstance(low, int) and isinstance(high, int) and kind == "log":
            found[name] = trial.suggest_int(name, low, high, log=True)
        else:
            found[name] = trial.suggest_float(name, low, high, log=kind == "log")
    return found


def coded(value: Any, bounds: Sequence[Any]) -> Any:
    """A value as the journal has it: the place among choices, or itself."""
    return list(bounds[1:]).index(value) if bounds[0] == "choice" else value


def inside(value: Any, bounds: Sequence[Any]) -> bool:
    """Whether a search could suggest this value."""
    if bounds[0] == "choice":
        return value in bounds[1:]
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return bool(bounds[0] <= value <= bounds[1])
