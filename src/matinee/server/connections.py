"""Connections as Uvicorn keeps them, for clients that are slow, silent or hostile.

An application sees a request when its head is there. Before that, and while its answer is on the
way, nobody but the connection can tell that a client dribbles, never reads, or sends heads without
an end. So each connection looks at itself a few times within the patience that it has.

References
----------
Fielding, Nottingham, Reschke, "HTTP/1.1", RFC 9112 (2022), sections 9.3.2 and 9.5.
"""

from __future__ import annotations

import asyncio
import multiprocessing
from typing import Any, Final

import httptools
import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from matinee.server.problems import PROBLEM_TYPE, Problem, problem_response
from matinee.server.rendering import to_json
from matinee.server.settings import ServerSettings

__all__ = ["MOST_HEAD", "MOST_PIPELINED", "Connection", "ServerConfig"]

MOST_HEAD: Final = 64 * 1024
"""Bytes of a request line with its headers."""
MOST_HEADERS: Final = 200
MOST_AROUND: Final = 2**20
"""Bytes of a body that are no content: sizes of chunks, trailers."""
MOST_PIPELINED: Final = 16
"""Requests that a client may send ahead before it has read the first answer."""
_LOOKS = 4  # within the patience of a connection
_LINGER_SECONDS = 5.0
_WITHOUT_BODY = frozenset((b"GET", b"HEAD"))


class ServerConfig(uvicorn.Config):
    """Uvicorn's configuration, with what its connections have to know.

    Parameters
    ----------
    app : str
    settings : ServerSettings
    **more
        Uvicorn's own.
    """

    def __init__(self, app: str, settings: ServerSettings, **more: Any) -> None:
        self.patience = settings.patience
        self.connections = settings.connections
        super().__init__(app, http=Connection, ws="none", **more)

    def configure_logging(self) -> None:
        """Let a worker, which is a process of its own, say what the first one says."""
        super().configure_logging()
        if multiprocessing.parent_process() is not None:
            from matinee.server.running import configure_log

            configure_log()


