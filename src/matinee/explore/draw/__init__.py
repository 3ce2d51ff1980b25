"""From a chart to its picture."""

from __future__ import annotations

from collections.abc import Callable

from matinee.explore.chart import Chart
from matinee.explore.draw import learned, person, ratings, words
from matinee.explore.draw.base import Draw, render

__all__ = ["LEARNED", "PERSON", "PICTURES", "draw"]

_Height = float | Callable[[Chart], float]

# A chart's name → what draws it, and how high the picture is, in inches.
PICTURES: dict[str, tuple[Draw, _Height]] = {
    "months": (ratings.months, 3.8),
    "per-film": (ratings.tail, 4.6),
    "per-person": (ratings.tail, 4.6),
    "stars": (ratings.stars, 4.0),
    "decades": (ratings.decades, 4.6),
    "curation": (ratings.curation, 4.4),
    "popularity": (ratings.popularity, 4.6),
    "genres": (words.genres, 5.0),
    "genres-together": (words.together, 6.4),
    "genre-cloud": (words.cloud, 4.4),
    "title-words": (words.cloud, 4.4),
    "tag-cloud": (words.cloud, 4.4),
    "tags": (words.tags, 5.4),
    "generosity": (ratings.generosity, 4.0),
    "hours": (ratings.hours, 3.6),
    "sessions": (ratings.sessions, 4.0),
    "most-rated": (ratings.most_rated, 4.6),
    "best": (ratings.best, 4.8),
    "most-divisive": (ratings.divisive, 4.8),
}
"""Pictures of a data set."""

LEARNED: dict[str, tuple[Draw, _Height]] = {
    "dimensions": (learned.dimensions, 4.2),
    "dimension-films": (learned.dimension_films, learned.dimension_films_height),
    "biases": (learned.biases, 4.0),
    "bias-and-mean": (learned.misleading, 4.2),
    "loss": (learned.loss, 4.0),
    "predicted": (learned.predicted, 4.4),
    "calibration": (learned.calibration, 4.2),
    "error-by-film": (learned.errors, 4.8),
    "error-by-person": (learned.errors, 4.8),
}
"""Pictures of a model."""

PERSON: dict[str, tuple[Draw, _Height]] = {
    "taste-genres": (person.tastes, person.tastes_height),
    "taste-decades": (person.tastes, person.tastes_height),
    "taste-stars": (person.stars, 3.6),
    "taste-surprises": (person.surprises, person.films_height),
    "taste-alike": (person.alike, person.films_height),
}
"""Pictures of a person."""

_ALL = {**PICTURES, **LEARNED, **PERSON}


def draw(chart: Chart) -> tuple[bytes, bytes]:
    """The picture of a chart as PNG (1,200 pixels wide) and as SVG; the same each time."""
    function, height = _ALL[chart.name]
    return render(function, chart, height(chart) if callable(height) else height)
