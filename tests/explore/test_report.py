from __future__ import annotations

import io
import json
import re
import shutil
from pathlib import Path

import matplotlib as mpl
import numpy as np
import polars as pl
import pytest
from PIL import Image

import matinee
from matinee.curation import MinMovieRatings
from matinee.dataset import Dataset
from matinee.errors import DataError
from matinee.explore.chart import Chart
from matinee.explore.draw import PICTURES, draw
from matinee.explore.figures import charts
from matinee.explore.report import Report, explore
from matinee.explore.totals import Totals
from matinee.ratings import Ratings

BASELINES = Path(__file__).parent / "baselines"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """The report on the bundled sample."""
    return explore(matinee.load("sample"), tmp_path_factory.mktemp("report"))


def test_each_picture_has_its_files(written: Report) -> None:
    folder = written.path.parent
    assert dict(written.missing) == {"Tags": "nobody tagged the films"}
    names = {chart.name for chart in written.charts}
    assert names == set(PICTURES) - {"tags"}
    for kind, where in (("png", "pictures"), ("svg", "pictures"), ("parquet", "data")):
        assert {path.stem for path in (folder / where).glob(f"*.{kind}")} == names
    for chart in written.charts:
        assert pl.read_parquet(folder / "data" / f"{chart.name}.parquet").equals(chart.table)
        told = json.loads((folder / "data" / f"{chart.name}.json").read_text(encoding="utf-8"))
        assert told["title"] == chart.title
        with Image.open(folder / "pictures" / f"{chart.name}.png") as image:
            assert image.width == 1200
    about = json.loads((folder / "data" / "about.json").read_text(encoding="utf-8"))
    assert about["ratings"] == 100_004


def test_page_needs_nothing_else(written: Report) -> None:
    page = written.path.read_text(encoding="utf-8")
    assert page.count("<img ") == len(written.charts)
    assert all(src.startswith("data:image/") for src in re.findall(r'src="([^"]*)"', page))
    assert not re.search(r'(?:src|href)="(?:https?:)?//', page)
    assert "<script" not in page
    for link in re.findall(r'href="((?:pictures|data)/[^"]*)"', page):
        assert (written.path.parent / link).is_file()
    for alternative in re.findall(r'<img alt="([^"]*)"', page):
        assert len(alternative.split()) > 10


@pytest.mark.browser
def test_chromium_shows_the_report_and_asks_nobody(written: Report) -> None:
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


def test_report_replaces_an_earlier_one(tiny: Dataset, tmp_path: Path) -> None:
    stages: list[tuple[str, int, int | None]] = []
    first = explore(
        tiny,
        tmp_path,
        steps=[MinMovieRatings(2)],
        progress=lambda event: stages.append((event.stage, event.done, event.total)),
    )
    assert not first.missing
    assert ("pictures", 18, 18) in stages
    bare = Dataset.of(Ratings.from_columns([1, 1, 2], [10, 20, 20], [4.0, 3.0, 5.0]), name="<bare>")
    second = explore(bare, tmp_path, steps=())
    assert "tags" in {chart.name for chart in first.charts}
    assert not (tmp_path / "pictures" / "tags.png").exists()
    assert not (tmp_path / "data" / "months.parquet").exists()
    page = second.path.read_text(encoding="utf-8")
    assert "No picture: the ratings have no times." in page
    assert "<h1>&lt;bare&gt; in pictures</h1>" in page


def test_what_cannot_be_explored(tiny: Dataset, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="tiny has no ratings: there is nothing to draw"):
        explore(tiny.replace(tiny.ratings.take(np.zeros(8, dtype=bool))), tmp_path)
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(DataError, match="is a file: name a folder"):
        explore(tiny, file)


def drawn(tiny: Dataset) -> dict[str, Chart]:
    found = charts(tiny, Totals.of(tiny.ratings), steps=[MinMovieRatings(2)])
    return {chart.name: chart for chart in found if isinstance(chart, Chart)}


def small(png: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(png)).convert("L")
    return image.resize((300, round(300 * image.height / image.width)), Image.Resampling.BOX)


@pytest.mark.skipif(
    not mpl.__version__.startswith("3.11."),
    reason="other versions of Matplotlib than the 3.11 of the baselines lay letters out otherwise",
)
@pytest.mark.parametrize("name", ["stars", "per-film", "genres-together", "curation"])
def test_picture_looks_as_it_did(tiny: Dataset, name: str) -> None:
    """Baselines: ``python tests/explore/baselines.py`` draws them anew; look at them first."""
    got = np.asarray(small(draw(drawn(tiny)[name])[0]), dtype=np.float64)
    meant = np.asarray(Image.open(BASELINES / f"{name}.png").convert("L"), dtype=np.float64)
    assert got.shape == meant.shape
    # A moved label changes single pixels; a missing bar, a part of the picture.
    assert np.sqrt(((got - meant) ** 2).mean()) < 12


def test_pictures_repeat(tiny: Dataset) -> None:
    for name in ("title-words", "best"):
        chart = drawn(tiny)[name]
        assert draw(chart) == draw(chart)


def test_dollars_in_a_title_are_no_formula() -> None:
    ratings = Ratings.from_columns([1, 1, 2], [1, 2, 2], [4.0, 3.0, 5.0])
    catalog = matinee.Catalog(ratings.movie_ids, ["$ (Dollars) $x^ (1971)", "$9.99 $ (2008)"])
    data = Dataset(ratings, catalog)
    found = {
        each.name: each for each in charts(data, Totals.of(ratings)) if isinstance(each, Chart)
    }
    for name in ("most-rated", "best", "most-divisive"):
        assert draw(found[name])[0].startswith(b"\x89PNG")
