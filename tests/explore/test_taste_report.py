from __future__ import annotations

import json
from pathlib import Path

import matplotlib as mpl
import pytest
from PIL import Image
from tests.explore.looking import check_files, check_in_chromium, distance

import matinee
from matinee.dataset import Dataset
from matinee.errors import DataError
from matinee.explore.charts import Chart
from matinee.explore.neighbors import LikedByThem, Neighbors
from matinee.explore.report import Report
from matinee.explore.taste import Generosity, PersonReport, Surprise, Taste, describe
from matinee.explore.taste_report import TASTE, draw_person, person_charts
from matinee.models import create_model
from matinee.profile import Profile

BASELINES = Path(__file__).parent / "baselines"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """The report on somebody of the bundled sample."""
    data = matinee.load("sample")
    person = describe(data.profile(311), data, model=create_model("bias").fit(data))
    return draw_person(person, tmp_path_factory.mktemp("taste"))


def invented(**changes: object) -> PersonReport:
    given: dict[str, object] = {
        "films": 12,
        "unknown": 1,
        "source": "<b>",
        "generosity": Generosity(
            3.0,
            1.0,
            3.5,
            -0.5,
            0.2,
            0.6,
            tuple((float(s), 0.2, 0.1 * s - 0.1) for s in range(1, 6)),
        ),
        "genres": (
            Taste("Drama", 8, 0.6, 0.4, 3.0, 3.5, -0.5, 0.0, 0.2),
            Taste("War", 6, 0.5, 0.1, 4.0, 3.5, 0.5, 0.8, 0.2),
            Taste("Noir", 4, 0.3, 0.2, 2.0, 3.5, -1.5, -0.7, 0.3),
        ),
        "decades": (Taste("1990s", 12, 1.0, 0.4, 3.0, 3.5, -0.5, 0.0, 0.2),),
        "likes": (Surprise(1, "$ <i>", 1971, 5.0, 2.5, 90, 3.0, 3.0),),
        "dislikes": (Surprise(2, "Heat", None, 1.0, 3.9, 90, -2.4),),
        "nearest": Neighbors((0.5, 0.4, 0.3, 0.2, 0.2), 7.0, (LikedByThem(3, "Up", 2009, 5, 5),)),
    }
    return PersonReport(**{**given, **changes})  # type: ignore[arg-type]


def charts(**changes: object) -> dict[str, Chart]:
    found = person_charts(invented(**changes))
    return {chart.name: chart for chart in found if isinstance(chart, Chart)}


def missing(**changes: object) -> dict[str, str]:
    return dict(each for each in person_charts(invented(**changes)) if not isinstance(each, Chart))


def test_each_picture_has_its_files(written: Report) -> None:
    assert {chart.name for chart in written.charts} == set(TASTE)
    check_files(written)
    about = json.loads((written.path.parent / "data" / "about.json").read_text(encoding="utf-8"))
    assert about["films"] == 1019


@pytest.mark.browser
def test_chromium_shows_the_report_and_asks_nobody(written: Report) -> None:
    check_in_chromium(written)


def test_titles_state_what_was_found() -> None:
    found = charts()
    assert found["taste-genres"].title == (
        "You like War (+0.80 stars) more than others do, and Noir (-0.70 stars) less"
    )
    assert found["taste-genres"].table["name"].to_list() == ["War", "Drama", "Noir"]
    assert found["taste-decades"].title == (
        "There is no decade that you clearly like more or less than others do"
    )
    assert found["taste-stars"].title == (
        "You give 3.00 stars on average, 0.50 fewer than others give to the same films"
    )
    assert found["taste-surprises"].title == (
        "Nothing surprises more than your 5 stars for $ <i> (1971), where others give 2.5"
    )
    assert found["taste-surprises"].table["predicted"].to_list() == [3.0, None]
    assert found["taste-alike"].title == (
        "Of the 5 people most like you, 5 rated Up (2009), and 5 liked it"
    )
    noir = invented().genres[2]
    assert charts(genres=(noir,))["taste-genres"].title == (
        "You like Noir (-0.70 stars) less than others do"
    )


def test_what_is_not_there_is_explained() -> None:
    assert missing() == {}
    assert missing(genres=())["Taste by genre"] == "none of the films has a genre"
    assert missing(decades=())["Taste by decade of release"].startswith("none of the films")
    assert missing(likes=(), dislikes=())["Surprising likes and dislikes"] == (
        "no film surprises, or too few others rated these"
    )
    assert missing(nearest=None)["People alike"].startswith("no ratings of people")
    nothing = Neighbors((0.5,) * 5, 7.0, ())
    assert missing(nearest=nothing)["People alike"].startswith("they liked no film together")
    assert missing(generosity=None)["Generosity"] == "nothing is rated"


def test_from_a_model_alone(tiny: Dataset, tmp_path: Path) -> None:
    model = create_model("bias").fit(tiny)
    report = draw_person(describe(Profile({10: 3, 30: 5}), model), tmp_path)
    stars = next(chart for chart in report.charts if chart.name == "taste-stars")
    assert stars.table["share_of_everybody"].null_count() == 5
    check_files(report)


def test_text_is_escaped(tmp_path: Path) -> None:
    page = draw_person(invented(), tmp_path).path.read_text(encoding="utf-8")
    assert "<b>" not in page
    assert "<i>" not in page
    assert "<dt>Everybody</dt>\n<dd>&lt;b&gt;</dd>" in page
    assert "<dt>Films that are unknown there</dt>\n<dd>1</dd>" in page


def test_nothing_to_draw(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no film of this person is known to <b>"):
        draw_person(invented(films=0), tmp_path)


def by_hand() -> list[Chart]:
    """Pictures whose numbers are written above."""
    found = charts()
    return [found["taste-genres"], found["taste-surprises"]]


@pytest.mark.skipif(
    not mpl.__version__.startswith("3.11."),
    reason="other versions of Matplotlib than the 3.11 of the baselines lay letters out otherwise",
)
@pytest.mark.parametrize("chart", by_hand(), ids=lambda chart: chart.name)
def test_picture_looks_as_it_did(chart: Chart) -> None:
    """Baselines: ``python -m tests.explore.baselines`` draws them anew; look at them first."""
    assert distance(chart.render()[0], Image.open(BASELINES / f"{chart.name}.png")) < 12
