"""Fixtures that all tests share."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

# How long an example takes says nothing here: machines are shared, and kernels compile.
settings.register_profile("matinee", deadline=None)
settings.load_profile("matinee")

ROOT = Path(__file__).parent.parent


def movielens_folder() -> Path:
    """Where the real MovieLens files are: ``MATINEE_DATA``, else ``../shared/data``."""
    named = os.environ.get("MATINEE_DATA")
    return Path(named) if named else ROOT.parent / "shared" / "data"


def movielens_path(name: str) -> Path:
    """Path of one of the real files (``"ml-1m.zip"``); skips the test where it is absent."""
    path = movielens_folder() / name
    if not path.exists():
        pytest.skip(f"{name} is not in {path.parent}; set MATINEE_DATA to the folder that has it")
    return path


_REAL_DATA = {"movielens_file", "ml_100k", "ml_1m", "ml_latest_small", "ml_25m_catalog"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that ask for one of the real files: ``-m "not movielens"`` leaves them out."""
    for item in items:
        if _REAL_DATA & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.movielens)


@pytest.fixture(scope="session")
def movielens_file() -> Callable[[str], Path]:
    """A function from a file's name to its path, which skips the test where it is absent."""
    return movielens_path


@pytest.fixture(scope="session")
def ml_100k() -> Path:
    return movielens_path("ml-100k.zip")


@pytest.fixture(scope="session")
def ml_1m() -> Path:
    return movielens_path("ml-1m.zip")


@pytest.fixture(scope="session")
def ml_latest_small() -> Path:
    return movielens_path("ml-latest-small.zip")


@pytest.fixture(scope="session")
def ml_25m_catalog() -> Path:
    return movielens_path("ml-25m-catalog.zip")
