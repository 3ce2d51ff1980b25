"""What the routes share: settings, store, model, threads, caches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, cast

from fastapi import Depends, Header, Request, Response

from matinee.server.errors import Problem
from matinee.server.middleware import REVALIDATE
from matinee.server.model_holder import ModelHolder, Serving

if TYPE_CHECKING:
    from matinee.server.cache import ProfileCache
    from matinee.server.executor import Executor
    from matinee.server.limits import RateLimit
    from matinee.server.metrics import Metrics
    from matinee.server.posters import Posters
    from matinee.server.settings import ServerSettings
    from matinee.server.uploads import Uploads
    from matinee.store import Store

__all__ = ["Model", "SameModel", "Services", "Shared", "revalidated", "services_of"]

MODEL_HEADER = "Matinee-Model"


@dataclass(slots=True)
class Services:
    """What the routes of one application share.

    Attributes
    ----------
    settings : ServerSettings
    store : Store
    models : ModelHolder
    executor : Executor
        Where anything is done that takes more than an instant.
    profiles : ProfileCache
    uploads : Uploads
    posters : Posters or None
    metrics : Metrics
    sign_ups : RateLimit
        How many accounts may be asked for from one address.
    cookie : str
        Name of the cookie of a session. Cookies do not know ports: servers with different stores
        on one machine would overwrite each other's otherwise.
    """

    settings: ServerSettings
    store: Store
    models: ModelHolder
    executor: Executor
    profiles: ProfileCache
    uploads: Uploads
    posters: Posters | None
    metrics: Metrics
    sign_ups: RateLimit
    cookie: str


async def services_of(request: Request) -> Services:
    """The services of the application that a request came to."""
    return cast("Services", request.app.state.services)


Shared = Annotated[Services, Depends(services_of)]


async def _serving(shared: Shared, response: Response) -> Serving:
    """The model that answers a request; 503 while there is none."""
    serving = shared.models.serving()
    response.headers[MODEL_HEADER] = serving.version
    return serving


async def _same_model(
    shared: Shared,
    matinee_model: Annotated[
        str | None,
        Header(
            max_length=100,
            description="Version of the model whose film ids this request speaks of, as answers "
            "say it. 409 `other-model` where another one answers by now.",
        ),
    ] = None,
) -> None:
    """Refuse to write about films by ids of a model that does not answer any more."""
    if matinee_model is None or not shared.models.is_ready:
        return
    version = shared.models.serving().version
    if matinee_model != version:
        raise Problem(
            409,
            "other-model",
            f"this is about films of the model {matinee_model!r}, but {version!r} answers by now; "
            "nothing was stored: look the films up again",
            headers={MODEL_HEADER: version},
        )


async def revalidated(response: Response) -> None:
    """Let a client keep the answer, and ask by its ETag whether it still holds."""
    response.headers["Cache-Control"] = REVALIDATE


Model = Annotated[Serving, Depends(_serving)]
SameModel = Depends(_same_model)
