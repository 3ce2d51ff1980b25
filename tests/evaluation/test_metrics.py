"""Tests of ``metrics``: hand-computed cases, properties, and other libraries."""

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
from sklearn.metrics import mean_absolute_error, root_mean_squared_error

from matinee.errors import ParameterError
from matinee.evaluation import metrics
from matinee.evaluation.metrics import (
    ACCURACY,
    DEFAULT_METRICS,
    METRICS,
    UserValues,
    coverage,
    genre_calibration,
    gini,
    intra_list_diversity,
    mae,
    novelty,
    parse_metric,
    parse_metrics,
    popularity_lift,
    rmse,
)
from matinee.evaluation.protocols import metrics_of

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
    with pytest.raises(ParameterError, match="k must be at least 1, got 0"):
        function(HITS, FOUR, 0)
    # Places that a list lacks are misses.
    longer = np.pad(HITS, ((0, 0), (0, 3)))
    assert function(HITS, FOUR, 8) == pytest.approx(function(longer, FOUR, 8))


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


LISTS = np.array([[0, 1], [0, 2], [0, -1]], dtype=np.int32)
# Three films: drama, comedy, both.
GENRES = np.array([[1, 0], [0, 1], [1, 1]], dtype=np.bool_)


def test_coverage_is_the_share_of_films_in_any_list() -> None:
    parts = coverage(LISTS, 5)
    assert parts.mean() == pytest.approx(3 / 5)
    # Film 0 is shared by three lists; films 1 and 2 are one list's own.
    assert parts == pytest.approx([3 / 5 * (1 / 3 + 1), 3 / 5 * (1 / 3 + 1), 3 / 5 / 3])


def test_gini_of_a_hand_computed_case() -> None:
    # Exposures 0, 0, 1, 1, 3: sum of (2i - n - 1) x_i = 0 + 0 + 0·1 + 2·1 + 4·3 = 14, over 5·5.
    assert gini(LISTS, 5).mean() == pytest.approx(14 / 25)


@given(st.lists(st.integers(0, 5), min_size=1, max_size=30))
def test_gini_is_half_the_relative_mean_difference(films: list[int]) -> None:
    ranked = np.array(films, dtype=np.int32)[:, None]
    exposure = np.bincount(films, minlength=6)
    differences = np.abs(exposure[:, None] - exposure[None, :]).mean()
    assert gini(ranked, 6).mean() == pytest.approx(differences / (2 * exposure.mean()))


def test_everything_equally_often_has_no_inequality() -> None:
    ranked = np.arange(6, dtype=np.int32).reshape(3, 2)
    assert gini(ranked, 6).mean() == pytest.approx(0)
    assert coverage(ranked, 6).mean() == pytest.approx(1)


def test_novelty_in_bits() -> None:
    counts = np.array([8, 4, 0])
    # 0 bits, 1 bit, and 3 bits for a film that nobody rated (it counts as rated once).
    assert novelty(LISTS, counts, 8) == pytest.approx([0.5, 1.5, 0.0])
    empty = novelty(np.full((1, 2), -1, dtype=np.int32), counts, 8)
    assert np.isnan(empty).all()


def test_diversity_is_the_mean_distance_of_pairs() -> None:
    ranked = np.array([[0, 1, 2], [0, 0, -1], [0, -1, -1]], dtype=np.int32)
    root = 1 / math.sqrt(2)
    found = intra_list_diversity(ranked, GENRES)
    assert found[0] == pytest.approx(1 - (0 + root + root) / 3)
    assert math.isnan(found[1])  # one film named twice is one film
    assert math.isnan(found[2])


def test_films_without_genres_say_nothing_about_diversity() -> None:
    genres = np.vstack([GENRES, [False, False]])
    with_unknown = intra_list_diversity(np.array([[0, 1, 3]], dtype=np.int32), genres)
    assert with_unknown == pytest.approx([1.0])


def test_popularity_lift_compares_with_the_persons_own_films() -> None:
    counts = np.array([30, 10, 20])
    indptr, own = np.array([0, 2, 2]), np.array([1, 2], dtype=np.int32)
    found = popularity_lift(LISTS[:2], indptr, own, counts)
    assert found[0] == pytest.approx((20 - 15) / 15)
    assert math.isnan(found[1])


