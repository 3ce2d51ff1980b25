"""Real posters from TMDB, for display only: fetched by the server, kept on disk, never waited for.

They are there when the server has a key of TMDB (``TMDB_API_KEY``: the API key of version 3 or the
read access token of version 4). A page shows them with TMDB's logo, and with
:data:`TMDB_ATTRIBUTION`. Nothing of TMDB reaches a model.

References
----------
TMDB, "API terms of use" and "FAQ" (attribution, caching for at most six months); "Image basics".
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from matinee.catalog import Movie
from matinee.errors import ParameterError
from matinee.paths import cache_path
from matinee.server.errors import Problem
from matinee.titles.normalize import keys_of

if TYPE_CHECKING:
    import httpx2

    from matinee.server.settings import ServerSettings

__all__ = [
    "API_VARIABLE",
    "IMAGES_VARIABLE",
    "MOST_DAYS",
    "TMDB_ATTRIBUTION",
    "Picture",
    "PosterCache",
    "Posters",
    "film_of_find",
    "film_of_search",
    "image_type",
    "query_of",
]

TMDB_ATTRIBUTION = "This product uses the TMDB API but is not endorsed or certified by TMDB."
"""What TMDB's terms ask to be shown where its pictures are, beside its logo."""

API_VARIABLE = "MATINEE_TMDB_API"
IMAGES_VARIABLE = "MATINEE_TMDB_IMAGES"
"""Other addresses than TMDB's own, such as those of a company's proxy."""

MOST_DAYS = 180
"""TMDB's terms allow its content to be kept for six months."""

_API = "https://api.themoviedb.org/3"
_IMAGES = "https://image.tmdb.org/t/p/w342"
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_PATH = re.compile(r"/[A-Za-z0-9_-]{1,80}\.(?:jpg|jpeg|png|webp)")
_MOST_JSON, _MOST_IMAGE = 512 * 1024, 2 * 2**20
_MOST_WAITING = 256
_LOOKED_AT = 20  # films of an answer
_PAUSE, _LONG_PAUSE, _LONGEST_PAUSE = 15.0, 600.0, 3600.0

_DAY = 86_400
_TYPES = {".jpg": "image/jpeg", ".png": "image/png", ".webp": "image/webp"}
_NOTHING = ".none"
_KEY = re.compile(r"[a-z]{1,8}-[a-z0-9]{1,40}")

log = logging.getLogger("matinee.server")


# -- on disk ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Picture:
    """A poster.

    Attributes
    ----------
    content : bytes
    media_type : str
        Such as ``"image/jpeg"``, read from the bytes themselves.
    fetched : float
        Unix time.
    """

    content: bytes
    media_type: str
    fetched: float


def image_type(content: bytes) -> str | None:
    """What kind of picture these bytes are, by their beginning; None for anything else.

    Examples
    --------
    >>> image_type(b"GIF89a"), image_type(bytes.fromhex("ffd8ffe0"))
    (None, 'image/jpeg')
    """
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return None


