"""A command line that keeps nothing outside of the test's own folders."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from typer.testing import CliRunner

import matinee
from matinee.cli import app

Run: TypeAlias = Callable[..., Any]


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where models that are trained on the way are kept during all of these tests."""
    return tmp_path_factory.mktemp("kept")


@pytest.fixture(autouse=True)
def _apart(monkeypatch: pytest.MonkeyPatch, kept: Path, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("MATINEE_")]:
        if name not in ("MATINEE_DATA", "MATINEE_MEMORY_LIMIT"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("MATINEE_CACHE", str(kept))
    for name in ("HOME", "XDG_DATA_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    monkeypatch.setenv("COLUMNS", "100")


@pytest.fixture
def run() -> Run:
    """Run a command line; the result has ``exit_code``, ``stdout`` and ``stderr``."""

    def invoke(*words: str, **options: Any) -> Any:
        return CliRunner().invoke(app, list(words), prog_name="matinee", **options)

    return invoke


@pytest.fixture
def document(run: Run) -> Callable[..., dict[str, Any]]:
    """Run a command line that must succeed and print one JSON document."""

    def invoke(*words: str) -> dict[str, Any]:
        result = run(*words, "--json")
        assert result.exit_code == 0, result.output

        def refuse(text: str) -> None:
            raise AssertionError(f"{text} is not JSON")

        parsed: dict[str, Any] = json.loads(result.stdout, parse_constant=refuse)
        return parsed

    return invoke


@pytest.fixture(scope="session")
def sample() -> matinee.Dataset:
    return matinee.load("sample")


@pytest.fixture(scope="session")
def bias_model(sample: matinee.Dataset, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The directory of a ``bias`` model of the sample."""
    path = tmp_path_factory.mktemp("models") / "bias"
    matinee.create_model("bias").fit(sample).save(path)
    return str(path)


@pytest.fixture(scope="session")
def content_model(sample: matinee.Dataset, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The directory of a ``content`` model of the sample."""
    path = tmp_path_factory.mktemp("models") / "content"
    matinee.create_model("content").fit(sample).save(path)
    return str(path)


@pytest.fixture
def own_ratings(tmp_path: Path) -> Path:
    """A small CSV of many people's ratings, with films of its own."""
    folder = tmp_path / "mine"
    folder.mkdir()
    rows = ["userId,movieId,rating,timestamp"]
    rows += [f"{u},{10 + m},{1 + (u * m) % 5},100{u}" for u in range(1, 9) for m in range(1, 7)]
    (folder / "ratings.csv").write_text("\n".join(rows) + "\n")
    films = [f'{10 + m},"Film {m}, The (199{m})",Drama' for m in range(1, 7)]
    (folder / "movies.csv").write_text("\n".join(["movieId,title,genres", *films]) + "\n")
    return folder
