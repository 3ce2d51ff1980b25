"""Charts of a data set's films: those at the ends, genres, words of titles, tags."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.font_manager import findfont
from numpy.typing import NDArray
from wordcloud import WordCloud

from matinee.catalog import Catalog
from matinee.dataset import Dataset
from matinee.explore.charts import (
    BLUE,
    GRAY,
    GREEN,
    LIGHT,
    ORANGE,
    Chart,
    bars,
    compact,
    name_rows,
    share,
    stacked,
)
from matinee.explore.totals import Totals

__all__ = [
    "best",
    "films_of",
    "genre_cloud",
    "genres",
    "genres_together",
    "most_divisive",
    "most_rated",
    "tag_cloud",
    "tags",
    "title_words",
    "words_of",
]

_SHOWN = 15
_LEAST = 20  # ratings of a film among the best and the most divisive ones
_SHOWN_TAGS, _KEPT_WORDS = 25, 200
_WORD_COLORS = (BLUE, ORANGE, GREEN, "#A0467A", "#333333")  # can be read on white

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_NUMERAL = re.compile(r"(?!I\b)(?=[IVX])X{0,3}(?:IX|IV|V?I{0,3})|\d{1,2}")
# Articles and the small words between others, in the languages of MovieLens' titles.
_SMALL_WORDS = """
    a an the of and or in on at to for from by with without into over under as is it its be are was
    do not no i me my you your he his him she her we our us they their them this that these those
    who what how when where why all up out off about if but so than vs aka part
    le la les l un une des du de d et au aux en
    el los las lo y del al
    il gli uno una di da dei della delle e
    der die das den dem ein eine einen und von im zu mit
    het een van
    o os as um uma do dos no na
    det ett och i til och
    s t
