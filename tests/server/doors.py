"""A server with people in it, and requests that come to it in every way there is."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import fastapi.routing
import numpy as np
from fastapi import FastAPI
from starlette.testclient import TestClient

from matinee import load
from matinee.catalog import Catalog
from matinee.dataset import Dataset
from matinee.ids import IdVocabulary
from matinee.models import create_model
from matinee.models.base import Recommender
from matinee.ratings import Ratings
from matinee.server import ServerSettings, create_app
from matinee.server.dependencies import Services
from matinee.store import Entry, Film, Store

BASE = "http://127.0.0.1:8000"
PASSWORD = "correct horse battery staple"  # as in the examples of the API
CANARY_FILM, CANARY_NAME = "Kanarienvogel Eins", "Ann Kanarienvogel"
LETTERBOXD = (
    "Date,Name,Year,Letterboxd URI,Rating\n"
    "2024-05-01,Film 7,1987,https://boxd.it/7,4.5\n"
    "2024-05-02,Nothing of the kind,1950,https://boxd.it/0,2\n"
)


@cache
def small_data() -> Dataset:
    """Forty films, sixty people."""
    chance = np.random.default_rng(5)
    users, movies = np.nonzero(chance.random((60, 40)) < 0.4)
    ratings = Ratings.from_columns(
        users + 1,
        movies + 1,
        chance.integers(1, 11, users.size) / 2,
        np.arange(users.size) + 1_000_000_000,
        movies=IdVocabulary(range(1, 41)),
    )
    catalog = Catalog(
        ratings.movie_ids,
        [f"Film {number} ({1980 + number})" for number in range(1, 41)],
        genres=chance.random((40, 4)) < 0.4,
        genre_names=("Comedy", "Drama", "Horror", "Western"),
    )
    return Dataset(ratings, catalog, name="small")


@cache
def small_model(**params: Any) -> Recommender:
    """Fitted in an instant; other hyper-parameters make another version."""
    return create_model("ease", **params).fit(small_data())


@cache
def sample_model() -> Recommender:
    """Of the bundled sample, able to answer every question, and fitted in a few seconds."""
    return create_model("item-knn").fit(load("sample"))


@dataclass(frozen=True)
class Way:
    """How a request comes: headers that say who sends it."""

    cookie: str | None = None
    token: str | None = None
    origin: str | None = None
    site: str | None = None
    host: str | None = None

    @property
    def headers(self) -> dict[str, str]:
        named = {
            "cookie": self.cookie,
            "authorization": None if self.token is None else f"Bearer {self.token}",
            "origin": self.origin,
            "sec-fetch-site": self.site,
            "host": self.host,
        }
        return {name: value for name, value in named.items() if value is not None}


@dataclass
class Member:
    """Somebody with an account."""

    person_id: int
    login: str
    session: str
    way: Way
    token: str = ""
    token_id: int = 0
    import_id: str = ""

    @property
    def program(self) -> Way:
        """With a token."""
        return Way(token=self.token)


@dataclass
class World:
    """A server that runs, and its people."""

    app: FastAPI
    client: TestClient
    store: Store
    people: dict[str, Member] = field(default_factory=dict)

    @property
    def services(self) -> Services:
        found: Services = self.app.state.services
        return found

    def ask(self, method: str, path: str, way: Way | None = None, **more: Any) -> Any:
        """Send a request; cookies are those of the way, and none are kept."""
        self.client.cookies.clear()
        headers = {**(way or Way()).headers, **more.pop("headers", {})}
        return self.client.request(method, path, headers=headers, **more)

    def cookie_way(self, session: str) -> Way:
        """As this server's own page asks for somebody in a session."""
        return Way(f"{self.services.cookie}={session}", origin=BASE)

    def join(self, login: str, *, admin: bool = False) -> Member:
        """Make an account, its session and its token."""
        accounts = self.store.accounts
        name = CANARY_NAME if login == "ann" else login.title()
        made = accounts.create(login, PASSWORD, name=name, is_admin=admin)
        session = accounts.open_session(made)
        member = Member(made.person_id, login, session, self.cookie_way(session))
        member.token, token = accounts.create_token(made.person_id, "program")
        member.token_id = token.token_id
        self.people[login] = member
        return member


def settings_for(**changes: Any) -> ServerSettings:
    """Without a limit on how often one may ask."""
    return ServerSettings(**{"rate": 0.0, "tmdb_key": None, **changes})


@contextmanager
def serving(
    url: str | Path,
    *,
    settings: ServerSettings | None = None,
    model: Recommender | None = None,
) -> Iterator[World]:
    """A server on a store, without people."""
    with Store(str(url)) as store:
        app = create_app(settings or settings_for(), store=store, model=model or small_model())
        with TestClient(app, base_url=BASE, raise_server_exceptions=False) as client:
            yield World(app, client, store)


def fill(world: World) -> None:
    """Ann, whom everything is about; Bob, who is curious; and an admin."""
    ann = world.join("ann")
    world.join("bob")
    world.join("root", admin=True)
    canary = Film("canary-1", CANARY_FILM, 1931)
    world.store.rate(ann.person_id, "7", 4.5, film=Film("7", "Film 7", 1987))
    world.store.add_many(
        ann.person_id,
        [Entry("canary-1", "rating", 3.5, None, canary), Entry("9", "watchlist", 1.0)],
        source="import:matinee",
        batch="ab" * 16,
    )
    world.store.mark(ann.person_id, "8", "seen")
    kept = world.services.uploads.keep(ann.person_id, "ratings.csv", LETTERBOXD.encode())
    ann.import_id = kept.import_id


def copy_of(template: Path, folder: Path) -> Path:
    """A copy of a store that nobody has open."""
    path = folder / "people.db"
    shutil.copyfile(template, path)
    return path


def routes_of(app: FastAPI) -> set[tuple[str, str]]:
    """Method and path of everything that an application answers."""
    walk = getattr(fastapi.routing, "iter_route_contexts", iter)
    return {
        (method, route.path)
        for route in walk(app.routes)
        for method in getattr(route, "methods", None) or ()  # a mount has none
        if method != "HEAD"
    }


def filled(path: str, values: Mapping[str, object]) -> str:
    """A path with values for its parameters."""
    return path.replace(":path}", "}").format(**values)
