"""Stars by neighbourhood models on ML-1M, 90/10: Matinee beside LensKit and Surprise.

The splits are Matinee's (``random``, a tenth of the ratings for testing), one for each seed. Each
side fits and predicts in a process of its own; the sides take turns within a seed, so that a busy
machine slows all alike, and only ratios of seconds mean anything. Before the clock starts, each
side fits and predicts for a few people once: compiled code is loaded, threads are up. Predictions
are clipped to the scale on all sides.

Matinee runs with its defaults. Those of `item-knn` and `user-knn` were chosen on a validation part
(a tenth of the training part) of another random split of the same data. Peers: LensKit's ItemKNN at
its defaults (20 neighbours); Surprise's KNNBaseline over films with 40 neighbours, Pearson from
baselines and shrinkage 100, as its documentation recommends. Matinee and LensKit fit with all
cores; all sides predict in one process.

Run from the project's root, with the Python of an environment that has lenskit and
scikit-surprise::

    PEERS_PYTHON=/path/to/peers/bin/python .venv/bin/python benchmarks/knn.py

Without ``PEERS_PYTHON`` only Matinee is measured. ML-1M is found through ``MATINEE_DATA``, else in
``../shared/data``.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from sides import (
    RESULTS,
    data_folder,
    in_turn,
    machine,
    median,
    peak_mb,
    read_split,
    run,
    write,
    write_split,
)

MATINEE: dict[str, tuple[str, dict[str, Any]]] = {
    "item-knn": ("item-knn", {}),
    "user-knn": ("user-knn", {}),
}
PEERS = ("lenskit-item-knn", "surprise-knn-baseline")


# -- one side in a process of its own ---------------------------------------------------------


def run_matinee(side: str, folder: Path) -> dict[str, Any]:
    from matinee.models import create_model
    from matinee.recommend.batch import ProfileBatch

    split = read_split(folder)
    name, params = MATINEE[side]

    def go(train: Any, test: Any) -> tuple[Any, float, float]:
        start = time.perf_counter()
        model = create_model(name, **params).fit(train, spread=False)
        fitted = time.perf_counter()
        people = np.unique(test.users)
        batch = ProfileBatch.from_ratings(train.ratings, people)
        rows = np.searchsorted(people, test.users)
        stars = model._stars(batch, rows, test.movies)
        return stars, fitted - start, time.perf_counter() - fitted

    few = split.train.ratings.users < 60
    go(split.train.replace(split.train.ratings.take(few)), split.test.take(split.test.users < 60))
    stars, fit, predict = go(split.train, split.test)
    return {"stars": stars, "fit": fit, "predict": predict, "params": create_model(name).params}


def columns(folder: Path, part: str) -> tuple[Any, Any, Any]:
    return tuple(np.load(folder / f"{part}.{name}.npy") for name in ("users", "movies", "stars"))


def run_lenskit(folder: Path) -> dict[str, Any]:
    import pandas as pd
    from lenskit.batch import predict
    from lenskit.data import ItemListCollection, from_interactions_df
    from lenskit.knn import ItemKNNScorer
    from lenskit.pipeline import predict_pipeline

    def go(train: Any, test: Any) -> tuple[Any, float, float]:
        start = time.perf_counter()
        frame = pd.DataFrame(dict(zip(("user_id", "item_id", "rating"), train, strict=True)))
        data = from_interactions_df(
            frame, user_col="user_id", item_col="item_id", rating_col="rating"
        )
        pipeline = predict_pipeline(ItemKNNScorer(feedback="explicit"))
        pipeline.train(data)
        fitted = time.perf_counter()
        asked = pd.DataFrame({"user_id": test[0], "item_id": test[1]})
        lists = ItemListCollection.from_df(asked, ["user_id"])
        answers = predict(pipeline, lists, n_jobs=1).to_df()
        done = time.perf_counter()
        stars = asked.merge(answers, on=["user_id", "item_id"], how="left")["score"]
        return stars.to_numpy(), fitted - start, done - fitted

    train, test = columns(folder, "train"), columns(folder, "test")
    go(tuple(c[train[0] < 60] for c in train), tuple(c[test[0] < 60] for c in test))
    stars, fit, seconds = go(train, test)
    return {"stars": stars, "fit": fit, "predict": seconds, "params": {"max_nbrs": 20}}


def run_surprise(folder: Path) -> dict[str, Any]:
    import pandas as pd
    from surprise import Dataset, KNNBaseline, Reader

    train, test = columns(folder, "train"), columns(folder, "test")
    reader = Reader(rating_scale=(1, 5))
    options = {"name": "pearson_baseline", "user_based": False, "shrinkage": 100}

    def go(train: Any, test: Any) -> tuple[Any, float, float]:
        start = time.perf_counter()
        frame = pd.DataFrame(dict(zip("uir", train, strict=True)))
        data = Dataset.load_from_df(frame, reader).build_full_trainset()
        model = KNNBaseline(k=40, sim_options=options, verbose=False)
        model.fit(data, spread=False)
        fitted = time.perf_counter()
        stars = [model.predict(u, i).est for u, i in zip(test[0], test[1], strict=True)]
        return np.asarray(stars), fitted - start, time.perf_counter() - fitted

    go(tuple(c[train[0] < 60] for c in train), tuple(c[test[0] < 60] for c in test))
    stars, fit, seconds = go(train, test)
    return {"stars": stars, "fit": fit, "predict": seconds, "params": {"k": 40, **options}}


def worker(side: str, folder: Path, out: Path) -> None:
    if side in MATINEE:
        found = run_matinee(side, folder)
    else:
        peer = {"lenskit-item-knn": run_lenskit, "surprise-knn-baseline": run_surprise}[side]
        found = peer(folder)
    np.save(out / "stars.npy", np.asarray(found.pop("stars"), dtype=np.float32))
    found["peak_mb"] = peak_mb()
    (out / "about.json").write_text(json.dumps(found))


# -- all sides --------------------------------------------------------------------------------


def main(arguments: argparse.Namespace) -> None:
    import matinee
    from matinee.datasets.splits import random

    peers = os.environ.get("PEERS_PYTHON")
    data = matinee.load(str(data_folder() / "ml-1m.zip"))
    sides = [*MATINEE, *(PEERS if peers else ())]
    if arguments.sides:
        sides = [side for side in sides if side in arguments.sides]
    raw: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as temporary:
        for seed in arguments.seeds:
            split = random(data, test_size=0.1, seed=seed)
            folder = Path(temporary) / f"split-{seed}"
            write_split(split, folder)
            for side in in_turn(sides, seed):
                out = Path(temporary) / f"{side}-{seed}"
                out.mkdir()
                run(
                    __file__,
                    *("--side", side, "--folder", folder, "--out", out),
                    python=None if side in MATINEE else peers,
                    threads=arguments.threads,
                )
                about = json.loads((out / "about.json").read_text())
                stars = np.load(out / "stars.npy")
                unknown = int(np.isnan(stars).sum())
                stars = np.where(np.isnan(stars), split.train.ratings.mean, stars)
                error = np.clip(stars, 1, 5) - split.test.stars
                rmse = float(np.sqrt(np.mean(np.square(error, dtype=np.float64))))
                raw.append({"seed": seed, "side": side, "rmse": rmse, "unknown": unknown, **about})
                print(
                    f"seed {seed}  {side:22s}  RMSE {rmse:.4f}  fit {about['fit']:6.2f} s  "
                    f"predict {about['predict']:6.2f} s",
                    flush=True,
                )
    document = {
        "benchmark": "knn",
        "machine": machine(),
        "threads": arguments.threads,
        "seeds": arguments.seeds,
        "sides": {side: summary(side, raw, sides) for side in sides},
        "raw": raw,
    }
    write(arguments.result, document)
    for side, told in document["sides"].items():
        print(side, json.dumps(told))


def summary(side: str, raw: list[dict[str, Any]], sides: list[str]) -> dict[str, Any]:
    """Mean RMSE, medians of seconds, and for Matinee how many times faster than each peer."""
    by_side = {name: [entry for entry in raw if entry["side"] == name] for name in sides}
    mine = by_side[side]
    told: dict[str, Any] = {
        "rmse": round(float(np.mean([entry["rmse"] for entry in mine])), 5),
        "rmse_by_seed": [round(entry["rmse"], 5) for entry in mine],
    }
    for seconds in ("fit", "predict", "peak_mb"):
        told[seconds] = median([entry[seconds] for entry in mine])
    if side in MATINEE:
        told["times_faster"] = {
            other: round(
                statistics.median(
                    (b["fit"] + b["predict"]) / (a["fit"] + a["predict"])
                    for a, b in zip(mine, by_side[other], strict=True)
                ),
                2,
            )
            for other in sides
            if other in PEERS
        }
    return told


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--sides", nargs="+", help="only these")
    parser.add_argument("--result", type=Path, default=RESULTS / "knn.json")
    parser.add_argument("--side", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.side:
        worker(given.side, given.folder, given.out)
    else:
        main(given)