"""
_STOP_WORDS = frozenset(_SMALL_WORDS.split())


def films_of(catalog: Catalog, codes: NDArray[np.integer[Any]], **columns: Any) -> pl.DataFrame:
    """Ids and titles of films, and what else is given of each, as columns."""
    return pl.DataFrame(
        {
            "movie_id": catalog.movie_ids.decode(codes.astype(np.int32)),
            "film": [str(catalog.movie(int(code), tags=0)) for code in codes],
            **columns,
        }
    )


def most_rated(dataset: Dataset, totals: Totals) -> Chart:
    """The films with the most ratings."""
    table = _top(dataset, totals, totals.film_counts, 1)
    first, n = table.select("film", "ratings").row(0)
    part = n / int((totals.user_counts > 0).sum())

    def draw(axes: Axes) -> None:
        bars(axes, table["film"].to_list(), table["ratings"].to_list(), form=",.0f")
        axes.xaxis.set_major_formatter(compact)
        axes.set_xlabel("ratings")

    return Chart(
        "most-rated",
        "The most rated films",
        f"{first} was rated by {share(part)} of the people, more than any other film",
        "Bars, the most rated films and their numbers of ratings.",
        table,
        draw,
        {"share_of_people": part},
        height=4.6,
    )


def best(dataset: Dataset, totals: Totals) -> Chart:
    """The films with the highest mean stars, drawn towards the mean of all while few have voted.

    The mean is that of the film's ratings and of ``k`` more at the mean of all ratings, where
    ``k`` is the ratio of the variance within films to that between them (the best linear guess).
    """
    k, least = _shrinkage(totals), _least(totals)
    scores = (totals.film_sums + k * totals.mean) / (totals.film_counts + k)
    table = _top(dataset, totals, scores, least, "damped_mean")
    first = table.row(0, named=True)

    def draw(axes: Axes) -> None:
        places = range(table.height)
        axes.hlines(places, table["damped_mean"], table["mean"], color=LIGHT, linewidth=2)
        axes.plot(
            table["mean"], places, "o", color="white", markeredgecolor=GRAY, label="mean stars"
        )
        label = "drawn to the mean of all films"
        axes.plot(table["damped_mean"], places, "o", color=BLUE, label=label)
        counts = [f"  ({n:,})" for n in table["ratings"]]
        name_rows(axes, table["film"], grid=True, after=counts)
        axes.set_xlabel(f"stars (films with at least {least:,} ratings)")
        axes.legend(frameon=True, facecolor="white", edgecolor="none", loc="lower right")

    return Chart(
        "best",
        "The best films",
        f"{first['film']} is liked best, with {first['damped_mean']:.2f} stars after "
        f"{first['ratings']:,} ratings ({first['mean']:.2f} on average)",
        f"Dots, the films with the highest means among those with at least {least:,} ratings.",
        table,
        draw,
        {"least_ratings": least, "shrinkage": k, "mean": totals.mean},
        height=4.8,
    )


def most_divisive(dataset: Dataset, totals: Totals) -> Chart:
    """The films about whose stars people differ most (standard deviation)."""
    least = _least(totals)
    table = _top(dataset, totals, totals.film_spreads, least)
    codes = dataset.catalog.codes_of(table["movie_id"].to_list())
    levels = [f"{level:g}" for level in totals.levels.tolist()]
    shares = totals.film_levels[codes] / totals.film_counts[codes][:, None]
    table = table.hstack(
        [pl.Series(f"share_{name}", shares[:, i]) for i, name in enumerate(levels)]
    )
    first = table.row(0, named=True)

    def draw(axes: Axes) -> None:
        stacked(axes, table["film"].to_list(), levels, shares, table["spread"], "spread")
        axes.set_xlabel(f"share of the film's ratings (films with at least {least:,})")

    return Chart(
        "most-divisive",
        "The most divisive films",
        f"{first['film']} divides people most: its stars differ by {first['spread']:.2f} on "
        "average (standard deviation)",
        "Stacked bars of stars, the films with the largest spread among those with at least "
        f"{least:,} ratings.",
        table,
        draw,
        {"least_ratings": least},
        height=4.8,
    )


def _top(
    dataset: Dataset, totals: Totals, scores: NDArray[Any], least: int, name: str = ""
) -> pl.DataFrame:
    """The films with the highest scores among those with enough ratings."""
    codes = np.flatnonzero(totals.film_counts >= least)
    codes = codes[np.argsort(-scores[codes], kind="stable")[:_SHOWN]]
    return films_of(
        dataset.catalog,
        codes,
        ratings=totals.film_counts[codes],
        mean=totals.film_means[codes],
        spread=totals.film_spreads[codes],
        **({name: scores[codes]} if name else {}),
    )


def _least(totals: Totals) -> int:
    """At least 20 ratings, or as many as the middle film has."""
    counts = totals.film_counts
    return min(max(_LEAST, int(np.median(counts[counts > 0]))), int(counts.max()))


def _shrinkage(totals: Totals) -> float:
    """Variance within films over variance between them, by the method of moments."""
    often = totals.film_counts >= 2
    if int(often.sum()) < 2:
        return 1.0
    n, means = totals.film_counts[often].astype(np.float64), totals.film_means[often]
    within = float((totals.film_squares[often] - n * means**2).sum() / (n - 1).sum())
    between = float(means.var() - (within / n).mean())
    return float(np.clip(within / between, 1.0, 100.0)) if min(within, between) > 0 else 1.0


def genres(dataset: Dataset, totals: Totals) -> Chart | None:
    """Films, ratings and mean stars of each genre; None where the films have no genres.

    A film with three genres counts in each of them.
    """
    table = _genres(dataset, totals)
    if table is None:
        return None
    rated = table.filter(pl.col("ratings") > 0)
    by_films = table["genre"][0]
    by_ratings = rated.sort("ratings", descending=True)["genre"][0]
    by_mean = rated.sort("mean", descending=True)
    liked, disliked = by_mean.row(0, named=True), by_mean.row(-1, named=True)
    most = f"{by_films} has the most films and the most ratings"
    if by_ratings != by_films:
        most = f"{by_films} has the most films, {by_ratings} the most ratings"

    def draw(films: Axes, ratings: Axes, stars: Axes) -> None:
        for axes, column, color in ((films, "films", BLUE), (ratings, "ratings", GREEN)):
            bars(axes, table["genre"].to_list(), table[column].to_list(), color=color)
            axes.xaxis.set_major_formatter(compact)
            axes.set_xlabel(column)
            axes.grid(visible=True, axis="x")
        places = np.flatnonzero(table["ratings"].to_numpy())
        stars.plot(rated["mean"], places, "o", color=ORANGE, markersize=7)
        stars.set_xlabel("mean stars")
        stars.grid(visible=True)
        stars.margins(x=0.1)

    return Chart(
        "genres",
        "Genres",
        f"{most}, {liked['genre']} the most stars ({liked['mean']:.2f}), {disliked['genre']} the "
        f"fewest ({disliked['mean']:.2f})",
        "Films, ratings and mean stars of each genre, side by side.",
        table,
        draw,
        height=5.0,
        panels={"ncols": 3, "sharey": True},
    )


def _genres(dataset: Dataset, totals: Totals) -> pl.DataFrame | None:
    """Films, ratings and mean stars of each genre, the one with the most films first."""
    has = dataset.catalog.genres
    if not totals.film_counts[np.asarray(has).any(axis=1)].any():
        return None
    ratings = has.astype(np.float64).T @ totals.film_counts
    sums = has.astype(np.float64).T @ totals.film_sums
    table = pl.DataFrame(
        {
            "genre": dataset.catalog.genre_names,
            "films": has.sum(axis=0),
            "ratings": ratings.astype(np.int64),
            "mean": sums / np.maximum(ratings, 1),
        }
    )
    return table.filter(pl.col("films") > 0).sort("films", "genre", descending=[True, False])


def genres_together(dataset: Dataset, totals: Totals) -> Chart | None:
    """Which share of a genre's films has each other genre as well."""
    table = _genres(dataset, totals)
    if table is None or table.height < 2:
        return None
    names = table["genre"].to_list()
    n = len(names)
    has = dataset.catalog.genres[:, [dataset.catalog.genre_names.index(name) for name in names]]
    both = has.T.astype(np.int64) @ has.astype(np.int64)
    own = np.diag(both).copy()
    shares = both / own[:, None]
    np.fill_diagonal(both, 0)
    row, column = divmod(int(both.argmax()), n)
    # A genre of three films says nothing about habits.
    rare = own < max(5, 0.005 * int(has.any(axis=1).sum()))
    other = np.where(np.eye(n, dtype=bool) | rare[:, None], -1.0, shares)
    tight = divmod(int(other.argmax()), n) if other.max() > 0 else (row, column)
    title = (
        f"{share(float(shares[tight]))} of {names[tight[0]]} films are {names[tight[1]]} as well; "
        f"the pair with the most films is {names[row]} and {names[column]} ({both[row, column]:,})"
    )

    def draw(axes: Axes) -> None:
        grid = np.ma.masked_array(100 * shares, np.eye(n, dtype=bool))
        image = axes.imshow(grid, cmap="cividis", aspect="auto", vmin=0)
        for (y, x), value in np.ndenumerate(grid.filled(0)):
            if value >= 0.5:
                color = "white" if value < grid.max() / 2 else "black"
                label = axes.text(x, y, f"{value:.0f}", ha="center", va="center", color=color)
                label.set_fontsize(7)
                label.set_in_layout(False)
        axes.set_xticks(range(n), names, rotation=55, ha="right", rotation_mode="anchor")
        axes.set_yticks(range(n), names)
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        axes.set_ylabel("of the films of this genre …")
        axes.set_xlabel("… so many per cent have this one as well")
        axes.figure.colorbar(image, ax=axes, label="per cent of films", pad=0.01)

    return Chart(
        "genres-together",
        "Genres that go together",
        title if both.any() else "Each film has one genre only",
        "Grid: of the films of the genre at the left, the share that has the genre below as well.",
        pl.DataFrame(
            {
                "genre": np.repeat(names, n),
                "other": np.tile(names, n),
                "films": both.ravel(),
                "share": shares.ravel(),
            }
        ).filter(pl.col("genre") != pl.col("other")),
        draw,
        height=6.4,
    )


