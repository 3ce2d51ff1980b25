"""Stars by factorisation on ML-1M, 90/10 at random: Matinee beside cmfrec, Cornac and Surprise.

The split is Matinee's (`random`, a tenth of the ratings held out), one for each seed. Each side
fits and predicts in a process of its own; the sides take turns within a seed, so that a busy
machine slows all alike, and only ratios of seconds mean anything. The clock runs over fit and
prediction of the test pairs, not over reading and not over the conversion into a library's own
table (`prepare`, told apart). Before it starts each side fits a few people once: compiled code is
loaded, threads are up. Predictions are clipped to the scale on all sides.

Matinee's settings are its defaults or are named below; they were chosen on a validation part of the
training part of one split, and so were those of cmfrec, Cornac and the tuned Surprise.

Run from the project's root, with the Python of an environment that has the peers::

    PEERS_PYTHON=/path/to/peers/bin/python .venv/bin/python benchmarks/stars.py --seeds 0 1 2

Without ``PEERS_PYTHON`` only Matinee is measured. ML-1M is found through ``MATINEE_DATA``, else in
``../shared/data``. Surprise's SVD++ takes minutes and runs for the first seed only.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "benchmarks" / "results" / "stars.json"

MATINEE: dict[str, tuple[str, dict[str, Any]]] = {
    "mf": ("mf", {}),
    "mf-svdpp": ("mf", {"implicit": "user"}),
    "mf-funk": (
        "mf",
        {"implicit": "none", "factors": 64, "iterations": 20, "learning_rate": 0.03},
    ),
    "explicit-als": ("explicit-als", {}),
    "explicit-als-fast": (
        "explicit-als",
        {"factors": 15, "iterations": 4, "implicit_steps": 8},
    ),
    "svd": ("svd", {}),
    "svd-projection": ("svd", {"projection": True, "scaling": 0.0}),
    "svd-textbook": ("svd", {"demean": "textbook"}),
}
PEERS: dict[str, dict[str, Any]] = {
    "cmfrec-als": {
        "k": 50,
        "lambda_": 0.08,
        "scale_lam": True,
        "w_implicit": 2.0,
        "add_implicit_features": True,
    },
    "cornac-svd": {"k": 50, "max_iter": 50, "learning_rate": 0.005, "lambda_reg": 0.035},
    "surprise-svd": {},
    "surprise-svd-tuned": {"n_factors": 100, "n_epochs": 50, "lr_all": 0.007, "reg_all": 0.06},
    "surprise-svdpp": {},
}
SLOW = {"surprise-svdpp"}


# -- one side in a process of its own ---------------------------------------------------------


class Side:
    """What a side does: make its own table, fit on it, predict pairs."""

    def __init__(self, params: dict[str, Any], threads: int) -> None:
        self.params, self.threads = params, threads

    def prepare(self, users: Any, movies: Any, stars: Any) -> Any:
        raise NotImplementedError

    def fit(self, table: Any) -> Any:
        raise NotImplementedError

    def predict(self, model: Any, users: Any, movies: Any) -> Any:
        raise NotImplementedError


class Matinee(Side):
    def __init__(self, name: str, params: dict[str, Any], threads: int) -> None:
        super().__init__(params, threads)
        self.name = name

    def prepare(self, users: Any, movies: Any, stars: Any) -> Any:
        from matinee import Dataset, Ratings

        return Dataset.of(Ratings.from_columns(users, movies, stars))

    def fit(self, table: Any) -> Any:
        from matinee.models import create_model

        self._ratings = table.ratings
        return create_model(self.name, **self.params).fit(table)

    def predict(self, model: Any, users: Any, movies: Any) -> Any:
        from matinee.models.batch import ProfileBatch

        ratings = self._ratings
        everybody = np.arange(ratings.n_users, dtype=np.int32)
        batch = ProfileBatch.from_ratings(ratings, everybody).with_users(everybody)
        rows = ratings.user_ids.encode(users)
        films = ratings.movie_ids.encode(movies)
        known = (rows >= 0) & (films >= 0)
        stars = np.full(len(users), ratings.mean, dtype=np.float32)
        stars[known] = model._stars(batch, rows[known].astype(np.intp), films[known])
        return stars


class CmfRec(Side):
    def prepare(self, users: Any, movies: Any, stars: Any) -> Any:
        from scipy.sparse import coo_matrix

        return coo_matrix((stars.astype(np.float64), (users, movies)))

    def fit(self, table: Any) -> Any:
        from cmfrec import CMF

        return CMF(nthreads=self.threads, verbose=False, **self.params).fit(table)

    def predict(self, model: Any, users: Any, movies: Any) -> Any:
        inside = (users < model.A_.shape[0]) & (movies < model.B_.shape[0])
        stars = np.full(len(users), model.glob_mean_, dtype=np.float64)
        stars[inside] = model.predict(users[inside], movies[inside])
        return stars


class Cornac(Side):
    def prepare(self, users: Any, movies: Any, stars: Any) -> Any:
        from cornac.data import Dataset

        rows = zip(users.tolist(), movies.tolist(), stars.tolist(), strict=True)
        return Dataset.build(list(rows), seed=0)

    def fit(self, table: Any) -> Any:
        from cornac.models import SVD

        self._table = table
        model = SVD(num_threads=self.threads, early_stop=False, seed=0, **self.params)
        return model.fit(table)

    def predict(self, model: Any, users: Any, movies: Any) -> Any:
        # Its own `score` answers one user at a time; the same sums, all at once.
        u = np.array([self._table.uid_map.get(x, -1) for x in users.tolist()])
        i = np.array([self._table.iid_map.get(x, -1) for x in movies.tolist()])
        stars = np.full(len(u), model.global_mean, dtype=np.float64)
        stars += np.where(u >= 0, model.u_biases[u], 0) + np.where(i >= 0, model.i_biases[i], 0)
        dots = np.einsum("ij,ij->i", model.u_factors[u], model.i_factors[i])
        return stars + np.where((u >= 0) & (i >= 0), dots, 0)


class Surprise(Side):
    def __init__(self, algorithm: str, params: dict[str, Any], threads: int) -> None:
        super().__init__(params, threads)
        self.algorithm = algorithm

    def prepare(self, users: Any, movies: Any, stars: Any) -> Any:
        import pandas as pd
        from surprise import Dataset, Reader

        frame = pd.DataFrame({"user": users, "movie": movies, "stars": stars})
        return Dataset.load_from_df(frame, Reader(rating_scale=(1, 5))).build_full_trainset()

    def fit(self, table: Any) -> Any:
        import surprise

        model = getattr(surprise, self.algorithm)(random_state=0, **self.params)
        return model.fit(table)

    def predict(self, model: Any, users: Any, movies: Any) -> Any:
        pairs = zip(users.tolist(), movies.tolist(), strict=True)
        return np.array([model.predict(u, i).est for u, i in pairs])


def side_of(name: str, threads: int) -> Side:
    if name in MATINEE:
        return Matinee(*MATINEE[name], threads)
    params = PEERS[name]
    if name.startswith("surprise"):
        return Surprise("SVDpp" if name == "surprise-svdpp" else "SVD", params, threads)
    return (CmfRec if name.startswith("cmfrec") else Cornac)(params, threads)


def highest_memory() -> float:
    """Peak resident memory of this process in MB; getrusage would tell the parent's as well."""
    status = Path("/proc/self/status").read_text()
    found = re.search(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)
    return int(found[1]) / 1024 if found else float("nan")


