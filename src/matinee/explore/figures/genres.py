"""Genres: how many films, how many ratings, how many stars, and which go together."""

from __future__ import annotations

import numpy as np
import polars as pl

from matinee.dataset import Dataset
from matinee.explore.chart import Chart, share
from matinee.explore.totals import Totals

__all__ = ["genres", "genres_together"]


def genres(dataset: Dataset, totals: Totals) -> Chart | None:
    """Films, ratings and mean stars of each genre; None where the films have no genres.

    A film with three genres counts in each of them.
    """
    table = _table(dataset, totals)
    if table is None:
        return None
    rated = table.filter(pl.col("ratings") > 0)
    by_films = table.row(0, named=True)
    by_ratings = rated.sort("ratings", descending=True).row(0, named=True)
    most = f"{by_films['genre']} has the most films and the most ratings"
    if by_ratings["genre"] != by_films["genre"]:
        most = f"{by_films['genre']} has the most films, {by_ratings['genre']} the most ratings"
    best = rated.sort("mean", descending=True).row(0, named=True)
    worst = rated.sort("mean").row(0, named=True)
    return Chart(
        "genres",
        "Genres",
        f"{most}, {best['genre']} the most stars ({best['mean']:.2f}), {worst['genre']} the fewest "
        f"({worst['mean']:.2f})",
        "Three rows of bars by genre: films, ratings, mean stars. "
        + "; ".join(
            f"{row['genre']} {row['films']:,} films, {row['ratings']:,} ratings"
            + (f", {row['mean']:.2f} stars" if row["ratings"] else "")
            for row in table.iter_rows(named=True)
        )
        + ".",
        table,
        {
            "most_films": by_films["genre"],
            "most_ratings": by_ratings["genre"],
            "best": best["genre"],
            "worst": worst["genre"],
        },
    )


def genres_together(dataset: Dataset, totals: Totals) -> Chart | None:
    """Which share of a genre's films has each other genre as well."""
    table = _table(dataset, totals)
    if table is None or table.height < 2:
        return None
    names: list[str] = table["genre"].to_list()
    columns = [dataset.catalog.genre_names.index(name) for name in names]
    has = dataset.catalog.genres[:, columns].astype(np.int64)
    both = has.T @ has
    own = np.diag(both).copy()
    shares = both / own[:, None]
    np.fill_diagonal(both, 0)
    row, column = divmod(int(both.argmax()), len(names))
    off = np.where(np.eye(len(names), dtype=bool), -1.0, shares)
    # A genre of three films says nothing about habits.
    off[own < max(5, 0.005 * int(has.any(axis=1).sum()))] = -1.0
    tight = divmod(int(off.argmax()), len(names)) if off.max() > 0 else (row, column)
    one, other = names[tight[0]], names[tight[1]]
    title = (
        f"{share(float(shares[tight]))} of {one} films are {other} as well; the pair with the most "
        f"films is {names[row]} and {names[column]} ({both[row, column]:,})"
    )
    if not both.any():
        title = "Each film has one genre only"
    n = len(names)
    return Chart(
        "genres-together",
        "Genres that go together",
        title,
        "Grid: of the films of the genre at the left, the share that has the genre below as well. "
        + "; ".join(
            f"{names[i]} most often with {names[int(off[i].argmax())]} "
            f"({share(float(shares[i, int(off[i].argmax())]))})"
            for i in range(n)
            if off[i].max() > 0
        )
        + ".",
        pl.DataFrame(
            {
                "genre": np.repeat(names, n),
                "other": np.tile(names, n),
                "films": both.ravel(),
                "share": shares.ravel(),
            }
        ).filter(pl.col("genre") != pl.col("other")),
        {
            "largest_pair": [names[row], names[column]],
            "largest_pair_films": int(both[row, column]),
            "tightest": [one, other],
            "tightest_share": float(shares[tight]),
        },
    )


def _table(dataset: Dataset, totals: Totals) -> pl.DataFrame | None:
    has = dataset.catalog.genres
    films = has.sum(axis=0)
    present = np.flatnonzero(films)
    if not present.size or not totals.film_counts[has.any(axis=1)].any():
        return None
    weights = has[:, present].astype(np.float64).T
    ratings = weights @ totals.film_counts
    sums = weights @ totals.film_sums
    return pl.DataFrame(
        {
            "genre": [dataset.catalog.genre_names[i] for i in present],
            "films": films[present],
            "ratings": ratings.astype(np.int64),
            "mean": sums / np.maximum(ratings, 1),
        }
    ).sort("films", "genre", descending=[True, False])
