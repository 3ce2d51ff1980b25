"""A person is their ratings: everything that a model is told of somebody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from matinee.errors import ParameterError
from matinee.html import card
from matinee.ids import Id
from matinee.strings import text_table

if TYPE_CHECKING:
    from matinee.catalog import Catalog
    from matinee.ids import IdVocabulary

__all__ = ["Profile"]


@dataclass(frozen=True)
class Profile:
    """One person's ratings by movie id.

    Parameters
    ----------
    ratings : mapping of movie id to stars
        What the person rated, in stars of the data set's scale.
    user_id : int or str, optional
        The training user that this profile stands for. A model that learned something about that
        user may use it, as long as the ratings are still those that it was trained on.
    seen : iterable of movie ids
        Films that were seen but not rated, or that should not come back for another reason.
    timestamps : mapping of movie id to int
        When films were rated, Unix seconds; needed only by models that look at the order.

    Raises
    ------
    ParameterError
        If stars are not finite numbers.

    Examples
    --------
    >>> profile = Profile({1: 4.5, 50: 5.0}, seen={260})
    >>> len(profile), sorted(profile.not_to_return)
    (2, [1, 50, 260])
    """

    ratings: Mapping[Id, float] = field(default_factory=dict)
    user_id: Id | None = None
    seen: frozenset[Id] = frozenset()
    timestamps: Mapping[Id, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        clean: dict[Id, float] = {}
        for movie_id, stars in self.ratings.items():
            try:
                value = float(stars)
            except (TypeError, ValueError):
                raise ParameterError(
                    f"stars of movie {movie_id!r} must be a number, got {stars!r}"
                ) from None
            if value != value or value in (float("inf"), float("-inf")):
                raise ParameterError(f"stars of movie {movie_id!r} must be finite, got {stars!r}")
            clean[movie_id] = value
        object.__setattr__(self, "ratings", clean)
        object.__setattr__(self, "seen", frozenset(self.seen))

    @classmethod
    def from_titles(
        cls, stars: Mapping[str | int, float], catalog: Catalog, *, seen: Iterable[str | int] = ()
    ) -> Profile:
        """A profile from titles (or ids), found as :meth:`matinee.Catalog.find` finds them.

        Raises
        ------
        UnknownTitleError, AmbiguousTitleError
            If a title does not lead to one film.
        ParameterError
            If two titles lead to the same film.
        """
        ratings: dict[Id, float] = {}
        for title, value in stars.items():
            movie_id = catalog.find(title)
            if movie_id in ratings:
                raise ParameterError(
                    f"{title!r} is movie {movie_id}, which has stars already: rate each film once"
                )
            ratings[movie_id] = value
        return cls(ratings, seen=frozenset(catalog.find(title) for title in seen))

    def __len__(self) -> int:
        return len(self.ratings)

    def __str__(self) -> str:
        """The best rated films by their ids, of a screen at most."""
        who = "" if self.user_id is None else f" of user {self.user_id}"
        seen = f", {len(self.seen):,} more seen" if self.seen else ""
        rows = sorted(self.ratings.items(), key=lambda item: -item[1])
        table = text_table(
            [("Movie id", "Stars"), *((str(key), value) for key, value in rows[:20])]
        )
        more = f"\n… and {len(rows) - 20:,} more" if len(rows) > 20 else ""
        return f"Profile{who}: {len(rows):,} films rated{seen}\n{table}{more}"

    @property
    def not_to_return(self) -> frozenset[Id]:
        """Films that must not be recommended: rated or seen."""
        return self.seen | frozenset(self.ratings)

    def with_rating(self, movie_id: Id, stars: float) -> Profile:
        """A copy with one rating added or changed."""
        return Profile({**self.ratings, movie_id: stars}, self.user_id, self.seen, self.timestamps)

    def without(self, movie_id: Id) -> Profile:
        """A copy without one film."""
        ratings = {key: stars for key, stars in self.ratings.items() if key != movie_id}
        return Profile(ratings, self.user_id, self.seen - {movie_id}, self.timestamps)

    def under_own_ids(self, ids: IdVocabulary) -> Profile:
        """The same profile, each film under the id that it has there; itself where they are.

        Of two ratings of one film under two ids the later counts, by time or else in order.

        Examples
        --------
        >>> from matinee.ids import IdVocabulary
        >>> ids = IdVocabulary([268, 300], aliases={246: 268})
        >>> Profile({268: 2.0, 246: 4.0, 300: 5.0}, seen={246}).under_own_ids(ids).ratings
        {268: 4.0, 300: 5.0}
        """
        others = ids.alias_ids
        if others.isdisjoint(self.ratings) and others.isdisjoint(self.seen):
            return self

        def own(movie_id: Id) -> Id:
            found = ids.canonical(movie_id)
            return movie_id if found is None else found

        times = self.timestamps
        order = sorted(self.ratings, key=lambda movie_id: times.get(movie_id, 0))
        latest = {own(movie_id): movie_id for movie_id in order}
        return Profile(
            {mine: self.ratings[movie_id] for mine, movie_id in latest.items()},
            self.user_id,
            frozenset(map(own, self.seen)),
            {mine: times[movie_id] for mine, movie_id in latest.items() if movie_id in times},
        )

    def known_to(self, catalog: Catalog) -> Profile:
        """A copy with only the films that a catalogue has."""
        ids = catalog.movie_ids
        return Profile(
            {key: stars for key, stars in self.ratings.items() if key in ids},
            self.user_id,
            frozenset(key for key in self.seen if key in ids),
            self.timestamps,
        )

    def _repr_html_(self) -> str:
        who = "" if self.user_id is None else f"of user {self.user_id}"
        rows = sorted(self.ratings.items(), key=lambda item: -item[1])
        facts = {"Rated": len(self.ratings), "Also seen": len(self.seen) or None}
        cells = [(str(movie_id), f"{stars:g}") for movie_id, stars in rows]
        return card("Profile", who, facts, ("Movie id", "Stars"), cells)
