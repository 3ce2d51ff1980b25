"""Running the articles: what comes out, what is skipped, and what is said about it."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

import matinee
from matinee.articles import ARTICLES, about, article2, reproduce
from matinee.articles.article3 import small_part
from matinee.articles.results import Reproduction
from matinee.articles.shared import Settings, few_people, person
from matinee.errors import MissingExtraError, ParameterError, UnknownDatasetError
from matinee.progress import ProgressEvent

ROOT = Path(__file__).parents[2]

PUBLISHED = {
    1: {0.8736},
    2: {0.8616, 17, 360},
    3: {1.0, 115},
    4: {0.8205, 0.8561, 7, 11},
    5: {0.024},
}


def test_all_articles_run(trial: Reproduction) -> None:
    assert [article.about.number for article in trial.articles] == list(ARTICLES)
    assert trial.skipped == ()
    assert trial.quick


@pytest.mark.parametrize("number", ARTICLES)
def test_their_figures_stand_beside_finite_ones(trial: Reproduction, number: int) -> None:
    article = trial.articles[number - 1]
    theirs = {figure.theirs for figure in article.figures if figure.theirs is not None}
    assert theirs == PUBLISHED[number]
    for figure in article.figures:
        assert figure.ours is not None
        assert math.isfinite(figure.ours)
        assert figure.ours > 0


@pytest.mark.parametrize("number", ARTICLES)
def test_article_says_what_differs(number: int) -> None:
    description = about(number)
    assert description.number == number
    assert len(description.differences) >= 3
    assert all(text.endswith((".", ")")) for text in description.differences)


def test_nothing_on_the_sample_is_called_comparable(
    trial: Reproduction, told: list[ProgressEvent]
) -> None:
    for article in trial.articles:
        assert article.on_sample
        assert not any(figure.comparable for figure in article.figures)
    assert any("the bundled sample, as asked" in event.note for event in told)


def test_progress_names_articles_and_not_the_memory_of_models(
    trial: Reproduction, told: list[ProgressEvent]
) -> None:
    notes = [event.note for event in told if event.note]
    assert sum(note.startswith("article ") for note in notes) == len(ARTICLES)
    assert not any("memory" in note for note in notes)
    last = [event for event in told if event.stage == "articles"][-1]
    assert (last.done, last.total) == (5, 5)


def test_lists_are_full_and_hold_each_film_once(trial: Reproduction) -> None:
    for article in trial.articles:
        assert article.lists
        for lists in article.lists:
            for column in lists.columns:
                ids = [film.movie_id for film in column.films]
                assert len(ids) == len(set(ids)) == 5, (article.about.number, lists.title)


def test_lists_for_a_person_hold_nothing_that_was_rated(trial: Reproduction) -> None:
    data = few_people(matinee.load("sample"), 20_000, seed=0)
    for number, wanted in ((1, 1310), (2, 2000)):
        user, [remark] = person(data, wanted)
        assert remark in trial.articles[number - 1].remarks
        rated = set(data.profile(user).ratings)
        for column in trial.articles[number - 1].lists[0].columns:
            assert rated.isdisjoint(film.movie_id for film in column.films)


def test_textbook_decomposition_is_worst_and_its_predictions_are_no_stars(
    trial: Reproduction,
) -> None:
    first = trial.articles[0]
    errors = {figure.model: figure.ours or 0.0 for figure in first.figures}
    textbook = next(model for model in errors if model.endswith("textbook form"))
    assert errors.pop(textbook) > 1.5 * max(errors.values())


def test_scoring_on_the_training_ratings_flatters(trial: Reproduction) -> None:
    seen, unseen, *_ = trial.articles[2].figures
    assert seen.model == unseen.model
    assert (seen.ours or 9) < 0.8 * (unseen.ours or 0)


def test_similar_films_share_genres(trial: Reproduction) -> None:
    for lists in trial.articles[2].lists:
        own = set(lists.note.removeprefix("Genres: ").partition(".")[0].split(", "))
        for film in lists.columns[0].films:
            assert own & set(film.genres)


def test_document_is_plain_json(trial: Reproduction) -> None:
    document = json.loads(json.dumps(trial.to_dict(), allow_nan=False))
    assert document["quick"] is True
    first = document["articles"][0]
    assert first["data"] == "sample"
    assert first["figures"][0]["theirs"] == 0.8736
    assert first["figures"][0]["comparable"] is False
    assert {"movie_id", "title", "year", "genres", "ratings", "stars"} == set(
        first["lists"][0]["columns"][0]["films"][0]
    )


# -- what is missing ----------------------------------------------------------------------------


def test_article_without_its_data_is_skipped_with_a_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MATINEE_CACHE", str(tmp_path / "cache"))
    (tmp_path / "ml-100k").mkdir()
    told: list[ProgressEvent] = []
    found = reproduce([1, 5], tmp_path, progress=told.append)
    assert found.articles == ()
    assert [skipped.about.number for skipped in found.skipped] == [1, 5]
    assert "matinee data get ml-1m'" in found.skipped[0].reason
    assert "matinee data get ml-latest-small'" in found.skipped[1].reason
    assert any("article 1 is skipped: ml-1m is neither in" in event.note for event in told)


def test_sample_stands_in_where_there_is_nothing_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MATINEE_CACHE", str(tmp_path / "cache"))
    told: list[ProgressEvent] = []
    found = reproduce([3], tmp_path, quick=True, progress=told.append)
    assert found.articles[0].on_sample
    assert any("bundled sample stands in" in event.note for event in told)


def test_article_without_pytorch_is_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(dataset: Any, settings: Settings) -> Any:
        raise MissingExtraError("training dot", "neural")

    monkeypatch.setattr(article2, "run", fails)
    found = reproduce([2], "sample", quick=True)
    assert found.articles == ()
    assert found.skipped[0].reason.endswith("pip install 'matinee[neural]'")


def test_unknown_article() -> None:
    with pytest.raises(ParameterError, match="there is no article 6: they are numbered 1 to 5"):
        reproduce([6], "sample")


def test_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(
        UnknownDatasetError, match=r"there is no folder .*: --data names the folder"
    ):
        reproduce([3], tmp_path / "nowhere")


# -- parts --------------------------------------------------------------------------------------


def test_small_part_keeps_only_what_was_drawn() -> None:
    data = matinee.load("sample")
    part = small_part(data, 0.02, seed=1)
    assert len(part.ratings) == 2000
    assert int(part.ratings.user_counts.min()) > 0
    assert int(part.ratings.movie_stats.counts.min()) > 0
    assert part.ratings.fingerprint == small_part(data, 0.02, seed=1).ratings.fingerprint
    assert part.ratings.fingerprint != small_part(data, 0.02, seed=2).ratings.fingerprint


def test_person_who_exists_is_taken() -> None:
    data = matinee.load("sample")
    assert person(data, 15) == (15, ())


def test_stand_in_has_the_median_number_of_ratings() -> None:
    ratings = matinee.Ratings.from_columns(
        [1, 2, 2, 3, 3, 4, 4, 4], [1, 1, 2, 1, 2, 1, 2, 3], [4.0] * 8
    )
    found, [remark] = person(matinee.Dataset.of(ratings, name="mine"), 99)
    assert found == 2
    assert remark == "mine has no user 99; user 2 with 2 ratings, the median, stands in."


# -- the page and its raw figures ---------------------------------------------------------------


def test_page_in_the_documentation_shows_the_raw_figures() -> None:
    raw = json.loads((ROOT / "benchmarks" / "results" / "articles.json").read_text("utf-8"))
    page = (ROOT / "docs" / "articles" / "reproduced.md").read_text("utf-8")
    assert raw["quick"] is False
    assert [article["number"] for article in raw["articles"]] == list(ARTICLES)
    for article in raw["articles"]:
        assert not article["on_sample"]
        assert f"## {article['number']}. {article['title']}" in page
        for figure in article["figures"]:
            digits = 1 if figure["unit"] == "seconds" or figure["ours"] >= 10 else 4
            ours = figure["ours"]
            shown = str(ours) if isinstance(ours, int) else f"{ours:.{digits}f}"
            assert f"**{shown}**" in page, (article["number"], figure["what"])
        for lists in article["lists"]:
            for column in lists["columns"]:
                assert all(film["title"] in page for film in column["films"])
