"""A backup brings everything back, or changes nothing."""

from __future__ import annotations

import gzip
import json
import os
import random
import stat
from pathlib import Path
from typing import Any

import pytest

from matinee.errors import BackupError, StoreError
from matinee.store import Entry, Film, Store

GOOD = "correct horse battery"


def fill(store: Store, films: int = 1200) -> int:
    """Somebody of each kind, with something of each kind; the person with the account."""
    ann = store.accounts.create("ann", GOOD, is_admin=True).person_id
    rows = [Entry(movie, value=3.5, at=movie) for movie in range(films)]
    store.add_many(ann, rows, source="import:x", batch="big")
    store.rate(1, 6, 4.5, film=Film("6", "Héat – “quoted”\n", 1995, "tt0113277", 949))
    store.rate(1, 6, 2.0)
    store.undo(1)
    store.mark(1, 7, "watchlist")
    store.decide(1, {"Nothing (2000)": None})
    return ann


def everything(store: Store) -> list[Any]:
    return [
        (
            one.name,
            store.export(one.person_id) | {"exported": ""},
            store.accounts.get(one.person_id),
        )
        for one in store.people()
    ]


def test_everything_comes_back(store: Store, other_url: str, tmp_path: Path) -> None:
    ann = fill(store)
    token, _ = store.accounts.create_token(ann, "phone")
    account = store.accounts.get(ann)
    assert account is not None
    session = store.accounts.open_session(account)
    file = tmp_path / "people.backup"
    count = store.backup(file)
    with Store(other_url) as other:
        assert other.restore(file) == count
        assert everything(other) == everything(store)
        assert other.accounts.log_in("ann", GOOD, address="x").person_id == ann
        assert other.accounts.by_token(token) is not None
        assert other.accounts.by_session(session) is None
        # And on from there: numbers go on where they were.
        other.rate(1, 9, 1.0)
        assert other.history(1)[0].event_id > max(one.event_id for one in store.history(1))
        assert other.create_person("Bob").person_id > ann


def test_people_move_to_the_other_database(store: Store, other_url: str, tmp_path: Path) -> None:
    with Store(other_url) as other:
        fill(other)
        before = everything(other)
        other.backup(tmp_path / "b")
    store.restore(tmp_path / "b")
    assert everything(store) == before
    store.rate(1, 9, 1.0)
    assert store.create_person("Bob").person_id == 3


def test_a_full_store_is_only_replaced_on_request(store: Store, tmp_path: Path) -> None:
    store.rate(1, 6, 4.5)
    store.backup(tmp_path / "b")
    store.rate(1, 6, 1.0)
    revision = store.revision(1)
    with pytest.raises(StoreError, match=r"is not empty.*--force"):
        store.restore(tmp_path / "b")
    assert store.state(1).stars == {"6": 1.0}
    store.restore(tmp_path / "b", force=True)
    assert store.state(1).stars == {"6": 4.5}
    assert store.revision(1) > revision


def test_a_file_is_only_overwritten_on_request(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "b"
    file.write_text("precious")
    with pytest.raises(StoreError, match=r"exists.*--force"):
        store.backup(file)
    assert file.read_text() == "precious"
    store.backup(file, force=True)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith(".")) == []


