"""The addresses of the API: one file for each resource, with its schemas."""

from __future__ import annotations

from fastapi import APIRouter

__all__ = ["routers"]


def routers() -> tuple[APIRouter, ...]:
    """Everything under ``/api/v1``."""
    from matinee.server.api import (
        accounts,
        film_map,
        films,
        imports,
        lists,
        model,
        people,
        questions,
        ratings,
    )

    return (
        lists.router,
        questions.router,
        films.router,
        film_map.router,
        model.router,
        accounts.router,
        accounts.admin,
        people.router,
        ratings.router,
        imports.router,
    )
