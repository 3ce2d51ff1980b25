"""Curation: leaving out ratings on stated grounds, and telling what that took away.

A step says which ratings stay; :func:`curate` applies a chain of steps to a data set and returns
a smaller one with a report. The data set that went in is not changed, so a curation is undone by
going on with the original.

What happens to films and people that lose their last rating: they are gone, from the id
vocabularies and from the catalogue, and so are films that nobody had rated in the first place. A
model that is trained on curated data therefore never recommends a film that the curation threw
out. Pass ``keep_unrated=True`` to keep the whole catalogue instead (for models that know films by
their content).

Curation looks at the ratings that it is given. Before an evaluation it chooses the test ratings
too, and makes the figures better than they would be for everybody: apply it to the training part
(``curate(split.train, …)``) unless the question is about the curated set itself.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from matinee.catalog import Catalog, TagCounts
from matinee.curation.report import Counts, CurationReport, StepReport
from matinee.curation.steps import (
    DateRange,
    KCore,
    MinMovieMean,
    MinMovieRatings,
    MinUserRatings,
    StarSample,
    Step,
    parse_date,
    parse_step,
)
from matinee.dataset import Dataset
from matinee.errors import DataError, ParameterError
from matinee.ids import IdVocabulary

__all__ = [
    "Counts",
    "CurationReport",
    "DateRange",
    "KCore",
    "MinMovieMean",
    "MinMovieRatings",
    "MinUserRatings",
    "StarSample",
    "Step",
    "StepReport",
    "curate",
    "keep_movies",
    "parse_date",
    "parse_step",
]


def curate(
    dataset: Dataset, steps: Iterable[Step], *, keep_unrated: bool = False
) -> tuple[Dataset, CurationReport]:
    """Apply steps in order; each sees what the one before left.

    Parameters
    ----------
    dataset : Dataset
    steps : iterable of Step
    keep_unrated : bool
        Keep films without ratings in the catalogue.

    Returns
    -------
    Dataset
        With the same scale of stars, and ``"(curated)"`` behind the name.
    CurationReport

    Raises
    ------
    DataError
        If a step leaves nothing.

    Examples
    --------
    >>> from matinee import Dataset, Ratings
    >>> ratings = Ratings.from_columns([1, 1, 2, 3], [10, 20, 10, 10], [4.0, 2.0, 5.0, 4.0])
    >>> smaller, report = curate(Dataset.of(ratings), [MinMovieRatings(2)])
    >>> print(report)
                                   ratings  users     films
    before                               4      3         2
    films with at least 2 ratings   3 (-1)      3    1 (-1)
    >>> len(smaller.catalog)
    1
    """
    ratings = dataset.ratings
    before = last = Counts.of(ratings)
    reports: list[StepReport] = []
    for step in steps:
        ratings = ratings.take(step.keep(ratings)).compact_users()
        now = Counts.of(ratings)
        if now.ratings == 0:
            raise DataError(
                f"nothing is left: {step.describe()!r} took the last {last.ratings:,} ratings of "
                f"{last.movies:,} films; choose a lower threshold or another order of steps"
            )
        reports.append(StepReport(step.describe(), last, now))
        last = now
    report = CurationReport(before, last, tuple(reports))
    if not reports:
        return dataset, report
    curated = dataset.replace(ratings)
    if not keep_unrated:
        curated = keep_movies(curated, ratings.movie_stats.counts > 0)
    name = dataset.name if dataset.name.endswith("(curated)") else f"{dataset.name} (curated)"
    about = (curated.source, curated.licence, curated.citation)
    return Dataset(curated.ratings, curated.catalog, name, *about), report


def keep_movies(dataset: Dataset, keep: NDArray[np.bool_]) -> Dataset:
    """A data set of some of the films: others leave the catalogue, and their ratings go.

    Parameters
    ----------
    dataset : Dataset
    keep : ndarray, shape (n_movies,), dtype bool

    Returns
    -------
    Dataset
        The user vocabulary stays as it is.
    """
    catalog, ratings = dataset.catalog, dataset.ratings
    if keep.shape != (len(catalog),):
        raise ParameterError(f"keep has shape {keep.shape} for a catalogue of {len(catalog):,}")
    if bool(keep.all()):
        return dataset
    codes = np.flatnonzero(keep)
    place = np.cumsum(keep, dtype=np.int32) - np.int32(1)
    in_tags = keep[catalog.tags.movies]
    smaller = Catalog(
        IdVocabulary(catalog.movie_ids.ids[codes]),
        [catalog.titles[int(code)] for code in codes],
        years=catalog.years[codes],
        genres=catalog.genres[codes],
        genre_names=catalog.genre_names,
        tags=TagCounts(
            catalog.tags.names,
            place[catalog.tags.movies[in_tags]],
            catalog.tags.tags[in_tags],
            catalog.tags.counts[in_tags],
        ),
        imdb_ids=catalog.imdb_ids[codes],
        tmdb_ids=catalog.tmdb_ids[codes],
        popularity=catalog.popularity[codes],
    )
    kept = ratings.take(keep[ratings.movies]).with_movies(smaller.movie_ids)
    return Dataset(kept, smaller, dataset.name, dataset.source, dataset.licence, dataset.citation)
