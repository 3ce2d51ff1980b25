"""The real application on a free port, and Debian's Chromium in front of it.

Everything here is shared by the tests of all pages. The model is trained on the sample once and
kept in ``.cache`` until the code that trains changes.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from tests.browser.chrome import CHROMIUM, DESKTOP, LOST, NARROW, PHONE, Chrome, Watch

ROOT = Path(__file__).parents[2]
# Resolves when what a change of size or colours sets off has been drawn.
FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
PICTURES = ROOT / ".cache" / "browser"
VENDOR = Path(__file__).parent / "vendor"
# A taste that the sample knows all films of.
TASTE = {
    "Heat": 4.5,
    "Fargo": 5,
    "The Silence of the Lambs": 4,
    "Alien": 4.5,
    "Titanic": 2,
    "Groundhog Day": 4,
    "Vertigo": 5,
    "Clueless": 1.5,
}


CHROME = Chrome()


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(nextitem: pytest.Item | None) -> None:
    if nextitem is None or Path(__file__).parent not in nextitem.path.parents:
        CHROME.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


# --------------------------------------------------------------------------------- the server


def _model_path() -> Path:
    """A trained model of the default family, made anew when what trains it changes."""
    code = hashlib.sha256()
    for part in ("models", "kernels", "datasets/sample"):
        place = ROOT / "src" / "matinee" / part
        for file in sorted(place.rglob("*")) if place.is_dir() else [place]:
            if file.suffix in {".py", ".parquet"}:
                code.update(file.read_bytes())
    target = ROOT / ".cache" / f"browser-model-{code.hexdigest()[:12]}"
    if not target.exists():
        for old in target.parent.glob("browser-model-*"):
            shutil.rmtree(old, ignore_errors=True)
        target.parent.mkdir(exist_ok=True)
        subprocess.run(
            [sys.executable, "-m", "matinee.server.training", str(target)],
            check=True,
            capture_output=True,
            timeout=110,
        )
    return target


class Server:
    """``matinee serve`` as a process, and its API for setting the scene."""

    def __init__(self, home: Path, model: Path | None, *options: str, **variables: str) -> None:
        self.home = home
        self.model = model
        self.options = options
        self.variables = variables
        self.database = home / "people.db"
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            self.port = one.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None
        self._films: dict[str, dict[str, Any]] = {}
        self._scene: dict[str, float] | None = None

    def start(self) -> None:
        start = "from matinee.cli import main; main()"
        command = [sys.executable, "-c", start, "serve", "--port", str(self.port)]
        command += ["--rate", "0", *self.options]
        if self.model is not None:
            command += ["--model", str(self.model)]
        environment = {
            **os.environ,
            "MATINEE_DATABASE_URL": f"sqlite:///{self.database}",
            "XDG_DATA_HOME": str(self.home / "data"),
            "XDG_CACHE_HOME": str(self.home / "cache"),
        }
        environment.pop("TMDB_API_KEY", None)
        environment |= self.variables
        with (self.home / "server.log").open("ab") as log:
            self._process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                self.call("GET", "/ready" if self.model is not None else "/health")
                return
            except urllib.error.HTTPError:
                # It answers, though not with a model yet.
                if self.model is None:
                    return
            except OSError:
                if self._process.poll() is not None:
                    break
            time.sleep(0.1)
        self.stop()
        told = (self.home / "server.log").read_text(encoding="utf-8", errors="replace")
        raise AssertionError(f"the server did not come up:\n{told}")

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(20)
            self._process = None

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """One request of the API, as a program sends it."""
        self.note(method, path)
        request = urllib.request.Request(
            f"{self.url}/api/v1{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def note(self, method: str, path: str) -> None:
        """Somebody asked for something that may have changed what is stored."""
        if method in {"PUT", "DELETE"} or (method == "POST" and re.search("/(me|people)", path)):
            self._scene = None

    def film(self, title: str) -> dict[str, Any]:
        """The film of a title."""
        if title not in self._films:
            found = self.call("GET", f"/films?limit=1&q={quote(title)}")["items"]
            self._films[title] = found[0]
        return self._films[title]

    def rate(self, taste: dict[str, float]) -> None:
        for title, stars in taste.items():
            self.call("PUT", f"/me/ratings/{self.film(title)['movie_id']}", {"stars": stars})

    def forget(self) -> None:
        """Nobody has rated anything."""
        self.call("DELETE", "/me/data", {"confirm": "delete everything"})

    def set_scene(self, taste: dict[str, float]) -> None:
        """Exactly these ratings; nothing to do where the last test left them as they were."""
        if self._scene != taste:
            self.forget()
            self.rate(taste)
            self._scene = dict(taste)


@pytest.fixture(scope="session")
def trained_model() -> Path:
    return _model_path()


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory, trained_model: Path) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("serve"), trained_model)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def server(running: Server) -> Server:
    """The application in the default mode; the local person has no ratings yet."""
    running.set_scene({})
    return running


@pytest.fixture
def rated(running: Server) -> Server:
    """The same, for somebody with the ratings of ``TASTE``."""
    running.set_scene(TASTE)
    return running


# -------------------------------------------------------------------------------- the browser


@pytest.fixture
def chromium() -> Iterator[Any]:
    """The browser; what its tabs kept is gone after the test."""
    pytest.importorskip("playwright.sync_api")
    if not Path(CHROMIUM).exists():
        pytest.skip("there is no chromium; on Debian: apt install chromium")
    yield CHROME.browser()
    CHROME.clean()


@pytest.fixture
def open_tabs(chromium: Any, running: Server) -> Iterator[Callable[..., Any]]:
    """A function that opens a tab: ``open_tabs(path, viewport=…, scheme=…, server=…)``.

    All tabs of a test share one browser context, unless another scheme is asked for.
    ``tab.watch.allow(pattern)`` lets an expected complaint of the console pass; at the end of the
    test everything else fails it.
    """
    watches: list[Watch] = []

    def tab(
        path: str | None = "/",
        *,
        viewport: dict[str, int] | None = None,
        scheme: str = "light",
        server: Server | None = None,
        touch: bool = False,
        calm: bool = True,
    ) -> Any:
        home = server or running
        context = CHROME.context(
            (home.url, scheme, touch, calm),
            base_url=home.url,
            viewport=DESKTOP,
            color_scheme=scheme,
            has_touch=touch,
            reduced_motion="reduce" if calm else "no-preference",
            locale="en-GB",
            timezone_id="UTC",
        )
        page = context.new_page()
        if viewport is not None:
            page.set_viewport_size(viewport)
        page.watch = Watch(home)
        page.watch.follow(page)
        watches.append(page.watch)
        if path is not None:
            page.goto(path)
        return page

    yield tab
    CHROME.clean()
    for watch in watches:
        watch.check()


@pytest.fixture
def tab(open_tabs: Callable[..., Any]) -> Any:
    """One tab at desktop size that has not gone anywhere yet."""
    return open_tabs(None)


@pytest.fixture(scope="session")
def axe() -> Callable[..., None]:
    """A function that fails a test with what axe-core finds wrong in a tab (WCAG 2.2 A and AA)."""
    source = (VENDOR / "axe.min.js").read_text(encoding="utf-8")

    def check(page: Any, *, within: str = "body", only: list[str] | None = None) -> None:
        # Evaluated by the debugger, which the page's own policy does not bind.
        page.evaluate(source)
        answer = page.evaluate(
            """([within, only]) => axe.run(within, {
                 resultTypes: ["violations"],
                 runOnly: only ?? ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa",
                                   "best-practice"],
               })""",
            [within, only],
        )
        found = [
            f"{one['id']}: {one['help']}: " + "; ".join(n["html"][:160] for n in one["nodes"][:3])
            for one in answer["violations"]
        ]
        assert not found, "\n".join(found)

    return check


@pytest.fixture(scope="session")
def picture() -> Callable[..., Path]:
    """A function that keeps a picture of a tab in ``.cache/browser``, to be looked at."""
    PICTURES.mkdir(parents=True, exist_ok=True)

    def take(page: Any, name: str, *, full: bool = False) -> Path:
        target = PICTURES / f"{name}.png"
        if full:  # else the header that stays in view hides what is behind it
            page.evaluate("scrollTo(0, 0)")
        page.screenshot(path=str(target), full_page=full, animations="disabled")
        assert target.stat().st_size > 5_000
        return target

    return take


@pytest.fixture(scope="session")
def looks(axe: Callable[..., None], picture: Callable[..., Path]) -> Callable[..., None]:
    """A function that looks at a tab as everybody may see it.

    By day and by night, on a desktop and on a phone: axe and a picture. And as little as WCAG 2.2
    asks for: in a window of 320 pixels, and with text of twice the size, nothing is lost.
    """

    def check(page: Any, name: str, *, full: bool = False) -> None:
        for size, viewport in (("desktop", DESKTOP), ("phone", PHONE)):
            page.set_viewport_size(viewport)
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                page.evaluate(FRAMES)
                picture(page, f"{name}-{size}-{scheme}", full=full)
                if scheme == "light":
                    axe(page)
                elif size == "desktop":
                    # By night only the colours are others.
                    axe(page, only=["color-contrast"])
            assert page.evaluate(LOST) == [], size
        page.emulate_media(color_scheme="light")
        page.set_viewport_size(NARROW)
        page.evaluate(FRAMES)
        assert page.evaluate(LOST) == [], "in a narrow window"
        page.set_viewport_size(DESKTOP)
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        page.evaluate(FRAMES)
        assert page.evaluate(LOST) == [], "with text of twice the size"
        page.evaluate("document.documentElement.style.fontSize = ''")

    return check
