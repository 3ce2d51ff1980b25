"""Article 2: a network of embeddings and their dot product on ML-1M, stopped early."""

from __future__ import annotations

from matinee.articles.results import About, Article, Figure, Lists
from matinee.articles.shared import Settings, film_list, fitted, measure, person, repeated
from matinee.dataset import Dataset
from matinee.evaluation import Candidate
from matinee.models import model_class

__all__ = ["ABOUT", "run"]

ABOUT = About.of(2, ("ml-1m",), """
A dot-product network in Keras on ML-1M

Embeddings of users and films of ML-1M, 100 wide, and their dot product, trained with AdaMax on the
squared error. A tenth of the ratings is kept for validation; training stops when it has not
improved for two epochs, and the best weights are kept. 20 films are listed for user 2000.

Their 0.8616 is the lowest validation error over all epochs: the same ratings chose the epoch and
gave the figure. The first row repeats that. The rows below it measure on a tenth of the ratings
that took no part in the training, nor in the choice of its end.

Ours adds biases of users and films to the dot product. The learning rate is 0.002 and a batch a
440th part of the ratings; the article's batch is not known to us.

Another random tenth is held out.

Times are of different machines, years apart: they say how long one waits, and nothing about which
program is faster.
""")  # fmt: skip


def run(dataset: Dataset, settings: Settings) -> Article:
    """Repeat the article on ML-1M, or on what stands in for it; needs PyTorch."""
    theirs = settings.epochs(model_class("dot").presets["keras"])
    ours = settings.epochs({})
    model = fitted(dataset, settings, "dot", **theirs)
    best = min(model.history, key=lambda entry: entry["valid_loss"])
    epoch_seconds = model.fit_seconds / len(model.history)
    models = [
        Candidate("article", "dot", theirs),
        Candidate("ours", "dot", ours),
        Candidate("bias", "bias"),
    ]
    rmse = measure(models, dataset, settings, test_size=0.1)
    held_out = "RMSE, 90/10, held-out tenth"
    figures = (
        Figure("lowest validation RMSE, 90/10", "the article's network", 0.8616,
               best["valid_loss"] ** 0.5, note="Chosen and measured on the same ratings."),
        Figure("epoch of it", "the article's network", 17, int(best["epoch"]), ""),
        Figure("one epoch", "the article's network", 360, epoch_seconds, "seconds",
               comparable=False, note="Other machines."),
        Figure(held_out, "the article's network", None, rmse["article"],
               note="Early stopping on a tenth of the training part."),
        Figure(held_out, "dot, our defaults", None, rmse["ours"],
               note="50 factors, 6 epochs, one-cycle, weight decay, sigmoid into 0 to 5.5."),
        Figure(held_out, "biases alone", None, rmse["bias"],
               note="What any factors have to beat."),
    )  # fmt: skip

    user, remarks = person(dataset, 2000)
    profile, n = dataset.profile(user), settings.list_length(20)
    other = fitted(dataset, settings, "dot", **ours)
    lists = Lists(
        f"{n} films for user {user}",
        (
            film_list("the article's network", model.recommend(profile, n), model),
            film_list("dot, our defaults", other.recommend(profile, n), other),
        ),
        "Ordered by predicted stars. Nothing keeps a film with few ratings out, save that a "
        "penalty (ours) or an early end (theirs) holds its vector near the mean.",
    )
    return repeated(ABOUT, dataset, figures, [lists], remarks)
