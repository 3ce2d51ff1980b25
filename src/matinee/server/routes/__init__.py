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
        films,
        health,
        imports,
        people,
        posters,
        ratings,
        recommendations,
        session,
    )

    return (
        health.router,
        films.router,
        recommendations.router,
        session.router,
        accounts.router,
        admin.router,
        people.router,
        posters.router,
        ratings.router,
        exports.router,
        imports.router,
    )
