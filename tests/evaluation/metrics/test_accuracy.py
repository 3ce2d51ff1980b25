from __future__ import annotations

import importlib.util
import json
import math
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.errors import ParameterError
from matinee.evaluation import metrics

# Five places, four films to be found, two of them found: at places 2 and 5.
HITS = np.array([[False, True, False, False, True]])
FOUR = np.array([4])
BEST_OF_4 = 1 + 1 / math.log2(3) + 1 / 2 + 1 / math.log2(5)


@pytest.mark.parametrize(
    ("function", "k", "value"),
    [
        (metrics.precision, 5, 2 / 5),
        (metrics.precision, 2, 1 / 2),
        (metrics.recall, 5, 2 / 4),
        (metrics.recall, 2, 1 / 2),
        (metrics.recall_all, 5, 2 / 4),
        (metrics.recall_all, 2, 1 / 4),
        (metrics.ndcg, 5, (1 / math.log2(3) + 1 / math.log2(6)) / BEST_OF_4),
        (metrics.ndcg, 1, 0.0),
        (metrics.ndcg, 2, (1 / math.log2(3)) / (1 + 1 / math.log2(3))),
        (metrics.average_precision, 5, (1 / 2 + 2 / 5) / 4),
        (metrics.average_precision, 2, (1 / 2) / 2),
        (metrics.reciprocal_rank, 5, 1 / 2),
        (metrics.reciprocal_rank, 1, 0.0),
        (metrics.hit_rate, 5, 1.0),
        (metrics.hit_rate, 1, 0.0),
    ],
)
def test_hand_computed_cases(function: Callable[..., Any], k: int, value: float) -> None:
    assert function(HITS, FOUR, k) == pytest.approx([value], abs=1e-12)


ALL = [
    metrics.precision,
    metrics.recall,
    metrics.recall_all,
    metrics.ndcg,
    metrics.average_precision,
    metrics.reciprocal_rank,
    metrics.hit_rate,
]


@pytest.mark.parametrize("function", ALL)
def test_people_with_nothing_to_be_found_are_not_measured(function: Callable[..., Any]) -> None:
    hits = np.array([[True, False], [False, False]])
    found = function(hits, np.array([1, 0]), 2)
    assert not math.isnan(found[0])
    assert math.isnan(found[1])


@pytest.mark.parametrize("function", ALL)
def test_k_must_fit_the_lists(function: Callable[..., Any]) -> None:
    with pytest.raises(ParameterError, match="between 1 and the lists' length 5, got 6"):
        function(HITS, FOUR, 6)
    with pytest.raises(ParameterError, match="got 0"):
        function(HITS, FOUR, 0)


def test_perfect_lists_reach_one_where_the_convention_says_so() -> None:
    hits = np.ones((1, 3), dtype=bool)
    for function in (metrics.precision, metrics.recall, metrics.ndcg, metrics.average_precision):
        assert function(hits, np.array([10]), 3) == pytest.approx([1.0])
    assert metrics.recall_all(hits, np.array([10]), 3) == pytest.approx([0.3])


@st.composite
def rankings(draw: st.DrawFn) -> tuple[np.ndarray, list[set[int]]]:
    """Lists of distinct films out of 12, and films to be found (at least one each)."""
    n, depth = draw(st.integers(1, 6)), draw(st.integers(1, 8))
    ranked = [draw(st.permutations(range(12)))[:depth] for _ in range(n)]
    wanted = [draw(st.sets(st.integers(0, 11), min_size=1)) for _ in range(n)]
    return np.array(ranked, dtype=np.int32), wanted


def hits_and_counts(ranked: np.ndarray, wanted: list[set[int]]) -> tuple[np.ndarray, np.ndarray]:
    counts = np.array([len(films) for films in wanted])
    indptr = np.concatenate(([0], np.cumsum(counts)))
    flat = np.array([film for films in wanted for film in sorted(films)], dtype=np.int32)
    return metrics.hits_of(ranked, indptr, flat), counts


@given(rankings())
def test_hits_are_where_wanted_films_stand(case: tuple[np.ndarray, list[set[int]]]) -> None:
    ranked, wanted = case
    hits, _ = hits_and_counts(ranked, wanted)
    expected = [[film in films for film in row] for row, films in zip(ranked, wanted, strict=True)]
    assert hits.tolist() == expected