def test_no_damage_goes_unseen_or_changes_anything(tmp_path: Path) -> None:
    with Store(tmp_path / "people.db") as store:
        fill(store)
        store.backup(tmp_path / "b")
        whole = (tmp_path / "b").read_bytes()
        lines = gzip.decompress(whole).splitlines(keepends=True)
        before = everything(store)
        chance = random.Random(3)
        damaged = [
            b"",
            b"hello",
            whole[:-9],
            whole[: len(whole) // 2],
            gzip.compress(b"".join(lines[:-1])),
            gzip.compress(b"".join(lines[:3] + lines[4:])),
            gzip.compress(b"".join([*lines, b"[]\n"])),
            gzip.compress(b"".join([lines[0], b"[0,1]\n", *lines[2:]])),
            gzip.compress(b"".join([lines[0], b"{\n", *lines[1:]])),
            gzip.compress(b"x" * 2**21),
            gzip.compress(b"".join(lines).replace(b'"me"', b'"he"')),
        ]
        for _ in range(20):
            broken = bytearray(whole)
            place = chance.randrange(10, len(broken))  # before it stands what gzip ignores
            broken[place] ^= 1 << chance.randrange(8)
            damaged.append(bytes(broken))
        for number, content in enumerate(damaged):
            (tmp_path / "broken").write_bytes(content)
            with pytest.raises(BackupError, match="broken"):
                store.restore(tmp_path / "broken", force=True)
            assert store.revision(1) == 5, number
        assert everything(store) == before


def resealed(file: Path, change: Any) -> None:
    """Change the lines of a backup and make its end fit."""
    import hashlib

    lines = gzip.decompress(file.read_bytes()).splitlines(keepends=True)[:-1]
    lines = change(lines)
    end = {"rows": len(lines) - 1, "sha256": hashlib.sha256(b"".join(lines)).hexdigest()}
    file.write_bytes(gzip.compress(b"".join([*lines, json.dumps(end).encode() + b"\n"])))


def test_a_backup_that_contradicts_itself_changes_nothing(store: Store, tmp_path: Path) -> None:
    fill(store)
    file = tmp_path / "b"
    store.backup(file)
    resealed(file, lambda lines: [*lines[:5], lines[4], *lines[5:]])
    before = everything(store)
    with pytest.raises(BackupError, match=r"contradicts itself.*nothing was changed"):
        store.restore(file, force=True)
    assert everything(store) == before


# A row of each kind of damage: what is in it, and what is put in its place.
DAMAGED_ROWS = [
    ("people", "name", None),
    ("people", "name", "x" * 201),
    ("people", "name", "a\0b"),
    ("people", "name", "\ud800"),
    ("people", "created", "yesterday"),
    ("people", "created", 2**63),
    ("people", "created", 10**400),
    ("people", "revision", 1.5),
    ("people", "revision", True),
    ("events", "value", 99.0),
    ("events", "value", "five"),
    ("events", "kind", "loved"),
    ("events", "at", 10**15),
    ("events", "dated", -(10**15)),
    ("events", "person_id", 404),
    ("current", "value", 0.0),
    ("current", "event_id", 10**9),
    ("users", "is_admin", 1),
    ("films", "title", ["Heat"]),
]


@pytest.mark.parametrize(("table", "column", "value"), DAMAGED_ROWS)
def test_a_value_that_the_store_does_not_have_is_refused(
    store: Store, tmp_path: Path, table: str, column: str, value: Any
) -> None:
    fill(store, films=2)
    file = tmp_path / "b"
    store.backup(file)

    def change(lines: list[bytes]) -> list[bytes]:
        tables = json.loads(lines[0])["tables"]
        number, place = list(tables).index(table), tables[table].index(column) + 1
        at = next(i for i, line in enumerate(lines) if line.startswith(b"[%d," % number))
        row = json.loads(lines[at])
        row[place] = value
        return [*lines[:at], json.dumps(row).encode() + b"\n", *lines[at + 1 :]]

    resealed(file, change)
    before = everything(store)
    with pytest.raises(BackupError, match=r"(damaged|contradicts itself) .*nothing was changed"):
        store.restore(file, force=True)
    assert everything(store) == before


@pytest.mark.skipif(os.name != "posix", reason="needs FIFOs")
def test_only_a_file_is_a_backup(store: Store, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    for path in (tmp_path, tmp_path / "fifo"):
        with pytest.raises(BackupError, match="no such file"):
            store.restore(path)


def test_what_a_killed_backup_left_is_swept(store: Store, tmp_path: Path) -> None:
    left = tmp_path / ".b.abc.tmp"
    left.write_bytes(b"half")
    (tmp_path / ".c.abc.tmp").write_bytes(b"of another")
    store.backup(tmp_path / "b")
    assert not left.exists()
    assert (tmp_path / ".c.abc.tmp").exists()


def test_backups_of_others_are_told_apart(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "b"
    store.backup(file)
    resealed(file, lambda lines: [lines[0].replace(b'"0001"', b'"9999"'), *lines[1:]])
    with pytest.raises(BackupError, match=r"another Matinee.*9999.*upgrade"):
        store.restore(file)
    file.write_bytes(gzip.compress(b'{"format":"x"}\n'))
    with pytest.raises(BackupError, match="not a backup of Matinee"):
        store.restore(file)
    with pytest.raises(BackupError, match="no such file"):
        store.restore(tmp_path / "absent")