class PosterCache:
    """Posters, and the knowledge that a film has none, as files of one folder.

    Several processes may share the folder: a file appears whole or not at all.

    Parameters
    ----------
    folder : path
        Made when first written to.
    days : float
        How long a poster is kept at most, up to 180 days.
    missing_days : float
        How long to believe that a film has no poster.
    most_bytes : int
        Beyond this, the posters that were fetched first go.

    Raises
    ------
    ParameterError
        If `days` is not above 0 and at most 180.
    """

    def __init__(
        self,
        folder: Path | str,
        *,
        days: float = MOST_DAYS,
        missing_days: float = 7,
        most_bytes: int = 256 * 2**20,
    ) -> None:
        if not 0 < days <= MOST_DAYS:
            raise ParameterError(
                f"posters may be kept for up to {MOST_DAYS} days by TMDB's terms, got {days:g}"
            )
        self.folder = Path(folder)
        self._seconds = days * _DAY
        self._missing_seconds = min(missing_days, days) * _DAY
        self._most_bytes = most_bytes
        self._bytes, self._swept = 0, 0.0

    def find(self, key: str) -> Picture | bool | None:
        """The poster of a film; False if it has none, None if that is not known (any more)."""
        for suffix, media_type in (*_TYPES.items(), (_NOTHING, None)):
            file = self._file(key, suffix)
            with suppress(OSError):
                fetched = file.stat().st_mtime
                most = self._seconds if media_type else self._missing_seconds
                content = file.read_bytes()
                if _holds(fetched, most) and image_type(content) == media_type:
                    return Picture(content, media_type, fetched) if media_type else False
                file.unlink()
        return None

    def keep(self, key: str, content: bytes | None) -> None:
        """Keep a poster, or with None that there is none; errors of the disk are no matter.

        Raises
        ------
        ValueError
            If the bytes are no picture.
        """
        kind = None if content is None else image_type(content)
        if content is not None and kind is None:
            raise ValueError("not a picture")
        kept = next((end for end, media_type in _TYPES.items() if media_type == kind), _NOTHING)
        with suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=self.folder)
            with os.fdopen(handle, "wb") as stream:
                stream.write(content or b"")
            Path(name).replace(self._file(key, kept))
            for suffix in (*_TYPES, _NOTHING):
                if suffix != kept:
                    self._file(key, suffix).unlink(missing_ok=True)
            self._bytes += len(content or b"")
            if self._bytes > self._most_bytes or time.time() - self._swept > _DAY:
                self._bytes, self._swept = self.sweep(), time.time()

    def sweep(self) -> int:
        """Remove what is too old, then the oldest while there is too much; the bytes that stay."""
        kept = []
        for file in self.folder.iterdir():
            if file.suffix not in (*_TYPES, _NOTHING, ".part"):
                continue
            with suppress(OSError):
                stat = file.stat()
                # A part is of a write that goes on now, or of a process that was killed.
                if _holds(stat.st_mtime, 3600 if file.suffix == ".part" else self._seconds):
                    kept.append((stat.st_mtime, stat.st_size, file))
                else:
                    file.unlink()
        total = sum(size for _, size, _ in kept)
        # A tenth of room is made at once, so that not every new poster begins another search.
        target = self._most_bytes if total <= self._most_bytes else self._most_bytes * 9 // 10
        for _, size, file in sorted(kept):
            if total <= target:
                break
            file.unlink(missing_ok=True)
            total -= size
        return total

    def _file(self, key: str, suffix: str) -> Path:
        if not _KEY.fullmatch(key):
            raise ValueError(f"{key!r} is no key of a poster")
        return self.folder / f"{key}{suffix}"


def _holds(since: float, most: float) -> bool:
    """Whether something may stay; a clock that was put back makes it too old."""
    return -_DAY < time.time() - since < most


# -- which of TMDB's films is meant -------------------------------------------------------------


def query_of(film: Movie) -> dict[str, str]:
    """What to search for.

    Examples
    --------
    >>> query_of(Movie(1, "Heat", 1995))
    {'query': 'Heat', 'include_adult': 'false', 'year': '1995'}
    """
    query = {"query": film.title[:200], "include_adult": "false"}
    return query if film.year is None else {**query, "year": str(film.year)}


def film_of_find(answer: dict[str, Any] | None) -> dict[str, Any] | None:
    """The film of an answer about an IMDb id."""
    return next(iter(_films((answer or {}).get("movie_results"))), None)


def film_of_search(answer: dict[str, Any] | None, film: Movie) -> dict[str, Any] | None:
    """The first film of an answer with the very title, and the year give or take one.

    A wrong poster is worse than none: a film that is only similar does not count, nor any if the
    film's own year is not known.

    Examples
    --------
    >>> heat = {"title": "Heat", "release_date": "1995-12-15", "poster_path": "/a.jpg"}
    >>> film_of_search({"results": [heat]}, Movie(1, "Heat", 1995)) == heat
    True
    >>> film_of_search({"results": [heat]}, Movie(1, "Heat", 1986)) is None
    True
    """
    if film.year is None:
        return None
    wanted = set(keys_of([" ".join(film.title.split())]))
    for found in _films((answer or {}).get("results")):
        titles = [found.get("title"), found.get("original_title")]
        texts = [" ".join(title[:500].split()) for title in titles if isinstance(title, str)]
        year = str(found.get("release_date") or "")[:4]
        near = year.isdecimal() and abs(int(year) - film.year) <= 1
        if near and wanted & set(keys_of(texts)):
            return found
    return None


def _films(value: Any) -> list[dict[str, Any]]:
    if not isinstance(value, list):
        return []
    return [film for film in value[:_LOOKED_AT] if isinstance(film, dict)]


# -- fetching -----------------------------------------------------------------------------------


class _UnavailableError(Exception):
    """TMDB does not answer, or not with what it should."""


