"""Options that several commands share, each declared once.

A command takes a whole bundle as one parameter, and :func:`expand` puts the bundle's options in
its place::

    @app.command()
    @expand
    def similar(titles: list[str], where: FilterOptions, out: OutputOptions) -> None: ...
"""

from __future__ import annotations

import copy
import dataclasses
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, get_args, get_type_hints

import typer

if TYPE_CHECKING:
    from matinee.dataset import Dataset
    from matinee.progress import Progress
    from matinee.scale import RatingScale

__all__ = [
    "DataOptions",
    "DialOptions",
    "FilterOptions",
    "Json",
    "Number",
    "Open",
    "OutputOptions",
    "PersonOptions",
    "ReadingOptions",
    "Seed",
    "Settings",
    "SourceOptions",
    "StoreOption",
    "Why",
    "complete_model",
    "expand",
    "parse_columns",
    "parse_scale",
]

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
Number = Annotated[int, typer.Option("-n", "--number", metavar="N", min=1, help="How many films.")]
Open = Annotated[bool, typer.Option("--open", help="Open it when it is done.")]
Seed = Annotated[int, typer.Option(metavar="N", min=0, help="Seed of all chance.")]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set", "-s", metavar="NAME=VALUE", help="A hyper-parameter (matinee models MODEL)."
    ),
]
StoreOption = Annotated[
    str | None,
    typer.Option(
        "--store",
        metavar="PATH-OR-URL",
        help="People's ratings: a SQLite file, or postgresql://user:password@host/name.",
        envvar="MATINEE_DATABASE_URL",
        show_default="a file in the data directory",
    ),
]
Why = Annotated[bool, typer.Option("--why", help="Say what speaks for and against each film.")]


def complete_model(incomplete: str) -> list[str]:
    """Model names for the shell to complete."""
    from matinee.models import MODELS

    return [name for name in MODELS if name.startswith(incomplete)]


@dataclass(frozen=True)
class ReadingOptions:
    """How files are to be read."""

    panel: ClassVar[str] = "Reading"

    format: Annotated[
        str | None,
        typer.Option(
            metavar="FORMAT",
            help="ml-100k, ml-1m, movielens, table or parquet.",
            show_default="recognized",
        ),
    ] = None
    columns: Annotated[
        str | None,
        typer.Option(
            metavar="ROLE=NAME,...",
            help="Which column is which in a table of your own: user=who,movie=film,rating=stars.",
            show_default="recognized by name",
        ),
    ] = None
    scale: Annotated[
        str | None,
        typer.Option(
            metavar="MIN:MAX",
            help="Stars outside are wrong rows, such as 1:10.",
            show_default="read from the data",
        ),
    ] = None
    skip_bad_rows: Annotated[
        bool,
        typer.Option(
            "--skip-bad-rows",
            help="Leave wrong rows out and count them by kind, in place of an error.",
        ),
    ] = False

    @property
    def rating_scale(self) -> RatingScale | None:
        """The scale of ``--scale``."""
        from matinee.scale import RatingScale

        ends = parse_scale(self.scale)
        return None if ends is None else RatingScale(*ends)


@dataclass(frozen=True)
class DataOptions(ReadingOptions):
    """Whose ratings are read, and how."""

    panel: ClassVar[str] = "Options"

    data: Annotated[
        str | None,
        typer.Option(
            "--data",
            "-d",
            metavar="PATH-OR-NAME",
            help="Ratings: a zip, a folder, a file, or the name of a data set (matinee data list).",
            show_default="sample",
        ),
    ] = None

    def load(self, progress: Progress | None = None) -> Dataset:
        """The ratings of ``--data``; the bundled sample where it is not given."""
        import matinee
        from matinee.datasets import KNOWN

        source = self.data or "sample"
        if source not in ("sample", *KNOWN) and Path(source).expanduser().exists():
            # A model remembers where its data are, and may be asked from another folder.
            source = str(Path(source).expanduser().absolute())
        return matinee.load(
            source,
            format=self.format,
            columns=parse_columns(self.columns),
            scale=parse_scale(self.scale),
            skip_bad_rows=self.skip_bad_rows,
            progress=progress,
        )


def parse_columns(text: str | None) -> dict[str, str] | None:
    """The mapping of ``--columns``.

    Examples
    --------
    >>> parse_columns("user=who, movie=film")
    {'user': 'who', 'movie': 'film'}
    """
    if text is None:
        return None
    pairs = [part.partition("=") for part in text.split(",")]
    if any(not role.strip() or not name.strip() for role, _, name in pairs):
        raise typer.BadParameter(
            f"columns are named as ROLE=NAME,ROLE=NAME with the roles user, movie, rating and "
            f"timestamp, got {text!r}",
            param_hint="--columns",
        )
    return {role.strip(): name.strip() for role, _, name in pairs}


