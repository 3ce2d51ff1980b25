"""The examples of the page about serving are true: each is sent to the application."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
from tests.server.doors import World, fill, sample_model, serving, settings_for

PAGE = Path(__file__).parents[2] / "docs" / "guide" / "serving.md"
BLOCK = re.compile(r"^```(console|sh|json)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


class Shown(NamedTuple):
    """A request of the page, and the part of its answer that the page shows."""

    words: list[str]
    answer: Any


def shown() -> Iterator[Shown]:
    blocks = BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    for place, (kind, text) in enumerate(blocks):
        if kind == "json":
            assert blocks[place - 1][0] != "json", "an answer stands below its request"
            continue
        begins = r"^\$ " if kind == "console" else r"^(?=curl )"
        commands = [
            one for one in re.split(begins, text.replace("\\\n", " "), flags=re.MULTILINE) if one
        ]
        following = blocks[place + 1] if place + 1 < len(blocks) else ("", "")
        for command in commands:
            last = command == commands[-1]
            answer = json.loads(following[1]) if last and following[0] == "json" else None
            if command.startswith("curl "):
                yield Shown(shlex.split(command), answer)
            else:
                assert answer is None


EXAMPLES = list(shown())


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("serving")
    patch = pytest.MonkeyPatch()
    patch.setenv("MATINEE_CACHE", str(folder / "cache"))
    settings = settings_for(accounts=True)
    with serving(folder / "people.db", settings=settings, model=sample_model()) as found:
        fill(found)
        yield found
    patch.undo()


def send(world: World, words: list[str]) -> Any:
    """Do what a line of curl does."""
    method, headers, body, url, keeps = "", {}, None, "", False
    waiting = iter(words[1:])
    for word in waiting:
        if word in ("-s",):
            continue
        if word == "-X":
            method = next(waiting)
        elif word == "-H":
            name, _, value = next(waiting).partition(": ")
            headers[name] = value.replace("$TOKEN", world.people["ann"].token)
        elif word == "--json":
            body, method = json.loads(next(waiting)), method or "POST"
        elif word in ("--etag-save", "--etag-compare"):
            keeps = bool(next(waiting))
        else:
            assert not word.startswith("-"), f"the test does not know curl's {word}"
            url = word
    parts = urlsplit(url)
    assert (parts.scheme, parts.netloc) == ("http", "127.0.0.1:8000")
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    if path.startswith("/api/v1/me/") and "Authorization" not in headers:
        headers["Authorization"] = f"Bearer {world.people['ann'].token}"
    more = {} if body is None else {"json": body}
    answer = world.ask(method or "GET", path, headers=headers, **more)
    if keeps:
        again = world.ask("GET", path, headers={**headers, "If-None-Match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
    return answer


def agree(page: Any, found: Any, exact: bool, where: str = "answer") -> None:
    """What the page shows is in the answer; figures and names of a list may be other models'."""
    if isinstance(page, dict):
        assert isinstance(found, dict), where
        for name, value in page.items():
            assert name in found, f"{where} has no {name}"
            same = exact and name not in ("model", "mean_stars")
            agree(value, found[name], same, f"{where}.{name}")
    elif isinstance(page, list):
        assert isinstance(found, list), where
        for place, value in enumerate(page):
            if place < len(found):
                agree(value, found[place], exact, f"{where}.{place}")
            else:
                assert not exact, f"{where} is shorter than the page says"
    elif exact:
        assert page == found, where
    elif isinstance(page, float | int) and not isinstance(page, bool):
        assert isinstance(found, float | int), where
    elif page is not None and found is not None:
        assert isinstance(found, type(page)), where


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: " ".join(one.words)[3:60])
def test_an_example_of_the_page_works(world: World, example: Shown) -> None:
    answer = send(world, example.words)
    wrong = example.answer.get("status") if isinstance(example.answer, dict) else None
    if isinstance(wrong, int):
        assert answer.status_code == wrong
        assert answer.headers["content-type"] == "application/problem+json"
    else:
        assert answer.status_code == 200, answer.text
    if example.answer is not None:
        # What a search finds and what an error says is every model's; a list is not.
        agree(
            example.answer, answer.json(), "--json" not in example.words or isinstance(wrong, int)
        )


def test_each_question_has_an_example() -> None:
    told = {urlsplit(word).path for one in EXAMPLES for word in one.words if "://" in word}
    for question in ("films", "recommendations", "what-if", "predictions", "ask-next", "groups"):
        assert f"/api/v1/{question}" in told
    assert len(EXAMPLES) >= 17
    assert sum(one.answer is not None for one in EXAMPLES) >= 8


def test_the_limits_of_the_page_are_those_of_the_server() -> None:
    from matinee.server import ServerSettings
    from matinee.server.run import MOST_HEAD
    from matinee.server.schemas import MOST_RATINGS

    page, settings = PAGE.read_text(encoding="utf-8"), ServerSettings()
    for told in (
        f"{settings.max_body // 2**20} MB for a body, {settings.max_upload // 2**20} MB for a file",
        f"{MOST_HEAD // 1024} kB for the head",
        f"{MOST_RATINGS:,} ratings",
        f"{settings.rate:g} requests a second from one address",
        f"{settings.queue} requests that wait",
        f"{settings.connections:,} open connections",
        f"{settings.patience:g} s for the head",
    ):
        assert told in page, told
