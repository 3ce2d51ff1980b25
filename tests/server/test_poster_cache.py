"""Posters on disk."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from matinee.errors import ParameterError
from matinee.server.posters import Picture, PosterCache, image_type

DAY = 86_400
JPEG = bytes.fromhex("ffd8ffe0") + b"j" * 96
PNG = b"\x89PNG\r\n\x1a\n" + b"p" * 92
WEBP = b"RIFF\x00\x00\x00\x00WEBP" + b"w" * 88


def aged(cache: PosterCache, name: str, days: float) -> Path:
    file = cache.folder / name
    then = time.time() - days * DAY
    os.utime(file, (then, then))
    return file


@pytest.mark.parametrize(
    ("content", "media_type"), [(JPEG, "image/jpeg"), (PNG, "image/png"), (WEBP, "image/webp")]
)
def test_pictures_are_kept_and_told_by_their_bytes(
    tmp_path: Path, content: bytes, media_type: str
) -> None:
    cache = PosterCache(tmp_path / "new" / "folder")
    assert cache.find("tmdb-1") is None
    cache.keep("tmdb-1", content)
    found = cache.find("tmdb-1")
    assert isinstance(found, Picture)
    assert (found.content, found.media_type) == (content, media_type)
    assert abs(found.fetched - time.time()) < 60
    assert cache.find("tmdb-2") is None


@pytest.mark.parametrize(
    "content", [b"<html>not found</html>", b"<svg onload=alert(1)>", b"GIF89a", b""]
)
def test_what_is_no_picture_is_not_kept(tmp_path: Path, content: bytes) -> None:
    assert image_type(content) is None
    with pytest.raises(ValueError, match="not a picture"):
        PosterCache(tmp_path).keep("tmdb-1", content)
    assert list(tmp_path.iterdir()) == []


def test_a_poster_is_gone_after_six_months(tmp_path: Path) -> None:
    cache = PosterCache(tmp_path)
    cache.keep("tmdb-1", JPEG)
    aged(cache, "tmdb-1.jpg", 179)
    assert cache.find("tmdb-1")
    file = aged(cache, "tmdb-1.jpg", 180.1)
    assert cache.find("tmdb-1") is None
    assert not file.exists()  # not only passed over


def test_old_posters_go_although_nobody_asks_for_them(tmp_path: Path) -> None:
    cache = PosterCache(tmp_path, days=30)
    for number in range(3):
        cache.keep(f"tmdb-{number}", JPEG)
    aged(cache, "tmdb-0.jpg", 31)
    aged(cache, "tmdb-1.jpg", -400)  # from a clock that was wrong
    (tmp_path / "somebody-elses.txt").write_text("stays")
    assert PosterCache(tmp_path, days=30).sweep() == len(JPEG)
    assert {file.name for file in tmp_path.iterdir()} == {"tmdb-2.jpg", "somebody-elses.txt"}


def test_that_there_is_none_is_remembered_for_a_while(tmp_path: Path) -> None:
    cache = PosterCache(tmp_path, missing_days=7)
    cache.keep("imdb-tt0113277", None)
    assert cache.find("imdb-tt0113277") is False
    aged(cache, "imdb-tt0113277.none", 8)
    assert cache.find("imdb-tt0113277") is None
    cache.keep("imdb-tt0113277", None)
    cache.keep("imdb-tt0113277", PNG)  # TMDB has one now
    assert isinstance(cache.find("imdb-tt0113277"), Picture)
    assert len(list(tmp_path.iterdir())) == 1


def test_the_oldest_go_when_there_is_too_much(tmp_path: Path) -> None:
    cache = PosterCache(tmp_path, most_bytes=1000)
    for number in range(10):
        cache.keep(f"tmdb-{number}", JPEG)
        aged(cache, f"tmdb-{number}.jpg", 10 - number)
    assert len(list(tmp_path.iterdir())) == 10
    cache.keep("tmdb-10", JPEG)
    left = {file.stem for file in tmp_path.iterdir()}
    assert left == {f"tmdb-{number}" for number in range(2, 11)}


def test_a_damaged_file_is_fetched_again(tmp_path: Path) -> None:
    cache = PosterCache(tmp_path)
    (tmp_path / "tmdb-1.jpg").write_bytes(PNG)  # not what its name says
    (tmp_path / "tmdb-2.png").write_bytes(b"")
    assert cache.find("tmdb-1") is None
    assert cache.find("tmdb-2") is None
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_takes_nothing_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    cache = PosterCache(tmp_path / "file" / "posters")
    cache.keep("tmdb-1", JPEG)
    assert cache.find("tmdb-1") is None


@pytest.mark.parametrize("key", ["../../etc/passwd", "tmdb-1/2", "", "TMDB-1", "tmdb-1\n"])
def test_keys_are_no_paths(tmp_path: Path, key: str) -> None:
    with pytest.raises(ValueError, match="no key of a poster"):
        PosterCache(tmp_path).find(key)


@pytest.mark.parametrize("days", [0, 181, -1, float("nan")])
def test_nothing_is_kept_for_longer_than_allowed(tmp_path: Path, days: float) -> None:
    with pytest.raises(ParameterError, match="up to 180 days by TMDB's terms"):
        PosterCache(tmp_path, days=days)
