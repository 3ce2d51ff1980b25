"""Ratings and the films that they are about, with where they come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from matinee.catalog import Catalog
from matinee.errors import DataError
from matinee.ids import Id
from matinee.ratings import Ratings

if TYPE_CHECKING:
    from matinee.profile import Profile

__all__ = ["Dataset"]


@dataclass(frozen=True, eq=False)
class Dataset:
    """Ratings, the films, and what one has to know about the source.

    Parameters
    ----------
    ratings : Ratings
    catalog : Catalog
        Its movie vocabulary is also that of ``ratings``: a code means the same film in both.
    name : str
        Such as ``"ml-1m"``; a file's stem for data of one's own.
    source : str
        Path or address that it was read from.
    licence, citation : str
        As the source states them; empty if unknown.

    Raises
    ------
    DataError
        If a rated film is not in the catalogue.

    Examples
    --------
    >>> ratings = Ratings.from_columns([1, 1, 2], [10, 20, 20], [4.0, 3.0, 5.0])
    >>> data = Dataset.of(ratings, name="mine")
    >>> data.profile(2).ratings
    {20: 5.0}
    """

    ratings: Ratings
    catalog: Catalog
    name: str = "unnamed"
    source: str = ""
    licence: str = ""
    citation: str = ""

    def __post_init__(self) -> None:
        if self.ratings.movie_ids is not self.catalog.movie_ids:
            missing = self.catalog.movie_ids.encode(self.ratings.movie_ids.ids) < 0
            missing &= self.ratings.movie_stats.counts > 0
            if bool(missing.any()):
                first = self.ratings.movie_ids.ids[int(np.argmax(missing))]
                raise DataError(
                    f"{int(missing.sum()):,} rated films are not in the catalogue, "
                    f"the first of them {first!r}"
                )
            object.__setattr__(self, "ratings", self.ratings.with_movies(self.catalog.movie_ids))
        counts = self.ratings.movie_stats.counts
        if not np.array_equal(self.catalog.popularity, counts):
            object.__setattr__(self, "catalog", self.catalog.with_popularity(counts))

    @classmethod
    def of(cls, ratings: Ratings, catalog: Catalog | None = None, **about: str) -> Dataset:
        """A data set of ratings, with a catalogue of bare ids where there is none."""
        return cls(ratings, catalog or Catalog.untitled(ratings.movie_ids), **about)

    def replace(self, ratings: Ratings) -> Dataset:
        """The same data set with other ratings, for splits and curation."""
        return Dataset(ratings, self.catalog, self.name, self.source, self.licence, self.citation)

    def profile(self, user_id: Id) -> Profile:
        """The ratings of one user."""
        return self.ratings.profile(user_id)

    def __repr__(self) -> str:
        return (
            f"Dataset({self.name!r}, {len(self.ratings):,} ratings, "
            f"{self.ratings.n_users:,} users, {len(self.catalog):,} films)"
        )
