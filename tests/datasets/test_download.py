"""Downloads from a server on this machine that behaves, and from one that does not."""

from __future__ import annotations

import hashlib
import io
import threading
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx2
import pytest
from tests.datasets.layouts import ML_1M

from matinee.datasets import load
from matinee.datasets.download import _is_safe, address_of, download
from matinee.datasets.known import KNOWN, cache_folder, in_cache
from matinee.errors import ChecksumError, DownloadError, ParameterError, UnknownDatasetError
from matinee.locking import exclusive
from matinee.progress import ProgressEvent

NAME = "ml-1m"


def make_zip(extra: bytes = b"") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in ML_1M.items():
            archive.writestr(name, content)
        archive.writestr("ml-1m/README", bytes(range(256)) * 2000 + extra)
    return buffer.getvalue()


ZIP = make_zip()
MD5 = hashlib.md5(ZIP).hexdigest()


@dataclass
class Site:
    """What the server has, and how it misbehaves."""

    content: bytes = ZIP
    md5: str | None = None
    tag: str | None = '"v1"'
    ranges: bool = True
    stop_after: int | None = None
    trickle: bool = False
    status: int = 200
    redirect: str | None = None
    declared: int | None = None
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/ml-1m.zip"


class Handler(BaseHTTPRequestHandler):
    site: Site

    def do_GET(self) -> None:
        site = self.site
        site.requests.append(
            (self.path, {key.lower(): value for key, value in self.headers.items()})
        )
        if self.path.endswith(".md5"):
            self._send(200 if site.md5 else 404, (site.md5 or "").encode())
        elif site.redirect is not None and self.path == "/ml-1m.zip":
            self.send_response(302)
            self.send_header("Location", site.redirect.format(port=site.port))
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif site.status != 200:
            self._send(site.status, b"no")
        else:
            self._send_zip(site)

    def _send_zip(self, site: Site) -> None:
        asked = self.headers.get("Range")
        start = 0
        fits = self.headers.get("If-Range") == site.tag
        if asked and site.ranges and fits:
            start = int(asked.removeprefix("bytes=").removesuffix("-"))
            if start >= len(site.content):
                self.send_response(416)
                self.send_header("Content-Range", f"bytes */{len(site.content)}")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            self.send_response(206)
            last = len(site.content) - 1
            self.send_header("Content-Range", f"bytes {start}-{last}/{len(site.content)}")
        else:
            self.send_response(200)
        if site.tag:
            self.send_header("ETag", site.tag)
        body = site.content[start:]
        self.send_header("Content-Length", str(site.declared or len(body)))
        self.end_headers()
        if site.trickle:
            for at in range(0, 500, 10):
                self.wfile.write(body[at : at + 10])
                time.sleep(0.02)
            return
        self.wfile.write(body if site.stop_after is None else body[: site.stop_after])

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *words: object) -> None:
        """Say nothing."""


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    handler = type("SiteHandler", (Handler,), {"site": site})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    site.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield site
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("MATINEE_CACHE", str(tmp_path))
    monkeypatch.delenv("MATINEE_MIRROR", raising=False)
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    return cache_folder()


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_download_then_load_by_name(site: Site, folder: Path) -> None:
    events: list[ProgressEvent] = []
    path = download(NAME, url=site.url, md5=MD5, progress=events.append)
    assert path == folder / "ml-1m.zip"
    assert path.read_bytes() == ZIP
    assert files(folder) == ["ml-1m.zip"]
    assert in_cache() == {NAME: path}
    fetched = [event for event in events if event.stage == "download ml-1m"]
    assert fetched[0].done == 0
    assert fetched[-1].done == fetched[-1].total == len(ZIP)
    assert all(event.unit == "bytes" for event in fetched)
    assert len(load(NAME).ratings) == 3


def test_what_is_here_is_not_fetched_again(site: Site) -> None:
    download(NAME, url=site.url, md5=MD5)
    asked = len(site.requests)
    download(NAME, url=site.url, md5=MD5)
    assert len(site.requests) == asked
    site.content = make_zip(b"new")
    fresh = hashlib.md5(site.content).hexdigest()
    assert download(NAME, url=site.url, md5=fresh, force=True).read_bytes() == site.content


def test_a_failed_renewal_leaves_the_old_file(site: Site, folder: Path) -> None:
    download(NAME, url=site.url, md5=MD5)
    site.status = 500
    with pytest.raises(DownloadError, match="answers 500"):
        download(NAME, url=site.url, md5=MD5, force=True)
    assert (folder / "ml-1m.zip").read_bytes() == ZIP
    assert files(folder) == ["ml-1m.zip"]


