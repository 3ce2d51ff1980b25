"""Tests of ``compare`` and ``report``."""

from __future__ import annotations

import base64
import io
import json
import math
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from rich.console import Console

import matinee
from matinee.dataset import Dataset
from matinee.datasets.splits import k_fold, random
from matinee.errors import EvaluationError, NotEnoughMemoryError, ParameterError
from matinee.evaluation import Candidate, Evaluation, evaluate
from matinee.evaluation.report import report_html, write_report
from matinee.evaluation.significance import compare_pair
from matinee.models.bias import Bias
from matinee.progress import ProgressEvent
from matinee.ratings import Ratings


@pytest.fixture(scope="module")
def found(data: Dataset) -> Evaluation:
    by_count = Candidate("count", "popular", {"by": "count"})
    return evaluate(
        ["bias", "popular", by_count], data, test_size=0.25, seed=1, isolated=False, resamples=200
    )


def text_of(table: Any) -> str:
    console = Console(width=300, file=io.StringIO())
    console.print(table)
    return console.file.getvalue()  # type: ignore[attr-defined]


# -- the engine -----------------------------------------------------------------------------------


def test_the_document_has_what_is_promised(found: Evaluation) -> None:
    document = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert {"data", "protocol", "seed", "models"} <= set(document)
    assert (document["data"], document["protocol"], document["seed"]) == ("tastes", "random", 1)
    for model in document["models"]:
        assert {"model", "params", "metrics", "fit_seconds", "answer_seconds", "peak_mb"} <= set(
            model
        )
        assert {"rmse", "mae", "ndcg@10", "recall@20"} <= set(model["metrics"])
        assert model["metrics"]["ndcg@10"] > 0
    assert [model["label"] for model in document["models"]] == ["bias", "popular", "count"]
    assert document["models"][2]["params"]["by"] == "count"


def test_what_a_model_cannot_is_null(data: Dataset) -> None:
    found = evaluate(
        ["content", "bias"], data, isolated=False, resamples=50, metrics=["rmse", "hit@5"]
    )
    document = found.to_dict()
    assert document["models"][0]["metrics"]["rmse"] is None
    assert document["models"][1]["metrics"]["rmse"] > 0
    assert found.primary.name == "hit@5"  # rmse would leave a model out


def test_stars_are_not_measured_where_only_liked_films_are_left(data: Dataset) -> None:
    found = evaluate(
        ["bias"], data, protocol="strong-generalization", isolated=False, resamples=50, min_stars=3
    )
    metrics = found.to_dict()["models"][0]["metrics"]
    assert metrics["rmse"] is None
    assert metrics["ndcg@10"] > 0
    assert found.primary.name == "ndcg@10"


def test_values_lie_within_their_intervals(found: Evaluation) -> None:
    for model in found.models:
        for name, (low, high) in model.intervals.items():
            assert low <= (model.value(name) or 0.0) <= high, name
        assert "coverage@10" not in model.intervals
        assert "coverage@10" in model.values


def test_the_best_is_compared_with_the_others(found: Evaluation) -> None:
    assert found.primary.name == "rmse"
    # Liking crosses here, so that a person's mean says nothing and `bias` is the worst.
    assert [model.label for model in found.ordered()] == ["popular", "count", "bias"]
    against = found.against_best()
    assert set(against) == {"bias", "count"}
    assert against["bias"].difference > 0  # a larger error than the best
    assert against["bias"].p <= against["bias"].p_holm <= 1
    assert against["bias"].smallest_visible > 0
    # Both forms of `popular` predict the same stars.
    assert (against["count"].difference, against["count"].p_holm) == (0, 1)
    # The smallest visible difference is told for Holm's strictest of the two steps.
    pair = (found["bias"].values["rmse"], found["popular"].values["rmse"])
    strict = compare_pair(*pair, comparisons=2).smallest_visible
    assert against["bias"].smallest_visible == strict > compare_pair(*pair).smallest_visible
    assert found.against_best("novelty@10") == {}
    assert found.against_best("coverage@10") == {}
    assert len(found.pairwise()) == 3
    assert all(one.difference <= 0 for one in found.pairwise().values())


