"""Questions for a new person: what one knows after five, ten, fifteen, twenty of them.

People are held out of the training altogether. Half of each one's ratings, drawn at random, can be
asked for; the other half is what is to be found: NDCG@10 of the films among it that the person
rated at or above their own mean, and the RMSE of its predicted stars. A film that is asked about
and is not in the first half is answered with "haven't seen it", so a question can be wasted, as it
can in life. Compared are

- ``popular``: the most rated film that was not asked about yet;
- ``random``: one of the 200 most rated;
- ``entropy``: log(ratings) × entropy of the ratings (Rashid et al. 2002);
- ``helf``: harmonic mean of the entropy and the logarithm of the frequency (Rashid et al. 2008);
- ``matinee``: what ``POST /api/v1/ask-next`` asks.

All answers are given to the same model, `blend`. The two weights of ``matinee`` were chosen on 100
people of the sample and 500 of ML-1M (``--tune`` tries some), who are in no figure here.
Differences to ``popular`` come with a bootstrap interval of 95 % over people. Besides, the file
tells how steady the list is after so many answers, and how much of the list from all answers it has
by then.

Run from the project's root::

    .venv/bin/python benchmarks/asking.py --data sample --folds 3
    .venv/bin/python benchmarks/asking.py --data ml-1m --people 1000
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from sides import RESULTS, data_folder, machine, write
from threadpoolctl import threadpool_limits

import matinee
from matinee.dataset import Dataset
from matinee.profile import Profile
from matinee.recommend import questions
from matinee.recommend.questions import Asker, overlap, steadiness

MARKS = (0, 5, 10, 15, 20)
LEAST = 40  # ratings of a person who is asked
WAYS = ("popular", "random", "entropy", "helf", "matinee")

Order = Callable[[Profile, Sequence[int], set[int]], int]


def validation_people(data: Dataset) -> np.ndarray:
    """On whom the weights were chosen."""
    able = np.flatnonzero(data.ratings.user_counts >= LEAST)
    seed, first, last = (1, 120, 220) if data.name == "sample" else (0, 1000, 1500)
    return np.random.default_rng(seed).permutation(able)[first:last]


def fixed(worth: np.ndarray) -> Order:
    order = np.argsort(-worth, kind="stable")

    def ask(_profile: Profile, _unseen: Sequence[int], asked: set[int]) -> int:
        return next(int(code) for code in order if int(code) not in asked)

    return ask


def ways_of(model: Any, train: Dataset, seed: int) -> dict[str, Order]:
    counts = model.stats.counts.astype(np.float64)
    levels = np.unique(train.ratings.stars, return_inverse=True)[1]
    table = np.zeros((len(counts), int(levels.max()) + 1))
    np.add.at(table, (train.ratings.movies, levels), 1)
    shares = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    entropy = -(shares * np.log(np.where(shares > 0, shares, 1))).sum(axis=1)
    frequency = np.log1p(counts) / np.log1p(counts.max())
    relative = entropy / np.log(table.shape[1])
    lucky = np.where(counts >= np.sort(counts)[-200], 1.0, 0.0)
    lucky *= np.random.default_rng(seed).random(len(counts))
    asker = Asker(model)

    def ask(profile: Profile, unseen: Sequence[int], asked: set[int]) -> int:
        scores = model.scored(profile).scores
        return int(asker.best(scores, sorted(asked), unseen, 1)[0])

    return {
        "popular": fixed(counts),
        "random": fixed(lucky),
        "entropy": fixed(np.log1p(counts) * entropy),
        "helf": fixed(2 * relative * frequency / np.maximum(relative + frequency, 1e-12)),
        "matinee": ask,
    }


def ndcg(codes: Sequence[int], wanted: set[int], n: int = 10) -> float:
    discounts = 1 / np.log2(np.arange(2, n + 2))
    gains = [discounts[i] for i, code in enumerate(codes[:n]) if code in wanted]
    return float(sum(gains) / discounts[: min(n, len(wanted))].sum())


def interview(model: Any, ask: Order, known: dict[int, float], test: dict[int, float]) -> Any:
    """Figures after each number of questions, and times and steadiness on the way."""
    ids = model.catalog.movie_ids
    mean = statistics.fmean([*known.values(), *test.values()])
    wanted = {code for code, stars in test.items() if stars >= mean}
    codes = np.fromiter(test, dtype=np.int32)
    truth = np.fromiter(test.values(), dtype=np.float32)
    whole = model.scored(Profile({ids.id_of(code): stars for code, stars in known.items()}))
    final = whole.best(whole.open, 20).tolist()
    answers: dict[Any, float] = {}
    unseen: list[int] = []
    asked: set[int] = set()
    rows, seconds, steady, lists = [], [], [], []
    for number in range(MARKS[-1] + 1):
        scored = model.scored(Profile(answers))
        if number in MARKS:
            stars = scored.promises(codes).stars
            top = scored.best(scored.open, 10).tolist()
            rows.append((ndcg(top, wanted), float(np.mean((stars - truth) ** 2)), len(answers)))
        if number == MARKS[-1]:
            break
        started = time.perf_counter()
        code = ask(Profile(answers), unseen, asked)
        seconds.append(time.perf_counter() - started)
        asked.add(code)
        if code not in known:
            unseen.append(code)
            continue
        answers[ids.id_of(code)] = known[code]
        fresh = model.scored(Profile(answers))
        lists.append(fresh.best(fresh.open, 30).tolist())
        if len(lists) > 3:
            now = [[film for film in one if film not in known][:20] for one in lists[-4:]]
            steady.append((len(answers), steadiness(now), overlap(now[-1], final)))
    return rows, seconds, steady


def measure(data: Dataset, people: np.ndarray, ways: Iterable[str], seed: int) -> dict[str, Any]:
    ratings = data.ratings
    held = np.zeros(ratings.n_users, dtype=bool)
    held[people] = True
    train = data.replace(ratings.take(~held[ratings.users]))
    model = matinee.create_model("blend").fit(train)
    orders = ways_of(model, train, seed)
    found: dict[str, Any] = {way: {"rows": [], "seconds": [], "steady": []} for way in ways}
    for user in people.tolist():
        rng = np.random.default_rng(user)
        rows = slice(int(ratings.indptr[user]), int(ratings.indptr[user + 1]))
        movies, stars = ratings.movies[rows].tolist(), ratings.stars[rows].tolist()
        first = rng.random(len(movies)) < 0.5
        given = dict(zip(movies, stars, strict=True))
        known = {code: given[code] for code, here in zip(movies, first, strict=True) if here}
        test = {code: value for code, value in given.items() if code not in known}
        if not test or max(test.values()) < statistics.fmean(stars):
            continue
        for way in ways:
            told, seconds, steady = interview(model, orders[way], known, test)
            found[way]["rows"].append(told)
            found[way]["seconds"] += seconds
            found[way]["steady"] += steady
    return found


def bootstrap(differences: np.ndarray) -> list[float]:
    rng = np.random.default_rng(0)
    draws = rng.integers(0, len(differences), (2000, len(differences)))
    return [
        round(float(x), 4) for x in np.quantile(differences[draws].mean(axis=1), (0.025, 0.975))
    ]


def summary(found: dict[str, Any]) -> dict[str, Any]:
    tables = {way: np.asarray(each["rows"]) for way, each in found.items()}
    base = tables["popular"]
    told: dict[str, Any] = {"people": len(base), "questions": list(MARKS)}
    for way, rows in tables.items():
        mean = rows.mean(axis=0)
        told[way] = {
            "ndcg@10": mean[:, 0].round(4).tolist(),
            "rmse": np.sqrt(mean[:, 1]).round(4).tolist(),
            "answered": mean[:, 2].round(2).tolist(),
            "ms_a_question": round(1000 * statistics.median(found[way]["seconds"]), 2),
            "ndcg@10_less_popular": (mean - base.mean(axis=0))[:, 0].round(4).tolist(),
            "interval": [bootstrap((rows - base)[:, mark, 0]) for mark in range(len(MARKS))],
            "squared_error_less_popular_interval": [
                bootstrap((rows - base)[:, mark, 1]) for mark in range(len(MARKS))
            ],
        }
    steps: dict[int, list[tuple[float, float]]] = {}
    for answers, steadily, final in found["matinee"]["steady"]:
        steps.setdefault(answers, []).append((steadily, final))
    told["steadiness"] = {
        str(answers): {
            "lists": len(pairs),
            "steadiness": round(statistics.fmean(pair[0] for pair in pairs), 3),
            "overlap_with_the_list_from_all_answers": round(
                statistics.fmean(pair[1] for pair in pairs), 3
            ),
        }
        for answers, pairs in sorted(steps.items())
    }
    return told


def merged(parts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {
        way: {key: [x for part in parts for x in part[way][key]] for key in parts[0][way]}
        for way in parts[0]
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="sample", choices=("sample", "ml-1m"))
    parser.add_argument("--people", type=int, help="how many are asked; all, if not given")
    parser.add_argument("--folds", type=int, default=1)
    parser.add_argument("--tune", action="store_true", help="try weights on the validation people")
    options = parser.parse_args()
    path = "sample" if options.data == "sample" else str(data_folder() / "ml-1m.zip")
    data = matinee.load(path)
    with threadpool_limits(1, user_api="blas"):
        if options.tune:
            tune(data)
            return
        people = np.flatnonzero(data.ratings.user_counts >= LEAST)
        people = np.setdiff1d(people, validation_people(data))
        people = np.random.default_rng(0).permutation(people)[: options.people]
        parts = [
            measure(data, fold, WAYS, seed)
            for seed, fold in enumerate(np.array_split(people, options.folds))
        ]
    told = summary(merged(parts))
    for way in WAYS:
        print(way.ljust(10), told[way]["ndcg@10"], told[way]["rmse"], told[way]["answered"])
    document = {"machine": machine(), "data": data.name, "folds": options.folds, **told}
    write(RESULTS / f"asking-{options.data}.json", document)


def tune(data: Dataset) -> None:
    people = validation_people(data)
    for taste in (0.3, 0.5, 1.0):
        for unseen in (0.0, 0.05, 0.1):
            questions._TASTE, questions._UNSEEN = taste, unseen
            told = summary(measure(data, people, ("popular", "matinee"), 0))["matinee"]
            print(taste, unseen, told["ndcg@10"], told["rmse"], told["answered"], flush=True)


if __name__ == "__main__":
    main()
