"""The five articles that Matinee grew out of, repeated: their figures beside ours.

Each article is a module with an ``ABOUT`` and a ``run``. Articles are numbered here, and are
described in neutral words.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from matinee.articles.results import About, Article, Reproduction, Skipped
from matinee.articles.shared import RunArticle, Settings, Sources, few_people
from matinee.datasets import load
from matinee.errors import MissingExtraError, ParameterError
from matinee.progress import Progress, report

if TYPE_CHECKING:
    from matinee.dataset import Dataset

__all__ = ["ARTICLES", "about", "reproduce"]

ARTICLES = (1, 2, 3, 4, 5)
"""The numbers of the articles."""

_QUICK_RATINGS = 20_000


def about(number: int) -> About:
    """What an article does and where our protocol differs, without running anything.

    Examples
    --------
    >>> about(4).datasets
    ('ml-100k',)
    """
    return _parts(number)[0]


def _parts(number: int) -> tuple[About, RunArticle]:
    if number not in ARTICLES:
        raise ParameterError(f"there is no article {number}: they are numbered 1 to {ARTICLES[-1]}")
    module = importlib.import_module(f"{__name__}.article{number}")
    return module.ABOUT, module.run


def reproduce(
    articles: Iterable[int] | None = None,
    data: str | Path | None = None,
    *,
    quick: bool = False,
    seed: int = 0,
    progress: Progress | None = None,
) -> Reproduction:
    """Repeat the articles' experiments.

    Parameters
    ----------
    articles : iterable of int, optional
        Their numbers; all if not given.
    data : path or str, optional
        The folder that holds the data sets; the cache of downloads is looked into as well.
        ``"sample"`` runs everything on the bundled sample.
    quick : bool
        A trial with few people, folds and epochs, to see that everything runs.
    seed : int
        Of splits, samples and models.
    progress : callable, optional

    Returns
    -------
    Reproduction
        An article whose data or libraries are missing is in ``skipped``. With no data set at all
        the bundled sample stands in; figures are then not comparable with theirs.

    Raises
    ------
    ParameterError
        If there is no article of a number.
    UnknownDatasetError
        If ``data`` does not exist.

    Examples
    --------
    >>> found = reproduce([3], "sample", quick=True)
    >>> [lists.title for lists in found.articles[0].lists][1]
    '5 films like Toy Story (1995)'
    """
    chosen = [_parts(number) for number in sorted(set(ARTICLES if articles is None else articles))]
    sources = Sources.of(data)
    everything = {name for number in ARTICLES for name in about(number).datasets}
    on_sample = not any(sources.find(name) for name in everything)
    if on_sample:
        report(progress, "reproduce", note=_sample_note(sources))
    done: list[Article] = []
    skipped: list[Skipped] = []
    settings = Settings(quick, seed, progress)
    for place, (description, run) in enumerate(chosen):
        report(progress, "articles", place, len(chosen), unit="articles")
        name = f"article {description.number}"
        found = _open(description, sources, on_sample=on_sample, progress=progress)
        if found is None:
            skipped.append(Skipped(description, sources.missing(description.datasets)))
            report(progress, "reproduce", note=f"{name} is skipped: {skipped[-1].reason}")
            continue
        report(progress, "reproduce", note=f"{name}, {description.title} (data: {found.name})")
        started = time.perf_counter()
        if quick:
            found = few_people(found, _QUICK_RATINGS, seed)
        try:
            article = run(found, settings)
        except MissingExtraError as error:
            skipped.append(Skipped(description, str(error)))
            report(progress, "reproduce", note=f"{name} is skipped: {error}")
            continue
        done.append(_finished(article, time.perf_counter() - started))
    report(progress, "articles", len(chosen), len(chosen), unit="articles")
    return Reproduction(tuple(done), tuple(skipped), seed, quick)


def _open(
    description: About, sources: Sources, *, on_sample: bool, progress: Progress | None
) -> Dataset | None:
    if on_sample:
        return load("sample")
    paths = [path for name in description.datasets if (path := sources.find(name)) is not None]
    return load(paths[0], progress=progress) if paths else None


def _sample_note(sources: Sources) -> str:
    if sources.sample_only:
        return "on the bundled sample, as asked: figures cannot be compared with theirs"
    return (
        "none of the articles' data sets is in a folder of --data nor in the cache, so that the "
        "bundled sample stands in: figures cannot be compared with theirs; 'matinee data get "
        "ml-1m' gets one"
    )


def _finished(article: Article, seconds: float) -> Article:
    figures = article.figures
    if article.on_sample:
        figures = tuple(replace(figure, comparable=False) for figure in figures)
    return replace(article, figures=figures, seconds=seconds)
