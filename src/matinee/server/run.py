"""Running the application with Granian: its workers, its limits, and how it ends."""

from __future__ import annotations

import logging
import socket
import sys
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from starlette.types import ASGIApp

if TYPE_CHECKING:
    from matinee.server.settings import ServerSettings

__all__ = ["application", "run_server"]

MOST_HEAD = 64 * 1024
"""Bytes of a request line with its headers."""
_KILL_SECONDS = 4
"""How long a worker that was told to end may finish what it has begun."""
_OTHER_FILES = 256
"""Files that a worker has open beside its connections: arrays, the store, the log."""


def run_server(
    settings: ServerSettings,
    port: int,
    *,
    access_log: bool = False,
    on_start: Callable[[], None] | None = None,
) -> None:
    """Serve until Ctrl-C or SIGTERM; running requests are finished.

    Parameters
    ----------
    settings : ServerSettings
        The same as in the environment, where worker processes read them.
    port : int
        One that is free.
    access_log : bool
        Whether to print a line for each request.
    on_start : callable, optional
        Called when the server answers.
    """
    from granian import Granian
    from granian.constants import HTTPModes, Interfaces
    from granian.http import HTTP1Settings
    from granian.log import LogLevels

    host = settings.host.strip("[]")
    _make_room(settings.connections)
    if on_start is not None:
        threading.Thread(target=_when_up, args=(host, port, on_start), daemon=True).start()
    Granian(
        f"{__name__}:application",
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        factory=True,
        workers=settings.workers,
        respawn_failed_workers=True,
        workers_kill_timeout=_KILL_SECONDS,
        http=HTTPModes.http1,
        websockets=False,
        backpressure=settings.connections,
        http1_settings=HTTP1Settings(
            header_read_timeout=round(1000 * settings.patience), max_buffer_size=MOST_HEAD
        ),
        log_level=LogLevels.warning,
        log_access=access_log,
        log_dictconfig=_LOG,
    ).serve()


def application() -> ASGIApp:
    """The application of a worker process, which sees clients as a trusted proxy tells of them."""
    from granian.utils.proxies import wrap_asgi_with_proxy_headers

    from matinee.server.app import create_app
    from matinee.server.settings import ServerSettings

    configure_log()
    # A thread that computes lets the one that takes requests on after one millisecond, not five.
    sys.setswitchinterval(0.001)
    settings = ServerSettings.from_environment()
    app: ASGIApp = create_app(settings)
    if settings.trusted_proxies:
        app = wrap_asgi_with_proxy_headers(app, list(settings.trusted_proxies))
    return app


_FORMAT = "%(asctime)s %(levelname)s %(message)s"
_LOG = {
    "formatters": {
        "plain": {"format": _FORMAT, "datefmt": "%H:%M:%S"},
        "access": {"format": "%(message)s"},
    },
    "handlers": {
        "console": {"formatter": "plain", "class": "logging.StreamHandler"},
        "access": {"formatter": "access", "class": "logging.StreamHandler"},
    },
}


def configure_log() -> None:
    """Say on stderr what a server has to say, a line each."""
    logger = logging.getLogger("matinee")
    if not logger.handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter(_FORMAT, "%H:%M:%S"))
        logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False


def _make_room(connections: int) -> None:
    """Let as many files be open as there may be connections, as far as the system allows it."""
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + _OTHER_FILES
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _when_up(host: str, port: int, told: Callable[[], None]) -> None:
    """Wait until the server takes connections."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    for _ in range(200):
        try:
            socket.create_connection((host, port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            told()
            return