def test_seeds_repeat(data: Dataset) -> None:
    first, second = (
        evaluate(["popular"], data, seed=5, isolated=False, resamples=50).to_dict()
        for _ in range(2)
    )
    for document in (first, second):
        for model in document["models"]:
            for name in ("fit_seconds", "answer_seconds", "warm_up_seconds", "peak_mb", "added_mb"):
                del model[name]
    assert first == second


def test_the_seed_is_the_models_random_state() -> None:
    class Seeded(Bias):
        name = "seeded"

        def __init__(self, *, random_state: int = 0) -> None:
            super().__init__()
            self.random_state = random_state

        @classmethod
        def defaults(cls) -> dict[str, Any]:
            return {"random_state": 0}

    assert Candidate.of(Seeded()).create(7).params == {"random_state": 7}
    assert Candidate.of(Seeded(random_state=3)).create(7).params == {"random_state": 3}


def test_several_splits_are_put_together_by_person(data: Dataset) -> None:
    found = evaluate(
        ["bias"], data, protocol="k-fold", folds=4, isolated=False, resamples=50, metrics=["rmse"]
    )
    assert len(found.splits) == 4
    model = found["bias"]
    parts = [split["rmse"] for split in model.per_split]
    assert min(parts) <= (model.value("rmse") or 0) <= max(parts)  # type: ignore[type-var]
    # Each rating is tested once, so that the error over all is that of the folds' ratings.
    sizes = np.array([split["test"] for split in found.splits])
    pooled = math.sqrt((np.square(parts) * sizes).sum() / sizes.sum())  # type: ignore[arg-type]
    assert model.value("rmse") == pytest.approx(pooled)
    assert found.user_ids.size == 60
    assert "per_split" in found.to_dict()["models"][0]


def test_several_seeds_give_narrower_intervals(data: Dataset) -> None:
    def width(**options: Any) -> float:
        found = evaluate(["bias"], data, isolated=False, metrics=["mae"], **options)
        low, high = found["bias"].intervals["mae"]
        return high - low

    assert width(seeds=[0, 1, 2, 3, 4, 5]) < width(seed=0)
    with pytest.raises(ParameterError, match="seeds must be different whole numbers"):
        evaluate(["bias"], data, seeds=[1, 1])


def test_splits_of_ones_own(data: Dataset) -> None:
    found = evaluate(
        ["bias"], k_fold(data, folds=2, seed=3), isolated=False, metrics=["mae"], resamples=20
    )
    assert (found.data, found.protocol, len(found.splits)) == ("tastes", "k-fold", 2)
    with pytest.raises(EvaluationError, match="no splits to measure on"):
        evaluate(["bias"], [], isolated=False)


class Wants(Bias):
    """Too large for any machine."""

    name = "wants"

    def _fit(self, ratings: Any, catalog: Any, progress: Any) -> None:
        raise NotEnoughMemoryError("wants needs 9 TB", 9, 1)


def test_a_model_that_fails_does_not_end_the_others(data: Dataset) -> None:
    notes: list[str] = []

    def hear(event: ProgressEvent) -> None:
        notes.append(event.note)

    found = evaluate(
        ["bias", Wants()], data, isolated=False, metrics=["mae"], resamples=20, progress=hear
    )
    assert found["wants"].error == "wants needs 9 TB"
    assert found["wants"].value("mae") is None
    assert found.to_dict()["models"][1]["error"] == "wants needs 9 TB"
    assert "wants: wants needs 9 TB" in notes
    assert "wants needs 9 TB" in text_of(found.to_table())
    assert "wants needs 9 TB" in report_html(found)
    with pytest.raises(EvaluationError, match="no model could be measured: wants: wants needs 9"):
        evaluate([Wants()], data, isolated=False, metrics=["mae"])


class Breaks(Bias):
    """A model that raises what no model should raise."""

    name = "breaks"

    def _fit(self, ratings: Any, catalog: Any, progress: Any) -> None:
        raise ZeroDivisionError("a sum of nothing")


