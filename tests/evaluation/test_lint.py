from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from matinee.catalog import Catalog
from matinee.dataset import Dataset
from matinee.datasets.curation import MinUserRatings, curate
from matinee.datasets.splits import Split, leave_last_out, random, strong_generalization, time
from matinee.evaluation.candidate import Candidate
from matinee.evaluation.lint import lint_candidates, lint_ranked_share, lint_split
from matinee.evaluation.metrics import parse_metrics
from matinee.evaluation.protocols import Relevance
from matinee.ratings import Ratings

METRICS = parse_metrics(["rmse", "ndcg@5"])
ALL = Relevance(None, stars=True)


def many(n: int = 150) -> Dataset:
    """Enough people for no complaint about their number."""
    rng = np.random.default_rng(0)
    users = np.repeat(np.arange(n), 10)
    movies = np.concatenate([rng.choice(40, 10, replace=False) for _ in range(n)])
    stars = rng.integers(1, 6, users.size)
    return Dataset.of(Ratings.from_columns(users, movies, stars, rng.permutation(users.size) + 1))


def codes(split: Split, metrics: Any = METRICS) -> list[str]:
    return [trap.code for trap in lint_split(split, metrics, ALL)]


@pytest.mark.parametrize(
    "make",
    [
        lambda d: random(d, per_user=True, test_size=0.3),
        leave_last_out,
        lambda d: time(d, test_size=0.2),
    ],
)
def test_a_fair_split_has_no_traps(make: Any) -> None:
    assert codes(make(many())) == []


def test_a_split_by_time_that_learns_from_the_future() -> None:
    data = many()
    split = random(data, test_size=0.5)
    claims = Split("time", split.train, split.test)
    [trap] = lint_split(claims, METRICS, ALL)
    assert trap.code == "time-leak"
    assert "training ratings are later than the first test rating" in trap.message
    claims = Split("leave-last-out", split.train, split.test)
    [trap] = lint_split(claims, METRICS, ALL)
    assert "are not their person's last" in trap.message


def test_ratings_in_both_parts() -> None:
    data = many()
    split = Split("random", data, data.ratings)
    [trap] = lint_split(split, METRICS, ALL)
    assert trap.code == "test-in-training"
    assert trap.message.startswith("1,500 test ratings are in the training part too")


def test_one_film_under_two_ids() -> None:
    catalog = Catalog.from_columns(
        [1, 2, 3, 4], ["Emma (1996)", "emma (1996) ", "Emma (2020)", "Other"],
        imdb_ids=np.array([0, 0, 7, 7]),
    )  # fmt: skip
    ratings = Ratings.from_columns([1, 1, 2], [1, 2, 3], [4.0, 4.0, 3.0], movies=catalog.movie_ids)
    data = Dataset(ratings, catalog)
    split = Split("random", data.replace(ratings.take([0, 2])), ratings.take([1]))
    assert "duplicate-films" in codes(split)
    alone = Split("random", data.replace(ratings.take([0, 1])), ratings.take([2]))
    assert "duplicate-films" not in codes(alone)


def test_people_whom_nobody_knows() -> None:
    ratings = Ratings.from_columns(
        np.repeat(range(200), 2), [1, 2] * 200, [3.0] * 400, np.arange(400) + 1
    )
    split = time(Dataset.of(ratings), test_size=0.5)
    [trap] = lint_split(split, METRICS[:1], ALL)
    assert trap.code == "unknown-people"
    assert "100 of 100 test people have no training ratings" in trap.message


def test_k_larger_than_what_is_left() -> None:
    split = random(many(), per_user=True, test_size=0.3)
    [trap] = lint_split(split, parse_metrics(["ndcg@5", "recall@34"]), ALL)
    assert trap.code == "k-too-large"
    assert trap.message.startswith("recall@34: 150 people have fewer unseen films")


def test_few_people_and_curated_tests() -> None:
    data, _ = curate(many(), [MinUserRatings(2)])
    assert codes(random(data, per_user=True, test_size=0.3)) == ["curated-test"]
    few = random(many(30), per_user=True, test_size=0.3)
    [trap] = lint_split(few, METRICS, ALL)
    assert trap.code == "few-people"
    assert "only 30 people are measured" in trap.message


def candidates(*names: str) -> list[Candidate]:
    return [Candidate(f"{name}-{number}", name) for number, name in enumerate(names)]


def test_a_baseline_that_is_missing_or_weak() -> None:
    def found(*names: str, relevance: Relevance = ALL) -> list[str]:
        return [trap.code for trap in lint_candidates(candidates(*names), METRICS, relevance)]

    assert found("ease") == ["no-baseline", "no-baseline"]
    assert found("ease", relevance=Relevance(None, stars=False)) == ["no-baseline"]
    assert found("bias", "popular") == ["weak-baseline"]
    by_count = Candidate("popular", "popular", {"by": "count"})
    assert lint_candidates([*candidates("bias"), by_count], METRICS, ALL) == []


def test_many_variants_on_one_test_part_are_tuning_on_it() -> None:
    variants = candidates(*["ease"] * 5)
    found = lint_candidates(variants, METRICS, ALL)
    [trap] = [trap for trap in found if trap.code == "tuned-on-test"]
    assert trap.message.startswith("5 variants of ease on one test part")


def test_a_model_that_was_tuned_on_what_is_tested_now() -> None:
    tuned = {"data_fingerprint": "d", "test_fingerprint": "t", "protocol": "random", "seed": 3}
    chosen = [Candidate("mine", "ease", tuned=tuned)]

    def found(data: str, *tests: str) -> list[str]:
        traps = lint_candidates(
            chosen, METRICS, ALL, data_fingerprint=data, test_fingerprints=tests
        )
        return [trap.message for trap in traps if trap.code == "tuned-on-test"]

    assert found("d", "t") == []
    assert found("other", "u") == []
    [message] = found("d", "u")
    assert message.startswith("mine was tuned on another split of the same data (random, seed 3)")
    assert len(found("d", "t", "u")) == 1


def test_models_that_rank_a_sample_of_the_films() -> None:
    found = lint_ranked_share({"mine": 0.1, "all": 1.0, "stars only": float("nan")})
    [trap] = found
    assert trap.code == "sampled-candidates"
    assert str(trap).startswith("mine ranked 10.0% of the unseen films")


def test_held_out_people_are_not_unknown(data: Dataset) -> None:
    split = strong_generalization(data, min_stars=None, heldout=8)
    assert "unknown-people" not in codes(split)
