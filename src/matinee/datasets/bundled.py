"""The bundled sample: MovieLens latest-small of 2016, as Parquet inside the package."""

from __future__ import annotations

from importlib.resources import as_file, files

import numpy as np
import polars as pl

from matinee.dataset import Dataset, ReadReport
from matinee.datasets.films import catalog_of
from matinee.datasets.known import SAMPLE
from matinee.ids import IdVocabulary
from matinee.ratings import Ratings

__all__ = ["load_sample"]


def load_sample() -> Dataset:
    """The sample as a data set.

    Examples
    --------
    >>> load_sample()
    Dataset('sample', 100,004 ratings, 671 users, 9,066 films)
    """
    folder = files("matinee.datasets") / "sample"
    with (
        as_file(folder / "ratings.parquet") as ratings_path,
        as_file(folder / "movies.parquet") as movies_path,
    ):
        table = pl.read_parquet(ratings_path, use_pyarrow=False)
        catalog = catalog_of(pl.read_parquet(movies_path, use_pyarrow=False))
    # The file is sorted as Ratings wants it; its own check would find out if it were not.
    user_ids = IdVocabulary(table["user_id"].unique().to_numpy())
    ratings = Ratings(
        user_ids.encode(table["user_id"].to_numpy()),
        catalog.movie_ids.encode(table["movie_id"].to_numpy()),
        table["rating"].to_numpy().copy(),
        table["timestamp"].to_numpy().copy(),
        user_ids=user_ids,
        movie_ids=catalog.movie_ids,
    )
    counts = np.bincount(ratings.movies, minlength=len(catalog)).astype(np.int32)
    return Dataset(
        ratings,
        catalog.with_popularity(counts),
        name=SAMPLE.name,
        source="bundled with Matinee",
        licence=SAMPLE.licence,
        citation=SAMPLE.citation,
        report=ReadReport(len(ratings)),
    )
