"""The evaluation linter: traps that make figures say something else than they seem to say.

It warns of what it can see in the data, the split and the models. What it cannot see (a look at
the test part before the model was written, say) stays with the person.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matinee.catalog import Catalog
from matinee.datasets.splits import Split
from matinee.evaluation.measure import Relevance, relevant_films
from matinee.evaluation.metrics import Metric
from matinee.evaluation.run import Candidate
from matinee.pages import card

__all__ = ["Trap", "lint_candidates", "lint_ranked_share", "lint_split", "same_films"]

_FEW_PEOPLE = 100
_MANY_VARIANTS = 5


@dataclass(frozen=True, slots=True)
class Trap:
    """One warning.

    Attributes
    ----------
    code : str
        What kind it is, for programs: ``"time-leak"``.
    message : str
        What was seen, what it does to the figures, and what to do.
    """

    code: str
    message: str

    def to_dict(self) -> dict[str, str]:
        """Plain values, for JSON."""
        return {"code": self.code, "message": self.message}

    def __str__(self) -> str:
        return self.message

    def _repr_html_(self) -> str:
        return card("Warning", self.code, note=self.message)


def lint_split(split: Split, metrics: Sequence[Metric], relevance: Relevance) -> list[Trap]:
    """Traps that a split shows.

    Examples
    --------
    >>> from matinee import Dataset, Ratings
    >>> from matinee.evaluation.metrics import parse_metric
    >>> ratings = Ratings.from_columns([1, 1, 2], [10, 20, 10], [4.0, 3.0, 5.0], [5, 9, 7])
    >>> late, early = ratings.take(ratings.timestamps > 6), ratings.take(ratings.timestamps < 6)
    >>> wrong = Split("time", Dataset.of(late), early)
    >>> [trap.code for trap in lint_split(wrong, [parse_metric("rmse")], Relevance(None, True))]
    ['time-leak', 'few-people']
    """
    found = [
        *_time_leak(split),
        *_ratings_in_both(split),
        *_films_in_both(split),
        *_unknown_people(split),
        *_k_too_large(split, metrics),
    ]
    if split.train.name.endswith("(curated)"):
        found.append(
            Trap(
                "curated-test",
                f"{split.train.name}: the curation chose the test ratings as well, so the figures "
                "hold for the curated set only; curate the training part instead",
            )
        )
    indptr, _ = relevant_films(split, relevance)
    people = split.test_users.size
    asked = int(np.count_nonzero(np.diff(indptr)))
    if any(metric.kind.kind == "accuracy" for metric in metrics) and asked < people:
        people = asked
    if people < _FEW_PEOPLE:
        found.append(
            Trap(
                "few-people",
                f"only {people:,} people are measured: intervals are wide, and small differences "
                "cannot be seen; use more data, k-fold or several seeds",
            )
        )
    return found


def _time_leak(split: Split) -> list[Trap]:
    train, test = split.train.ratings, split.test
    if split.name == "time":
        bound = int(test.timestamps.min())
        later = int(np.count_nonzero(train.timestamps > bound))
        if later:
            return [
                Trap(
                    "time-leak",
                    f"the split claims to be by time, but {later:,} training ratings are later "
                    f"than the first test rating: the model learns from the future",
                )
            ]
    if split.name == "leave-last-out":
        given = split.given
        last = np.full(given.n_users, np.iinfo(np.int64).min)
        np.maximum.at(last, given.users, given.timestamps)
        early = int(np.count_nonzero(test.timestamps < last[test.users]))
        if early:
            return [
                Trap(
                    "time-leak",
                    f"{early:,} test ratings are not their person's last: later ones are in the "
                    "training part",
                )
            ]
    return []


def _ratings_in_both(split: Split) -> list[Trap]:
    width = np.int64(max(split.test.n_movies, 1))
    given = split.given
    known = given.users * width + given.movies
    asked = split.test.users * width + split.test.movies
    both = int(np.isin(asked, known, assume_unique=True).sum())
    if not both:
        return []
    return [
        Trap(
            "test-in-training",
            f"{both:,} test ratings are in the training part too: errors in stars are too small, "
            "and those films can never be found in a list",
        )
    ]


def _films_in_both(split: Split) -> list[Trap]:
    groups = same_films(split.train.catalog)
    if not bool((groups >= 0).any()):
        return []
    width = np.int64(int(groups.max()) + 1)
    keys: list[NDArray[np.int64]] = []
    for part in (split.test, split.given):
        group = groups[part.movies]
        rows = group >= 0
        keys.append(part.users[rows] * width + group[rows])
    both = int(np.isin(keys[0], keys[1]).sum())
    if not both:
        return []
    return [
        Trap(
            "duplicate-films",
            f"{both:,} test ratings are of films that the same person rated in the training part "
            "under another id (one title and year, or one IMDb id): merge them before splitting",
        )
    ]


def same_films(catalog: Catalog) -> NDArray[np.int64]:
    """For each film the number of its group of doubles, or -1 if it is alone.

    Films are doubles if title and year are letter for letter the same (case aside), or the IMDb
    id is.
    """
    names = [str(title).casefold().strip() for title in catalog.titles]
    by_title = _groups(names, np.asarray(catalog.years) > 0)
    by_imdb = _groups(catalog.imdb_ids.tolist(), catalog.imdb_ids > 0)
    offset = int(by_title.max(initial=-1)) + 1
    return np.where(by_title >= 0, by_title, np.where(by_imdb >= 0, by_imdb + offset, -1))


def _groups(keys: Sequence[object], known: NDArray[np.bool_]) -> NDArray[np.int64]:
    counts = Counter(key for key, fine in zip(keys, known.tolist(), strict=True) if fine)
    numbers = {key: n for n, key in enumerate(k for k, count in counts.items() if count > 1)}
    found = [
        numbers.get(key, -1) if fine else -1 for key, fine in zip(keys, known.tolist(), strict=True)
    ]
    return np.asarray(found, dtype=np.int64)


def _unknown_people(split: Split) -> list[Trap]:
    if split.holds_out_people:
        return []
    counts = split.train.ratings.user_counts[split.test_users]
    unknown = int(np.count_nonzero(counts == 0))
    if 2 * unknown <= split.test_users.size:
        return []
    return [
        Trap(
            "unknown-people",
            f"{unknown:,} of {split.test_users.size:,} test people have no training ratings, so "
            "everybody gets nearly the same list; another cut, or strong-generalization, says more",
        )
    ]


def _k_too_large(split: Split, metrics: Sequence[Metric]) -> list[Trap]:
    left = split.test.n_movies - split.given.user_counts[split.test_users].astype(np.int64)
    too_large = {metric.name: metric.k for metric in metrics if metric.k > int(left.min())}
    if not too_large:
        return []
    people = int(np.count_nonzero(left < max(too_large.values())))
    return [
        Trap(
            "k-too-large",
            f"{', '.join(too_large)}: {people:,} people have fewer unseen films than that (the "
            f"fewest: {int(left.min()):,}), so that every film is in the list; choose a smaller k",
        )
    ]


def lint_candidates(
    candidates: Iterable[Candidate],
    metrics: Sequence[Metric],
    relevance: Relevance,
    *,
    data_fingerprint: str = "",
    test_fingerprints: Sequence[str] = (),
) -> list[Trap]:
    """Traps that the choice of models shows.

    Parameters
    ----------
    candidates : iterable of Candidate
    metrics : sequence of Metric
    relevance : Relevance
    data_fingerprint : str
        Of the data set that was split.
    test_fingerprints : sequence of str
        Of the test parts.
    """
    chosen = list(candidates)
    names = {candidate.model for candidate in chosen}
    found: list[Trap] = []
    kinds = {metric.kind.kind for metric in metrics}
    baselines = [candidate for candidate in chosen if candidate.model == "popular"]
    if "accuracy" in kinds and not baselines:
        found.append(
            Trap(
                "no-baseline",
                "no baseline for lists: add the model popular with by=count, which recommends the "
                "most rated films to everybody and is hard to beat on some data",
            )
        )
    elif "accuracy" in kinds and all(one.params.get("by") != "count" for one in baselines):
        found.append(
            Trap(
                "weak-baseline",
                "popular orders films by their mean here, which finds fewer of them than their "
                "number of ratings does: set by=count for the baseline to beat",
            )
        )
    if "stars" in kinds and relevance.stars and "bias" not in names:
        found.append(
            Trap(
                "no-baseline",
                "no baseline for stars: add the model bias, which knows means and offsets only",
            )
        )
    for model, count in sorted(Counter(candidate.model for candidate in chosen).items()):
        if count >= _MANY_VARIANTS:
            found.append(
                Trap(
                    "tuned-on-test",
                    f"{count} variants of {model} on one test part: the best of them looks better "
                    "than it is; choose with matinee tune, which uses validation data",
                )
            )
    for candidate in chosen:
        tuned = candidate.tuned
        same_data = tuned.get("data_fingerprint") == data_fingerprint != ""
        if same_data and any(tuned.get("test_fingerprint") != one for one in test_fingerprints):
            found.append(
                Trap(
                    "tuned-on-test",
                    f"{candidate.label} was tuned on another split of the same data "
                    f"({tuned.get('protocol')}, seed {tuned.get('seed')}): ratings that are tested "
                    "here were used there; evaluate with that protocol and seed",
                )
            )
    return found


def lint_ranked_share(shares: Mapping[str, float]) -> list[Trap]:
    """A trap for each model that ranked only some of the unseen films.

    Parameters
    ----------
    shares : mapping of str to float
        By label: the mean share of a person's unseen films that had a score.

    Examples
    --------
    >>> [trap.code for trap in lint_ranked_share({"mine": 0.03, "popular": 1.0})]
    ['sampled-candidates']
    """
    return [
        Trap(
            "sampled-candidates",
            f"{label} ranked {share:.1%} of the unseen films: where films are missing by design, "
            "fine; ranks among a sample of films are not comparable with ranks among all",
        )
        for label, share in shares.items()
        if share < 0.9
    ]
