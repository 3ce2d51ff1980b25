"""The articles, repeated once on a part of the sample."""

from __future__ import annotations

import pytest

from matinee.articles import reproduce
from matinee.articles.results import Reproduction
from matinee.progress import ProgressEvent


@pytest.fixture(scope="session")
def told() -> list[ProgressEvent]:
    """What the trial said on the way."""
    return []


@pytest.fixture(scope="session")
def trial(told: list[ProgressEvent]) -> Reproduction:
    """All articles on the sample, in a quick trial."""
    pytest.importorskip("torch", reason="the networks of three articles need PyTorch")
    return reproduce(data="sample", quick=True, progress=told.append)
