"""What the routes share: settings, store, model, threads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, cast

from fastapi import Depends, Request

from matinee.server.holder import ModelHolder, Serving
from matinee.server.profiles import Profiles
from matinee.server.settings import ServerSettings
from matinee.server.working import Workbench

if TYPE_CHECKING:
    from matinee.server.metrics import Metrics
    from matinee.store import Store

__all__ = ["Model", "Services", "Shared", "services_of", "serving_of"]


@dataclass(slots=True)
class Services:
    """What the routes of one application share.

    Attributes
    ----------
    settings : ServerSettings
    store : Store
    models : ModelHolder
    work : Workbench
        Where anything is computed that takes more than an instant.
    profiles : Profiles
        What people said, ready for the model.
    metrics : Metrics
    """

    settings: ServerSettings
    store: Store
    models: ModelHolder
    work: Workbench
    profiles: Profiles
    metrics: Metrics


def services_of(request: Request) -> Services:
    """The services of the application that a request came to."""
    return cast(Services, request.app.state.services)


async def _shared(request: Request) -> Services:
    return services_of(request)


async def serving_of(request: Request) -> Serving:
    """The model that answers a request.

    Raises
    ------
    Problem
        503 while there is none.
    """
    return services_of(request).models.serving()


Shared = Annotated[Services, Depends(_shared)]
Model = Annotated[Serving, Depends(serving_of)]