def words_of(title: str, *, numerals: bool = False) -> list[str]:
    """The words of a title that say something, in lower case, each once.

    Parameters
    ----------
    title : str
        Without its year.
    numerals : bool
        Keep the numerals of sequels (``"II"``, ``"3"``).

    Examples
    --------
    >>> words_of("The Godfather: Part II")
    ['godfather']
    >>> words_of("Rocky IV", numerals=True), words_of("Malcolm X")
    (['rocky', 'IV'], ['malcolm'])
    """
    found: dict[str, None] = {}
    for word in _WORD.findall(title):
        if _NUMERAL.fullmatch(word):
            if numerals:
                found[word] = None
            continue
        lower = word.lower().replace("’", "'").removesuffix("'s")
        if len(lower) > 1 and lower not in _STOP_WORDS:
            found[lower] = None
    return list(found)


def title_words(catalog: Catalog, *, numerals: bool = False) -> Chart | None:
    """The words that stand in most titles; None where no title has a word."""
    counter: Counter[str] = Counter()
    for code in range(len(catalog)):
        counter.update(words_of(catalog.display_title(code), numerals=numerals))
    words = {word: n for word, n in counter.items() if numerals or not word.isdecimal()}
    if not words:
        return None
    return _cloud(
        "title-words",
        "Words of the titles",
        f"“{{word}}” is the most frequent word of the titles: it is in {{n:,}} of {len(catalog):,}",
        words,
        "words, larger where they stand in more titles",
    )


