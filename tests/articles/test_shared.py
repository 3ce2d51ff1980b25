"""Where the articles' data sets are looked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from matinee.articles.shared import Sources
from matinee.errors import UnknownDatasetError


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MATINEE_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "cache" / "datasets"
    folder.mkdir(parents=True)
    return folder


def test_zip_or_folder_in_the_folder_then_the_cache(tmp_path: Path, cache: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    sources = Sources.of(data)
    assert sources.find("ml-1m") is None
    (cache / "ml-1m.zip").touch()
    assert sources.find("ml-1m") == cache / "ml-1m.zip"
    (data / "ml-1m").mkdir()
    assert sources.find("ml-1m") == data / "ml-1m"
    (data / "ml-1m.zip").touch()
    assert sources.find("ml-1m") == data / "ml-1m.zip"


@pytest.mark.parametrize("name", ["ml-100k.zip", "ml-100k"])
def test_one_data_set_may_be_named_itself(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.touch() if name.endswith("zip") else path.mkdir()
    sources = Sources.of(path)
    assert sources.find("ml-100k") == path
    assert sources.find("ml-1m") is None


def test_without_a_folder_only_the_cache(cache: Path) -> None:
    (cache / "ml-100k.zip").touch()
    sources = Sources.of(None)
    assert sources.find("ml-100k") == cache / "ml-100k.zip"
    assert sources.find("ml-1m") is None


def test_name_of_a_downloaded_data_set(cache: Path) -> None:
    (cache / "ml-1m.zip").touch()
    assert Sources.of("ml-1m").find("ml-1m") == cache / "ml-1m.zip"


def test_sample_hides_all_others(cache: Path) -> None:
    (cache / "ml-1m.zip").touch()
    assert Sources.of("sample").find("ml-1m") is None


def test_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UnknownDatasetError, match=r"ml-latest-small\.zip, or 'sample'"):
        Sources.of(tmp_path / "nowhere")


def test_sentence_for_what_is_missing(tmp_path: Path) -> None:
    said = Sources.of(tmp_path).missing(("ml-latest", "ml-latest-small"))
    assert said.startswith(f"ml-latest or ml-latest-small is neither in {tmp_path} nor")
    assert "'matinee data get ml-latest-small'" in said
