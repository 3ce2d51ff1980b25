"""Top-N lists on ML-1M under strong generalisation: Matinee beside irspack and implicit.

The split is Matinee's (Liang et al. 2018: ratings of 4 stars and more, people with at least five of
them, a tenth of the people held out, four fifths of their films folded in), one for each seed. Each
side fits and answers in a process of its own; the sides take turns within a seed, so that a busy
machine slows all alike, and only ratios of seconds mean anything. Before the clock starts, each
side fits a few people once: compiled code is loaded, threads are up.

Matinee runs with its defaults. They were chosen on the validation people (a tenth) of another
random split of the same data, with the protocol's training people; some of those people are test
people here, under one seed or another. The peers run with settings known to be good for this very
protocol and data; those were chosen elsewhere, and no more strictly.

Scores of the test people come back as a matrix. Matinee's evaluator ranks all of them, and
irspack's evaluator checks it: the largest difference between the two is in the result
(``evaluator_difference``).

Run from the project's root, with the Python of an environment that has irspack and implicit::

    PEERS_PYTHON=/path/to/peers/bin/python .venv/bin/python benchmarks/topn.py

Without ``PEERS_PYTHON`` only Matinee is measured. ML-1M is found through ``MATINEE_DATA``, else in
``../shared/data``.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable
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
    "blend": ("blend", {"stars": "bias"}),
    "als": ("als", {}),
    "als-256": ("als", {"factors": 256}),
    "ease": ("ease", {}),
    "ease-2019": (
        "ease",
        {"dropout": 0.0, "activity": 0.0, "regularization": 700.0, "dislike": 0.5},
    ),
    "item-knn": ("item-knn", {}),
    "user-knn": ("user-knn", {}),
    "popular": ("popular", {"by": "count"}),
}
PEERS = (
    "irspack-ials-128",
    "irspack-ials-256",
    "irspack-edlae",
    "irspack-ease",
    "implicit-als-64",
    "implicit-als-256",
    "implicit-cosine",
)
METRICS = {"ndcg@100": ("ndcg", 100), "recall@20": ("recall", 20), "recall@50": ("recall", 50)}
IRSPACK_NAMES = {"ndcg@100": "ndcg@100", "recall@20": "recall@20", "recall@50": "recall@50"}


# -- one side in a process of its own ---------------------------------------------------------


def timed(call: Callable[[], Any]) -> tuple[Any, float]:
    start = time.perf_counter()
    answer = call()
    return answer, time.perf_counter() - start


def run_matinee(side: str, folder: Path) -> dict[str, Any]:
    from matinee.models import create_model
    from matinee.recommend.answer import score as score_people
    from matinee.recommend.batch import ProfileBatch

    split = read_split(folder)
    name, params = MATINEE[side]
    ratings = split.train.ratings
    few = split.train.replace(ratings.take(ratings.users < 60))
    create_model(name, **params).fit(few, spread=False)
    model, fit = timed(lambda: create_model(name, **params).fit(split.train, spread=False))
    batch = ProfileBatch.from_ratings(split.given, split.test_users)

    def score() -> Any:
        return np.stack([own.scores for own in score_people(model, batch)])

    scores, answer = timed(score)
    return {"scores": scores, "fit": fit, "answer": answer, "params": model.params}


def run_peer(side: str, folder: Path) -> dict[str, Any]:
    from scipy.sparse import csr_matrix

    train, told = (read_matrix(folder, part) for part in ("train", "fold_in"))
    told = told[test_rows(folder)]
    few = csr_matrix(train[:60])
    if side.startswith("irspack"):
        from irspack import DenseSLIMRecommender, EDLAERecommender, IALSRecommender

        recommender, params = {
            "irspack-ials-128": (
                IALSRecommender,
                {"n_components": 128, "alpha0": 0.2, "reg": 0.01, "train_epochs": 16},
            ),
            "irspack-ials-256": (
                IALSRecommender,
                {"n_components": 256, "alpha0": 0.2, "reg": 0.01, "train_epochs": 16},
            ),
            "irspack-edlae": (EDLAERecommender, {"reg": 300.0, "dropout_p": 0.5}),
            "irspack-ease": (DenseSLIMRecommender, {"reg": 700.0}),
        }[side]
        recommender(few, **params).learn()
        model, fit = timed(lambda: recommender(train, **params).learn())
        scores, answer = timed(lambda: np.asarray(model.get_score_cold_user(told)))
    else:
        from implicit.als import AlternatingLeastSquares
        from implicit.nearest_neighbours import CosineRecommender

        factors = int(side.rsplit("-", 1)[1]) if "als" in side else 0
        params = {"K": 100}
        if factors:
            params = {"factors": factors, "regularization": 60.0, "alpha": 8.0, "iterations": 15}

        def fitted(matrix: Any) -> Any:
            if factors:
                made = AlternatingLeastSquares(random_state=0, **params)
            else:
                made = CosineRecommender(**params)
            made.fit(matrix, show_progress=False)
            return made

        def score() -> Any:
            if not factors:
                return (told @ model.similarity).toarray()
            # recalculate_user folds people in; the product gives the scores of all films.
            people = model.recalculate_user(np.arange(told.shape[0]), told)
            return people @ model.item_factors.T

        fitted(few)
        model, fit = timed(lambda: fitted(train))
        scores, answer = timed(score)
    return {"scores": scores, "fit": fit, "answer": answer, "params": params}


def read_matrix(folder: Path, part: str) -> Any:
    from scipy.sparse import csr_matrix

    users = np.load(folder / f"{part}.users.npy")
    movies = np.load(folder / f"{part}.movies.npy")
    n_users = len(np.load(folder / f"{part}.user_ids.npy"))
    n_movies = len(np.load(folder / "catalog.movie_ids.npy"))
    ones = np.ones(len(users), dtype=np.float32)
    return csr_matrix((ones, (users, movies)), shape=(n_users, n_movies))


def test_rows(folder: Path) -> Any:
    return np.unique(np.load(folder / "test.users.npy"))


def worker(side: str, folder: Path, out: Path) -> None:
    found = run_matinee(side, folder) if side in MATINEE else run_peer(side, folder)
    np.save(out / "scores.npy", np.ascontiguousarray(found.pop("scores"), dtype=np.float32))
    found["peak_mb"] = peak_mb()
    (out / "about.json").write_text(json.dumps(found))


def check_with_irspack(folder: Path, out: Path) -> None:
    """Irspack's evaluator on the scores of one side."""
    from irspack import Evaluator

    rows = test_rows(folder)
    evaluator = Evaluator(
        read_matrix(folder, "test")[rows],
        masked_interactions=read_matrix(folder, "fold_in")[rows],
        recall_with_cutoff=True,
    )
    scores = np.load(out / "scores.npy")
    found = evaluator.get_scores_from_score_matrix(scores, [20, 50, 100])
    (out / "irspack.json").write_text(json.dumps({n: found[p] for n, p in IRSPACK_NAMES.items()}))


