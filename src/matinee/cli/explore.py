"""``matinee explore``, ``learned``, ``map`` and ``bias``: data and models in pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from matinee.cli.console import note
from matinee.cli.films import to_filter
from matinee.cli.options import (
    DataOptions,
    FilterOptions,
    Json,
    Open,
    OutputOptions,
    Seed,
    SourceOptions,
    expand,
)
from matinee.cli.output import open_file, print_csv, print_json, print_lines, print_rows
from matinee.cli.progress import show_progress
from matinee.cli.sources import model_directory, open_model, training_data
from matinee.errors import UnknownDatasetError

if TYPE_CHECKING:
    from matinee.dataset import Dataset
    from matinee.filters import Filter
    from matinee.models.base import Recommender

__all__ = ["bias", "explore", "learned", "map_"]

_ReportFolder = Annotated[
    Path,
    typer.Option(
        "--out",
        "-o",
        metavar="DIR",
        help="Folder for the report: index.html, and pictures and numbers beside it.",
        show_default=False,
    ),
]


@expand
def explore(
    out: _ReportFolder,
    curate: Annotated[
        list[str] | None,
        typer.Option(
            metavar="STEP",
            help="Show what these steps of curation take away: min-movie-ratings=20, k-core=5, …",
            show_default="min-movie-ratings=20, then min-user-ratings=5",
        ),
    ] = None,
    numerals: Annotated[
        bool,
        typer.Option("--numerals", help="Keep the numerals of sequels in the cloud of words."),
    ] = False,
    open_it: Open = False,
    source: DataOptions = DataOptions(),
) -> None:
    """A data set in pictures: when people rate, what they like, how they differ.

    Writes one HTML page that needs nothing else, and beside it each picture as PNG and SVG and the
    numbers behind it as Parquet and JSON.

    \b
      matinee explore --data ml-1m --out report --open
    """
    from matinee.datasets.curation import parse_step
    from matinee.explore.report import STEPS
    from matinee.explore.report import explore as write

    steps = tuple(parse_step(text) for text in curate) if curate else STEPS
    with show_progress() as progress:
        report = write(
            source.load(progress), out, steps=steps, numerals=numerals, progress=progress
        )
    _show_report(report.path, report.missing, open_it=open_it)


@expand
def learned(
    out: _ReportFolder,
    dimensions: Annotated[
        int, typer.Option(metavar="N", min=1, help="How many latent dimensions at most.")
    ] = 8,
    held_out: Annotated[
        float,
        typer.Option(
            metavar="SHARE",
            min=0.0,
            max=0.9,
            help="Share of the ratings to measure errors on, with a copy of the model that has "
            "not seen them; 0 leaves errors out.",
        ),
    ] = 0.1,
    seed: Seed = 0,
    open_it: Open = False,
    source: SourceOptions = SourceOptions(),
) -> None:
    """What a model learned, in pictures: its dimensions, biases, losses and errors.

    Writes one HTML page that needs nothing else, and beside it each picture as PNG and SVG and the
    numbers behind it as Parquet and JSON. A model with nothing to show is told, and mf is shown.

    \b
      matinee learned --out report --open
      matinee learned --model svd --data ml-1m.zip --out report
    """
    from matinee.explore.learned import learned as write

    with show_progress() as progress:
        model = open_model(source, progress, "movie_biases", instead="mf")
        dataset: Dataset | None = None
        try:
            dataset = training_data(model, source, progress)
        except UnknownDatasetError as error:
            note(f"nothing is told of errors: {error}")
        report = write(
            model,
            out,
            dataset=dataset,
            dimensions=dimensions,
            test_size=held_out,
            seed=seed,
            progress=progress,
        )
    _show_report(report.path, report.missing, open_it=open_it)


def _show_report(path: Path, missing: Sequence[tuple[str, str]], *, open_it: bool) -> None:
    for topic, reason in missing:
        note(f"no picture of {topic[0].lower()}{topic[1:]}: {reason}")
    print_lines([str(path)])
    if open_it:
        open_file(path)


# -- the map --------------------------------------------------------------------------------------


@expand
def map_(
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            metavar="DIR",
            help="Folder for the map: the picture as PNG and SVG, its table and the map's files.",
            show_default=False,
        ),
    ] = None,
    layout: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="tsne keeps together what belongs together; pca shows the two directions in "
            "which films differ most; umap needs the extra map.",
        ),
    ] = "tsne",
    min_ratings: Annotated[
        int, typer.Option(metavar="N", min=0, help="Leave out films with fewer ratings.")
    ] = 5,
    dim_below: Annotated[
        int, typer.Option(metavar="N", min=0, help="Draw films with fewer ratings faintly.")
    ] = 0,
    labels: Annotated[
        int, typer.Option(metavar="N", min=0, help="How many films are named at most.")
    ] = 90,
    seed: Seed = 0,
    beside: Annotated[
        bool,
        typer.Option(
            "--beside-model",
            help="Put the map beside the model, where the web app finds it when it next loads it.",
        ),
    ] = False,
    open_it: Open = False,
    json: Json = False,
    source: SourceOptions = SourceOptions(),
) -> None:
    """The map of films: those that a model finds alike stand near each other.

    Any model that places films in a space can be drawn. The map says how far its neighborhoods can
    be trusted.

    \b
      matinee map --out map --open
      matinee map --model als --data ml-1m.zip --out map --min-ratings 20
      matinee map --model my-model --beside-model
    """
    from matinee.explore.map import build_map, write_map
    from matinee.explore.map.picture import save_map, trust_in_words
    from matinee.explore.report import report_folder

    if out is None and not beside:
        raise typer.BadParameter(
            "say where the map goes: --out DIR, or --beside-model", param_hint="--out"
        )
    if out is not None:
        report_folder(out, "map")
    folder = model_directory(source)
    if beside and folder is None:
        raise typer.BadParameter(
            "there is no model's directory to put it into; train one with `matinee train` and "
            "name it with --model",
            param_hint="--beside-model",
        )
    with show_progress() as progress:
        model = open_model(source, progress, "has_movie_vectors")
        film_map = build_map(
            model,
            layout=layout,
            min_ratings=min_ratings,
            random_state=seed,
            version=None if folder is None else _version(folder),
            progress=progress,
        )
        picture = None
        if out is not None:
            picture = save_map(film_map, out, dim_below=dim_below, labels=labels)
        if beside and folder is not None:
            write_map(film_map, folder)
    image = None if out is None else out / "map.png"
    if json:
        told = film_map.about()
        told["picture"] = None if image is None else str(image)
        told["finding"] = None if picture is None else picture.title
        told["beside"] = str(folder) if beside else None
        print_json(told)
    else:
        lines = [f"{len(film_map):,} films of {film_map.dataset}, placed by {film_map.model}."]
        if film_map.explained_variance is not None:
            across, up = film_map.explained_variance
            lines.append(f"The two axes hold {across:.1%} and {up:.1%} of the differences.")
        lines.append(trust_in_words(film_map))
        lines += [str(image)] if image is not None else []
        lines += [f"It is beside the model in {folder}."] if beside else []
        print_lines(lines)
    if open_it and image is not None:
        open_file(image, "no program was found that opens pictures")


def _version(folder: Path) -> str:
    from matinee.models.directory import read_manifest

    return read_manifest(folder).version


# -- biases ---------------------------------------------------------------------------------------


@expand
def bias(
    top: Annotated[
        int, typer.Option(metavar="N", min=0, help="How many of the most appreciated films.")
    ] = 10,
    bottom: Annotated[
        int, typer.Option(metavar="N", min=0, help="How many of the least appreciated films.")
    ] = 10,
    source: SourceOptions = SourceOptions(),
    where: FilterOptions = FilterOptions(),
    out: OutputOptions = OutputOptions(),
) -> None:
    """Films that people appreciate most and least, once the rest is accounted for.

    A film's bias is what it gets above or below what its raters give anyway, in stars. A film
    that only generous people have seen has a high mean and an ordinary bias.

    \b
      matinee bias --top 10 --bottom 10
      matinee bias --data ml-1m.zip --genre Horror --min-ratings 50
    """
    with show_progress() as progress:
        model = open_model(source, progress, "movie_biases")
    best, worst = _extremes(model, to_filter(where, model.catalog), top, bottom)
    lists = (("top", "most", best), ("bottom", "least", worst))
    if out.json:
        print_json({"model": model.name, "unit": "stars", "top": best, "bottom": worst})
    elif out.csv:
        columns = ("list", "rank", "movie_id", "title", "year", "bias", "mean", "ratings")
        print_csv(
            columns,
            [
                (name, rank, *(film[key] for key in columns[2:]))
                for name, _, films in lists
                for rank, film in enumerate(films, start=1)
            ],
        )
    else:
        for _, which, films in lists:
            if films:
                _print_biases(films, f"Appreciated {which}, from {model.name}")
        if not best and not worst and (top or bottom):
            note("no film passes the filters")


def _extremes(
    model: Recommender, where: Filter, top: int, bottom: int
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The films with the highest and the lowest bias; none stands in both lists."""
    import numpy as np

    values = np.asarray(model.movie_biases(), dtype=np.float64)  # type: ignore[attr-defined]
    passes = where.mask(model.catalog, model.stats)
    codes = np.flatnonzero(passes & (model.stats.counts > 0) & np.isfinite(values))
    # Among equal biases the film that more people rated comes first, in both lists.
    counts = -model.stats.counts[codes].astype(np.int64)
    best = codes[np.lexsort((codes, counts, -values[codes]))][:top]
    rest = ~np.isin(codes, best)
    worst = codes[rest][np.lexsort((codes[rest], counts[rest], values[codes[rest]]))][:bottom]

    def describe(code: int) -> dict[str, Any]:
        movie = model.catalog.movie(code, tags=0)
        return {
            "movie_id": movie.movie_id,
            "title": movie.title,
            "year": movie.year,
            "genres": list(movie.genres),
            "bias": float(values[code]),
            "mean": float(model.stats.means[code]),
            "ratings": int(model.stats.counts[code]),
        }

    return [describe(code) for code in best.tolist()], [describe(code) for code in worst.tolist()]


def _print_biases(films: list[dict[str, Any]], title: str) -> None:
    rows = [
        (
            *(rank, film["title"], film["year"]),
            *(f"{film['bias']:+.2f}", f"{film['mean']:.2f}", f"{film['ratings']:,}"),
        )
        for rank, film in enumerate(films, start=1)
    ]
    print_rows([">", "Film", ">Year", ">Bias", ">Mean", ">Ratings"], rows, title)
    print_lines([""])
