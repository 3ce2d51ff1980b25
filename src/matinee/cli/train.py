"""``matinee train``: a model directory from ratings."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from matinee.cli.beside import figure_lines, measure, measure_option, put_beside
from matinee.cli.console import note
from matinee.cli.map import check_vectors, map_option
from matinee.cli.options import data_option, expand
from matinee.cli.output import print_json, print_lines
from matinee.cli.params import parse_settings, read_config
from matinee.cli.progress import show_progress
from matinee.cli.reading import ReadingOptions
from matinee.cli.sources import load_data
from matinee.errors import ArtifactError, ParameterError
from matinee.models import MODELS, create_model, model_class

if TYPE_CHECKING:
    from collections.abc import Callable

    from matinee.models.base import Recommender
    from matinee.models.directory import Manifest

__all__ = ["complete_model", "train"]


def complete_model(incomplete: str) -> list[str]:
    """Model names for the shell to complete."""
    return [name for name in MODELS if name.startswith(incomplete)]


@expand
def train(
    model: Annotated[
        str | None,
        typer.Argument(
            metavar="MODEL",
            help="Name of the model (matinee models lists them); --config may name it instead.",
            autocompletion=complete_model,
            show_default=False,
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
    data: Annotated[str | None, data_option()] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set", "-s", metavar="NAME=VALUE", help="A hyper-parameter (matinee models MODEL)."
        ),
    ] = None,
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
    with_map: Annotated[bool, map_option()] = False,
    with_figures: Annotated[bool, measure_option()] = False,
    reading: ReadingOptions = ReadingOptions(),
    json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document and nothing else.")
    ] = False,
) -> None:
    """Train a model and write it to a directory.

    A directory that holds a model already is replaced once the new one is whole.

    \b
      matinee train ease --out my-model
      matinee train als --data ml-1m.zip --set factors=64 --seed 3 --out als-1m
      matinee train dot --preset fastai --curves loss.png --checkpoint state --out dot
      matinee train --config best.toml --data ml-1m.zip --out tuned
      matinee train als --data ml-1m.zip --publish --map --measure
    """
    recommender = _configured(model, settings or [], preset, config, seed)
    from matinee.models.publishing import own_model_path

    target = out if out is not None else own_root() if publish else own_model_path()
    _check_places(target, curves, publish=publish)
    if with_map:
        check_vectors(recommender)
    with show_progress() as progress:
        dataset = load_data(data, progress, reading)
        figures = measure(recommender, dataset, progress) if with_figures else None
        recommender.fit(dataset, progress=progress, checkpoint=checkpoint)
        complete = put_beside(recommender, progress, with_map=with_map, figures=figures)
        path = _save(recommender, target, publish=publish, complete=complete)
    from matinee.models.directory import read_manifest

    manifest = read_manifest(path)
    if json:
        told = None if figures is None else figures.to_dict()
        print_json({**_document(manifest, path), "figures": told})
    else:
        print_lines([*figure_lines(figures), *_summary(manifest, target, own=out is None)])
    if curves is not None:
        from matinee.explore.losses import draw_curves

        draw_curves(recommender.history, curves)
        note(f"loss curves drawn in {curves}")


def _configured(
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
    if name is None:
        raise typer.BadParameter(f"which model? There are {', '.join(MODELS)}", param_hint="MODEL")
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


def own_root() -> Path:
    """Where models are published without ``--out``."""
    from matinee.models.publishing import default_root

    return default_root()


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
    if curves is not None and (curves.is_dir() or not curves.absolute().parent.is_dir()):
        raise ParameterError(f"--curves {curves}: its folder does not exist, or it is a folder")
    if curves is not None and curves.suffix.lower() not in (".png", ".svg", ".pdf"):
        raise ParameterError(f"--curves {curves}: the name must end in .png, .svg or .pdf")


def _document(manifest: Manifest, path: Path) -> dict[str, Any]:
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
