"""The application: services, routes, and what stands before them."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

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
from matinee.threads import stay_on_one_blas_thread

if TYPE_CHECKING:
    from matinee.models.base import Recommender
    from matinee.store import Store

__all__ = ["create_app"]

API = "/api/v1"


class Application(FastAPI):
    """FastAPI behind what every request passes first, and only where that cannot answer itself."""

    front: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http":
            scope["app"] = self
            await self.front(scope, receive, send)
        else:
            await self.routed(scope, receive, send)

    async def routed(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request by FastAPI's own means."""
        await super().__call__(scope, receive, send)


class WhereAsked(GZipMiddleware):
    """Compresses answers, and takes no time where nobody asks for it.

    What is not compressed may be given to anybody, so that it needs no header ``Vary``.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        for name, value in scope["headers"]:
            if name == b"accept-encoding" and b"gzip" in value:
                await super().__call__(scope, receive, send)
                return
        await self.app(scope, receive, send)


def create_app(
    settings: ServerSettings | None = None,
    *,
    store: Store | None = None,
    model: Recommender | None = None,
) -> Application:
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
            stay_on_one_blas_thread()
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

    app = Application(
        title="Matinee",
        lifespan=life,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,  # see describe_api
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
    app.front = _front(app, services, personal)
    return app


def _front(app: Application, services: Services, personal: PersonalServices) -> ASGIApp:
    """What a request passes on its way to a route, the innermost first."""
    settings = services.settings
    front: ASGIApp = Direct(app.routed, prefix=API, routers=routers())
    front = WhereAsked(front, minimum_size=1400, compresslevel=4)
    front = Limits(front, settings=settings)
    front = problems.CatchAll(front)
    hosts = Hosts(settings.host, settings.allowed_hosts)
    front = Guard(front, hosts=hosts, cookies=personal.cookies)
    return Measured(front, metrics=services.metrics)
