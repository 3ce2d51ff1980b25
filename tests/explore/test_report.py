from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import polars as pl
import pytest
from PIL import Image
from tests.explore.looking import check_files, check_in_chromium, distance

import matinee
from matinee.dataset import Dataset
from matinee.datasets.curation import MinMovieRatings
from matinee.errors import DataError
from matinee.explore.charts import Chart, Missing
from matinee.explore.report import CHARTS, Report, about, charts, explore, write_report
from matinee.explore.totals import Totals
from matinee.progress import ProgressEvent
from matinee.ratings import Ratings

BASELINES = Path(__file__).parent / "baselines"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """The report on the bundled sample."""
    return explore(matinee.load("sample"), tmp_path_factory.mktemp("report"))


def test_each_picture_has_its_files(written: Report) -> None:
    assert dict(written.missing) == {
        "Tags as a cloud": "nobody tagged the films",
        "Tags": "nobody tagged the films",
    }
    assert {chart.name for chart in written.charts} == set(CHARTS) - {"tags", "tag-cloud"}
    check_files(written)
    told = json.loads((written.path.parent / "data" / "about.json").read_text(encoding="utf-8"))
    assert told["ratings"] == 100_003


@pytest.mark.browser
def test_chromium_shows_the_report_and_asks_nobody(written: Report) -> None:
    check_in_chromium(written)


def a_chart(name: str, height: float = 2) -> Chart:
    table = pl.DataFrame({"film": ["<Up>", "Heat"], "stars": [4.25, None], "n": [12_000, 1]})
    return Chart(name, "A topic", "One & two", "Two numbers", table, lambda _: None, height=height)


def written_here(folder: Path, *found: Chart | Missing, **more: Any) -> Report:
    names = ("one", "two", "three")
    about = {"films_in_table": 12_345, "source": "2 > 1", "none": None, "empty": ""}
    return write_report(folder, "<b>", found, about=about, names=names, **more)


def test_a_report_replaces_an_earlier_one(tmp_path: Path) -> None:
    events: list[tuple[str, int, int | None]] = []
    first = written_here(
        tmp_path,
        a_chart("one"),
        a_chart("two"),
        progress=lambda event: events.append((event.stage, event.done, event.total)),
    )
    assert not first.missing
    assert events == [("pictures", 1, 3), ("pictures", 2, 3)]
    (tmp_path / "data" / "mine.json").write_text("stays")
    second = written_here(
        tmp_path, ("Topic", "there is <none>"), a_chart("two"), findings=["a < b"]
    )
    assert [chart.name for chart in second.charts] == ["two"]
    assert second.missing == (("Topic", "there is <none>"),)
    assert not (tmp_path / "pictures" / "one.png").exists()
    assert not (tmp_path / "data" / "one.parquet").exists()
    assert (tmp_path / "data" / "mine.json").read_text() == "stays"
    page = second.path.read_text(encoding="utf-8")
    for shown in (
        "<h1>&lt;b&gt;</h1>",
        "No picture: there is &lt;none&gt;.",
        "<li>a &lt; b</li>",
        "<dt>Films in table</dt>\n<dd>12,345</dd>\n<dt>Source</dt>\n<dd>2 &gt; 1</dd>\n</dl>",
        "<td>&lt;Up&gt;</td><td>4.25</td><td>12,000</td>",
        "<td>Heat</td><td></td><td>1</td>",
    ):
        assert shown in page


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError])
def test_a_report_that_is_interrupted_leaves_the_earlier_one_whole(
    tmp_path: Path, error: type[BaseException]
) -> None:
    folder = tmp_path / "report"

    def stop(event: ProgressEvent) -> None:
        if event.done == 2:
            raise error

    with pytest.raises(error):
        written_here(folder, a_chart("one"), a_chart("two"), progress=stop)
    assert not folder.exists()
    written_here(folder, a_chart("one"), a_chart("three"))
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    with pytest.raises(error):
        written_here(folder, a_chart("one", height=3), a_chart("two"), progress=stop)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    written_here(folder, a_chart("two"))
    assert not list(folder.glob(".*"))


