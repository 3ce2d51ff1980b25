"""Similar films: what people who love a film love, and whether its sequels are found.

A fifth of the people are held out (``default_rng(0)``). Of each, up to five films that they like
are asked about, with at least five ratings in the training data.

- ``loved``: how many of the ten most similar films the same person likes, too; ``rare``: the same
  with each worth 1 / sqrt(likes of the film), relative to the best ten, so that the most liked
  films do not win;
- ``sequels``: of films in a series (by their titles) with at least five ratings, the share of the
  other films of the series, up to ten, that is listed; ``blend`` and ``content`` know titles;
- ``genres``: the mean share of a film's genres that listed films have.

    python benchmarks/similar.py sample ml-latest-small ml-1m
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
from sides import RESULTS, data_folder, machine, write

import matinee
from matinee.models import create_model
from matinee.models.preference import preferences
from matinee.threads import one_blas_thread

MODELS = ("blend", "als", "ease", "item-knn", "content", "svd", "mf")
LISTED, ASKED, LEAST = 10, 5, 5
LIKED = 0.79
MOST_PEOPLE, MOST_SERIES = 300, 300


def listed(model: Any, code: int) -> Any:
    with one_blas_thread():
        similarity = np.array(model._similarity(np.array([code], dtype=np.int32)))
    similarity[code] = -np.inf
    order = np.lexsort((model._tie_break, -similarity))[:LISTED]
    return order[np.isfinite(similarity[order])]


def run(name: str, models: list[str]) -> dict[str, Any]:
    data = matinee.load(name if name == "sample" else str(data_folder() / f"{name}.zip"))
    ratings, catalog = data.ratings, data.catalog
    rng = np.random.default_rng(0)
    held = rng.integers(0, 5, ratings.n_users) == 0
    liked = preferences(ratings.stars, ratings.scale) >= LIKED
    train = data.replace(ratings.take(~held[ratings.users]))
    counts = train.ratings.movie_stats.counts
    likes = np.bincount(ratings.movies[liked & ~held[ratings.users]], minlength=ratings.n_movies)
    worth = 1 / np.sqrt(np.maximum(likes, 1))
    asked: list[tuple[int, Any]] = []
    for person in rng.permutation(np.flatnonzero(held))[:MOST_PEOPLE].tolist():
        rows = slice(int(ratings.indptr[person]), int(ratings.indptr[person + 1]))
        films = ratings.movies[rows][liked[rows]]
        able = films[counts[films] >= LEAST]
        if len(able) > LISTED:
            asked += [
                (int(film), np.setdiff1d(able, film)) for film in rng.permutation(able)[:ASKED]
            ]
    series = np.asarray(catalog.series)
    able = np.flatnonzero((series >= 0) & (counts >= LEAST))
    sequels = []
    for film in rng.permutation(able).tolist():
        others = able[(series[able] == series[film]) & (able != film)]
        if len(others) and len(sequels) < MOST_SERIES:
            sequels.append((film, others))
    found: dict[str, Any] = {"queries": len(asked), "series": len(sequels), "models": {}}
    for model in models:
        fitted = create_model(model).fit(train, spread=False)
        loved, rare, kind = [], [], []
        for film, others in asked:
            films = listed(fitted, film)
            hit = np.isin(films, others)
            loved.append(hit.sum() / LISTED)
            best = np.sort(worth[others])[::-1][:LISTED]
            rare.append((hit * worth[films]).sum() / best.sum())
            own = catalog.genres[film]
            if own.any() and len(films):
                kind.append(catalog.genres[films][:, own].mean())
        parts = [
            np.isin(others, listed(fitted, film)).sum() / min(len(others), LISTED)
            for film, others in sequels
        ]
        found["models"][model] = {
            "loved": round(float(np.mean(loved)), 4),
            "loved_error": round(float(np.std(loved) / np.sqrt(len(loved))), 4),
            "rare": round(float(np.mean(rare)), 4),
            "sequels": round(float(np.mean(parts)), 4),
            "genres": round(float(np.mean(kind)), 4) if kind else None,
        }
        told = "  ".join(f"{key} {value}" for key, value in found["models"][model].items())
        print(f"{name:16s} {model:10s} {told}", flush=True)
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", nargs="*", default=["sample"])
    parser.add_argument("--models", default=",".join(MODELS))
    parser.add_argument("--result", type=Path, default=RESULTS / "similar.json")
    given = parser.parse_args()
    document: dict[str, Any] = {"benchmark": "similar", "machine": machine(), "data": {}}
    for each in given.data:
        document["data"][each] = run(each, given.models.split(","))
    write(given.result, document)