# -- all sides --------------------------------------------------------------------------------


def evaluate(split: Any, scores: Any) -> dict[str, Any]:
    """Per-person metrics by Matinee's evaluator."""
    from matinee.evaluation.metrics import hits_of, ndcg, recall
    from matinee.evaluation.ranking import rank_block
    from matinee.recommend.batch import ProfileBatch

    scores = scores.copy()
    told = ProfileBatch.from_ratings(split.given, split.test_users)
    scores[told.row_of_entry, told.movies] = -np.inf
    ranked, _ = rank_block(scores, 100, split.test_users, seed=0)
    asked = ProfileBatch.from_ratings(split.test, split.test_users)
    hits = hits_of(ranked, asked.indptr, asked.movies)
    return {
        name: {"ndcg": ndcg, "recall": recall}[metric](hits, asked.lengths, k)
        for name, (metric, k) in METRICS.items()
    }


def run_side(side: str, folder: Path, out: Path, peers: str | None, threads: int) -> dict[str, Any]:
    out.mkdir()
    mine = side in MATINEE
    more = {"IRSPACK_NUM_THREADS_DEFAULT": str(threads)}
    if side.startswith("implicit"):
        more["OPENBLAS_NUM_THREADS"] = "1"  # as it asks for
    asked = ("--side", side, "--folder", folder, "--out", out)
    run(__file__, *asked, python=None if mine else peers, threads=threads, **more)
    if peers:
        run(__file__, *asked, "--check", python=peers, threads=threads, **more)
    return json.loads((out / "about.json").read_text())


