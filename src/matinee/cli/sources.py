"""Which model answers, and from which data it comes."""

from __future__ import annotations

import dataclasses
import difflib
import hashlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matinee.cli.console import note
from matinee.cli.reading import ReadingOptions
from matinee.errors import ArtifactError, UnknownDatasetError, UnknownModelError
from matinee.models import MODELS, create_model
from matinee.progress import Progress

if TYPE_CHECKING:
    from matinee.cli.options import SourceOptions
    from matinee.dataset import Dataset
    from matinee.models.base import Recommender

__all__ = [
    "DEFAULT_MODELS",
    "SAMPLE",
    "load_data",
    "model_directory",
    "open_model",
    "training_data",
]

SAMPLE = "sample"
# What `matinee retrain` adds to the name of a data set.
_WITH_PEOPLE = "+people"

DEFAULT_MODELS = {
    "recommend": "item-knn",
    "similar": "content",
    "predict": "item-knn",
    "bias": "bias",
    "learned": "mf",
    "map": "als",
    "taste": "item-knn",
}
"""Which model answers which command until a model has been trained.

They learn from the sample in seconds and take little room; `ease` often has the better list, for
ten times the time and the room.
"""


def load_data(
    name: str | None,
    progress: Progress | None = None,
    reading: ReadingOptions = ReadingOptions(),
) -> Dataset:
    """The ratings of ``--data``; the bundled sample where it is not given."""
    from matinee.datasets import KNOWN

    source = name or SAMPLE
    if source not in (SAMPLE, *KNOWN) and Path(source).expanduser().exists():
        # A model remembers where its data are, and may be asked from another folder.
        source = str(Path(source).expanduser().absolute())
    return reading.load(source, progress)


def model_directory(source: SourceOptions) -> Path | None:
    """The directory of the model that :func:`open_model` opens; None where it trains one."""
    from matinee.models.publishing import current_path, default_model_path

    if source.model is not None:
        return current_path(source.model) if Path(source.model).exists() else None
    return default_model_path() if source.data is None else None


def open_model(command: str, source: SourceOptions, progress: Progress) -> Recommender:
    """The model that answers a command.

    In this order: the directory of ``--model``; the model that ``--model`` names, trained on
    ``--data``; without ``--model``, the user's own or published model (unless ``--data`` asks for
    another one); the command's default model, trained on ``--data`` or the sample.

    Raises
    ------
    ArtifactError, UnknownModelError
        If ``--model`` leads to nothing.
    """
    from matinee.models.directory import load_model

    folder = model_directory(source)
    if folder is not None:
        return load_model(folder)
    if source.model is not None:
        if source.model in MODELS:
            return _trained(source.model, source.data, progress)
        raise _no_model(source.model)
    return _trained(DEFAULT_MODELS[command], source.data, progress)


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


def _trained(name: str, data: str | None, progress: Progress) -> Recommender:
    """A model with default hyper-parameters, from the cache where it has been trained before."""
    from matinee.models.directory import load_model
    from matinee.models.publishing import cached_models_path

    model = create_model(name)
    dataset = None if data in (None, SAMPLE) else load_data(data, progress)
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
    dataset = dataset or load_data(SAMPLE, progress)
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


def training_data(model: Recommender, data: str | None, progress: Progress) -> Dataset:
    """The ratings that a model was trained on, or those of ``--data``.

    A model of ``matinee retrain`` has learned from people as well: they come from the store.

    Raises
    ------
    UnknownDatasetError
        If they are not where they were.
    """
    if data is not None:
        return load_data(data, progress)
    about: dict[str, Any] = model.trained_on
    name, source = str(about["dataset"]), str(about["source"])
    if name.endswith(_WITH_PEOPLE):
        from matinee.store import Store

        base = _trained_on(name.removesuffix(_WITH_PEOPLE), source, progress)
        with Store() as people:
            return people.join(base).dataset
    return _trained_on(name, source, progress)


def _trained_on(name: str, source: str, progress: Progress) -> Dataset:
    if name == SAMPLE:
        return load_data(SAMPLE, progress)
    if not source or not Path(source).exists():
        place = f"from {source}, which is not there" if source else "from a table in memory"
        raise UnknownDatasetError(
            f"this model was trained on {name!r} {place}: say where its ratings are with --data"
        )
    return load_data(source, progress)
