"""Tests of what every request passes on its way to a route."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.server.doors import World, serving

from matinee.server.model_holder import Serving

API = "/api/v1"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with serving(tmp_path / "people.db") as found:
        yield found


@pytest.mark.parametrize("path", [f"{API}/films?limit=40", "/openapi.json"])
def test_answers_are_compressed_for_those_who_ask(world: World, path: str) -> None:
    plain = world.ask("GET", path, headers={"accept-encoding": "identity"})
    packed = world.ask("GET", path, headers={"accept-encoding": "br, gzip"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["vary"]
    assert int(packed.headers["content-length"]) < len(plain.content) / 2
    assert packed.content == plain.content


@pytest.mark.parametrize("path", [f"{API}/films/7", f"{API}/health", "/", "/nowhere"])
def test_every_answer_has_the_headers_of_security_and_is_counted(world: World, path: str) -> None:
    answer = world.ask("GET", path)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    told = world.ask("GET", f"{API}/metrics").text
    assert f'status="{answer.status_code}"' in told


def test_what_nobody_foresaw_is_told_as_a_problem(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Serving, "about", property(broken))
    answer = world.ask("GET", f"{API}/ready")
    assert answer.status_code == 500
    assert answer.json()["code"] == "internal"
    assert answer.headers["x-content-type-options"] == "nosniff"
