"""`matinee serve` as people run it: models come and go, several workers, the end, no model yet."""

from __future__ import annotations

import json
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from os import kill
from pathlib import Path

import httpx2
import pytest
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send
from tests.server.doors import BASE, small_model
from tests.server.processes import (
    API,
    SECONDS,
    Running,
    environment,
    matinee_serve,
    read_all,
    until,
)

from matinee.models.directory import MANIFEST, read_manifest
from matinee.models.publishing import CURRENT, current_path, publish, rollback
from matinee.server.run import application
from matinee.server.settings import SETTINGS_VARIABLE, ServerSettings

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")

RATINGS = [{"movie_id": "1", "stars": 4.5}, {"movie_id": "2", "stars": 1}]
TASTE = json.dumps({"ratings": RATINGS}).encode()
ASK = (
    b"POST /api/v1/taste HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    b"Content-Length: %d\r\n\r\n" % len(TASTE)
)


RATE = (
    b"PUT /api/v1/me/ratings/3 HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    b'Content-Length: 12\r\n\r\n{"stars": 4}'
)


def metrics(server: Running) -> str:
    return server.get(f"{API}/metrics").text


def version_of(path: Path) -> str:
    return read_manifest(path).version


# -- models that come and go --------------------------------------------------------------------


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("published") / "root"
    publish(small_model(), root)
    return root


@pytest.fixture(scope="module")
def server(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("server")
    with matinee_serve(folder, "--model", str(root), "--rate", "0") as found:
        yield found


def answering(server: Running) -> str:
    """The version that answers, which document and header agree on."""
    answer = server.get(f"{API}/ready")
    version: str = answer.json()["model"]["version"]
    assert answer.headers["matinee-model"] == version
    return version


def test_models_change_while_people_ask(server: Running, root: Path) -> None:
    answers: Counter[tuple[int, str]] = Counter()
    troubles: list[Exception] = []
    stop, lock = threading.Event(), threading.Lock()

    def ask() -> None:
        with httpx2.Client(base_url=server.url, timeout=SECONDS) as client:
            while not stop.is_set():
                try:
                    for answer in (
                        client.post(f"{API}/recommendations", json={"ratings": RATINGS}),
                        client.get(f"{API}/films/3/similar"),
                        client.get(f"{API}/films?q=film"),
                    ):
                        found = answer.json()
                        assert answer.status_code == 200, found
                        told = found["model"]["version"]
                        assert told == answer.headers["matinee-model"]
                        assert found["items"]
                        with lock:
                            answers[answer.status_code, told] += 1
                except Exception as error:
                    troubles.append(error)
                    return

    first = answering(server)
    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for strength in (50.0, 90.0):
            made = version_of(publish(small_model(regularization=strength), root).path)
            until(lambda made=made: answers[200, made] > 5, "the new model")  # type: ignore[misc]
        before = version_of(rollback(root).path)
        until(lambda: answering(server) == before, "the model before")
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert not troubles
    assert {status for status, _ in answers} == {200}
    assert {version for _, version in answers} >= {first, made, before}
    assert len({first, made, before}) == 3


@pytest.mark.parametrize("what", ["manifest", "array", "current"])
def test_a_model_that_is_broken_does_not_take_over(server: Running, root: Path, what: str) -> None:
    good = current_path(root)
    until(lambda: answering(server) == version_of(good), "the current model")
    broken = good.with_name("29990101T000000000000Z-" + "0" * 12)
    shutil.copytree(good, broken)
    if what == "manifest":
        (broken / MANIFEST).write_text("{")
    elif what == "array":
        array = next(broken.glob("model.*.npy"))
        array.write_bytes(array.read_bytes()[:-1])
    name_current(root, "nonsense" if what == "current" else broken.name)

    until(lambda: server.get(f"{API}/models").json()["trouble"], "a complaint")
    ready = server.get(f"{API}/ready")
    assert ready.status_code == 200
    assert "a newer model cannot be used" in ready.json()["trouble"]
    assert str(root) not in ready.text, "folders are not for everybody"
    assert server.post(f"{API}/recommendations", json={"ratings": RATINGS}).status_code == 200
    assert "a model cannot be used, the one before it stays" in server.log.read_text()
    assert str(root) in server.log.read_text()

    name_current(root, good.name)
    until(lambda: server.get(f"{API}/ready").json()["trouble"] is None, "an end of the trouble")
    assert answering(server) == version_of(good)
    shutil.rmtree(broken)


def name_current(root: Path, name: str) -> None:
    """Say which version answers, whatever it is."""
    fresh = root / ".fresh"
    fresh.write_text(f"{name}\n")
    fresh.replace(root / CURRENT)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_model().save(tmp_path_factory.mktemp("model") / "small")


# -- several workers ----------------------------------------------------------------------------


def mapped(worker: int, folder: Path) -> dict[str, dict[str, int]]:
    """Memory of a process that shows files of a folder: kB by kind, and how it is shared."""
    found: dict[str, dict[str, int]] = {}
    name = ""
    for line in Path(f"/proc/{worker}/smaps").read_text().splitlines():
        area = re.match(r"[0-9a-f]+-[0-9a-f]+ (\S{4}) .*?(/.*)?$", line)
        if area is not None:
            name = area[2] or ""
            if name.startswith(str(folder)):
                found[name] = {"shared": int(area[1] == "r--s")}
        elif name in found and (figure := re.match(r"(\w+): +(\d+) kB", line)):
            found[name][figure[1]] = int(figure[2])
    return found


def test_workers_share_the_arrays_and_one_that_dies_is_replaced(
    model: Path, tmp_path: Path
) -> None:
    with matinee_serve(tmp_path, "--model", str(model), "--workers", "2") as server:
        workers = until(lambda: len(server.workers()) == 2 and server.workers(), "two workers")
        for worker in workers:
            arrays = until(lambda worker=worker: mapped(worker, model), "the arrays")  # type: ignore[misc]
            assert len(arrays) > 5
            for name, figures in arrays.items():
                assert figures["shared"], f"{name} is a copy"
                assert figures["Private_Dirty"] == 0
        asked: list[int] = []
        kill(workers[0], signal.SIGKILL)
        while len(asked) < 100 or workers[0] in server.workers() or len(server.workers()) < 2:
            with suppress(httpx2.TransportError):  # it took what waited for it along
                asked.append(server.get(f"{API}/ready").status_code)
        until(lambda: server.log.read_text().count(" answers (") == 3, "the model of the new one")
        asked += [server.get(f"{API}/ready").status_code for _ in range(20)]
        assert set(asked) == {200}, "a worker that takes another's place has its model"
        workers = server.workers()
        assert server.end() == 0
        assert not [one for one in workers if Path(f"/proc/{one}").exists()]
    assert [line for line in server.log.read_text().splitlines() if "Matinee is at" in line]
    assert "Traceback" not in server.log.read_text()


# -- the end ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("workers", "how"), [("1", signal.SIGINT), ("1", signal.SIGTERM), ("2", signal.SIGINT)]
)
def test_it_ends_cleanly_after_what_it_has_begun(
    model: Path, tmp_path: Path, workers: str, how: signal.Signals
) -> None:
    with matinee_serve(tmp_path, "--model", str(model), "--workers", workers) as server:
        children = server.workers()
        with server.connect() as begun, server.connect() as silent:
            begun.sendall(ASK + TASTE[:10])
            assert server.get(f"{API}/health").status_code == 200
            server.process.send_signal(how)
            assert read_all(silent) == b"", "who has asked nothing is sent away"
            begun.sendall(TASTE[10:])
            answer = read_all(begun)
        assert server.process.wait(SECONDS) == 0
        assert answer.startswith(b"HTTP/1.1 200 OK")
        assert not [one for one in children if Path(f"/proc/{one}").exists()]
    assert "Traceback" not in server.log.read_text()
    with pytest.raises(ConnectionRefusedError):
        server.connect()


