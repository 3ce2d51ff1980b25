"""What a data set is: counts, span, sparsity, terms."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np

from matinee.dataset import Dataset
from matinee.explore.totals import Totals

__all__ = ["about"]


def about(dataset: Dataset, totals: Totals) -> dict[str, Any]:
    """The data set in single figures.

    Returns
    -------
    dict
        ``name``, ``ratings``, ``people``, ``films`` (rated), ``films_in_table``, ``genres`` and
        ``tags`` (how many), ``first_month`` and ``last_month`` (``"2000-04"``, or None),
        ``one_sitting`` (share of the people with times who rated in one sitting only, or None),
        ``density`` and ``sparsity`` (shares of the pairs of person and rated film), ``mean``
        (stars), ``scale``, ``licence``, ``citation``, ``source``.
    """
    n = int(totals.user_counts.sum())
    people = int(np.count_nonzero(totals.user_counts))
    films = int(np.count_nonzero(totals.film_counts))
    first = last = None
    if totals.has_times:
        first = _month(totals.first_month)
        last = _month(totals.first_month + totals.months.size - 1)
    active = totals.user_sessions > 0
    once = float((totals.user_sessions[active] == 1).mean()) if active.any() else None
    density = n / (people * films) if n else 0.0
    return {
        "name": dataset.name,
        "ratings": n,
        "people": people,
        "films": films,
        "films_in_table": len(dataset.catalog),
        "genres": len(dataset.catalog.genre_names),
        "tags": len(dataset.catalog.tags.names),
        "first_month": first,
        "last_month": last,
        "one_sitting": once,
        "density": density,
        "sparsity": 1 - density,
        "mean": float(totals.film_sums.sum() / n) if n else None,
        "scale": str(dataset.ratings.scale),
        "licence": dataset.licence,
        "citation": dataset.citation,
        "source": dataset.source,
    }


def _month(months: int) -> str:
    return f"{dt.date(1970 + months // 12, months % 12 + 1, 1):%Y-%m}"
