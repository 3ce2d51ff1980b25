"""Hyper-parameters from ``--set name=value`` and from a TOML file."""

from __future__ import annotations

import ast
import difflib
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import typer

from matinee.errors import FormatError, ParameterError

__all__ = ["parse_settings", "parse_value", "read_config"]

_YES, _NO = ("true", "yes", "on", "1"), ("false", "no", "off", "0")


def parse_settings(texts: Sequence[str], defaults: Mapping[str, Any], model: str) -> dict[str, Any]:
    """``["factors=50"]`` as ``{"factors": 50}``, each value of the type of its default.

    Parameters
    ----------
    texts : sequence of str
    defaults : mapping
        The model's hyper-parameters and their defaults.
    model : str
        The model's short name, for messages.

    Examples
    --------
    >>> parse_settings(
    ...     ["shrinkage=2", "similarity=cosine"], {"shrinkage": 0.5, "similarity": ""}, "m"
    ... )
    {'shrinkage': 2.0, 'similarity': 'cosine'}
    """
    found: dict[str, Any] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        name = name.strip().replace("-", "_")
        if not equals or not name:
            raise _bad(f"{text!r} is not of the form name=value")
        if name not in defaults:
            near = difflib.get_close_matches(name, list(defaults), n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise ParameterError(
                f"{model} has no hyper-parameter {name!r}.{hint} "
                f"It has: {', '.join(defaults) or 'none'}"
            )
        if name in found:
            raise _bad(f"{name} is set twice")
        found[name] = parse_value(name, value.strip(), defaults[name])
    return found


def parse_value(name: str, text: str, default: Any) -> Any:
    """A value as typed, as the type of the default.

    Where the default is None, numbers become numbers, ``true`` and ``false`` truth values, and
    ``none`` None; a list is written with commas.

    Examples
    --------
    >>> parse_value("layers", "100,50", (10,)), parse_value("k", "none", None)
    ((100, 50), None)
    """
    if default is None or isinstance(default, tuple | list):
        if text.casefold() in ("none", "null"):
            return None
        parts = [_literal(part.strip()) for part in text.strip("()[] ").split(",") if part.strip()]
        if isinstance(default, tuple | list):
            return type(default)(parts)
        return parts[0] if len(parts) == 1 else tuple(parts)
    if isinstance(default, bool):
        if text.casefold() in (*_YES, *_NO):
            return text.casefold() in _YES
        raise _bad(f"{name} is true or false, not {text!r}")
    if isinstance(default, int | float):
        number = _literal(text)
        if isinstance(number, bool) or not isinstance(number, int | float):
            kind = "a whole number" if isinstance(default, int) else "a number"
            raise _bad(f"{name} is {kind}, not {text!r}")
        if isinstance(default, int) and isinstance(number, float) and number.is_integer():
            return int(number)
        return float(number) if isinstance(default, float) else number
    return text


def _literal(text: str) -> Any:
    if text.casefold() in ("true", "false"):
        return text.casefold() == "true"
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text
    return value if isinstance(value, int | float | str) else text


def _bad(message: str) -> typer.BadParameter:
    return typer.BadParameter(message, param_hint="--set")


def read_config(path: Path) -> tuple[str | None, dict[str, Any]]:
    """The model's name and hyper-parameters of a TOML file, as ``matinee tune`` writes it.

    ::

        model = "ease"

        [params]
        regularization = 300.0

    Other tables are left alone: a file may say where its values come from.
    """
    try:
        with path.open("rb") as stream:
            content = tomllib.load(stream)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FormatError(f"{path} is not TOML: {error}") from None
    params, model = content.get("params"), content.get("model")
    if not isinstance(params, dict):
        raise FormatError(
            f"{path} has no table [params] with hyper-parameters such as regularization = 300.0"
        )
    if model is not None and not isinstance(model, str):
        raise FormatError(f"{path}: model must be a name in quotes, got {model!r}")
    # TOML has no tuples, and hyper-parameters that are lists are tuples.
    values = {name: tuple(v) if isinstance(v, list) else v for name, v in params.items()}
    return model, values