class Connection(HttpToolsProtocol):
    """One client's connection.

    It is closed when the head of a request takes longer than the patience of the server or more
    than :data:`MOST_HEAD`, when a client does not take its answer for as long, and when more than
    :data:`MOST_PIPELINED` requests were sent ahead. Beyond the connections that the server may
    keep, a request is answered with 503 and the connection closed.
    """

    config: ServerConfig

    def __init__(
        self,
        config: ServerConfig,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._patience = config.patience
        self._look_later: asyncio.TimerHandle | None = None
        self._waiting_since: float | None = None  # for a head that is not whole
        self._in_head = False
        self._around = 0  # bytes of this request that are no content
        self._given_up = False
        self._unsent, self._stuck_since = 0, 0.0

    # -- life ------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request."""
        super().connection_made(transport)
        allowed = self.config.connections
        if len(self.connections) > 2 * allowed:
            self._drop()
            return
        if len(self.connections) > allowed:
            self.app = _crowded
        self._waiting_since = self.loop.time()
        self._look_later = self.loop.call_later(self._patience / _LOOKS, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop looking."""
        if self._look_later is not None:
            self._look_later.cancel()
        super().connection_lost(exc)

    def _look(self) -> None:
        """See whether the client stands still."""
        now = self.loop.time()
        unsent = self.transport.get_write_buffer_size()
        if not self._unsent or unsent < self._unsent:
            self._stuck_since = now
        self._unsent = unsent
        if unsent and now - self._stuck_since >= self._patience:
            self._drop()
            return
        since = self._waiting_since
        if since is not None and now - since >= self._patience and not self.transport.is_closing():
            if self._in_head and not self._is_answering():
                self._refuse(408, "too-slow", "the request did not arrive in time; send it again")
            else:
                self._given_up = True
                self.transport.close()
        self._look_later = self.loop.call_later(self._patience / _LOOKS, self._look)

    # -- what comes in ---------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """Read on."""
        if self._given_up or self.parser is None:
            return
        self._unset_keepalive_if_required()
        if self._waiting_since is None and not self._is_answering():
            self._waiting_since = self.loop.time()
        self._around += len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            pass  # answered as if it had not been asked for
        except httptools.HttpParserError:
            self.send_400_response("this is no HTTP request")
        if self._around > (MOST_HEAD if self._in_head else MOST_AROUND):
            self._refuse(
                431,
                "head-too-large",
                f"the request line and the headers are larger than {MOST_HEAD:,} bytes; send less",
            )

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._in_head, self._around = True, 0
        if self._waiting_since is None:
            self._waiting_since = self.loop.time()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; those that follow a body mean nothing here."""
        if self._in_head and len(self.headers) <= MOST_HEADERS:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Hand the request on."""
        if self._given_up:
            return
        self._in_head, self._waiting_since = False, None
        if len(self.headers) > MOST_HEADERS:
            self._refuse(
                431, "head-too-large", f"there are more than {MOST_HEADERS} headers; send fewer"
            )
            return
        super().on_headers_complete()
        if self.parser.get_method() not in _WITHOUT_BODY:
            self.cycle.transport = _Ending(self)  # type: ignore[assignment]
        if len(self.pipeline) > MOST_PIPELINED:
            self._drop()

    def on_body(self, body: bytes) -> None:
        """Take a part of a body."""
        self._around = max(0, self._around - len(body))
        if not self._given_up:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """A request has come whole."""
        if not self._given_up:
            super().on_message_complete()

    # -- ends ------------------------------------------------------------------------------

    def _is_answering(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle  # before the first request
        return cycle is not None and not cycle.response_complete

    def send_400_response(self, msg: str) -> None:
        """Refuse what cannot be read; requests that came whole before it are answered first."""
        if self._is_answering() and not self.cycle.more_body:
            self._given_up = True
            self.cycle.keep_alive = False
        else:
            self._refuse(400, "invalid-request", msg)

    def _refuse(self, status: int, code: str, detail: str) -> None:
        """Answer with a problem, unless an answer is on its way, and close."""
        if self._given_up:
            return
        self._given_up = True
        answering = self._is_answering()
        if not (answering and self.cycle.response_started):
            problem = Problem(status, code, detail)
            body = to_json(problem.document("/"))
            head = (
                f"HTTP/1.1 {status} {problem.document('/')['title']}\r\n"
                f"content-type: {PROBLEM_TYPE}\r\ncontent-length: {len(body)}\r\n"
                "cache-control: no-store\r\nconnection: close\r\n\r\n"
            )
            self.transport.write(head.encode("ascii") + body)
        if answering:  # its client is gone, as far as the application can tell
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self.linger()

    def linger(self) -> None:
        """Close, but listen a while: a client that still sends would lose the answer otherwise."""
        self._given_up = True
        if self.transport.is_closing():
            return
        self.transport.write_eof()
        self.flow.resume_reading()
        self.loop.call_later(min(_LINGER_SECONDS, self._patience), self.transport.close)

    def _drop(self) -> None:
        """Close without another word: the client does not listen."""
        self._given_up = True
        self.pipeline.clear()
        self.transport.abort()

    def timeout_keep_alive_handler(self) -> None:
        """Close a connection that nothing came over for a while."""
        if self.transport.get_write_buffer_size():
            self._drop()
        else:
            super().timeout_keep_alive_handler()


class _Ending:
    """Stands for the transport of a connection where an answer may end before its request does."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.write = connection.transport.write
        self.is_closing = connection.transport.is_closing

    def close(self) -> None:
        """Close; see :meth:`Connection.linger`."""
        if self._connection.cycle.more_body:
            self._connection.linger()
        else:
            self._connection.transport.close()


async def _crowded(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers in place of the application when there are too many connections."""
    problem = Problem(
        503,
        "overloaded",
        "too many connections are open; try again in a second",
        headers={"Retry-After": "1", "Connection": "close"},
    )
    await problem_response(problem, scope["path"])(scope, receive, send)
