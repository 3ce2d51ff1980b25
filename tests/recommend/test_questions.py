"""Tests of which film to ask about, and of when to stop."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.server.doors import small_model

import matinee
from matinee.profile import Profile
from matinee.recommend.questions import Asker, interview, overlap, steadiness

LISTS = st.permutations(range(12)).map(lambda films: list(films)[:8])


@pytest.fixture(scope="module")
def asker() -> Asker:
    return Asker(small_model())


def flat() -> np.ndarray:
    return np.zeros(40, dtype=np.float32)


def test_of_a_stranger_the_best_known_film_is_asked(asker: Asker) -> None:
    counts = small_model().stats.counts
    first = asker.best(flat(), [], [], 3)
    assert first.tolist() == np.argsort(-counts, kind="stable")[:3].tolist()
    assert first.dtype == np.int32


def test_what_a_person_likes_is_asked_sooner(asker: Asker) -> None:
    scores = flat()
    scores[17] = 9.0
    assert asker.best(scores, [], [], 1).tolist() == [17]
    scores[17] = -np.inf  # the model never returns it; it may still be asked about, last of all
    assert asker.best(scores, [], [], 40).tolist()[-1] == 17


def test_nothing_is_asked_twice(asker: Asker) -> None:
    asked: list[int] = []
    while True:
        found = asker.best(flat(), asked[::2], asked[1::2], 1).tolist()
        if not found:
            break
        asked += found
    assert sorted(asked) == sorted(asker.candidates.tolist())


def test_films_like_those_not_seen_come_later(asker: Asker) -> None:
    assert asker._vectors is not None
    alike = asker._vectors @ asker._vectors.T
    np.fill_diagonal(alike, -1)
    other = 0  # the film that is asked about first, and the one that is most like it
    one = int(alike[other].argmax())
    unseen, film = int(asker.candidates[one]), int(asker.candidates[other])

    def ahead(codes: list[int]) -> int:
        """How many films, apart from the two, are asked about sooner."""
        order = asker.best(flat(), [], codes, 40).tolist()
        return len(set(order[: order.index(film)]) - {unseen})

    first = asker.best(flat(), [], [unseen] * 300, 40).tolist()
    assert ahead([unseen] * 300) > ahead([])
    assert unseen not in first


def test_the_nearest_film_is_named_if_it_is_near(asker: Asker) -> None:
    assert asker._vectors is not None
    code = int(asker.candidates[0])
    alike = asker._vectors @ asker._vectors[0]
    order = np.argsort(-alike)[1:]
    near, far = int(asker.candidates[order[0]]), int(asker.candidates[order[-1]])
    assert asker.nearest(code, [far, near]) == (near if alike[order[0]] > 0.2 else None)
    assert asker.nearest(code, []) is None


def test_a_model_without_vectors_asks_as_well() -> None:
    model = matinee.create_model("popular").fit(matinee.load("sample"))
    asker = Asker(model)
    assert len(asker.candidates) == 1500
    found = asker.best(np.zeros(len(model.catalog), dtype=np.float32), [], [0, 1], 5)
    assert len(found) == 5
    assert asker.nearest(int(found[0]), [int(found[1])]) is None


def test_an_interview_settles_and_asks_nothing_twice(asker: Asker) -> None:
    model, answers, unseen = small_model(), dict[int, float](), list[int]()
    assert interview(model, asker, Profile({})).stability == 0
    for number in range(12):
        found = interview(model, asker, Profile(answers), unseen, 2)
        films = [int(question.movie_id) for question in found.questions]
        assert not {*films} & {*answers, *unseen}
        answers[films[0]] = 4.0 if number % 2 else 2.0
        unseen.append(films[1])
    assert found.questions[0].why
    assert 0 < found.stability <= 1
    assert len(found.films) == 6
    assert not set(found.films.movie_ids) & set(list(answers)[:-1])


@given(LISTS, LISTS)
def test_overlap_is_symmetric_between_0_and_1_and_1_for_the_same(
    one: list[int], other: list[int]
) -> None:
    assert overlap(one, other) == overlap(other, one)
    assert 0 <= overlap(one, other) <= 1
    assert overlap(one, one) == 1
    if one != other:
        assert overlap(one, other) < 1


def test_overlap_counts_the_top_more() -> None:
    one = list(range(8))
    at_the_top = [100, *one[1:]]
    at_the_end = [*one[:-1], 100]
    assert overlap(one, at_the_top) < overlap(one, at_the_end)


def test_overlap_as_the_paper_computes_it() -> None:
    # Agreements 1, 1/2, 2/3 at depths 1, 2, 3 with p = 0.9.
    expected = 2 / 3 * 0.9**3 + 0.1 / 0.9 * (0.9 + 0.81 / 2 + 0.729 * 2 / 3)
    assert overlap([1, 2, 3], [1, 4, 2]) == pytest.approx(expected, abs=1e-6)


def test_short_lists() -> None:
    assert overlap([], []) == 1
    assert overlap([], [1]) == 0
    assert steadiness([]) == 0
    assert steadiness([[1, 2], [1, 2], [3, 4]]) == 0.5
