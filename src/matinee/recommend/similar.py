"""Films like a film, or like several taken together."""

from __future__ import annotations

import numpy as np

from matinee.filters import Filter
from matinee.ids import Codes
from matinee.recommend.answer import allowed_films
from matinee.recommend.ranking import top_codes
from matinee.recommend.scorer import Scorer
from matinee.results import Recommendation, Recommendations

__all__ = ["similar"]


def similar(model: Scorer, codes: Codes, n: int, where: Filter | None = None) -> Recommendations:
    """The films most similar to some, without these.

    Parameters
    ----------
    model : Scorer
        One that finds similar films.
    codes : ndarray, shape (n_asked,), dtype int32
    n : int
        How many at most.
    where : Filter, optional

    Returns
    -------
    Recommendations
        ``fit`` is 0 for a film that is no more alike than the average one, and 100 for the most
        alike of all.
    """
    similarity = np.asarray(model._similarity(codes), dtype=np.float32).copy()
    similarity[codes] = -np.inf
    known = similarity[np.isfinite(similarity)]
    middle, top = (float(known.mean()), float(known.max())) if known.size else (0.0, 0.0)
    allowed = allowed_films(model, where)
    shown = similarity if allowed is None else np.where(allowed, similarity, np.float32(-np.inf))
    best = top_codes(shown, n, model._tie_break)
    fit = np.clip(100 * (similarity[best] - middle) / max(top - middle, 1e-9), 0, 100)
    items = []
    for code, value in zip(best.tolist(), fit.tolist(), strict=True):
        movie = model.catalog.movie(code, tags=0)
        items.append(Recommendation(movie.movie_id, movie.title, movie.year, movie.genres, value))
    return Recommendations(items, model=model.name, asked=n)
