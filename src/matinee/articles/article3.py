"""Article 3: similar people, similar films, and films of the same genres, on ML-1M.

The article's recipe compares people (or films) by Pearson correlation with films that were not
rated as zeros, lets *everybody* vote, oneself included, and is scored on the ratings that it was
made from. It is repeated here with its mistakes, to see what they do to its figures. The models
that do it right are ``user-knn`` and ``item-knn``.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from matinee.articles.results import About, Article, Figure, Lists
from matinee.articles.shared import Settings, film_list, fitted, measure, repeated
from matinee.dataset import Dataset
from matinee.datasets.curation import keep_movies
from matinee.datasets.splits import random
from matinee.evaluation import Candidate
from matinee.ratings import Ratings

__all__ = ["ABOUT", "error_with_ids_as_ratings", "errors_of_the_recipe", "run", "small_part"]

ABOUT = About.of(3, ("ml-1m",), """
Similar people, similar films and similar genres on ML-1M

User-based and item-based filtering with Pearson correlation on 2 % of ML-1M, given as "RMSE 1.0
and 115"; and content-based filtering: 20 films for each of Good Will Hunting, Toy Story and Saving
Private Ryan by TF-IDF of their genres and cosine.

The two errors were measured on the ratings that the predictions were made from, where each
person's own rating is part of its own prediction. The first rows make this mistake on purpose,
then measure the same predictions on ratings that were held out.

An RMSE of 115 is in no case one of stars: on a scale of 1 to 5 no prediction can be more than 4
off. Leaving out the division by the weights' sum (the item-based row) makes an error larger than
the scale, but on 2 % of ML-1M not of that size. Taking the table of user id, movie id and stars
for the matrix, so that ids are predicted from ids, does; that this is where 115 comes from is our
guess. It moves by tens with the sample that is drawn.

Their 2 % are a random draw that cannot be repeated. Here 2 % of the ratings are drawn with a seed,
and a fifth of those is held out.

