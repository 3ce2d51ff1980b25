"""A published model takes over whole, and there is a way back."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import matinee
from matinee.dataset import Dataset
from matinee.errors import ArtifactError, ParameterError
from matinee.models import create_model, publishing
from matinee.models.base import Recommender
from matinee.models.directory import MANIFEST, load_model
from matinee.models.publishing import (
    CURRENT,
    cached_models_path,
    current_path,
    default_model_path,
    default_root,
    is_published,
    own_model_path,
    publish,
    published,
    rollback,
)
from matinee.paths import cache_path
from matinee.ratings import Ratings

ROOT = Path(__file__).parents[2]


def trained(stars: float = 4.0) -> Recommender:
    ratings = Ratings.from_columns([1, 1, 2], [10, 20, 20], [stars, 3.0, 5.0])
    return create_model("popular").fit(Dataset.of(ratings))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "published"


def test_the_new_version_is_current_and_loads(root: Path) -> None:
    first = publish(trained(), root)
    second = publish(trained(2.0), root)
    assert is_published(root)
    assert current_path(root) == second.path
    assert load_model(current_path(root)).trained_on == trained(2.0).trained_on
    assert [(one.name, one.current) for one in published(root)] == [
        (second.name, True),
        (first.name, False),
    ]


def test_a_model_directory_is_its_own_current_version(tmp_path: Path) -> None:
    path = trained().save(tmp_path / "model")
    assert not is_published(path)
    assert current_path(path) == path


def test_going_back_and_forth(root: Path) -> None:
    first, second, third = (publish(trained(), root) for _ in range(3))
    assert rollback(root).name == second.name
    assert rollback(root).name == first.name
    with pytest.raises(ArtifactError, match=f"no version before {first.name}"):
        rollback(root)
    assert current_path(root) == first.path
    assert rollback(root, to=third.name).name == third.name
    assert rollback(root, to=second.name[:22]).name == second.name
    with pytest.raises(ArtifactError, match="several versions fit"):
        rollback(root, to="2")
    with pytest.raises(ArtifactError, match="no version fits 'nothing'"):
        rollback(root, to="nothing")


def test_old_versions_go_but_never_the_current_one(root: Path) -> None:
    names = [publish(trained(), root, keep=3).name for _ in range(5)]
    assert [one.name for one in published(root)] == names[:1:-1]
    rollback(root, to=names[2])
    last = publish(trained(), root, keep=2)
    assert [one.name for one in published(root)] == [last.name, names[4]]
    with pytest.raises(ParameterError, match="keep must be 2 or more"):
        publish(trained(), root, keep=1)


def test_a_damaged_version_is_not_gone_back_to(root: Path) -> None:
    first = publish(trained(), root)
    second = publish(trained(), root)
    next(first.path.glob("*.npy")).unlink()
    with pytest.raises(ArtifactError, match="is missing or has another size"):
        rollback(root)
    assert current_path(root) == second.path


def test_a_failure_leaves_what_was_current(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = publish(trained(), root)

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(publishing, "_write_current", fail)
    with pytest.raises(ArtifactError, match="No space left"):
        publish(trained(), root)
    assert current_path(root) == first.path
    monkeypatch.undo()
    model = trained()
    monkeypatch.setattr(model, "save", fail)
    with pytest.raises(ArtifactError, match="No space left"):
        publish(model, root)
    assert [path.name for path in (root / "versions").iterdir() if path.name[0] == "."] == []


def test_other_directories_are_not_published_to(tmp_path: Path) -> None:
    model = trained()
    with pytest.raises(ArtifactError, match="is a model directory; publish to another"):
        publish(model, model.save(tmp_path / "model"))
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").write_bytes(b"")
    with pytest.raises(ArtifactError, match="holds something else"):
        publish(model, tmp_path / "photos")
    with pytest.raises(ArtifactError, match="nothing was published here"):
        rollback(tmp_path / "photos")


@pytest.mark.parametrize("content", ["", "../../etc", "20260301T174500000000Z-3f2a9c0d1e5b", "é"])
def test_a_wrong_pointer_is_named(root: Path, content: str) -> None:
    version = publish(trained(), root)
    (root / "CURRENT").write_bytes(content.encode("latin-1"))
    with pytest.raises(ArtifactError, match=r"does not name a version.*matinee rollback"):
        current_path(root)
    assert rollback(root).name == version.name
    assert current_path(root) == version.path


def test_names_follow_each_other_when_the_clock_does_not(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = publish(trained(), root)
    later = root / "versions" / f"29991231T235959000000Z-{'0' * 12}"
    shutil.copytree(first.path, later)
    assert publish(trained(), root).name > later.name


def test_readers_always_find_a_whole_model(root: Path) -> None:
    publish(trained(), root)
    model, stop, failures = trained(), threading.Event(), list[BaseException]()

    def read() -> None:
        while not stop.is_set():
            try:
                load_model(current_path(root))
            except BaseException as error:
                failures.append(error)

    def write() -> None:
        try:
            for _ in range(5):
                publish(model, root, keep=4)
        except BaseException as error:
            failures.append(error)

    reader = threading.Thread(target=read)
    writers = [threading.Thread(target=write) for _ in range(2)]
    for thread in (reader, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    stop.set()
    reader.join()
    assert failures == []
    assert len(published(root)) == 4


PUBLISHES = """
import sys
from tests.models.test_publishing import trained
from matinee.models.publishing import publish
model = trained()
print("go", flush=True)
while True:
    publish(model, sys.argv[1])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_a_killed_publisher_leaves_a_model_that_answers(root: Path) -> None:
    publish(trained(), root)
    for seconds in (0.02, 0.11, 0.23):
        process = subprocess.Popen(
            [sys.executable, "-c", PUBLISHES, str(root)],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
        )
        assert process.stdout is not None
        assert process.stdout.readline() == b"go\n"
        time.sleep(seconds)
        process.kill()
        process.communicate()
        assert load_model(current_path(root)).is_fitted
        publish(trained(), root)
        assert not [path for path in (root / "versions").iterdir() if path.name[0] == "."]


# -- where models are on this machine -----------------------------------------------------------

VERSION = "20261121T120000000000Z-0123456789ab"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("platformdirs.user_data_path", lambda *_, **__: tmp_path / "data")
    return tmp_path


def put(path: Path, second: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(VERSION, encoding="utf-8")
    os.utime(path, (second, second))
    return path


def test_cached_models_are_those_of_this_version() -> None:
    assert cached_models_path() == cache_path() / "models" / matinee.__version__


@pytest.mark.usefixtures("home")
def test_no_model_is_there_at_first() -> None:
    assert default_model_path() is None
    put(own_model_path() / MANIFEST, 1)
    assert default_model_path() == own_model_path()


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("own_is_newer", [False, True])
def test_of_own_and_published_the_last_answers(own_is_newer: bool) -> None:
    put(own_model_path() / MANIFEST, 20 if own_is_newer else 5)
    version = put(default_root() / "versions" / VERSION / MANIFEST, 10).parent
    put(default_root() / CURRENT, 10)
    assert default_model_path() == (own_model_path() if own_is_newer else version)