def genre_cloud(catalog: Catalog) -> Chart | None:
    """Genres by their number of films, as a cloud; None where there are none."""
    films = dict(zip(catalog.genre_names, catalog.genres.sum(axis=0).tolist(), strict=True))
    films = {name: n for name, n in films.items() if n}
    if not films:
        return None
    part = share(max(films.values()) / int(catalog.genres.any(axis=1).sum()))
    title = f"{{word}} is in {part} of the films"
    told = "genres, larger where they have more films"
    return _cloud("genre-cloud", "Genres as a cloud", title, films, told)


def tag_cloud(catalog: Catalog) -> Chart | None:
    """Tags by how often they were given, as a cloud; None where there are none."""
    table = _tags(catalog)
    if table is None:
        return None
    once = share(table.filter(pl.col("times") == 1).height / table.height)
    title = f"{once} of {table.height:,} different tags were given only once"
    told = "tags, larger where they were given more often"
    words = dict(table.select("tag", "times").iter_rows())
    return _cloud("tag-cloud", "Tags as a cloud", title, words, told)


def tags(catalog: Catalog) -> Chart | None:
    """The tags that people gave most often; None where there are none."""
    every = _tags(catalog)
    if every is None:
        return None
    table, n = every.head(_SHOWN_TAGS), int(every["times"].sum())
    first = table.row(0, named=True)
    tagged = np.unique(catalog.tags.movies).size

    def draw(axes: Axes) -> None:
        bars(axes, table["tag"].to_list(), table["times"].to_list(), form=",.0f")
        axes.xaxis.set_major_formatter(compact)
        axes.set_xlabel("times given")

    return Chart(
        "tags",
        "Tags",
        f"“{first['tag']}” is the most given tag: {first['times']:,} times, to {first['films']:,} "
        "films",
        f"Bars of the most given tags. {n:,} taggings with {every.height:,} different tags, on "
        f"{tagged:,} films.",
        table,
        draw,
        height=5.4,
    )


def _tags(catalog: Catalog) -> pl.DataFrame | None:
    """Each tag, how often it was given and to how many films, the most given first."""
    given = catalog.tags
    if not len(given.counts):
        return None
    n = len(given.names)
    return pl.DataFrame(
        {
            "tag": given.names,
            "times": np.bincount(given.tags, given.counts, n).astype(np.int64),
            "films": np.bincount(given.tags, minlength=n),
        }
    ).sort("times", descending=True, maintain_order=True)


def _cloud(name: str, topic: str, title: str, words: dict[str, int], told: str) -> Chart:
    """A cloud of words; the same each time."""
    ordered = sorted(words.items(), key=lambda item: (-item[1], item[0]))[:_KEPT_WORDS]
    table = pl.DataFrame(ordered, schema=["word", "n"], orient="row")
    word, n = ordered[0]

    def color(*_: object, random_state: Any, **__: object) -> str:
        return str(random_state.choice(_WORD_COLORS))

    def draw(axes: Axes) -> None:
        made = WordCloud(
            width=640,
            height=300,
            scale=2,
            max_words=100,
            font_path=findfont("DejaVu Sans:bold"),
            background_color="white",
            prefer_horizontal=1.0,
            relative_scaling=0.6,
            min_font_size=7,
            random_state=4,
            color_func=color,
        ).generate_from_frequencies(dict(ordered))
        axes.imshow(made.to_array(), interpolation="antialiased")
        axes.set_axis_off()

    return Chart(
        name,
        topic,
        title.format(word=word, n=n),
        f"Cloud of {told}.",
        table,
        draw,
    )
