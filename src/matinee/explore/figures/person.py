"""The pictures of one person, from their report."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from matinee.explore.chart import Chart, Missing, share
from matinee.explore.neighbours import LikedByThem
from matinee.explore.person import PersonReport, Surprise, Taste

__all__ = ["person_charts"]

_MOST_ROWS = 20


def person_charts(report: PersonReport) -> Iterator[Chart | Missing]:
    """Each chart, or a topic and why there is no picture of it.

    Parameters
    ----------
    report : PersonReport
    """
    genres = "Taste by genre", "none of the films has a genre"
    decades = "Taste by decade of release", "none of the films has a year of release"
    yield _tastes("taste-genres", genres[0], report.genres) if report.genres else genres
    yield _tastes("taste-decades", decades[0], report.decades) if report.decades else decades
    stars = "Generosity"
    if report.generosity is None or not report.generosity.stars:
        yield stars, "the stars of this scale have no steps" if report.films else "nothing is rated"
    else:
        yield _stars(report, stars)
    surprises = "Surprising likes and dislikes"
    if report.likes or report.dislikes:
        yield _surprises(report, surprises)
    else:
        yield surprises, "no film surprises, or too few others rated these"
    near = "People alike"
    if report.nearest is None:
        yield near, "no ratings of people to compare with, or too few of them are alike"
    elif not report.nearest.films:
        yield near, "they liked no film together that is not among the rated or seen ones"
    else:
        yield _alike(report, near)


def _tastes(name: str, topic: str, tastes: tuple[Taste, ...]) -> Chart:
    shown = tastes
    if name == "taste-genres":
        shown = tuple(sorted(tastes[:_MOST_ROWS], key=lambda each: (-each.taste, each.name)))
    table = pl.DataFrame(
        {
            "name": [each.name for each in shown],
            "films": [each.films for each in shown],
            "share": [each.share for each in shown],
            "share_of_everybody": [each.share_of_everybody for each in shown],
            "mean": [each.mean for each in shown],
            "everybody": [each.everybody for each in shown],
            "taste": [each.taste for each in shown],
            "error": [each.error for each in shown],
        }
    )
    of = "" if name == "taste-genres" else "films of the "
    clear = sorted(
        (each for each in shown if abs(each.taste) >= 2 * each.error), key=lambda each: -each.taste
    )
    liked = clear[0] if clear and clear[0].taste > 0 else None
    disliked = clear[-1] if clear and clear[-1].taste < 0 else None
    parts = [f"{of}{each.name} ({each.taste:+.2f} stars)" for each in (liked, disliked) if each]
    title = f"You like {parts[0]} {'more' if liked else 'less'} than others do" if parts else ""
    if liked and disliked:
        title += f", and {parts[1]} less"
    if not parts:
        what = "genre" if name == "taste-genres" else "decade"
        title = f"There is no {what} that you clearly like more or less than others do"
    told = "; ".join(
        f"{each.name} {each.taste:+.2f} ± {2 * each.error:.2f} from {each.films:,} films, "
        f"{share(each.share)} of what you rate and {share(each.share_of_everybody)} of what "
        "everybody rates"
        for each in shown
    )
    return Chart(
        name,
        topic,
        title,
        "Dots with bars of two standard errors: stars given beyond what others give to the same "
        "films and beyond your own generosity, drawn to 0 while films are few; beside them, bars "
        f"of the share of ratings. {told}.",
        table,
        {
            "liked_most": None if liked is None else liked.name,
            "liked_least": None if disliked is None else disliked.name,
        },
    )


def _stars(report: PersonReport, topic: str) -> Chart:
    generosity = report.generosity
    assert generosity is not None
    table = pl.DataFrame(
        generosity.stars, schema=["stars", "share", "share_of_everybody"], orient="row"
    ).cast(pl.Float64)
    more = "more" if generosity.offset >= 0 else "fewer"
    title = (
        f"You give {generosity.mean:.2f} stars on average, {abs(generosity.offset):.2f} {more} "
        "than others give to the same films"
    )
    told = "; ".join(
        f"{level:g} stars {share(mine)}" + ("" if theirs is None else f" (all: {share(theirs)})")
        for level, mine, theirs in generosity.stars
    )
    return Chart(
        "taste-stars",
        topic,
        title,
        f"Bars, the share of each number of stars among your ratings, beside everybody's where "
        f"they are known: {told}.",
        table,
        {
            "mean": generosity.mean,
            "spread": generosity.spread,
            "everybody": generosity.everybody,
            "offset": generosity.offset,
            "more_than": generosity.more_than,
            "wider_than": generosity.wider_than,
        },
    )


def _surprises(report: PersonReport, topic: str) -> Chart:
    films: list[Surprise] = [*report.likes, *report.dislikes]
    table = pl.DataFrame(
        {
            "kind": ["like"] * len(report.likes) + ["dislike"] * len(report.dislikes),
            "movie_id": [str(each.movie_id) for each in films],
            "film": [_named(each) for each in films],
            "stars": [each.stars for each in films],
            "everybody": [each.everybody for each in films],
            "predicted": pl.Series([each.predicted for each in films], dtype=pl.Float64),
            "ratings": [each.ratings for each in films],
            "surprise": [each.surprise for each in films],
        }
    )
    first = max(films, key=lambda each: abs(each.surprise))
    told = "; ".join(
        f"{_named(each)}: {each.stars:g} from you, {each.everybody:.2f} from others"
        + ("" if each.predicted is None else f", {each.predicted:.2f} predicted")
        for each in films
    )
    return Chart(
        "taste-surprises",
        topic,
        f"Nothing surprises more than your {first.stars:g} stars for {_named(first)}, where others "
        f"give {first.everybody:.1f}",
        "Dots, your stars beside those of others and those that a model predicts from your other "
        f"ratings: {told}.",
        table,
        {"film": _named(first), "surprise": first.surprise},
    )


def _alike(report: PersonReport, topic: str) -> Chart:
    near = report.nearest
    assert near is not None
    people = len(near.similarities)
    table = pl.DataFrame(
        {
            "movie_id": [str(each.movie_id) for each in near.films],
            "film": [_named(each) for each in near.films],
            "liked_by": [each.liked_by for each in near.films],
            "rated_by": [each.rated_by for each in near.films],
        }
    )
    first = near.films[0]
    told = "; ".join(
        f"{_named(each)}: liked by {each.liked_by:,} of the {each.rated_by:,} who rated it"
        for each in near.films
    )
    return Chart(
        "taste-alike",
        topic,
        f"Of the {people:,} people most like you, {first.rated_by:,} rated {_named(first)}, and "
        f"{first.liked_by:,} liked it",
        f"Bars, how many of the {people:,} most similar people rated and liked films that you have "
        f"not seen. {told}. The middle one of them rated {near.common:g} films that you rated too.",
        table,
        {
            "people": people,
            "common": near.common,
            "highest_similarity": near.similarities[0],
            "lowest_similarity": near.similarities[-1],
        },
    )


def _named(film: Surprise | LikedByThem) -> str:
    return f"{film.title} ({film.year})" if film.year else film.title
