"""Files and folders that are whole or not there at all."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from matinee.files import folder_beside, replace_file

posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX modes and locks")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_takes_its_place_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a"
    with replace_file(path) as stream:
        stream.write(b"first")
        assert not path.exists()
    with replace_file(path) as stream:
        stream.write(b"second")
        stream.flush()
        assert path.read_bytes() == b"first"
    assert path.read_bytes() == b"second"
    assert names(path.parent) == ["a"]


def test_an_error_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"first")

    def fail() -> None:
        with replace_file(path) as stream:
            stream.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert path.read_bytes() == b"first"
    assert names(tmp_path) == ["a"]


@posix
def test_modes_are_those_of_any_file_unless_it_is_private(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        for private, mode in ((False, 0o640), (True, 0o600)):
            with replace_file(tmp_path / "a", private=private):
                pass
            assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == mode
        with folder_beside(tmp_path / "b") as folder:
            assert stat.S_IMODE(folder.stat().st_mode) == 0o750
    finally:
        os.umask(before)
    assert names(tmp_path) == ["a"]


WRITES = """
import sys, time
from pathlib import Path
from matinee.files import folder_beside, replace_file
path = Path(sys.argv[1])
with replace_file(path) as stream, folder_beside(path) as folder:
    stream.write(b"half")
    (folder / "x").write_text("half")
    print("go", flush=True)
    time.sleep(60)
"""


@posix
@pytest.mark.parametrize("name", ["a", "a[b]*?"])
def test_what_a_killed_run_left_is_swept_and_others_are_not_disturbed(
    tmp_path: Path, name: str
) -> None:
    path = tmp_path / name
    with subprocess.Popen(
        [sys.executable, "-c", WRITES, str(path)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"go\n"
        with replace_file(path) as stream:
            stream.write(b"whole")
        assert len(names(tmp_path)) == 3
        process.kill()
    (tmp_path / ".other.x.tmp").touch()
    with folder_beside(path):
        pass
    assert names(tmp_path) == [".other.x.tmp", name]
    assert path.read_bytes() == b"whole"
