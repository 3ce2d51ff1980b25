"""People's ratings, kept for good: SQLite by default, PostgreSQL by URL.

Every change is a new event and nothing is overwritten, so that undo works and a history can be
shown. What was acknowledged survives a crash; what was half done never happened.
"""

from __future__ import annotations

from matinee.store.accounts import Accounts, SignUp
from matinee.store.database import DATABASE_VARIABLE, LOCAL_PERSON
from matinee.store.keys import Account, ApiToken, Scope
from matinee.store.records import (
    Added,
    Entry,
    Event,
    Film,
    Kind,
    Person,
    PersonState,
    StoredMark,
    StoredRating,
)
from matinee.store.store import Store

__all__ = [
    "DATABASE_VARIABLE",
    "LOCAL_PERSON",
    "Account",
    "Accounts",
    "Added",
    "ApiToken",
    "Entry",
    "Event",
    "Film",
    "Kind",
    "Person",
    "PersonState",
    "Scope",
    "SignUp",
    "Store",
    "StoredMark",
    "StoredRating",
]
