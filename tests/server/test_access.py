"""Who may do what: every route, in every way in which somebody can come to it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from tests.server.doors import (
    BASE,
    CANARY_FILM,
    CANARY_NAME,
    LETTERBOXD,
    PASSWORD,
    Member,
    Way,
    World,
    copy_of,
    fill,
    filled,
    routes_of,
    serving,
    settings_for,
)

OK = 0  # whatever the route answers when all is well

# Statuses by kind of route and by who asks. "other" is somebody with an account who names what
# belongs to Ann; the tokens are Ann's own, but for the admin's.
WAYS = {
    #          anonymous  other  admin  token  admin's token  own
    "public": (OK, OK, OK, OK, OK, OK),
    "anybody": (OK, OK, OK, OK, OK, OK),
    "own": (401, OK, OK, OK, OK, OK),
    "changes": (401, OK, OK, OK, OK, OK),
    "in person": (401, OK, OK, 403, 403, OK),
    "admin": (401, 403, OK, 403, 403, 403),
    "household": (401, 403, 403, 403, 403, 403),
}
COLUMNS = ("anonymous", "other", "admin", "token", "admin's token", "own")
FROM_ELSEWHERE = {
    "foreign origin": 403,
    "sandboxed page": 403,
    "foreign form": 403,
    "neighbor's form": 403,
    "foreign host": 421,
}

RATED = {"ratings": [{"movie_id": "7", "stars": 5}, {"movie_id": "12", "stars": 2}]}
RATINGS_FORM = {"file": ("ratings.csv", LETTERBOXD.encode(), "text/csv")}


@dataclass(frozen=True)
class Row:
    """One route: its kind, what is sent, and where its statuses differ from its kind's."""

    kind: str
    json: Any = None
    files: Any = None
    ok: int = 200
    query: str = ""
    but: dict[str, int] = field(default_factory=dict)


def group(world: World) -> dict[str, Any]:
    """A group with Ann in it, by her number."""
    return {"members": [{"person_id": world.people["ann"].person_id}, {"name": "x", **RATED}]}


NOT_MINE = {"other": 404, "admin": 404, "admin's token": 404}
API = "/api/v1"
TABLE: dict[tuple[str, str], Row] = {
    ("GET", "/openapi.json"): Row("public"),
    ("GET", f"{API}/health"): Row("public"),
    ("GET", f"{API}/ready"): Row("public"),
    # Films are everybody's; what the caller said of one is told to nobody else.
    ("GET", f"{API}/films"): Row("public", query="?q=film"),
    ("GET", f"{API}/films/{{movie_id}}"): Row("anybody"),
    ("GET", f"{API}/films/{{movie_id}}/similar"): Row("public"),
    ("GET", f"{API}/genres"): Row("public"),
    ("GET", f"{API}/films/{{movie_id}}/poster"): Row("public", ok=404),  # no key, no posters
    ("GET", f"{API}/map"): Row("public"),
    ("GET", f"{API}/map/points"): Row("public"),
    ("GET", f"{API}/map/names"): Row("public"),
    # Behind the list. The figures for Prometheus are of requests, not of people.
    ("GET", f"{API}/model"): Row("public"),
    ("GET", f"{API}/metrics"): Row("public"),
    ("GET", f"{API}/models"): Row("admin"),
    # Questions with ratings that come along need no account.
    ("POST", f"{API}/recommendations"): Row("anybody", RATED),
    ("POST", f"{API}/what-if"): Row("anybody", {**RATED, "without": "7"}),
    ("POST", f"{API}/predictions"): Row("anybody", {**RATED, "movies": ["9"]}),
    ("POST", f"{API}/explanations"): Row("anybody", {**RATED, "movie_id": "9"}),
    ("POST", f"{API}/taste"): Row("anybody", RATED),
    ("POST", f"{API}/ask-next"): Row("anybody", RATED),
    # A group with Ann's number in it is for Ann alone.
    ("POST", f"{API}/groups"): Row(
        "anybody", group, but={"anonymous": 401, "other": 422, "admin": 422, "admin's token": 422}
    ),
    # Coming in and leaving.
    ("GET", f"{API}/session"): Row("anybody"),
    ("POST", f"{API}/session"): Row("public", {"login": "bob", "password": PASSWORD}),
    ("DELETE", f"{API}/session"): Row("public", ok=204),
    ("POST", f"{API}/accounts"): Row(
        "public", lambda _: {"login": next(LOGINS), "password": PASSWORD}, ok=201
    ),
    ("GET", f"{API}/account"): Row("own"),
    ("PUT", f"{API}/account"): Row("changes", {"name": "Another name"}),
    ("DELETE", f"{API}/account"): Row(
        "in person", {"password": PASSWORD}, ok=204, but={"admin": 422}
    ),
    ("PUT", f"{API}/account/password"): Row(
        "in person", {"old": PASSWORD, "new": "another long password"}
    ),
    ("GET", f"{API}/account/tokens"): Row("in person"),
    ("POST", f"{API}/account/tokens"): Row("in person", {"name": "x"}, ok=201),
    ("DELETE", f"{API}/account/tokens/{{token_id}}"): Row(
        "in person", ok=204, but={"other": 404, "admin": 404}
    ),
    ("POST", f"{API}/admin/invitations"): Row("admin", {}, ok=201),
    ("GET", f"{API}/admin/accounts"): Row("admin"),
    ("PUT", f"{API}/admin/accounts/{{person_id}}"): Row("admin", {"is_admin": False}),
    ("DELETE", f"{API}/admin/accounts/{{person_id}}"): Row("admin", ok=204, but={"own": 401}),
    ("GET", f"{API}/people"): Row("own"),
    ("POST", f"{API}/people"): Row("household", {"name": "x"}),
    ("DELETE", f"{API}/people/{{person_id}}"): Row("household"),
    # One's own films.
    ("GET", f"{API}/me"): Row("own"),
    ("GET", f"{API}/me/ratings"): Row("own"),
    ("PUT", f"{API}/me/ratings/{{movie_id}}"): Row("changes", {"stars": 2.5}),
    ("DELETE", f"{API}/me/ratings/{{movie_id}}"): Row("changes"),
    ("GET", f"{API}/me/marks/{{kind}}"): Row("own"),
    ("PUT", f"{API}/me/marks/{{kind}}/{{movie_id}}"): Row("changes"),
    ("DELETE", f"{API}/me/marks/{{kind}}/{{movie_id}}"): Row("changes"),
    ("POST", f"{API}/me/undo"): Row("changes"),
    ("GET", f"{API}/me/history"): Row("own"),
    ("DELETE", f"{API}/me/data"): Row("changes", {"confirm": "delete everything"}),
    ("GET", f"{API}/me/export"): Row("own"),
    ("POST", f"{API}/me/imports"): Row("changes", files=RATINGS_FORM, ok=201),
    ("GET", f"{API}/me/imports"): Row("own"),
    ("GET", f"{API}/me/imports/{{import_id}}"): Row("own", but=NOT_MINE),
    ("DELETE", f"{API}/me/imports/{{import_id}}"): Row("changes", ok=204),
    ("POST", f"{API}/me/imports/{{import_id}}/apply"): Row("changes", {}, but=NOT_MINE),
    ("POST", f"{API}/me/imports/{{import_id}}/undo"): Row("changes"),
}
PAGES = ("/", "/start", "/film/{movie_id}", "/map", "/films", "/together", "/behind")
PAGES += ("/sign-in", "/account")
LOGINS = (f"guest{number}" for number in range(10_000))


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Member]]:
    """A store with Ann, Bob and an admin in it, made once."""
    path = tmp_path_factory.mktemp("template") / "people.db"
    with serving(path, settings=settings_for(accounts=True)) as world:
        fill(world)
        return path, world.people


