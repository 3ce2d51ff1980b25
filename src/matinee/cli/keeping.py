"""``matinee retrain``, ``rollback``, ``backup`` and ``restore``: what keeps a server going."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from matinee.cli.beside import figure_lines, measure, measure_option, put_beside
from matinee.cli.console import note
from matinee.cli.map import check_vectors, map_option
from matinee.cli.options import data_option, expand
from matinee.cli.output import plain_table, print_json, print_lines, print_table
from matinee.cli.params import parse_settings
from matinee.cli.progress import show_progress
from matinee.cli.reading import ReadingOptions
from matinee.cli.sources import SAMPLE, load_data
from matinee.models import create_model, model_class

if TYPE_CHECKING:
    from matinee.models.base import Recommender
    from matinee.models.publishing import Published

__all__ = ["backup", "restore", "retrain", "rollback", "store_option"]

_DEFAULT_MODEL = "blend"
_JSON = typer.Option("--json", help="Print one JSON document and nothing else.")
_FORCE = "Overwrite what is there."


def store_option() -> Any:
    """``--store``, for the commands that work on people's ratings."""
    return typer.Option(
        "--store",
        metavar="PATH-OR-URL",
        help="A SQLite file, or postgresql://user:password@host/name.",
        envvar="MATINEE_DATABASE_URL",
        show_default="a file in the data directory",
    )


def root_option() -> Any:
    """``--root``, for the commands that publish."""
    return typer.Option(
        "--root", metavar="DIR", help="Where models are published.", show_default="your own"
    )


@expand
def retrain(
    model: Annotated[
        str | None,
        typer.Argument(
            metavar="MODEL",
            help="Name of the model; without it, the one that is published now, else blend.",
            show_default=False,
        ),
    ] = None,
    root: Annotated[Path | None, root_option()] = None,
    data: Annotated[str | None, data_option()] = None,
    store: Annotated[str | None, store_option()] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set", "-s", metavar="NAME=VALUE", help="A hyper-parameter (matinee models MODEL)."
        ),
    ] = None,
    keep: Annotated[
        int, typer.Option(metavar="N", min=2, help="How many published models stay.")
    ] = 3,
    with_map: Annotated[bool, map_option()] = False,
    with_figures: Annotated[bool, measure_option()] = False,
    reading: ReadingOptions = ReadingOptions(),
    json: Annotated[bool, _JSON] = False,
) -> None:
    """Train on a data set together with the people in the store, and publish the model.

    A running server takes the new model over; `matinee rollback` goes back. If the training
    fails, the published model stays.

    \b
      matinee retrain --map --measure
      matinee retrain ease --data ml-1m.zip --root /srv/matinee/models
    """
    from matinee.models.publishing import check_root, default_root, publish
    from matinee.store import Store

    folder = default_root() if root is None else root
    check_root(folder)
    recommender = _configured(model, settings or [], folder)
    if with_map:
        check_vectors(recommender)
    with show_progress() as progress:
        with Store(store) as people:
            joined = people.join(load_data(data, progress, reading))
        figures = measure(recommender, joined.dataset, progress) if with_figures else None
        recommender.fit(joined.dataset, progress=progress)
        complete = put_beside(recommender, progress, with_map=with_map, figures=figures)
        made = publish(recommender, folder, keep=keep, complete=complete)
    if joined.unknown:
        note(f"{joined.unknown:,} ratings of films that {data or SAMPLE} does not have stayed out")
    about = recommender.trained_on
    if json:
        print_json(
            {
                "model": recommender.name,
                "version": made.name,
                "path": str(made.path),
                "people": joined.people,
                "people_ratings": joined.ratings,
                "unknown_ratings": joined.unknown,
                "trained_on": about,
                "fit_seconds": recommender.fit_seconds,
                "figures": None if figures is None else figures.to_dict(),
            }
        )
        return
    learned = (
        f"{recommender.name} has learned from {about['ratings']:,} ratings of "
        f"{about['users']:,} people, {joined.people:,} of them from the store "
        f"({joined.ratings:,} ratings), in {recommender.fit_seconds:.1f} s."
    )
    print_lines(
        [
            *figure_lines(figures),
            learned,
            f"It is published as {made.name} in {folder}; `matinee rollback` goes back.",
        ]
    )


