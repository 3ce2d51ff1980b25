"""The path to an answer."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import matinee
from matinee import Dials, Filter, Profile
from matinee.errors import ParameterError
from matinee.models.base import Recommender
from matinee.recommend.answer import STRANGER, answer, choose


@pytest.fixture(scope="module")
def data() -> matinee.Dataset:
    return matinee.load("sample")


@pytest.fixture(scope="module")
def ease(data: matinee.Dataset) -> Recommender:
    return matinee.create_model("ease").fit(data)


@pytest.fixture(scope="module")
def item_knn(data: matinee.Dataset) -> Recommender:
    return matinee.create_model("item-knn").fit(data)


ALIENS = {"Alien": 5, "Blade Runner": 4.5, "Notting Hill": 1.5}


# -- fit ---------------------------------------------------------------------------------------


def test_fit_is_linear_in_the_score_between_its_ends(ease: Recommender) -> None:
    scored = ease.scored(ALIENS)
    inside = (scored.fit > 0) & (scored.fit < 100)
    line = np.polyfit(scored.scores[inside], scored.fit[inside], 1)
    assert line[0] == pytest.approx(scored.points, rel=1e-3)
    assert scored.fit[inside] == pytest.approx(np.polyval(line, scored.scores[inside]), abs=0.01)
    assert (scored.fit[scored.scores <= scored.scores.mean()] == 0).all()


def test_a_fit_of_100_is_what_one_person_in_a_hundred_has(
    ease: Recommender, data: matinee.Dataset
) -> None:
    users = np.random.default_rng(7).permutation(np.flatnonzero(data.ratings.user_counts))[:150]
    best = [
        ease.recommend(data.profile(data.ratings.user_ids.id_of(int(user))), 1)[0].fit
        for user in users
    ]
    assert np.mean(np.asarray(best) >= 100) < 0.06
    assert max(best) > 80


def test_what_speaks_for_a_film_was_worth_its_share(ease: Recommender) -> None:
    """Without the film that speaks most for another one, the fit of that one falls."""
    person = ease._profile_of(ALIENS)
    for film in ease.recommend(person, 5, explain=True):
        strongest = film.reasons[0]
        assert strongest.share > 0
        assert strongest.movie_id is not None
        code = ease.catalog.code_of(film.movie_id)
        assert ease.scored(person.without(strongest.movie_id)).fit[code] < film.fit


# -- what is in the list -------------------------------------------------------------------------


def test_films_below_the_persons_mean_come_last(
    item_knn: Recommender, data: matinee.Dataset
) -> None:
    for user in (2, 15, 23, 73, 119):
        person = data.profile(user)
        scored = item_knn.scored(person)
        stars = [film.stars for film in item_knn.recommend(person, 10)]
        assert min(stars) >= scored.own_mean - 1e-4  # type: ignore[type-var]


def test_a_film_that_nothing_speaks_for_is_said_to_be_generally_liked(ease: Recommender) -> None:
    found = ease.recommend(ALIENS, 250, where={"genres": ["Documentary"]})
    poor = [film for film in found if film.fit == 0]
    assert poor
    assert [film.fit for film in found[-len(poor) :]] == [0] * len(poor)
    counts = ease.stats.counts[ease.catalog.codes_of([film.movie_id for film in poor])]
    assert counts.tolist() == sorted(counts.tolist(), reverse=True), "the most rated first"
    assert f"the last {len(poor)} of these films: most people like them" in found.notes[-1]


def test_a_stranger_is_told_so(ease: Recommender) -> None:
    assert ease.recommend().notes == (STRANGER,)
    assert STRANGER not in ease.recommend(ALIENS).notes


def test_a_list_that_rests_on_little_says_so(ease: Recommender) -> None:
    rare = np.flatnonzero(ease.stats.counts == 1)[:3]
    known_by_few = {ease.catalog.movie_ids.id_of(int(code)): 5.0 for code in rare}
    assert any("rests on little" in note for note in ease.recommend(known_by_few).notes)


def test_pages_follow_each_other_without_repeats(ease: Recommender) -> None:
    scored = ease.scored(ALIENS)
    pages = [choose(scored, 10, offset=offset).tolist() for offset in (0, 10, 20)]
    every = [code for page in pages for code in page]
    assert len(set(every)) == 30
    assert set(every) == set(choose(scored, 30).tolist())
    fits = [scored.fit[page].mean() for page in pages]
    assert fits == sorted(fits, reverse=True)


def test_genres_of_a_list_follow_those_of_a_long_profile(
    ease: Recommender, data: matinee.Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With twenty films or more, the mixture of the list comes nearer to the person's."""
    users = np.flatnonzero((data.ratings.user_counts >= 20) & (data.ratings.user_counts < 80))[:40]
    people = [data.profile(data.ratings.user_ids.id_of(int(user))) for user in users]

    def distance() -> float:
        total = 0.0
        for person in people:
            scored = ease.scored(person)
            from matinee.recommend.answer import _liked_genres

            liked = _liked_genres(scored)
            genres = ease.catalog.genres[choose(scored, 10)].astype(float)
            mixed = (genres / np.maximum(genres.sum(axis=1, keepdims=True), 1)).mean(axis=0)
            total += float(np.abs(mixed - liked).sum())
        return total / len(people)

    calibrated = distance()
    monkeypatch.setattr("matinee.recommend.answer._calibration", lambda _: 0.0)
    assert calibrated < distance() - 0.03


