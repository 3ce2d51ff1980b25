"""Stars by factorisation on ML-1M, 90/10 at random: Matinee beside cmfrec, Cornac, Surprise
and myFM.

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
``../shared/data``. Surprise's SVD++ and myFM take minutes and run for the first seed only. The
sweeps and samples of ``bayes`` were chosen on another split of these ratings (NumPy's seed 0).
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from sides import (
    RESULTS,
    MatineePairs,
    data_folder,
    in_turn,
    machine,
    measure_pairs,
    run,
    write,
    write_pairs,
)

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
    "bayes": ("bayes", {}),
    "bayes-long": ("bayes", {"iterations": 120, "samples": 40}),
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
    "myfm": {"rank": 32, "n_iter": 200},
}
SLOW = {"surprise-svdpp", "myfm"}


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


class MyFM(Side):
    """Rendle, Zhang and Koren's "SVD++ flipped": both ids, and who rated what, on both sides."""

    def prepare(self, users: Any, movies: Any, stars: Any) -> Any:
        from scipy.sparse import csr_matrix, eye, hstack

        ones = np.ones(len(users))
        rated = csr_matrix((ones, (users, movies)))

        def blocks(table: Any) -> Any:
            weights = 1 / np.sqrt(np.maximum(np.asarray(table.sum(axis=1)), 1))
            return hstack([eye(table.shape[0]), table.multiply(weights)]).tocsr()

        return users, movies, stars.astype(np.float64), blocks(rated), blocks(rated.T.tocsr())

    def _relations(self, table: Any, users: Any, movies: Any) -> Any:
        from myfm import RelationBlock

        return [RelationBlock(users, table[3]), RelationBlock(movies, table[4])]

    def fit(self, table: Any) -> Any:
        from myfm import MyFMGibbsRegressor

        users, movies, stars, by_user, by_movie = table
        n, m = by_user.shape[0], by_movie.shape[0]
        self._table = table
        settings = {key: value for key, value in self.params.items() if key != "n_iter"}
        model = MyFMGibbsRegressor(**settings, random_seed=0)
        return model.fit(
            None,
            stars,
            X_rel=self._relations(table, users, movies),
            group_shapes=[n, m, m, n],
            n_iter=self.params["n_iter"],
            n_kept_samples=self.params["n_iter"],
        )

    def predict(self, model: Any, users: Any, movies: Any) -> Any:
        stars = np.full(len(users), float(self._table[2].mean()))
        known = (users < self._table[3].shape[0]) & (movies < self._table[4].shape[0])
        pairs = self._relations(self._table, users[known], movies[known])
        stars[known] = model.predict(None, X_rel=pairs)
        return stars


def side_of(name: str, threads: int) -> Side | MatineePairs:
    if name in MATINEE:
        return MatineePairs(*MATINEE[name])
    params = PEERS[name]
    if name.startswith("surprise"):
        return Surprise("SVDpp" if name == "surprise-svdpp" else "SVD", params, threads)
    if name == "myfm":
        return MyFM(params, threads)
    return (CmfRec if name.startswith("cmfrec") else Cornac)(params, threads)


# -- all sides --------------------------------------------------------------------------------


def main(arguments: argparse.Namespace) -> None:
    import matinee
    from matinee.datasets.splits import random

    peers = os.environ.get("PEERS_PYTHON")
    data = matinee.load(str(data_folder() / "ml-1m.zip"))
    sides = [*MATINEE, *(PEERS if peers else ())]
    if arguments.sides:
        sides = [name for name in sides if name in arguments.sides]
    raw: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as temporary:
        path, out = Path(temporary) / "split.npz", Path(temporary) / "told.json"
        for seed in arguments.seeds:
            split = random(data, test_size=0.1, seed=seed)
            write_pairs(path, split)
            for repeat in range(arguments.repeats):
                for name in in_turn(sides, seed):
                    if name in SLOW and (seed, repeat) != (arguments.seeds[0], 0):
                        continue
                    run(
                        __file__,
                        *("--side", name, "--split", path, "--out", out),
                        *("--threads", arguments.threads),
                        python=None if name in MATINEE else peers,
                        threads=arguments.threads,
                    )
                    told = json.loads(out.read_text())
                    raw.append({"seed": seed, "repeat": repeat, "side": name, **told})
                    seconds = told["fit"] + told["predict"]
                    print(f"seed {seed}  {name:20s} {told['rmse']:.4f}  {seconds:7.2f} s")
    document = {
        "benchmark": "stars",
        "machine": machine(),
        "threads": arguments.threads,
        "load_average_at_the_end": os.getloadavg(),
        "settings": {name: MATINEE[name][1] if name in MATINEE else PEERS[name] for name in sides},
        "sides": {name: summary(name, raw) for name in sides},
        "raw": raw,
    }
    write(arguments.result, document)
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
    parser.add_argument("--result", type=Path, default=RESULTS / "stars.json")
    parser.add_argument("--side", help=argparse.SUPPRESS)
    parser.add_argument("--split", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.side:
        measured = measure_pairs(side_of(given.side, given.threads), given.split, warm_up=300)
        given.out.write_text(json.dumps(measured))
    else:
        main(given)
