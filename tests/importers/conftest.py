"""The stores that the store's own tests use: SQLite always, PostgreSQL where a server is named."""

from __future__ import annotations

from tests.store.conftest import store, url

__all__ = ["store", "url"]
