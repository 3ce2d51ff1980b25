"""The addresses of the API, one file for each group."""

from __future__ import annotations

from fastapi import APIRouter

__all__ = ["routers"]


def routers() -> tuple[APIRouter, ...]:
    """Everything under ``/api/v1``."""
    from matinee.server.routes import (
        accounts,
        admin,
        exports,
        film_map,
        films,
        health,
        imports,
        model,
        people,
        posters,
        questions,
        ratings,
        recommendations,
        session,
    )

    return (
        health.router,
        films.router,
        recommendations.router,
        questions.router,
        film_map.router,
        model.router,
        session.router,
        accounts.router,
        admin.router,
        people.router,
        posters.router,
        ratings.router,
        exports.router,
        imports.router,
    )
