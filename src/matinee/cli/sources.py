"""Which model answers, and from which data it comes."""

from __future__ import annotations

import dataclasses
import difflib
import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matinee.cli.console import note
from matinee.cli.options import DataOptions, SourceOptions
from matinee.errors import (
    ArtifactError,
    NotSupportedError,
    UnknownDatasetError,
    UnknownModelError,
)
from matinee.models import DEFAULT_MODEL, MODELS, create_model, model_class
from matinee.progress import Progress

if TYPE_CHECKING:
    from matinee.dataset import Dataset
    from matinee.models.base import Recommender

__all__ = ["ABILITIES", "SAMPLE", "check_ability", "model_directory", "open_model", "training_data"]

SAMPLE = "sample"
_WITH_PEOPLE = "+people"  # what `matinee retrain` adds to the name of a data set

ABILITIES = {
    "predicts_stars": ("predict stars", "item-knn"),
    "finds_similar": ("find similar films", "content"),
    "explains": ("give reasons", "item-knn"),
    "has_movie_vectors": ("place films in a space", "als"),
    "movie_biases": ("tell how much a film is liked beside others", "bias"),
}
"""What a command may need of a model: in words, and which family can where the default cannot."""


def open_model(
    source: SourceOptions, progress: Progress, *abilities: str, instead: str = DEFAULT_MODEL
) -> Recommender:
    """The model that answers a command.

    In this order: the directory of ``--model``; the model that ``--model`` names, trained on
    ``--data``; without ``--model``, the user's own or published model (unless ``--data`` asks for
    another one); the default model, trained on ``--data`` or the sample. Where that one has none
    of the abilities, this is said, and another model answers beside it.

    Parameters
    ----------
    source : SourceOptions
    progress : callable
    *abilities : str
        Names of :data:`ABILITIES`, of which one suffices.
    instead : str
        The model that answers beside one that cannot, or in place of a default that cannot.
    """
    from matinee.models.directory import load_model

    folder = model_directory(source)
    if folder is not None:
        model = load_model(folder)
        if _is_able(model, abilities):
            return model
        beside = _beside(abilities, instead, model.name)
        dataset: Dataset | None = None
        try:
            dataset = training_data(model, source, progress)
        except UnknownDatasetError as error:
            note(f"{beside} learns from the sample: {error}")
        return _trained(beside, dataset, progress)
    name = source.model or DEFAULT_MODEL
    if name not in MODELS:
        raise _no_model(name)
    if not _is_able(model_class(name), abilities):
        name = _beside(abilities, instead, source.model)
    dataset = None if source.data in (None, SAMPLE) else source.load(progress)
    return _trained(name, dataset, progress)


def model_directory(source: SourceOptions) -> Path | None:
    """The directory of the model that :func:`open_model` opens; None where it trains one."""
    from matinee.models.publishing import current_path, default_model_path

    if source.model is not None:
        return current_path(source.model) if Path(source.model).exists() else None
    return default_model_path() if source.data is None else None


def check_ability(model: Recommender, ability: str) -> None:
    """Find out, before a training, that its model will not be able to do something."""
    from matinee.models.base import cannot

    if not _is_able(model, [ability]):
        raise NotSupportedError(cannot(model, ABILITIES[ability][0], ability))


def _is_able(model: Recommender | type[Recommender], abilities: Sequence[str]) -> bool:
    return not abilities or any(getattr(model, one, False) for one in abilities)


def _beside(abilities: Sequence[str], instead: str, name: str | None) -> str:
    """Which model does what another one cannot; this is said where somebody chose the other."""
    what, family = ABILITIES[abilities[0]]
    beside = instead if _is_able(model_class(instead), abilities) else family
    if name is not None:
        note(f"{name} cannot {what}; {beside} answers beside it")
    return beside


def _no_model(text: str) -> ArtifactError | UnknownModelError:
    if os.sep in text or text.startswith("."):
        return ArtifactError(
            text, f"no such model; train one with `matinee train MODEL --out {text}`"
        )
    near = difflib.get_close_matches(text, list(MODELS), n=1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    return UnknownModelError(
        f"{text!r} is neither the directory of a trained model nor a model's name: {hint}"
        f"There are {', '.join(MODELS)}"
    )


def _trained(name: str, dataset: Dataset | None, progress: Progress) -> Recommender:
    """A model with default hyper-parameters, from the cache where it has been trained before."""
    from matinee.models.directory import load_model
    from matinee.models.publishing import cached_models_path

    model = create_model(name)
    dataset = None if dataset is None or dataset.name == SAMPLE else dataset
    digest = hashlib.sha256(json.dumps(model.params, default=str).encode())
    digest.update(SAMPLE.encode() if dataset is None else _content(dataset))
    path = cached_models_path() / f"{name}-{digest.hexdigest()[:12]}"
    if path.exists():
        try:
            return load_model(path)
        except ArtifactError as error:
            note(f"training again, since the model of last time is unusable: {error}")
    what = "the bundled sample" if dataset is None else dataset.name
    note(f"training {name} on {what}, once; it is kept for next time (see `matinee train`)")
    dataset = dataset or DataOptions().load(progress)
    # The note above says enough: a plan of the memory is for those who train on purpose.
    model.fit(dataset, progress=lambda event: progress(dataclasses.replace(event, note="")))
    try:
        model.save(path)
    except ArtifactError as error:
        note(f"the model could not be kept: {error}")
    return model


def _content(dataset: Dataset) -> bytes:
    """What tells two data sets apart; the sample is the same within a version of Matinee."""
    digest = hashlib.sha256(f"{dataset.source} {dataset.ratings.fingerprint}".encode())
    for name, array in dataset.catalog.arrays().items():
        digest.update(f"{name} {array.dtype} {array.shape}".encode())
        digest.update(array.tobytes())
    return digest.digest()


def training_data(model: Recommender, source: DataOptions, progress: Progress) -> Dataset:
    """The ratings that a model was trained on, or those of ``--data``.

    A model of ``matinee retrain`` has learned from people as well: they come from the store.
    """
    if source.data is not None:
        return source.load(progress)
    about: dict[str, Any] = model.trained_on
    name, place = str(about["dataset"]), str(about["source"])
    base = name.removesuffix(_WITH_PEOPLE)
    if base != SAMPLE and not (place and Path(place).exists()):
        where = f"from {place}, which is not there" if place else "from a table in memory"
        raise UnknownDatasetError(
            f"this model was trained on {base!r} {where}: say where its ratings are with --data"
        )
    found = dataclasses.replace(source, data=None if base == SAMPLE else place).load(progress)
    if name == base:
        return found
    from matinee.store import Store

    with Store() as people:
        return people.join(found).dataset
