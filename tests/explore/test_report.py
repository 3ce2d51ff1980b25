from __future__ import annotations

import json
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image
from tests.explore.looking import check_files, check_in_chromium, distance

import matinee
from matinee.dataset import Dataset
from matinee.datasets.curation import MinMovieRatings
from matinee.errors import DataError
from matinee.explore.chart import Chart
from matinee.explore.draw import PICTURES, draw
from matinee.explore.figures import charts
from matinee.explore.report import Report, explore
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
    assert {chart.name for chart in written.charts} == set(PICTURES) - {"tags", "tag-cloud"}
    check_files(written)
    about = json.loads((written.path.parent / "data" / "about.json").read_text(encoding="utf-8"))
    assert about["ratings"] == 100_004


@pytest.mark.browser
def test_chromium_shows_the_report_and_asks_nobody(written: Report) -> None:
    check_in_chromium(written)


def test_report_replaces_an_earlier_one(tiny: Dataset, tmp_path: Path) -> None:
    stages: list[tuple[str, int, int | None]] = []
    first = explore(
        tiny,
        tmp_path,
        steps=[MinMovieRatings(2)],
        progress=lambda event: stages.append((event.stage, event.done, event.total)),
    )
    assert not first.missing
    assert ("pictures", 19, 19) in stages
    bare = Dataset.of(Ratings.from_columns([1, 1, 2], [10, 20, 20], [4.0, 3.0, 5.0]), name="<bare>")
    second = explore(bare, tmp_path, steps=())
    assert "tags" in {chart.name for chart in first.charts}
    assert not (tmp_path / "pictures" / "tags.png").exists()
    assert not (tmp_path / "data" / "months.parquet").exists()
    page = second.path.read_text(encoding="utf-8")
    assert "No picture: the ratings have no times." in page
    assert "<h1>&lt;bare&gt; in pictures</h1>" in page


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError])
def test_report_that_is_interrupted_leaves_the_earlier_one_whole(
    tiny: Dataset, tmp_path: Path, error: type[BaseException]
) -> None:
    folder = tmp_path / "report"

    def stop(event: ProgressEvent) -> None:
        if event.stage == "pictures" and event.done == 7:
            raise error

    with pytest.raises(error):
        explore(tiny, folder, progress=stop)
    assert not folder.exists()
    explore(tiny, folder)
    (folder / "mine.txt").write_text("stays")
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    bare = Dataset.of(Ratings.from_columns([1, 1, 2], [10, 20, 20], [4.0, 3.0, 5.0]))
    with pytest.raises(error):
        explore(bare, folder, progress=stop)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    explore(bare, folder, steps=())
    assert not list(folder.glob(".*"))
    assert (folder / "mine.txt").read_text() == "stays"


def test_days_of_typing_are_told_from_days_of_seeing(tmp_path: Path) -> None:
    def written(times: list[int]) -> str:
        ratings = Ratings.from_columns([1, 1, 2, 2], [1, 2, 1, 2], [4.0, 3.0, 5.0, 1.0], times)
        return explore(Dataset.of(ratings), tmp_path, steps=()).path.read_text(encoding="utf-8")

    assert "100 % of the people rated in one sitting" in written([100, 160, 900, 990])
    assert "rated in one sitting:" not in written([100, 90_000, 900, 90_000])


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


@pytest.mark.skipif(
    not mpl.__version__.startswith("3.11."),
    reason="other versions of Matplotlib than the 3.11 of the baselines lay letters out otherwise",
)
@pytest.mark.parametrize("name", ["stars", "per-film", "genres-together", "curation"])
def test_picture_looks_as_it_did(tiny: Dataset, name: str) -> None:
    """Baselines: ``python tests/explore/baselines.py`` draws them anew; look at them first."""
    assert distance(draw(drawn(tiny)[name])[0], Image.open(BASELINES / f"{name}.png")) < 12


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
