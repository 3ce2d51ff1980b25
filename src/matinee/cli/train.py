"""``matinee train``, ``retrain`` and ``rollback``: models from ratings, and which one answers."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from matinee.cli.console import note
from matinee.cli.options import DataOptions, Json, Settings, StoreOption, complete_model, expand
from matinee.cli.output import check_place, print_json, print_lines, print_rows
from matinee.cli.params import parse_settings, read_config
from matinee.cli.progress import show_progress
from matinee.cli.sources import check_ability
from matinee.errors import ArtifactError, ParameterError
from matinee.models import DEFAULT_MODEL, create_model, model_class

if TYPE_CHECKING:
    from matinee.dataset import Dataset
    from matinee.evaluation.figures import ModelFigures
    from matinee.models.base import Recommender
    from matinee.models.directory import Manifest
    from matinee.models.publishing import Published
    from matinee.progress import Progress

__all__ = ["measure", "put_beside", "retrain", "rollback", "train"]

_Map = Annotated[
    bool, typer.Option("--map", help="Put a map of the films beside the model, for the web app.")
]
_Measure = Annotated[
    bool,
    typer.Option(
        "--measure",
        help="Measure such a model on people it has not seen, first, and put the figures beside "
        "it: the web app shows them.",
    ),
]
_Root = Annotated[
    Path | None,
    typer.Option(
        "--root", metavar="DIR", help="Where models are published.", show_default="your own"
    ),
]


@expand
def train(
    model: Annotated[
        str | None,
        typer.Argument(
            metavar="MODEL",
            help="Name of the model (matinee models lists them); --config may name it instead.",
            autocompletion=complete_model,
            show_default=DEFAULT_MODEL,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            metavar="DIR",
            help="Directory for the trained model; without it, the model becomes your own, which "
            "the other commands use without --model.",
        ),
    ] = None,
    settings: Settings = None,
    preset: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="A set of hyper-parameters that the model knows by name."
        ),
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(metavar="FILE.toml", help="Hyper-parameters from a file of matinee tune."),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            metavar="N", min=0, help="Seed of all chance; the same as --set random_state."
        ),
    ] = None,
    curves: Annotated[
        Path | None,
        typer.Option(metavar="FILE.png", help="Draw the loss curves of the training."),
    ] = None,
    checkpoint: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Keep the state of the training in DIR after each epoch; if it holds one of the "
            "same training, go on from there. For models that are trained in epochs: dot, mlp.",
        ),
    ] = None,
    publish: Annotated[
        bool,
        typer.Option(
            "--publish",
            help="Publish it: --out then holds versions, a running server takes the new one over, "
            "and matinee rollback goes back.",
        ),
    ] = False,
    with_map: _Map = False,
    with_figures: _Measure = False,
    source: DataOptions = DataOptions(),
    json: Json = False,
) -> None:
    """Train a model and write it to a directory.

    A directory that holds a model already is replaced once the new one is whole.

    \b
      matinee train
      matinee train als --data ml-1m.zip --set factors=64 --seed 3 --out als-1m
      matinee train dot --preset fastai --curves loss.png --checkpoint state --out dot
      matinee train --config best.toml --data ml-1m.zip --out tuned
      matinee train als --data ml-1m.zip --publish --map --measure
    """
    recommender = _configure(model, settings or [], preset, config, seed)
    from matinee.models.publishing import default_root, own_model_path

    target = out or (default_root() if publish else own_model_path())
    _check_places(target, curves, publish=publish)
    if with_map:
        check_ability(recommender, "has_movie_vectors")
    with show_progress() as progress:
        dataset = source.load(progress)
        figures = measure(recommender, dataset, progress) if with_figures else None
        recommender.fit(dataset, progress=progress, checkpoint=checkpoint)
        complete = put_beside(recommender, progress, with_map=with_map, figures=figures)
        path = _save(recommender, target, publish=publish, complete=complete)
    from matinee.models.directory import read_manifest

    manifest = read_manifest(path)
    if json:
        told = None if figures is None else figures.to_dict()
        print_json({**_to_document(manifest, path), "figures": told})
    else:
        print_lines([*_figure_lines(figures), *_summary(manifest, target, own=out is None)])
    if curves is not None:
        from matinee.explore.losses import draw_curves

        draw_curves(recommender.history, curves)
        note(f"loss curves drawn in {curves}")


def _configure(
    name: str | None,
    settings: list[str],
    preset: str | None,
    config: Path | None,
    seed: int | None,
) -> Recommender:
    """The model with its hyper-parameters: a preset, a file, ``--set``, ``--seed``; later wins."""
    params: dict[str, Any] = {}
    if config is not None:
        configured, params = read_config(config)
        if name is not None and configured not in (None, name):
            raise ParameterError(
                f"{config} is for the model {configured!r}, not for {name!r}; "
                "leave the name out, or choose another file"
            )
        name = name or configured
    name = name or DEFAULT_MODEL
    defaults = model_class(name).defaults()
    params |= parse_settings(settings, defaults, name)
    if seed is not None:
        if any(text.partition("=")[0].strip() == "random_state" for text in settings):
            raise typer.BadParameter("random_state is set as well", param_hint="--seed")
        if "random_state" in defaults:
            params["random_state"] = seed
        else:
            note(f"{name} leaves nothing to chance, so --seed changes nothing")
    return create_model(name, preset=preset, **params)


def _save(
    model: Recommender,
    target: Path,
    *,
    publish: bool,
    complete: Callable[[Path], None] | None = None,
) -> Path:
    """Save or publish a model; the directory of the model itself."""
    if not publish:
        path = model.save(target)
        if complete is not None:
            complete(path)
        return path
    from matinee.models.publishing import publish as publish_model

    return publish_model(model, target, complete=complete).path


def _check_places(target: Path, curves: Path | None, *, publish: bool) -> None:
    """Find out before the work, not after it, that its result has no place."""
    if publish:
        from matinee.models.publishing import check_root

        check_root(target)
    else:
        from matinee.models.directory import check_target

        check_target(target)
    above = next(
        folder for folder in (target.absolute(), *target.absolute().parents) if folder.exists()
    )
    if not above.is_dir() or not os.access(above, os.W_OK):
        raise ArtifactError(target, f"{above} cannot be written to; choose another place for --out")
    check_place("--curves", curves)
    if curves is not None and curves.suffix.lower() not in (".png", ".svg", ".pdf"):
        raise ParameterError(f"--curves {curves}: the name must end in .png, .svg or .pdf")


def _to_document(manifest: Manifest, path: Path) -> dict[str, Any]:
    return {
        "model": manifest.model,
        "version": manifest.version,
        "path": str(path),
        "params": manifest.params,
        "trained_on": manifest.trained_on,
        "fit_seconds": manifest.fit_seconds,
        "bytes": _size(manifest),
        "history": manifest.history,
    }


def _size(manifest: Manifest) -> int:
    return sum(int(entry["bytes"]) for entry in manifest.files.values())


def _summary(manifest: Manifest, path: Path, *, own: bool) -> list[str]:
    from matinee.memory import format_bytes

    about = manifest.trained_on
    option = "" if own else f" --model {path}"
    learned = (
        f"{manifest.model} has learned from {about['ratings']:,} ratings of {about['users']:,} "
        f"people ({about['dataset']}, {about['movies']:,} films) in {manifest.fit_seconds:.1f} s."
    )
    return [
        learned,
        f"It is in {path} ({format_bytes(_size(manifest))}); try it:",
        f'  matinee recommend "Toy Story=4.5" "Se7en=5"{option}',
    ]


# -- what stands beside a model -------------------------------------------------------------------


def measure(model: Recommender, dataset: Dataset, progress: Progress) -> ModelFigures:
    """Measure a model of the same kind on people held out of a data set."""
    from matinee.evaluation.figures import measure_like

    return measure_like(model, dataset, progress=progress)


def put_beside(
    model: Recommender, progress: Progress, *, with_map: bool, figures: ModelFigures | None
) -> Callable[[Path], None] | None:
    """What puts a map and figures into the directory of a model that was just saved.

    None where there is nothing to put there; see :func:`matinee.models.publishing.publish`.
    """
    if not with_map and figures is None:
        return None

    def put(folder: Path) -> None:
        if with_map:
            from matinee.explore.map import build_map, write_map
            from matinee.models.directory import read_manifest

            version = read_manifest(folder).version
            write_map(build_map(model, version=version, progress=progress), folder)
        if figures is not None:
            from matinee.evaluation.figures import write_figures

            write_figures(figures, folder)

    return put


def _figure_lines(figures: ModelFigures | None) -> list[str]:
    """What was measured, in a line for people; none where nothing was."""
    if figures is None:
        return []
    told = ", ".join(f"{name} {value:.4f}" for name, value in figures.metrics.items())
    return [f"Measured on {figures.people:,} people that such a model had not seen: {told}."]


# -- published models -----------------------------------------------------------------------------


@expand
def retrain(
    model: Annotated[
        str | None,
        typer.Argument(
            metavar="MODEL",
            help="Name of the model; without it, the one that is published now, else the default.",
            show_default=False,
        ),
    ] = None,
    root: _Root = None,
    store: StoreOption = None,
    settings: Settings = None,
    keep: Annotated[
        int, typer.Option(metavar="N", min=2, help="How many published models stay.")
    ] = 3,
    with_map: _Map = False,
    with_figures: _Measure = False,
    source: DataOptions = DataOptions(),
    json: Json = False,
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
    recommender = _current_or(model, settings or [], folder)
    if with_map:
        check_ability(recommender, "has_movie_vectors")
    with show_progress() as progress:
        with Store(store) as people:
            joined = people.join(source.load(progress))
        figures = measure(recommender, joined.dataset, progress) if with_figures else None
        recommender.fit(joined.dataset, progress=progress)
        complete = put_beside(recommender, progress, with_map=with_map, figures=figures)
        made = publish(recommender, folder, keep=keep, complete=complete)
    if joined.unknown:
        note(f"{joined.unknown:,} ratings of films that {source.data or 'sample'} lacks stayed out")
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
            *_figure_lines(figures),
            learned,
            f"It is published as {made.name} in {folder}; `matinee rollback` goes back.",
        ]
    )


def _current_or(name: str | None, settings: list[str], root: Path) -> Recommender:
    """The named model, or the one that is published now with its hyper-parameters."""
    from matinee.models.directory import read_manifest
    from matinee.models.publishing import current_path, is_published

    params: dict[str, Any] = {}
    if is_published(root):
        manifest = read_manifest(current_path(root))
        if name in (None, manifest.model):
            name, params = manifest.model, dict(manifest.params)
    name = name or DEFAULT_MODEL
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
    root: _Root = None,
    show: Annotated[
        bool, typer.Option("--list", help="Only show the versions that there are.")
    ] = False,
    json: Json = False,
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
            print_json(
                {"root": str(folder), "versions": [_version_document(one) for one in versions]}
            )
        elif versions:
            _print_versions(versions, folder)
        else:
            note(f"nothing is published in {folder}; see `matinee train --publish`")
        return
    made = go_back(folder, to=version)
    if json:
        print_json(_version_document(made))
    else:
        print_lines([f"{made.name} in {folder} answers now."])


def _version_document(one: Published) -> dict[str, Any]:
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
    rows = []
    for one in versions:
        about = _version_document(one)
        data = about["trained_on"]
        learned = f"{data['dataset']}, {data['ratings']:,} ratings"
        rows.append(["→" if one.current else "", one.name, about["model"], learned])
    print_rows(["^", "<Version", "Model", "Trained on"], rows, str(root))
