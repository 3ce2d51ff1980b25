"""How long and how large an evaluation of ten models on ML-1M is, and whether it is right.

Three parts:

1. ``strong-generalization`` and ``random`` with ten models each, through the engine of ``matinee
   evaluate``, each model in a process of its own: seconds from the data to the table, and the
   highest resident memory of the parent and of any child.
2. The same lists measured by another evaluator: popularity and a random order are scored on the
   same split by irspack's ``Evaluator``, in the peers' environment. Both sides' NDCG@100,
   Recall@20 and Recall@50 stand beside each other. (Equal scores are ordered at random by one and
   by index by the other, so that popularity may differ in the fourth place.)
3. Popularity over five seeds, for comparison with what others publish for this protocol.

Run from the project's root, with the Python of an environment that has irspack::

    PEERS_PYTHON=/path/to/peers/bin/python .venv/bin/python benchmarks/evaluation.py

Without ``PEERS_PYTHON`` part 2 is left out. ML-1M is found through ``MATINEE_DATA``, else in
``../shared/data``.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from sides import RESULTS, data_folder, machine, write, write_split

STARS = ("bias", "item-knn", "user-knn", "svd", "mf", "explicit-als")
LISTS = ("content", "als", "ease")
NAMES = ("ndcg@100", "recall@20", "recall@50")

PEER = """
import json, sys
from pathlib import Path
import numpy as np
from scipy import sparse
from irspack.evaluation import EvaluatorWithColdUser, Evaluator
folder = Path(sys.argv[1])
def part(name):
    users, movies = (np.load(folder / f"{name}.{c}.npy") for c in ("users", "movies"))
    shape = (np.load(folder / f"{name}.user_ids.npy").size, n_movies)
    return sparse.csr_matrix((np.ones(users.size), (users, movies)), shape=shape)
n_movies = np.load(folder / "catalog.movie_ids.npy").size
train, told, asked = part("train"), part("fold_in"), part("test")
class Fixed:
    def __init__(self, scores): self.scores, self.X_train_all = scores, told
    def get_score_cold_user_remove_seen(self, X):
        scores = np.tile(self.scores, (X.shape[0], 1))
        scores[X.nonzero()] = -np.inf
        return scores
    def get_score_cold_user(self, X): return np.tile(self.scores, (X.shape[0], 1))
    n_users, n_items = told.shape
found = {}
for name in ("popular", "shuffled"):
    scores = np.load(folder / f"{name}.npy").astype(np.float64)
    figures = {}
    for k in (20, 50, 100):
        evaluator = EvaluatorWithColdUser(told, asked, cutoff=k, recall_with_cutoff=True)
        result = evaluator.get_score(Fixed(scores))
        figures |= {f"ndcg@{k}": result["ndcg"], f"recall@{k}": result["recall"]}
    found[name] = figures
print("RESULT" + json.dumps(found))
"""


def ten_models(data: Any, protocol: str) -> dict[str, Any]:
    from matinee.evaluation import Candidate, evaluate
    from matinee.evaluation.candidate import PeakMemory

    popular = Candidate("popular", "popular", {"by": "count"})
    memory = PeakMemory()
    started = time.perf_counter()
    found = evaluate([popular, *STARS, *LISTS], data, protocol=protocol, seed=3, served=False)
    seconds = time.perf_counter() - started
    return {
        "protocol": protocol,
        "seconds": seconds,
        "parent_peak_mb": memory.bytes / 1e6,
        "largest_child_mb": max(model.peak_mb for model in found.models if not model.error),
        "document": found.to_dict(),
    }


def both_evaluators(data: Any, peers: str) -> dict[str, Any]:
    """The same scores, measured here and by irspack."""
    from matinee.datasets.splits import strong_generalization
    from matinee.evaluation.metrics import parse_metrics
    from matinee.evaluation.protocols import Relevance
    from matinee.evaluation.ranking import Answers, measure, rank_block
    from matinee.recommend.batch import ProfileBatch
    from matinee.recommend.scorer import Promises

    split = strong_generalization(data, seed=0)
    n = len(split.train.catalog)
    scores = {
        "popular": split.train.ratings.movie_stats.counts.astype(np.float32),
        "shuffled": np.random.default_rng(0).permutation(n).astype(np.float32),
    }
    batch = ProfileBatch.from_ratings(split.given, split.test_users)
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "split"
        write_split(split, folder)
        for label, row in scores.items():
            np.save(folder / f"{label}.npy", row)
            all_scores = np.tile(row, (len(batch), 1))
            all_scores[batch.row_of_entry, batch.movies] = -np.inf
            ranked, left = rank_block(all_scores, 100, split.test_users, seed=0)
            answers = Answers(split.test_users, {100: ranked}, left, left, Promises(), 0.0)
            values = measure(split, answers, parse_metrics(list(NAMES)), Relevance(None, False))
            found[label] = {"matinee": {key: value.value for key, value in values.items()}}
        ran = subprocess.run(
            [peers, "-c", PEER, str(folder)], capture_output=True, text=True, check=True
        )
    theirs = json.loads(ran.stdout.partition("RESULT")[2])
    for label, figures in theirs.items():
        found[label]["irspack"] = {key: figures[key] for key in NAMES}
    return found


def popularity(data: Any) -> dict[str, Any]:
    from matinee.evaluation import Candidate, evaluate

    popular = Candidate("popular", "popular", {"by": "count"})
    rows = []
    for seed in range(5):
        found = evaluate(
            [popular], data, protocol="strong-generalization", seed=seed, metrics=list(NAMES),
            isolated=False, served=False,
        )  # fmt: skip
        rows.append({name: found["popular"].value(name) for name in NAMES})
    means = {name: statistics.mean(float(row[name] or 0) for row in rows) for name in NAMES}
    return {"seeds": rows, "mean": means}


def main() -> None:
    import matinee

    data = matinee.load(str(data_folder() / "ml-1m.zip"))
    result: dict[str, Any] = {
        "machine": machine(),
        "popularity": popularity(data),
    }
    print(json.dumps(result["popularity"]["mean"]), flush=True)
    peers = os.environ.get("PEERS_PYTHON")
    if peers:
        result["evaluators"] = both_evaluators(data, peers)
        print(json.dumps(result["evaluators"], indent=1), flush=True)
    result["ten_models"] = []
    for protocol in ("strong-generalization", "random"):
        one = ten_models(data, protocol)
        result["ten_models"].append(one)
        print(
            f"{protocol}: {one['seconds']:.0f} s, parent {one['parent_peak_mb']:.0f} MB, largest "
            f"child {one['largest_child_mb']:.0f} MB",
            flush=True,
        )
    write(RESULTS / "evaluation.json", result)


if __name__ == "__main__":
    sys.exit(main())
