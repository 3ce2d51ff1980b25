"""``matinee models``: what there is, and what each is for."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Annotated, Any

import typer

from matinee.cli.console import styled, width
from matinee.cli.options import Json, complete_model
from matinee.cli.output import print_json, print_lines, print_rows
from matinee.errors import MissingExtraError
from matinee.models import MODELS, model_class

if TYPE_CHECKING:
    from matinee.models.base import Recommender
    from matinee.models.parameters import Parameter

__all__ = ["docstring_sections", "models"]

_ABILITIES = {
    "predicts_stars": "predicts stars",
    "finds_similar": "finds similar films",
    "explains": "gives reasons",
}


def models(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="MODEL",
            help="One model: what it can do, and its hyper-parameters.",
            autocompletion=complete_model,
            show_default=False,
        ),
    ] = None,
    json: Json = False,
) -> None:
    """The models that there are; with a name, all about one.

    \b
      matinee models
      matinee models ease
    """
    if name is not None:
        described = _describe(name, model_class(name))
        if json:
            print_json(described)
        else:
            _print_one(described)
        return
    known = [_try_to_describe(each) for each in MODELS]
    if json:
        print_json({"models": known})
    else:
        _print_all(known)


def _try_to_describe(name: str) -> dict[str, Any]:
    try:
        return _describe(name, model_class(name))
    except MissingExtraError as error:
        return {"name": name, "summary": str(error), "needs_extra": error.extra}


def _describe(name: str, cls: type[Recommender]) -> dict[str, Any]:
    sections = docstring_sections(inspect.getdoc(cls) or "")
    return {
        "name": name,
        "summary": cls.summary,
        **{ability: bool(getattr(cls, ability)) for ability in _ABILITIES},
        "needs_extra": None,
        "hyper_parameters": [
            {
                "name": parameter,
                "default": default,
                "search": list(cls.search_space[parameter])
                if parameter in cls.search_space
                else None,
                "meaning": _meaning(cls.parameters.get(parameter)),
            }
            for parameter, default in cls.defaults().items()
        ],
        "presets": {key: dict(values) for key, values in cls.presets.items()},
        "references": _plain(sections.get("References", "") or sections.get("Notes", "")),
    }


def docstring_sections(text: str) -> dict[str, str]:
    r"""The sections of a NumPy docstring by their names; the text before them under ``""``.

    Examples
    --------
    >>> docstring_sections("What it is.\n\nNotes\n-----\nMore.")
    {'': 'What it is.', 'Notes': 'More.'}
    """
    parts = re.split(r"^(\w[\w ]*)\n-{3,}$", text, flags=re.MULTILINE)
    sections = {"": parts[0].strip()}
    sections.update(zip(parts[1::2], (part.strip("\n") for part in parts[2::2]), strict=True))
    return sections


def _meaning(parameter: Parameter | None) -> str:
    """What a hyper-parameter means, the values to choose from in front."""
    if parameter is None:
        return ""
    choices = re.match(r"\{(.*?)\}", parameter.kind)
    lead = f"One of {choices[1]}. ".replace('"', "") if choices else ""
    return _plain(lead + parameter.doc)


def _plain(text: str) -> str:
    """Running text without the marks of reStructuredText."""
    text = re.sub(r":\w+:`~?([^`]+)`", r"\1", text)
    text = re.sub(r"^\.\. \[\d+\] ", "", text, flags=re.MULTILINE)
    return " ".join(text.replace("``", "").replace("`", "").split())


def _print_all(known: list[dict[str, Any]]) -> None:
    rows = [
        [model["name"], model["summary"], *("✓" if model.get(one) else "" for one in _ABILITIES)]
        for model in known
    ]
    print_rows(["<Model", "What it is", "^Stars", "^Similar", "^Why"], rows)
    print_lines(
        [
            "",
            "Every model recommends. Stars: predicts them. Similar: finds films like a film.",
            "Why: gives reasons. Hyper-parameters: matinee models MODEL",
        ]
    )


def _print_one(model: dict[str, Any]) -> None:
    import sys
    import textwrap

    able = ["recommends", *(text for key, text in _ABILITIES.items() if model[key])]
    print_lines(
        [
            f"{styled(model['name'], 'bold', sys.stdout)}: {model['summary']}",
            f"It {', '.join(able[:-1])} and {able[-1]}." if len(able) > 1 else "It recommends.",
            "",
        ]
    )
    if model["hyper_parameters"]:
        _print_hyper_parameters(model["hyper_parameters"])
    else:
        print_lines(["It has no hyper-parameters."])
    for name, values in model["presets"].items():
        settings = ", ".join(f"{key}={_shown(value)}" for key, value in values.items())
        print_lines(["", *textwrap.wrap(f"--preset {name}: {settings}", width())])
    if model["references"]:
        print_lines(["", *textwrap.wrap(model["references"], width())])
    print_lines(["", f"matinee train {model['name']} --out DIR"])


def _print_hyper_parameters(parameters: list[dict[str, Any]]) -> None:
    print_rows(
        ["<Hyper-parameter", "<Default", "tune tries", "Meaning"],
        [
            (one["name"], _shown(one["default"]), _search(one["search"]), one["meaning"])
            for one in parameters
        ],
    )


def _shown(value: Any) -> str:
    if isinstance(value, tuple | list):
        return ",".join(map(str, value))
    return str(value) if not isinstance(value, float) else f"{value:g}"


def _search(space: list[Any] | None) -> str:
    if not space:
        return ""
    if space[0] == "choice":
        return ", ".join(map(_shown, space[1:]))
    low, high, kind = space
    return f"{_shown(low)} … {_shown(high)}" + (" (log)" if kind == "log" else "")