def test_it_ends_in_time_whatever_a_thread_waits_for(model: Path, tmp_path: Path) -> None:
    with (
        matinee_serve(tmp_path, "--model", str(model)) as server,
        sqlite3.connect(tmp_path / "people.db") as locked,
        server.connect() as waiting,
    ):
        locked.execute("BEGIN EXCLUSIVE")
        waiting.sendall(RATE)
        until(lambda: 'waiting{pool="store"} 1.0' in metrics(server), "a thread that waits")
        assert server.post(f"{API}/recommendations", json={"ratings": RATINGS}).is_success
        started = time.monotonic()
        assert server.end() == 0
        assert time.monotonic() - started < 5


# -- a proxy ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("client", "believed"), [("10.1.2.3", True), ("192.0.2.1", False)])
def test_only_a_proxy_that_was_named_is_believed(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, client: str, believed: bool
) -> None:
    monkeypatch.setenv("MATINEE_CACHE", str(tmp_path / "cache"))
    settings = ServerSettings(
        model=str(model),
        store_url=str(tmp_path / "people.db"),
        trusted_proxies=("10.0.0.0/8",),
        rate=0.25,
    )
    monkeypatch.setenv(SETTINGS_VARIABLE, settings.to_json())
    told = {"x-forwarded-proto": "https", "x-forwarded-for": "192.0.2.9"}
    made = application()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await made(scope, receive, send)

    with TestClient(app, base_url=BASE, client=(client, 1)) as page:
        first = page.get(f"{API}/genres", headers=told)
        other = page.get(f"{API}/genres", headers={**told, "x-forwarded-for": "192.0.2.8"})
    assert first.status_code == 200
    assert ("strict-transport-security" in first.headers) is believed
    assert other.status_code == (200 if believed else 429), "clients are told apart"


# -- mistakes -----------------------------------------------------------------------------------


def test_a_port_in_use_is_told_in_a_line(server: Running, tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "matinee", "serve", "--port", str(server.port)],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert f"cannot listen on 127.0.0.1, port {server.port} (Address already in use)" in (
        ended.stderr.replace("\n", " ")
    )
    assert "--port 0 for any free one" in ended.stderr.replace("\n", " ")
    assert "Traceback" not in ended.stderr


# -- no model yet -------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_the_first_model_is_trained_while_the_page_says_so(tmp_path: Path) -> None:
    with matinee_serve(tmp_path, ready=False) as server:
        assert server.get("/").status_code == 200
        refused = server.get(f"{API}/ready")
        assert refused.status_code == 503
        told = refused.json()
        assert told["code"] == "not-ready"
        assert set(told["training"]) == {"stage", "done", "total"}
        assert refused.headers["retry-after"] == "2"
        assert server.get(f"{API}/session").json()["training"] is not None
        assert server.get(f"{API}/films?q=heat").status_code == 503
        for _ in range(3):
            with suppress(AssertionError):
                until(lambda: server.status() == 200, "a model")
                break
        assert server.get(f"{API}/ready").json()["model"]["trained_on"] == "sample"
        assert server.get(f"{API}/session").json()["training"] is None
        assert server.get(f"{API}/films?q=heat").json()["items"]
        assert server.end(signal.SIGINT) == 0
    assert "no model found: training" in server.log.read_text()
    assert "Traceback" not in server.log.read_text()
    assert not list(tmp_path.rglob("*.progress"))
