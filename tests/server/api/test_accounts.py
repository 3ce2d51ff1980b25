"""Signing up, coming in and leaving, on each database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.server.doors import BASE, PASSWORD, Way, World, fill, serving, settings_for
from tests.store.conftest import BOTH, postgres_schema

from matinee.store import accounts

API = "/api/v1"


@pytest.fixture(params=BOTH)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield str(tmp_path / "people.db")
    else:
        yield from postgres_schema()


@pytest.fixture
def sign_up_mode() -> str:
    return "open"


@pytest.fixture
def world(
    url: str, sign_up_mode: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    monkeypatch.setenv("MATINEE_CACHE", str(tmp_path / "cache"))
    settings = settings_for(accounts=True, sign_up=sign_up_mode)
    with serving(url, settings=settings) as found:
        yield found


class Browser:
    """Keeps cookies, and asks as this server's own page does."""

    def __init__(self, world: World) -> None:
        self._world, self._cookies = world, dict[str, str]()
        self.said: list[str] = []
        self.open()

    def ask(self, method: str, path: str, **more: Any) -> Any:
        cookie = "; ".join(f"{name}={value}" for name, value in self._cookies.items()) or None
        answer = self._world.ask(method, API + path, Way(cookie, origin=BASE), **more)
        for header in answer.headers.get_list("set-cookie"):
            self.said.append(header)
            name, _, value = header.partition(";")[0].partition("=")
            self._cookies.pop(name, None)
            if value:
                self._cookies[name] = value
        return answer

    def open(self) -> Any:
        return self.ask("GET", "/session").json()

    def sign_up(self, login: str, **more: Any) -> Any:
        answer = self.ask("POST", "/accounts", json={"login": login, "password": PASSWORD, **more})
        self.open()
        return answer

    def log_in(self, login: str, password: str = PASSWORD) -> Any:
        answer = self.ask("POST", "/session", json={"login": login, "password": password})
        self.open()
        return answer


def test_a_life_with_an_account(world: World) -> None:
    page = Browser(world)
    assert page.open()["person"] is None
    assert page.ask("GET", "/me").json()["code"] == "not-signed-in"

    made = page.sign_up("Ann", name="Ann A.")
    assert made.status_code == 201
    person = made.json()["person"]
    assert person == {"person_id": person["person_id"], "name": "Ann A.", "is_admin": False}
    assert page.ask("PUT", "/me/ratings/7", json={"stars": 4.5}).json()["changed"] is True
    assert page.ask("PUT", "/account", json={"name": "Ann B."}).json()["login"] == "ann"

    assert page.ask("DELETE", "/session").status_code == 204
    assert page.open()["person"] is None
    assert page.ask("GET", "/me").status_code == 401

    assert page.log_in(" ANN ").json()["person"]["name"] == "Ann B."
    assert page.ask("GET", "/me").json()["ratings"] == 1

    wrong = page.ask("DELETE", "/account", json={"password": "not this one"})
    assert (wrong.status_code, wrong.json()["code"]) == (401, "wrong-login")
    assert page.ask("DELETE", "/account", json={"password": PASSWORD}).status_code == 204
    assert page.open()["person"] is None
    assert page.log_in("ann").json()["code"] == "wrong-login"
    assert person["person_id"] not in [one.person_id for one in world.store.people()]


def test_the_cookie_of_a_session_is_kept_from_scripts_and_cannot_be_guessed(world: World) -> None:
    page = Browser(world)
    assert page.said == [], "a stranger gets no cookie"
    page.sign_up("ann")
    (session,) = page.said
    name, _, value = session.partition(";")[0].partition("=")
    assert name.startswith("matinee_session_")
    parts = {part.strip().lower() for part in session.split(";")[1:]}
    assert parts == {"path=/", "max-age=2592000", "httponly", "samesite=lax"}
    assert world.store.accounts.by_session(value) is not None
    for forged in (value[:-1], f"{value}x", value.swapcase(), "x" * 43, ""):
        assert world.ask("GET", f"{API}/me", Way(f"{name}={forged}")).status_code == 401
    assert world.ask("GET", f"{API}/me", Way(f"{name}={value}")).status_code == 200


