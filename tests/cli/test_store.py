"""``matinee import``, ``export``, ``backup``, ``restore`` and ``people``."""

from __future__ import annotations

import csv
import io
import json
import stat
from pathlib import Path
from typing import Any

import pytest
from tests.importers.files import IMDB, RATINGS

from matinee.cli import store as store_commands
from matinee.store import Film, Store

GOOD = "correct horse battery\n"


@pytest.fixture(autouse=True)
def people(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where this test's store is."""
    path = tmp_path / "people.db"
    monkeypatch.setenv("MATINEE_DATABASE_URL", f"sqlite:///{path}")
    return path


@pytest.fixture
def ratings(tmp_path: Path) -> str:
    path = tmp_path / "ratings.csv"
    path.write_text(RATINGS + "2024-05-04,Hamlet,,u,4\n2024-05-05,Zzyzx Qwrt,1971,u,4\n")
    return str(path)


KEPT = "title:zzyzxqwrt:1971"  # of no catalogue yet


def stars(path: Path) -> dict[str, float]:
    with Store(str(path)) as store:
        return dict(store.state(1).stars)


def test_import_twice(run: Any, people: Path, ratings: str) -> None:
    result = run("import", ratings)
    assert result.exit_code == 0, result.output
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert lines[0].endswith("ratings.csv: an export of letterboxd")
    for said in ("3 imported", "1 not sure; `--review` asks which films they are", "0 skipped"):
        assert said in lines
    assert "Zzyzx Qwrt (1971)" in lines
    assert stars(people) == {"6": 4.5, "29": 3.0, "2571": 0.5, KEPT: 4.0}
    again = run("import", ratings)
    assert "3 there already" in " ".join(again.stdout.split())
    assert stars(people) == {"6": 4.5, "29": 3.0, "2571": 0.5, KEPT: 4.0}


def test_dry_run_changes_nothing(run: Any, people: Path, ratings: str) -> None:
    result = run("import", ratings, "--dry-run")
    assert "3 would be imported" in " ".join(result.stdout.split())
    assert stars(people) == {}


def test_json(document: Any, tmp_path: Path) -> None:
    path = tmp_path / "imdb.csv"
    path.write_text(IMDB)
    report = document("import", str(path))
    assert report["kind"] == "imdb"
    assert report["counts"]["matched"] == report["added"]["added"] == 2
    assert report["matched"][0]["film"] == "Heat (1995)"
    assert report["matched"][0]["stars"] == 4.5
    assert report["skipped"][2]["reason"] == "a video game, no film"
    assert document("import", str(path), "--dry-run")["added"] is None


def test_review_needs_a_terminal(run: Any, ratings: str) -> None:
    result = run("import", ratings, "--review")
    assert result.exit_code == 1
    assert "--review asks questions, and there is no terminal to ask in" in result.stderr


@pytest.mark.parametrize(
    ("answers", "hamlet", "kept"),
    [
        ("1\n", True, True),
        ("-\n", False, True),
        ("\n", False, False),
        ("q\n", False, False),
        ("99\nqqqq\nhamlet 1948\n1\n", True, True),
    ],
)
def test_review(
    run: Any,
    people: Path,
    ratings: str,
    monkeypatch: pytest.MonkeyPatch,
    answers: str,
    hamlet: bool,
    kept: bool,
) -> None:
    monkeypatch.setattr(store_commands, "is_terminal", lambda stream: True)
    result = run("import", ratings, "--review", input=answers)
    assert result.exit_code == 0, result.output
    assert "1/1  Hamlet" in result.stderr
    assert len(stars(people)) == 4 + hamlet
    with Store(str(people)) as store:
        assert list(store.decisions(1)) == ["film:hamlet (?)"] * kept
    again = run("import", ratings)
    assert ("not sure" in again.stdout and " 0  not sure" not in again.stdout) is not kept


def test_a_dry_run_of_the_review_remembers_nothing(
    run: Any, people: Path, ratings: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_commands, "is_terminal", lambda stream: True)
    result = run("import", ratings, "--review", "--dry-run", input="1\n")
    assert "4 would be imported" in " ".join(result.stdout.split())
    with Store(str(people)) as store:
        assert store.decisions(1) == {}


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"a,b\n1,2\n", "of no export that Matinee reads"), (b"", "is empty"), (None, "No such file")],
)
def test_files_that_cannot_be_imported(
    run: Any, tmp_path: Path, content: bytes | None, said: str
) -> None:
    path = tmp_path / "mine.csv"
    if content is not None:
        path.write_bytes(content)
    result = run("import", str(path))
    assert result.exit_code == 1
    assert said in result.stderr
    assert result.stdout == ""


def test_unknown_person(run: Any, ratings: str) -> None:
    result = run("import", ratings, "--person", "7")
    assert result.exit_code == 1
    assert "no person '7'" in result.stderr


def test_whose_films_they_are_is_asked_where_it_is_not_plain(run: Any, ratings: str) -> None:
    with Store() as store:
        ada, ben = (store.create_person(name).person_id for name in ("Ada", "Ben"))
        store.rate(ada, 6, 1.0)
    result = run("import", ratings)
    assert result.exit_code == 1
    assert "several people are in the store: say whose films they are" in result.stderr
    assert run("import", ratings, "--person", "Ben").exit_code == 0
    with Store() as store:
        assert len(store.ratings(ben)) == 4


# -- export ---------------------------------------------------------------------------------------


