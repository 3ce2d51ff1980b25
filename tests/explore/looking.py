"""How tests look at a report: as files, as HTML, and in a browser."""

from __future__ import annotations

import io
import json
import re
import shutil

import numpy as np
import polars as pl
import pytest
from PIL import Image

from matinee.explore.report import Report


def check_files(written: Report) -> None:
    """Each picture has its files, nothing else lies beside them, and the page needs no other."""
    folder = written.path.parent
    names = {chart.name for chart in written.charts}
    for kind, where in (("png", "pictures"), ("svg", "pictures"), ("parquet", "data")):
        assert {path.stem for path in (folder / where).glob(f"*.{kind}")} == names
    for chart in written.charts:
        assert pl.read_parquet(folder / "data" / f"{chart.name}.parquet").equals(chart.table)
        told = json.loads((folder / "data" / f"{chart.name}.json").read_text(encoding="utf-8"))
        assert told["title"] == chart.title
        with Image.open(folder / "pictures" / f"{chart.name}.png") as image:
            assert image.width == 1200
    page = written.path.read_text(encoding="utf-8")
    assert page.count("<img ") == len(written.charts)
    assert all(src.startswith("data:image/") for src in re.findall(r'src="([^"]*)"', page))
    assert not re.search(r'(?:src|href)="(?:https?:)?//', page)
    assert "<script" not in page
    for link in re.findall(r'href="((?:pictures|data)/[^"]*)"', page):
        assert (folder / link).is_file()
    for alternative in re.findall(r'<img alt="([^"]*)"', page):
        assert len(alternative.split()) > 10


def check_in_chromium(written: Report) -> None:
    """A browser shows all pictures, says nothing, asks nobody, and a telephone need not scroll."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("chromium is not installed")
    said: list[str] = []
    asked: list[str] = []
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1100, "height": 900})
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(written.path.as_uri())
        widths = page.eval_on_selector_all("img", "all => all.map(each => each.naturalWidth)")
        page.set_viewport_size({"width": 390, "height": 800})
        too_wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
        browser.close()
    assert said == []
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert len(widths) == len(written.charts)
    assert min(widths) > 300
    assert not too_wide, "the page scrolls sideways on a telephone"


def small(png: bytes) -> Image.Image:
    """A picture without colors, 300 pixels wide."""
    image = Image.open(io.BytesIO(png)).convert("L")
    return image.resize((300, round(300 * image.height / image.width)), Image.Resampling.BOX)


def distance(png: bytes, baseline: Image.Image) -> float:
    """Root of the mean squared difference of grey values, 0 to 255.

    A moved label changes single pixels; a missing bar, a part of the picture.
    """
    got = np.asarray(small(png), dtype=np.float64)
    meant = np.asarray(baseline.convert("L"), dtype=np.float64)
    assert got.shape == meant.shape
    return float(np.sqrt(((got - meant) ** 2).mean()))