def test_calibration_is_the_divergence_of_steck() -> None:
    own = np.array([0, 2], dtype=np.int32)  # p = (0.75, 0.25)
    found = genre_calibration(LISTS[:1], np.array([0, 2]), own, GENRES)
    q = 0.99 * np.array([0.5, 0.5]) + 0.01 * np.array([0.75, 0.25])
    expected = 0.75 * math.log(0.75 / q[0]) + 0.25 * math.log(0.25 / q[1])
    assert found == pytest.approx([expected])


def test_calibration_stays_finite_when_a_genre_is_missing() -> None:
    one = np.array([[0, 0]], dtype=np.int32)
    found = genre_calibration(one, np.array([0, 1]), np.array([1], dtype=np.int32), GENRES)
    assert found == pytest.approx([math.log(1 / 0.01)])
    unknown = genre_calibration(one, np.array([0, 0]), np.empty(0, np.int32), GENRES)
    assert np.isnan(unknown).all()


@given(st.lists(st.integers(0, 2), min_size=2, max_size=6), st.sets(st.integers(0, 2), min_size=1))
def test_calibration_is_not_negative_and_zero_for_the_own_films(
    listed: list[int], own: set[int]
) -> None:
    films = np.array(sorted(own), dtype=np.int32)
    pointers = np.array([0, films.size])
    found = genre_calibration(np.array([listed], dtype=np.int32), pointers, films, GENRES)
    assert found[0] >= 0
    assert genre_calibration(films[None, :], pointers, films, GENRES)[0] == pytest.approx(0)


STARS = st.floats(0.5, 5.0, width=32)


@given(st.lists(st.tuples(STARS, STARS, st.integers(0, 4)), min_size=1, max_size=40))
def test_errors_are_those_of_scikit_learn(rows: list[tuple[float, float, int]]) -> None:
    predicted, actual = (np.array([row[i] for row in rows], dtype=np.float32) for i in (0, 1))
    users = np.array([row[2] for row in rows], dtype=np.int32)
    found = rmse(predicted, actual, users, 5)
    assert found.value == pytest.approx(root_mean_squared_error(actual, predicted), abs=1e-6)
    assert mae(predicted, actual, users, 5).value == pytest.approx(
        mean_absolute_error(actual, predicted), abs=1e-6
    )
    for user in range(5):
        own = users == user
        if own.any():
            alone = root_mean_squared_error(actual[own], predicted[own])
            assert found.per_user[user] == pytest.approx(alone, abs=1e-6)
        else:
            assert np.isnan(found.per_user[user])


def test_each_rating_counts_once_and_not_each_person() -> None:
    found = mae(np.array([1.0, 1.0, 1.0]), np.array([1.0, 1.0, 4.0]), np.array([0, 0, 1]), 2)
    assert found.value == 1.0
    assert found.per_user.tolist() == [0.0, 3.0]


def test_weights_and_roots() -> None:
    found = UserValues(np.array([1.0, 4.0, np.nan]), np.array([3.0, 1.0, 9.0]), root=True)
    assert found.value == pytest.approx(math.sqrt(7 / 4))
    assert found.per_user[:2].tolist() == [1.0, 2.0]
    assert found.n_measured == 2
    assert found.weight.tolist() == [3.0, 1.0, 0.0]


def test_nobody_measured_has_no_value() -> None:
    assert math.isnan(UserValues(np.array([np.nan])).value)


def test_splits_are_put_together_by_person() -> None:
    first = UserValues(np.array([1.0, 0.0]), np.array([2.0, 1.0]))
    second = UserValues(np.array([4.0, np.nan]), np.array([1.0, 1.0]))
    both = UserValues.pooled([first, second], [np.array([0, 1]), np.array([0, 2])], 3)
    assert both.means[:2].tolist() == [2.0, 0.0]
    assert math.isnan(both.means[2])
    assert both.weight.tolist() == [3.0, 1.0, 0.0]
    assert both.value == pytest.approx(6 / 4)


