"""Article 3: similar people, similar films, and films of the same genres, on ML-1M."""

from __future__ import annotations

import numpy as np

from matinee.dataset import Dataset
from matinee.datasets.curation import keep_movies
from matinee.datasets.splits import random
from matinee.evaluation.reproduce.findings import About, Article, Figure, Lists
from matinee.evaluation.reproduce.mistakes import error_with_ids_as_ratings, errors_of_the_recipe
from matinee.evaluation.reproduce.running import (
    Settings,
    candidate,
    film_list,
    fitted,
    measure,
    sizes,
)

__all__ = ["ABOUT", "run"]

ABOUT = About(
    number=3,
    title="Similar people, similar films and similar genres on ML-1M",
    summary=(
        "User-based and item-based filtering with Pearson correlation on 2 % of ML-1M, given as "
        '"RMSE 1.0 and 115"; and content-based filtering: 20 films for each of Good Will '
        "Hunting, Toy Story and Saving Private Ryan by TF-IDF of their genres and cosine."
    ),
    datasets=("ml-1m",),
    differences=(
        (
            "The two errors were measured on the ratings that the predictions were made from, "
            "where each person's own rating is part of its own prediction. The first rows make "
            "this mistake on purpose, then measure the same predictions on ratings that were held "
            "out."
        ),
        (
            "An RMSE of 115 is in no case one of stars: on a scale of 1 to 5 no prediction can be "
            "more than 4 off. Leaving out the division by the weights' sum (the item-based row) "
            "makes an error larger than the scale, but on 2 % of ML-1M not of that size. Taking "
            "the table of user id, movie id and stars for the matrix, so that ids are predicted "
            "from ids, does; that this is where 115 comes from is our guess. It moves by tens "
            "with the sample that is drawn."
        ),
        (
            "Their 2 % are a random draw that cannot be repeated. Here 2 % of the ratings are "
            "drawn with a seed, and a fifth of those is held out."
        ),
        (
            "Films that have all genres in common are equally similar. Where a list cannot hold "
            "them all, the order of ties decides which are shown: Matinee puts films that more "
            "people rated first."
        ),
    ),
)

_FILMS = ("Good Will Hunting", "Toy Story", "Saving Private Ryan")
_SHARE = 0.02
_GENRES_ONLY = {"genre_weight": 1.0, "tag_weight": 0.0, "title_weight": 0.0, "quality_weight": 0.0}


def run(dataset: Dataset, settings: Settings) -> Article:
    """Repeat the article on a data set.

    Parameters
    ----------
    dataset : Dataset
        ML-1M, or what stands in for it.
    settings : Settings

    Returns
    -------
    Article
    """
    few = small_part(dataset, _SHARE, settings.seed)
    size = f"{len(few.ratings):,} ratings"
    figures = [
        *_mistakes(few, settings),
        *_right(few, settings, f"RMSE, 2 % ({size}), held-out fifth", 0.2),
    ]
    if not settings.quick:
        figures += _right(dataset, settings, "RMSE, all ratings, held-out tenth", 0.1)
    return Article(ABOUT, **sizes(dataset), figures=tuple(figures), lists=_lists(dataset, settings))


def small_part(dataset: Dataset, share: float, seed: int) -> Dataset:
    """A share of all ratings, drawn at random, with only the people and films that they are of.

    Examples
    --------
    >>> import matinee
    >>> len(small_part(matinee.load("sample"), 0.02, seed=0).ratings)
    2000
    """
    ratings = dataset.ratings
    kept = np.zeros(len(ratings), dtype=np.bool_)
    drawn = np.random.default_rng(seed).permutation(len(ratings))[: round(share * len(ratings))]
    kept[drawn] = True
    part = dataset.replace(ratings.take(kept).compact_users())
    return keep_movies(part, part.ratings.movie_stats.counts > 0)


def _mistakes(few: Dataset, settings: Settings) -> list[Figure]:
    split = random(few, test_size=0.2, seed=settings.seed)
    train, test = split.train.ratings, split.test
    by_user = errors_of_the_recipe(train, test, "user", normalized=True)
    by_item = errors_of_the_recipe(train, test, "item", normalized=False)
    on_training, held_out = '"RMSE", on the training ratings', "the same predictions, held-out"
    user_model = "user-based, Pearson, everybody votes"
    item_model = "item-based, Pearson, not normalised"
    return [
        Figure(on_training, user_model, 1.0, by_user[0],
               note="A mistake: one's own rating takes part in its own prediction."),
        Figure(held_out, user_model, None, by_user[1]),
        Figure(on_training, item_model, 115, by_item[0], comparable=False,
               note="Two mistakes: also, the sum of the weights is not divided by."),
        Figure(held_out, item_model, None, by_item[1]),
        Figure('"RMSE", ids as if they were ratings', "item-based, Pearson of three columns", 115,
               error_with_ids_as_ratings(train), "", comparable=False,
               note="A guess at what leads to a figure of this size; it has no unit."),
    ]  # fmt: skip


def _right(dataset: Dataset, settings: Settings, what: str, test_size: float) -> list[Figure]:
    models = [
        candidate("user-based, Pearson (user-knn)", "user-knn", similarity="pearson"),
        candidate("item-based, Pearson (item-knn)", "item-knn", similarity="pearson"),
        candidate("item-based, our defaults (item-knn)", "item-knn"),
        candidate("biases alone", "bias"),
    ]
    found = measure(models, dataset, settings, test_size=test_size)
    return [Figure(what, model.label, None, found[model.label].rmse) for model in models]


def _lists(dataset: Dataset, settings: Settings) -> tuple[Lists, ...]:
    n = settings.list_length(20)
    genres = fitted(dataset, settings, "content", **_GENRES_ONLY)
    content = fitted(dataset, settings, "content")
    lists = []
    for title in _FILMS:
        film = dataset.catalog.find(title)
        movie = dataset.catalog[film]
        same = int((dataset.catalog.genres == _genres_of(dataset, film)).all(axis=1).sum()) - 1
        lists.append(
            Lists(
                f"{n} films like {movie}",
                (
                    film_list("genres alone, as in the article", genres.similar(film, n), genres),
                    film_list("content, our defaults", content.similar(film, n), content),
                ),
                f"Genres: {', '.join(movie.genres)}. {same:,} other films have exactly these.",
            )
        )
    return tuple(lists)


def _genres_of(
    dataset: Dataset, film: int | str
) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    genres: np.ndarray[tuple[int, ...], np.dtype[np.bool_]] = dataset.catalog.genres[
        dataset.catalog.code_of(film)
    ]
    return genres
