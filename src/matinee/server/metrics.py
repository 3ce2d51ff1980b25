"""Figures about the server for Prometheus."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from prometheus_client import (
    CONTENT_TYPE_PLAIN_0_0_4,
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

if TYPE_CHECKING:
    from matinee.server.dependencies import Services

__all__ = ["CONTENT_TYPE", "Measured", "Metrics"]

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
_BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))

disable_created_metrics()  # type: ignore[no-untyped-call]


class Metrics:
    """Counts requests by route, method and status, and how long they took."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._requests = Counter(
            "matinee_requests",
            "Requests answered.",
            ("route", "method", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "matinee_request_seconds",
            "Time to answer.",
            ("route",),
            registry=self._registry,
            buckets=_BOUNDS,
        )

    def watch(self, services: Services) -> None:
        """Also tell of the model and the threads of an application."""
        self._registry.register(_Insides(services))

    def count(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count one request.

        Parameters
        ----------
        route : str
            The address with names in place of values, so that there are few.
        method : str
        status : int
        seconds : float
            Until the last byte was handed on.
        """
        method = method if method in _METHODS else "other"
        self._requests.labels(route, method, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def text(self) -> bytes:
        """All figures, as Prometheus reads them."""
        return generate_latest(self._registry)


class _Insides(Collector):
    """The model and the threads, looked up when somebody asks."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def collect(self) -> Iterator[Metric]:
        """The figures as they are now."""
        models = self._services.models
        yield GaugeMetricFamily(
            "matinee_ready", "Whether there is a model.", value=int(models.is_ready)
        )
        yield CounterMetricFamily("matinee_model_changes", "Models taken over.", models.swaps)
        yield CounterMetricFamily("matinee_model_failures", "Models refused.", models.failures)
        waiting = GaugeMetricFamily(
            "matinee_work_waiting", "Requests in work or waiting.", labels=("pool",)
        )
        refused = CounterMetricFamily(
            "matinee_work_refused", "Requests refused as too many.", labels=("pool",)
        )
        for name, pool in self._services.executor.pools.items():
            waiting.add_metric((name,), pool.waiting)
            refused.add_metric((name,), pool.refused)
        yield waiting
        yield refused
        if models.is_ready:
            serving = models.serving()
            info = GaugeMetricFamily(
                "matinee_model_info", "The model that answers.", labels=("name", "version")
            )
            info.add_metric((serving.model.name, serving.version), 1)
            yield info


class Measured:
    """Counts every request that passes.

    Parameters
    ----------
    app : ASGI application
    metrics : Metrics
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        method, status, started = scope["method"], 500, time.perf_counter()

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, watched)
        finally:
            route = getattr(scope.get("route"), "path", None) or "other"
            self._metrics.count(str(route), method, status, time.perf_counter() - started)