def test_days_of_typing_are_told_from_days_of_seeing() -> None:
    def told(times: list[int]) -> dict[str, Any]:
        ratings = Ratings.from_columns([1, 1, 2, 2], [1, 2, 1, 2], [4.0, 3.0, 5.0, 1.0], times)
        data = Dataset.of(ratings)
        return about(data, Totals.of(ratings))

    assert told([100, 160, 900, 990])["note"].startswith("100 % of the people rated in one sitting")
    assert told([100, 90_000, 900, 90_000])["note"] is None


def test_what_cannot_be_explored(tiny: Dataset, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="tiny has no ratings: there is nothing to draw"):
        explore(tiny.replace(tiny.ratings.take(np.zeros(8, dtype=bool))), tmp_path)
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(DataError, match="is a file: name a folder"):
        explore(tiny, file)


def test_about(tiny: Dataset) -> None:
    figures = about(tiny, Totals.of(tiny.ratings))
    assert (figures["ratings"], figures["people"], figures["films"]) == (8, 3, 3)
    assert figures["films_in_table"] == 4
    assert figures["pairs_without_a_rating"] == pytest.approx(1 / 9)
    assert (figures["first_month"], figures["last_month"]) == ("2000-01", "2000-02")
    assert figures["mean"] == 29 / 8
    assert figures["licence"] == "free"


def test_what_is_not_there_is_said(tiny: Dataset) -> None:
    bare = Dataset.of(Ratings.from_columns([1, 1, 2], [10, 20, 20], [4.0, 3.0, 5.0]))
    found = list(charts(bare, Totals.of(bare.ratings)))
    missing = dict(each for each in found if isinstance(each, tuple))
    assert missing["Month by month"] == "the ratings have no times"
    assert missing["Genres"] == "the films have no genres"
    assert missing["Tags"] == "nobody tagged the films"
    assert missing["Before and after curation"] == "no step of curation was asked for"
    assert sum(isinstance(each, Chart) for each in found) == 8

    full = list(charts(tiny, Totals.of(tiny.ratings), steps=[MinMovieRatings(9)]))
    (reason,) = [each for each in full if isinstance(each, tuple)]
    assert "nothing is left" in reason[1]


def test_each_chart_has_title_alternative_and_table(tiny: Dataset) -> None:
    steps = [MinMovieRatings(2)]
    found = list(charts(tiny, steps=steps))
    assert [chart.name for chart in found if isinstance(chart, Chart)] == list(CHARTS)
    for chart in found:
        assert isinstance(chart, Chart)
        assert chart.table.height
        assert chart.alt.endswith(".")
        assert not chart.title.endswith(".")
        assert "nan" not in chart.title


def drawn(tiny: Dataset) -> dict[str, Chart]:
    found = charts(tiny, Totals.of(tiny.ratings), steps=[MinMovieRatings(2)])
    return {chart.name: chart for chart in found if isinstance(chart, Chart)}


@pytest.mark.skipif(
    not mpl.__version__.startswith("3.11."),
    reason="other versions of Matplotlib than the 3.11 of the baselines lay letters out otherwise",
)
@pytest.mark.parametrize("name", ["stars", "per-film", "genres-together", "curation"])
def test_picture_looks_as_it_did(tiny: Dataset, name: str) -> None:
    """Baselines: ``python tests/explore/baselines.py`` draws them anew; look at them first."""
    assert distance(drawn(tiny)[name].render()[0], Image.open(BASELINES / f"{name}.png")) < 12


def test_pictures_repeat(tiny: Dataset) -> None:
    for name in ("title-words", "best"):
        chart = drawn(tiny)[name]
        assert chart.render() == chart.render()


def test_dollars_in_a_title_are_no_formula() -> None:
    ratings = Ratings.from_columns([1, 1, 2], [1, 2, 2], [4.0, 3.0, 5.0])
    catalog = matinee.Catalog(ratings.movie_ids, ["$ (Dollars) $x^ (1971)", "$9.99 $ (2008)"])
    data = Dataset(ratings, catalog)
    found = {
        each.name: each for each in charts(data, Totals.of(ratings)) if isinstance(each, Chart)
    }
    for name in ("most-rated", "best", "most-divisive"):
        assert found[name].render()[0].startswith(b"\x89PNG")
