"""The short way to a route and FastAPI's own mean the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import APIRouter, Request
from starlette.responses import Response
from tests.server.doors import World, serving

from matinee.server import direct
from matinee.server.direct import Direct, DirectRoute
from matinee.server.holder import Serving
from matinee.server.picks import picks, picks_json, profile_sent
from matinee.server.rendering import to_json
from matinee.server.routes import films as film_routes
from matinee.server.schemas.lists import RecommendationRequest
from matinee.server.scoring import score

API = "/api/v1"
RATINGS = [{"movie_id": "3", "stars": 5}, {"movie_id": "8", "stars": 0.5}]
JSON = {"content-type": "application/json"}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with serving(tmp_path / "people.db") as found:
        yield found


def body(**more: Any) -> bytes:
    return json.dumps({"ratings": RATINGS, **more}).encode()


REQUESTS: list[tuple[str, str, bytes | None, dict[str, str]]] = [
    ("POST", "/recommendations", body(n=5), JSON),
    ("POST", "/recommendations", body(n=5), {"content-type": "Application/JSON; charset=utf-8"}),
    ("POST", "/recommendations", body(n=5), {"content-type": "text/plain"}),
    ("POST", "/recommendations", body(n=5), {}),
    ("POST", "/recommendations", body(n=0), JSON),
    ("POST", "/recommendations", body(nonsense=1), JSON),
    ("POST", "/recommendations", b"", JSON),
    ("POST", "/recommendations", b"{", JSON),
    ("POST", "/recommendations", b"\xff", JSON),
    ("POST", "/recommendations", body(n=5).decode().encode("utf-16"), JSON),
    ("POST", "/recommendations", b'{"ratings": [], "n": 3, "n": 4}', JSON),
    ("POST", "/recommendations", b'{"ratings": [{"movie_id": "77", "stars": 4}]}', JSON),
    ("POST", "/recommendations", b'{"ratings": [], "tail": NaN}', JSON),
    ("GET", "/recommendations", None, {}),
    ("POST", "/predictions", body(movies=["1", "2"]), JSON),
    ("GET", "/films?q=film+1&limit=3", None, {}),
    ("GET", "/films?q=film&limit=3&limit=2", None, {}),
    ("GET", "/films?limit=0", None, {}),
    ("GET", "/films?limit=", None, {}),
    ("GET", "/films?q=%ff", None, {}),
    ("GET", "/films/7", None, {}),
    ("GET", "/films/77", None, {}),
    ("GET", "/films/" + "7" * 101, None, {}),
    ("GET", "/films/7/similar?limit=4", None, {}),
    ("GET", "/films/7/similar?limit=x", None, {}),
    ("HEAD", "/films/7", None, {}),
    ("DELETE", "/films/7", None, {}),
]


@pytest.mark.parametrize(("method", "path", "sent", "headers"), REQUESTS)
def test_both_ways_give_the_same_answer(
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    path: str,
    sent: bytes | None,
    headers: dict[str, str],
) -> None:
    def ask() -> tuple[int, Any, dict[str, str]]:
        answer = world.ask(method, API + path, content=sent, headers=headers)
        plain = answer.json() if answer.content else None
        told = {name: value for name, value in answer.headers.items() if name != "content-length"}
        if isinstance(plain, dict):
            plain.pop("took_ms", None)
        return answer.status_code, plain, told

    short = ask()
    monkeypatch.setattr(Direct, "_choose", lambda *_: None)
    assert ask() == short


def test_what_is_plain_goes_the_short_way(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(*_: Any) -> None:
        raise AssertionError("this went on to FastAPI")

    monkeypatch.setattr("fastapi.routing.APIRoute.handle", never)
    for method, path, sent in (
        ("POST", "/recommendations", body(n=5)),
        ("GET", "/films?q=film", None),
        ("GET", "/films/7", None),
        ("GET", "/films/7/similar", None),
    ):
        answer = world.ask(method, API + path, content=sent, headers=JSON)
        assert answer.status_code == 200, answer.text
    # What is not declared as direct does go on.
    assert world.ask("GET", f"{API}/health").status_code == 500


def test_a_body_in_pieces_is_one_body(world: World) -> None:
    whole = body(n=3)
    parts = [whole[:7], b"", whole[7:]]
    answer = world.ask("POST", f"{API}/recommendations", content=iter(parts), headers=JSON)
    assert len(answer.json()["items"]) == 3


def test_a_route_that_cannot_be_direct_is_refused() -> None:
    async def takes_a_number(number: int) -> Response:
        return Response(str(number))

    async def gives_values(request: Request) -> dict[str, str]:
        return {"path": request.url.path}

    router = APIRouter(route_class=DirectRoute)
    with pytest.raises(TypeError, match="takes_a_number has a parameter number"):
        router.get("/a")(takes_a_number)
    with pytest.raises(TypeError, match="gives_values must be a coroutine that returns a Response"):
        router.get("/b")(gives_values)


def current(world: World) -> Serving:
    found: Serving = world.app.state.services.models.serving()
    return found


@pytest.mark.parametrize("explain", [False, True])
def test_films_in_json_are_those_shown(world: World, explain: bool) -> None:
    one = current(world)
    asked = RecommendationRequest.model_validate({"ratings": RATINGS})
    scored = score(one.model, profile_sent(one, asked))
    codes = scored.best(scored.open, 12)
    plain = picks(one, scored, codes, scored.open, first=5, explain=explain)
    stars = scored.stars(codes)
    written = picks_json(one, scored, codes, scored.open, stars, first=5, explain=explain)
    assert json.loads(to_json(written)) == json.loads(to_json(plain))
    assert json.loads(one.films.text(3) + "}") == one.films.show(3)


def test_similar_films_are_kept_within_bounds(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(film_routes, "_MOST_SIMILAR", 3)
    first = world.ask("GET", f"{API}/films/5/similar").content
    for movie in range(1, 11):
        world.ask("GET", f"{API}/films/{movie}/similar")
    assert len(current(world).kept["similar"]) == 3
    assert world.ask("GET", f"{API}/films/5/similar").content == first


def test_a_message_that_came_comes_again_once() -> None:
    import asyncio

    async def rest() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    again = direct._again([{"type": "http.request"}], rest)
    assert asyncio.run(again()) == {"type": "http.request"}
    assert asyncio.run(again()) == {"type": "http.disconnect"}