def test_whatever_a_model_raises_is_a_row(data: Dataset) -> None:
    found = evaluate(["bias", Breaks()], data, isolated=False, metrics=["mae"], resamples=20)
    assert found["breaks"].error == "ZeroDivisionError: a sum of nothing"
    assert found["bias"].value("mae") is not None
    assert found.to_polars()["error"].to_list() == ["", "ZeroDivisionError: a sum of nothing"]


def test_ratings_that_are_all_the_same_end_no_comparison() -> None:
    """Scipy's ARPACK refuses such a matrix; scipy #21137."""
    rng = np.random.default_rng(0)
    films = np.concatenate([rng.choice(12, 6, replace=False) for _ in range(20)])
    data = Dataset.of(Ratings.from_columns(np.repeat(range(20), 6), films, [4.0] * 120))
    found = evaluate(["svd", "bias"], data, isolated=False, metrics=["mae"], test_size=0.2)
    assert found["bias"].value("mae") == pytest.approx(0, abs=1e-5)
    assert found["svd"].error or found["svd"].value("mae") == pytest.approx(0, abs=1e-3)


# -- few ratings ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def few(data: Dataset) -> Evaluation:
    return evaluate(
        ["bias", "ease"], data, protocol="few-ratings", told=(1, 3), min_ratings=10, resamples=50,
        isolated=False,
    )  # fmt: skip


def test_few_ratings_have_figures_for_each_number_told(few: Evaluation) -> None:
    names = [metric.name for metric in few.metrics]
    assert names[:4] == ["ndcg@10/1", "ndcg@10/3", "ndcg_stratified@10/1", "ndcg_stratified@10/3"]
    assert few.primary.name == "ndcg@10/3"
    # Tastes are of two kinds: three ratings say which, and one says nearly as much.
    assert (few["ease"].value("ndcg@10/3") or 0) > (few["bias"].value("ndcg@10/3") or 1)
    assert few["ease"].value("overlap@10/3") != few["ease"].value("overlap@10/1")
    assert len(few.splits) == 4
    assert few["bias"].per_split[0].keys().isdisjoint(few["bias"].per_split[1])
    assert few.to_dict()["splits"][1]["told"] == 3
    assert few.legend()[0].startswith("people held out, 1, 3 ratings told; ")


def test_people_of_few_ratings_are_compared_with_themselves(few: Evaluation) -> None:
    [one] = few.against_best("ndcg@10/1").values()
    best, other = few.ordered("ndcg@10/1")
    pairs = other.values["ndcg@10/1"].means - best.values["ndcg@10/1"].means
    assert one.difference == pytest.approx(np.nanmean(pairs))
    assert one.n == np.isfinite(pairs).sum()


