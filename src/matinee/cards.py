"""How ratings, catalogues and films show themselves in a notebook."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np

from matinee.pages import card

if TYPE_CHECKING:
    from matinee.catalog import Catalog, Movie
    from matinee.ratings import Ratings

__all__ = ["catalog_card", "movie_card", "ratings_card"]

_SHOWN = 10


def ratings_card(ratings: Ratings) -> str:
    """Ratings in figures, as HTML."""
    rated = int(np.count_nonzero(ratings.movie_stats.counts))
    return card(
        "Ratings",
        facts={
            "Ratings": len(ratings),
            "People": ratings.n_users,
            "Films": ratings.n_movies,
            "Films with ratings": rated if rated != ratings.n_movies else None,
            "Stars": f"{ratings.scale}, {ratings.mean:.2f} on average",
            "Time": _span(ratings),
            "Pairs of person and film": f"{ratings.density:.2%} have a rating",
            "Repeated": ratings.duplicates or None,
        },
    )


def _span(ratings: Ratings) -> str | None:
    known = ratings.timestamps[ratings.timestamps != 0]
    if not known.size:
        return None
    try:
        ends = [dt.datetime.fromtimestamp(int(end), dt.UTC) for end in (known.min(), known.max())]
    except (ValueError, OverflowError, OSError):  # no time of this world
        return None
    return " to ".join(f"{end:%Y-%m-%d}" for end in ends)


def catalog_card(catalog: Catalog) -> str:
    """A catalogue with its most rated films, as HTML."""
    order = np.lexsort((np.arange(len(catalog)), -catalog.popularity.astype(np.int64)))[:_SHOWN]
    rows = [
        (
            str(movie.movie_id),
            movie.title,
            str(movie.year or ""),
            ", ".join(movie.genres),
            int(catalog.popularity[code]) or None,
        )
        for code, movie in ((code, catalog.movie(code, tags=0)) for code in order.tolist())
    ]
    years = catalog.years[catalog.years > 0]
    span = f"{years.min()} to {years.max()}" if len(years) else None
    facts = {"Films": len(catalog), "Years": span, "Genres": ", ".join(catalog.genre_names)}
    more = len(catalog) - len(rows)
    return card(
        "Catalog",
        facts=facts,
        columns=("Movie id", "Film", "Year", "Genres", "Ratings"),
        rows=rows,
        note=f"… and {more:,} more" if more else "",
    )


def movie_card(movie: Movie) -> str:
    """A film, as HTML."""
    facts = {
        "Movie id": str(movie.movie_id),
        "Genres": ", ".join(movie.genres),
        "Tags": ", ".join(movie.tags),
        "IMDb": movie.imdb_id,
        "TMDB": None if movie.tmdb_id is None else str(movie.tmdb_id),
    }
    return card("Film", str(movie), facts)
