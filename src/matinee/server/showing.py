"""Films as the API shows them, and stars on its scale: 0.5 to 5, whatever the model's is."""

from __future__ import annotations

from typing import Any

from matinee.catalog import Catalog
from matinee.models.base import Recommender
from matinee.scale import RatingScale
from matinee.server.rendering import to_json
from matinee.store import MAX_STARS, to_scale

__all__ = ["Films", "Stars"]

_MOST_KEPT = 20_000


class Stars:
    """Brings stars from the API's scale to a model's, and back.

    Attributes
    ----------
    factor : float
        Stars of the API for one star of the model.

    Examples
    --------
    >>> stars = Stars(RatingScale(1.0, 10.0, 1.0))
    >>> stars.inside(4.5), stars.outside(9.0)
    (9.0, 4.5)
    """

    def __init__(self, scale: RatingScale) -> None:
        self._scale = scale
        self.factor = MAX_STARS / scale.maximum

    def inside(self, stars: float) -> float:
        """Stars of the API on the model's scale."""
        return to_scale(stars, self._scale)

    def outside(self, stars: float) -> float:
        """Stars of the model on the API's scale."""
        return float(stars) * self.factor


class Films:
    """The films of a model, ready to be shown.

    Parameters
    ----------
    model : Recommender
    posters : bool
        Whether pictures can be had.
    """

    def __init__(self, model: Recommender, *, posters: bool = False) -> None:
        self.catalog: Catalog = model.catalog
        self._stats = model.stats
        self._stars = Stars(model.scale)
        self._posters = posters
        self._kept: dict[int, dict[str, Any]] = {}
        self._texts: dict[int, str] = {}

    def text(self, code: int) -> str:
        """The same as :meth:`show` in JSON, without the brace at the end."""
        text = self._texts.get(code)
        if text is None:
            if len(self._texts) >= _MOST_KEPT:
                self._texts.clear()
            text = self._texts[code] = to_json(self._make(code)).decode()[:-1]
        return text

    def show(self, code: int) -> dict[str, Any]:
        """One film by its code, as plain values; shared, so not to be changed."""
        film = self._kept.get(code)
        if film is None:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            film = self._kept[code] = self._make(code)
        return film

    def _make(self, code: int) -> dict[str, Any]:
        movie = self.catalog.movie(code, tags=0)
        ratings = int(self._stats.counts[code])
        picture = self._posters and (movie.tmdb_id or movie.imdb_id or movie.year)
        return {
            "movie_id": str(movie.movie_id),
            "title": movie.title,
            "year": movie.year,
            "genres": list(movie.genres),
            "imdb_id": movie.imdb_id,
            "tmdb_id": movie.tmdb_id,
            "mean_stars": self._mean(code) if ratings else None,
            "ratings": ratings,
            "poster": f"/api/v1/films/{movie.movie_id}/poster" if picture else None,
        }

    def _mean(self, code: int) -> float:
        return round(self._stars.outside(float(self._stats.means[code])), 3)