def test_one_fit_serves_all_numbers_told(data: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    fits = []
    original = Bias._fit

    def count(self: Any, ratings: Any, *rest: Any) -> None:
        fits.append(len(ratings))
        original(self, ratings, *rest)

    monkeypatch.setattr(Bias, "_fit", count)
    evaluate(
        ["bias"], data, protocol="few-ratings", told=(1, 3, 5), min_ratings=10, tested=1,
        resamples=10, isolated=False,
    )  # fmt: skip
    assert len(fits) == 2  # a warm-up and a fit


def test_few_ratings_in_a_process_of_its_own_are_the_same(data: Dataset) -> None:
    def figures(*, isolated: bool) -> Any:
        found = evaluate(
            ["ease"], data, protocol="few-ratings", told=(1, 3), min_ratings=10, tested=1,
            resamples=10, isolated=isolated,
        )  # fmt: skip
        return found.to_dict()["models"][0]["metrics"]

    assert figures(isolated=True) == figures(isolated=False)


# -- what is served, and the raw order ------------------------------------------------------------


def test_lists_are_served_unless_the_raw_order_is_asked_for(data: Dataset) -> None:
    options: dict[str, Any] = {"test_size": 0.3, "isolated": False, "resamples": 10}
    served = evaluate(["ease"], data, metrics=["ndcg@5"], **options)
    raw = evaluate(["ease"], data, metrics=["ndcg@5"], served=False, **options)
    assert (served.served, raw.served) == (True, False)
    assert "as recommend returns them" in served.legend()[1]
    assert "in the raw order of scores" in raw.legend()[1]
    long = evaluate(["ease"], data, served=False, protocol="strong-generalization", min_stars=3,
                    heldout=8, isolated=False, resamples=10)  # fmt: skip
    assert long.primary.name == "ndcg@100"  # as papers have it; nobody is served a hundred films
    assert long["ease"].value("recall@50") is not None
    # Serving calibrates lists and puts what nothing speaks for last, which moves figures.
    assert served["ease"].value("ndcg@5") != raw["ease"].value("ndcg@5")


@pytest.mark.parametrize("width", [40, 60, 100])
def test_a_table_that_fits_drops_whole_metrics(found: Evaluation, width: int) -> None:
    shown, table = found.fitting_table(width, brief=True)
    assert shown[0] == found.primary
    lines = text_of(table).splitlines()
    assert max(map(len, map(str.rstrip, lines))) <= width
    more, _ = found.fitting_table(1000, brief=True)
    assert len(shown) < len(more) or width == 100


def test_print_shows_a_screen(data: Dataset, found: Evaluation) -> None:
    lines = str(found).splitlines()
    assert lines[0] == "random on tastes, seed 1, 60 people"
    assert max(map(len, lines)) <= 100
    assert lines[3].split()[:2] == ["popular", f"{found['popular'].value('rmse'):.4f}"]
    assert lines[-1] == "warnings: few-people"
    many = evaluate(
        [Candidate(f"bias {n}", "bias") for n in range(18)], data, metrics=["mae"], resamples=5,
        isolated=False,
    )  # fmt: skip
    assert "… and 3 more: to_polars()" in str(many)
    assert sum(line.startswith("bias ") for line in str(many).splitlines()) == 15
    assert len(str(many).splitlines()) <= 24


@pytest.mark.parametrize(
    ("models", "options", "message"),
    [
        ([], {}, "no models: name at least one"),
        (["bias", "bias"], {}, "bias takes part twice: give each a label"),
        (["bias"], {"metrics": []}, "no metrics: name at least one"),
        (["bias"], {"metrics": ["mae"], "primary": "rmse"}, "rmse is not among the metrics mae"),
        (["bias"], {"protocol": "rndom"}, "no protocol 'rndom'"),
        (["bias"], {"folds": 3}, "random has no option 'folds'"),
        ([Candidate("x", "bias", {"movie_damping": -1})], {}, "movie_damping must be"),
    ],
)
def test_wrong_calls_are_told(
    data: Dataset, models: list[Any], options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ParameterError, match=message):
        evaluate(models, data, isolated=False, **options)


def test_models_run_in_processes_of_their_own_by_default(data: Dataset) -> None:
    events: list[ProgressEvent] = []
    found = evaluate(
        ["bias"], data, seed=1, test_size=0.25, metrics=["mae", "ndcg@5"], resamples=50,
        progress=events.append,
    )  # fmt: skip
    here = evaluate(
        ["bias"],
        data,
        seed=1,
        test_size=0.25,
        metrics=["mae", "ndcg@5"],
        resamples=50,
        isolated=False,
    )
    assert found["bias"].value("mae") == here["bias"].value("mae")
    assert found["bias"].intervals == here["bias"].intervals
    assert found["bias"].peak_mb > 30
    assert any(event.stage == "bias: answer" for event in events)


def test_the_linter_speaks_in_the_result(found: Evaluation) -> None:
    assert {trap.code for trap in found.warnings} == {"few-people"}
    assert found.to_dict()["warnings"][0]["code"] == "few-people"


@pytest.mark.movielens
def test_popularity_under_strong_generalization_is_where_others_found_it(ml_1m: Path) -> None:
    """Popularity on ML-1M under the protocol of Liang et al.: .2202, .1749, .2455 elsewhere."""
    data = matinee.load(str(ml_1m))
    by_count = Candidate("count", "popular", {"by": "count"})
    found = evaluate(
        [by_count], data, protocol="strong-generalization", isolated=False, resamples=200,
        metrics=["ndcg@100", "recall@20", "recall@50"], served=False,
    )  # fmt: skip
    model = found["count"]
    assert found.user_ids.size == 603
    for name, elsewhere in {"ndcg@100": 0.2202, "recall@20": 0.1749, "recall@50": 0.2455}.items():
        low, high = model.intervals[name]
        assert low < elsewhere < high, name


# -- tables and files -----------------------------------------------------------------------------


def test_the_table_orders_by_the_primary_metric(found: Evaluation) -> None:
    lines = text_of(found).splitlines()
    assert lines[0].split()[:2] == ["Model", "rmse"]
    assert lines[2].split()[0] == "popular"
    assert "best" in lines[2]
    assert lines[4].split()[0] == "bias"
    pairs = text_of(found.pairwise_table())
    assert "·" in pairs
    assert any("60 people" in line for line in found.legend())


def test_frames_have_all_figures(found: Evaluation) -> None:
    frame = found.to_polars()
    assert frame.height == 3
    by_name = frame.row(0, named=True)
    assert by_name["rmse_low"] < by_name["rmse"] < by_name["rmse_high"]
    assert found.to_pandas().shape == frame.shape
    people = found.to_polars(per_user=True)
    assert people.height == 3 * 60
    assert people.columns[:2] == ["label", "user_id"]
    values = people.filter(people["label"] == "bias")["mae"]
    assert values.max() == pytest.approx(np.nanmax(found["bias"].values["mae"].per_user))


def test_unknown_labels_are_told(found: Evaluation) -> None:
    with pytest.raises(ParameterError, match=r"no model 'ease'.*bias, popular, count"):
        found["ease"]


class Reader(HTMLParser):
    """Collects what an HTML document refers to."""

    def __init__(self) -> None:
        super().__init__()
        self.images: list[dict[str, str | None]] = []
        self.outside: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        values = dict(attrs)
        if tag == "img":
            self.images.append(values)
        for name in ("src", "href"):
            if values.get(name) and not str(values[name]).startswith("data:"):
                self.outside.append(str(values[name]))


def test_the_report_is_one_file_with_described_pictures(found: Evaluation, tmp_path: Path) -> None:
    path = write_report(found, tmp_path / "report.html")
    text = path.read_text(encoding="utf-8")
    reader = Reader()
    reader.feed(text)
    assert reader.outside == []
    assert "script" not in reader.tags
    assert len(reader.images) == 3
    for image in reader.images:
        assert "bias" in str(image["alt"])
        assert f"{found['bias'].value('rmse'):.4f}" in str(image["alt"]) or "quarter" in str(
            image["alt"]
        )
        svg = base64.b64decode(str(image["src"]).partition("base64,")[2])
        assert ET.fromstring(svg).tag.endswith("svg")
    assert '<html lang="en">' in text
    assert "only 52 people are measured" in text
    assert re.search(r'<th scope="row">bias</th>', text)
    assert report_html(found) == text  # equal figures, equal bytes


def test_names_are_escaped_in_the_report(data: Dataset) -> None:
    odd = Candidate("<b>&", "bias")
    found = evaluate([odd], data, isolated=False, resamples=10, metrics=["mae"])
    text = report_html(found)
    assert "<b>&<" not in text
    assert "&lt;b&gt;&amp;" in text


def test_random_split_of_the_engine_is_that_of_the_library(
    data: Dataset, found: Evaluation
) -> None:
    assert found.splits[0]["test"] == len(random(data, test_size=0.25, seed=1).test)


def test_the_reports_pairs_are_row_minus_column_and_shaded_where_sure(found: Evaluation) -> None:
    section = report_html(found).partition("row minus column</h2>")[2].partition("</table>")[0]
    cells = [
        (mark, text)
        for mark, text in re.findall(r'<td(?: class="(\w+)")?>([^<]*)', section)
    ]  # fmt: skip
    order = found.ordered()
    assert [text for _, text in cells[:: len(order) + 1]] == ["·"] * len(order)
    one = found.pairwise()[order[0].label, order[2].label]
    assert one.difference < 0
    assert one.p_holm < 0.05
    assert cells[2] == ("sure", f"{one.difference:+.4f}")
    assert cells[6] == ("sure", f"{-one.difference:+.4f}")
    assert cells[1] == ("", "+0.0000")  # both forms of `popular` predict the same stars
