"""Chromium for the tests of the page: one process, contexts that are used again, and a watch."""

from __future__ import annotations

import re
import shutil
from typing import Any
from urllib.parse import urlsplit

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
]
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
# WCAG 2.2, 1.4.10: content reflows at this width.
NARROW = {"width": 320, "height": 640}

# What sticks out of the window, or is cut off without a way to reach it.
LOST = """() => {
  const lost = [];
  const root = document.documentElement;
  if (root.scrollWidth > innerWidth) lost.push(`the page is ${root.scrollWidth} wide`);
  for (const one of document.querySelectorAll("h1, h2, h3, button, label, a, p, th, td, summary")) {
    if (!one.checkVisibility() || one.closest(".sr-only")) continue;
    const style = getComputedStyle(one);
    if (style.textOverflow === "ellipsis" || !/hidden|clip/.test(style.overflowX)) continue;
    if (one.scrollWidth > one.clientWidth + 1) lost.push(one.outerHTML.slice(0, 120));
  }
  return lost;
}"""


class Chrome:
    """One browser for all tests of this folder that run one after the other.

    Its driver runs an event loop in this thread, so it has to be closed before other tests run.
    """

    def __init__(self) -> None:
        self._driver: Any = None
        self._browser: Any = None
        self._contexts: dict[tuple[Any, ...], Any] = {}

    def browser(self) -> Any:
        if self._browser is None:
            from playwright.sync_api import sync_playwright

            self._driver = sync_playwright().start()
            self._browser = self._driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        return self._browser

    def context(self, key: tuple[Any, ...], **settings: Any) -> Any:
        """The context of a key, made when it is first asked for; its cache makes pages quick."""
        if key not in self._contexts:
            self._contexts[key] = self.browser().new_context(**settings)
            self._contexts[key].set_default_timeout(10_000)
        return self._contexts[key]

    def clean(self) -> None:
        """Close all tabs and forget what pages kept; files of the page stay in the cache."""
        for context in self._contexts.values():
            if not context.pages:
                continue
            *others, last = context.pages
            for page in others:
                page.close()
            parts = urlsplit(last.url)
            # Nothing of the page runs any more when its cookies go.
            last.goto("about:blank")
            if parts.netloc:
                session = context.new_cdp_session(last)
                kept = {"origin": f"{parts.scheme}://{parts.netloc}"}
                kinds = "cookies,local_storage,indexeddb,cache_storage"
                session.send("Storage.clearDataForOrigin", {**kept, "storageTypes": kinds})
            context.clear_cookies()
            last.close()

    def close(self) -> None:
        if self._browser is not None:
            self._contexts.clear()
            self._browser.close()
            self._driver.stop()
            self._browser = self._driver = None


class Watch:
    """What a tab may not do: complain in its console, or ask anybody else than the server."""

    def __init__(self, server: Any) -> None:
        self.server = server
        self.home = urlsplit(server.url).netloc
        self.complaints: list[str] = []
        self.foreign: list[str] = []
        self.allowed: list[str] = []

    def allow(self, pattern: str) -> None:
        """Complaints that match are expected in this test."""
        self.allowed.append(pattern)

    def follow(self, page: Any) -> None:
        page.on("pageerror", lambda error: self.complaints.append(f"uncaught: {error}"))
        page.on("console", self._console)
        page.on("request", self._request)

    def _console(self, message: Any) -> None:
        # A breach of the content security policy is told here too.
        if message.type in {"error", "warning"}:
            self.complaints.append(f"{message.type}: {message.text}")

    def _request(self, request: Any) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in {"http", "https", "ws", "wss"} and parts.netloc != self.home:
            self.foreign.append(request.url)
        self.server.note(request.method, parts.path)

    def check(self) -> None:
        left = [one for one in self.complaints if not any(re.search(p, one) for p in self.allowed)]
        assert not left, left
        assert not self.foreign, self.foreign
