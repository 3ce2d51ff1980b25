"""A report in a folder: one HTML page, and each picture and the numbers behind it beside it."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matinee
from matinee.errors import DataError
from matinee.explore.chart import Chart, Missing
from matinee.explore.draw import draw
from matinee.pages import card, figure, page, text
from matinee.progress import Progress, report

__all__ = ["Report", "definitions", "report_folder", "write_json", "write_report"]


@dataclass(frozen=True)
class Report:
    """What was written.

    Parameters
    ----------
    path : Path
        The page, ``index.html``.
    about : mapping of str to any
        What the report is about in single figures, as in ``data/about.json``.
    charts : tuple of Chart
    missing : tuple of (str, str)
        Topics without a picture, and why.
    """

    path: Path
    about: dict[str, Any]
    charts: tuple[Chart, ...]
    missing: tuple[Missing, ...]

    def _repr_html_(self) -> str:
        rows = [(chart.topic, chart.title) for chart in self.charts]
        rows += [(topic, f"no picture: {reason}") for topic, reason in self.missing]
        return card("Report", str(self.path), None, ("Picture", "What it shows"), rows, most=99)


def report_folder(out: Path | str, what: str = "report") -> Path:
    """The folder of a report, or of something else, before there is anything to write.

    Raises
    ------
    DataError
        If it is a file.
    """
    folder = Path(out)
    if folder.exists() and not folder.is_dir():
        raise DataError(f"{folder} is a file: name a folder for the {what}")
    return folder


def write_report(
    folder: Path,
    title: str,
    intro: str,
    found: Iterable[Chart | Missing],
    *,
    about: dict[str, Any],
    names: Collection[str],
    progress: Progress | None = None,
) -> Report:
    """Draw charts and write the page.

    Everything is made in a folder of its own first, and takes the places of an earlier report at
    the end: one that fails or is interrupted leaves the earlier one whole.

    Parameters
    ----------
    folder : path
        Made if it is not there. In it: ``index.html``, which needs nothing else;
        ``pictures/NAME.png`` and ``.svg``; ``data/NAME.parquet`` (what is drawn),
        ``data/NAME.json`` (title, text, single figures), ``data/about.json``.
    title : str
        Plain text.
    intro : str
        HTML above the pictures.
    found : iterable of Chart or (str, str)
        In the order of the page; a topic and a reason stand where there is no picture.
    about : dict
    names : collection of str
        All charts that a report of this kind may have: those of an earlier one that are not drawn
        this time are removed.
    progress : callable, optional

    Returns
    -------
    Report
    """
    drawn: list[Chart] = []
    missing: list[Missing] = []
    sections: list[str] = []
    with _making(folder) as new:
        pictures, data = new / "pictures", new / "data"
        pictures.mkdir()
        data.mkdir()
        write_json(data / "about.json", about)
        for done, chart in enumerate(found, start=1):
            if isinstance(chart, Chart):
                sections.append(_section(chart, *_write(chart, pictures, data)))
                drawn.append(chart)
            else:
                topic, reason = chart
                sections.append(f"<h2>{text(topic)}</h2><p>No picture: {text(reason)}.</p>")
                missing.append(chart)
            report(progress, "pictures", done, len(names))
        content = "\n".join([f"<h1>{text(title)}</h1>", intro, *sections, _end()])
        (new / "index.html").write_text(page(title, content), encoding="utf-8")
        _replace(folder, new, set(names) - {chart.name for chart in drawn})
    return Report(folder / "index.html", about, tuple(drawn), tuple(missing))


def definitions(rows: Mapping[str, str]) -> str:
    """Names and values, plain text, as an HTML list."""
    return (
        "<dl>"
        + "".join(f"<dt>{text(k)}</dt><dd>{text(v)}</dd>" for k, v in rows.items())
        + ("</dl>")
    )


def _write(chart: Chart, pictures: Path, data: Path) -> tuple[bytes, bytes]:
    png, svg = draw(chart)
    (pictures / f"{chart.name}.png").write_bytes(png)
    (pictures / f"{chart.name}.svg").write_bytes(svg)
    chart.table.write_parquet(data / f"{chart.name}.parquet")
    write_json(data / f"{chart.name}.json", chart.to_dict())
    return png, svg


@contextmanager
def _making(folder: Path) -> Iterator[Path]:
    """A folder within the report's, which goes afterwards; also the report's, if nothing came."""
    made = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(prefix=".making-", dir=folder) as new:
            yield Path(new)
    finally:
        if made and not any(folder.iterdir()):
            folder.rmdir()


def _replace(folder: Path, new: Path, gone: set[str]) -> None:
    """Move a report to its place; what an earlier one drew and this one did not would pass for it.

    The page, which needs no other file, goes last.
    """
    for part in ("pictures", "data"):
        (folder / part).mkdir(exist_ok=True)
        for file in (new / part).iterdir():
            file.replace(folder / part / file.name)
    for name in gone:
        for path in (
            *(folder / "pictures" / f"{name}.{kind}" for kind in ("png", "svg")),
            *(folder / "data" / f"{name}.{kind}" for kind in ("parquet", "json")),
        ):
            path.unlink(missing_ok=True)
    (new / "index.html").replace(folder / "index.html")


def write_json(path: Path, values: dict[str, Any]) -> None:
    """Write plain values so that people can read them as well."""
    written = json.dumps(values, indent=2, ensure_ascii=False, allow_nan=False)
    path.write_text(written + "\n", encoding="utf-8")


def _section(chart: Chart, png: bytes, svg: bytes) -> str:
    links = " · ".join(
        f'<a href="{folder}/{chart.name}.{kind}">{label}</a>'
        for folder, kind, label in (
            ("pictures", "png", "PNG"),
            ("pictures", "svg", "SVG"),
            ("data", "parquet", "numbers (Parquet)"),
            ("data", "json", "figures (JSON)"),
        )
    )
    # A cloud is made of pixels anyway, and letters as outlines would only make it larger.
    kind, image = ("image/svg+xml", svg) if len(svg) < 2 * len(png) else ("image/png", png)
    return (
        f'<h2 id="{chart.name}">{text(chart.topic)}</h2>'
        f"{figure(kind, image, f'{chart.title}. {chart.alt}', links)}"
        f"<details><summary>In words</summary><p>{text(chart.alt)}</p></details>"
    )


def _end() -> str:
    return (
        f"<p>Matinee {matinee.__version__}. Times are UTC. The page needs no network; the links "
        "below the pictures lead to the files beside it.</p>"
    )
