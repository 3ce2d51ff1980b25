"""``matinee data``: which data sets there are, fetching one, and what is in one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from matinee.cli.console import note
from matinee.cli.help import Command, Group
from matinee.cli.options import DataOptions, Json, ReadingOptions, expand
from matinee.cli.output import print_json, print_lines, print_rows
from matinee.cli.progress import show_progress

if TYPE_CHECKING:
    from matinee.dataset import Dataset

__all__ = ["app"]

app = typer.Typer(
    name="data",
    cls=Group,
    help="Data sets: which there are, fetching one, and what is in one.",
    rich_markup_mode=None,
)


@app.callback(invoke_without_command=True)
def _data(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        print_lines([context.get_help()])


def _known_name(incomplete: str) -> list[str]:
    """Names for the shell's completion."""
    from matinee.datasets import KNOWN

    return [name for name in KNOWN if name.startswith(incomplete)]


@app.command("list", cls=Command)
def list_datasets(json: Json = False) -> None:
    """The data sets that Matinee knows by name, and which of them you have.

    \b
      matinee data list
    """
    from matinee.datasets import KNOWN, SAMPLE
    from matinee.datasets.known import cache_folder, in_cache

    here = in_cache()
    sets = [
        {
            "name": dataset.name,
            "summary": dataset.summary,
            "ratings": dataset.ratings,
            "users": dataset.users,
            "films": dataset.movies,
            "bytes": dataset.size,
            "path": str(here[dataset.name]) if dataset.name in here else None,
            "available": dataset is SAMPLE or dataset.name in here,
            "licence": dataset.licence,
        }
        for dataset in (SAMPLE, *KNOWN.values())
    ]
    if json:
        print_json({"cache": str(cache_folder()), "datasets": sets})
    else:
        _print_list(sets, str(cache_folder()))


def _print_list(sets: list[dict[str, Any]], cache: str) -> None:
    from matinee.memory import format_bytes

    rows = [
        [
            each["name"],
            *(f"{each[key]:,}" for key in ("ratings", "users", "films")),
            *(format_bytes(each["bytes"]), "✓" if each["available"] else "", each["summary"]),
        ]
        for each in sets
    ]
    print_rows(["<Name", ">Ratings", ">Users", ">Films", ">Size", "^Here", "What it is"], rows)
    print_lines(["", f"matinee data get NAME fetches one into {cache}"])


@app.command(cls=Command)
def get(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="Which data set (matinee data list).",
            autocompletion=_known_name,
            show_default=False,
        ),
    ],
    url: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="Where the zip is, if not at GroupLens.",
            show_default="below MATINEE_MIRROR, or GroupLens' own",
        ),
    ] = None,
    md5: Annotated[
        str | None,
        typer.Option(
            metavar="HEX",
            help="The checksum that the zip must have.",
            show_default="the one that GroupLens published",
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Fetch it again although it is here.")
    ] = False,
) -> None:
    """Fetch a data set into the cache; what was cut off goes on where it stopped.

    \b
      matinee data get ml-latest-small
      matinee data get ml-1m --url https://example.org/ml-1m.zip
    """
    from matinee.datasets.download import download
    from matinee.datasets.known import in_cache, known

    dataset = known(name)
    if name in in_cache() and not force:
        note(f"{name} is here already; --force fetches it again")
    else:
        note(f"terms of {name}: {dataset.licence}")
    with show_progress() as progress:
        path = download(name, url=url, md5=md5, force=force, progress=progress)
    print_lines([str(path)])


@app.command(cls=Command)
@expand
def info(
    source: Annotated[
        str,
        typer.Argument(
            metavar="PATH-OR-NAME",
            help="A zip, a folder, a file, or the name of a data set.",
            autocompletion=_known_name,
        ),
    ] = "sample",
    reading: ReadingOptions = ReadingOptions(),
    json: Json = False,
) -> None:
    """What is in a data set: people, films, time, stars, licence and citation.

    \b
      matinee data info ml-1m
      matinee data info mine.csv --columns user=who,movie=film --skip-bad-rows
    """
    with show_progress() as progress:
        dataset = DataOptions(data=source, **vars(reading)).load(progress)
    figures = _figures(dataset)
    if json:
        print_json(figures)
    else:
        _print_info(figures)


def _figures(dataset: Dataset) -> dict[str, Any]:
    ratings, catalog = dataset.ratings, dataset.catalog
    counts = ratings.movie_stats.counts
    rated = int((counts > 0).sum())
    report = dataset.report
    times = ratings.timestamps[ratings.timestamps != 0]
    return {
        "name": dataset.name,
        "source": dataset.source,
        "ratings": len(ratings),
        "users": ratings.n_users,
        "films": rated,
        "films_in_table": len(catalog),
        "genres": list(catalog.genre_names),
        "tags": len(catalog.tags.names),
        "first": _day(int(times.min())) if times.size else None,
        "last": _day(int(times.max())) if times.size else None,
        "density": ratings.density,
        "sparsity": 1 - ratings.density,
        "scale": {
            "minimum": ratings.scale.minimum,
            "maximum": ratings.scale.maximum,
            "step": ratings.scale.step or None,
        },
        "mean": ratings.mean,
        "rows": len(ratings) if report is None else report.rows,
        "skipped": {} if report is None else dict(report.skipped),
        "duplicates": ratings.duplicates if report is None else report.duplicates,
        "licence": dataset.licence or None,
        "citation": dataset.citation or None,
    }


def _day(seconds: int) -> str | None:
    """The day of a time, in UTC; None for a time that no calendar has."""
    from datetime import UTC, datetime

    try:
        return datetime.fromtimestamp(seconds, UTC).date().isoformat()
    except (OverflowError, OSError, ValueError):
        return None


def _print_info(figures: dict[str, Any]) -> None:
    from matinee.scale import RatingScale

    scale = figures["scale"]
    stars = RatingScale(scale["minimum"], scale["maximum"], scale["step"] or 0.0)
    films = f"{figures['films']:,} rated"
    if figures["films_in_table"] != figures["films"]:
        films += f", {figures['films_in_table']:,} in the table"
    rows = {
        "Ratings": f"{figures['ratings']:,}",
        "Users": f"{figures['users']:,}",
        "Films": films,
        "Stars": f"{stars}, {figures['mean']:.2f} on average",
        "Time": f"{figures['first']} to {figures['last']}" if figures["first"] else "not recorded",
        "Sparsity": f"{figures['sparsity']:.2%} of all pairs of user and rated film are empty",
        "Genres": ", ".join(figures["genres"]) or "none",
        "Tags": f"{figures['tags']:,}" if figures["tags"] else "none",
        "Left out": _left_out(figures),
        "Source": figures["source"],
        "Licence": figures["licence"] or "not known",
        "Citation": figures["citation"] or "not known",
    }
    print_rows(["", ""], [row for row in rows.items() if row[1]], figures["name"])


def _left_out(figures: dict[str, Any]) -> str:
    parts = [f"{count:,} {kind}" for kind, count in sorted(figures["skipped"].items())]
    if figures["duplicates"]:
        parts.append(f"{figures['duplicates']:,} repeated, the latest stands")
    return "; ".join(parts)
