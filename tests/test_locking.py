"""A lock file belongs to one at a time."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from matinee.locking import exclusive


def test_second_owner_is_refused_and_the_file_goes(tmp_path: Path) -> None:
    path = tmp_path / "x.lock"
    with exclusive(path):
        assert path.exists()
        with pytest.raises(BlockingIOError, match="held by another process"), exclusive(path):
            pass
        assert path.exists()
    assert not path.exists()
    with exclusive(path):
        pass


def test_lock_is_freed_by_an_error(tmp_path: Path) -> None:
    path = tmp_path / "x.lock"
    with pytest.raises(RuntimeError, match="oops"), exclusive(path):
        raise RuntimeError("oops")
    with exclusive(path):
        pass


def test_file_left_behind_by_a_process_that_was_killed(tmp_path: Path) -> None:
    path = tmp_path / "x.lock"
    path.touch()
    with exclusive(path):
        pass


def test_never_two_owners(tmp_path: Path) -> None:
    path = tmp_path / "x.lock"
    inside, most, rounds = [0], [0], [0]

    def work() -> None:
        for _ in range(200):
            try:
                with exclusive(path):
                    inside[0] += 1
                    most[0] = max(most[0], inside[0])
                    rounds[0] += 1
                    inside[0] -= 1
            except BlockingIOError:
                continue

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most[0] == 1
    assert rounds[0] > 0
