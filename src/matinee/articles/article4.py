"""Article 4: fast.ai's collaborative filtering on ML-100K, by dot product and by a network."""

from __future__ import annotations

import numpy as np

from matinee.articles.results import About, Article, Figure, Lists
from matinee.articles.shared import Settings, bias_list, film_list, fitted, repeated
from matinee.dataset import Dataset
from matinee.models import model_class
from matinee.models.neural.dot import Dot

__all__ = ["ABOUT", "run"]

ABOUT = About.of(4, ("ml-100k",), """
fast.ai's two networks on ML-100K

ML-100K with fast.ai: embeddings with biases and their dot product (50 factors, a sigmoid into 0 to
5.5 stars), then a network of layers over concatenated embeddings; five epochs of one cycle each,
learning rate 0.005, weight decay 0.1, batches of 64. The five films whose embeddings are most
similar to that of Mary Poppins, and the films with the highest and lowest bias.

A fifth of the ratings, drawn at random, is for validation: here as there, but not the same fifth.
Neither chooses anything on it, so that it can stand for held-out ratings: the figures are of the
last epoch.

The hyper-parameters are the article's. Our network has dropout of 0.1 as its default.

Times are of different machines: theirs had a GPU or not, we do not know. They say how long one
waits, and nothing about which program is faster.

Lists of similar films depend on the random first values of the embeddings: another seed gives
partly other films.
""")  # fmt: skip


def run(dataset: Dataset, settings: Settings) -> Article:
    """Repeat the article on ML-100K, or on what stands in for it; needs PyTorch."""
    dot, mlp = (
        fitted(dataset, settings, name, validation_share=0.2,
               **settings.epochs(model_class(name).presets["fastai"]))
        for name in ("dot", "mlp")
    )  # fmt: skip
    ours = fitted(dataset, settings, "dot", validation_share=0.2, **settings.epochs({}))
    knn = fitted(dataset, settings, "item-knn")
    figures = []
    for model, label, loss, seconds in ((dot, "dot product", 0.8205, 7),
                                        (mlp, "network", 0.8561, 11)):  # fmt: skip
        epoch = model.fit_seconds / len(model.history)
        figures += [
            Figure("validation MSE, 80/20", label, loss, model.history[-1]["valid_loss"], "stars²"),
            Figure("one epoch", label, seconds, epoch, "seconds", comparable=False,
                   note="Other machines."),
        ]  # fmt: skip
    last = ours.history[-1]["valid_loss"]
    figures.append(
        Figure("validation MSE, 80/20", "dot, our defaults", 0.8205, last, "stars²",
               note="The same protocol, other hyper-parameters.")
    )  # fmt: skip

    film, n = dataset.catalog.find("Mary Poppins"), settings.list_length(5)
    similar = Lists(
        f"{n} films like {dataset.catalog[film]}",
        (
            film_list("embedding of the dot product", dot.similar(film, n), dot),
            film_list("embedding of the network", mlp.similar(film, n), mlp),
            film_list("item-knn, for comparison", knn.similar(film, n), knn),
        ),
        "An embedding is there to predict stars: near each other are films that the same people "
        "rate above or below what is expected, whatever they are about. What goes together is "
        "rather told by who watched both (item-knn).",
    )
    assert isinstance(dot, Dot)
    values, rated = dot.movie_biases(), np.flatnonzero(dot.stats.counts > 0)
    order = rated[np.argsort(values[rated], kind="stable")]
    biases = Lists(
        f"{n} films with the highest and the lowest bias",
        (
            bias_list("appreciated most", dot, order[::-1][:n].tolist()),
            bias_list("appreciated least", dot, order[:n].tolist()),
        ),
        "What people think of a film once their own generosity and taste are accounted for "
        "(matinee bias).",
    )
    return repeated(ABOUT, dataset, figures, [similar, biases])
