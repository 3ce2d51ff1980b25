"""Article 1: singular value decomposition, five folds on ML-1M, a list for one person."""

from __future__ import annotations

from typing import Any

from matinee.dataset import Dataset
from matinee.evaluation.reproduce.findings import About, Article, Figure, Lists
from matinee.evaluation.reproduce.running import (
    Settings,
    candidate,
    film_list,
    fitted,
    measure,
    person,
    sizes,
)

__all__ = ["ABOUT", "run"]

ABOUT = About(
    number=1,
    title="Singular value decomposition on ML-1M",
    summary=(
        "Factors of ML-1M in two ways: a truncated decomposition of the demeaned users × films "
        "matrix (50 singular vectors), from which 20 films are listed for user 1310; and the "
        "library Surprise with its defaults, from whose five folds the RMSE comes."
    ),
    datasets=("ml-1m",),
    differences=(
        (
            "The article's list and its RMSE come from two different models. Surprise's SVD is no "
            "decomposition: it learns factors by stochastic gradient descent (Funk 2006). Its "
            "counterpart here is mf, with the same hyper-parameters (100 factors, 20 epochs, "
            "learning rate 0.005, penalty 0.02)."
        ),
        (
            "Even so mf is not Surprise: it starts from fitted biases and ends by solving for each "
            "person exactly."
        ),
        (
            "Five random folds here as there, but not the same ones. Theirs is the mean of five "
            "RMSEs, ours the RMSE of all held-out ratings together."
        ),
        (
            "The article measures no error of the model that its list comes from. In the textbook "
            "form a film without a rating counts as zero stars: it ranks well enough, and what it "
            "predicts are no stars."
        ),
        (
            "The decomposition's lists are for all ratings of ML-1M, nothing held out, as in the "
            "article."
        ),
    ),
)

_SURPRISE = {
    "factors": 100,
    "iterations": 20,
    "learning_rate": 0.005,
    "schedule": "constant",
    "regularization": 0.02,
    "bias_regularization": 0.02,
    "implicit": "none",
}
_PLAIN = {"demean": "user", "projection": True, "scaling": 0.0}
_USER = 1310


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
    # Fewer people or films than vectors cannot be decomposed so.
    size = min(50, dataset.ratings.n_users - 1, dataset.ratings.n_movies - 1)
    folds = settings.folds(5)
    found = measure(
        [
            candidate("surprise", "mf", **_SURPRISE),
            candidate("mf", "mf"),
            candidate("biases", "svd", factors=size),
            candidate("user", "svd", factors=size, **_PLAIN),
            candidate("textbook", "svd", factors=size, demean="textbook"),
        ],
        dataset,
        settings,
        protocol="k-fold",
        folds=folds,
    )
    what = f"RMSE, {folds} folds"
    figures = (
        Figure(what, "SVD by gradient descent, Surprise's defaults", 0.8736,
               found["surprise"].rmse, note="The same hyper-parameters in mf."),
        Figure(what, "mf, our defaults", 0.8736, found["mf"].rmse,
               note="The same protocol, another model: SVD++ on both sides, 64 factors."),
        Figure(what, f"svds, k = {size}, fitted biases subtracted", None, found["biases"].rmse),
        Figure(what, f"svds, k = {size}, each person's mean subtracted", None, found["user"].rmse),
        Figure(what, f"svds, k = {size}, textbook form", None, found["textbook"].rmse,
               note="Zeros counted as ratings: the form that the article's list comes from."),
    )  # fmt: skip
    user, remark = person(dataset, _USER)
    return Article(
        ABOUT,
        **sizes(dataset),
        figures=figures,
        lists=(_lists(dataset, settings, size, user),),
        remarks=(remark,) if remark else (),
    )


def _lists(dataset: Dataset, settings: Settings, size: int, user: int | str) -> Lists:
    profile = dataset.profile(user)
    n = settings.list_length(20)
    forms: tuple[tuple[str, dict[str, Any]], ...] = (
        ("textbook form, as in the article", {"demean": "textbook"}),
        ("each person's mean subtracted", _PLAIN),
        ("fitted biases subtracted (ours)", {}),
    )
    columns = []
    for label, params in forms:
        model = fitted(dataset, settings, "svd", factors=size, **params)
        columns.append(film_list(label, model.recommend(profile, n), model))
    best = max(columns[0].films, key=lambda film: film.stars or 0.0, default=None)
    highest = "" if best is None or best.stars is None else f"{best.stars:.1f}"
    return Lists(
        f"{n} films for user {user}",
        tuple(columns),
        "The textbook form asks which films people like this one have *rated*, the others which "
        "films this person would give the most stars; the first stays nearer to the kind of film, "
        "the others bring the films that everybody admires. The textbook form's highest "
        f'"predicted rating" is {highest} stars.',
    )