def parse_scale(text: str | None) -> tuple[float, float] | None:
    """The ends of ``--scale``.

    Examples
    --------
    >>> parse_scale("1:10")
    (1.0, 10.0)
    """
    if text is None:
        return None
    low, _, high = text.partition(":")
    try:
        return float(low), float(high)
    except ValueError:
        raise typer.BadParameter(
            f"a scale is given as MIN:MAX, such as 1:10, got {text!r}", param_hint="--scale"
        ) from None


@dataclass(frozen=True)
class SourceOptions(DataOptions):
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


@dataclass(frozen=True)
class PersonOptions:
    """Who asks. Without any, the only person of the store."""

    panel: ClassVar[str] = "Who asks"

    person: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="A person of the store, by name, login or number."),
    ] = None
    ratings: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="Ratings in a file: all that matinee import takes; - reads stdin.",
        ),
    ] = None
    user: Annotated[
        str | None, typer.Option(metavar="ID", help="A person of the training data.")
    ] = None
    seen: Annotated[
        list[str] | None, typer.Option(metavar="FILM", help="Seen but not rated: leave it out.")
    ] = None
    store: StoreOption = None


@dataclass(frozen=True)
class FilterOptions:
    """What may come back."""

    panel: ClassVar[str] = "Filters"

    genre: Annotated[
        list[str] | None, typer.Option(metavar="GENRE", help="Only films with this genre.")
    ] = None
    exclude_genre: Annotated[
        list[str] | None,
        typer.Option(metavar="GENRE", help="No film with this genre, whatever else it is."),
    ] = None
    from_year: Annotated[
        int | None, typer.Option(metavar="YEAR", help="Released in this year or later.")
    ] = None
    to_year: Annotated[
        int | None, typer.Option(metavar="YEAR", help="Released in this year or earlier.")
    ] = None
    min_ratings: Annotated[
        int,
        typer.Option(
            metavar="N", min=0, help="Rated by at least so many people in the training data."
        ),
    ] = 0
    min_mean: Annotated[
        float | None,
        typer.Option(metavar="STARS", help="Rated with at least so many stars on average."),
    ] = None
    allow: Annotated[
        list[str] | None,
        typer.Option(metavar="FILM", help="Only the films named so (title or id)."),
    ] = None
    deny: Annotated[
        list[str] | None, typer.Option(metavar="FILM", help="Never this film (title or id).")
    ] = None


@dataclass(frozen=True)
class DialOptions:
    """What is wanted of the list."""

    panel: ClassVar[str] = "Dials"

    like: Annotated[
        list[str] | None,
        typer.Option(metavar="FILM", help="In the mood of this film (title or id)."),
    ] = None
    hidden: Annotated[
        float,
        typer.Option(metavar="0…1", min=0, max=1, help="From 0, as they come, to 1, hidden gems."),
    ] = 0.0
    different: Annotated[
        float,
        typer.Option(
            metavar="0…1", min=0, max=1, help="From 0, as they come, to 1, unlike each other."
        ),
    ] = 0.0
    order: Annotated[
        Literal["fit", "sure", "stars"],
        typer.Option(
            metavar="fit|sure|stars", help="Best fit first, or surest to please, or most stars."
        ),
    ] = "fit"
    series: Annotated[
        int,
        typer.Option(
            metavar="N", min=0, help="Films of one series among ten at most; 0 for no limit."
        ),
    ] = 2


@dataclass(frozen=True)
class OutputOptions:
    """In which form the answer is printed."""

    panel: ClassVar[str] = "Output"

    json: Json = False
    csv: Annotated[bool, typer.Option("--csv", help="Print CSV, with a row of names first.")] = (
        False
    )

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
    """The options of a bundle, in the panel of the help that the class which has them names."""
    hints = get_type_hints(bundle, include_extras=True)
    found = []
    for field in dataclasses.fields(bundle):
        kind, option = get_args(hints[field.name])
        option = copy.copy(option)
        owner = next(cls for cls in bundle.__mro__ if field.name in cls.__annotations__)
        option.rich_help_panel = getattr(owner, "panel")  # noqa: B009 - each bundle has one
        found.append(
            inspect.Parameter(
                field.name,
                inspect.Parameter.KEYWORD_ONLY,
                default=field.default,
                annotation=Annotated[kind, option],
            )
        )
    return found
