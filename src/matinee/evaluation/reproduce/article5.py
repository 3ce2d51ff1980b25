"""Article 5: concatenated embeddings on a curated MovieLens latest, asked by small tastes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType

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
from matinee.evaluation.reproduce.findings import About, Article, Figure, FilmList, Lists
from matinee.evaluation.reproduce.running import (
    Settings,
    candidate,
    film_list,
    fitted,
    measure,
    sizes,
)
from matinee.models import model_class
from matinee.models.base import Recommender
from matinee.profile import Profile
from matinee.scale import RatingScale

__all__ = ["ABOUT", "TASTES", "run", "scaled_curation"]

ABOUT = About(
    number=5,
    title="Concatenated embeddings on a curated MovieLens latest",
    summary=(
        "MovieLens latest, curated: films with a mean of at least 3.5 and at least 1,000 "
        "ratings, people with at least 500, and of those ratings 10 % of each film at each star "
        "level. Stars are mapped to 0 … 1; embeddings of 16 for users and films, side by side, "
        "a layer of 32 and one unit (Keras, Adam, squared error): loss 0.024. New people of two "
        "or three rated films get recommendations."
    ),
    datasets=("ml-latest", "ml-latest-small"),
    differences=(
        (
            "The thresholds are scaled to the data at hand. A set with 1/f² of the ratings of "
            "latest is taken for f times smaller on both sides, and so are the counts of a film "
            "and of a person: the thresholds are multiplied by the square root of the share of "
            "the ratings (33.8 million in the edition of 2023). The least mean stays. The sample "
            "is there to bring the rest down to a size: it takes a tenth of latest, and all of a "
            "set that is smaller than that tenth."
        ),
        (
            "Whether their 0.024 is a loss of training or of validation is not known to us: both "
            "are given, for the epoch with the lowest validation loss. A loss on 0 … 1 grows with "
            "the square of the scale: 0.024 is an RMSE of 0.70 on stars from 0.5 to 5."
        ),
        (
            "Curating before the split chooses the test ratings too: films that are liked by all "
            "and people who rate much are easier. The last rows have the same network and the "
            "biases without curation."
        ),
        (
            "The tastes are ours but the first, in the article's manner. Their films that the "
            "curation threw out (too few ratings, or a mean below 3.5) cannot be told to the "
            "article's network; ours learns from the whole set."
        ),
        (
            "A new person is answered, in the article's manner, with the embedding of the most "
            "similar person (cosine of their ratings)."
        ),
    ),
)

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
    """The article's curation for a set of so many ratings.

    Parameters
    ----------
    n_ratings : int
    seed : int
        Of the sample.

    Returns
    -------
    list of Step

    Examples
    --------
    >>> for step in scaled_curation(100_836):
    ...     print(step.describe())
    films with a mean of at least 3.5 stars
    films with at least 55 ratings
    people with at least 27 ratings
    >>> scaled_curation(33_832_162)[-1].describe()
    "0.1 of each film's ratings at each star level, seed 0"
    """
    share = n_ratings / _LATEST
    smaller = math.sqrt(share)
    steps: list[Step] = [
        MinMovieMean(3.5),
        MinMovieRatings(max(2, round(1000 * smaller))),
        MinUserRatings(max(2, round(500 * smaller))),
    ]
    sample = 0.1 / share
    if sample < 1:
        steps.append(StarSample(sample, seed=seed))
    return steps


def run(dataset: Dataset, settings: Settings) -> Article:
    """Repeat the article on a data set.

    Parameters
    ----------
    dataset : Dataset
        MovieLens latest, latest-small, or what stands in for it.
    settings : Settings

    Returns
    -------
    Article

    Raises
    ------
    MissingExtraError
        Without PyTorch.
    """
    curated, report = curate(dataset, scaled_curation(len(dataset.ratings), settings.seed))
    scale = curated.ratings.scale
    same = dataset.name == "ml-latest"
    note = "Curated from another, smaller set, with fewer ratings a film and a person."
    figures: list[Figure] = []
    asked: Recommender | None = None
    for label, preset, theirs in _NETWORKS:
        params = settings.epochs(model_class("mlp").presets[preset])
        model = fitted(curated, settings, "mlp", fold_in="nearest", neighbors=1, **params)
        best = min(model.history, key=lambda entry: entry["valid_loss"])
        for what, name in (("validation loss", "valid_loss"), ("training loss", "train_loss")):
            figures.append(
                Figure(
                    f"{what}, curated",
                    label,
                    theirs,
                    _on_unit(best[name], scale),
                    "",
                    comparable=same,
                    note="" if same else note,
                )
            )
        asked = asked or model
    figures += _held_out(curated, settings, "held-out tenth, curated")
    figures += _held_out(dataset, settings, "held-out tenth, not curated")
    assert asked is not None
    ours = fitted(dataset, settings, "ease")
    lists = [_answers(dataset, name, asked, ours, settings) for name in TASTES]
    given = [taste for taste in lists if taste is not None]
    remarks = [f"What the curation took:\n\n{report}"]
    if len(given) < len(TASTES):
        remarks.append(f"{len(TASTES) - len(given)} tastes have films that are not in this data.")
    remarks += _overlaps(given)
    return Article(
        ABOUT,
        **sizes(dataset),
        figures=tuple(figures),
        lists=tuple(given),
        remarks=tuple(remarks),
    )


def _on_unit(squared: float, scale: RatingScale) -> float:
    """A squared error in stars as one of ratings that are mapped to 0 … 1."""
    return squared / (scale.maximum - scale.minimum) ** 2


def _held_out(dataset: Dataset, settings: Settings, what: str) -> list[Figure]:
    params = settings.epochs(model_class("mlp").presets["16-32"])
    models = [candidate("16+16→32→1", "mlp", **params), candidate("biases alone", "bias")]
    found = measure(models, dataset, settings, test_size=0.1)
    scale = dataset.ratings.scale
    figures = []
    for model in models:
        rmse = found[model.label].rmse
        loss = _on_unit(rmse**2, scale)
        figures.append(
            Figure(f"loss on a {what}", model.label, None, loss, "",
                   note=f"An RMSE of {rmse:.3f} stars.")
        )  # fmt: skip
    return figures


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
    return Lists(
        f"{n} films for a taste: {name}",
        (
            film_list("the article's network", network.recommend(told, n), network),
            film_list("ease, not curated", ours.recommend(profile, n), ours),
        ),
        f"Told: {', '.join(said)}.",
    )


def _overlaps(lists: Sequence[Lists]) -> list[str]:
    """How much the lists of different tastes have in common, for each model."""
    if len(lists) < 2:
        return []
    said = []
    for place in range(2):
        columns: list[FilmList] = [taste.columns[place] for taste in lists]
        sets = [{film.movie_id for film in column.films} for column in columns]
        everywhere = len(set.intersection(*sets))
        distinct = len(set.union(*sets))
        said.append(
            f"{columns[0].label}: {distinct} different films in {len(sets)} lists of "
            f"{max(map(len, sets))}, {everywhere} of them in every list."
        )
    return said
