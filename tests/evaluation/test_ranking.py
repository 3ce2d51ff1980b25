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
from matinee.evaluation.ranking import answer, rank_block
from matinee.models import create_model


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
    whole = answer(model, split, depth=10, seed=4)
    monkeypatch.setattr(ranking, "BLOCK_BYTES", 4 * 40 * 7)
    parts = answer(model, split, depth=10, seed=4)
    assert np.array_equal(whole.ranked, parts.ranked)
    assert np.array_equal(whole.candidates, parts.candidates)
    assert whole.stars is not None
    assert parts.stars is not None
    assert np.array_equal(whole.stars, parts.stars)


def test_films_of_the_training_part_are_not_ranked_and_all_others_are(
    split: Split, fixed: Any
) -> None:
    model = fixed().fit(split.train)
    found = answer(model, split, depth=40)
    train = split.train.ratings
    assert np.array_equal(found.candidates, found.unseen)
    for row, user in enumerate(found.users):
        seen = set(train.movies[train.users == user].tolist())
        listed = set(found.ranked[row][found.ranked[row] >= 0].tolist())
        assert listed == set(range(40)) - seen


def test_lists_are_those_of_recommend(split: Split) -> None:
    model = create_model("bias").fit(split.train)
    found = answer(model, split, depth=5)
    for row in (0, 7, 30):
        user = split.test.user_ids.id_of(int(found.users[row]))
        films = model.recommend(split.train.profile(user), n=5).movie_ids
        codes = found.ranked[row]
        assert split.train.catalog.movie_ids.decode(codes).tolist() == films


def test_stars_are_those_of_predict(split: Split) -> None:
    model = create_model("bias").fit(split.train)
    found = answer(model, split, depth=0)
    assert found.ranked.shape[1] == 0
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
    films = split.train.catalog.movie_ids.decode(found.ranked[0]).tolist()
    assert films == model.recommend(ratings, 3).movie_ids


def test_a_model_of_other_films_is_refused(split: Split, fixed: Any) -> None:
    few = keep_movies(split.train, np.arange(40) < 10)
    with pytest.raises(EvaluationError, match="knows 10 films, and the split's training part 40"):
        answer(fixed().fit(few), split, depth=3)


def test_scores_that_are_no_numbers_are_refused(split: Split, fixed: Any) -> None:
    model = fixed(scores=(float("nan"), 1.0)).fit(split.train)
    with pytest.raises(EvaluationError, match=r"fixed gave .* scores that are NaN"):
        answer(model, split, depth=3)
