"""Lists for people who have told few ratings: every model of ours, side by side in one run.

A fifth of the people are held out whole (five folds by ``default_rng(0)``); of these, people with
at least 30 ratings are asked about. A person tells k of their ratings, hated ones included: one
film that they like (the upper third of the scale), and k - 1 others at random. Targets are their
other liked films, at least five; candidates are all films that they did not tell. The figures:

- NDCG@10, its standard error, and the paired difference from ``blend`` with its standard error;
- ``rare``: the same with each hit worth 1 / sqrt(likes of the film in the training data);
- ``overlap``: the share of a top ten that two people have in common; ``few``: the share of listed
  films with fewer than five ratings; ``typical``: the median number of ratings of listed films.

What was chosen with what: settings of the members on folds 0 and 1 of the sample, and weights, by
the model itself, on people of its own training data. Folds 2 to 4 of the sample and the other data
sets were only reported on.

    python benchmarks/few_ratings.py sample ml-latest-small ml-1m movietweetings-100k

Data sets other than the sample are found through ``MATINEE_DATA``, else in ``../shared/data``.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

import numpy as np
from sides import RESULTS, data_folder, machine, write

import matinee
from matinee.dataset import Dataset
from matinee.models import create_model
from matinee.models.preference import preferences
from matinee.recommend.answer import choose, score
from matinee.recommend.batch import ProfileBatch
from matinee.threads import one_blas_thread

TOLD = (0, 1, 3, 5, 10, 20, 100)
MODELS = ("blend", "als", "ease", "item-knn", "user-knn", "content", "popular")
FOLDS, LEAST_RATINGS, TARGETS, LISTED = 5, 30, 5, 10
LIKED = 0.79  # as a liking: 3.5 of 5 stars, 7 of 10
MOST_PEOPLE = 300  # of a fold
DISCOUNTS = 1 / np.log2(np.arange(2, LISTED + 2))


class Fold:
    """One fold: what is learned from, and what the others tell and like."""

    def __init__(self, data: Dataset, fold: int) -> None:
        ratings = data.ratings
        folds = np.random.default_rng(0).integers(0, FOLDS, ratings.n_users)
        self.train = data.replace(ratings.take(folds[ratings.users] != fold))
        liked = preferences(ratings.stars, ratings.scale) >= LIKED
        train_liked = liked[folds[ratings.users] != fold]
        self.likes = np.bincount(self.train.ratings.movies[train_liked], minlength=ratings.n_movies)
        people = np.flatnonzero((folds == fold) & (ratings.user_counts >= LEAST_RATINGS))
        if len(people) > MOST_PEOPLE:
            people = np.sort(np.random.default_rng(1).permutation(people)[:MOST_PEOPLE])
        self.cases: dict[int, list[tuple[Any, Any]]] = {told: [] for told in TOLD}
        for person in people.tolist():
            rows = np.arange(int(ratings.indptr[person]), int(ratings.indptr[person + 1]))
            np.random.default_rng(person).shuffle(rows)
            if not liked[rows].any():
                continue
            first = rows[liked[rows]][:1]
            rest = rows[rows != first]
            for told in TOLD:
                given = np.concatenate((first, rest[: told - 1])) if told else rows[:0]
                left = np.setdiff1d(rows[liked[rows]], given)
                if len(given) == told and len(left) >= TARGETS:
                    self.cases[told].append((np.sort(given), ratings.movies[left]))
        self.ratings = ratings

    def batch(self, told: int) -> ProfileBatch:
        rows = [given for given, _ in self.cases[told]]
        flat = np.concatenate(rows)
        return ProfileBatch(
            np.cumsum([0, *map(len, rows)]).astype(np.int64),
            self.ratings.movies[flat],
            self.ratings.stars[flat],
            np.zeros(flat.size, dtype=np.int64),
            self.ratings.n_movies,
            np.full(len(rows), -1, dtype=np.int32),
        )


def lists_of(model: Any, batch: ProfileBatch, *, plain: bool = False) -> Any:
    """The ten films that each person is shown, shape (n_people, 10); best scores if plain."""
    with one_blas_thread():
        return np.stack(
            [
                own.best(own.open, LISTED) if plain else choose(own, LISTED)
                for own in score(model, batch)
            ]
        )


def measure(fold: Fold, told: int, lists: Any) -> dict[str, Any]:
    """Figures of each person, and of all lists together."""
    worth = 1 / np.sqrt(np.maximum(fold.likes, 1))
    plain, rare = [], []
    for films, (_, target) in zip(lists, fold.cases[told], strict=True):
        hit = np.isin(films, target)
        plain.append(hit @ DISCOUNTS / DISCOUNTS[: len(target)].sum())
        best = np.sort(worth[target])[::-1][:LISTED]
        rare.append((hit * worth[films]) @ DISCOUNTS / (best @ DISCOUNTS[: len(best)]))
    few = lists[:200]
    same = [
        len(np.intersect1d(one, other)) / LISTED
        for place, one in enumerate(few)
        for other in few[place + 1 : place + 20]
    ]
    counts = fold.train.ratings.movie_stats.counts[lists]
    return {
        "ndcg": plain,
        "rare": rare,
        "overlap": float(np.mean(same)) if same else float("nan"),
        "few": float((counts < 5).mean()),
        "typical": float(np.median(counts)),
    }


def run(name: str, models: list[str], folds: list[int], told: list[int]) -> dict[str, Any]:
    """All models on some folds of a data set."""
    data = matinee.load(name if name == "sample" else str(data_folder() / f"{name}.zip"))
    raw: dict[str, dict[int, list[dict[str, Any]]]] = {m: {k: [] for k in told} for m in models}
    seconds: dict[str, list[float]] = {model: [] for model in models}
    for number in folds:
        fold = Fold(data, number)
        for model in models:
            params = {"by": "count"} if model == "popular" else {}
            start = time.perf_counter()
            fitted = create_model(model, **params).fit(fold.train, spread=False)
            seconds[model].append(time.perf_counter() - start)
            for k in told:
                if fold.cases[k]:
                    raw[model][k].append(measure(fold, k, lists_of(fitted, fold.batch(k))))
    return {
        model: {
            "fit_seconds": round(float(np.median(seconds[model])), 2),
            "told": {k: summary(raw[model][k], raw[models[0]][k]) for k in told if raw[model][k]},
        }
        for model in models
    }


def summary(own: list[dict[str, Any]], first: list[dict[str, Any]]) -> dict[str, Any]:
    ndcg, theirs = (np.concatenate([one["ndcg"] for one in side]) for side in (own, first))
    gap = ndcg - theirs
    root = np.sqrt(len(ndcg))
    return {
        "people": len(ndcg),
        "ndcg@10": round(float(ndcg.mean()), 4),
        "error": round(float(ndcg.std() / root), 4),
        "minus_first": [round(float(gap.mean()), 4), round(float(gap.std() / root), 4)],
        "rare": round(float(np.concatenate([one["rare"] for one in own]).mean()), 4),
        **{
            key: round(float(np.mean([one[key] for one in own])), 4)
            for key in ("overlap", "few", "typical")
        },
    }


def show(name: str, found: dict[str, Any]) -> None:
    told = list(next(iter(found.values()))["told"])
    print(f"\n{name}: NDCG@10 / rare" + " " * 4 + "".join(f"{f'k={k}':>14}" for k in told))
    for model, about in found.items():
        cells = [
            f"{about['told'][k]['ndcg@10']:.3f} / {about['told'][k]['rare']:.3f}" for k in told
        ]
        more = about["told"].get(5, {})
        print(
            f"{model:22s}" + "".join(f"{cell:>14}" for cell in cells) + f"  overlap at 5 "
            f"{more.get('overlap', 0):.2f}, few {more.get('few', 0):.1%}, "
            f"typical {more.get('typical', 0):.0f}, fit {about['fit_seconds']} s"
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", nargs="*", default=["sample"])
    parser.add_argument("--models", default=",".join(MODELS))
    parser.add_argument("--folds", default="0,1,2,3,4")
    parser.add_argument("--told", default=",".join(map(str, TOLD)))
    parser.add_argument("--result", type=Path, default=RESULTS / "few_ratings.json")
    given = parser.parse_args()
    document: dict[str, Any] = {"benchmark": "few_ratings", "machine": machine(), "data": {}}
    for each in given.data:
        numbers, told = ([int(v) for v in text.split(",")] for text in (given.folds, given.told))
        document["data"][each] = run(each, given.models.split(","), numbers, told)
        show(each, document["data"][each])
    write(given.result, document)
