"""The commands around the store and published models, from the outside."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from matinee.cli import app
from matinee.models.publishing import current_path, published
from matinee.store import Store

GOOD = "correct horse battery\n"


@pytest.fixture(autouse=True)
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MATINEE_DATABASE_URL", str(tmp_path / "people.db"))


def run(*words: str | Path, given: str = "", code: int = 0) -> tuple[str, str]:
    result = CliRunner().invoke(app, [str(word) for word in words], input=given)
    assert result.exit_code == code, result.stderr
    return result.stdout, result.stderr


@pytest.fixture
def ratings(tmp_path: Path) -> Path:
    path = tmp_path / "ratings.csv"
    path.write_text("user,movie,rating,timestamp\n1,10,4,1\n1,20,3,2\n2,20,5,3\n2,10,1,4\n")
    return path


def test_accounts_are_made_and_changed(tmp_path: Path) -> None:
    out, _ = run("people", "add", "Ann", "--admin", "--person", "1", "--password-stdin", given=GOOD)
    assert out == "ann can log in now, as person 1.\n"
    run("people", "add", "bob", "--password-stdin", given=GOOD)
    listed = json.loads(run("people", "list", "--json")[0])["people"]
    assert [(one["login"], one["is_admin"]) for one in listed] == [("ann", True), ("bob", False)]
    assert "bob" in run("people", "list")[0]
    token = run("people", "token", "ann")[0].strip()
    code = run("people", "invite")[0].strip()
    run("people", "password", "bob", "--password-stdin", given="another good one\n")
    with Store() as store:
        found = store.accounts.by_token(token)
        assert found is not None
        assert found.login == "ann"
        store.accounts.sign_up("eve", "good enough", mode="invitation", invitation=code)
        assert store.accounts.log_in("bob", "another good one", address="x").login == "bob"
    assert "only admin" in run("people", "admin", "ann", "--revoke", code=1)[1]
    run("people", "admin", "bob")
    run("people", "remove", "ann", "--films")
    run("people", "remove", "eve", "--films")
    with Store() as store:
        assert [one.person_id for one in store.people()] == [1, 2]
    assert "no account 'eve'" in run("people", "remove", "eve", code=1)[1]


def test_backup_and_restore(tmp_path: Path) -> None:
    with Store() as store:
        store.rate(1, 6, 4.5)
    file = tmp_path / "b"
    assert run("backup", file)[0].endswith(f"rows are in {file}.\n")
    assert "--force" in run("backup", file, code=1)[1]
    assert "is not empty" in run("restore", file, code=1)[1]
    run("restore", file, "--store", tmp_path / "other.db")
    run("restore", file, "--force")
    file.write_bytes(file.read_bytes()[:-5])
    assert "damaged" in run("restore", file, "--force", code=1)[1]
    for place in (None, tmp_path / "other.db"):
        with Store(place) as store:
            assert store.state(1).stars == {"6": 4.5}


def test_retrain_learns_from_people_and_rollback_goes_back(tmp_path: Path, ratings: Path) -> None:
    root = tmp_path / "published"
    run("train", "popular", "--data", ratings, "--publish", "--out", root)
    first = current_path(root)
    with Store() as store:
        store.rate(1, 10, 5.0)
        store.rate(1, 404, 5.0)
    out, err = run("retrain", "--data", ratings, "--root", root, "--json")
    made = json.loads(out)
    assert (made["model"], made["people"], made["people_ratings"]) == ("popular", 1, 1)
    assert made["trained_on"]["users"] == 3
    assert "1 ratings of films that" in err
    assert Path(made["path"]) == current_path(root) != first
    assert "→" in run("rollback", "--root", root, "--list")[0]
    run("rollback", "--root", root)
    assert current_path(root) == first
    assert "no version before" in run("rollback", "--root", root, code=1)[1]
    text, _ = run("retrain", "--data", ratings, "--root", root)
    assert "1 of them from the store (1 ratings)" in text
    assert len(published(root)) == 3


def test_nothing_is_trained_for_a_place_that_cannot_be_published_to(
    tmp_path: Path, ratings: Path
) -> None:
    run("train", "popular", "--data", ratings, "--out", tmp_path / "model")
    _, err = run("retrain", "--data", ratings, "--root", tmp_path / "model", code=1)
    assert "is a model directory; publish to another" in err
    _, err = run("rollback", "--root", tmp_path / "absent", "--list")
    assert "nothing is published" in err
