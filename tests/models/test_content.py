"""Films that are about the same."""

from __future__ import annotations

import numpy as np
import pytest
from tests.models.conftest import scores, similarities

from matinee.catalog import Catalog, TagCounts
from matinee.dataset import Dataset
from matinee.models.content import Content
from matinee.ratings import Ratings


@pytest.fixture
def data() -> Dataset:
    tags = TagCounts(
        ("robots",), np.array([0, 4], np.int32), np.zeros(2, np.int32), np.array([3, 3], np.int32)
    )
    catalog = Catalog.from_columns(
        [1, 2, 3, 4, 5, 6],
        ["Iron Dawn (1990)", "Iron Dawn 2 (1995)", "Meadow (1990)", "Garden (2001)", "Steel (2000)",
         "River (2002)"],
        genres=["Sci-Fi|Action", "Sci-Fi|Action", "Drama", "Drama", "Romance", ""],
        tags=tags,
    )  # fmt: skip
    ratings = Ratings.from_columns(
        [1, 2, 3, 1, 2, 3], [3, 3, 3, 4, 4, 4], [5.0, 5.0, 4.5, 1.0, 2.0, 1.5],
        movies=catalog.movie_ids,
    )  # fmt: skip
    return Dataset(ratings, catalog)


def test_the_similarity_is_the_weighted_mean_of_cosines(data: Dataset) -> None:
    model = Content(genre_weight=1, tag_weight=3, title_weight=0, quality_weight=0).fit(data)
    found = similarities(model, 1)
    assert found == pytest.approx({5: 0.75, 2: 0.25})


def test_films_that_share_nothing_do_not_come_back(data: Dataset) -> None:
    assert 6 not in Content().fit(data).similar(1, n=10).movie_ids
    assert len(Content().fit(data).similar(6, n=10)) == 0


def test_titles_find_sequels(data: Dataset) -> None:
    model = Content(genre_weight=0, tag_weight=0, quality_weight=0).fit(data)
    assert model.similar(1).movie_ids == [2]


def test_several_films_are_one_query(data: Dataset) -> None:
    model = Content(quality_weight=0, title_weight=0).fit(data)
    found = similarities(model, 2, 3)
    alone = {i: similarities(model, i) for i in (2, 3)}
    for movie_id in (1, 4):
        expected = (alone[2].get(movie_id, 0) + alone[3].get(movie_id, 0)) / 2
        assert found[movie_id] == pytest.approx(expected, abs=1e-6)


def test_better_rated_films_come_first_among_equals(data: Dataset) -> None:
    """Two dramas fit alike; one of them is loved, the other is not."""
    extra = Content(damping=1).fit(data).recommend({5: 5.0, 2: 4.0}, n=10).movie_ids
    assert extra.index(3) < extra.index(4)
    without = Content(quality_weight=0).fit(data)
    found = scores(without, {5: 5.0})
    assert found[3] == found[4]


def test_low_stars_push_away(data: Dataset) -> None:
    model = Content().fit(data)
    assert set(model.recommend({1: 5.0}, n=2).movie_ids) == {2, 5}
    assert set(model.recommend({1: 1.0}, n=10).movie_ids[-2:]) == {2, 5}


def test_reasons_are_shared_features(data: Dataset) -> None:
    texts = {str(reason) for reason in Content().fit(data).explain({1: 5.0}, 5)}
    assert texts == {"you like films tagged “robots”"}
    disliked = {str(reason) for reason in Content().fit(data).explain({1: 1.0}, 2)}
    assert "although you like films called “iron” less than others do" in disliked


def test_nothing_is_dense_in_film_by_film(data: Dataset) -> None:
    arrays = Content().fit(data)._arrays()
    assert max(array.size for array in arrays.values()) < 6 * 6 * 4
    assert all(array.ndim <= 1 for array in arrays.values())
