"""Figures about the server in Prometheus's text format."""

from __future__ import annotations

import threading
import time
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.types import ASGIApp, Message, Receive, Scope, Send

if TYPE_CHECKING:
    from matinee.server.services import Services

__all__ = ["CONTENT_TYPE", "Measured", "Metrics"]

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
_API = "/api/v1"
_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))


class Metrics:
    """Counts requests by route, method and status, and how long they took."""

    def __init__(self) -> None:
        self.started = time.time()
        self._lock = threading.Lock()
        self._requests: defaultdict[tuple[str, str, int], int] = defaultdict(int)
        self._buckets: defaultdict[str, list[int]] = defaultdict(lambda: [0] * (len(_BOUNDS) + 1))
        self._seconds: defaultdict[str, float] = defaultdict(float)

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
        with self._lock:
            self._requests[route, method, status] += 1
            self._buckets[route][bisect_left(_BOUNDS, seconds)] += 1
            self._seconds[route] += seconds

    def text(self, services: Services) -> str:
        """All figures, as Prometheus reads them."""
        return "\n".join([*self._lines(services), ""])

    def _lines(self, services: Services) -> Iterator[str]:
        with self._lock:
            requests = sorted(self._requests.items())
            buckets = sorted((route, list(counts)) for route, counts in self._buckets.items())
            seconds = dict(self._seconds)
        yield "# HELP matinee_requests_total Requests answered."
        yield "# TYPE matinee_requests_total counter"
        for (route, method, status), number in requests:
            yield (
                f'matinee_requests_total{{route="{route}",method="{method}",'
                f'status="{status}"}} {number}'
            )
        yield "# HELP matinee_request_seconds Time to answer."
        yield "# TYPE matinee_request_seconds histogram"
        for route, counts in buckets:
            total = 0
            for bound, number in zip((*map(str, _BOUNDS), "+Inf"), counts, strict=True):
                total += number
                yield f'matinee_request_seconds_bucket{{route="{route}",le="{bound}"}} {total}'
            yield f'matinee_request_seconds_sum{{route="{route}"}} {seconds[route]:.6f}'
            yield f'matinee_request_seconds_count{{route="{route}"}} {total}'
        for name, kind, told, value in self._gauges(services):
            yield f"# HELP {name} {told}"
            yield f"# TYPE {name} {kind}"
            yield f"{name} {value}"
        if services.models.is_ready:
            serving = services.models.serving()
            yield "# HELP matinee_model_info The model that answers."
            yield "# TYPE matinee_model_info gauge"
            yield (
                f'matinee_model_info{{name="{serving.model.name}",version="{serving.version}"}} 1'
            )

    def _gauges(self, services: Services) -> Iterator[tuple[str, str, str, float]]:
        models, work = services.models, services.work
        yield "matinee_ready", "gauge", "Whether there is a model.", int(models.is_ready)
        yield "matinee_model_changes_total", "counter", "Models taken over.", models.swaps
        yield "matinee_model_failures_total", "counter", "Models refused.", models.failures
        yield "matinee_work_waiting", "gauge", "Requests in work or waiting.", work.waiting
        yield "matinee_work_refused_total", "counter", "Requests refused as too many.", work.refused
        yield (
            "process_start_time_seconds",
            "gauge",
            "Start of this worker, Unix seconds.",
            round(self.started, 3),
        )
        memory = _resident_bytes()
        if memory is not None:
            yield "process_resident_memory_bytes", "gauge", "Memory of this worker.", memory


def _resident_bytes() -> int | None:
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return None
    import resource

    return pages * resource.getpagesize()


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
        status, started = 500, time.perf_counter()

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, watched)
        finally:
            route = _name_of(scope)
            seconds = time.perf_counter() - started
            self._metrics.count(route, scope["method"], status, seconds)


def _name_of(scope: Scope) -> str:
    """The route of a request, whose own path lacks what its group begins with."""
    path = getattr(scope.get("route"), "path", None)
    if path is None:
        return "other"
    api = scope["path"].startswith(_API) and not path.startswith(_API)
    return f"{_API}{path}" if api else str(path)