class Posters:
    """Posters of films, by their TMDB id, else their IMDb id, else their title and year.

    A poster is fetched once however many ask for it at the same time. After a failure nothing is
    asked for a while; the page has its own posters meanwhile.

    Parameters
    ----------
    key : str
        The API key (version 3) or the read access token (version 4) of TMDB.
    cache : PosterCache, optional
        Without it, one in the platform's cache folder.
    api, images : str, optional
        Addresses of the API and of pictures of one size; TMDB's own if not given.
    seconds : float
        How long one poster may take to come.
    at_once : int
        Posters that are fetched at the same time.

    Raises
    ------
    ParameterError
        If an address is not one of https (http is for this machine only).

    Examples
    --------
    >>> Posters.key_of(Movie(1, "Heat", 1995, tmdb_id=949))
    'tmdb-949'
    """

    def __init__(
        self,
        key: str,
        *,
        cache: PosterCache | None = None,
        api: str | None = None,
        images: str | None = None,
        seconds: float = 8.0,
        at_once: int = 6,
    ) -> None:
        self._key = key
        self.cache = PosterCache(cache_path() / "posters") if cache is None else cache
        self._api = _address(api or os.environ.get(API_VARIABLE) or _API)
        self._images = _address(images or os.environ.get(IMAGES_VARIABLE) or _IMAGES)
        self._seconds = seconds
        self._turns = asyncio.Semaphore(at_once)
        self._running: dict[str, asyncio.Task[bytes | None]] = {}
        self._client: httpx2.AsyncClient | None = None
        self._paused_until = 0.0

    @classmethod
    def of(cls, settings: ServerSettings, folder: Path | None = None) -> Posters | None:
        """The posters of a server; None if it has no key."""
        if settings.tmdb_key is None:
            return None
        cache = PosterCache(
            cache_path() / "posters" if folder is None else folder,
            days=settings.poster_days,
            most_bytes=settings.poster_bytes,
        )
        return cls(settings.tmdb_key, cache=cache)

    @staticmethod
    def key_of(film: Movie) -> str:
        """The name under which a film's poster is kept."""
        if film.tmdb_id is not None:
            return f"tmdb-{film.tmdb_id}"
        if film.imdb_id is not None:
            return f"imdb-{film.imdb_id}"
        digest = sha256(f"{film.title}\x1f{film.year}".encode("utf-8", "replace"))
        return f"title-{digest.hexdigest()[:32]}"

    async def find(self, film: Movie) -> Picture | None:
        """The poster of a film; None if it has none.

        Raises
        ------
        Problem
            503, if TMDB cannot be asked now.
        """
        key = self.key_of(film)
        known = await asyncio.to_thread(self.cache.find, key)
        if isinstance(known, Picture):
            return known
        if known is False:
            return None
        task = self._running.get(key)
        if task is None:
            wait = self._paused_until - time.monotonic()
            if wait > 0 or len(self._running) >= _MOST_WAITING:
                raise _not_now(max(wait, 2.0))
            task = self._running[key] = asyncio.create_task(self._fetch(key, film))
            task.add_done_callback(lambda done: self._over(key, done))
        try:
            # One who leaves does not take the poster from the others who wait for it.
            content = await asyncio.shield(task)
        except _UnavailableError:
            raise _not_now(max(self._paused_until - time.monotonic(), 2.0)) from None
        if content is None:
            return None
        media_type = image_type(content)
        assert media_type is not None
        return Picture(content, media_type, time.time())

    def _over(self, key: str, task: asyncio.Task[bytes | None]) -> None:
        self._running.pop(key, None)
        if not task.cancelled():
            task.exception()  # looked at, or else asyncio complains when nobody waited

    async def close(self) -> None:
        """Stop fetching."""
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    # -- asking TMDB -----------------------------------------------------------------------

    async def _fetch(self, key: str, film: Movie) -> bytes | None:
        import httpx2

        async with self._turns:
            if self._paused_until > time.monotonic():  # it began while this one waited
                raise _UnavailableError
            try:
                async with asyncio.timeout(self._seconds):
                    path = await self._path_of(film)
                    content = None if path is None else await self._picture(path)
            except (TimeoutError, httpx2.HTTPError, httpx2.InvalidURL) as error:
                # Not the error's text: it has the address, and the address may have the key.
                self._pause(_PAUSE, f"it cannot be reached ({type(error).__name__})")
                raise _UnavailableError from None
        await asyncio.to_thread(self.cache.keep, key, content)
        return content

    async def _path_of(self, film: Movie) -> str | None:
        """The path of a film's poster below the address of pictures."""
        if film.tmdb_id is not None:
            found = await self._ask(f"/movie/{film.tmdb_id}", {})
        elif film.imdb_id is not None:
            answer = await self._ask(f"/find/{film.imdb_id}", {"external_source": "imdb_id"})
            found = film_of_find(answer)
        else:
            answer = await self._ask("/search/movie", query_of(film))
            found = film_of_search(answer, film)
        path = (found or {}).get("poster_path")
        if not isinstance(path, str) or not _PATH.fullmatch(path):
            return None
        return path

    async def _ask(self, path: str, params: dict[str, str]) -> dict[str, Any] | None:
        """An object of TMDB's API; None where there is nothing."""
        headers = {"Accept": "application/json"}
        if "." in self._key:  # a token of version 4 is three parts with dots between them
            headers["Authorization"] = f"Bearer {self._key}"
        else:
            params = {**params, "api_key": self._key}
        status, content = await self._get(self._api + path, _MOST_JSON, params, headers)
        if status == 404 or content is None:
            return None
        try:
            answer = json.loads(content)
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict):
            self._pause(_PAUSE, "it answers with something else than JSON")
            raise _UnavailableError
        return answer

    async def _picture(self, path: str) -> bytes | None:
        _, content = await self._get(self._images + path, _MOST_IMAGE, {}, {"Accept": "image/*"})
        if content is not None and image_type(content) is None:
            log.warning("TMDB sent something that is no picture for %s; it is left out", path)
            return None
        return content

    async def _get(
        self, address: str, most: int, params: dict[str, str], headers: dict[str, str]
    ) -> tuple[int, bytes | None]:
        """Status and body; no body if there is nothing there, or more than `most` bytes."""
        async with self._http().stream("GET", address, params=params, headers=headers) as answer:
            if answer.status_code == 404:
                return 404, None
            if answer.status_code != 200:
                self._refused(answer.status_code, answer.headers.get("retry-after", ""))
                raise _UnavailableError
            if answer.headers.get("content-encoding", "identity") != "identity":
                self._pause(_PAUSE, "it packs what was asked for unpacked")
                raise _UnavailableError
            content = bytearray()
            async for part in answer.aiter_raw():
                content += part
                if len(content) > most:
                    log.warning("TMDB sent more than %d bytes for one poster; left out", most)
                    return 200, None
            return 200, bytes(content)

    def _refused(self, status: int, retry_after: str) -> None:
        if status in (401, 403):
            self._pause(_LONG_PAUSE, "it does not accept the key: check TMDB_API_KEY")
        elif status == 429 and retry_after.isdecimal():
            seconds = min(float(retry_after[:9]), _LONGEST_PAUSE)
            self._pause(max(seconds, 1.0), "it asks for fewer requests")
        else:
            self._pause(_PAUSE, f"it answers with status {status}")

    def _pause(self, seconds: float, why: str) -> None:
        if self._paused_until < time.monotonic():
            log.warning("no posters from TMDB for %.0f s: %s", seconds, why)
        self._paused_until = max(self._paused_until, time.monotonic() + seconds)

    def _http(self) -> httpx2.AsyncClient:
        if self._client is None:
            import httpx2

            from matinee import __version__

            # It would log each address, and the address may have the key.
            logging.getLogger("httpx2").setLevel(logging.WARNING)
            here = {urlsplit(address).hostname for address in (self._api, self._images)}
            self._client = httpx2.AsyncClient(
                timeout=min(self._seconds, 5.0),
                follow_redirects=False,
                trust_env=not here & set(_LOOPBACK),
                headers={
                    "User-Agent": f"matinee/{__version__}",
                    # What is counted is then what comes, and nothing can swell up here.
                    "Accept-Encoding": "identity",
                },
            )
        return self._client


def _address(text: str) -> str:
    parts = urlsplit(text)
    here = parts.hostname in _LOOPBACK
    if parts.hostname is None or not (parts.scheme == "https" or (parts.scheme == "http" and here)):
        raise ParameterError(
            f"the address of TMDB must be one of https (http on this machine only), got {text!r}"
        )
    return text.rstrip("/")


def _not_now(seconds: float) -> Problem:
    return Problem(
        503,
        "poster-unavailable",
        "TMDB cannot be asked for posters now; the films are listed all the same",
        headers={"Retry-After": str(int(min(seconds, _LONGEST_PAUSE)) + 1)},
    )