def test_stops_half_way_and_goes_on(site: Site, folder: Path) -> None:
    site.stop_after = 300_000
    with pytest.raises(
        DownloadError,
        match=r"stopped half way\. 300 kB are kept: run 'matinee data get ml-1m' again to go on",
    ):
        download(NAME, url=site.url, md5=MD5)
    assert files(folder) == ["ml-1m.zip.part", "ml-1m.zip.part.json"]
    assert in_cache() == {}
    with pytest.raises(UnknownDatasetError, match="has not been downloaded"):
        load(NAME)

    site.stop_after = None
    events: list[ProgressEvent] = []
    download(NAME, url=site.url, md5=MD5, progress=events.append)
    assert site.requests[-1][1]["range"] == "bytes=300000-"
    assert site.requests[-1][1]["if-range"] == '"v1"'
    assert events[0].note == "going on after 300 kB"
    assert (folder / "ml-1m.zip").read_bytes() == ZIP
    assert files(folder) == ["ml-1m.zip"]


def test_a_download_that_trickles_is_given_up_and_kept(
    site: Site, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("matinee.datasets.download._PATIENCE", 0.2)
    site.trickle = True
    with pytest.raises(DownloadError, match=r"less than .* come in a second.* are kept"):
        download(NAME, url=site.url, md5=MD5)
    site.trickle = False
    assert download(NAME, url=site.url, md5=MD5).read_bytes() == ZIP


def test_server_without_ranges_starts_again(site: Site, folder: Path) -> None:
    site.stop_after = 300_000
    site.ranges = False
    with pytest.raises(DownloadError):
        download(NAME, url=site.url, md5=MD5)
    site.stop_after = None
    assert download(NAME, url=site.url, md5=MD5).read_bytes() == ZIP


def test_file_that_changed_meanwhile_starts_again(site: Site) -> None:
    site.stop_after = 300_000
    with pytest.raises(DownloadError):
        download(NAME, url=site.url, md5=MD5)
    site.stop_after = None
    site.content = make_zip(b"another edition")
    site.tag = '"v2"'
    fresh = hashlib.md5(site.content).hexdigest()
    assert download(NAME, url=site.url, md5=fresh).read_bytes() == site.content


def test_part_without_a_mark_is_not_kept(site: Site, folder: Path) -> None:
    site.tag = None
    site.stop_after = 300_000
    with pytest.raises(DownloadError, match="--url or MATINEE_MIRROR name another source"):
        download(NAME, url=site.url, md5=MD5)
    assert files(folder) == []


def test_part_of_another_address_is_not_continued(site: Site) -> None:
    site.stop_after = 300_000
    with pytest.raises(DownloadError):
        download(NAME, url=site.url, md5=MD5)
    site.stop_after = None
    download(NAME, url=site.url + "?again", md5=MD5)
    assert "range" not in site.requests[-1][1]


def test_part_that_was_whole_already(site: Site, folder: Path) -> None:
    site.stop_after = 300_000
    with pytest.raises(DownloadError):
        download(NAME, url=site.url, md5=MD5)
    (folder / "ml-1m.zip.part").write_bytes(ZIP)
    assert download(NAME, url=site.url, md5=MD5).read_bytes() == ZIP


def test_part_longer_than_the_file(site: Site, folder: Path) -> None:
    site.stop_after = 300_000
    with pytest.raises(DownloadError):
        download(NAME, url=site.url, md5=MD5)
    (folder / "ml-1m.zip.part").write_bytes(ZIP + b"more")
    with pytest.raises(DownloadError, match="does not fit the server's file"):
        download(NAME, url=site.url, md5=MD5)
    assert files(folder) == []


def test_wrong_checksum(site: Site, folder: Path) -> None:
    with pytest.raises(ChecksumError, match=rf"{MD5}, but {KNOWN[NAME].md5} is published"):
        download(NAME, url=site.url)
    assert files(folder) == []


def test_checksum_beside_the_zip(site: Site, folder: Path) -> None:
    url = site.url.replace("ml-1m", "ml-latest-small")
    site.md5 = f"MD5 (ml-latest-small.zip) = {MD5}\n"
    download("ml-latest-small", url=url)
    assert [path for path, _ in site.requests] == [
        "/ml-latest-small.zip.md5",
        "/ml-latest-small.zip",
    ]
    site.md5 = "0" * 32 + "  ml-latest-small.zip\n"
    with pytest.raises(ChecksumError):
        download("ml-latest-small", url=url, force=True)
    assert (folder / "ml-latest-small.zip").read_bytes() == ZIP


def test_no_checksum_is_said(site: Site) -> None:
    events: list[ProgressEvent] = []
    url = site.url.replace("ml-1m", "ml-32m")
    download("ml-32m", url=url, progress=events.append)
    assert "no checksum is published" in events[0].note


def test_page_instead_of_a_zip(site: Site, folder: Path) -> None:
    site.content = b"<html>Log in to the hotel's network</html>"
    with pytest.raises(DownloadError, match="what came is not the zip of ml-1m, and was removed"):
        download(NAME, url=site.url, md5=hashlib.md5(site.content).hexdigest())
    assert files(folder) == []


def test_damaged_zip(site: Site, folder: Path) -> None:
    damaged = bytearray(ZIP)
    damaged[len(damaged) // 2] ^= 1
    site.content = bytes(damaged)
    with pytest.raises(DownloadError, match="member ml-1m/README is damaged"):
        download(NAME, url=site.url, md5=hashlib.md5(site.content).hexdigest())
    assert files(folder) == []


def test_not_found(site: Site, folder: Path) -> None:
    site.status = 404
    with pytest.raises(DownloadError, match=r"answers 404 Not Found: --url or MATINEE_MIRROR"):
        download(NAME, url=site.url, md5=MD5)
    assert files(folder) == []


def test_nobody_answers(site: Site, folder: Path) -> None:
    with pytest.raises(DownloadError, match="refused"):
        download(NAME, url="http://127.0.0.1:9/ml-1m.zip", md5=MD5, timeout=2)
    assert files(folder) == []


def test_redirect_on_the_same_server(site: Site) -> None:
    site.redirect = "/moved/ml-1m.zip"
    assert download(NAME, url=site.url, md5=MD5).read_bytes() == ZIP


def test_redirect_to_an_unsafe_place(site: Site, folder: Path) -> None:
    site.redirect = "http://example.org/ml-1m.zip"
    with pytest.raises(DownloadError, match="neither https nor the same server: not followed"):
        download(NAME, url=site.url, md5=MD5)
    assert files(folder) == []


def test_redirects_without_end(site: Site) -> None:
    site.redirect = "/ml-1m.zip"
    with pytest.raises(DownloadError, match="redirects more than 5 times"):
        download(NAME, url=site.url, md5=MD5)
    assert len(site.requests) == 6


@pytest.mark.parametrize(
    ("origin", "target", "safe"),
    [
        ("http://a.org/x", "https://b.org/x", True),
        ("https://a.org/x", "https://b.org/x", True),
        ("https://a.org/x", "http://a.org/x", False),
        ("http://a.org/x", "http://a.org/y", True),
        ("http://a.org/x", "http://b.org/x", False),
        ("http://localhost/x", "http://127.0.0.1/x", True),
        ("http://a.org/x", "http://127.0.0.1/x", False),
        ("http://a.org/x", "ftp://a.org/x", False),
        ("http://a.org/x", "file:///etc/passwd", False),
    ],
)
def test_which_redirects_are_followed(origin: str, target: str, safe: bool) -> None:
    assert _is_safe(httpx2.URL(origin), httpx2.URL(target)) is safe


def test_far_more_bytes_than_the_data_set_has(site: Site, folder: Path) -> None:
    site.declared = 10**9
    with pytest.raises(DownloadError, match=r"sends 1\.0 GB or more, but ml-1m has about 5\.9 MB"):
        download(NAME, url=site.url, md5=MD5)
    assert files(folder) == []


def test_ctrl_c_leaves_what_can_be_continued(site: Site, folder: Path) -> None:
    def interrupt(event: ProgressEvent) -> None:
        if event.done > 200_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        download(NAME, url=site.url, md5=MD5, progress=interrupt)
    assert files(folder) == ["ml-1m.zip.part", "ml-1m.zip.part.json"]
    assert download(NAME, url=site.url, md5=MD5).read_bytes() == ZIP
    assert "range" in site.requests[-1][1]


def test_damaged_note_beside_a_part(site: Site, folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "ml-1m.zip.part").write_bytes(b"half")
    (folder / "ml-1m.zip.part.json").write_text('["not", "a", "note"]')
    assert download(NAME, url=site.url, md5=MD5).read_bytes() == ZIP


def test_two_at_once(site: Site, folder: Path) -> None:
    folder.mkdir(parents=True)
    with (
        exclusive(folder / "ml-1m.zip.lock"),
        pytest.raises(DownloadError, match="another process is downloading ml-1m"),
    ):
        download(NAME, url=site.url, md5=MD5)
    assert files(folder) == []
    download(NAME, url=site.url, md5=MD5)


def test_mirror(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MATINEE_MIRROR", f"http://127.0.0.1:{site.port}/copies/")
    download(NAME, md5=MD5)
    assert site.requests[0][0] == "/copies/ml-1m.zip"


def test_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = KNOWN[NAME]
    assert str(address_of(dataset)) == dataset.url
    assert dataset.url == "https://files.grouplens.org/datasets/movielens/ml-1m.zip"
    for wrong in (
        "ftp://a.org/x.zip",
        "ml-1m.zip",
        "file:///tmp/x.zip",
        "http://",
        "http://a.org:99999/",
    ):
        with pytest.raises(ParameterError, match="--url must be an address of http or https"):
            address_of(dataset, wrong)
    monkeypatch.setenv("MATINEE_MIRROR", "nowhere")
    with pytest.raises(ParameterError, match="MATINEE_MIRROR must be an address"):
        address_of(dataset)


def test_checksum_that_is_none() -> None:
    with pytest.raises(ParameterError, match="32 hexadecimal digits, got 'abc'"):
        download(NAME, md5="abc")


def test_unknown_data_set() -> None:
    with pytest.raises(UnknownDatasetError, match=r"no data set 'ml-25'\. Did you mean 'ml-25m'\?"):
        download("ml-25")


def test_cache_that_cannot_be_written(
    site: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("MATINEE_CACHE", str(tmp_path / "file"))
    with pytest.raises(DownloadError, match=r"cannot write to the cache .*set MATINEE_CACHE"):
        download(NAME, url=site.url, md5=MD5)
