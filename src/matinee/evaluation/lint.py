"""The evaluation linter: traps that make figures say something else than they seem to say.

It warns of what it can see in the data, the split and the models. What it cannot see (a look at
the test part before the model was written, say) stays with the person.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from matinee.datasets.films import duplicates_of
from matinee.datasets.splits import Split
from matinee.evaluation.candidate import Candidate
from matinee.evaluation.metrics import Metric
from matinee.evaluation.protocols import Relevance, relevant_films
from matinee.ids import Codes

__all__ = ["Trap", "lint_candidates", "lint_ranked_share", "lint_split"]

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
        return asdict(self)

    def __str__(self) -> str:
        return self.message


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
    return [
        *_time_leak(split),
        *_in_both_parts(split),
        *_unknown_people(split),
        *_k_too_large(split, metrics),
        *_curated(split),
        *_few_people(split, metrics, relevance),
    ]


def _time_leak(split: Split) -> Iterator[Trap]:
    train, test = split.train.ratings, split.test
    if split.name == "time":
        later = int(np.count_nonzero(train.timestamps > test.timestamps.min()))
        if later:
            yield Trap(
                "time-leak",
                f"the split claims to be by time, but {later:,} training ratings are later than "
                "the first test rating: the model learns from the future",
            )
    if split.name == "leave-last-out":
        last = np.full(split.given.n_users, np.iinfo(np.int64).min)
        np.maximum.at(last, split.given.users, split.given.timestamps)
        early = int(np.count_nonzero(test.timestamps < last[test.users]))
        if early:
            yield Trap(
                "time-leak",
                f"{early:,} test ratings are not their person's last: later ones are in the "
                "training part",
            )


def _in_both_parts(split: Split) -> Iterator[Trap]:
    width = np.int64(max(split.test.n_movies, 1))

    def shared(films: Codes, among: NDArray[np.bool_]) -> int:
        """How many test ratings are of a person and film that the model was told."""
        asked, known = (
            (part.users * width + films[part.movies])[among[part.movies]]
            for part in (split.test, split.given)
        )
        return int(np.isin(asked, known).sum())

    films = np.arange(width, dtype=np.int32)
    both = shared(films, films >= 0)
    if both:
        yield Trap(
            "test-in-training",
            f"{both:,} test ratings are in the training part too: errors in stars are too small, "
            "and those films can never be found in a list",
        )
    into = duplicates_of(split.train.catalog)
    doubles = 0 if into is None else shared(into, np.bincount(into, minlength=width)[into] > 1)
    if doubles:
        yield Trap(
            "duplicate-films",
            f"{doubles:,} test ratings are of films that the same person rated in the training "
            "part under another id (one title and year, or one IMDb id): merge them before "
            "splitting",
        )


def _unknown_people(split: Split) -> Iterator[Trap]:
    if split.holds_out_people:
        return
    people = split.test_users
    unknown = int(np.count_nonzero(split.train.ratings.user_counts[people] == 0))
    if 2 * unknown > people.size:
        yield Trap(
            "unknown-people",
            f"{unknown:,} of {people.size:,} test people have no training ratings, so everybody "
            "gets nearly the same list; another cut, or strong-generalization, says more",
        )


def _k_too_large(split: Split, metrics: Sequence[Metric]) -> Iterator[Trap]:
    left = split.test.n_movies - split.given.user_counts[split.test_users].astype(np.int64)
    fewest = int(left.min())
    too_large = [metric for metric in metrics if metric.k > fewest]
    if too_large:
        people = int(np.count_nonzero(left < max(metric.k for metric in too_large)))
        yield Trap(
            "k-too-large",
            f"{', '.join(metric.name for metric in too_large)}: {people:,} people have fewer "
            f"unseen films than that (the fewest: {fewest:,}), so that every film is in the list; "
            "choose a smaller k",
        )


def _curated(split: Split) -> Iterator[Trap]:
    if split.train.name.endswith("(curated)"):
        yield Trap(
            "curated-test",
            f"{split.train.name}: the curation chose the test ratings as well, so the figures hold "
            "for the curated set only; curate the training part instead",
        )


def _few_people(split: Split, metrics: Sequence[Metric], relevance: Relevance) -> Iterator[Trap]:
    people = split.test_users.size
    if any(metric.kind == "accuracy" for metric in metrics):
        indptr, _ = relevant_films(split, relevance)
        people = min(people, int(np.count_nonzero(np.diff(indptr))))
    if people < _FEW_PEOPLE:
        yield Trap(
            "few-people",
            f"only {people:,} people are measured: intervals are wide, and small differences "
            "cannot be seen; use more data, k-fold or several seeds",
        )


def lint_candidates(
    chosen: Sequence[Candidate],
    metrics: Sequence[Metric],
    relevance: Relevance,
    *,
    data_fingerprint: str = "",
    test_fingerprints: Sequence[str] = (),
) -> list[Trap]:
    """Traps that the choice of models shows; fingerprints are of the data and the test parts."""
    found: list[Trap] = []
    kinds = {metric.kind for metric in metrics}
    counts = Counter(candidate.model for candidate in chosen)
    by = [one.params.get("by") for one in chosen if one.model == "popular"]
    if "accuracy" in kinds and not by:
        found.append(
            Trap(
                "no-baseline",
                "no baseline for lists: add the model popular with by=count, which recommends the "
                "most rated films to everybody and is hard to beat on some data",
            )
        )
    elif "accuracy" in kinds and "count" not in by:
        found.append(
            Trap(
                "weak-baseline",
                "popular orders films by their mean here, which finds fewer of them than their "
                "number of ratings does: set by=count for the baseline to beat",
            )
        )
    if "stars" in kinds and relevance.stars and "bias" not in counts:
        found.append(
            Trap(
                "no-baseline",
                "no baseline for stars: add the model bias, which knows means and offsets only",
            )
        )
    found += [
        Trap(
            "tuned-on-test",
            f"{count} variants of {model} on one test part: the best of them looks better than it "
            "is; choose with matinee tune, which uses validation data",
        )
        for model, count in sorted(counts.items())
        if count >= _MANY_VARIANTS
    ]
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
    """A trap for each model, by label, that ranked only a share of the unseen films.

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
