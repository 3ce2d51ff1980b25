"""Fetching GroupLens' data sets: resumable, verified, and never half-written.

A download grows in ``NAME.zip.part``. It becomes ``NAME.zip`` in one step, after its checksum was
compared and the zip was read through once. A part that can be continued is kept; nothing else is.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2

from matinee import __version__
from matinee.datasets.known import KnownDataset, cache_folder, known
from matinee.errors import ArchiveError, ChecksumError, DownloadError, ParameterError
from matinee.locking import exclusive
from matinee.memory import format_bytes
from matinee.paths import CACHE_VARIABLE
from matinee.progress import Progress, report
from matinee.tables.archive import Archive

__all__ = ["MIRROR_VARIABLE", "address_of", "download"]

MIRROR_VARIABLE = "MATINEE_MIRROR"
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_MAX_REDIRECTS = 5
_MIN_LIMIT = 64 * 10**6
_SLOWEST, _PATIENCE = 1000, 60.0  # bytes a second, over so many seconds: what trickles is given up


def download(
    name: str,
    *,
    url: str | None = None,
    md5: str | None = None,
    force: bool = False,
    progress: Progress | None = None,
    timeout: float = 30.0,
) -> Path:
    """Fetch a data set into the cache, or go on with a download that was cut off.

    Parameters
    ----------
    name : str
        Such as ``"ml-1m"``; the keys of :data:`~matinee.datasets.KNOWN`.
    url : str, optional
        Where the zip is. By default below ``MATINEE_MIRROR``, where that is set, else GroupLens'
        own address.
    md5 : str, optional
        The checksum that the zip must have, in place of the one that GroupLens published.
    force : bool
        Fetch it again although it is in the cache; the old file stands until the new one is whole.
    progress : callable, optional
        Receives :class:`~matinee.progress.ProgressEvent`, in bytes. Whatever it raises stops the
        download.
    timeout : float
        Seconds without an answer after which the server counts as gone.

    Returns
    -------
    pathlib.Path
        The zip in the cache.

    Raises
    ------
    UnknownDatasetError
        If there is no data set of this name.
    ParameterError
        If the address or the checksum is not one.
    DownloadError
        If the server cannot be reached, refuses, redirects to an unsafe place, stops half way,
        sends too much or no zip, or if another process is fetching the same data set.
    ChecksumError
        If the zip is not the published one. Nothing of it is kept.
    """
    dataset = known(name)
    if md5 is not None and not re.fullmatch(r"[0-9a-fA-F]{32}", md5):
        raise ParameterError(f"an MD5 checksum has 32 hexadecimal digits, got {md5!r}")
    address = address_of(dataset, url)
    folder = cache_folder()
    target = folder / dataset.file
    if target.is_file() and not force:
        return target
    with _writable(folder):
        folder.mkdir(parents=True, exist_ok=True)
        try:
            with exclusive(folder / f"{dataset.file}.lock"):
                # Another process may have brought it while this one waited for its turn.
                if force or not target.is_file():
                    _Download(dataset, address, target, md5, progress, timeout).run()
        except BlockingIOError:
            raise DownloadError(
                f"another process is downloading {name}: wait until it has finished"
            ) from None
    return target


def address_of(dataset: KnownDataset, url: str | None = None) -> httpx2.URL:
    """Where a data set is fetched from.

    Raises
    ------
    ParameterError
        If `url` or ``MATINEE_MIRROR`` is not an address of the web.

    Examples
    --------
    >>> from matinee.datasets.known import known
    >>> str(address_of(known("ml-1m"), "https://example.org/copy.zip"))
    'https://example.org/copy.zip'
    """
    mirror = os.environ.get(MIRROR_VARIABLE)
    text = url or (f"{mirror.rstrip('/')}/{dataset.file}" if mirror else dataset.url)
    try:
        address = httpx2.URL(text)
    except httpx2.InvalidURL:
        address = httpx2.URL("")
    possible = address.scheme in ("http", "https") and address.host
    if not possible or not 0 < (address.port or 80) < 2**16:
        said = "--url" if url else MIRROR_VARIABLE
        raise ParameterError(f"{said} must be an address of http or https, got {text!r}")
    return address


@contextmanager
def _writable(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise DownloadError(
            f"cannot write to the cache {folder} ({error.strerror or error}): make room, or set "
            f"{CACHE_VARIABLE} to another folder"
        ) from error


@dataclass
class _State:
    """What a part is a part of, kept beside it as JSON."""

    url: str
    validator: str
    """A strong ETag or a date of change: says whether the server still has the same file."""

    @classmethod
    def read(cls, path: Path) -> _State | None:
        try:
            stored = json.loads(path.read_text())
            return cls(str(stored["url"]), str(stored["validator"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def write(self, path: Path) -> None:
        path.write_text(json.dumps({"url": self.url, "validator": self.validator}))


class _Download:
    """One run of a download."""

    def __init__(
        self,
        dataset: KnownDataset,
        address: httpx2.URL,
        target: Path,
        md5: str | None,
        progress: Progress | None,
        timeout: float,
    ) -> None:
        self.dataset = dataset
        self.address = address
        self.target = target
        self.part = target.with_name(target.name + ".part")
        self.state = target.with_name(target.name + ".part.json")
        self.md5 = md5
        self.progress = progress
        self.limit = max(4 * dataset.size, _MIN_LIMIT)
        self.resumable = False
        self.client = httpx2.Client(
            timeout=httpx2.Timeout(timeout, connect=min(timeout, 15.0)),
            headers={"User-Agent": f"matinee/{__version__}", "Accept-Encoding": "identity"},
            follow_redirects=False,
        )

    def run(self) -> None:
        """Fetch, verify, and put in place."""
        with self.client:
            try:
                wanted = (self.md5 or self.dataset.md5 or self._published_md5()).lower()
                self._fetch()
            except httpx2.TimeoutException as error:
                raise self._stopped("the server does not answer") from error
            except httpx2.RemoteProtocolError as error:
                raise self._stopped("the server stopped half way") from error
            except httpx2.HTTPError as error:
                raise self._stopped(str(error) or type(error).__name__) from error
            except BaseException:
                # Ctrl-C as well: what can be continued stays, anything else goes.
                self._keep_or_forget()
                raise
        try:
            self._verify(wanted)
        except BaseException:
            self._forget()
            raise
        self.part.replace(self.target)
        self.state.unlink(missing_ok=True)

    def _keep_or_forget(self) -> int:
        """Bytes that are kept for the next run."""
        if self.resumable and self.part.exists():
            return self.part.stat().st_size
        self._forget()
        return 0

    def _forget(self) -> None:
        self.part.unlink(missing_ok=True)
        self.state.unlink(missing_ok=True)

    def _stopped(self, why: str) -> DownloadError:
        done = self._keep_or_forget()
        kept = f" {format_bytes(done)} are kept:" if done else ""
        return DownloadError(
            f"{self.address}: {why}.{kept} run 'matinee data get {self.dataset.name}' again"
            + (" to go on from there" if done else "; --url or MATINEE_MIRROR name another source")
        )

    # -- asking ----------------------------------------------------------------------------

    @contextmanager
    def _answer(self, address: httpx2.URL, headers: dict[str, str]) -> Iterator[httpx2.Response]:
        """The answer at the end of all redirects, none of which may lead to an unsafe place."""
        for _ in range(_MAX_REDIRECTS + 1):
            with self.client.stream("GET", address, headers=headers) as response:
                if not response.has_redirect_location:
                    yield response
                    return
                target = address.join(response.headers["Location"])
            if not _is_safe(address, target):
                raise DownloadError(
                    f"{address} redirects to {target}, which is neither https nor the same "
                    f"server: not followed. --url or {MIRROR_VARIABLE} name another source"
                )
            address = target
        raise DownloadError(f"{self.address} redirects more than {_MAX_REDIRECTS} times")

    def _published_md5(self) -> str:
        """The checksum that stands beside the zip, as GroupLens publishes it; empty if none."""
        beside = self.address.copy_with(path=self.address.path + ".md5")
        with self._answer(beside, {}) as response:
            text = b""
            if response.status_code == 200:
                for block in response.iter_bytes():
                    text += block
                    if len(text) > 4096:
                        break
        found = re.search(rb"\b[0-9a-fA-F]{32}\b", text[:4096])
        if found is None:
            report(
                self.progress,
                f"download {self.dataset.name}",
                note=f"no checksum is published at {beside}: the zip is only tested to be whole",
            )
            return ""
        return found[0].decode()

    def _fetch(self) -> None:
        state = _State.read(self.state)
        start = self.part.stat().st_size if self.part.exists() else 0
        headers = {}
        if start and state is not None and state.url == str(self.address) and state.validator:
            headers = {"Range": f"bytes={start}-", "If-Range": state.validator}
            self.resumable = True
        else:
            self._forget()
            start = 0
        with self._answer(self.address, headers) as response:
            if response.status_code == 416:
                total = re.fullmatch(r"bytes \*/(\d+)", response.headers.get("Content-Range", ""))
                if total is not None and int(total[1]) == start:
                    return  # the part was whole already
                self.resumable = False
                raise self._stopped("the part that was kept does not fit the server's file")
            if response.status_code == 206:
                begins = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
                if begins is None or int(begins[1]) != start:
                    self.resumable = False
                    raise self._stopped("the server sent another part than the one asked for")
            elif response.status_code == 200:
                start = 0
            else:
                raise DownloadError(
                    f"{self.address} answers {response.status_code} {response.reason_phrase}: "
                    f"--url or {MIRROR_VARIABLE} name another source"
                )
            self._receive(response, start)

    def _receive(self, response: httpx2.Response, start: int) -> None:
        length = response.headers.get("Content-Length", "")
        total = start + int(length) if length.isdecimal() else None
        if total is not None and total > self.limit:
            raise self._too_large(total)
        if not start:
            # What is there, if anything, belongs to another state of the server's file.
            self._forget()
            validator = _validator(response)
            self.resumable = bool(validator)
            if validator:
                _State(str(self.address), validator).write(self.state)
        stage, done = f"download {self.dataset.name}", start
        resumed = f"going on after {format_bytes(start)}" if start else ""
        report(self.progress, stage, done, total, unit="bytes", note=resumed)
        since, before = time.monotonic(), done
        with self.part.open("ab" if start else "wb") as file:
            for block in response.iter_bytes():
                done += len(block)
                if time.monotonic() - since > _PATIENCE:
                    if done - before < _SLOWEST * _PATIENCE:
                        file.flush()
                        raise self._stopped(f"less than {format_bytes(_SLOWEST)} come in a second")
                    since, before = time.monotonic(), done
                if done > self.limit:
                    raise self._too_large(done)
                file.write(block)
                report(self.progress, stage, done, total, unit="bytes")
            file.flush()
            os.fsync(file.fileno())
        if total is not None and done < total:
            raise self._stopped(f"stopped after {format_bytes(done)} of {format_bytes(total)}")

    def _too_large(self, size: int) -> DownloadError:
        self.resumable = False
        return DownloadError(
            f"{self.address} sends {format_bytes(size)} or more, but {self.dataset.name} has about "
            f"{format_bytes(self.dataset.size)}: not fetched"
        )

    # -- verifying -------------------------------------------------------------------------

    def _verify(self, wanted: str) -> None:
        size = self.part.stat().st_size
        stage = f"verify {self.dataset.name}"
        digest = hashlib.md5(usedforsecurity=False)
        done = 0
        with self.part.open("rb") as file:
            while block := file.read(2**20):
                digest.update(block)
                done += len(block)
                report(self.progress, stage, done, size, unit="bytes")
        found = digest.hexdigest()
        if wanted and found != wanted:
            raise ChecksumError(
                f"{self.address}: the zip has the MD5 checksum {found}, but {wanted} is published "
                f"for {self.dataset.name}: it was removed. Try again, or --md5 where the source is "
                f"known to differ"
            )
        try:
            with Archive(self.part, name=self.dataset.file) as archive:
                archive.test()
        except ArchiveError as error:
            raise DownloadError(
                f"{self.address}: what came is not the zip of {self.dataset.name}, and was "
                f"removed: {error}"
            ) from error


def _validator(response: httpx2.Response) -> str:
    """What tells one state of the server's file from another."""
    tag: str = response.headers.get("ETag", "")
    if tag and not tag.startswith("W/"):
        return tag
    return str(response.headers.get("Last-Modified", ""))


def _is_safe(origin: httpx2.URL, target: httpx2.URL) -> bool:
    """Whether a redirect may be followed: to https, within one server, or on this machine."""
    if target.scheme == "https":
        return True
    if target.scheme != "http" or origin.scheme == "https":
        return False
    return target.host == origin.host or {origin.host, target.host} <= set(_LOOPBACK)
