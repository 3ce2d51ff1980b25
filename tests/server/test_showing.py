"""Tests of films as the API shows them, and of its stars."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tests.server.doors import small_model

from matinee.catalog import Catalog
from matinee.dataset import Dataset
from matinee.models import create_model
from matinee.ratings import Ratings
from matinee.scale import RatingScale
from matinee.server.showing import Films, Stars


def test_a_film_has_all_that_every_list_shows() -> None:
    catalog = Catalog.from_columns(
        [6, 7], ["Heat (1995)", "Nothing"], genres=["Crime|Action", ""]
    )._replace(imdb_ids=[113277, 0], tmdb_ids=[949, 0])
    ratings = Ratings.from_columns([1, 2], [6, 6], [8.0, 7.0], scale=RatingScale(1, 10, 1))
    model = create_model("popular").fit(Dataset.of(ratings, catalog))
    films = Films(model, posters=True)
    heat = films.show(0)
    assert heat == {
        "movie_id": "6",
        "title": "Heat",
        "year": 1995,
        "genres": ["Action", "Crime"],
        "imdb_id": "tt0113277",
        "tmdb_id": 949,
        "mean_stars": 3.75,
        "ratings": 2,
        "poster": "/api/v1/films/6/poster",
    }
    assert films.show(0) is heat
    other = films.show(1)
    assert (other["year"], other["mean_stars"], other["ratings"], other["poster"]) == (
        None,
        None,
        0,
        None,
    )
    assert Films(model).show(0)["poster"] is None


@given(st.integers(1, 10).map(lambda halves: halves / 2), st.sampled_from((5.0, 10.0, 100.0)))
def test_stars_come_back_from_a_models_scale(stars: float, maximum: float) -> None:
    scale = Stars(RatingScale(maximum / 10, maximum, maximum / 10))
    assert abs(scale.outside(scale.inside(stars)) - stars) < 1e-9


def test_the_store_of_films_is_bounded() -> None:
    films = Films(small_model())
    for code in range(40):
        films.show(code)
    assert len(films._kept) == 40
