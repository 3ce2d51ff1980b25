"""Article 5: concatenated embeddings on a curated MovieLens latest, asked by small tastes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType

from matinee.articles.results import About, Article, Figure, Lists
from matinee.articles.shared import Settings, film_list, fitted, measure, repeated
from matinee.dataset import Dataset
from matinee.datasets.curation import (
    MinMovieMean,
    MinMovieRatings,
    MinUserRatings,
    StarSample,
    Step,
    curate,
)
from matinee.datasets.known import known
from matinee.errors import TitleError
from matinee.evaluation import Candidate
from matinee.models import model_class
from matinee.models.base import Recommender
from matinee.profile import Profile

__all__ = ["ABOUT", "TASTES", "run", "scaled_curation"]

ABOUT = About.of(5, ("ml-latest", "ml-latest-small"), """
Concatenated embeddings on a curated MovieLens latest

MovieLens latest, curated: films with a mean of at least 3.5 and at least 1,000 ratings, people
with at least 500, and of those ratings 10 % of each film at each star level. Stars are mapped to 0
… 1; embeddings of 16 for users and films, side by side, a layer of 32 and one unit (Keras, Adam,
squared error): loss 0.024. New people of two or three rated films get recommendations.

The thresholds are scaled to the data at hand. A set with 1/f² of the ratings of latest is taken
for f times smaller on both sides, and so are the counts of a film and of a person: the thresholds
are multiplied by the square root of the share of the ratings (33.8 million in the edition of
2023). The least mean stays. The sample is there to bring the rest down to a size: it takes a tenth
of latest, and all of a set that is smaller than that tenth.

Whether their 0.024 is a loss of training or of validation is not known to us: both are given, for
the epoch with the lowest validation loss. A loss on 0 … 1 grows with the square of the scale:
0.024 is an RMSE of 0.70 on stars from 0.5 to 5.

Curating before the split chooses the test ratings too: films that are liked by all and people who
rate much are easier. The last rows have the same network and the biases without curation.

The tastes are ours but the first, in the article's manner. Their films that the curation threw out
(too few ratings, or a mean below 3.5) cannot be told to the article's network; ours learns from
the whole set.

A new person is answered, in the article's manner, with the embedding of the most similar person
(cosine of their ratings).
""")  # fmt: skip

TASTES: Mapping[str, Mapping[str | int, float]] = MappingProxyType(
    {
        "mafia": {"The Godfather": 4.5, "The Godfather: Part III": 4.0},
        "super heroes": {"Batman Begins": 4.5, "The Avengers (2012)": 4.0, "Iron Man 3": 4.0},
        "animation for children": {"Toy Story": 5.0, "Finding Nemo": 4.5, "Monsters, Inc.": 4.5},
        "space": {"Alien": 4.5, "Blade Runner": 5.0, "2001: A Space Odyssey": 4.0},
        "romantic comedies": {
            "Notting Hill": 4.5,
            "Bridget Jones's Diary": 4.0,
            "Love Actually": 4.5,
        },
    }
)
"""Small tastes: the name of each, and its films with stars."""

_LATEST = known("ml-latest").ratings
_NETWORKS = (("16+16→32→1", "16-32", 0.024), ("5+5→128→32→1", "5-128-32", None))


def scaled_curation(n_ratings: int, seed: int = 0) -> list[Step]:
    """The article's curation for a set of so many ratings; the seed is that of the sample.

    Examples
    --------
    >>> for step in scaled_curation(100_836):
    ...     print(step.describe())
    films with a mean of at least 3.5 stars
    films with at least 55 ratings
    people with at least 27 ratings
    """
    share = n_ratings / _LATEST
    smaller = math.sqrt(share)
    steps: list[Step] = [
        MinMovieMean(3.5),
        MinMovieRatings(max(2, round(1000 * smaller))),
        MinUserRatings(max(2, round(500 * smaller))),
    ]
    if share > 0.1:
        steps.append(StarSample(0.1 / share, seed=seed))
    return steps


def run(dataset: Dataset, settings: Settings) -> Article:
    """Repeat the article on MovieLens latest, or what stands in for it; needs PyTorch."""
    curated, report = curate(dataset, scaled_curation(len(dataset.ratings), settings.seed))
    # A squared error in stars becomes one of ratings that are mapped to 0 … 1.
    unit = (dataset.ratings.scale.maximum - dataset.ratings.scale.minimum) ** 2
    same = dataset.name == "ml-latest"
    note = "" if same else (
        "Curated from another, smaller set, with fewer ratings a film and a person."
    )  # fmt: skip
    figures, networks = [], []
    for label, preset, theirs in _NETWORKS:
        params = settings.epochs(model_class("mlp").presets[preset])
        model = fitted(curated, settings, "mlp", fold_in="nearest", neighbors=1, **params)
        networks.append(model)
        best = min(model.history, key=lambda entry: entry["valid_loss"])
        figures += [
            Figure(f"{what}, curated", label, theirs, best[name] / unit, "",
                   comparable=same, note=note)
            for what, name in (("validation loss", "valid_loss"), ("training loss", "train_loss"))
        ]  # fmt: skip
    params = settings.epochs(model_class("mlp").presets["16-32"])
    models = [Candidate("16+16→32→1", "mlp", params), Candidate("biases alone", "bias")]
    for data, what in ((curated, "curated"), (dataset, "not curated")):
        rmse = measure(models, data, settings, test_size=0.1)
        figures += [
            Figure(f"loss on a held-out tenth, {what}", label, None, error**2 / unit, "",
                   note=f"An RMSE of {error:.3f} stars.")
            for label, error in rmse.items()
        ]  # fmt: skip

    ours = fitted(dataset, settings, "ease")
    asked = [_answers(dataset, name, networks[0], ours, settings) for name in TASTES]
    lists = [taste for taste in asked if taste is not None]
    remarks = [f"What the curation took:\n\n{report}"]
    if len(lists) < len(TASTES):
        remarks.append(f"{len(TASTES) - len(lists)} tastes have films that are not in this data.")
    return repeated(ABOUT, dataset, figures, lists, remarks + _overlaps(lists))


def _answers(
    dataset: Dataset, name: str, network: Recommender, ours: Recommender, settings: Settings
) -> Lists | None:
    """What both models recommend for a taste; None where the data lack one of its films."""
    try:
        profile = Profile.from_titles(TASTES[name], dataset.catalog)
    except TitleError:
        return None
    told = profile.known_to(network.catalog)
    n = settings.list_length(10)
    said = [
        f"{dataset.catalog[film]} {stars:g}" + ("" if film in told.ratings else " (curated away)")
        for film, stars in profile.ratings.items()
    ]
    columns = (
        film_list("the article's network", network.recommend(told, n), network),
        film_list("ease, not curated", ours.recommend(profile, n), ours),
    )
    return Lists(f"{n} films for a taste: {name}", columns, f"Told: {', '.join(said)}.")


def _overlaps(lists: list[Lists]) -> list[str]:
    """How much the lists of different tastes have in common, for each model."""
    said = []
    for columns in zip(*(taste.columns for taste in lists), strict=True) if len(lists) > 1 else ():
        sets = [{film.movie_id for film in column.films} for column in columns]
        said.append(
            f"{columns[0].label}: {len(set.union(*sets))} different films in {len(sets)} lists of "
            f"{max(map(len, sets))}, {len(set.intersection(*sets))} of them in every list."
        )
    return said
