from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from matinee.errors import ParameterError
from matinee.evaluation.metrics import UserValues
from matinee.evaluation.significance import bootstrap_intervals, compare_pair, holm, wilson


def test_intervals_are_near_those_of_the_normal_distribution() -> None:
    values = np.random.default_rng(0).normal(2, 1, 900)
    [[low, high]] = bootstrap_intervals([UserValues(values)], resamples=2000, seed=1)
    assert low == pytest.approx(values.mean() - 1.96 / 30, abs=0.012)
    assert high == pytest.approx(values.mean() + 1.96 / 30, abs=0.012)


def test_intervals_repeat_and_share_their_resamples() -> None:
    values = UserValues(np.random.default_rng(0).random(50))
    shifted = UserValues(values.means + 1)
    both = bootstrap_intervals([values, shifted], seed=3)
    assert np.array_equal(both, bootstrap_intervals([values, shifted], seed=3))
    assert both[1] - both[0] == pytest.approx([1, 1])
    assert not np.array_equal(both, bootstrap_intervals([values, shifted], seed=4))


def test_intervals_weigh_and_take_roots() -> None:
    constant = UserValues(np.full(20, 4.0), np.arange(1.0, 21.0), root=True)
    assert bootstrap_intervals([constant]) == pytest.approx(np.array([[2.0, 2.0]]))
    nobody = UserValues(np.full(20, np.nan))
    assert np.isnan(bootstrap_intervals([nobody])).all()
    with pytest.raises(ParameterError, match="resamples must be at least 1"):
        bootstrap_intervals([constant], resamples=0)
    with pytest.raises(ParameterError, match="confidence must lie"):
        bootstrap_intervals([constant], confidence=1)


def test_the_test_is_the_paired_t_test() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.random(80), rng.random(80)
    a[3] = b[3] = np.nan
    found = compare_pair(UserValues(a), UserValues(b))
    theirs = stats.ttest_rel(a, b, nan_policy="omit")
    bounds = theirs.confidence_interval(0.95)
    assert found.p == pytest.approx(theirs.pvalue)
    assert found.difference == pytest.approx(np.nanmean(a - b))
    assert (found.low, found.high) == pytest.approx((bounds.low, bounds.high))
    assert found.n == 79


def test_a_difference_of_the_visible_size_is_found_in_four_of_five_cases() -> None:
    rng = np.random.default_rng(2)
    spread, n = 0.3, 200
    visible = np.median(
        [
            compare_pair(UserValues(rng.normal(0, spread, n)), UserValues(np.zeros(n)))
            .smallest_visible
            for _ in range(50)
        ]
    )  # fmt: skip
    found = [
        compare_pair(UserValues(rng.normal(visible, spread, n)), UserValues(np.zeros(n))).p < 0.05
        for _ in range(600)
    ]
    assert np.mean(found) == pytest.approx(0.8, abs=0.06)


def test_without_a_difference_few_tests_find_one() -> None:
    rng = np.random.default_rng(3)
    found = []
    for _ in range(600):
        counts = rng.integers(1, 30, 100).astype(float)
        errors = [rng.gamma(2, 0.5, 100) for _ in range(2)]
        first, second = (UserValues(one, counts, root=True) for one in errors)
        found.append(compare_pair(first, second).p < 0.05)
    assert np.mean(found) == pytest.approx(0.05, abs=0.03)


def test_differences_of_rmse_are_told_in_stars() -> None:
    rng = np.random.default_rng(4)
    counts = rng.integers(1, 30, 300).astype(float)
    first = UserValues(rng.gamma(2, 0.5, 300), counts, root=True)
    second = UserValues(first.means * 1.1, counts, root=True)
    found = compare_pair(first, second)
    assert found.difference == pytest.approx(first.value - second.value)
    assert found.low < found.difference < found.high < 0


def test_equal_models_do_not_differ_and_a_constant_difference_is_certain() -> None:
    values = UserValues(np.random.default_rng(0).random(10))
    same = compare_pair(values, values)
    assert (same.difference, same.p) == (0.0, 1.0)
    sure = compare_pair(UserValues(np.ones(10)), UserValues(np.zeros(10)))
    assert sure.p == 0.0


def test_one_person_is_too_few() -> None:
    found = compare_pair(UserValues(np.array([1.0])), UserValues(np.array([0.0])))
    assert math.isnan(found.p)
    assert found.n == 1


def test_more_comparisons_see_less() -> None:
    rng = np.random.default_rng(0)
    a, b = UserValues(rng.random(100)), UserValues(rng.random(100))
    one, ten = compare_pair(a, b), compare_pair(a, b, comparisons=10)
    assert ten.smallest_visible > one.smallest_visible


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_lies_between_the_raw_values_and_bonferroni(p: list[float]) -> None:
    found = np.array(holm(p))
    raw = np.array(p)
    assert np.all(found >= raw - 1e-12)
    assert np.all(found <= np.minimum(raw * len(p), 1) + 1e-12)
    order = np.argsort(raw, kind="stable")
    assert np.all(np.diff(found[order]) >= -1e-12)


def test_holm_of_a_known_case_and_without_what_is_unknown() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    found = holm([0.02, float("nan")])
    assert found[0] == 0.02
    assert math.isnan(found[1])


def test_only_people_who_are_measured_under_both_are_compared() -> None:
    first = UserValues(np.array([1.0, 0.0, np.nan, 1.0]))
    second = UserValues(np.array([0.0, 0.5, 1.0, np.nan]))
    found = compare_pair(first, second)
    assert found.n == 2
    assert found.difference == pytest.approx(((1.0 - 0.0) + (0.0 - 0.5)) / 2)


def test_wilsons_interval_of_published_cases() -> None:
    # Newcombe (1998), table I.
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(15, 148) == pytest.approx((0.0624, 0.1605), abs=5e-5)
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)
    assert wilson(29, 29) == pytest.approx((0.8830, 1.0), abs=5e-5)
