"""From what a person said to what a model is told, kept as long as it holds."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

from matinee.profile import Profile
from matinee.server.holder import Serving
from matinee.store import PersonState, profile_of

if TYPE_CHECKING:
    from matinee.store import Store

__all__ = ["Profiles"]

_MOST_PEOPLE = 256
_MOST_ROWS = 500_000
"""Ratings and marks of all people who are kept together."""


class Profiles:
    """What people said, by their revision: a change is seen at once, by every worker.

    Parameters
    ----------
    store : Store
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._states: OrderedDict[int, PersonState] = OrderedDict()
        self._profiles: dict[int, tuple[int, str, Profile]] = {}
        self._rows = 0

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
                self._states.move_to_end(person_id)
                return state
        state = self._store.state(person_id)
        with self._lock:
            self._drop(person_id)
            self._states[person_id] = state
            self._rows += _size(state)
            while len(self._states) > 1 and (
                len(self._states) > _MOST_PEOPLE or self._rows > _MOST_ROWS
            ):
                self._drop(next(iter(self._states)))
        return state

    def profile(self, person_id: int, serving: Serving) -> Profile:
        """The same as a model is told of it: the films that it knows, stars on its scale."""
        state = self.state(person_id)
        with self._lock:
            kept = self._profiles.get(person_id)
        if kept is not None and kept[:2] == (state.revision, serving.version):
            return kept[2]
        profile = profile_of(state, serving.model.catalog, serving.model.scale)
        with self._lock:
            if person_id in self._states:
                self._profiles[person_id] = (state.revision, serving.version, profile)
        return profile

    def _drop(self, person_id: int) -> None:
        state = self._states.pop(person_id, None)
        self._profiles.pop(person_id, None)
        if state is not None:
            self._rows -= _size(state)


def _size(state: PersonState) -> int:
    return sum(
        map(len, (state.ratings, state.seen, state.watchlist, state.not_interested)), start=1
    )
