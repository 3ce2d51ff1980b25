"""Damages model directories, array by array, and sees what comes of it.

Run as a program (``python -m tests.models.damage FOLDER SECONDS SEED``), since what it looks for
may end the process. It prints one line before each try and one for each that went wrong.
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matinee.errors import ArtifactError, TitleError
from matinee.models.base import Recommender
from matinee.models.directory import MANIFEST, load_model

Array = NDArray[Any]


def _extreme(array: Array, value: float) -> Array | None:
    if array.dtype.kind not in "iuf" or not array.size:
        return None
    made = array.copy()
    with np.errstate(all="ignore"):
        made.reshape(-1)[array.size // 2] = np.array(value).astype(array.dtype)
    return made


def _everywhere(array: Array, value: float) -> Array | None:
    return None if array.dtype.kind == "U" else np.full_like(array, value)


def _highest(array: Array, sign: int) -> Array | None:
    if array.dtype.kind not in "iuf":
        return None
    info: Any = np.finfo(array.dtype) if array.dtype.kind == "f" else np.iinfo(array.dtype)
    return _extreme(array, float(info.max if sign > 0 else info.min))


def _noise(array: Array, chance: np.random.Generator) -> Array:
    made = array.copy()
    raw = made.reshape(-1).view(np.uint8) if array.size else np.empty(0, np.uint8)
    raw[...] = chance.integers(0, 256, raw.size, dtype=np.uint8)
    return made


def _one_byte(array: Array, chance: np.random.Generator) -> Array:
    made = array.copy()
    if array.size:
        raw = made.reshape(-1).view(np.uint8)
        raw[chance.integers(raw.size)] ^= 1 << int(chance.integers(8))
    return made


DAMAGES: dict[str, Callable[[Array, np.random.Generator], Array | None]] = {
    "minus one": lambda array, _: _extreme(array, -1),
    "not a number": lambda array, _: _extreme(array, np.nan) if array.dtype.kind == "f" else None,
    "highest": lambda array, _: _highest(array, 1),
    "lowest": lambda array, _: _highest(array, -1),
    "one byte": _one_byte,
    "noise": _noise,
    "one less": lambda array, _: array[:-1] if array.ndim else None,
    "one more": lambda array, _: np.concatenate([array, array[-1:]]) if array.size > 1 else None,
    "nothing": lambda array, _: array[:0] if array.ndim else None,
    "infinite": lambda array, _: _extreme(array, np.inf) if array.dtype.kind == "f" else None,
    "zeros": lambda array, _: _everywhere(array, 0),
    "ones": lambda array, _: _everywhere(array, 1),
    "a thousand": lambda array, _: _extreme(array, 1000),
    "shuffled": lambda array, chance: chance.permuted(array) if array.ndim else None,
    "backwards": lambda array, _: array[::-1].copy() if array.ndim else None,
    "as columns": lambda array, _: np.asfortranarray(array) if array.ndim > 1 else None,
    "another shape": lambda array, _: array.reshape(1, -1),
    "no sides": lambda array, _: array.reshape(-1)[0] if array.size else None,
    "wider": lambda array, _: array.astype("i8" if array.dtype.kind in "iub" else "f8"),
    "other bytes": lambda array, _: array.astype(array.dtype.newbyteorder(">")),
    "as text": lambda array, _: array.astype("U8"),
    "complex": lambda array, _: None if array.dtype.kind == "U" else array.astype("c16"),
}


def put(folder: Path, name: str, content: bytes) -> None:
    """Write a file of a model directory and make the manifest fit."""
    (folder / name).write_bytes(content)
    manifest = json.loads((folder / MANIFEST).read_text())
    digest = hashlib.sha256(content).hexdigest()
    manifest["files"][name] = {"bytes": len(content), "sha256": digest}
    (folder / MANIFEST).write_text(json.dumps(manifest))


def as_file(array: Array, place: Path) -> bytes:
    """What an array is as ``.npy``."""
    with place.open("wb") as stream:
        np.lib.format.write_array(stream, np.asanyarray(array), allow_pickle=False)
    return place.read_bytes()


def answer(model: Recommender) -> None:
    """All that is asked of a model by those who serve it."""
    ids = list(model.catalog.movie_ids)
    one, many = {ids[0]: 4.0}, {movie: 1.0 + place % 5 for place, movie in enumerate(ids[:6])}
    for profile in ({}, one, many):
        found = model.recommend(profile, 5, explain=model.explains)
        json.dumps([[film.title, film.fit, film.stars] for film in found], allow_nan=False)
    with suppress(TitleError):  # several films may have one title
        model.catalog.find(model.catalog.titles[0])
    if model.predicts_stars:
        model.predict(many, ids[-3:])
    if model.finds_similar:
        model.similar(ids[0], 5)
    if model.has_movie_vectors:
        model.movie_vectors()


def tries(folders: list[Path]) -> Iterator[tuple[Path, str, str]]:
    """Each model, array and damage: first one damage of each array, then the next of each."""
    places = [
        (folder, name)
        for folder in folders
        for name in json.loads((folder / MANIFEST).read_text())["files"]
        if name.startswith("model.") or folder == folders[0]  # the catalogue is the same in all
    ]
    for turn in range(len(DAMAGES)):
        for number, (folder, name) in enumerate(places):
            yield folder, name, list(DAMAGES)[(turn + number) % len(DAMAGES)]


def main(root: Path, seconds: float, seed: int) -> None:
    """Damage for so many seconds, or until everything has been tried."""
    warnings.simplefilter("ignore")
    chance, done = np.random.default_rng(seed), 0
    folders = sorted(path.parent for path in root.glob(f"*/{MANIFEST}"))
    for folder in folders:
        answer(load_model(folder))
    end = time.monotonic() + seconds
    counts = {"refused": 0, "answered": 0}
    for folder, name, damage in tries(folders):
        if time.monotonic() > end:
            break
        before, manifest = (folder / name).read_bytes(), (folder / MANIFEST).read_text()
        array = np.load(folder / name)
        made = DAMAGES[damage](array, chance)
        if made is None:
            continue
        print("try", folder.name, name, damage, flush=True)
        put(folder, name, as_file(made, root / "made.npy"))
        try:
            model = load_model(folder)
        except ArtifactError:
            counts["refused"] += 1
        except BaseException as error:
            print("wrong", folder.name, name, damage, "loading", repr(error), flush=True)
        else:
            try:
                answer(model)
                counts["answered"] += 1
            except BaseException as error:
                print("wrong", folder.name, name, damage, "answering", repr(error), flush=True)
        (folder / name).write_bytes(before)
        (folder / MANIFEST).write_text(manifest)
        done += 1
    print("done", done, json.dumps(counts), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]))
