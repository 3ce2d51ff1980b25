"""What the scripts here share: each side in a process of its own, the same pairs, one clock.

Peers live in another environment, so this file imports the standard library and NumPy only, and
Matinee where Matinee itself is measured.
"""

from __future__ import annotations

import json
import os
import platform
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "benchmarks" / "results"


def data_folder() -> Path:
    """Where the real data are: ``MATINEE_DATA``, else ``../shared/data``."""
    return Path(os.environ.get("MATINEE_DATA") or ROOT.parent / "shared" / "data")


def machine() -> dict[str, Any]:
    """What a reader of raw figures wants to know of the machine."""
    try:
        told = Path("/proc/cpuinfo").read_text()
    except OSError:
        told = ""
    found = re.search(r"^model name\s*:\s*(.+)$", told, re.MULTILINE)
    return {
        "processor": found[1] if found else platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
    }


def write(path: Path, document: Mapping[str, Any]) -> None:
    """The raw figures, beside the scripts."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def peak_mb() -> float | None:
    """Highest resident size of this process; getrusage would tell the parent's as well."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return None
    found = re.search(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)
    return int(found[1]) / 1024 if found else None


def run(script: str, *arguments: object, python: str | None, threads: int, **more: str) -> None:
    """Run a script for one side: with Matinee's own source if no other Python is named."""
    environment = dict(os.environ)
    for name in ("OMP", "OPENBLAS", "MKL", "NUMBA"):
        environment[f"{name}_NUM_THREADS"] = str(threads)
    environment.pop("PYTHONPATH", None)
    if python is None:
        environment["PYTHONPATH"] = str(ROOT / "src")
    done = subprocess.run(
        [python or sys.executable, script, *map(str, arguments)],
        env=environment | more,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, arguments))} failed:\n{done.stderr[-2000:]}")


def in_turn(sides: Sequence[str], seed: int) -> list[str]:
    """Each seed begins with another side, so that none is always the first."""
    start = seed % len(sides)
    return [*sides[start:], *sides[:start]]


def median(values: Sequence[float | None]) -> float | None:
    """The median of what is known."""
    known = [value for value in values if value is not None]
    return round(statistics.median(known), 3) if known else None


# -- stars of pairs ---------------------------------------------------------------------------


def write_pairs(path: Path, split: Any) -> None:
    """Both parts of a split as columns of ids and stars, which every library reads."""
    columns = {}
    for part, ratings in (("train", split.train.ratings), ("test", split.test)):
        columns[f"{part}_users"] = ratings.user_ids.decode(ratings.users)
        columns[f"{part}_movies"] = ratings.movie_ids.decode(ratings.movies)
        columns[f"{part}_stars"] = ratings.stars
    np.savez(path, **columns)


def measure_pairs(side: Any, path: Path, *, warm_up: int = 0) -> dict[str, Any]:
    """Errors and seconds of one side: ``prepare`` its table, ``fit``, ``predict``.

    ``warm_up`` people are fitted before the clock starts, so that compiled code is loaded.
    """
    data = np.load(path)
    train = [data[f"train_{column}"] for column in ("users", "movies", "stars")]
    users, movies, stars = (data[f"test_{column}"] for column in ("users", "movies", "stars"))
    if warm_up:
        few = train[0] < warm_up
        side.fit(side.prepare(*(column[few] for column in train)))
    began, cpu = time.perf_counter(), time.process_time()
    table = side.prepare(*train)
    prepared, cpu_prepared = time.perf_counter(), time.process_time()
    model = side.fit(table)
    fitted = time.perf_counter()
    found = np.clip(side.predict(model, users, movies), 1, 5)
    predicted, cpu_predicted = time.perf_counter(), time.process_time()
    return {
        "rmse": float(np.sqrt(np.mean((found - stars) ** 2))),
        "mae": float(np.mean(np.abs(found - stars))),
        "prepare": prepared - began,
        "fit": fitted - prepared,
        "predict": predicted - fitted,
        "cpu": cpu_predicted - cpu_prepared,
        "cpu_with_prepare": cpu_predicted - cpu,
        "peak_mb": peak_mb(),
    }


class MatineePairs:
    """Matinee's side: people are answered as users of the training."""

    def __init__(self, name: str, params: Mapping[str, Any]) -> None:
        self.name, self.params = name, params

    def prepare(self, users: Any, movies: Any, stars: Any) -> Any:
        from matinee import Dataset, Ratings

        return Dataset.of(Ratings.from_columns(users, movies, stars))

    def fit(self, table: Any) -> Any:
        from matinee.models import create_model

        self._ratings = table.ratings
        return create_model(self.name, **self.params).fit(table, spread=False)

    def predict(self, model: Any, users: Any, movies: Any) -> Any:
        from matinee.recommend.batch import ProfileBatch

        ratings = self._ratings
        everybody = np.arange(ratings.n_users, dtype=np.int32)
        batch = ProfileBatch.from_ratings(ratings, everybody).with_users(everybody)
        rows, films = ratings.user_ids.encode(users), ratings.movie_ids.encode(movies)
        known = (rows >= 0) & (films >= 0)
        stars = np.full(len(users), ratings.mean, dtype=np.float32)
        stars[known] = model._stars(batch, rows[known].astype(np.intp), films[known])
        return stars


def write_split(split: Any, folder: Path) -> None:
    """A split as plain arrays, which other libraries and other processes read."""
    folder.mkdir(parents=True)
    for name, array in split.train.catalog.arrays().items():
        np.save(folder / f"catalog.{name}.npy", array)
    parts = {"train": split.train.ratings, "test": split.test, "fold_in": split.fold_in}
    for part, ratings in parts.items():
        if ratings is not None:
            for column in ("users", "movies", "stars", "timestamps"):
                np.save(folder / f"{part}.{column}.npy", getattr(ratings, column))
            np.save(folder / f"{part}.user_ids.npy", ratings.user_ids.ids)
    scale = split.train.ratings.scale
    about = {"name": split.name, "scale": [scale.minimum, scale.maximum, scale.step]}
    (folder / "split.json").write_text(json.dumps(about), encoding="utf-8")


def read_split(folder: Path) -> Any:
    """What :func:`write_split` wrote."""
    from matinee import Catalog, Dataset, Ratings
    from matinee.datasets.splits import Split
    from matinee.ids import IdVocabulary
    from matinee.scale import RatingScale

    about = json.loads((folder / "split.json").read_text(encoding="utf-8"))
    paths = folder.glob("catalog.*.npy")
    catalog = Catalog.from_arrays({path.name[8:-4]: np.load(path) for path in paths})
    known: dict[bytes, IdVocabulary] = {}

    def ratings(part: str) -> Ratings:
        ids = np.load(folder / f"{part}.user_ids.npy")
        users = known.setdefault(ids.tobytes(), IdVocabulary(ids))
        names = ("users", "movies", "stars", "timestamps")
        columns = [np.load(folder / f"{part}.{name}.npy") for name in names]
        scale = RatingScale(*about["scale"])
        return Ratings(*columns, user_ids=users, movie_ids=catalog.movie_ids, scale=scale)

    told = ratings("fold_in") if (folder / "fold_in.users.npy").exists() else None
    train = Dataset(ratings("train"), catalog, "split")
    return Split(about["name"], train, ratings("test"), fold_in=told)
