"""Article 1: singular value decomposition, five folds on ML-1M, a list for one person."""

from __future__ import annotations

from typing import Any

from matinee.articles.results import About, Article, Figure, Lists
from matinee.articles.shared import Settings, film_list, fitted, measure, person, repeated
from matinee.dataset import Dataset
from matinee.evaluation import Candidate

__all__ = ["ABOUT", "run"]

ABOUT = About.of(1, ("ml-1m",), """
Singular value decomposition on ML-1M

Factors of ML-1M in two ways: a truncated decomposition of the demeaned users × films matrix (50
singular vectors), from which 20 films are listed for user 1310; and the library Surprise with its
defaults, from whose five folds the RMSE comes.

The article's list and its RMSE come from two different models. Surprise's SVD is no decomposition:
it learns factors by stochastic gradient descent (Funk 2006). Its counterpart here is mf, with the
same hyper-parameters (100 factors, 20 epochs, learning rate 0.005, penalty 0.02).

Even so mf is not Surprise: it starts from fitted biases and ends by solving for each person
exactly.

Five random folds here as there, but not the same ones. Theirs is the mean of five RMSEs, ours the
RMSE of all held-out ratings together.

The article measures no error of the model that its list comes from. In the textbook form a film
without a rating counts as zero stars: it ranks well enough, and what it predicts are no stars.

The decomposition's lists are for all ratings of ML-1M, nothing held out, as in the article.
""")  # fmt: skip

_SURPRISE = {
    "factors": 100,
    "iterations": 20,
    "learning_rate": 0.005,
    "schedule": "constant",
    "regularization": 0.02,
    "bias_regularization": 0.02,
    "implicit": "none",
}
_TEXTBOOK: dict[str, Any] = {"demean": "textbook"}
_PLAIN: dict[str, Any] = {"demean": "user", "projection": True, "scaling": 0.0}


def run(dataset: Dataset, settings: Settings) -> Article:
    """Repeat the article on ML-1M, or on what stands in for it."""
    # Fewer people or films than vectors cannot be decomposed so.
    size = min(50, dataset.ratings.n_users - 1, dataset.ratings.n_movies - 1)
    folds = settings.folds(5)
    models = [
        Candidate("surprise", "mf", _SURPRISE),
        Candidate("mf", "mf"),
        Candidate("biases", "svd", {"factors": size}),
        Candidate("user", "svd", {"factors": size, **_PLAIN}),
        Candidate("textbook", "svd", {"factors": size, **_TEXTBOOK}),
    ]
    rmse = measure(models, dataset, settings, protocol="k-fold", folds=folds)
    what = f"RMSE, {folds} folds"
    figures = (
        Figure(what, "SVD by gradient descent, Surprise's defaults", 0.8736, rmse["surprise"],
               note="The same hyper-parameters in mf."),
        Figure(what, "mf, our defaults", 0.8736, rmse["mf"],
               note="The same protocol, another model: SVD++ on both sides, 64 factors."),
        Figure(what, f"svds, k = {size}, fitted biases subtracted", None, rmse["biases"]),
        Figure(what, f"svds, k = {size}, each person's mean subtracted", None, rmse["user"]),
        Figure(what, f"svds, k = {size}, textbook form", None, rmse["textbook"],
               note="Zeros counted as ratings: the form that the article's list comes from."),
    )  # fmt: skip

    user, remarks = person(dataset, 1310)
    n = settings.list_length(20)
    columns = []
    for label, params in (
        ("textbook form, as in the article", _TEXTBOOK),
        ("each person's mean subtracted", _PLAIN),
        ("fitted biases subtracted (ours)", {}),
    ):
        model = fitted(dataset, settings, "svd", factors=size, **params)
        columns.append(film_list(label, model.recommend(dataset.profile(user), n), model))
    highest = max(film.stars or 0.0 for film in columns[0].films)
    lists = Lists(
        f"{n} films for user {user}",
        tuple(columns),
        "The textbook form asks which films people like this one have *rated*, the others which "
        "films this person would give the most stars; the first stays nearer to the kind of film, "
        "the others bring the films that everybody admires. The textbook form's highest "
        f'"predicted rating" is {highest:.1f} stars.',
    )
    return repeated(ABOUT, dataset, figures, [lists], remarks)