@pytest.fixture
def ann(people: Path) -> Path:
    """A store where Ann, person 2, has said something."""
    with Store() as store:
        ann = store.create_person("Ann").person_id
        store.rate(ann, 6, 4.5, film=Film("6", "Heat", 1995, "tt0113277", 949))
        store.rate(ann, 6, 5.0)
        store.mark(ann, 999_001, "watchlist", film=Film("999001", "=SUM(A1)", 1999))
    return people


@pytest.mark.usefixtures("ann")
def test_json_is_all_and_comes_back(run: Any, tmp_path: Path) -> None:
    file = tmp_path / "new" / "ann.json"
    result = run("export", str(file), "--person", "Ann")
    assert result.exit_code == 0, result.output
    assert result.stdout == f"ratings: 1, other marks: 1, in {file}\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    document = json.loads(file.read_text(encoding="utf-8"))
    assert [event["value"] for event in document["history"]] == [4.5, 5.0, 1.0]
    assert run("import", str(file), "--person", "1").exit_code == 0
    with Store() as store:
        mine, hers = store.state(1), store.state(2)
        assert mine.stars == hers.stars == {"6": 5.0}
        assert [one.movie_id for one in mine.watchlist] == ["999001"]


@pytest.mark.usefixtures("ann")
def test_csv_goes_by_the_name_or_the_format_and_holds_no_formula(run: Any, tmp_path: Path) -> None:
    file = tmp_path / "ann.csv"
    assert run("export", str(file), "--person", "Ann").exit_code == 0
    for words in ((), ("-",)):
        printed = run("export", *words, "--person", "Ann", "--format", "csv")
        assert printed.stdout == file.read_text(encoding="utf-8")
    rows = list(csv.reader(io.StringIO(printed.stdout)))
    assert [row[:4] for row in rows[1:]] == [
        ["rating", "6", "Heat", "1995"],
        ["watchlist", "999001", "'=SUM(A1)", "1999"],
    ]
    as_json = tmp_path / "odd.csv"
    assert run("export", str(as_json), "--format", "json", "--person", "1").exit_code == 0
    assert json.loads(as_json.read_text(encoding="utf-8"))["person"] == "me"


def test_a_file_is_not_overwritten_unasked(run: Any, tmp_path: Path) -> None:
    file = tmp_path / "me.json"
    file.write_text("mine")
    result = run("export", str(file))
    assert result.exit_code == 1
    assert "me.json exists; choose another name, or overwrite it with --force" in result.stderr
    assert file.read_text() == "mine"
    assert run("export", str(file), "--force").exit_code == 0
    assert file.read_text().startswith("{")


def test_nothing_is_left_of_an_export_that_fails(run: Any, tmp_path: Path) -> None:
    assert "no person '7'" in run("export", str(tmp_path / "x.json"), "--person", "7").stderr
    (tmp_path / "full").write_text("no folder")
    result = run("export", str(tmp_path / "full" / "x.json"))
    assert result.exit_code == 1
    assert "cannot be written" in result.stderr
    assert sorted(path.suffix for path in tmp_path.glob("*x*")) == []


# -- people and backups ----------------------------------------------------------------------------


@pytest.fixture
def told(run: Any) -> Any:
    """Run a command line that ends with a code, and return what it printed."""

    def invoke(*words: str | Path, given: str = "", code: int = 0) -> tuple[str, str]:
        result = run(*map(str, words), input=given)
        assert result.exit_code == code, result.output
        return result.stdout, result.stderr

    return invoke


def test_accounts_are_made_and_changed(told: Any) -> None:
    out, _ = told(
        "people", "add", "Ann", "--admin", "--person", "1", "--password-stdin", given=GOOD
    )
    assert out == "ann can log in now, as person 1.\n"
    told("people", "add", "bob", "--password-stdin", given=GOOD)
    listed = json.loads(told("people", "list", "--json")[0])["people"]
    assert [(one["login"], one["is_admin"]) for one in listed] == [("ann", True), ("bob", False)]
    assert "bob" in told("people", "list")[0]
    token = told("people", "token", "ann")[0].strip()
    code = told("people", "invite")[0].strip()
    told("people", "password", "bob", "--password-stdin", given="another good one\n")
    with Store() as store:
        found = store.accounts.by_token(token)
        assert found is not None
        assert found.login == "ann"
        store.accounts.sign_up("eve", "good enough", mode="invitation", invitation=code)
        assert store.accounts.log_in("bob", "another good one", address="x").login == "bob"
    assert "only admin" in told("people", "admin", "ann", "--revoke", code=1)[1]
    told("people", "admin", "bob")
    told("people", "remove", "ann", "--films")
    told("people", "remove", "eve", "--films")
    with Store() as store:
        assert [one.person_id for one in store.people()] == [1, 2]
    assert "no account 'eve'" in told("people", "remove", "eve", code=1)[1]


def test_backup_and_restore(told: Any, tmp_path: Path) -> None:
    with Store() as store:
        store.rate(1, 6, 4.5)
    file = tmp_path / "b"
    assert told("backup", file)[0].endswith(f"rows are in {file}.\n")
    assert "--force" in told("backup", file, code=1)[1]
    assert "is not empty" in told("restore", file, code=1)[1]
    told("restore", file, "--store", tmp_path / "other.db")
    told("restore", file, "--force")
    file.write_bytes(file.read_bytes()[:-5])
    assert "damaged" in told("restore", file, "--force", code=1)[1]
    for place in (None, tmp_path / "other.db"):
        with Store(place) as store:
            assert store.state(1).stars == {"6": 4.5}
