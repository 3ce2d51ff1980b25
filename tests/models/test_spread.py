"""What is promised of stars is kept: coverage, liking, and less sureness with less evidence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import matinee
from matinee import load_model
from matinee.dataset import Dataset
from matinee.models import create_model
from matinee.models.base import Recommender
from matinee.models.spread import INTERVAL, good_from, good_stars
from matinee.ratings import Ratings
from matinee.recommend.batch import ProfileBatch


@pytest.fixture(scope="module")
def sample() -> Dataset:
    return matinee.load("sample")


@pytest.fixture(scope="module")
def parts(sample: Dataset) -> tuple[Dataset, Ratings]:
    """Four fifths of the people, and the ratings of the others."""
    held = np.random.default_rng(11).random(sample.ratings.n_users) < 0.2
    out = held[sample.ratings.users]
    return sample.replace(sample.ratings.take(~out)), sample.ratings.take(out)


@pytest.fixture(scope="module", params=["bias", "bayes"])
def model(request: pytest.FixtureRequest, parts: tuple[Dataset, Ratings]) -> Recommender:
    settings: dict[str, Any] = {"bayes": {"factors": 7, "iterations": 16, "samples": 6}}
    return create_model(request.param, **settings.get(request.param, {})).fit(parts[0])


def told(ratings: Ratings, number: int) -> tuple[ProfileBatch, np.ndarray, np.ndarray, np.ndarray]:
    """People with a number of their ratings, and rows, films and stars of the rest."""
    rng = np.random.default_rng(number)
    key = np.lexsort((rng.random(len(ratings)), ratings.users))
    place = np.empty(len(ratings), dtype=np.int64)
    place[key] = np.arange(len(ratings)) - np.repeat(ratings.indptr[:-1], ratings.user_counts)
    given, rest = ratings.take(place < number), ratings.take(place >= number)
    batch = ProfileBatch.from_ratings(given, np.arange(ratings.n_users, dtype=np.int32))
    return batch, rest.users.astype(np.intp), rest.movies, rest.stars


@pytest.mark.parametrize("number", [1, 10, 50])
def test_intervals_hold_four_of_five(
    model: Recommender, parts: tuple[Dataset, Ratings], number: int
) -> None:
    batch, rows, films, stars = told(parts[1], number)
    promises = model._promises(batch, rows, films)
    assert promises.low is not None
    assert promises.high is not None
    assert promises.like is not None
    inside = (stars >= promises.low - 1e-6) & (stars <= promises.high + 1e-6)
    assert inside.mean() == pytest.approx(INTERVAL, abs=0.03)
    rare = model.stats.counts[films] <= 10
    assert inside[rare].mean() == pytest.approx(INTERVAL, abs=0.05)
    assert (promises.low < promises.stars).mean() > 0.99
    assert (promises.high > promises.stars).mean() > 0.98


@pytest.mark.parametrize("number", [1, 50])
def test_liking_is_as_probable_as_promised(
    model: Recommender, parts: tuple[Dataset, Ratings], number: int
) -> None:
    batch, rows, films, stars = told(parts[1], number)
    like = model._promises(batch, rows, films).like
    assert like is not None
    assert model.spread is not None
    liked = stars >= good_stars(batch, model.spread, model.scale)[rows]
    tenth = np.minimum((like * 10).astype(int), 9)
    wrong = sum(
        abs(like[tenth == t].mean() - liked[tenth == t].mean()) * np.mean(tenth == t)
        for t in np.unique(tenth)
    )
    assert wrong < 0.07  # of 134 people
    assert liked[like > 0.7].mean() > liked[like < 0.4].mean() + 0.35


def test_less_evidence_less_sure(model: Recommender, parts: tuple[Dataset, Ratings]) -> None:
    active = parts[1].user_counts >= 120
    widths = []
    for number in (1, 100):
        batch, rows, films, _ = told(parts[1], number)
        promises = model._promises(batch, rows, films)
        assert promises.low is not None
        assert promises.high is not None
        width = (promises.high - promises.low)[active[rows]]
        widths.append(float(width.mean()))
        if number == 100:
            counts = model.stats.counts[films][active[rows]]
            assert width[counts <= 2].mean() > width[counts >= 50].mean() + 0.1
    assert widths[0] > widths[1] + 0.08


def test_three_fives_are_no_five(sample: Dataset) -> None:
    """A film that three people gave the most is not promised the most, nor a lonely one least."""
    ratings = sample.ratings
    stars = ratings.stars.copy()
    three, one = (np.flatnonzero(ratings.movie_stats.counts == n)[0] for n in (3, 1))
    stars[ratings.movies == three], stars[ratings.movies == one] = 5.0, 0.5
    changed = Ratings(
        *(ratings.users, ratings.movies, stars, ratings.timestamps),
        user_ids=ratings.user_ids,
        movie_ids=ratings.movie_ids,
    )
    model = create_model("bayes", factors=7, iterations=16, samples=6)
    model.fit(sample.replace(changed), spread=False)
    ids = model.catalog.movie_ids
    loved, hated = model.predict({"Forrest Gump": 4, "Heat": 3}, [ids.id_of(three), ids.id_of(one)])
    assert loved < 4.5
    assert hated > 2.3


def test_the_spread_follows_the_scale(sample: Dataset) -> None:
    ratings = sample.ratings
    doubled = Ratings(
        *(ratings.users, ratings.movies, ratings.stars * 2 + 1, ratings.timestamps),
        user_ids=ratings.user_ids,
        movie_ids=ratings.movie_ids,
    )
    films = ["Alien", "Notting Hill"]
    plain = create_model("bias").fit(sample).promise({"Heat": 4.0}, films)
    other = create_model("bias").fit(sample.replace(doubled)).promise({"Heat": 9.0}, films)
    for name in ("stars", "low", "high"):
        assert getattr(other, name) == pytest.approx(getattr(plain, name) * 2 + 1, abs=1e-3)
    assert other.like == pytest.approx(plain.like, abs=1e-3)


def test_a_spread_is_stored_and_can_be_left_out(sample: Dataset, tmp_path: Path) -> None:
    model = create_model("bias").fit(sample)
    films = ["Alien", "Toy Story"]
    loaded = load_model(model.save(tmp_path / "model"))
    for ours, theirs in zip(
        model.promise(["Heat"], films), loaded.promise(["Heat"], films), strict=True
    ):
        assert np.array_equal(ours, theirs)
    film = loaded.recommend(["Heat"], 1)[0]
    assert film.low is not None
    assert film.high is not None
    assert film.like is not None
    bare = create_model("bias").fit(sample, spread=False)
    assert bare.promise(["Heat"], films).low is None
    assert bare.recommend(["Heat"], 1)[0].low is None


def test_a_good_film_is_good_for_the_person(
    model: Recommender, parts: tuple[Dataset, Ratings]
) -> None:
    """Four stars for most, more for those whose mean is higher; half a step below."""
    assert model.spread is not None
    assert good_from(model.scale) == 4.0
    batch, *_ = told(parts[1], 100)
    good = good_stars(batch, model.spread, model.scale)
    means = np.bincount(batch.row_of_entry, batch.stars, len(batch))
    means /= np.maximum(batch.lengths, 1)
    assert good.min() == 3.75
    assert (good[means <= 3.9] == 3.75).all()
    assert (good[(means > 4.2) & (batch.lengths > 60)] >= 4.25).all()
