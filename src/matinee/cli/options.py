"""Options that several commands share, each declared once.

A command takes a whole bundle as one parameter, and :func:`expand` puts the bundle's options in
its place::

    @app.command()
    @expand
    def similar(titles: list[str], where: FilterOptions, out: OutputOptions) -> None: ...
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

if TYPE_CHECKING:
    from matinee.catalog import Catalog
    from matinee.filters import Filter

__all__ = ["FilterOptions", "OutputOptions", "SourceOptions", "data_option", "expand"]

_FILTERS, _OUTPUT = "Filters", "Output"


def data_option() -> Any:
    """``--data``, for the commands that read ratings."""
    return typer.Option(
        "--data",
        "-d",
        metavar="PATH-OR-NAME",
        help="Ratings: a zip, a folder, a file, or the name of a data set (matinee data list).",
        show_default="sample",
    )


@dataclass(frozen=True)
class SourceOptions:
    """Which model answers."""

    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            "-m",
            metavar="DIR-OR-NAME",
            help="A trained model's directory, or the name of a model to train on --data first.",
            envvar="MATINEE_MODEL",
            show_default="your own or published one, else one trained on the sample",
        ),
    ] = None
    data: Annotated[str | None, data_option()] = None


@dataclass(frozen=True)
class FilterOptions:
    """What may come back."""

    genre: Annotated[
        list[str] | None,
        typer.Option(metavar="GENRE", help="Only films with this genre.", rich_help_panel=_FILTERS),
    ] = None
    exclude_genre: Annotated[
        list[str] | None,
        typer.Option(
            metavar="GENRE",
            help="No film with this genre, whatever else it is.",
            rich_help_panel=_FILTERS,
        ),
    ] = None
    from_year: Annotated[
        int | None,
        typer.Option(
            metavar="YEAR", help="Released in this year or later.", rich_help_panel=_FILTERS
        ),
    ] = None
    to_year: Annotated[
        int | None,
        typer.Option(
            metavar="YEAR", help="Released in this year or earlier.", rich_help_panel=_FILTERS
        ),
    ] = None
    min_ratings: Annotated[
        int,
        typer.Option(
            metavar="N",
            min=0,
            help="Rated by at least so many people in the training data.",
            rich_help_panel=_FILTERS,
        ),
    ] = 0
    min_mean: Annotated[
        float | None,
        typer.Option(
            metavar="STARS",
            help="Rated with at least so many stars on average.",
            rich_help_panel=_FILTERS,
        ),
    ] = None
    allow: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILM", help="Only the films named so (title or id).", rich_help_panel=_FILTERS
        ),
    ] = None
    deny: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILM", help="Never this film (title or id).", rich_help_panel=_FILTERS
        ),
    ] = None

    def to_filter(self, catalog: Catalog) -> Filter:
        """The filter, with films found by title in a catalogue.

        Raises
        ------
        TitleError
            If a film of ``--allow`` or ``--deny`` is not found.
        ParameterError
            If the options contradict each other.
        """
        from matinee.cli.finding import find_films
        from matinee.filters import Filter

        return Filter(
            genres=self.genre or (),
            exclude_genres=self.exclude_genre or (),
            from_year=self.from_year,
            to_year=self.to_year,
            min_ratings=self.min_ratings,
            min_mean=self.min_mean,
            allow=find_films(self.allow, catalog) if self.allow else None,
            deny=find_films(self.deny, catalog),
        )


@dataclass(frozen=True)
class OutputOptions:
    """In which form the answer is printed."""

    json: Annotated[
        bool,
        typer.Option(
            "--json", help="Print one JSON document and nothing else.", rich_help_panel=_OUTPUT
        ),
    ] = False
    csv: Annotated[
        bool,
        typer.Option(
            "--csv", help="Print CSV, with a row of names first.", rich_help_panel=_OUTPUT
        ),
    ] = False

    def __post_init__(self) -> None:
        if self.json and self.csv:
            raise typer.BadParameter("choose one of the two", param_hint=["--json", "--csv"])


def expand(command: Callable[..., None]) -> Callable[..., None]:
    """Replace each parameter that is a bundle of options by the options themselves."""
    hints = get_type_hints(command, include_extras=True)
    bundles: dict[str, type[Any]] = {}
    parameters: list[inspect.Parameter] = []
    for name, parameter in inspect.signature(command).parameters.items():
        kind = hints[name]
        if dataclasses.is_dataclass(kind) and isinstance(kind, type):
            bundles[name] = kind
            parameters += _options(kind)
        else:
            parameters.append(
                parameter.replace(annotation=kind, kind=inspect.Parameter.KEYWORD_ONLY)
            )

    @wraps(command)
    def wrapper(**values: Any) -> None:
        for name, bundle in bundles.items():
            names = [field.name for field in dataclasses.fields(bundle)]
            values[name] = bundle(**{key: values.pop(key) for key in names})
        command(**values)

    wrapper.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return wrapper


def _options(bundle: type[Any]) -> list[inspect.Parameter]:
    hints = get_type_hints(bundle, include_extras=True)
    return [
        inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=field.default,
            annotation=hints[field.name],
        )
        for field in dataclasses.fields(bundle)
    ]