def worker(name: str, split: Path, out: Path, threads: int) -> None:
    data = np.load(split)
    train = [data[f"train_{column}"] for column in ("users", "movies", "stars")]
    users, movies, stars = (data[f"test_{column}"] for column in ("users", "movies", "stars"))
    side = side_of(name, threads)
    few = train[0] < 300
    side.fit(side.prepare(*(column[few] for column in train)))
    began = time.perf_counter()
    table = side.prepare(*train)
    prepared = time.perf_counter()
    model = side.fit(table)
    fitted = time.perf_counter()
    found = np.clip(side.predict(model, users, movies), 1, 5)
    predicted = time.perf_counter()
    told = {
        "rmse": float(np.sqrt(np.mean((found - stars) ** 2))),
        "mae": float(np.mean(np.abs(found - stars))),
        "prepare": prepared - began,
        "fit": fitted - prepared,
        "predict": predicted - fitted,
        "cpu": time.process_time(),
        "peak_mb": highest_memory(),
    }
    out.write_text(json.dumps(told))


# -- all sides --------------------------------------------------------------------------------


def run_side(name: str, split: Path, peers: str | None, threads: int) -> dict[str, Any]:
    out = split.with_name("told.json")
    environment = dict(os.environ)
    for prefix in ("OMP", "OPENBLAS", "MKL", "NUMBA"):
        environment[f"{prefix}_NUM_THREADS"] = str(threads)
    if name in MATINEE:
        environment["PYTHONPATH"] = str(ROOT / "src")
    command = [sys.executable if name in MATINEE else str(peers), __file__, "--side", name]
    command += ["--split", str(split), "--out", str(out), "--threads", str(threads)]
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)
    told: dict[str, Any] = json.loads(out.read_text())
    return told


