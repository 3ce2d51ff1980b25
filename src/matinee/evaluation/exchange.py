"""A split and a result as files of plain arrays, for a process of their own."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matinee.catalog import Catalog
from matinee.dataset import Dataset
from matinee.datasets.splits import Split
from matinee.evaluation.metrics import UserValues
from matinee.evaluation.run import Run
from matinee.ids import IdVocabulary
from matinee.ratings import Ratings
from matinee.scale import RatingScale

__all__ = ["read_run", "read_split", "write_run", "write_split"]

_COLUMNS = ("users", "movies", "stars", "timestamps")


def write_split(split: Split, folder: Path) -> None:
    """Write the training, fold-in and test part; the validation part is left behind."""
    folder.mkdir(parents=True)
    for name, array in split.train.catalog.arrays().items():
        _write(folder / f"catalog.{name}.npy", array)
    parts = {"train": split.train.ratings, "test": split.test, "fold_in": split.fold_in}
    for part, ratings in parts.items():
        if ratings is None:
            continue
        for column in _COLUMNS:
            _write(folder / f"{part}.{column}.npy", getattr(ratings, column))
        _write(folder / f"{part}.user_ids.npy", ratings.user_ids.ids)
    scale = split.train.ratings.scale
    about = {
        "name": split.name,
        "seed": split.seed,
        "description": split.description,
        "options": dict(split.options),
        "scale": [scale.minimum, scale.maximum, scale.step],
        "dataset": split.train.name,
        "folds_in": split.fold_in is not None,
    }
    (folder / "split.json").write_text(json.dumps(about), encoding="utf-8")


def read_split(folder: Path) -> Split:
    """Read what :func:`write_split` wrote."""
    about = json.loads((folder / "split.json").read_text(encoding="utf-8"))
    prefix = "catalog."
    catalog = Catalog.from_arrays(
        {
            path.name.removeprefix(prefix).removesuffix(".npy"): _read(path)
            for path in folder.glob(f"{prefix}*.npy")
        }
    )
    scale = RatingScale(*about["scale"])
    known: dict[bytes, IdVocabulary] = {}

    def ratings(part: str) -> Ratings:
        ids = _read(folder / f"{part}.user_ids.npy")
        users = known.setdefault(ids.tobytes(), IdVocabulary(ids))
        columns = [_read(folder / f"{part}.{column}.npy") for column in _COLUMNS]
        return Ratings(*columns, user_ids=users, movie_ids=catalog.movie_ids, scale=scale)

    return Split(
        about["name"],
        Dataset(ratings("train"), catalog, about["dataset"]),
        ratings("test"),
        fold_in=ratings("fold_in") if about["folds_in"] else None,
        seed=about["seed"],
        description=about["description"],
        options=about["options"],
    )


def write_run(run: Run, folder: Path) -> None:
    """Write a result."""
    folder.mkdir(parents=True, exist_ok=True)
    about = {
        field.name: getattr(run, field.name)
        for field in dataclasses.fields(run)
        if field.name not in ("values", "user_ids")
    }
    about["roots"] = {name: value.root for name, value in run.values.items()}
    _write(folder / "user_ids.npy", run.user_ids)
    for number, value in enumerate(run.values.values()):
        _write(folder / f"{number}.means.npy", value.means)
        _write(folder / f"{number}.weights.npy", value.weight)
    (folder / "run.json").write_text(json.dumps(about, default=str), encoding="utf-8")


def read_run(folder: Path) -> Run:
    """Read what :func:`write_run` wrote."""
    about: dict[str, Any] = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    roots = about.pop("roots")
    about["notes"] = tuple(about["notes"])
    values = {
        name: UserValues(
            _read(folder / f"{number}.means.npy"), _read(folder / f"{number}.weights.npy"), root
        )
        for number, (name, root) in enumerate(roots.items())
    }
    return Run(values=values, user_ids=_read(folder / "user_ids.npy"), **about)


def _write(path: Path, array: NDArray[Any]) -> None:
    np.save(path, np.ascontiguousarray(array), allow_pickle=False)


def _read(path: Path) -> NDArray[Any]:
    array: NDArray[Any] = np.load(path, allow_pickle=False)
    return array
