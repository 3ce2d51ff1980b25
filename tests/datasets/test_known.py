"""The data sets that have a name."""

from __future__ import annotations

import importlib.resources
import re
from pathlib import Path

import pytest

import matinee
import matinee.datasets
from matinee.datasets.known import (
    KNOWN,
    SAMPLE,
    cache_folder,
    cached_path,
    in_cache,
    known,
    recognize_folder,
)
from matinee.errors import UnknownDatasetError


@pytest.mark.parametrize("dataset", KNOWN.values(), ids=list(KNOWN))
def test_facts_are_complete(dataset: matinee.datasets.KnownDataset) -> None:
    assert dataset.url == f"https://files.grouplens.org/datasets/movielens/{dataset.name}.zip"
    assert re.fullmatch(r"[0-9a-f]{32}|", dataset.md5)
    assert dataset.licence.startswith("GroupLens: for research, with acknowledgement")
    assert "10.1145/2827872" in dataset.citation
    assert dataset.ratings > dataset.users > 0 < dataset.movies
    assert recognize_folder(dataset.folder or dataset.name) is dataset


def test_checksums_are_pinned_where_the_file_never_changes() -> None:
    assert {name for name, dataset in KNOWN.items() if not dataset.md5} == {
        "ml-32m",  # asked for beside the zip
        "ml-latest",
        "ml-latest-small",
    }


def test_unknown() -> None:
    with pytest.raises(UnknownDatasetError, match=r"'ML-1'\. Did you mean 'ml-1m'\? There are ml"):
        known("ML-1")
    assert recognize_folder("holiday") is None


def test_sample_is_what_it_says() -> None:
    data = matinee.load("sample")
    assert (SAMPLE.ratings, SAMPLE.users, SAMPLE.movies) == (
        len(data.ratings),
        data.ratings.n_users,
        len(data.catalog),
    )
    folder = importlib.resources.files("matinee.datasets") / "sample"
    assert "GroupLens" in (folder / "LICENSE.txt").read_text()


def test_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MATINEE_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path / "datasets"
    assert in_cache() == {}
    cached_path("ml-1m").parent.mkdir()
    cached_path("ml-1m").touch()
    assert in_cache() == {"ml-1m": tmp_path / "datasets" / "ml-1m.zip"}
    monkeypatch.delenv("MATINEE_CACHE")
    assert "matinee" in cache_folder().parts


def test_exports() -> None:
    for name in matinee.datasets.__all__:
        assert getattr(matinee.datasets, name) is not None
    assert dir(matinee.datasets) == sorted(matinee.datasets.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = matinee.datasets.nothing