def test_a_login_ends_the_session_before_it(world: World) -> None:
    page = Browser(world)
    page.sign_up("ann")
    old = dict(page._cookies)
    page.log_in("ann")
    assert page._cookies != old
    cookie = "; ".join(f"{name}={value}" for name, value in old.items())
    assert world.ask("GET", f"{API}/me", Way(cookie)).status_code == 401


def test_another_password_ends_all_other_sessions(world: World) -> None:
    here, there = Browser(world), Browser(world)
    here.sign_up("ann")
    there.log_in("ann")
    token = here.ask("POST", "/account/tokens", json={"name": "p"}).json()
    wrong = {"old": "not this one", "new": "another long one"}
    assert here.ask("PUT", "/account/password", json=wrong).json()["code"] == "wrong-login"
    assert there.ask("GET", "/me").status_code == 200

    changed = here.ask(
        "PUT", "/account/password", json={"old": PASSWORD, "new": "another long one"}
    )
    assert changed.status_code == 200
    assert here.ask("GET", "/me").status_code == 200
    assert there.ask("GET", "/me").status_code == 401
    assert there.log_in("ann").status_code == 401
    assert there.log_in("ann", "another long one").status_code == 200
    assert world.ask("GET", f"{API}/me", Way(token=token["token"])).status_code == 200


def test_who_guesses_has_to_wait_and_so_does_the_right_password(world: World) -> None:
    world.store.accounts.create("ann", PASSWORD)
    page = Browser(world)
    answers = [page.log_in("ann", f"guess number {number}") for number in range(6)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
    assert [answer.json()["code"] for answer in answers] == ["wrong-login"] * 5 + [
        "too-many-requests"
    ]
    right = page.log_in("ann")
    assert right.status_code == 429
    assert 1 <= int(right.headers["retry-after"]) <= accounts.FAILURES_SECONDS


def test_an_unknown_login_and_a_wrong_password_sound_alike(world: World) -> None:
    world.store.accounts.create("ann", PASSWORD)
    page = Browser(world)
    known, unknown = (page.log_in(login, "guess guess").json() for login in ("ann", "nobody"))
    assert known == unknown


def test_an_address_makes_ten_accounts_an_hour_at_most(world: World) -> None:
    page = Browser(world)
    short = {"login": "x", "password": "aaaaaaaa"}
    answers = [page.ask("POST", "/accounts", json=short) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [422] * 10 + [429]
    assert int(answers[-1].headers["retry-after"]) > 60


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({"login": "ann", "password": PASSWORD}, "the login 'ann' is taken; choose another"),
        ({"login": "a b", "password": PASSWORD}, "a login has 1 to 100 characters without blanks"),
        ({"login": "carla", "password": "carla"}, "password"),
        ({"login": "longlogin", "password": "LongLogin"}, "the first that anybody would try"),
        ({"login": "c", "password": PASSWORD, "name": "a\0b"}, "a name has 1 to 200 characters"),
        ({"login": "c", "password": PASSWORD, "is_admin": True}, "is_admin"),
    ],
)
def test_an_account_that_cannot_be(world: World, body: dict[str, Any], detail: str) -> None:
    world.store.accounts.create("ann", PASSWORD)
    answer = Browser(world).ask("POST", "/accounts", json=body)
    assert answer.status_code == 422
    assert detail in answer.json()["detail"]
    assert len(world.store.accounts.all()) == 1


class TestByInvitation:
    @pytest.fixture
    def sign_up_mode(self) -> str:
        return "invitation"

    def test_an_invitation_counts_once(self, world: World) -> None:
        root = world.join("root", admin=True)
        asked = world.ask("POST", f"{API}/admin/invitations", root.way, json={"days": 3})
        code = asked.json()["code"]
        page = Browser(world)
        refused = page.sign_up("ann")
        assert (refused.status_code, refused.json()["code"]) == (403, "sign-up-refused")
        assert page.sign_up("ann", invitation=code).status_code == 201
        again = Browser(world).sign_up("bob", invitation=code)
        assert (again.status_code, again.json()["code"]) == (403, "sign-up-refused")


