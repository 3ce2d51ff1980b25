from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image
from tests.explore.looking import check_files, check_in_chromium, distance
from tests.explore.test_errors import held

import matinee
from matinee.dataset import Dataset
from matinee.errors import DataError, NotFittedError, ParameterError
from matinee.explore.charts import Chart
from matinee.explore.learned import LEARNED, learned
from matinee.explore.report import Report
from matinee.models import create_model
from matinee.ratings import Ratings

BASELINES = Path(__file__).parent / "baselines"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """The report on a factorisation of the bundled sample."""
    data = matinee.load("sample")
    model = create_model("mf", factors=8, iterations=4, implicit="none").fit(data)
    return learned(model, tmp_path_factory.mktemp("learned"), dataset=data)


def test_each_picture_has_its_files(written: Report) -> None:
    assert written.missing == ()
    assert {chart.name for chart in written.charts} == set(LEARNED)
    check_files(written)


def test_tells_which_model_it_is_about(written: Report) -> None:
    assert written.about["model"] == "mf"
    assert written.about["parameters"]["factors"] == 8
    assert written.about["ratings"] == 100_003
    page = written.path.read_text(encoding="utf-8")
    assert "<h1>What mf learned from sample</h1>" in page
    assert "factors 8, " in page


@pytest.mark.browser
def test_chromium_shows_the_report_and_asks_nobody(written: Report) -> None:
    check_in_chromium(written)


def test_a_chart_shows_itself_in_a_notebook(written: Report) -> None:
    assert written.charts[0]._repr_png_().startswith(b"\x89PNG")


def test_each_thing_that_is_not_there_is_explained(tiny: Dataset, tmp_path: Path) -> None:
    ranks = learned(create_model("item-knn").fit(tiny), tmp_path, dataset=tiny)
    reasons = dict(ranks.missing)
    assert reasons["What tells films apart"] in (
        "item-knn does not place films in a space",
        "fewer than 12 films have ratings",
    )
    assert reasons["Appreciated most and least"].startswith("item-knn has no bias for each film")
    assert reasons["Loss curves"] == "item-knn does not learn step by step"
    bias = create_model("bias").fit(tiny)
    without = dict(learned(bias, tmp_path).missing)
    assert without["Calibration"] == "the ratings that the model learned from are not here"
    none = dict(learned(bias, tmp_path, dataset=tiny, test_size=0).missing)
    assert none["Calibration"] == "no ratings were held out"
    ease = dict(learned(create_model("ease").fit(tiny), tmp_path, dataset=tiny).missing)
    assert ease["Calibration"] == "ease ranks films but does not predict stars"
    assert not list((tmp_path / "pictures").glob("*.png")), "those of earlier reports are removed"


def test_a_few_films_are_enough_for_errors(tiny: Dataset, tmp_path: Path) -> None:
    report = learned(create_model("bias").fit(tiny), tmp_path, dataset=tiny, test_size=0.25)
    assert [chart.name for chart in report.charts] == [
        "predicted",
        "calibration",
        "error-by-film",
        "error-by-person",
    ]


def test_what_cannot_be_told(tiny: Dataset, tmp_path: Path) -> None:
    model = create_model("bias").fit(tiny)
    with pytest.raises(NotFittedError):
        learned(create_model("bias"), tmp_path)
    with pytest.raises(ParameterError, match="dimensions must be a whole number of at least 1"):
        learned(model, tmp_path, dimensions=0)
    with pytest.raises(ParameterError, match=r"test_size must be a number between 0 and 0\.9"):
        learned(model, tmp_path, test_size=1)
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(DataError, match="is a file: name a folder"):
        learned(model, file)


def test_titles_that_would_run_or_be_formulas(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    users, films = np.nonzero(rng.random((60, 15)) < 0.8)
    stars = rng.integers(1, 6, users.size).astype(float)
    ratings = Ratings.from_columns(users, films, stars)
    catalog = matinee.Catalog(ratings.movie_ids, [f"<script>$x^{n}$ (1990)" for n in range(15)])
    data = Dataset(ratings, catalog, "<b>")
    model = create_model("mf", factors=3, iterations=2).fit(data)
    report = learned(model, tmp_path, dataset=data)
    assert report.missing == ()
    check_files(report)


def by_hand() -> list[Chart]:
    """Pictures whose numbers follow from a rule."""
    stars = np.tile(np.arange(1.0, 6.0), 40)
    predicted = 3 + 0.6 * (stars - 3) + 0.3 * np.cos(np.arange(200))
    counts = np.repeat([0, 2, 20, 200], 50)
    charts = held(stars, predicted, film_ratings=counts)
    return [chart for chart in charts if chart.name in ("predicted", "error-by-film")]


@pytest.mark.skipif(
    not mpl.__version__.startswith("3.11."),
    reason="other versions of Matplotlib than the 3.11 of the baselines lay letters out otherwise",
)
@pytest.mark.parametrize("chart", by_hand(), ids=lambda chart: chart.name)
def test_picture_looks_as_it_did(chart: Chart) -> None:
    """Baselines: ``python -m tests.explore.baselines`` draws them anew; look at them first."""
    assert distance(chart.render()[0], Image.open(BASELINES / f"{chart.name}.png")) < 12
