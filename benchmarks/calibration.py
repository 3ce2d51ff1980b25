"""Are the promised intervals and probabilities kept? On people held out whole, by band.

A fifth of the people is held out at a time, in five turns. The model and its spread learn from the
others; each person held out tells a number of ratings, drawn from 0, 1, 2, 3, 5, 8, 12, 20, 35, 60,
100 and 200, and is asked for up to a hundred others.
Coverage of the 80 % interval is told for bands of the number of ratings told and of the film's
number of ratings, with the number of test ratings; the error of ``like`` is the mean distance of
promised and found shares over tenths.

The spread's form was chosen with seeds 7, 8 and 21 on these data sets; the kept figures are of 22.
A band of a thousand ratings has a standard error of .013 and more: they share people and films.

Run from the project's root::

    .venv/bin/python benchmarks/calibration.py --data sample ml-100k movietweetings-100k
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
from sides import RESULTS, data_folder, machine, write

TOLD = (0, 1, 2, 3, 5, 8, 12, 20, 35, 60, 100, 200)
PEOPLE = (0, 1, 3, 6, 11, 21, 51, 101)
FILMS = (0, 1, 3, 11, 31, 101, 301, 1001)
MODELS: dict[str, tuple[str, dict[str, Any]]] = {
    "bayes": ("bayes", {}),
    "explicit-als": ("explicit-als", {}),
    "blend": ("blend", {}),
}


def load(name: str) -> Any:
    import matinee

    if name == "sample":
        return matinee.load(name)
    options: dict[str, Any] = {"scale": (0.0, 10.0)} if name.startswith("movietweetings") else {}
    return matinee.load(str(data_folder() / f"{name}.zip"), **options)


def ask(ratings: Any, people: Any, rng: Any) -> tuple[Any, ...]:
    """Profiles, and the row, film and stars of what they are asked."""
    from matinee.recommend.batch import ProfileBatch

    lengths, told, rows, left = [0], [], [], []
    for place, user in enumerate(people.tolist()):
        own = rng.permutation(np.arange(ratings.indptr[user], ratings.indptr[user + 1]))
        number = rng.choice([k for k in TOLD if k < len(own)])
        told.append(np.sort(own[:number]))
        lengths.append(int(number))
        left.append(own[number : number + 100])
        rows.append(np.full(len(left[-1]), place))
    entries, pairs = np.concatenate(told), np.concatenate(left)
    batch = ProfileBatch(
        np.cumsum(lengths),
        ratings.movies[entries],
        ratings.stars[entries],
        np.zeros(len(entries), np.int64),
        ratings.n_movies,
        np.full(len(people), -1, np.int32),
    )
    return batch, np.concatenate(rows), ratings.movies[pairs], ratings.stars[pairs]


def measure(data: Any, name: str, params: dict[str, Any], seed: int) -> dict[str, Any]:
    from matinee.models import create_model
    from matinee.models.spread import good_stars

    ratings = data.ratings
    rng = np.random.default_rng(seed)
    fold = rng.integers(0, 5, ratings.n_users)
    kept: dict[str, list[Any]] = {key: [] for key in ("n", "film", "inside", "like", "liked", "e")}
    seconds = []
    for turn in range(5):
        started = time.perf_counter()
        model = create_model(name, **params)
        model.fit(data.replace(ratings.take(fold[ratings.users] != turn)))
        seconds.append(time.perf_counter() - started)
        people = np.flatnonzero((fold == turn) & (ratings.user_counts >= 2))
        batch, rows, films, stars = ask(ratings, people, rng)
        low_high = model._promises(batch, rows, films)
        kept["n"].append(batch.lengths[rows])
        kept["film"].append(model.stats.counts[films])
        kept["inside"].append((stars >= low_high.low - 1e-6) & (stars <= low_high.high + 1e-6))
        kept["like"].append(low_high.like)
        kept["liked"].append(stars >= good_stars(batch, model.spread, model.scale)[rows])
        kept["e"].append(stars - low_high.stars)
    told = {key: np.concatenate(values) for key, values in kept.items()}
    bands = []
    of_person = np.searchsorted(PEOPLE, told["n"], side="right") - 1
    of_film = np.searchsorted(FILMS, told["film"], side="right") - 1
    for a, person in enumerate(PEOPLE):
        for b, film in enumerate(FILMS):
            here = (of_person == a) & (of_film == b)
            if here.any():
                cover = round(float(told["inside"][here].mean()), 4)
                bands.append(
                    {"told": person, "film": film, "ratings": int(here.sum()), "cover": cover}
                )
    tenths = []
    tenth = np.minimum((told["like"] * 10).astype(int), 9)
    for t in np.unique(tenth):
        here = tenth == t
        tenths.append(
            {
                "promised": round(float(told["like"][here].mean()), 4),
                "found": round(float(told["liked"][here].mean()), 4),
                "ratings": int(here.sum()),
            }
        )
    total = sum(t["ratings"] for t in tenths)
    error = sum(abs(t["promised"] - t["found"]) * t["ratings"] for t in tenths) / total
    return {
        "rmse": round(float(np.sqrt(np.mean(told["e"] ** 2))), 4),
        "cover": round(float(told["inside"].mean()), 4),
        "like_error": round(error, 4),
        "fit_seconds": round(float(np.mean(seconds)), 2),
        "bands": bands,
        "tenths": tenths,
    }


def main(arguments: argparse.Namespace) -> None:
    document: dict[str, Any] = {"benchmark": "calibration", "machine": machine(), "figures": []}
    for data_name in arguments.data:
        data = load(data_name)
        for side in arguments.models:
            for seed in arguments.seeds:
                found = measure(data, *MODELS[side], seed)
                document["figures"].append(
                    {"data": data_name, "model": side, "seed": seed, **found}
                )
                wide = [b["cover"] for b in found["bands"] if b["ratings"] >= 1000]
                fine = sum(0.78 <= cover <= 0.82 for cover in wide)
                print(
                    f"{data_name:20s} {side:13s} RMSE {found['rmse']:.4f}  cover "
                    f"{found['cover']:.3f}, in bands of 1,000 ratings {min(wide):.3f} to "
                    f"{max(wide):.3f} ({fine} of {len(wide)} from .78 to .82)  error of like "
                    f"{found['like_error']:.4f}  fit {found['fit_seconds']:.1f} s",
                    flush=True,
                )
    document["load_average_at_the_end"] = os.getloadavg()
    write(arguments.result, document)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", nargs="+", default=["sample", "movietweetings-100k"])
    parser.add_argument("--models", nargs="+", choices=[*MODELS], default=["bayes"])
    parser.add_argument("--seeds", type=int, nargs="+", default=[22])
    parser.add_argument("--result", type=Path, default=RESULTS / "calibration.json")
    main(parser.parse_args())