@pytest.fixture
def world(
    template: tuple[Path, dict[str, Member]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    monkeypatch.setenv("MATINEE_CACHE", str(tmp_path / "cache"))
    path, people = template
    settings = settings_for(accounts=True, sign_up="open")
    with serving(copy_of(path, tmp_path), settings=settings) as found:
        found.people = {
            name: replace(member, way=found.cookie_way(member.session))
            for name, member in people.items()
        }
        ann = found.people["ann"]
        kept = found.services.uploads.keep(ann.person_id, "ratings.csv", LETTERBOXD.encode())
        ann.import_id = kept.import_id
        yield found


def ways(world: World) -> dict[str, Way]:
    """All the ways to come, those that are refused everywhere first."""
    ann, bob, root = (world.people[name] for name in ("ann", "bob", "root"))
    return {
        "foreign origin": replace(ann.way, origin="http://evil.example"),
        "sandboxed page": replace(ann.way, origin="null"),
        "foreign form": replace(ann.way, origin=None, site="cross-site"),
        "neighbor's form": replace(ann.way, origin=None, site="same-site"),
        "foreign host": replace(ann.way, host="evil.example", origin=None),
        "anonymous": Way(),
        "other": bob.way,
        "token": ann.program,
        "admin's token": root.program,
        "admin": root.way,
        "own": ann.way,
    }


def send(world: World, method: str, path: str, row: Row, way: Way) -> Any:
    ann = world.people["ann"]
    values = {
        "movie_id": "7",
        "person_id": ann.person_id,
        "token_id": ann.token_id,
        "import_id": ann.import_id,
        "kind": "seen",
        "name": "app.js",
    }
    body = row.json(world) if callable(row.json) else row.json
    more: dict[str, Any] = {"files": row.files} if row.files else {}
    if body is not None:
        more["json"] = body
    return world.ask(method, filled(path, values) + row.query, way, **more)


def expected(row: Row, path: str, way: str) -> int:
    if way in FROM_ELSEWHERE and (path.startswith(API) or "form" not in way):
        return FROM_ELSEWHERE[way]
    way = "own" if way in FROM_ELSEWHERE else way
    found = row.but.get(way, WAYS[row.kind][COLUMNS.index(way)])
    return row.ok if found == OK else found


def what_ann_has(world: World) -> str:
    ann = world.people["ann"].person_id
    accounts = world.store.accounts
    said = {**world.store.export(ann), "exported": None}
    tokens = [token.token_id for token in accounts.tokens(ann)]
    kept = [one.import_id for one in world.services.uploads.of(ann)]
    return json.dumps([said, tokens, kept, str(accounts.get(ann))])


def test_every_route_has_its_row(world: World) -> None:
    pages = {("GET", page) for page in PAGES}
    found = routes_of(world.app)
    assert found - set(TABLE) - pages == set(), "say in TABLE who may use these routes"
    assert set(TABLE) - found == set(), "TABLE has routes that are not there"


@pytest.mark.parametrize(("method", "path"), list(TABLE))
def test_a_route_answers_those_whom_it_is_for(world: World, method: str, path: str) -> None:
    row = TABLE[method, path]
    before = what_ann_has(world)
    answers: dict[str, int] = {}
    for name, way in ways(world).items():
        answer = send(world, method, path, row, way)
        answers[name] = answer.status_code
        if name in ("anonymous", "other", *FROM_ELSEWHERE):
            assert CANARY_FILM not in answer.text, f"{name} is told what Ann said"
            assert CANARY_NAME not in answer.text, f"{name} is told who Ann is"
            assert what_ann_has(world) == before, f"{name} changed what is Ann's"
        if name.startswith("admin"):
            assert CANARY_FILM not in answer.text, "an admin is told what Ann said"
        if answer.status_code >= 400:
            problem = answer.json()
            assert answer.headers["content-type"] == "application/problem+json"
            assert problem["status"] == answer.status_code
            assert problem["detail"]
        if path.startswith(API):
            assert answer.headers["cache-control"] in ("no-store", "private, no-cache")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "unsafe-inline" not in answer.headers["content-security-policy"]
    assert answers == {name: expected(row, path, name) for name in answers}


@pytest.mark.parametrize("page", PAGES)
def test_pages_are_everybodys_but_not_another_sites(world: World, page: str) -> None:
    row = Row("public")
    for name, way in ways(world).items():
        answer = send(world, "GET", page, row, way)
        if name.endswith("form"):  # a link from elsewhere opens the page
            assert answer.status_code == 200
        elif name in FROM_ELSEWHERE:
            assert answer.status_code == FROM_ELSEWHERE[name]
        else:
            assert answer.status_code == 200
            assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


def test_a_link_from_another_site_opens_the_page_but_no_data(world: World) -> None:
    link = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
    ann = world.people["ann"].way
    without_origin = replace(ann, origin=None)
    assert world.ask("GET", "/films", without_origin, headers=link).status_code in (200, 404)
    refused = world.ask("GET", f"{API}/me/export", without_origin, headers=link)
    assert (refused.status_code, refused.json()["code"]) == (403, "foreign-origin")


# -- without accounts ---------------------------------------------------------------------------

ACCOUNTS_ONLY = {
    ("POST", f"{API}/session"),
    ("POST", f"{API}/accounts"),
    *(key for key in TABLE if key[1].startswith((f"{API}/account", f"{API}/admin"))),
}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """One person at one machine."""
    monkeypatch.setenv("MATINEE_CACHE", str(tmp_path / "cache"))
    with serving(tmp_path / "people.db", settings=settings_for()) as found:
        found.store.rate(1, "7", 4.5)
        kept = found.services.uploads.keep(1, "ratings.csv", LETTERBOXD.encode())
        someone = found.store.create_person("Somebody of the household")
        found.people["ann"] = Member(someone.person_id, "", "", Way(), import_id=kept.import_id)
        yield found


@pytest.mark.parametrize(("method", "path"), list(TABLE))
def test_without_accounts_only_the_own_machine_is_answered(
    home: World, method: str, path: str
) -> None:
    row, own = TABLE[method, path], Way(origin=BASE)
    ok = 404 if (method, path) in ACCOUNTS_ONLY else row.ok
    if row.kind == "household":
        ok = 201 if method == "POST" else 204
    wanted = {
        "foreign origin": (replace(own, origin="http://evil.example"), 403),
        "foreign host": (replace(own, host="evil.example", origin=None), 421),
        "rebound name": (replace(own, host="evil.example", origin="http://evil.example"), 421),
        "another port": (replace(own, origin="http://127.0.0.1:9999"), 403),
        "foreign form": (Way(site="cross-site"), 403 if path.startswith(API) else ok),
        "a program's token": (Way(token="matinee_x"), 401),
        "own page": (own, ok),
    }
    # Routes that ask nobody's name take no notice of tokens.
    if row.kind == "public":
        wanted["a program's token"] = (Way(token="matinee_x"), ok)
    found = {
        name: send(home, method, path, row, way).status_code for name, (way, _) in wanted.items()
    }
    assert found == {name: status for name, (_, status) in wanted.items()}


def test_a_program_on_the_own_machine_is_answered(home: World) -> None:
    answer = home.ask("PUT", f"{API}/me/ratings/9", json={"stars": 3})
    assert answer.json() == {"movie_id": "9", "stars": 3.0, "changed": True, "revision": 2}
