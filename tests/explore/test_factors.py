from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.catalog import Catalog
from matinee.dataset import Dataset
from matinee.explore.charts import Chart
from matinee.explore.factors import factor_charts, find_dimensions, varimax
from matinee.models import create_model
from matinee.models.base import Recommender
from matinee.ratings import MovieStats, Ratings


def stats_of(counts: np.ndarray) -> MovieStats:
    return MovieStats(counts.astype(np.int32), np.full(counts.size, 3.5, dtype=np.float32))


def hidden_factors(n: int = 600) -> tuple[np.ndarray, np.ndarray]:
    """Films that stand out in few of three factors, and their vectors after an arbitrary turn."""
    rng = np.random.default_rng(11)
    factors = rng.laplace(size=(n, 3)) * (rng.random((n, 3)) < 0.4)
    turn = np.linalg.qr(rng.standard_normal((3, 3)))[0]
    factors += 0.01 * rng.standard_normal((n, 3))
    vectors = factors * np.array([3.0, 2.0, 1.0]) @ turn
    return factors, vectors.astype(np.float32)


def test_finds_the_factors_that_made_the_vectors() -> None:
    factors, vectors = hidden_factors()
    found = find_dimensions(vectors, stats_of(np.full(600, 50)))
    assert found is not None
    assert found.codes.tolist() == list(range(600))
    match = np.abs(np.corrcoef(found.places.T, factors.T)[:3, 3:])
    assert match.argmax(axis=1).tolist() == [0, 1, 2], "the strongest first"
    assert match.max(axis=1).min() > 0.98
    assert found.shares.sum() == pytest.approx(1)
    assert found.shares == pytest.approx(np.array([9, 4, 1]) / 14, abs=0.06)


def test_dimensions_are_uncorrelated_and_of_unit_spread() -> None:
    _, vectors = hidden_factors()
    found = find_dimensions(vectors, stats_of(np.full(600, 50)), most=2)
    assert found is not None
    assert found.places.T @ found.places / 600 == pytest.approx(np.eye(2), abs=1e-9)
    assert np.all((found.places**3).mean(axis=0) >= 0), "few films stand far out at the high end"


def test_the_turn_of_the_vectors_does_not_matter() -> None:
    _, vectors = hidden_factors()
    turn = np.linalg.qr(np.random.default_rng(2).standard_normal((3, 3)))[0]
    first = find_dimensions(vectors, stats_of(np.full(600, 50)))
    second = find_dimensions((vectors @ turn).astype(np.float32), stats_of(np.full(600, 50)))
    assert first is not None
    assert second is not None
    assert second.places == pytest.approx(first.places, abs=1e-3)


def test_films_without_a_vector_or_with_few_ratings_take_no_part() -> None:
    _, vectors = hidden_factors()
    vectors[:100] = 0
    counts = np.full(600, 50)
    counts[500:] = 3
    found = find_dimensions(vectors, stats_of(counts))
    assert found is not None
    assert set(found.codes) == set(range(100, 500))
    few = find_dimensions(vectors, stats_of(np.where(np.arange(600) < 300, 19, 3)))
    assert few is not None
    assert few.codes.size == 100, "of the 200 most rated, where too few have 20 ratings"


def test_too_few_films_or_nothing_to_tell_apart() -> None:
    _, vectors = hidden_factors(11)
    assert find_dimensions(vectors, stats_of(np.full(11, 50))) is None
    assert find_dimensions(np.ones((40, 2), np.float32), stats_of(np.full(40, 50))) is None


@given(st.integers(0, 2**32 - 1), st.integers(1, 5))
def test_varimax_only_turns_and_never_makes_it_worse(seed: int, k: int) -> None:
    scores = np.random.default_rng(seed).standard_normal((40, k))

    def criterion(matrix: np.ndarray) -> float:
        return float((matrix**2).var(axis=0).sum())

    rotation = varimax(scores)
    assert rotation.T @ rotation == pytest.approx(np.eye(k), abs=1e-9)
    assert criterion(scores @ rotation) >= criterion(scores) - 1e-9


class Placed(create_model("svd").__class__):  # type: ignore[misc]
    """An svd model whose vectors were written by hand."""

    def _movie_vectors(self) -> np.ndarray:
        return self.by_hand  # type: ignore[no-any-return]


def placed() -> Recommender:
    """Twenty-four films on a line: horror at the far end, old films at the other."""
    n = 24
    rows = [(user, film) for user in range(30) for film in range(n)]
    users, films = zip(*rows, strict=True)
    stars = [1.0 + (user + film) % 5 for user, film in rows]
    catalog = Catalog.from_columns(
        list(range(n)),
        [f"Film {film} ({1950 + 2 * film})" for film in range(n)],
        genres=["Horror" if film >= 14 else "Drama" for film in range(n)],
    )
    data = Dataset(Ratings.from_columns(users, films, stars), catalog, "line")
    model = Placed(factors=2).fit(data)
    line = np.arange(1, n + 1) ** 2 / 100.0
    model.by_hand = np.column_stack([line, np.zeros(n)]).astype(np.float32)
    return model


def test_charts_by_hand() -> None:
    strengths, ends = factor_charts(placed())
    assert isinstance(strengths, Chart)
    assert isinstance(ends, Chart)
    assert strengths.table["share_of_variance"].to_list() == pytest.approx([1.0])
    row = strengths.table.row(0, named=True)
    assert (row["low_end"], row["high_end"]) == ("old, Drama", "new, Horror")
    assert strengths.title == (
        "1 dimension holds 100 % of what tells films apart; the first, 100 %, leads from old, "
        "Drama to new, Horror films"
    )
    low = ends.table.filter(end="low")["film"].to_list()
    assert low == [f"Film {film} ({1950 + 2 * film})" for film in range(5)]
    assert ends.table.filter(end="high")["film"].to_list()[0] == "Film 23 (1996)"
    places = ends.table.filter(end="high")["place"].to_numpy()
    line = np.arange(1, 25) ** 2 / 100.0
    assert places[0] == pytest.approx((line[23] - line.mean()) / line.std(), rel=1e-5)
    assert ends.facts["least_ratings"] == 30


def test_models_that_place_no_films() -> None:
    data = Dataset.of(Ratings.from_columns([1, 1, 2], [1, 2, 2], [3.0, 4.0, 5.0]))
    assert factor_charts(create_model("bias").fit(data)) == [
        ("What tells films apart", "bias does not place films in a space"),
        ("Films at both ends", "bias does not place films in a space"),
    ]
    few = factor_charts(create_model("mf", factors=2, iterations=1).fit(data))
    assert few[0] == ("What tells films apart", "fewer than 12 films have ratings")
