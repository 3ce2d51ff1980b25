"""People's ratings, kept for good: SQLite by default, PostgreSQL by URL.

Every change is a new event and nothing is overwritten, so that undo works and a history can be
shown. What was acknowledged survives a crash; what was half done never happened.
"""

from __future__ import annotations

from matinee.store.accounts import SESSION_SECONDS, Account, Accounts, ApiToken, SignUp
from matinee.store.database import DATABASE_VARIABLE, LOCAL_PERSON
from matinee.store.events import (
    Added,
    Entry,
    Event,
    Kind,
    PersonState,
    StoredMark,
    StoredRating,
)
from matinee.store.films import Film, find_film
from matinee.store.schema import MAX_STARS, MIN_STARS
from matinee.store.store import Person, Store
from matinee.store.training import Joined, profile_of

__all__ = [
    "DATABASE_VARIABLE",
    "LOCAL_PERSON",
    "MAX_STARS",
    "MIN_STARS",
    "SESSION_SECONDS",
    "Account",
    "Accounts",
    "Added",
    "ApiToken",
    "Entry",
    "Event",
    "Film",
    "Joined",
    "Kind",
    "Person",
    "PersonState",
    "SignUp",
    "Store",
    "StoredMark",
    "StoredRating",
    "find_film",
    "profile_of",
]