def main(arguments: argparse.Namespace) -> None:
    import matinee
    from matinee.datasets.splits import strong_generalization

    peers = os.environ.get("PEERS_PYTHON")
    data = matinee.load(str(data_folder() / "ml-1m.zip"))
    sides = [*MATINEE, *(PEERS if peers else ())]
    if arguments.sides:
        sides = [side for side in sides if side in arguments.sides]
    raw: list[dict[str, Any]] = []
    people: dict[str, dict[str, list[Any]]] = {side: {} for side in sides}
    difference = 0.0
    with tempfile.TemporaryDirectory() as temporary:
        for seed in arguments.seeds:
            split = strong_generalization(data, seed=seed)
            folder = Path(temporary) / f"split-{seed}"
            write_split(split, folder)
            for side in in_turn(sides, seed):
                out = Path(temporary) / f"{side}-{seed}"
                about = run_side(side, folder, out, peers, arguments.threads)
                values = evaluate(split, np.load(out / "scores.npy"))
                means = {name: float(np.nanmean(value)) for name, value in values.items()}
                for name, value in values.items():
                    people[side].setdefault(name, []).append(value)
                if peers:
                    theirs = json.loads((out / "irspack.json").read_text())
                    gaps = [abs(means[name] - theirs[name]) for name in METRICS]
                    difference = max(difference, *gaps)
                raw.append({"seed": seed, "side": side, **about, **means})
                print(
                    f"seed {seed}  {side:18s}  NDCG@100 {means['ndcg@100']:.4f}  "
                    f"fit {about['fit']:.2f} s  answer {about['answer']:.2f} s",
                    flush=True,
                )
    document = {
        "benchmark": "topn",
        "machine": machine(),
        "threads": arguments.threads,
        "seeds": arguments.seeds,
        "test_people_per_seed": len(next(iter(people.values()))["ndcg@100"][0]),
        "evaluator_difference": difference if peers else None,
        "sides": {side: summary(side, raw, people, sides) for side in sides},
        "raw": raw,
    }
    write(arguments.result, document)
    show(document)


def summary(
    side: str, raw: list[dict[str, Any]], people: dict[str, dict[str, list[Any]]], sides: list[str]
) -> dict[str, Any]:
    """Means over all seeds, medians of seconds, and paired differences of NDCG from the peers."""
    mine = [entry for entry in raw if entry["side"] == side]
    told: dict[str, Any] = {
        name: float(np.mean([entry[name] for entry in mine])) for name in METRICS
    }
    for seconds in ("fit", "answer", "peak_mb"):
        told[seconds] = median([entry[seconds] for entry in mine])
    told["ndcg_minus"] = {}
    for other in sides:
        if side in MATINEE and other in PEERS:
            gap = np.concatenate(people[side]["ndcg@100"]) - np.concatenate(
                people[other]["ndcg@100"]
            )
            gap = gap[~np.isnan(gap)]
            error = float(gap.std(ddof=1) / np.sqrt(gap.size))
            told["ndcg_minus"][other] = [round(float(gap.mean()), 5), round(error, 5)]
    return told


def show(document: dict[str, Any]) -> None:
    print(f"\n{'':18s} NDCG@100  Recall@20  Recall@50    fit s  answer s  peak MB")
    for side, told in document["sides"].items():
        print(
            f"{side:18s}   {told['ndcg@100']:.4f}     {told['recall@20']:.4f}     "
            f"{told['recall@50']:.4f}  {told['fit']:7.2f}  {told['answer']:8.2f}  "
            f"{told['peak_mb'] or 0:7.0f}"
        )
    print(f"largest difference from irspack's evaluator: {document['evaluator_difference']}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--sides", nargs="+", help="only these")
    parser.add_argument("--result", type=Path, default=RESULTS / "topn.json")
    parser.add_argument("--side", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--check", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.check:
        check_with_irspack(given.folder, given.out)
    elif given.side:
        worker(given.side, given.folder, given.out)
    else:
        main(given)
