"""New people in `dot` and `mlp`: their vector solved for, or that of the most similar people.

Of ML-1M a tenth of the people are held out of the training altogether. Each of them is then given
with four fifths of their ratings, drawn at random, and the stars of the other fifth are predicted;
so is everything else that the table below tells. Hyper-parameters are the defaults. The row
"learned" is the same test ratings predicted by a model that had the given four fifths in its
training: what a new person loses by not having been there.

Run from the project's root::

    .venv/bin/python benchmarks/fold_in.py --seeds 0 1
"""

from __future__ import annotations

import argparse
import statistics
import time
from typing import Any

import numpy as np
from sides import RESULTS, data_folder, machine, write

import matinee
from matinee.dataset import Dataset
from matinee.models import create_model
from matinee.recommend.batch import ProfileBatch

WAYS: dict[str, dict[str, Any]] = {
    "optimize": {},
    "nearest-1": {"fold_in": "nearest", "neighbors": 1},
    "nearest-10": {"fold_in": "nearest", "neighbors": 10},
    "nearest-40": {"fold_in": "nearest", "neighbors": 40},
}


def measure(name: str, data: Dataset, seed: int) -> dict[str, dict[str, float]]:
    ratings, rng = data.ratings, np.random.default_rng(seed)
    new = np.isin(ratings.users, rng.permutation(ratings.n_users)[: ratings.n_users // 10])
    asked = new & (rng.random(len(ratings)) < 0.2)
    known, given, test = (ratings.take(rows) for rows in (~new, new & ~asked, asked))
    people = np.unique(test.users)
    batch = ProfileBatch.from_ratings(given, people)
    rows = np.searchsorted(people, test.users).astype(np.intp)

    def told(model: Any, profiles: ProfileBatch) -> dict[str, float]:
        start = time.perf_counter()
        found = model._stars(profiles, rows, test.movies)
        seconds = time.perf_counter() - start
        rmse = float(np.sqrt(np.mean((found - test.stars) ** 2)))
        return {"rmse": rmse, "ms_a_person": 1000 * seconds / len(people)}

    answers = {}
    everything = create_model(name).fit(data.replace(ratings.take(~asked)), spread=False)
    answers["learned"] = told(everything, batch.with_users(people))
    for way, params in WAYS.items():
        model = create_model(name, **params).fit(data.replace(known), spread=False)
        answers[way] = told(model, batch)
    nobody = ProfileBatch.from_ratings(given.take(np.zeros(len(given), dtype=bool)), people)
    answers["empty profile"] = told(
        create_model(name).fit(data.replace(known), spread=False), nobody
    )
    return answers


def main(arguments: argparse.Namespace) -> None:
    data = matinee.load(str(data_folder() / "ml-1m.zip"))
    raw = []
    for seed in arguments.seeds:
        for name in ("dot", "mlp"):
            for way, figures in measure(name, data, seed).items():
                raw.append({"model": name, "way": way, "seed": seed, **figures})
                print(f"{seed}  {name}  {way:14s} {figures['rmse']:.4f}")
    table: dict[str, dict[str, dict[str, float]]] = {}
    for name in ("dot", "mlp"):
        for way in dict.fromkeys(entry["way"] for entry in raw):
            mine = [entry for entry in raw if (entry["model"], entry["way"]) == (name, way)]
            table.setdefault(name, {})[way] = {
                "rmse": round(statistics.mean(entry["rmse"] for entry in mine), 4),
                "ms_a_person": round(statistics.median(entry["ms_a_person"] for entry in mine), 3),
            }
    document = {
        "benchmark": "fold_in",
        "machine": machine(),
        "ways": table,
        "raw": raw,
    }
    write(RESULTS / "fold_in.json", document)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1])
    main(parser.parse_args())
