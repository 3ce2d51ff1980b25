"""Real servers: `matinee serve` in a process of its own, on a port of loopback."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

API = "/api/v1"
SECONDS = 60.0
"""How long anything may take; what goes well takes a fraction of it."""


def until(done: Callable[[], Any], what: str = "it") -> Any:
    """Wait for something to be true; what it is then."""
    deadline = time.monotonic() + SECONDS
    while not (found := done()):
        assert time.monotonic() < deadline, f"{what} did not happen in time"
        time.sleep(0.02)
    return found


@dataclass
class Running:
    """A server that answers.

    Attributes
    ----------
    process : subprocess.Popen
        The one that was started; its children are the workers.
    port : int
    log : Path
        What it wrote to stderr.
    """

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def get(self, path: str, **more: Any) -> httpx2.Response:
        """Over a connection of its own."""
        return httpx2.get(f"{self.url}{path}", timeout=SECONDS, **more)

    def post(self, path: str, **more: Any) -> httpx2.Response:
        return httpx2.post(f"{self.url}{path}", timeout=SECONDS, **more)

    def status(self, path: str = f"{API}/ready") -> int:
        """0 while nobody answers."""
        try:
            return self.get(path).status_code
        except httpx2.TransportError:
            assert self.process.poll() is None, self.log.read_text()
            return 0

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=SECONDS)

    def workers(self) -> list[int]:
        """Process ids of those that answer."""
        folder = Path(f"/proc/{self.process.pid}/task/{self.process.pid}")
        children = [int(one) for one in (folder / "children").read_text().split()]
        return [
            one
            for one in children
            if b"resource_tracker" not in Path(f"/proc/{one}/cmdline").read_bytes()
        ]

    def memory(self) -> int:
        """Bytes of memory of the first worker."""
        status = Path(f"/proc/{self.workers()[0]}/status").read_text()
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        assert found is not None
        return 1024 * int(found[1])

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Tell it to end; its exit code."""
        self.process.send_signal(how)
        return self.process.wait(SECONDS)


def environment(folder: Path) -> dict[str, str]:
    """A home in a folder, and nothing of this machine's own settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MATINEE_")}
    kept.pop("TMDB_API_KEY", None)
    places = dict.fromkeys(("HOME", "XDG_DATA_HOME", "LOCALAPPDATA"), str(folder / "home"))
    return {
        **kept,
        **places,
        "MATINEE_CACHE": str(folder / "cache"),
        "MATINEE_DATABASE_URL": str(folder / "people.db"),
    }


@contextmanager
def matinee_serve(folder: Path, *options: str, ready: bool = True) -> Iterator[Running]:
    """Start `matinee serve`, and kill it in the end if it still runs."""
    log = folder / "log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "matinee", "serve", "--port", "0", *options],
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
            env=environment(folder),
        )

    def told() -> Any:
        assert process.poll() is None, log.read_text()
        return re.search(r"Matinee is at http://127\.0\.0\.1:(\d+)/", log.read_text())

    server = Running(process, 0, log)
    try:
        server.port = int(until(told, "saying where it is")[1])
        until(lambda: server.status() == 200 if ready else server.status() != 0, "an answer")
        workers = int(options[options.index("--workers") + 1]) if "--workers" in options else 1
        if ready:
            until(lambda: log.read_text().count(" answers (") >= workers, "each worker's model")
        yield server
    finally:
        if process.poll() is None:
            workers = server.workers()
            process.kill()
            for one in workers:
                with suppress(ProcessLookupError):
                    os.kill(one, signal.SIGKILL)
        process.wait()


def read_all(connection: socket.socket) -> bytes:
    """Everything that comes until the server closes."""
    found = b""
    while data := connection.recv(1 << 16):
        found += data
    return found


def problem_of(answer: bytes) -> dict[str, Any]:
    """The problem document of an answer as it came over the wire."""
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"content-type: application/problem+json" in head.lower(), head
    found: dict[str, Any] = json.loads(body)
    assert head.startswith(b"HTTP/1.1 %d " % found["status"])
    return found
