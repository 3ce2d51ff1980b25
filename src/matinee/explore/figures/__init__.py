"""The numbers behind the pictures, a function a picture.

Each takes counts over all ratings (:class:`matinee.explore.totals.Totals`) or the films, and gives
a :class:`~matinee.explore.chart.Chart`: nothing is drawn here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from matinee.dataset import Dataset
from matinee.datasets.curation import Step
from matinee.errors import DataError
from matinee.explore.chart import Chart, Missing
from matinee.explore.figures import films, genres, stars, tails, when, words
from matinee.explore.totals import Totals

__all__ = ["Missing", "charts"]


def charts(
    dataset: Dataset, totals: Totals, *, steps: Sequence[Step] = (), numerals: bool = False
) -> Iterator[Chart | Missing]:
    """Each chart in the order of the report; in its place a topic and a reason where it cannot be.

    Parameters
    ----------
    dataset : Dataset
        With at least one rating.
    totals : Totals
        Of the data set's ratings.
    steps : sequence of Step
        The curation whose effect is shown.
    numerals : bool
        Keep the numerals of sequels among the words of the titles.

    Examples
    --------
    >>> import matinee
    >>> data = matinee.load("sample")
    >>> found = list(charts(data, Totals.of(data.ratings)))
    >>> print(found[3].title)
    4 stars are given most, 29 % of the time; 82 % of all ratings are above the middle of the scale
    >>> found[3].table["ratings"].sum()
    100004
    """
    catalog = dataset.catalog
    no_times, no_genres = "the ratings have no times", "the films have no genres"

    def curated() -> Chart | Missing:
        topic = "Before and after curation"
        if not steps:
            return topic, "no step of curation was asked for"
        try:
            return stars.before_and_after(dataset, totals, steps)[0]
        except DataError as error:
            return topic, str(error)

    timed: list[tuple[str, Callable[[Totals], Chart]]] = [
        ("Hour by hour", when.hours),
        ("Many at once", when.sessions),
    ]
    yield when.months(totals) if totals.has_times else ("Month by month", no_times)
    yield tails.per_film(totals)
    yield tails.per_person(totals)
    yield stars.stars(totals)
    yield stars.decades(dataset, totals) or (
        "Stars by decade of release",
        "no film has a year of release",
    )
    yield curated()
    yield stars.popularity(dataset, totals)
    yield genres.genres(dataset, totals) or ("Genres", no_genres)
    yield genres.genres_together(dataset, totals) or (
        "Genres that go together",
        "there are fewer than two genres",
    )
    yield words.genre_cloud(catalog) or ("Genres as a cloud", no_genres)
    yield words.title_words(catalog, numerals=numerals) or (
        "Words of the titles",
        "the titles are numbers only",
    )
    yield words.tag_cloud(catalog) or ("Tags as a cloud", "nobody tagged the films")
    yield words.tags(catalog) or ("Tags", "nobody tagged the films")
    yield stars.generosity(dataset, totals)
    for topic, chart in timed:
        yield chart(totals) if totals.has_times else (topic, no_times)
    yield films.most_rated(dataset, totals)
    yield films.best(dataset, totals)
    yield films.most_divisive(dataset, totals)
