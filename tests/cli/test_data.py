"""``matinee data``: list, get, info."""

from __future__ import annotations

import hashlib
import http.server
import threading
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from matinee.datasets.known import KNOWN

Run = Callable[..., Any]
ROWS = "1::10::3::978300760\n1::20::5::978302109\n2::10::1::978301968\n1::10::4::978300999\n"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("MATINEE_CACHE", str(folder))
    return folder / "datasets"


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "site" / "ml-1m.zip"
    path.parent.mkdir()
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("ml-1m/ratings.dat", ROWS)
        file.writestr("ml-1m/movies.dat", "10::Heat (1995)::Crime\n20::Cats (1998)::Musical\n")
    return path


@pytest.fixture
def site(archive: Path) -> Iterator[str]:
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *words: object) -> None:
            """Say nothing."""

    handler = partial(Quiet, directory=str(archive.parent))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/ml-1m.zip"
    server.shutdown()
    thread.join()
    server.server_close()


def test_alone_it_shows_its_commands(run: Run) -> None:
    result = run("data")
    assert result.exit_code == 0
    for command in ("list", "get", "info"):
        assert f"\n  {command} " in result.stdout


def test_list(run: Run, cache: Path) -> None:
    result = run("data", "list")
    assert result.exit_code == 0
    for name in ("sample", *KNOWN):
        assert f"\n{name} " in f"\n{result.stdout}"
    assert str(cache) in result.stdout


def test_list_as_json(document: Callable[..., dict[str, Any]], cache: Path, archive: Path) -> None:
    cache.mkdir(parents=True)
    archive.rename(cache / "ml-1m.zip")
    listed = document("data", "list")
    assert listed["cache"] == str(cache)
    available = {each["name"]: each["available"] for each in listed["datasets"]}
    assert [name for name, here in available.items() if here] == ["sample", "ml-1m"]
    (ours,) = (each for each in listed["datasets"] if each["name"] == "ml-1m")
    assert ours["path"] == str(cache / "ml-1m.zip")
    assert ours["ratings"] == 1_000_209


def test_get_then_info_by_name(run: Run, site: str, archive: Path, cache: Path) -> None:
    md5 = hashlib.md5(archive.read_bytes()).hexdigest()
    result = run("data", "get", "ml-1m", "--url", site, "--md5", md5)
    assert result.exit_code == 0, result.stderr
    assert result.stdout == f"{cache / 'ml-1m.zip'}\n"
    assert "terms of ml-1m: GroupLens" in result.stderr
    assert (cache / "ml-1m.zip").read_bytes() == archive.read_bytes()

    again = run("data", "get", "ml-1m", "--url", "http://127.0.0.1:9/x")
    assert again.exit_code == 0
    assert "is here already" in again.stderr
    assert run("data", "info", "ml-1m").exit_code == 0


def test_get_with_a_wrong_checksum(run: Run, site: str, cache: Path) -> None:
    result = run("data", "get", "ml-1m", "--url", site)
    assert result.exit_code == 1
    assert f"{KNOWN['ml-1m'].md5} is published" in result.stderr
    assert list(cache.iterdir()) == []


def test_get_what_is_not_there(run: Run, site: str) -> None:
    result = run("data", "get", "ml-20m", "--url", site.replace("1m", "20m"))
    assert result.exit_code == 1
    assert "answers 404" in result.stderr
    assert "Traceback" not in result.stderr


def test_get_an_unknown_name(run: Run) -> None:
    result = run("data", "get", "ml-1")
    assert result.exit_code == 1
    assert "did you mean 'ml-1m'" in result.stderr.casefold()


def test_info(run: Run, archive: Path) -> None:
    result = run("data", "info", str(archive))
    assert result.exit_code == 0, result.stderr
    shown = {line[:8].strip(): line[8:].strip() for line in result.stdout.splitlines()}
    assert shown["Ratings"] == "3"
    assert shown["Users"] == "2"
    assert shown["Films"] == "2 rated"
    assert shown["Time"] == "2000-12-31 to 2000-12-31"
    assert shown["Sparsity"].startswith("25.00%")
    assert shown["Left out"] == "1 repeated, the latest stands"
    assert "not to be redistributed" in shown["Licence"]
    assert shown["Citation"].startswith("F. Maxwell Harper")


def test_info_as_json(document: Callable[..., dict[str, Any]], archive: Path) -> None:
    found = document("data", "info", str(archive))
    assert found["name"] == "ml-1m"
    assert (found["ratings"], found["users"], found["films"]) == (3, 2, 2)
    assert (found["first"], found["last"]) == ("2000-12-31", "2000-12-31")
    assert found["sparsity"] == pytest.approx(0.25)
    assert found["scale"] == {"minimum": 1.0, "maximum": 5.0, "step": 1.0}
    assert (found["rows"], found["duplicates"], found["skipped"]) == (4, 1, {})


def test_info_of_the_sample(document: Callable[..., dict[str, Any]]) -> None:
    found = document("data", "info")
    assert (found["name"], found["ratings"], found["users"]) == ("sample", 100_003, 671)
    assert (found["first"], found["last"]) == ("1995-01-09", "2016-10-16")


def test_wrong_rows(run: Run, document: Callable[..., dict[str, Any]], tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("who,film,points\nann,Heat,4\nann,Cats,many\nbob,Heat\n")
    columns = ("--columns", "user=who,rating=points")
    failed = run("data", "info", str(path), *columns)
    assert failed.exit_code == 1
    assert "mine.csv, line 3, column points: not a number: 'many'" in failed.stderr
    assert failed.stdout == ""
    found = document("data", "info", str(path), *columns, "--skip-bad-rows")
    assert found["skipped"] == {"not a number": 1, "wrong column count": 1}
    assert (found["ratings"], found["first"], found["licence"]) == (1, None, None)


def test_scale(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("user,movie,rating\n1,2,7\n")
    assert run("data", "info", str(path), "--scale", "1:10").exit_code == 0
    assert "outside the scale of 1 to 5" in run("data", "info", str(path), "--scale", "1:5").stderr
    wrong = run("data", "info", str(path), "--scale", "ten")
    assert wrong.exit_code == 2
    assert "MIN:MAX" in wrong.stderr


@pytest.mark.parametrize("columns", ["user", "user=", "user=a,=b"])
def test_columns_that_cannot_be_read(columns: str, run: Run) -> None:
    result = run("data", "info", "--columns", columns)
    assert result.exit_code == 2
    assert "ROLE=NAME" in result.stderr


def test_format_that_there_is_not(run: Run, archive: Path) -> None:
    result = run("data", "info", str(archive), "--format", "csv")
    assert result.exit_code == 1
    assert "format must be one of ml-100k" in result.stderr


def test_nothing_of_this_name(run: Run) -> None:
    result = run("data", "info", "ml-1n")
    assert result.exit_code == 1
    assert "neither a file or folder nor a data set 'ml-1n'" in result.stderr
