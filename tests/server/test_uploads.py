"""Files wait for an hour, for their own person, within bounds."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.errors import StoreError
from matinee.server.errors import Problem
from matinee.server.uploads import Uploads, clean_name


@pytest.fixture
def uploads(tmp_path: Path) -> Uploads:
    return Uploads(tmp_path / "imports", most_bytes=10_000)


def test_a_file_comes_back_as_it_was(uploads: Uploads) -> None:
    data = bytes(range(256)) + b'\n{"name": "x"}\n'
    kept = uploads.keep(1, "ratings.csv", data)
    assert uploads.read(1, kept.import_id) == (kept, data)
    assert uploads.of(1) == [kept]


@pytest.mark.parametrize("import_id", ["", "..", "../2", "a" * 31, "A" * 32, "a" * 33, "%2e%2e"])
def test_only_a_number_of_the_right_form_is_looked_for(uploads: Uploads, import_id: str) -> None:
    assert uploads.read(1, import_id) is None
    assert not uploads.drop(1, import_id)


def test_another_person_finds_nothing(uploads: Uploads) -> None:
    kept = uploads.keep(1, "ratings.csv", b"x")
    assert uploads.read(2, kept.import_id) is None
    assert not uploads.drop(2, kept.import_id)
    uploads.drop_all(2)
    assert uploads.read(1, kept.import_id) is not None
    assert uploads.drop(1, kept.import_id)
    assert uploads.of(1) == []


def test_a_file_is_forgotten_after_an_hour(uploads: Uploads, tmp_path: Path) -> None:
    kept = uploads.keep(1, "ratings.csv", b"x")
    path = tmp_path / "imports" / "1" / kept.import_id
    old = time.time() - 3601
    os.utime(path, (old, old))
    assert uploads.read(1, kept.import_id) is None
    assert uploads.of(1) == []
    uploads.keep(2, "another.csv", b"y")
    assert not path.exists()


def test_of_many_files_of_a_person_the_last_eight_stay(uploads: Uploads, tmp_path: Path) -> None:
    kept = []
    for number in range(10):
        kept.append(uploads.keep(1, f"{number}.csv", b"x"))
        moment = time.time() - 100 + number
        os.utime(tmp_path / "imports" / "1" / kept[-1].import_id, (moment, moment))
    assert [one.name for one in uploads.of(1)] == [f"{number}.csv" for number in range(9, 1, -1)]


def test_all_files_together_have_a_limit(uploads: Uploads) -> None:
    uploads.keep(1, "a.csv", bytes(9_000))
    with pytest.raises(Problem, match=r"files of others take 9 kB") as refused:
        uploads.keep(2, "b.csv", bytes(2_000))
    assert (refused.value.status_code, refused.value.headers["Retry-After"]) == (503, "600")


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "imports").write_text("a file")
    with pytest.raises(StoreError, match="cannot be kept in"):
        Uploads(tmp_path / "imports").keep(1, "a.csv", b"x")


@given(st.text())
def test_a_clean_name_has_no_folder_and_nothing_invisible(name: str) -> None:
    clean = clean_name(name)
    assert 1 <= len(clean) <= 100
    assert clean.isprintable()
    assert not set("/\\") & set(clean)
