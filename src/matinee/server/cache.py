"""Caches of what people said and of their profiles, by person and revision."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from cachetools import LRUCache

from matinee.profile import Profile
from matinee.store import PersonState, profile_of

if TYPE_CHECKING:
    from matinee.server.model_holder import Serving
    from matinee.store import Store

__all__ = ["ProfileCache"]

_MOST_ROWS = 500_000
"""Ratings and marks of all people who are kept together."""


class ProfileCache:
    """What people said, by their revision: a change is seen at once, by every worker.

    Parameters
    ----------
    store : Store
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._states: LRUCache[int, PersonState] = LRUCache(_MOST_ROWS, getsizeof=_size)
        self._profiles: LRUCache[tuple[int, int, str], Profile] = LRUCache(
            _MOST_ROWS, getsizeof=lambda profile: 1 + len(profile.ratings) + len(profile.seen)
        )

    def state(self, person_id: int) -> PersonState:
        """All that stands of what a person said.

        Raises
        ------
        UnknownPersonError
            If there is no such person.
        """
        revision = self._store.revision(person_id)
        with self._lock:
            state = self._states.get(person_id)
        if state is not None and state.revision == revision:
            return state
        state = self._store.state(person_id)
        with self._lock:
            if _size(state) <= _MOST_ROWS:
                self._states[person_id] = state
        return state

    def profile(self, person_id: int, serving: Serving) -> Profile:
        """The same as a model is told of it: the films that it knows, stars on its scale."""
        state = self.state(person_id)
        key = (person_id, state.revision, serving.version)
        with self._lock:
            profile = self._profiles.get(key)
        if profile is None:
            profile = profile_of(state, serving.model.catalog, serving.model.scale)
            with self._lock:
                self._profiles[key] = profile
        return profile


def _size(state: PersonState) -> int:
    return sum(
        map(len, (state.ratings, state.seen, state.watchlist, state.not_interested)), start=1
    )
