"""Strong generalisation: the people that a model is tested on are unknown to it."""

from __future__ import annotations

import numpy as np

from matinee.curation import keep_movies
from matinee.dataset import Dataset
from matinee.errors import EvaluationError, ParameterError
from matinee.ids import Codes
from matinee.ratings import Ratings
from matinee.splits.split import Split, rank_within_user, share_of

__all__ = ["strong_generalization"]


def strong_generalization(
    dataset: Dataset,
    *,
    min_stars: float | None = 4.0,
    min_ratings: int = 5,
    heldout: int | float = 0.1,
    fold_in: float = 0.8,
    seed: int = 0,
    validation: bool = True,
) -> Split:
    """Hold out people, tell the model a part of their films, and ask for the rest.

    The protocol of Liang et al. (2018), step by step:

    1. ratings of at least ``min_stars`` are kept, then people with at least ``min_ratings``;
    2. the people are put in a random order; the last ``heldout`` of them are the test people, the
       ``heldout`` before those the validation people, the others are for training;
    3. films that no training person kept are left out, also from the catalogue;
    4. of each held-out person's films, ``floor((1 - fold_in) · n)`` drawn at random are to be
       found, the others are folded in. People with fewer than five films left are folded in whole
       and not measured.

    Parameters
    ----------
    dataset : Dataset
    min_stars : float, optional
        None keeps all ratings.
    min_ratings : int
    heldout : int or float
        Number of test people, or their share (rounded down); as many again for validation.
    fold_in : float
        Above 0 and below 1.
    seed : int
    validation : bool
        Whether the split carries the validation people. They are never in the training part.

    Returns
    -------
    Split
        ``train`` has its own user vocabulary: test people are not in it. Stars of kept ratings
        stay as they are; a model for implicit feedback sees a one in each.

    Raises
    ------
    EvaluationError
        If too few people are left to hold any out.

    References
    ----------
    D. Liang, R. G. Krishnan, M. D. Hoffman, T. Jebara: Variational Autoencoders for Collaborative
    Filtering. WWW 2018, section 4.
    """
    if not 0 < fold_in < 1:
        raise ParameterError(f"fold_in must lie above 0 and below 1, got {fold_in}")
    if min_ratings < 1:
        raise ParameterError(f"min_ratings must be at least 1, got {min_ratings}")
    ratings = dataset.ratings
    if min_stars is not None:
        ratings = ratings.take(ratings.stars >= np.float32(min_stars))
    ratings = ratings.take((ratings.user_counts >= min_ratings)[ratings.users]).compact_users()
    n_users = ratings.n_users
    if not (0 < heldout < 0.5 or float(heldout).is_integer()):
        raise ParameterError(
            f"heldout is a number of people, or a share of them between 0 and 0.5, got {heldout}"
        )
    n_heldout = int(share_of(heldout, np.asarray(n_users)) if heldout < 1 else heldout)
    if n_heldout < 1 or 2 * n_heldout >= n_users:
        raise EvaluationError(
            f"{n_users:,} people are left with at least {min_ratings} ratings of at least "
            f"{min_stars} stars, and {n_heldout:,} are to be held out twice (validation and "
            f"test): change heldout, or use more data"
        )

    rng = np.random.default_rng(seed)
    order = rng.permutation(n_users).astype(np.int32)
    first_test, first_validation = n_users - n_heldout, n_users - 2 * n_heldout
    learning = _people(ratings, order[:first_validation])
    train = keep_movies(dataset.replace(learning.compact_users()), learning.movie_stats.counts > 0)
    known = ratings.take((learning.movie_stats.counts > 0)[ratings.movies])
    known = known.with_movies(train.catalog.movie_ids)

    stars = "all ratings" if min_stars is None else f"ratings of at least {min_stars:g} stars"
    about = (
        f"{stars}, people with at least {min_ratings}; {n_heldout:,} people held out, "
        f"{fold_in:.4g} of their films folded in (Liang et al. 2018)"
    )
    options = {
        "min_stars": min_stars,
        "min_ratings": min_ratings,
        "heldout": heldout,
        "fold_in": fold_in,
    }
    # Drawn before the test people, so that the validation part is the same with or without them.
    parts = {}
    for part, people in (
        ("validation", order[first_validation:first_test]),
        ("test", order[first_test:]),
    ):
        held = _people(known, people).compact_users()
        hidden = _to_be_found(held, 1 - fold_in, rng)
        parts[part] = (held.take(~hidden), held.take(hidden))
    inner = None
    if validation:
        told, asked = parts["validation"]
        inner = Split(
            "strong-generalization",
            train,
            asked,
            fold_in=told,
            seed=seed,
            description=about.replace("people held out", "validation people"),
            options=options,
        )
    told, asked = parts["test"]
    return Split(
        "strong-generalization",
        train,
        asked,
        fold_in=told,
        seed=seed,
        description=about,
        options=options,
        validation=inner,
    )


def _people(ratings: Ratings, users: Codes) -> Ratings:
    chosen = np.zeros(ratings.n_users, dtype=np.bool_)
    chosen[users] = True
    return ratings.take(chosen[ratings.users])


def _to_be_found(
    ratings: Ratings, share: float, rng: np.random.Generator
) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    counts = ratings.user_counts
    wanted = np.where(counts >= 5, share_of(share, counts), 0)
    place = rank_within_user(ratings.users, rng.random(len(ratings)))
    return place < wanted[ratings.users]
