from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.dataset import Dataset
from matinee.datasets.curation import keep_movies
from matinee.datasets.splits import Split, strong_generalization
from matinee.errors import EvaluationError
from matinee.evaluation import ranking
from matinee.evaluation.metrics import parse_metrics
from matinee.evaluation.protocols import Relevance, default_relevance, metrics_of
from matinee.evaluation.ranking import Answers, answer, measure, rank_block
from matinee.models import create_model
from matinee.models.bias import Bias
from matinee.ratings import Ratings
from matinee.recommend.scorer import Promises


@given(
    st.lists(
        st.lists(st.sampled_from([0.0, 0.5, 1.0, -np.inf]), min_size=9, max_size=9),
        min_size=1,
        max_size=5,
    ),
    st.integers(1, 9),
    st.integers(0, 3),
)
def test_lists_are_sorted_complete_and_without_hidden_films(
    rows: list[list[float]], depth: int, seed: int
) -> None:
    scores = np.array(rows, dtype=np.float32)
    people = np.arange(len(rows), dtype=np.int32) * 3
    ranked, candidates = rank_block(scores, depth, people, seed)
    for row, films, left in zip(scores, ranked, candidates, strict=True):
        kept = films[films >= 0]
        assert left == np.isfinite(row).sum()
        assert kept.size == min(depth, left)
        assert np.all(films[kept.size :] == -1)
        assert len(set(kept.tolist())) == kept.size
        values = row[kept]
        assert np.all(np.isfinite(values))
        assert np.all(np.diff(values) <= 0)
        rest = np.setdiff1d(np.flatnonzero(np.isfinite(row)), kept)
        if rest.size and kept.size:
            assert row[rest].max() <= values.min()


def test_equal_scores_are_ordered_by_the_seed_and_never_by_the_index() -> None:
    scores = np.zeros((2000, 20), dtype=np.float32)
    people = np.arange(2000, dtype=np.int32)
    ranked, _ = rank_block(scores, 5, people, seed=1)
    # Each film should be in a quarter of the lists, and stand at each place equally often.
    counts = np.bincount(ranked.ravel(), minlength=20)
    assert counts.min() > 400
    assert counts.max() < 600
    first = np.bincount(ranked[:, 0], minlength=20)
    assert first.max() < 150
    other, _ = rank_block(scores, 5, people, seed=2)
    assert (other == ranked).mean() < 0.1
    full, _ = rank_block(scores[:50], 20, people[:50], seed=1)
    assert np.array_equal(full[:, :5], ranked[:50])