def test_lengths_must_agree() -> None:
    with pytest.raises(ParameterError, match="values of people"):
        UserValues(np.zeros(3), np.ones(2))


@pytest.mark.parametrize("name", DEFAULT_METRICS)
def test_names_come_back(name: str) -> None:
    assert parse_metric(name).name == name


def test_the_names_that_the_tables_of_others_use_are_measured_in_the_raw_order() -> None:
    raw = {metric.name for metric in metrics_of(None, "random", served=False)}
    assert {"rmse", "mae", "ndcg@100", "recall@20", "recall@50"} <= raw
    assert raw - {metric.name for metric in metrics_of(None, "random")} == {"ndcg@100", "recall@50"}


def test_every_accuracy_metric_has_its_function() -> None:
    assert {*ACCURACY, "ndcg_stratified"} == {
        name for name, (kind, _) in METRICS.items() if kind == "accuracy"
    }


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("ndgc@10", r"no metric 'ndgc@10'. Did you mean 'ndcg@10'\?"),
        ("ndcg", r"ndcg needs a number of places: ndcg@10, got 'ndcg'"),
        ("rmse@10", "rmse takes no @k"),
        ("ndcg@0", "no metric 'ndcg@0'"),
        ("ndcg@ten", "no metric"),
        ("xyz", "There are: rmse, mae, interval, like_error; and with @k: ndcg"),
    ],
)
def test_wrong_names_are_told(name: str, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        parse_metric(name)


def test_each_metric_once_in_the_order_given() -> None:
    found = parse_metrics(["mae", "ndcg@5", "MAE"])
    assert [metric.name for metric in found] == ["mae", "ndcg@5"]
    assert [metric.sign for metric in found] == [-1, 1]


# -- a film counts once ---------------------------------------------------------------------------


def test_a_film_that_a_list_names_again_counts_once() -> None:
    twice = np.array([[3, 3, 3, -1, -1]], dtype=np.int32)
    hits = metrics.hits_of(twice, np.array([0, 2]), np.array([3, 5], dtype=np.int32))
    assert hits.tolist() == [[True, False, False, False, False]]
    assert metrics.recall(hits, np.array([2]), 5) == pytest.approx([0.5])
    assert metrics.ndcg(hits, np.array([2]), 5) == pytest.approx([1 / (1 + 1 / math.log2(3))])
    once = np.array([[3, -1, -1, -1, -1]], dtype=np.int32)
    counts = np.array([0, 0, 0, 5, 1, 1])
    for function in (coverage, gini):
        assert function(twice, 6) == pytest.approx(function(once, 6))
    assert novelty(twice, counts, 8) == pytest.approx(novelty(once, counts, 8))
    assert metrics.median_popularity(twice, counts) == pytest.approx([5])


@given(rankings())
def test_lists_without_repeats_stay_as_they_are(case: tuple[np.ndarray, list[set[int]]]) -> None:
    ranked, _ = case
    assert np.array_equal(metrics.once(ranked), ranked)
    doubled = np.concatenate([ranked, ranked], axis=1)
    again = metrics.once(doubled)
    assert np.array_equal(again[:, : ranked.shape[1]], ranked)
    assert (again[:, ranked.shape[1] :] == -1).all()


# -- people who told few ratings ------------------------------------------------------------------


def test_stratified_ndcg_of_a_hand_computed_case() -> None:
    # Films 0 to 2 with 1, 4 and 16 likes are worth 1, 1/2 and 1/4; all of them are to be found.
    likes, wanted = np.array([1, 4, 16, 100]), np.array([0, 1, 2], dtype=np.int32)
    ranked = np.array([[2, 3, 0]], dtype=np.int32)
    gained = 1 / 4 + 1 / 2  # at place 1 by log2(2), at place 3 by log2(4)
    best = 1 + (1 / 2) / math.log2(3) + (1 / 4) / 2
    found = metrics.ndcg_stratified(ranked, np.array([0, 3]), wanted, likes, 3)
    assert found == pytest.approx([gained / best])
    # With two places the least worthy film has no place in the best list.
    shorter = metrics.ndcg_stratified(ranked, np.array([0, 3]), wanted, likes, 2)
    assert shorter == pytest.approx([(1 / 4) / (1 + (1 / 2) / math.log2(3))])


@given(rankings())
def test_with_equal_likes_stratified_ndcg_is_ndcg(case: tuple[np.ndarray, list[set[int]]]) -> None:
    ranked, wanted = case
    hits, counts = hits_and_counts(ranked, wanted)
    flat = np.array([film for films in wanted for film in sorted(films)], dtype=np.int32)
    indptr = np.concatenate(([0], np.cumsum(counts)))
    k = ranked.shape[1]
    found = metrics.ndcg_stratified(ranked, indptr, flat, np.full(12, 9), k)
    assert found == pytest.approx(metrics.ndcg(hits, counts, k))


def test_nobody_to_be_found_is_not_measured_by_stratified_ndcg() -> None:
    ranked = np.array([[0], [0]], dtype=np.int32)
    wanted = np.array([0], dtype=np.int32)
    found = metrics.ndcg_stratified(ranked, np.array([0, 1, 1]), wanted, np.array([4]), 1)
    assert found[0] == 1
    assert math.isnan(found[1])


@given(rankings())
def test_overlap_is_the_mean_over_all_pairs(case: tuple[np.ndarray, list[set[int]]]) -> None:
    ranked, _ = case
    found = metrics.overlap(ranked, 12)
    if len(ranked) == 1:
        assert math.isnan(found[0])
        return
    for one, row in enumerate(ranked):
        others = [len({*row} & {*other}) for two, other in enumerate(ranked) if one != two]
        assert found[one] == pytest.approx(np.mean(others) / ranked.shape[1])


def test_popularity_and_rarity_of_lists() -> None:
    counts = np.array([100, 10, 5, 4])
    ranked = np.array([[0, 1, 3], [2, 3, -1], [-1, -1, -1]], dtype=np.int32)
    assert metrics.median_popularity(ranked, counts)[:2].tolist() == [10, 4.5]
    assert metrics.rare_share(ranked, counts)[:2] == pytest.approx([1 / 3, 1 / 2])
    assert np.isnan(metrics.median_popularity(ranked, counts)[2])
    assert np.isnan(metrics.rare_share(ranked, counts)[2])


def test_share_within_the_interval_counts_its_ends() -> None:
    low, high = np.array([3.0, 3.0, 1.0]), np.array([4.0, 4.0, 2.0])
    given_, people = np.array([4.0, 4.5, 1.0]), np.array([0, 0, 1])
    found = metrics.interval_share(low, high, given_, people, 2)
    assert found.value == pytest.approx(2 / 3)
    assert found.per_user.tolist() == [0.5, 1.0]


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans(), st.integers(0, 2)), min_size=1))
def test_calibration_error_is_the_mean_gap_of_the_bins(
    rows: list[tuple[float, bool, int]],
) -> None:
    promised, liked, people = (np.array(column) for column in zip(*rows, strict=True))
    gaps = 0.0
    for place in range(10):
        inside = np.minimum((promised * 10).astype(int), 9) == place
        if inside.any():
            gaps += inside.sum() * abs(promised[inside].mean() - liked[inside].mean())
    found = metrics.like_error(promised, liked, people, 3).value
    assert found == pytest.approx(gaps / len(rows), abs=1e-9)


def test_names_say_how_many_ratings_were_told() -> None:
    metric = parse_metric("ndcg@10").after(3)
    assert metric.name == "ndcg@10/3"
    assert parse_metric(metric.name) == metric
    assert parse_metric("rmse/5").told == 5


def test_which_side_of_each_metric_is_better() -> None:
    signs = {name: metrics.Metric(name).sign for name in METRICS}
    assert {name for name, sign in signs.items() if sign < 0} == {
        "rmse", "mae", "like_error", "gini", "overlap", "calibration"
    }  # fmt: skip
    assert {name for name, sign in signs.items() if sign == 0} == {
        "interval", "popularity", "rare", "novelty", "diversity", "popularity_lift"
    }  # fmt: skip
    assert parse_metric("ndcg@10").heading == "ndcg@10 ↑"
    assert parse_metric("rmse").heading == "rmse ↓"
