"""Running the application with Uvicorn: one process or several, until Ctrl-C."""

from __future__ import annotations

import contextlib
import logging
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matinee.server.settings import ServerSettings

__all__ = ["run_server"]

_APPLICATION = "matinee.server:create_app"
_GRACE_SECONDS = 5
_OTHER_FILES = 256
"""Files that a worker has open beside its connections: arrays, the store, the log."""


def run_server(
    settings: ServerSettings,
    listening: socket.socket,
    *,
    access_log: bool = False,
    on_start: Callable[[], None] | None = None,
) -> None:
    """Serve on a bound socket until Ctrl-C or SIGTERM; running requests are finished.

    Parameters
    ----------
    settings : ServerSettings
        The same as in the environment, where worker processes read them.
    listening : socket.socket
        Bound, not yet listening.
    access_log : bool
        Whether to print a line for each request.
    on_start : callable, optional
        Called when the server answers.
    """
    import uvicorn

    from matinee.server.connections import ServerConfig

    configure_log()
    _make_room(settings.connections)
    config = ServerConfig(
        _APPLICATION,
        settings,
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=settings.workers,
        log_config=None,
        log_level="info" if access_log else "warning",
        access_log=access_log,
        server_header=False,
        # What a proxy says of a client is believed only from the proxies that were named.
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        timeout_keep_alive=20,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    if on_start is not None:
        address = listening.getsockname()
        threading.Thread(target=_when_up, args=(address, on_start), daemon=True).start()
    # Uvicorn raises the signal again once the last request is answered: that is no failure.
    with _told_to_end(), contextlib.suppress(KeyboardInterrupt):
        if settings.workers == 1:
            uvicorn.Server(config).run(sockets=[listening])
        else:
            from uvicorn.supervisors import Multiprocess

            Multiprocess(config, sockets=[listening]).run()


@contextlib.contextmanager
def _told_to_end() -> Iterator[None]:
    """Let SIGTERM end the server as Ctrl-C does."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _make_room(connections: int) -> None:
    """Let as many files be open as there may be connections, as far as the system allows it."""
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * connections + _OTHER_FILES
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def configure_log() -> None:
    """Say on stderr what a server has to say, a line each."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s", "%H:%M:%S"))
    for name in ("matinee", "uvicorn"):
        logger = logging.getLogger(name)
        if not logger.handlers:
            logger.addHandler(handler)
        logger.setLevel(logging.INFO)
        logger.propagate = False


def _when_up(address: tuple[str, int], told: Callable[[], None]) -> None:
    """Wait until the server takes connections."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address[0], address[0])  # noqa: S104
    for _ in range(200):
        try:
            socket.create_connection((host, address[1]), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            told()
            return
