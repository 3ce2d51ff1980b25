"""The application: services, routes, and what stands before them."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware

from matinee.paths import cache_path
from matinee.server import errors, openapi, page
from matinee.server.api import routers
from matinee.server.cache import ProfileCache
from matinee.server.dependencies import MODEL_HEADER, Services
from matinee.server.executor import Executor
from matinee.server.limits import Limits, RateLimit
from matinee.server.metrics import Measured, Metrics
from matinee.server.middleware import ETags, HeadRequests, RootPath
from matinee.server.model_holder import ModelHolder, Serving
from matinee.server.posters import Posters
from matinee.server.security import Guard, Hosts, allowed_origins
from matinee.server.settings import API, ServerSettings
from matinee.server.uploads import Uploads
from matinee.threads import stay_on_one_blas_thread

if TYPE_CHECKING:
    from matinee.models.base import Recommender
    from matinee.store import Store

__all__ = ["create_app"]


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
    services = _services(settings, Store(settings.store_url) if store is None else store, model)

    @contextlib.asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        from threadpoolctl import threadpool_limits

        # Each thread computes one answer; more threads below it only wait for each other.
        with threadpool_limits(1, user_api="blas"):
            stay_on_one_blas_thread()
            await services.executor.store(services.store.migrate)
            await services.executor.compute(services.models.start)
            try:
                yield
            finally:
                services.models.stop()
                services.executor.close()
                if services.posters is not None:
                    await services.posters.close()
                if store is None:
                    services.store.close()

    app = FastAPI(
        title="Matinee",
        lifespan=life,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,  # see openapi.describe
        separate_input_output_schemas=False,
        generate_unique_id_function=lambda route: route.name,
        responses=openapi.responses,
        middleware=_middleware(settings, services.metrics),
    )
    app.state.services = services
    errors.install(app, page.lost)
    for router in routers():
        app.include_router(router)
    app.include_router(page.router)
    app.mount("/assets", page.Assets())
    openapi.describe(app, settings.root_path)
    return app


def _services(settings: ServerSettings, store: Store, model: Recommender | None) -> Services:
    posters = None if settings.tmdb_key is None else f"{settings.root_path}{API}"
    # Servers with other stores keep their files and cookies apart.
    own = hashlib.sha256(str(store.database).encode()).hexdigest()[:16]
    services = Services(
        settings=settings,
        store=store,
        models=ModelHolder(
            settings.model,
            serving=None if model is None else Serving(model, posters=posters),
            posters=posters,
            watch_seconds=settings.watch_seconds,
        ),
        executor=Executor(settings.threads, settings.queue),
        profiles=ProfileCache(store),
        uploads=Uploads(cache_path() / "imports" / own),
        posters=Posters.of(settings),
        metrics=Metrics(),
        sign_ups=RateLimit(10, 3600),
        cookie=f"matinee_session_{own[:8]}",
    )
    services.metrics.watch(services)
    return services


def _middleware(settings: ServerSettings, metrics: Metrics) -> list[Middleware]:
    """What a request passes on its way to a route, the outermost first."""
    hosts = Hosts(settings.host, settings.allowed_hosts)
    found = [
        Middleware(Measured, metrics=metrics),
        Middleware(Guard, hosts=hosts, origins=allowed_origins(settings.allowed_origins)),
        Middleware(errors.CatchAll),
        Middleware(Limits, settings=settings),
        Middleware(HeadRequests),
        Middleware(GZipMiddleware, minimum_size=1400, compresslevel=4),
        Middleware(ETags),
    ]
    if settings.root_path:
        found.insert(0, Middleware(RootPath, root_path=settings.root_path))
    if settings.allowed_origins:
        cors = Middleware(
            CORSMiddleware,
            allow_origins=settings.allowed_origins,
            allow_methods=["*"],
            allow_headers=["*"],
            expose_headers=[MODEL_HEADER, "ETag", "Retry-After"],
        )
        found.insert(-5, cors)
    return found
