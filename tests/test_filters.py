"""What may come back."""

from __future__ import annotations

import numpy as np
import pytest

from matinee.catalog import Catalog
from matinee.errors import ParameterError
from matinee.filters import Filter
from matinee.ratings import MovieStats


@pytest.fixture
def catalog() -> Catalog:
    return Catalog.from_columns(
        [1, 2, 3, 4],
        ["One (1990)", "Two (2000)", "Three (2010)", "Four"],
        genres=["Comedy|War", "Comedy", "Drama", ""],
    )


STATS = MovieStats(
    np.array([5, 50, 0, 10], np.int32), np.array([4.5, 3.0, 0.0, 2.0], dtype=np.float32)
)


@pytest.mark.parametrize(
    ("where", "passing"),
    [
        (Filter(), [1, 2, 3, 4]),
        (Filter(genres=["Comedy"]), [1, 2]),
        (Filter(genres=["comedy", "DRAMA"]), [1, 2, 3]),
        (Filter(genres=["Comedy"], exclude_genres=["War"]), [2]),
        (Filter(exclude_genres=["War", "Drama"]), [2, 4]),
        (Filter(from_year=2000), [2, 3]),
        (Filter(to_year=2000), [1, 2]),
        (Filter(from_year=2000, to_year=2000), [2]),
        (Filter(min_ratings=10), [2, 4]),
        (Filter(min_mean=0.0), [1, 2, 4]),
        (Filter(min_mean=2.9), [1, 2]),
        (Filter(min_mean=4.0), []),
        (Filter(allow=[1, 4, 77]), [1, 4]),
        (Filter(allow=[]), []),
        (Filter(deny=[1, 77]), [2, 3, 4]),
        (Filter(allow=[1, 2], deny=[1]), [2]),
    ],
)
def test_which_films_pass(catalog: Catalog, where: Filter, passing: list[int]) -> None:
    assert catalog.movie_ids.ids[where.mask(catalog, STATS)].tolist() == passing


def test_unknown_genres_are_told(catalog: Catalog) -> None:
    with pytest.raises(ParameterError, match=r"no genre 'Comdy' .* did you mean 'Comedy'\? It has"):
        Filter(genres=["Comdy"]).mask(catalog, STATS)
    with pytest.raises(ParameterError, match="It has: Comedy, Drama, War"):
        Filter(exclude_genres=["zzz"]).mask(catalog, STATS)


def test_nonsense_is_refused() -> None:
    with pytest.raises(ParameterError, match="from_year 2001 is later than to_year 1990"):
        Filter(from_year=2001, to_year=1990)
    with pytest.raises(ParameterError, match="min_ratings must be 0 or more, got -1"):
        Filter(min_ratings=-1)
    with pytest.raises(ParameterError, match="as a list"):
        Filter(genres="Comedy")


def test_it_is_a_value() -> None:
    assert Filter(genres=["A", "B"]) == Filter(genres=("B", "A"))
    assert Filter().is_empty
    assert not Filter(allow=[]).is_empty
    assert repr(Filter(genres=["A"], min_ratings=3)) == "Filter(genres={'A'}, min_ratings=3)"
    assert len({Filter(), Filter(deny=[])}) == 1
