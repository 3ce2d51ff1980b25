"""The application: services, routes, and what stands before them."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware

from matinee.server import problems
from matinee.server.describing import describe_api
from matinee.server.direct import Direct
from matinee.server.holder import ModelHolder, Serving
from matinee.server.limits import Limits
from matinee.server.metrics import Measured, Metrics
from matinee.server.personal import PersonalServices
from matinee.server.posters import Posters
from matinee.server.profiles import Profiles
from matinee.server.routes import page, routers
from matinee.server.security import Guard, Hosts
from matinee.server.services import Services
from matinee.server.settings import ServerSettings
from matinee.server.working import Workbench

if TYPE_CHECKING:
    from matinee.models.base import Recommender
    from matinee.store import Store

__all__ = ["create_app"]

API = "/api/v1"


def create_app(
    settings: ServerSettings | None = None,
    *,
    store: Store | None = None,
    model: Recommender | None = None,
) -> FastAPI:
    """The web app and the API as an ASGI application.

    Parameters
    ----------
    settings : ServerSettings, optional
        Without it, what ``matinee serve`` left in the environment for this worker.
    store : Store, optional
        Instead of the one that the settings name; it is not closed at the end.
    model : Recommender, optional
        A fitted model to answer with, instead of one from a directory.

    Returns
    -------
    fastapi.FastAPI

    Examples
    --------
    >>> app = create_app(ServerSettings(store_url="people.db"))  # doctest: +SKIP
    """
    from matinee.store import Store

    settings = ServerSettings.from_environment() if settings is None else settings
    people = Store(settings.store_url) if store is None else store
    posters = settings.tmdb_key is not None
    services = Services(
        settings=settings,
        store=people,
        models=ModelHolder(
            settings.model,
            serving=None if model is None else Serving.of(model, posters=posters),
            posters=posters,
            watch_seconds=settings.watch_seconds,
        ),
        work=Workbench(settings.threads, settings.queue),
        profiles=Profiles(people),
        metrics=Metrics(),
    )
    personal = PersonalServices.of(people)

    @contextlib.asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        from threadpoolctl import threadpool_limits

        # Each thread computes one answer; more threads below it only wait for each other.
        with threadpool_limits(1, user_api="blas"):
            await services.work(people.migrate)
            await services.work(personal.cookies.warm_up)
            services.models.start()
            try:
                yield
            finally:
                services.models.stop()
                services.work.close()
                if app.state.posters is not None:
                    await app.state.posters.close()
                personal.close()
                if store is None:
                    people.close()

    app = FastAPI(
        title="Matinee",
        lifespan=life,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,  # see describe_api
        middleware=_before(settings, services, personal),
        separate_input_output_schemas=False,
    )
    app.state.services = services
    app.state.personal = personal
    app.state.posters = Posters.of(settings)
    problems.install(app)
    for router in routers():
        app.include_router(router, prefix=API)
    app.include_router(page.router)
    describe_api(app)
    return app


def _before(
    settings: ServerSettings, services: Services, personal: PersonalServices
) -> list[Middleware]:
    """What a request passes on its way to a route, the outermost first."""
    return [
        Middleware(Measured, metrics=services.metrics),
        Middleware(
            Guard, hosts=Hosts(settings.host, settings.allowed_hosts), cookies=personal.cookies
        ),
        Middleware(problems.CatchAll),
        Middleware(Limits, settings=settings),
        Middleware(GZipMiddleware, minimum_size=1400, compresslevel=4),
        Middleware(Direct, prefix=API, routers=routers()),
    ]
