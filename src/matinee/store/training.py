"""From the store to the models: profiles, and data sets with the people of the store in them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from matinee.ids import Id, IdVocabulary
from matinee.profile import Profile
from matinee.ratings import Ratings
from matinee.scale import FIVE_STARS, RatingScale
from matinee.store.database import Database
from matinee.store.events import PersonState, film_of
from matinee.store.films import find_film
from matinee.store.schema import current, films

if TYPE_CHECKING:
    from matinee.catalog import Catalog
    from matinee.dataset import Dataset

__all__ = ["Joined", "join_people", "profile_of"]


def profile_of(state: PersonState, catalog: Catalog, scale: RatingScale | None = None) -> Profile:
    """What stands of a person, as a profile with the films that a catalogue has."""
    scale = scale or FIVE_STARS
    ratings: dict[Id, float] = {}
    times: dict[Id, int] = {}
    for rating in reversed(state.ratings):  # the latest last, so that it stands
        movie_id = find_film(catalog, rating.movie_id, rating.film)
        if movie_id is not None:
            ratings[movie_id], times[movie_id] = scale.from_five(rating.stars), rating.at
    marks = (*state.seen, *state.not_interested)
    marked = (find_film(catalog, mark.movie_id, mark.film) for mark in marks)
    seen = frozenset(movie_id for movie_id in marked if movie_id is not None)
    return Profile(ratings, seen=seen, timestamps=times)


@dataclass(frozen=True, slots=True)
class Joined:
    """A data set with the people of a store in it.

    Attributes
    ----------
    dataset : Dataset
    people : int
        Number of people who came in.
    ratings : int
        Number of ratings that came in with them.
    unknown : int
        Ratings that stayed out, since the data set does not have their films.
    user_ids : dict of int to int or str
        User id in the data set by person number.
    """

    dataset: Dataset
    people: int
    ratings: int
    unknown: int
    user_ids: dict[int, Id]


def join_people(database: Database, dataset: Dataset) -> Joined:
    """Add everybody in a store who has rated something to a data set, as users of their own.

    Nobody's user id changes; people of the store get ids that no user has, the same ones each time
    as long as the data set stays the same.
    """
    scale = dataset.ratings.scale
    found: dict[str, Id | None] = {}
    rated: dict[int, dict[Id, tuple[float, int]]] = {}
    unknown = 0
    for row in _all_ratings(database):
        if row.movie_id not in found:
            found[row.movie_id] = find_film(dataset.catalog, row.movie_id, film_of(row))
        movie_id = found[row.movie_id]
        if movie_id is None:
            unknown += 1
        else:
            rated.setdefault(row.person_id, {})[movie_id] = (scale.from_five(row.value), row.time)
    user_ids = _new_ids(dataset.ratings.user_ids, rated)
    count = sum(len(films) for films in rated.values())
    if count:
        dataset = dataclasses.replace(
            dataset,
            ratings=_insert(dataset.ratings, rated, user_ids),
            name=f"{dataset.name}+people",
            report=None,
        )
    return Joined(dataset, len(rated), count, unknown, user_ids)


def _all_ratings(database: Database) -> Iterable[Any]:
    time = sa.func.coalesce(current.c.dated, current.c.at).label("time")
    wanted = (
        sa.select(
            current.c.person_id,
            current.c.movie_id,
            current.c.value,
            time,
            films.c.title,
            films.c.year,
            films.c.imdb_id,
            films.c.tmdb_id,
        )
        .outerjoin(films, films.c.movie_id == current.c.movie_id)
        .where(current.c.kind == "rating", current.c.value.is_not(None))
        .order_by(current.c.person_id, time, current.c.event_id)
    )
    with database.read() as connection:
        yield from connection.execution_options(yield_per=1000).execute(wanted)


def _new_ids(taken: IdVocabulary, people: Iterable[int]) -> dict[int, Id]:
    numbers = sorted(people)
    if taken.is_integer:
        base = max(int(taken.ids[-1]), 0) if len(taken) else 0
        return {number: base + number for number in numbers}
    prefix = "matinee:"
    while any(f"{prefix}{number}" in taken for number in numbers):
        prefix = f"_{prefix}"
    return {number: f"{prefix}{number}" for number in numbers}


def _insert(
    ratings: Ratings,
    rated: dict[int, dict[Id, tuple[float, int]]],
    user_ids: dict[int, Id],
) -> Ratings:
    """Put the rows of new users in their places, without sorting the others again."""
    old = ratings.user_ids
    vocabulary = IdVocabulary(np.concatenate([old.ids, np.array(list(user_ids.values()))]))
    users, stars, times = [], [], []
    movie_ids: list[Id] = []
    for number, films_of in rated.items():
        users += [user_ids[number]] * len(films_of)
        movie_ids += films_of
        stars += [value for value, _ in films_of.values()]
        times += [time for _, time in films_of.values()]
    width = np.int64(max(ratings.n_movies, 1))
    new_users, new_movies = vocabulary.encode(users), ratings.movie_ids.encode(movie_ids)
    keys = new_users * width + new_movies
    order = np.argsort(keys, kind="stable")
    moved = vocabulary.encode(old.ids)[ratings.users] if len(ratings) else ratings.users
    places = np.searchsorted(moved * width + ratings.movies, keys[order])

    def merged(column: NDArray[Any], more: Any) -> NDArray[Any]:
        return np.insert(column, places, np.asarray(more, dtype=column.dtype)[order])

    return Ratings(
        merged(moved, new_users),
        merged(ratings.movies, new_movies),
        merged(ratings.stars, stars),
        merged(ratings.timestamps, times),
        user_ids=vocabulary,
        movie_ids=ratings.movie_ids,
        scale=ratings.scale,
        duplicates=ratings.duplicates,
    )
