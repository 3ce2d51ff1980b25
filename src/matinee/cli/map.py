"""``matinee map``: films in two dimensions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from matinee.cli.options import SourceOptions, expand
from matinee.cli.output import open_file, print_json, print_lines
from matinee.cli.progress import show_progress
from matinee.cli.sources import model_directory, open_model
from matinee.errors import NotSupportedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from matinee.models.base import Recommender
    from matinee.progress import Progress

__all__ = ["check_vectors", "draw_beside", "map_", "map_option"]

_LAYOUT = typer.Option(
    metavar="NAME",
    help="tsne keeps together what belongs together; pca shows the two directions in which "
    "films differ most; umap needs the extra map.",
)


def map_option() -> Any:
    """``--map``, for the commands that train a model that others will serve."""
    return typer.Option("--map", help="Put a map of the films beside the model, for the web app.")


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
    layout: Annotated[str, _LAYOUT] = "tsne",
    min_ratings: Annotated[
        int, typer.Option(metavar="N", min=0, help="Leave out films with fewer ratings.")
    ] = 5,
    dim_below: Annotated[
        int, typer.Option(metavar="N", min=0, help="Draw films with fewer ratings faintly.")
    ] = 0,
    labels: Annotated[
        int, typer.Option(metavar="N", min=0, help="How many films are named at most.")
    ] = 90,
    seed: Annotated[
        int, typer.Option(metavar="N", min=0, help="The same seed gives the same map.")
    ] = 0,
    beside: Annotated[
        bool,
        typer.Option(
            "--beside-model",
            help="Put the map beside the model, where the web app finds it when it next loads it.",
        ),
    ] = False,
    open_it: Annotated[
        bool, typer.Option("--open", help="Open the picture when it is done.")
    ] = False,
    json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document and nothing else.")
    ] = False,
    source: SourceOptions = SourceOptions(),
) -> None:
    """The map of films: those that a model finds alike stand near each other.

    Any model that places films in a space can be drawn: als, svd, mf, ease, item-knn, content, dot
    and others. The map says how far its neighbourhoods can be trusted.

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
        model = open_model("map", source, progress)
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


def check_vectors(model: Recommender) -> None:
    """Find out, before a training, that its model cannot be drawn.

    Raises
    ------
    NotSupportedError
    """
    from matinee.models.base import cannot

    if not model.has_movie_vectors:
        what = "place films in a space, as a map needs"
        raise NotSupportedError(cannot(model, what, "has_movie_vectors"))


def draw_beside(model: Recommender, progress: Progress | None) -> Callable[[Path], None]:
    """What puts a map into the directory of a model that was just saved; see ``publish``."""

    def draw(folder: Path) -> None:
        from matinee.explore.map import build_map, write_map

        write_map(build_map(model, version=_version(folder), progress=progress), folder)

    return draw