def test_seen_and_filtered_films_stay_out_whatever_the_dials(ease: Recommender) -> None:
    person = Profile(
        ease._profile_of(ALIENS).ratings, seen=frozenset([ease.catalog.find("Aliens")])
    )
    for dials in (Dials(), Dials(hidden=1), Dials(different=1), Dials(like=[6])):
        found = answer(ease.scored(person), 20, Filter(genres=["Sci-Fi"]), dials)
        assert not set(found.movie_ids) & person.not_to_return
        assert all("Sci-Fi" in film.genres for film in found)


# -- what people pass first ------------------------------------------------------------------------


def test_a_person_may_be_said_in_several_ways(ease: Recommender) -> None:
    alien = ease.catalog.find("Alien")
    loved = ease.recommend(Profile({alien: 5.0}))
    assert ease.recommend({alien: 5}) == loved
    assert ease.recommend({"Alien": 5}) == loved
    assert ease.recommend(["Alien"]) == loved
    assert ease.similar("Alien") == ease.similar(alien)
    assert ease.recommend(None) == ease.recommend() == ease.recommend({})


@pytest.mark.parametrize("wrong", [42, "Alien"])
def test_what_is_no_person_gets_the_right_call(ease: Recommender, wrong: object) -> None:
    with pytest.raises(ParameterError, match=r"data\.profile\(.*model\.recommend\(\["):
        ease.recommend(wrong)  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match="a person is a Profile"):
        ease.recommend(3.5)  # type: ignore[arg-type]


def test_filters_and_dials_may_be_mappings(ease: Recommender) -> None:
    found = ease.recommend(ALIENS, where={"genres": ["Horror"]}, dials={"hidden": 0.5})
    assert found == ease.recommend(ALIENS, where=Filter(genres=["Horror"]), dials=Dials(hidden=0.5))
    with pytest.raises(ParameterError, match="a filter has genres, exclude_genres"):
        ease.recommend(ALIENS, where={"genre": "Horror"})


def test_a_model_learns_from_a_frame(data: matinee.Dataset) -> None:
    ratings = data.ratings
    few = slice(0, 5000)
    frame = pd.DataFrame(
        {
            "user": ratings.user_ids.decode(ratings.users[few]),
            "movie": ratings.movie_ids.decode(ratings.movies[few]),
            "rating": ratings.stars[few],
        }
    )
    model = matinee.create_model("popular").fit(frame)
    assert model.trained_on["ratings"] == 5000
    with pytest.raises(ParameterError, match="fit needs a Dataset or a frame of ratings, got list"):
        model.fit([1, 2, 3])  # type: ignore[arg-type]


def test_parameters_are_read_and_set_as_elsewhere() -> None:
    model = matinee.create_model("ease", regularization=100.0)
    assert model.get_params()["regularization"] == 100.0
    assert model.set_params(regularization=200.0) is model
    assert model.params["regularization"] == 200.0
    with pytest.raises(ParameterError, match="ease has no hyper-parameter 'factors'"):
        model.set_params(factors=3)
    with pytest.raises(ParameterError, match="regularization"):
        model.set_params(regularization=-1)
    assert model.params["regularization"] == 200.0


def test_without_a_name_there_is_the_default() -> None:
    assert matinee.create_model().name == matinee.models.DEFAULT_MODEL == "blend"
