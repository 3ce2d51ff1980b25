"""From a chart to its picture."""

from __future__ import annotations

from matinee.explore.chart import Chart
from matinee.explore.draw import ratings, words
from matinee.explore.draw.base import Draw, render

__all__ = ["PICTURES", "draw"]

# A chart's name → what draws it, and how high the picture is, in inches.
PICTURES: dict[str, tuple[Draw, float]] = {
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
    "tags": (words.tags, 5.4),
    "generosity": (ratings.generosity, 4.0),
    "hours": (ratings.hours, 3.6),
    "sessions": (ratings.sessions, 4.0),
    "most-rated": (ratings.most_rated, 4.6),
    "best": (ratings.best, 4.8),
    "most-divisive": (ratings.divisive, 4.8),
}


def draw(chart: Chart) -> tuple[bytes, bytes]:
    """The picture of a chart as PNG (1,200 pixels wide) and as SVG; the same each time."""
    function, height = PICTURES[chart.name]
    return render(function, chart, height)
