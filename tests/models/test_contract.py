"""The promises that every registered model keeps, whatever its mathematics."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.models.conftest import movie_id

from matinee import Filter, Profile, load_model
from matinee.dataset import Dataset
from matinee.errors import (
    NotEnoughMemoryError,
    NotFittedError,
    NotSupportedError,
    ParameterError,
    UnknownMovieError,
)
from matinee.models import MODELS, create_model, model_class
from matinee.models.base import Recommender
from matinee.progress import ProgressEvent
from matinee.ratings import Ratings

# Enough for a world of 80 people; what is not here runs with its defaults.
SMALL: dict[str, dict[str, Any]] = {
    "svd": {"factors": 8},
    "als": {"factors": 8},
    "mf": {"factors": 8},
    "bayes": {"factors": 7, "iterations": 20, "samples": 8},
    "dot": {"factors": 8, "epochs": 15},
    "mlp": {"epochs": 15},
}
NEEDS_TORCH = {"dot", "mlp"}
IMPERSONAL = {"popular", "bias"}  # the same order for everybody

ACTION = {movie_id(code): 5.0 for code in (0, 2, 4, 6, 10)}
ROMANCE = {movie_id(code): 5.0 for code in (1, 3, 5, 7, 11)}
MIXED = {**ACTION, **dict.fromkeys(ROMANCE, 1.0)}


@pytest.fixture(scope="module", params=list(MODELS))
def model(request: pytest.FixtureRequest, world: Dataset) -> Recommender:
    return new(request.param).fit(world)


def new(name: str) -> Recommender:
    if name in NEEDS_TORCH and importlib.util.find_spec("torch") is None:
        pytest.skip(f"{name} needs the extra 'neural' to train")
    return create_model(name, **SMALL.get(name, {}))


def profiles() -> list[Profile]:
    return [Profile(ACTION), Profile(ROMANCE), Profile(MIXED), Profile({}), Profile({106: 3.0})]


# -- what comes back -------------------------------------------------------------------------


def test_nothing_seen_comes_back(model: Recommender) -> None:
    for profile in profiles():
        seen = Profile(profile.ratings, seen=frozenset({movie_id(20), movie_id(21)}))
        found = model.recommend(seen, n=1000).movie_ids
        assert not set(found) & seen.not_to_return
        assert len(found) == len(set(found))


@pytest.mark.parametrize(
    ("where", "passes"),
    [
        (Filter(genres=["comedy"]), lambda film, _: "Comedy" in film.genres),
        (Filter(exclude_genres=["Comedy"]), lambda film, _: "Comedy" not in film.genres),
        (Filter(from_year=1960, to_year=1975), lambda film, _: 1960 <= film.year <= 1975),
        (Filter(min_ratings=20), lambda film, count: count >= 20),
        (Filter(allow=[112, 115, 118]), lambda film, _: film.movie_id in (112, 115, 118)),
        (Filter(deny=[130, 133, 136]), lambda film, _: film.movie_id not in (130, 133, 136)),
    ],
    ids=["genres", "exclude", "years", "min_ratings", "allow", "deny"],
)
def test_filters_never_leak(
    model: Recommender, where: Filter, passes: Callable[[Any, int], bool]
) -> None:
    for profile in profiles():
        for film in model.recommend(profile, n=1000, where=where):
            count = int(model.stats.counts[model.catalog.code_of(film.movie_id)])
            assert passes(film, count)
    if model.finds_similar:
        for film in model.similar(movie_id(4), n=1000, where=where):
            count = int(model.stats.counts[model.catalog.code_of(film.movie_id)])
            assert passes(film, count)


def test_a_short_list_stays_short(model: Recommender) -> None:
    found = model.recommend(Profile(ACTION), n=30, where=Filter(allow=[112, 103, 100]))
    assert set(found.movie_ids) <= {103}  # 100 and 112 were rated
    assert not found.complete


def test_fit_is_within_bounds_and_orders_the_list(model: Recommender) -> None:
    for profile in profiles():
        fit = [film.fit for film in model.recommend(profile, n=1000)]
        assert min(fit) >= 0
        assert max(fit) <= 100
        assert fit == sorted(fit, reverse=True)


def test_empty_one_film_and_all_films_profiles(model: Recommender, world: Dataset) -> None:
    assert len(model.recommend(Profile({}), n=10)) == 10
    assert len(model.recommend(Profile({movie_id(3): 5.0}), n=10)) == 10
    everything = Profile(dict.fromkeys(world.catalog.movie_ids, 4.0))
    assert len(model.recommend(everything, n=10)) == 0


def test_a_batch_equals_single_calls(model: Recommender) -> None:
    together = model.recommend_many(profiles(), n=8)
    for profile, found in zip(profiles(), together, strict=True):
        alone = model.recommend(profile, n=8)
        assert alone.movie_ids == found.movie_ids
        assert np.allclose([f.fit for f in alone], [f.fit for f in found], rtol=1e-3, atol=1e-2)


def test_blocks_do_not_change_answers(model: Recommender, monkeypatch: pytest.MonkeyPatch) -> None:
    together = model.recommend_many(profiles(), n=8)
    monkeypatch.setattr("matinee.recommend.answer.BLOCK_BYTES", 1)
    assert [found.movie_ids for found in model.recommend_many(profiles(), n=8)] == [
        found.movie_ids for found in together
    ]


def test_taste_decides(model: Recommender) -> None:
    """Hated films count: low stars move the list away, high ones towards their kind."""
    if model.name in IMPERSONAL:
        pytest.skip(f"{model.name} orders films alike for everybody")
    for films, parity in ((ACTION, 0), (ROMANCE, 1)):
        loved = model.recommend(Profile(films), n=10)
        hated = model.recommend(Profile(dict.fromkeys(films, 1.0)), n=10)
        kind = [model.catalog.code_of(i) % 2 == parity for i in loved.movie_ids]
        kind_if_hated = [model.catalog.code_of(i) % 2 == parity for i in hated.movie_ids]
        assert sum(kind) >= 7, (model.name, loved)
        assert sum(kind_if_hated) <= sum(kind) - 3, (model.name, hated)


# -- ids and stars that are wrong ------------------------------------------------------------


def test_unknown_ids_are_named(model: Recommender) -> None:
    with pytest.raises(UnknownMovieError, match=r"no movie 99999 .* 50 films.*Profile\.known_to"):
        model.recommend({99999: 4.0})
    with pytest.raises(UnknownMovieError, match="99999"):
        model.recommend(Profile({}, seen=frozenset({99999})))
    if model.predicts_stars:
        with pytest.raises(UnknownMovieError, match="99999"):
            model.predict(ACTION, [100, 99999])
    if model.finds_similar:
        with pytest.raises(UnknownMovieError, match="99999"):
            model.similar(99999)


def test_stars_outside_the_scale_are_refused(model: Recommender) -> None:
    with pytest.raises(ParameterError, match=r"6 stars for movie 100 is outside .* 0\.5 to 5"):
        model.recommend({100: 6.0})


def test_n_must_be_positive(model: Recommender) -> None:
    with pytest.raises(ParameterError, match="n must be a whole number of at least 1, got 0"):
        model.recommend(ACTION, n=0)


# -- stars, similar films, reasons -----------------------------------------------------------


def test_predicted_stars(model: Recommender, world: Dataset) -> None:
    ids = list(world.catalog.movie_ids)
    if not model.predicts_stars:
        with pytest.raises(NotSupportedError, match=f"{model.name} cannot predict stars; these"):
            model.predict(ACTION, ids)
        return
    for profile in profiles():
        stars = model.predict(profile, ids)
        assert stars.shape == (50,)
        assert stars.dtype == np.float32
        assert np.all((stars >= world.ratings.scale.minimum) & (stars <= 5.0))
        assert model.predict(profile, ids[7:8])[0] == pytest.approx(stars[7], abs=1e-4)
        for film in model.recommend(profile, n=3):
            expected = stars[model.catalog.code_of(film.movie_id)]
            assert film.stars == pytest.approx(expected, abs=1e-4)
    assert model.predict(ACTION, []).shape == (0,)


def test_similar_films(model: Recommender) -> None:
    if not model.finds_similar:
        with pytest.raises(NotSupportedError, match="cannot find similar films"):
            model.similar(100)
        return
    found = model.similar([movie_id(4), movie_id(8)], n=1000)
    assert not {movie_id(4), movie_id(8)} & set(found.movie_ids)
    assert len(set(found.movie_ids)) == len(found)
    kinds = [model.catalog.code_of(i) % 2 for i in model.similar(movie_id(4), n=8).movie_ids]
    assert kinds.count(0) >= 6, (model.name, kinds)
    with pytest.raises(ParameterError, match="at least one movie"):
        model.similar([])


@pytest.mark.parametrize("number", [1, 5, 30])
def test_similarities_to_several_films_are_those_to_each(model: Recommender, number: int) -> None:
    if not model.finds_similar:
        pytest.skip(f"{model.name} finds no similar films")
    films = np.arange(number, dtype=np.int32)
    several = model._similarities(films)
    assert several.shape == (number, len(model.catalog))
    for row, own in enumerate(several):
        alone = model._similarity(films[row : row + 1])
        np.testing.assert_allclose(own, alone, rtol=1e-4, atol=1e-5)


def test_parts_add_up_to_the_score_and_reasons_are_among_them(
    model: Recommender, world: Dataset
) -> None:
    if not model.explains:
        with pytest.raises(NotSupportedError, match="cannot give reasons"):
            model.explain(ACTION, 100)
        return
    for profile in (Profile(MIXED), Profile(ACTION), world.profile(7)):
        for film in model.recommend(profile, n=3, explain=True):
            parts = model.contributions(profile, film.movie_id)
            scored = model.scored(profile)
            code = model.catalog.code_of(film.movie_id)
            assert parts.total == pytest.approx(scored.scores[code], rel=1e-3, abs=1e-4)
            assert len(film.reasons) > 0
            assert all(map(str, film.reasons))
            every = [*parts.weights.tolist(), *(part[2] for part in parts.features)]
            largest = max(every, key=abs)
            strongest = film.reasons[0].share
            assert np.sign(strongest) == np.sign(largest)
            assert strongest == pytest.approx(largest * scored.points, rel=1e-3, abs=1e-3)
            own = {reason.movie_id for reason in film.reasons if reason.kind == "movie"}
            assert own <= set(profile.ratings)


def test_reasons_of_a_list_are_those_of_single_films(model: Recommender, world: Dataset) -> None:
    if not model.explains:
        pytest.skip(f"{model.name} gives no reasons")
    for profile in (*profiles(), world.profile(7)):
        for film in model.recommend(profile, n=8, explain=True):
            alone = model.explain(profile, film.movie_id)
            assert list(map(str, alone)) == list(map(str, film.reasons))
            assert [reason.share for reason in alone] == pytest.approx(
                [reason.share for reason in film.reasons], rel=1e-3, abs=1e-2
            )


# -- vectors ---------------------------------------------------------------------------------

KNOWS_UNRATED = {"content"}
WITH_VECTORS = {
    *(
        "content",
        "item-knn",
        "ease",
        "svd",
        "mf",
        "als",
        "explicit-als",
        "bayes",
        "dot",
        "mlp",
        "blend",
    ),
}


def test_movie_vectors(model: Recommender, world: Dataset, tmp_path: Path) -> None:
    if not model.has_movie_vectors:
        assert model.name not in WITH_VECTORS
        with pytest.raises(NotSupportedError, match=f"{model.name} cannot place films in a space;"):
            model.movie_vectors()
        return
    vectors = model.movie_vectors()
    assert vectors.shape[0] == len(world.catalog)
    assert vectors.shape[1] >= 2
    assert vectors.dtype == np.float32
    assert np.isfinite(vectors).all()
    lengths = np.linalg.norm(vectors, axis=1)
    rated = world.ratings.movie_stats.counts > 0
    assert (lengths[rated] > 0).all()
    if model.name not in KNOWS_UNRATED:
        assert not lengths[~rated].any()
    loaded = load_model(model.save(tmp_path / "model"))
    assert np.array_equal(loaded.movie_vectors(), vectors)
    assert np.array_equal(new(model.name).fit(world).movie_vectors(), vectors)
    vectors[:] = 7  # a copy: the model is as it was
    assert not np.array_equal(model.movie_vectors(), vectors)


def test_movie_vectors_tell_the_kinds_apart(model: Recommender) -> None:
    if not model.has_movie_vectors:
        pytest.skip(f"{model.name} has no vectors")
    vectors = model.movie_vectors()[:-2]  # the last two films are unrated
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    cosine = units @ units.T
    np.fill_diagonal(cosine, -np.inf)
    nearest = np.argsort(-cosine, axis=1)[:, :5]
    same = nearest % 2 == np.arange(len(units))[:, None] % 2
    assert same.mean() > 0.7, (model.name, same.mean())


# -- training --------------------------------------------------------------------------------


def test_same_seed_same_model(model: Recommender, world: Dataset) -> None:
    again = new(model.name).fit(world)
    first, second = model._arrays(), again._arrays()
    assert first.keys() == second.keys()
    for name, array in first.items():
        assert np.array_equal(array, second[name]), name


def test_a_training_user_and_their_profile_agree(model: Recommender, world: Dataset) -> None:
    shared = []
    for user in range(1, 21):
        known = world.profile(user)
        stranger = Profile(known.ratings, timestamps=known.timestamps)
        own = model.recommend(known, n=10).movie_ids
        folded = model.recommend(stranger, n=10).movie_ids
        shared.append(len(set(own) & set(folded)) / 10)
    assert np.mean(shared) >= (0.7 if model.uses_user_vectors else 1.0)


def test_changed_ratings_are_folded_in(model: Recommender, world: Dataset) -> None:
    """A stored user who changed their mind is not answered from what was learned before."""
    known = world.profile(4)
    turned = Profile({i: 5.5 - stars for i, stars in known.ratings.items()}, user_id=4)
    stranger = Profile(turned.ratings)
    assert model.recommend(turned, n=10) == model.recommend(stranger, n=10)


def test_training_again_replaces_everything(
    model: Recommender, world: Dataset, other_world: Dataset
) -> None:
    twice = new(model.name).fit(other_world).fit(world)
    assert twice.trained_on == model.trained_on
    assert twice.recommend(ACTION, n=10) == model.recommend(ACTION, n=10)


def test_an_interrupted_fit_leaves_the_model_as_it_was(
    model: Recommender, other_world: Dataset, tmp_path: Path
) -> None:
    copy = load_model(model.save(tmp_path / "model"))
    before = copy.recommend(MIXED, n=10)

    def interrupt(_: ProgressEvent) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        copy.fit(other_world, progress=interrupt)
    assert copy.recommend(MIXED, n=10) == before


def test_a_fit_says_its_cost_and_refuses_what_does_not_fit(
    model: Recommender, world: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes: list[str] = []
    new(model.name).fit(world, progress=lambda event: notes.append(event.note))
    assert any("of memory" in note for note in notes)
    monkeypatch.setenv("MATINEE_MEMORY_LIMIT", "100B")
    with pytest.raises(
        NotEnoughMemoryError, match=f"{model.name} with .* needs about .* 100 B are avail"
    ):
        new(model.name).fit(world)


def test_no_ratings_no_model(model: Recommender, world: Dataset) -> None:
    nothing = world.replace(world.ratings.take(np.zeros(len(world.ratings), dtype=bool)))
    with pytest.raises(ParameterError, match="no ratings"):
        new(model.name).fit(nothing)


def test_before_fit_it_says_so(model: Recommender) -> None:
    fresh = new(model.name)
    for call in (
        lambda: fresh.recommend({}),
        lambda: fresh.similar(1),
        lambda: fresh.save("x"),
        lambda: fresh.predict({}, []),
        lambda: fresh.explain({}, 1),
        lambda: fresh.movie_vectors(),
    ):
        with pytest.raises(NotFittedError, match="call fit"):
            call()


def test_ids_may_be_strings(model: Recommender, text_world: Dataset) -> None:
    texts = new(model.name).fit(text_world)
    found = texts.recommend({f"m{i}": stars for i, stars in ACTION.items()}, n=10)
    assert len(found) == 10
    assert all(isinstance(i, str) and i.startswith("m") for i in found.movie_ids)


# -- storing ---------------------------------------------------------------------------------


def test_a_loaded_model_answers_the_same(
    model: Recommender, world: Dataset, tmp_path: Path
) -> None:
    loaded = load_model(model.save(tmp_path / "model"))
    assert type(loaded) is type(model)
    assert loaded.params == model.params
    for profile in [*profiles(), world.profile(7)]:
        assert loaded.recommend(profile, n=20) == model.recommend(profile, n=20)
        if model.explains:
            assert loaded.explain(profile, 103) == model.explain(profile, 103)
        if model.predicts_stars:
            ids = list(world.catalog.movie_ids)
            assert np.array_equal(loaded.predict(profile, ids), model.predict(profile, ids))
    if model.finds_similar:
        assert loaded.similar(106, n=10) == model.similar(106, n=10)
    again = load_model(loaded.save(tmp_path / "again"))
    assert again.recommend(MIXED) == model.recommend(MIXED)


HEAVY = ("numba", "torch", "sklearn", "polars", "pandas", "matplotlib", "pyspark")


def test_answering_imports_nothing_heavy(model: Recommender, tmp_path: Path) -> None:
    path = model.save(tmp_path / "model")
    code = (
        "import json, sys, matinee\n"
        f"model = matinee.load_model({str(path)!r})\n"
        "model.recommend({100: 5.0}, explain=True)\n"
        "model.finds_similar and model.similar(100)\n"
        f"print(json.dumps([name for name in {HEAVY!r} if name in sys.modules]))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []


# -- hyper-parameters ------------------------------------------------------------------------


def test_hyper_parameters_are_kept_and_checked(model: Recommender) -> None:
    cls = model_class(model.name)
    assert cls.name == model.name
    assert cls.summary
    assert json.loads(json.dumps(model.params)) == model.params
    for name in cls.search_space:
        assert name in cls.defaults()
    with pytest.raises(ParameterError, match="has no hyper-parameter 'nonsense'"):
        create_model(model.name, nonsense=1)
    for name, default in cls.defaults().items():
        if isinstance(default, int | float) and not isinstance(default, bool):
            with pytest.raises(ParameterError, match=name):
                create_model(model.name, **{name: "a word"})
            with pytest.raises(ParameterError, match=name):
                create_model(model.name, **{name: -1000})


# -- scale -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("factor", "shift"), [(2.0, 0.0), (0.25, -0.25), (20.0, 3.0)])
def test_the_scale_of_the_stars_does_not_matter(
    model: Recommender, world: Dataset, factor: float, shift: float
) -> None:
    told = world.ratings
    ratings = Ratings(
        *(told.users, told.movies, told.stars * factor + shift, told.timestamps),
        user_ids=told.user_ids,
        movie_ids=told.movie_ids,
    )
    other = new(model.name).fit(world.replace(ratings), spread=False)
    ids = list(world.catalog.movie_ids)
    for profile in profiles():
        moved = Profile({i: stars * factor + shift for i, stars in profile.ratings.items()})
        ours, theirs = model.recommend(profile, n=20), other.recommend(moved, n=20)
        assert len(set(ours.movie_ids) & set(theirs.movie_ids)) >= 18
        assert ours.movie_ids[:3] == theirs.movie_ids[:3]
        if model.predicts_stars:
            stars = model.predict(profile, ids) * factor + shift
            assert other.predict(moved, ids) == pytest.approx(stars, abs=0.02 * factor)


def test_stars_that_are_all_alike(model: Recommender, world: Dataset) -> None:
    told = world.ratings
    ratings = Ratings(
        *(told.users, told.movies, np.full_like(told.stars, 4.0), told.timestamps),
        user_ids=told.user_ids,
        movie_ids=told.movie_ids,
    )
    likes = new(model.name).fit(world.replace(ratings))
    assert len(likes.recommend(Profile(dict.fromkeys(ACTION, 4.0)), n=5)) == 5
    if model.predicts_stars:
        assert likes.predict({106: 4.0}, [100, 103]) == pytest.approx([4.0, 4.0], abs=1e-3)