def test_the_order_does_not_depend_on_blocks(
    split: Split, fixed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = fixed(scores=(1.0, 0.0, 1.0)).fit(split.train)
    for served in (True, False):
        monkeypatch.setattr(ranking, "BLOCK_BYTES", 2**20)
        whole = answer(model, split, depth=10, seed=4, served=served)
        monkeypatch.setattr(ranking, "BLOCK_BYTES", 4 * 40 * 7)
        parts = answer(model, split, depth=10, seed=4, served=served)
        assert np.array_equal(whole.ranked(10), parts.ranked(10))
        assert np.array_equal(whole.candidates, parts.candidates)
    assert whole.stars is not None
    assert parts.stars is not None
    assert np.array_equal(whole.stars, parts.stars)


@pytest.mark.parametrize("served", [True, False])
def test_films_of_the_training_part_are_not_ranked_and_all_others_are(
    split: Split, fixed: Any, served: bool
) -> None:
    model = fixed().fit(split.train)
    found = answer(model, split, depth=40, served=served)
    train = split.train.ratings
    assert np.array_equal(found.candidates, found.unseen)
    for row, user in enumerate(found.users):
        seen = set(train.movies[train.users == user].tolist())
        films = found.ranked(40)[row]
        listed = films[films >= 0].tolist()
        assert len(listed) == len(set(listed))
        assert set(listed) == set(range(40)) - seen


def test_lists_are_those_of_recommend(split: Split) -> None:
    model = create_model("ease").fit(split.train)
    found = answer(model, split, depth=(5, 12))
    for row in (0, 7, 30):
        user = split.test.user_ids.id_of(int(found.users[row]))
        for n in (5, 12):
            films = model.recommend(split.train.profile(user), n=n).movie_ids
            codes = found.ranked(n)[row]
            assert split.train.catalog.movie_ids.decode(codes).tolist() == films


def test_the_raw_order_is_that_of_the_scores(split: Split, fixed: Any) -> None:
    model = fixed(scores=tuple(range(40))).fit(split.train)
    found = answer(model, split, depth=(3, 30), served=False)
    assert list(found.lists) == [30]
    for row, user in enumerate(found.users):
        seen = set(split.train.ratings.movies[split.train.ratings.users == user].tolist())
        best = [film for film in range(39, -1, -1) if film not in seen]
        assert found.ranked(3)[row].tolist() == best[:3]
        length = min(30, len(best))
        assert found.ranked(30)[row][:length].tolist() == best[:length]


def test_more_than_there_are_gives_all_of_the_longest_list(split: Split, fixed: Any) -> None:
    model = fixed().fit(split.train)
    assert answer(model, split, depth=100).ranked(100).shape[1] == 40


def test_stars_are_those_of_predict(split: Split) -> None:
    model = create_model("bias").fit(split.train)
    found = answer(model, split, depth=0)
    assert not found.lists
    assert found.stars is not None
    for row in (0, 50, len(split.test) - 1):
        user = split.test.user_ids.id_of(int(split.test.users[row]))
        movie = split.test.movie_ids.id_of(int(split.test.movies[row]))
        [stars] = model.predict(split.train.profile(user), [movie])
        assert found.stars[row] == pytest.approx(stars, abs=1e-5)


def test_people_who_were_held_out_are_told_by_their_folded_in_films(data: Dataset) -> None:
    split = strong_generalization(data, min_stars=None, heldout=8)
    model = create_model("bias").fit(split.train)
    found = answer(model, split, depth=3)
    assert found.users.size == 8
    told = split.fold_in
    assert told is not None
    ratings = told.profile(told.user_ids.id_of(int(found.users[0]))).ratings
    films = split.train.catalog.movie_ids.decode(found.ranked(3)[0]).tolist()
    assert films == model.recommend(ratings, 3).movie_ids


def test_a_model_of_other_films_is_refused(split: Split, fixed: Any) -> None:
    few = keep_movies(split.train, np.arange(40) < 10)
    with pytest.raises(EvaluationError, match="knows 10 films, and the split's training part 40"):
        answer(fixed().fit(few), split, depth=3)


def test_scores_that_are_no_numbers_are_refused(split: Split, fixed: Any) -> None:
    model = fixed(scores=(float("nan"), 1.0)).fit(split.train)
    with pytest.raises(EvaluationError, match=r"fixed gave .* scores that are NaN"):
        answer(model, split, depth=3)


# -- figures --------------------------------------------------------------------------------------


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
    found = measure(
        split,
        answer(model, split, depth=(1, 3, 5), served=False),
        metrics,
        Relevance(4.0, stars=True),
    )
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


def test_every_default_metric_is_measured(split: Split, fixed: Any) -> None:
    model = fixed(scores=(1.0, 2.0)).fit(split.train)
    metrics = metrics_of(None, "random")
    found = measure(split, answer(model, split, depth=100), metrics, default_relevance(split))
    assert list(found) == [metric.name for metric in metrics]
    for name, values in found.items():
        assert values.means.size == split.test_users.size
        assert np.isfinite(values.value), name


class Sure(Bias):
    """Promises an interval and a probability to like, the same for all."""

    name = "sure"

    def _promises(self, batch: Any, rows: Any, movies: Any) -> Promises:
        stars = np.full(len(movies), 3.5, dtype=np.float32)
        return Promises(stars, stars - 0.5, stars + 0.5, np.full_like(stars, 0.75))


def test_promised_intervals_and_likes_are_measured() -> None:
    split = hand_made()  # the test ratings are 4, 5, 4 and 1 stars
    answers = answer(Sure().fit(split.train), split, depth=0)
    metrics = parse_metrics(["rmse", "interval", "like_error"])
    found = measure(split, answers, metrics, Relevance(4.0, stars=True))
    assert found["interval"].value == pytest.approx(2 / 4)
    assert found["like_error"].value == pytest.approx(0)  # three of four are liked
    stricter = measure(split, answers, metrics, Relevance(5.0, stars=True))
    assert stricter["like_error"].value == pytest.approx(0.5)
    assert set(measure(split, answers, metrics, Relevance(None, stars=True))) == {
        "rmse", "interval"
    }  # fmt: skip


def test_hits_are_worth_less_the_more_people_like_the_film() -> None:
    # Film 0 is rated by four and liked by one of them, film 1 is liked by all four.
    stars = [5.0, 1.0, 1.0, 1.0, 4.0, 5.0, 4.0, 5.0, 3.0]
    train = Ratings.from_columns([*range(4), *range(4), 4], [0] * 4 + [1] * 4 + [2], stars)
    both = Ratings.from_columns([4, 4], [0, 1], [5.0, 5.0], movies=train.movie_ids)
    data = Dataset.of(train)
    told = Ratings.from_columns([4], [2], [3.0], movies=train.movie_ids)
    split = Split("few-ratings", data, both, fold_in=told, options={"liked": 4.0})
    lists = np.array([[1, 0]], dtype=np.int32)
    answers = Answers(np.array([0], np.int32), {2: lists}, np.ones(1), np.ones(1), Promises(), 0.0)
    [values] = measure(
        split, answers, parse_metrics(["ndcg_stratified@2"]), Relevance(4.0, stars=True)
    ).values()
    second = 1 / np.log2(3)
    assert values.value == pytest.approx((1 / 2 + second) / (1 + second / 2))


class Remembers(Bias):
    """Has learned something of training users: they get the last film first, others the first."""

    name = "remembers"
    uses_user_vectors = True

    def _score(self, batch: Any) -> Any:
        order = np.arange(batch.n_movies, dtype=np.float32)
        return np.where(batch.users[:, None] >= 0, order, -order)

    def _promises(self, batch: Any, rows: Any, movies: Any) -> Promises:
        return Promises(np.where(batch.users[rows] >= 0, 5, 1).astype(np.float32))


@pytest.mark.parametrize("served", [True, False])
def test_training_people_are_answered_by_what_was_learned_of_them(
    data: Dataset, split: Split, served: bool
) -> None:
    found = answer(Remembers().fit(split.train), split, depth=1, served=served)
    assert np.median(found.ranked(1)) > 20
    assert found.stars is not None
    assert set(found.stars.tolist()) == {5.0}
    out = strong_generalization(data, min_stars=None, heldout=8)
    strangers = answer(Remembers().fit(out.train), out, depth=1, served=served)
    assert np.median(strangers.ranked(1)) < 20
    assert strangers.stars is not None
    assert set(strangers.stars.tolist()) == {1.0}
