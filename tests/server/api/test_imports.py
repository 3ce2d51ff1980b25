"""A file is looked at, decided about, taken over, and taken back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.server.doors import World, serving

API = "/api/v1"
FILE = """Date,Name,Year,Letterboxd URI,Rating
2024-05-01,Film 7,1987,https://boxd.it/7,4.5
2024-05-02,Film 8,1986,https://boxd.it/8,3
2024-05-03,Nothing of the kind,1950,https://boxd.it/0,2
2024-05-04,Film 9,1989,https://boxd.it/9,eleven
"""


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setenv("MATINEE_CACHE", str(tmp_path / "cache"))
    with serving(tmp_path / "people.db") as found:
        yield found


def hand_in(world: World) -> dict[str, Any]:
    answer = world.ask("POST", f"{API}/me/imports", files={"file": ("ratings.csv", FILE.encode())})
    assert answer.status_code == 201
    report: dict[str, Any] = answer.json()
    assert answer.headers["location"] == f"{API}/me/imports/{report['import_id']}"
    return report


def apply(world: World, report: dict[str, Any], decisions: dict[str, str | None]) -> Any:
    path = f"{API}/me/imports/{report['import_id']}/apply"
    return world.ask("POST", path, json={"decisions": decisions}).json()


def test_looking_at_a_file_writes_nothing(world: World) -> None:
    report = hand_in(world)
    assert report["counts"] == {
        "matched": 1,
        "uncertain": 1,
        "unknown": 1,
        "skipped": 1,
        "already": 0,
    }
    assert report["matched"][0]["film"] == "Film 7 (1987)"
    (uncertain,) = report["uncertain"]
    assert (uncertain["entry"], uncertain["stars"]) == ("film:film 8 (1986)", 3.0)
    assert uncertain["candidates"][0]["movie_id"] == "8"
    assert report["unknown"][0]["title"] == "Nothing of the kind"
    assert "eleven" in report["skipped"][0]["reason"]
    assert world.store.history(1) == []
    (pending,) = world.ask("GET", f"{API}/me/imports").json()["items"]
    assert (pending["import_id"], pending["name"]) == (report["import_id"], "ratings.csv")


KEPT = "title:nothingofthekind:1950"  # a film that the catalogue does not have yet


def test_what_is_sure_goes_in_and_what_was_decided_follows(world: World) -> None:
    report = hand_in(world)
    first = apply(world, report, {})
    assert (first["added"], first["uncertain"]) == (2, 1)
    assert apply(world, report, {})["added"] == 0
    second = apply(world, report, {"film:film 8 (1986)": "8"})
    assert (second["added"], second["uncertain"], second["unchanged"]) == (1, 0, 2)
    assert world.store.state(1).stars == {"7": 4.5, "8": 3.0, KEPT: 2.0}
    # The decision is remembered for the next import.
    assert hand_in(world)["counts"]["already"] == 2


def test_none_of_them_is_a_decision_too(world: World) -> None:
    report = hand_in(world)
    assert report["counts"]["uncertain"] == 1
    assert apply(world, report, {"film:film 8 (1986)": None})["uncertain"] == 0
    again = world.ask("GET", f"{API}/me/imports/{report['import_id']}").json()
    assert [row["reason"] for row in again["skipped"]][-1] == "left out by your decision"


def test_an_import_is_taken_back_whole(world: World) -> None:
    world.store.rate(1, "7", 1.0, at=1)
    report = hand_in(world)
    apply(world, report, {"film:film 8 (1986)": "8"})
    assert world.store.state(1).stars == {"7": 4.5, "8": 3.0, KEPT: 2.0}
    path = f"{API}/me/imports/{report['import_id']}"
    assert world.ask("POST", f"{path}/undo").json()["undone"] == 3
    assert world.store.state(1).stars == {"7": 1.0}
    assert world.ask("POST", f"{path}/undo").json()["undone"] == 0
    # And goes in again, if one thinks better of it.
    assert apply(world, report, {})["added"] == 3


def test_a_file_that_is_forgotten_is_gone(world: World) -> None:
    path = f"{API}/me/imports/{hand_in(world)['import_id']}"
    assert world.ask("DELETE", path).status_code == 204
    for answer in (world.ask("GET", path), world.ask("POST", f"{path}/apply", json={})):
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown-import")
    assert world.ask("DELETE", path).status_code == 204


def test_a_report_shows_two_hundred_rows_and_counts_all(world: World) -> None:
    rows = "".join(f"2024-05-01,Unknown {number},1950,u,3\n" for number in range(450))
    data = f"{FILE.splitlines()[0]}\n{rows}".encode()
    answer = world.ask("POST", f"{API}/me/imports", files={"file": ("ratings.csv", data)})
    report = answer.json()
    assert report["counts"]["unknown"] + report["counts"]["uncertain"] == 450
    assert len(report["unknown"]) + len(report["uncertain"]) <= 400