def test_places_of_short_lists_are_misses() -> None:
    # With a code of -1, person 1's empty places must not match person 0's last film.
    ranked = np.array([[0, 1], [-1, -1]], dtype=np.int32)
    hits = metrics.hits_of(ranked, np.array([0, 1, 2]), np.array([1, 0], dtype=np.int32))
    assert hits.tolist() == [[False, True], [False, False]]
    nothing = metrics.hits_of(ranked, np.array([0, 0, 0]), np.empty(0, dtype=np.int32))
    assert not nothing.any()


@given(rankings(), st.data())
def test_metrics_lie_between_0_and_1_and_a_better_order_is_not_worse(
    case: tuple[np.ndarray, list[set[int]]], draw: st.DataObject
) -> None:
    hits, counts = hits_and_counts(*case)
    k = draw.draw(st.integers(1, hits.shape[1]))
    better = -np.sort(-hits.astype(int), axis=1) > 0
    for function in ALL:
        now, sorted_ = function(hits, counts, k), function(better, counts, k)
        assert np.all((now >= 0) & (now <= 1 + 1e-12))
        assert np.all(sorted_ >= now - 1e-12)
    recall, recall_all = (f(hits, counts, k) for f in (metrics.recall, metrics.recall_all))
    assert np.all(recall >= recall_all)
    assert np.allclose(recall * np.minimum(counts, k), recall_all * counts)


RANX = """
import json, sys
import ranx
given = json.load(sys.stdin)
qrels = ranx.Qrels({f"q{u:03d}": {f"d{m}": 1 for m in w} for u, w in enumerate(given["wanted"])})
run = ranx.Run(
    {
        f"q{u:03d}": {f"d{m}": float(100 - place) for place, m in enumerate(row)}
        for u, row in enumerate(given["ranked"])
    }
)
found = ranx.evaluate(qrels, run, given["metrics"], return_mean=False)
print("RESULT" + json.dumps({name: values.tolist() for name, values in found.items()}))
"""


@pytest.mark.skipif(importlib.util.find_spec("ranx") is None, reason="ranx is not installed")
def test_against_ranx() -> None:
    rng = np.random.default_rng(5)
    ranked = np.array([rng.permutation(60)[:20] for _ in range(40)], dtype=np.int32)
    wanted = [set(rng.choice(60, rng.integers(1, 30), replace=False).tolist()) for _ in range(40)]
    hits, counts = hits_and_counts(ranked, wanted)
    ours = {
        "precision@10": metrics.precision(hits, counts, 10),
        "recall@10": metrics.recall_all(hits, counts, 10),
        "ndcg@10": metrics.ndcg(hits, counts, 10),
        "ndcg@20": metrics.ndcg(hits, counts, 20),
        "mrr@10": metrics.reciprocal_rank(hits, counts, 10),
        "hit_rate@10": metrics.hit_rate(hits, counts, 10),
        # ranx divides by all films to be found; Matinee by those that fit into the list.
        "map@10": metrics.average_precision(hits, counts, 10) * np.minimum(counts, 10) / counts,
    }
    given = {
        "wanted": [sorted(films) for films in wanted],
        "ranked": ranked.tolist(),
        "metrics": list(ours),
    }
    # Without compilation, which would take a minute; that is a setting of a whole process.
    ran = subprocess.run(
        [sys.executable, "-c", RANX],
        input=json.dumps(given),
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        check=True,
        timeout=100,
    )
    theirs = json.loads(ran.stdout.partition("RESULT")[2])
    for name, values in ours.items():
        assert np.allclose(theirs[name], values, atol=1e-9), name


def test_ndcg_against_scikit_learn() -> None:
    from sklearn.metrics import ndcg_score

    rng = np.random.default_rng(2)
    relevant = rng.random((30, 15)) < 0.3
    relevant[:, 0] = True
    scores = rng.random((30, 15))
    order = np.argsort(-scores, axis=1)
    hits = np.take_along_axis(relevant, order, axis=1)
    for k in (1, 5, 15):
        ours = metrics.ndcg(hits, relevant.sum(axis=1), k).mean()
        assert ours == pytest.approx(ndcg_score(relevant.astype(float), scores, k=k))