Films that have all genres in common are equally similar. Where a list cannot hold them all, the
order of ties decides which are shown: Matinee puts films that more people rated first.
""")  # fmt: skip

_GENRES_ONLY = {"genre_weight": 1.0, "tag_weight": 0.0, "title_weight": 0.0, "quality_weight": 0.0}
_ROWS_AT_ONCE = 256


def run(dataset: Dataset, settings: Settings) -> Article:
    """Repeat the article on ML-1M, or on what stands in for it."""
    few = small_part(dataset, 0.02, settings.seed)
    size = f"{len(few.ratings):,} ratings"
    figures = _mistakes(few, settings)
    figures += _right(few, settings, f"RMSE, 2 % ({size}), held-out fifth", 0.2)
    if not settings.quick:
        figures += _right(dataset, settings, "RMSE, all ratings, held-out tenth", 0.1)

    n, catalog = settings.list_length(20), dataset.catalog
    genres = fitted(dataset, settings, "content", **_GENRES_ONLY)
    content = fitted(dataset, settings, "content")
    lists = []
    for title in ("Good Will Hunting", "Toy Story", "Saving Private Ryan"):
        film = catalog.find(title)
        own = catalog.genres[catalog.code_of(film)]
        same = int((catalog.genres == own).all(axis=1).sum()) - 1
        columns = (
            film_list("genres alone, as in the article", genres.similar(film, n), genres),
            film_list("content, our defaults", content.similar(film, n), content),
        )
        note = f"{same:,} other films have exactly these."
        note = f"Genres: {', '.join(catalog[film].genres)}. {note}"
        lists.append(Lists(f"{n} films like {catalog[film]}", columns, note))
    return repeated(ABOUT, dataset, figures, lists)


def small_part(dataset: Dataset, share: float, seed: int) -> Dataset:
    """A share of all ratings, drawn at random, with only the people and films that they are of."""
    ratings = dataset.ratings
    kept = np.zeros(len(ratings), dtype=np.bool_)
    drawn = np.random.default_rng(seed).permutation(len(ratings))[: round(share * len(ratings))]
    kept[drawn] = True
    part = dataset.replace(ratings.take(kept).compact_users())
    return keep_movies(part, part.ratings.movie_stats.counts > 0)


def _right(dataset: Dataset, settings: Settings, what: str, test_size: float) -> list[Figure]:
    models = [
        Candidate("user-based, Pearson (user-knn)", "user-knn", {"similarity": "pearson"}),
        Candidate("item-based, Pearson (item-knn)", "item-knn", {"similarity": "pearson"}),
        Candidate("item-based, our defaults (item-knn)", "item-knn"),
        Candidate("biases alone", "bias"),
    ]
    rmse = measure(models, dataset, settings, test_size=test_size)
    return [Figure(what, model.label, None, rmse[model.label]) for model in models]


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


def errors_of_the_recipe(
    train: Ratings, test: Ratings, by: Literal["user", "item"], *, normalized: bool
) -> tuple[float, float]:
    """The recipe's RMSE on the ratings that it was made from, and on others.

    Predictions by user are the person's mean plus everybody's deviations from their own means,
    weighted by similarity; by item they are the person's stars, weighted by the films' similarity.
    ``normalized`` says whether the sum is divided by the weights' sizes. Predictions are not
    clipped to the scale.
    """
    matrix = (train.csr() if by == "user" else train.csr().T.tocsr()).astype(np.float64)
    n_rows, n_columns = matrix.shape
    counts = np.diff(matrix.indptr)
    sums = np.asarray(matrix.sum(axis=1)).ravel()
    level, votes = np.zeros(n_rows), matrix
    if by == "user":
        # Somebody without training ratings is given the overall mean, to be fair to the recipe.
        level = np.where(counts > 0, sums / np.maximum(counts, 1), train.mean)
        rest = matrix.data - np.repeat(level, counts)
        votes = csr_array((rest, matrix.indices, matrix.indptr), shape=matrix.shape)
    means = sums / n_columns
    squares = np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel()
    spread = np.sqrt(np.maximum(squares / n_columns - means**2, 0.0))
    unit = np.divide(1.0, spread, out=np.zeros(n_rows), where=spread > 0)
    wanted = [_pairs(train, by), _pairs(test, by)]
    totals = [0.0, 0.0]
    for first in range(0, n_rows, _ROWS_AT_ONCE):
        rows = slice(first, min(first + _ROWS_AT_ONCE, n_rows))
        products = (matrix[rows] @ matrix.T).toarray() / n_columns
        similarity = (products - np.outer(means[rows], means)) * np.outer(unit[rows], unit)
        predicted = np.asarray(similarity @ votes)
        if normalized:
            predicted /= np.maximum(np.abs(similarity).sum(axis=1), 1e-12)[:, None]
        for part, (pair_rows, columns, stars) in enumerate(wanted):
            here = np.flatnonzero((pair_rows >= rows.start) & (pair_rows < rows.stop))
            said = predicted[pair_rows[here] - first, columns[here]] + level[pair_rows[here]]
            totals[part] += float(np.square(said - stars[here]).sum())
    seen, unseen = (
        float(np.sqrt(total / max(len(stars), 1)))
        for total, (_, _, stars) in zip(totals, wanted, strict=True)
    )
    return seen, unseen


def _pairs(
    ratings: Ratings, by: str
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32]]:
    if by == "user":
        return ratings.users, ratings.movies, ratings.stars
    return ratings.movies, ratings.users, ratings.stars


def error_with_ids_as_ratings(ratings: Ratings) -> float | None:
    """The item-based "RMSE" when the table of ratings is taken for the users × films matrix.

    The table has three columns: user id, movie id, stars. Taken for a matrix, its rows are people
    and its three columns films; ids are predicted from ids, and the error is in no unit. None
    where ids are texts.
    """
    users = ratings.user_ids.decode(ratings.users)
    movies = ratings.movie_ids.decode(ratings.movies)
    if users.dtype.kind not in "iu" or movies.dtype.kind not in "iu":
        return None
    table = np.column_stack([users, movies, ratings.stars]).astype(np.float64)
    similarity = np.nan_to_num(np.corrcoef(table.T))
    predicted = table @ similarity / np.abs(similarity).sum(axis=1)
    return float(np.sqrt(np.mean(np.square(predicted - table))))