def main(arguments: argparse.Namespace) -> None:
    import matinee
    from matinee.splits import random

    peers = os.environ.get("PEERS_PYTHON")
    folder = Path(os.environ.get("MATINEE_DATA", ROOT.parent / "shared" / "data"))
    data = matinee.load(str(folder / "ml-1m.zip"))
    sides = [*MATINEE, *(PEERS if peers else ())]
    if arguments.sides:
        sides = [name for name in sides if name in arguments.sides]
    raw: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary) / "split.npz"
        for seed in arguments.seeds:
            split = random(data, test_size=0.1, seed=seed)
            columns = {}
            for part, ratings in (("train", split.train.ratings), ("test", split.test)):
                columns[f"{part}_users"] = ratings.user_ids.decode(ratings.users)
                columns[f"{part}_movies"] = ratings.movie_ids.decode(ratings.movies)
                columns[f"{part}_stars"] = ratings.stars
            np.savez(path, **columns)
            turn = sides[seed % len(sides) :] + sides[: seed % len(sides)]
            for repeat in range(arguments.repeats):
                for name in turn:
                    if name in SLOW and (seed, repeat) != (arguments.seeds[0], 0):
                        continue
                    told = run_side(name, path, peers, arguments.threads)
                    raw.append({"seed": seed, "repeat": repeat, "side": name, **told})
                    seconds = told["fit"] + told["predict"]
                    print(f"seed {seed}  {name:20s} {told['rmse']:.4f}  {seconds:7.2f} s")
    document = {
        "benchmark": "stars",
        "machine": {"cores": os.cpu_count(), "python": platform.python_version()},
        "threads": arguments.threads,
        "load_average_at_the_end": os.getloadavg(),
        "settings": {name: MATINEE[name][1] if name in MATINEE else PEERS[name] for name in sides},
        "sides": {name: summary(name, raw) for name in sides},
        "raw": raw,
    }
    arguments.result.parent.mkdir(parents=True, exist_ok=True)
    arguments.result.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    show(document)


def summary(name: str, raw: list[dict[str, Any]]) -> dict[str, float]:
    """Mean errors over all runs, median seconds and megabytes."""
    mine = [entry for entry in raw if entry["side"] == name]

    def middle(key: str) -> float:
        return statistics.median(entry[key] for entry in mine)

    told = {key: statistics.mean(entry[key] for entry in mine) for key in ("rmse", "mae")}
    told |= {key: middle(key) for key in ("prepare", "fit", "predict", "cpu", "peak_mb")}
    told["fit_and_predict"] = statistics.median(e["fit"] + e["predict"] for e in mine)
    return {key: round(value, 4) for key, value in told.items()}


def show(document: dict[str, Any]) -> None:
    print(f"\n{'':20s}    RMSE      MAE   fit + predict s   prepare s   peak MB")
    for name, told in document["sides"].items():
        print(
            f"{name:20s}  {told['rmse']:.4f}   {told['mae']:.4f}   {told['fit_and_predict']:13.2f}"
            f"   {told['prepare']:9.2f}   {told['peak_mb']:7.0f}"
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--repeats", type=int, default=1, help="of each side on each seed")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--sides", nargs="+", choices=[*MATINEE, *PEERS], help="only these")
    parser.add_argument("--result", type=Path, default=RESULTS)
    parser.add_argument("--side", help=argparse.SUPPRESS)
    parser.add_argument("--split", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.side:
        worker(given.side, given.split, given.out, given.threads)
    else:
        main(given)
