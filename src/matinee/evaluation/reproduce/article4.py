"""Article 4: fast.ai's collaborative filtering on ML-100K, by dot product and by a network."""

from __future__ import annotations

import numpy as np

from matinee.dataset import Dataset
from matinee.evaluation.reproduce.findings import About, Article, Figure, Lists
from matinee.evaluation.reproduce.running import (
    Settings,
    bias_list,
    film_list,
    fitted,
    sizes,
)
from matinee.models import model_class
from matinee.models.base import Recommender
from matinee.models.neural.dot import Dot

__all__ = ["ABOUT", "run"]

ABOUT = About(
    number=4,
    title="fast.ai's two networks on ML-100K",
    summary=(
        "ML-100K with fast.ai: embeddings with biases and their dot product (50 factors, a "
        "sigmoid into 0 to 5.5 stars), then a network of layers over concatenated embeddings; "
        "five epochs of one cycle each, learning rate 0.005, weight decay 0.1, batches of 64. "
        "The five films whose embeddings are most similar to that of Mary Poppins, and the films "
        "with the highest and lowest bias."
    ),
    datasets=("ml-100k",),
    differences=(
        (
            "A fifth of the ratings, drawn at random, is for validation: here as there, but not "
            "the same fifth. Neither chooses anything on it, so that it can stand for held-out "
            "ratings: the figures are of the last epoch."
        ),
        "The hyper-parameters are the article's. Our network has dropout of 0.1 as its default.",
        (
            "Times are of different machines: theirs had a GPU or not, we do not know. They say "
            "how long one waits, and nothing about which program is faster."
        ),
        (
            "Lists of similar films depend on the random first values of the embeddings: another "
            "seed gives partly other films."
        ),
    ),
)

_FILM = "Mary Poppins"


def run(dataset: Dataset, settings: Settings) -> Article:
    """Repeat the article on a data set.

    Parameters
    ----------
    dataset : Dataset
        ML-100K, or what stands in for it.
    settings : Settings

    Returns
    -------
    Article

    Raises
    ------
    MissingExtraError
        Without PyTorch.
    """
    models: dict[str, Recommender] = {}
    for name in ("dot", "mlp"):
        preset = settings.epochs(model_class(name).presets["fastai"])
        models[name] = fitted(dataset, settings, name, validation_share=0.2, **preset)
    ours = fitted(dataset, settings, "dot", validation_share=0.2, **settings.epochs({}))
    knn = fitted(dataset, settings, "item-knn")
    return Article(
        ABOUT,
        **sizes(dataset),
        figures=(
            *_figures(models["dot"], "dot product", 0.8205, 7),
            *_figures(models["mlp"], "network", 0.8561, 11),
            Figure("validation MSE, 80/20", "dot, our defaults", 0.8205, _last_loss(ours),
                   "stars²", note="The same protocol, other hyper-parameters."),
        ),
        lists=(
            _similar(dataset, settings, models, knn),
            _biases(models["dot"], settings.list_length(5)),
        ),
    )  # fmt: skip


def _last_loss(model: Recommender) -> float:
    return model.history[-1]["valid_loss"]


def _figures(model: Recommender, label: str, loss: float, seconds: float) -> list[Figure]:
    epoch = model.fit_seconds / len(model.history)
    return [
        Figure("validation MSE, 80/20", label, loss, _last_loss(model), "stars²"),
        Figure("one epoch", label, seconds, epoch, "seconds", comparable=False,
               note="Other machines."),
    ]  # fmt: skip


def _similar(
    dataset: Dataset, settings: Settings, models: dict[str, Recommender], knn: Recommender
) -> Lists:
    film = dataset.catalog.find(_FILM)
    n = settings.list_length(5)
    return Lists(
        f"{n} films like {dataset.catalog[film]}",
        (
            film_list(
                "embedding of the dot product", models["dot"].similar(film, n), models["dot"]
            ),
            film_list("embedding of the network", models["mlp"].similar(film, n), models["mlp"]),
            film_list("item-knn, for comparison", knn.similar(film, n), knn),
        ),
        "An embedding is there to predict stars: near each other are films that the same people "
        "rate above or below what is expected, whatever they are about. What goes together is "
        "rather told by who watched both (item-knn).",
    )


def _biases(model: Recommender, n: int) -> Lists:
    assert isinstance(model, Dot)
    biases = model.movie_biases()
    codes = np.flatnonzero(model.stats.counts > 0)
    order = codes[np.argsort(biases[codes], kind="stable")]
    return Lists(
        f"{n} films with the highest and the lowest bias",
        (
            bias_list("appreciated most", model, order[::-1][:n].tolist()),
            bias_list("appreciated least", model, order[:n].tolist()),
        ),
        "What people think of a film once their own generosity and taste are accounted for "
        "(matinee bias).",
    )