class TestClosed:
    @pytest.fixture
    def sign_up_mode(self) -> str:
        return "closed"

    def test_nobody_signs_up(self, world: World) -> None:
        page = Browser(world)
        assert page.open()["sign_up"] == "closed"
        answer = page.sign_up("ann", invitation=world.store.accounts.invite())
        assert (answer.status_code, answer.json()["code"]) == (403, "sign-up-refused")


def test_a_token_is_shown_once_and_worth_nothing_when_it_is_taken_back(world: World) -> None:
    page = Browser(world)
    page.sign_up("ann")
    asked = {"name": "phone", "days": 1}
    made = page.ask("POST", "/account/tokens", json=asked).json()
    assert world.ask("GET", f"{API}/me", Way(token=made["token"])).status_code == 200
    listed = page.ask("GET", "/account/tokens")
    assert made["token"] not in listed.text
    assert [one["name"] for one in listed.json()["items"]] == ["phone"]
    assert page.ask("DELETE", f"/account/tokens/{made['token_id']}").status_code == 204
    gone = world.ask("GET", f"{API}/me", Way(token=made["token"]))
    assert (gone.status_code, gone.json()["code"]) == (401, "wrong-token")
    assert gone.headers["www-authenticate"] == 'Bearer error="invalid_token"'


def test_a_token_counts_before_a_cookie(world: World) -> None:
    fill(world)
    ann, bob = world.people["ann"], world.people["bob"]
    both = replace(ann.way, token=bob.token)
    assert world.ask("GET", f"{API}/me", both).json()["person_id"] == bob.person_id
    wrong = replace(ann.way, token="matinee_wrong")
    assert world.ask("GET", f"{API}/me", wrong).json()["code"] == "wrong-token"


def test_somebody_who_is_no_longer_an_admin_is_none_at_once(world: World) -> None:
    first, second = world.join("first", admin=True), world.join("second", admin=True)
    path = f"{API}/admin/accounts"
    change = f"{path}/{second.person_id}"
    assert world.ask("GET", path, second.way).status_code == 200
    assert world.ask("PUT", change, first.way, json={"is_admin": False}).status_code == 200
    for way in (second.way, second.program):
        assert world.ask("GET", path, way).status_code == 403
    last = world.ask("PUT", f"{path}/{first.person_id}", first.way, json={"is_admin": False})
    assert last.status_code == 422
    assert "first is the only admin" in last.json()["detail"]


def test_an_admin_removes_an_account_with_its_films_or_without(world: World) -> None:
    fill(world)
    root = world.people["root"].way
    ann, bob = (world.people[name].person_id for name in ("ann", "bob"))
    path = f"{API}/admin/accounts"
    assert world.ask("DELETE", f"{path}/{ann}", root).status_code == 204
    assert len(world.store.ratings(ann)) == 2
    assert world.ask("GET", f"{API}/me", world.people["ann"].way).status_code == 401
    assert world.ask("DELETE", f"{path}/{bob}?films=true", root).status_code == 204
    assert bob not in [person.person_id for person in world.store.people()]
    assert world.ask("DELETE", f"{path}/{bob}", root).json()["code"] == "unknown-person"


def test_over_https_cookies_are_secure(world: World) -> None:
    world.store.accounts.create("ann", PASSWORD)
    world.client.base_url = "https://127.0.0.1:8000"  # type: ignore[assignment]
    answer = world.client.post(f"{API}/session", json={"login": "ann", "password": PASSWORD})
    assert answer.headers["set-cookie"].startswith("__Host-matinee_session_")
    assert answer.headers["set-cookie"].endswith("; Secure")
    assert answer.headers["strict-transport-security"] == "max-age=31536000"
    assert "strict-transport-security" not in world.ask("GET", f"{BASE}{API}/health").headers