def _configured(name: str | None, settings: list[str], root: Path) -> Recommender:
    """The named model, or the one that is published now with its hyper-parameters."""
    from matinee.models.directory import read_manifest
    from matinee.models.publishing import current_path, is_published

    params: dict[str, Any] = {}
    if is_published(root):
        manifest = read_manifest(current_path(root))
        if name in (None, manifest.model):
            name, params = manifest.model, dict(manifest.params)
    name = name or _DEFAULT_MODEL
    params |= parse_settings(settings, model_class(name).defaults(), name)
    return create_model(name, **params)


def rollback(
    version: Annotated[
        str | None,
        typer.Argument(
            metavar="VERSION",
            help="Which one (its beginning is enough); without it, the one before the current.",
            show_default=False,
        ),
    ] = None,
    root: Annotated[Path | None, root_option()] = None,
    show: Annotated[
        bool, typer.Option("--list", help="Only show the versions that there are.")
    ] = False,
    json: Annotated[bool, _JSON] = False,
) -> None:
    """Let an earlier published model answer again.

    \b
      matinee rollback --list
      matinee rollback
      matinee rollback 20260301T1745
    """
    from matinee.models.publishing import default_root, published
    from matinee.models.publishing import rollback as go_back

    folder = default_root() if root is None else root
    if show:
        versions = published(folder)
        if json:
            print_json({"root": str(folder), "versions": [_described(one) for one in versions]})
        elif versions:
            _print_versions(versions, folder)
        else:
            note(f"nothing is published in {folder}; see `matinee train --publish`")
        return
    made = go_back(folder, to=version)
    if json:
        print_json(_described(made))
    else:
        print_lines([f"{made.name} in {folder} answers now."])


def _described(one: Published) -> dict[str, Any]:
    from matinee.models.directory import read_manifest

    manifest = read_manifest(one.path)
    return {
        "version": one.name,
        "current": one.current,
        "path": str(one.path),
        "model": manifest.model,
        "trained_on": manifest.trained_on,
    }


def _print_versions(versions: list[Published], root: Path) -> None:
    table = plain_table()
    for name in ("", "Version", "Model", "Trained on"):
        table.add_column(name, no_wrap=name == "Version")
    for one in versions:
        about = _described(one)
        data = about["trained_on"]
        table.add_row(
            "→" if one.current else "",
            one.name,
            about["model"],
            f"{data['dataset']}, {data['ratings']:,} ratings",
        )
    print_table(table, str(root))


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The backup to write.")],
    store: Annotated[str | None, store_option()] = None,
    force: Annotated[bool, typer.Option("--force", help=_FORCE)] = False,
) -> None:
    """Write everything in the store to one file.

    People, what they said with its history, accounts and API tokens; sessions are not in it. The
    server may go on meanwhile. The file is the same for SQLite and PostgreSQL, so it also moves
    people from one to the other. It holds password hashes: keep it as safe as the store.

    \b
      matinee backup people.backup
    """
    from matinee.store import Store

    with Store(store) as people:
        count = people.backup(file, force=force)
    print_lines([f"{count:,} rows are in {file}."])


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The backup to read.")],
    store: Annotated[str | None, store_option()] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace what is in the store.")] = False,
) -> None:
    """Bring back what a backup holds.

    All of it or, if the backup is damaged, nothing. A store with something in it is only replaced
    with --force. Everybody has to log in again.

    \b
      matinee restore people.backup
      matinee restore people.backup --store postgresql://matinee@db/matinee
    """
    from matinee.store import Store

    with Store(store) as people:
        count = people.restore(file, force=force)
        print_lines([f"{count:,} rows are back in {people.database}."])
