from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from matinee.dataset import Dataset
from matinee.datasets.splits import Split, leave_last_out, strong_generalization
from matinee.errors import EvaluationError
from matinee.evaluation.measure import Relevance, default_relevance, liked_from, measure
from matinee.evaluation.metrics import parse_metrics
from matinee.evaluation.ranking import answer
from matinee.ratings import Ratings
from matinee.scale import RatingScale


def hand_made() -> Split:
    """Two people, six films; person 1 is to find films 2 and 3, person 2 film 0 (film 1 hated)."""
    everything = Ratings.from_columns(
        [1, 1, 1, 2, 2, 2], [0, 2, 3, 5, 0, 1], [3.0, 4.0, 5.0, 2.0, 4.0, 1.0],
        movies=Ratings.from_columns([1] * 6, range(6), [1.0] * 6).movie_ids,
    )  # fmt: skip
    data = Dataset.of(everything, name="hand made")
    in_test = np.array([False, True, True, True, True, False])
    # Rows are sorted by person and film: 1:(0,2,3), 2:(0,1,5).
    return Split("random", data.replace(everything.take(~in_test)), everything.take(in_test))


def test_figures_of_a_case_computed_by_hand(fixed: Any) -> None:
    split = hand_made()
    # Films in the order 3, 1, 2, 4, 0, 5; the own films (0 for person 1, 5 for person 2) are out.
    model = fixed(scores=(2.0, 5.0, 4.0, 6.0, 3.0, 0.0)).fit(split.train)
    metrics = parse_metrics(["rmse", "mae", "ndcg@3", "recall@1", "recall_all@1", "hit@3", "mrr@5"])
    found = measure(split, answer(model, split, depth=5), metrics, Relevance(4.0, stars=True))
    assert list(found) == [metric.name for metric in metrics]
    # Stars are all 3: errors 1, 2 for person 1 and 1, -2 for person 2.
    assert found["rmse"].value == pytest.approx(np.sqrt((1 + 4 + 1 + 4) / 4))
    assert found["mae"].value == pytest.approx(6 / 4)
    # Person 1 gets 3, 1, 2, 4, 5: hits at 1 and 3. Person 2 gets 3, 1, 2, 4, 0: a hit at 5.
    best = 1 + 1 / np.log2(3)
    assert found["ndcg@3"].means == pytest.approx([(1 + 1 / 2) / best, 0])
    assert found["recall@1"].means == pytest.approx([1, 0])
    assert found["recall_all@1"].means == pytest.approx([1 / 2, 0])
    assert found["hit@3"].means == pytest.approx([1, 0])
    assert found["mrr@5"].means == pytest.approx([1, 1 / 5])


def test_people_who_liked_nothing_in_the_test_part_are_not_measured(fixed: Any) -> None:
    split = hand_made()
    model = fixed().fit(split.train)
    found = measure(
        split, answer(model, split, depth=3), parse_metrics(["hit@3"]), Relevance(5.0, stars=True)
    )
    assert found["hit@3"].n_measured == 1
    with pytest.raises(EvaluationError, match=r"no test rating has at least 5.5 stars.*--relevant"):
        measure(
            split,
            answer(model, split, depth=3),
            parse_metrics(["hit@3"]),
            Relevance(5.5, stars=True),
        )


def test_a_k_beyond_the_catalogue_asks_for_all_films(fixed: Any) -> None:
    split = hand_made()
    model = fixed().fit(split.train)
    found = measure(
        split,
        answer(model, split, depth=100),
        parse_metrics(["recall@100", "precision@100", "ndcg@100"]),
        Relevance(None, stars=False),
    )
    assert found["recall@100"].value == 1
    assert found["precision@100"].value == pytest.approx(2 / 100)
    assert "rmse" not in found


def test_what_is_to_be_found_under_each_protocol(split: Split, data: Dataset) -> None:
    assert default_relevance(split) == Relevance(4.0, stars=True)
    assert default_relevance(leave_last_out(data)) == Relevance(None, stars=True)
    liang = strong_generalization(data, min_stars=3, min_ratings=2)
    assert default_relevance(liang) == Relevance(None, stars=False)
    every = strong_generalization(data, min_stars=None)
    assert default_relevance(every) == Relevance(None, stars=True)


@pytest.mark.parametrize(
    ("scale", "stars"),
    [
        (RatingScale(0.5, 5, 0.5), 4.0),
        (RatingScale(1, 5, 1), 4.0),
        (RatingScale(1, 10, 1), 8.0),
        (RatingScale(0, 100, 0), 75.0),
        (RatingScale(3, 3, 1), 3.0),
    ],
)
def test_liked_is_the_upper_quarter_of_the_scale(scale: RatingScale, stars: float) -> None:
    assert liked_from(scale) == stars


def test_every_default_metric_is_measured(split: Split, fixed: Any) -> None:
    model = fixed(scores=(1.0, 2.0)).fit(split.train)
    metrics = parse_metrics(None)
    found = measure(split, answer(model, split, depth=100), metrics, default_relevance(split))
    assert list(found) == [metric.name for metric in metrics]
    for name, values in found.items():
        assert values.means.size == split.test_users.size
        assert np.isfinite(values.value), name
