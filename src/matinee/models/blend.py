"""Several models as one: each says how it would order the films, and what is best is learned."""

from __future__ import annotations

import itertools
import math
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from matinee.catalog import Catalog
from matinee.dataset import Dataset
from matinee.errors import ParameterError
from matinee.ids import Codes
from matinee.models.base import Recommender
from matinee.models.parameters import check_float, check_int, check_seed
from matinee.progress import Progress, ProgressEvent, report
from matinee.ratings import MovieStats, Ratings
from matinee.recommend.batch import ProfileBatch
from matinee.recommend.reasons import Parts
from matinee.results import ReasonKind

__all__ = ["Blend"]

_STEPS = 5  # weights are multiples of a fifth
_RANKED = 20  # the NDCG that weights are chosen by looks at this many films


class Blend(Recommender):
    """A weighted mix of models, with weights learned on ratings that were held out.

    Each member's scores for a person are brought to mean 0 and standard deviation 1 over all
    films; the score is their weighted sum. The weights are those, among all multiples of a fifth,
    that rank held-out liked films of some people best (NDCG@20); members are then fitted again on
    everything. Predicted stars come from the first member that predicts them. A reason's
    contribution is the member's own, on the common scale and times the member's weight.

    Parameters
    ----------
    members : str
        Short names, separated by commas, each with its default hyper-parameters.
    validation_share : float
        Share of a validation person's liked films that is held out to learn the weights.
    validation_users : int
        How many people the weights are learned from, at most.
    max_movies : int
        EASE models at most this many films, since its cost grows with the third power.
    random_state : int
        Chooses the people and the films that are held out.

    References
    ----------
    Jahrer, Töscher, Legenstein, "Combining predictions for accurate recommender systems" (2010).

    Examples
    --------
    >>> import matinee
    >>> data = matinee.load("sample")
    >>> model = Blend(members="popular,content", validation_users=50).fit(data)
    >>> round(sum(model.weights.values()), 6)
    1.0
    """

    name = "blend"
    summary = "weighted mix of the models above, learned on held-out ratings: the default"
    predicts_stars = True
    explains = True
    search_space = {"validation_share": (0.1, 0.5, "float")}

    def __init__(
        self,
        *,
        members: str = "ease,item-knn,content",
        validation_share: float = 0.3,
        validation_users: int = 300,
        max_movies: int = 3000,
        random_state: int = 0,
    ) -> None:
        from matinee.models import model_class

        if not isinstance(members, str):
            raise ParameterError(f"members must be names separated by commas, got {members!r}")
        self.members = members
        self.validation_share = check_float("validation_share", validation_share, 0.01, 0.9)
        self.validation_users = check_int("validation_users", validation_users, 1)
        self.max_movies = check_int("max_movies", max_movies, 2)
        self.random_state = check_seed(random_state)
        names = [name.strip() for name in members.split(",") if name.strip()]
        if len(set(names)) < 2 or len(set(names)) != len(names) or self.name in names:
            raise ParameterError(
                f"members must name at least two different models other than blend, got {members!r}"
            )
        classes = [model_class(name) for name in names]
        if not any(cls.predicts_stars for cls in classes):
            raise ParameterError(f"one member must predict stars, which none of {members} does")
        self._members = {name: self._member(name) for name in names}

    def _member(self, name: str) -> Recommender:
        from matinee.models import create_model

        if name == "ease":
            return create_model(name, max_movies=self.max_movies)
        return create_model(name)

    # -- learning --------------------------------------------------------------------------

    @property
    def weights(self) -> dict[str, float]:
        """The weight of each member; they add up to 1."""
        self._need_fit()
        return dict(zip(self._members, self._weights.tolist(), strict=True))

    def _fit(self, ratings: Ratings, catalog: Catalog, progress: Progress | None) -> None:
        kept, hidden, users = self._hold_out(ratings)
        if len(users):
            trial = {name: self._member(name) for name in self._members}
            _fit_all(trial, Dataset(kept, catalog), "try", progress)
            self._weights = _best_weights(trial, kept, hidden, users, progress)
        else:  # too little data to learn from
            self._weights = np.full(len(self._members), 1 / len(self._members))
        _fit_all(self._members, Dataset(ratings, catalog), "fit", progress)
        self.history = [dict(zip(self._members, self._weights.tolist(), strict=True))]

    def _hold_out(self, ratings: Ratings) -> tuple[Ratings, Ratings, Codes]:
        """Hide some liked films of some people, who keep at least two thirds of theirs."""
        rng = np.random.default_rng(self.random_state)
        able = np.flatnonzero(ratings.user_counts >= 10)
        users = np.sort(rng.permutation(able)[: self.validation_users]).astype(np.int32)
        chosen = np.zeros(ratings.n_users, dtype=np.bool_)
        chosen[users] = True
        sums = np.bincount(ratings.users, weights=ratings.stars, minlength=ratings.n_users)
        means = sums / np.maximum(ratings.user_counts, 1)
        liked = chosen[ratings.users] & (ratings.stars >= means[ratings.users])
        out = liked & (rng.random(len(ratings)) < self.validation_share)
        hidden = ratings.take(out)
        return ratings.take(~out), hidden, users[hidden.user_counts[users] > 0]

    def _fit_bytes(self, ratings: Ratings, catalog: Catalog) -> int:
        return sum(m._fit_bytes(ratings, catalog) for m in self._members.values())

    def _fit_advice(self) -> str:
        return "lower max_movies, or choose other members"

    # -- answering -------------------------------------------------------------------------

    def _score(self, batch: ProfileBatch) -> NDArray[np.float32]:
        heard = self._heard(batch)
        total: NDArray[np.float32] = np.array(heard[0].standard)
        for one in heard[1:]:
            total += one.standard
        return total

    def _heard(self, batch: ProfileBatch) -> list[_Heard]:
        """What the members that count say."""
        heard: list[_Heard] = []
        for (name, member), weight in zip(
            self._members.items(), self._weights.tolist(), strict=True
        ):
            if weight <= 0:
                continue
            one: _Heard | None = batch.kept.get((self, name))
            if one is None:
                one = _Heard.of(member, weight, batch)
                if batch.may_keep:
                    batch.kept[self, name] = one
            heard.append(one)
        return heard

    def _star_member(self) -> Recommender:
        return next(member for member in self._members.values() if member.predicts_stars)

    def _predict(
        self, batch: ProfileBatch, rows: NDArray[np.intp], movies: Codes
    ) -> NDArray[np.float32]:
        stars: NDArray[np.float32] = self._star_member()._predict(batch, rows, movies)
        return stars

    def _similarity(self, movies: Codes) -> NDArray[np.float32]:
        said = [member._similarity(movies)[None, :] for member in self._finders()]
        mixed: NDArray[np.float32] = self._mixed(said, 1)[0]
        return mixed

    def _similarities(self, movies: Codes) -> NDArray[np.float32]:
        said = [member._similarities(movies) for member in self._finders()]
        return self._mixed(said, len(movies))

    def _finders(self) -> list[Recommender]:
        return [member for member in self._members.values() if member.finds_similar]

    def _mixed(self, said: Sequence[NDArray[np.float32]], rows: int) -> NDArray[np.float32]:
        """The mean of what members say, each standardised, where one of them says something."""
        total = np.zeros((rows, len(self.catalog)), dtype=np.float32)
        known = np.zeros(total.shape, dtype=np.bool_)
        for similarity in said:
            known |= np.isfinite(similarity)
            total += _standardise(similarity, 1 / len(said)).scores
        np.putmask(total, ~known, np.float32(-np.inf))
        return total

    @property
    def has_movie_vectors(self) -> bool:  # type: ignore[override]
        """Whether a member places films in a space."""
        return any(member.has_movie_vectors for member in self._members.values())

    def _movie_vectors(self) -> NDArray[np.float32]:
        """Those of the member with the largest weight, of those that have vectors."""
        able = [
            (float(weight), member)
            for member, weight in zip(self._members.values(), self._weights, strict=True)
            if member.has_movie_vectors
        ]
        return max(able, key=lambda each: each[0])[1]._movie_vectors()

    def _contributions(self, batch: ProfileBatch, movies: Codes) -> Parts:
        bases = np.zeros(len(movies))
        films = np.zeros((len(movies), batch.movies.size))
        members: list[tuple[NDArray[np.intp], NDArray[Any], _Words]] = []
        for one in self._heard(batch):
            member, known = one.member, one.knows(movies)
            centre, factor = float(one.centres[0]), float(one.factors[0])
            plain = ~known if member.explains else np.ones_like(known)
            bases[plain] += one.standard[0, movies[plain]]
            explained = np.flatnonzero(~plain)
            if not explained.size:
                continue
            parts = member._contributions(batch, movies[explained])
            bases[explained] += factor * (parts.bases - centre)
            if parts.movies is batch.movies:
                films[explained] += factor * parts.weights
            elif parts.movies.size:
                columns = np.searchsorted(batch.movies, parts.movies)
                films[np.ix_(explained, columns)] += factor * parts.weights
            if parts.values.size:
                members.append((explained[parts.owners], factor * parts.values, parts.words))
        return Parts(bases, batch.movies, films, *_joined(members))

    # -- storing ---------------------------------------------------------------------------

    def _arrays(self) -> dict[str, NDArray[Any]]:
        arrays = {"weights": np.asarray(self._weights, dtype=np.float64)}
        for name, member in self._members.items():
            arrays |= {f"{name}.{key}": array for key, array in member._arrays().items()}
        return arrays

    def _from_arrays(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        self._weights = np.asarray(arrays["weights"])
        for name, member in self._members.items():
            prefix = f"{name}."
            own = {k.removeprefix(prefix): a for k, a in arrays.items() if k.startswith(prefix)}
            _adopt(member, self.catalog, self.stats, self)
            member._from_arrays(own)


_Words: TypeAlias = Callable[[int], tuple[ReasonKind, str]]


def _joined(
    members: Sequence[tuple[NDArray[np.intp], NDArray[Any], _Words]],
) -> tuple[Any, ...]:
    """The features of several members as those of one."""
    if len(members) < 2:
        return members[0] if members else ()
    owners = np.concatenate([each[0] for each in members])
    order = owners.argsort(kind="stable")
    ends = list(itertools.accumulate(each[0].size for each in members))

    def words(feature: int) -> tuple[ReasonKind, str]:
        place = int(order[feature])
        whose = bisect_right(ends, place)
        return members[whose][2](place - (ends[whose - 1] if whose else 0))

    values = np.concatenate([each[1] for each in members])
    return owners.take(order), values.take(order), words


def _adopt(member: Recommender, catalog: Catalog, stats: MovieStats, blend: Recommender) -> None:
    """What a member needs from the base class to answer, taken from the blend."""
    member.catalog, member.stats, member.scale = catalog, stats, blend.scale
    member.user_ids, member.user_digests = None, None


def _fit_all(
    members: Mapping[str, Recommender], dataset: Dataset, verb: str, progress: Progress | None
) -> None:
    for done, (name, member) in enumerate(members.items(), start=1):

        def named(event: ProgressEvent, name: str = name) -> None:
            if progress is not None and not event.note:
                stage = f"{verb} {name}: {event.stage}"
                progress(ProgressEvent(stage, event.done, event.total, event.unit, event.figures))

        member.fit(dataset, progress=named)
        report(progress, f"{verb} members", done, len(members), unit="models")


class _Standard(NamedTuple):
    """Standard scores times a weight, and how they came about, row by row.

    A row is ``(its scores - centre) * factor``, and ``least`` its smallest value.
    """

    scores: NDArray[np.float32]
    least: NDArray[np.float32]
    centres: NDArray[np.float32]
    factors: NDArray[np.float32]


def _standardise(scores: NDArray[np.float32], weight: float) -> _Standard:
    """Bring each row to mean 0 and standard deviation `weight`.

    Films that are not known, at ``-inf`` or NaN, stand with the last one.
    """
    people, films = scores.shape
    totals = np.add.reduce(scores, axis=1)
    if films and np.isfinite(totals).all():
        centres = totals / np.float32(films)
        standard = scores - centres[:, None]
        factors = np.empty(people, dtype=np.float32)
        for row, own in enumerate(standard):
            spread = math.sqrt(float(own @ own) / films)
            factors[row] = weight / spread if spread > 1e-9 else weight
        standard *= factors[:, None]
        return _Standard(standard, standard.min(axis=1), centres, factors)
    every = _Standard(
        np.zeros_like(scores),
        np.zeros(people, dtype=np.float32),
        np.zeros(people, dtype=np.float32),
        np.full(people, weight, dtype=np.float32),
    )
    for row, own in enumerate(scores):
        places = np.flatnonzero(np.isfinite(own))
        if places.size:
            known = _standardise(own.take(places)[None, :], weight)
            every.scores[row] = known.least[0]
            every.scores[row, places] = known.scores[0]
            for kept, found in zip(every[1:], known[1:], strict=True):
                kept[row] = found[0]
    return every


@dataclass(frozen=True, slots=True)
class _Heard:
    """What a member says of some people.

    ``scores`` are of the films that it models, ``standard`` of all: standardised and weighted.
    """

    member: Recommender
    scores: NDArray[np.float32]
    standard: NDArray[np.float32]
    centres: NDArray[np.float32]
    factors: NDArray[np.float32]

    @classmethod
    def of(cls, member: Recommender, weight: float, batch: ProfileBatch) -> _Heard:
        scores, codes = member._modelled_scores(batch), member._modelled()
        known, least, centres, factors = _standardise(scores, weight)
        standard = known
        if codes is not None:
            standard = np.empty((len(batch), batch.n_movies), dtype=np.float32)
            standard[:] = least[:, None]
            for row, own in zip(standard, known, strict=True):
                row[codes] = own
        return cls(member, scores, standard, centres, factors)

    def __getitem__(self, rows: slice) -> _Heard:
        """The same of some of the people."""
        return _Heard(
            self.member,
            self.scores[rows],
            self.standard[rows],
            self.centres[rows],
            self.factors[rows],
        )

    def knows(self, movies: Codes) -> NDArray[np.bool_]:
        """Of which films the member has a score for the first person."""
        codes = self.member._modelled()
        known: NDArray[np.bool_]
        if codes is None:
            known = np.isfinite(self.scores[0, movies])
        else:
            places = np.minimum(np.searchsorted(codes, movies), codes.size - 1)
            known = (codes[places] == movies) & np.isfinite(self.scores[0, places])
        return known


def _best_weights(
    members: Mapping[str, Recommender],
    kept: Ratings,
    hidden: Ratings,
    users: Codes,
    progress: Progress | None,
) -> NDArray[np.float64]:
    """The weights with the best NDCG@20 of the hidden films; of equals, the most even."""
    grid = np.asarray(
        [
            weights
            for weights in itertools.product(range(_STEPS + 1), repeat=len(members))
            if sum(weights) == _STEPS
        ],
        dtype=np.float64,
    )
    grid = grid[np.argsort((grid**2).sum(axis=1), kind="stable")] / _STEPS
    totals = np.zeros(len(grid))
    discounts = 1 / np.log2(np.arange(2, _RANKED + 2))
    for done, user in enumerate(users.tolist(), start=1):
        batch = ProfileBatch.from_ratings(kept, np.asarray([user], dtype=np.int32))
        scores = np.concatenate([_Heard.of(m, 1.0, batch).standard for m in members.values()])
        wanted = hidden.movies[hidden.indptr[user] : hidden.indptr[user + 1]]
        is_wanted = np.zeros(scores.shape[1], dtype=np.bool_)
        is_wanted[wanted] = True
        ideal = discounts[: min(len(wanted), _RANKED)].sum()
        for index, weights in enumerate(grid):
            mixed = weights.astype(np.float32) @ scores
            mixed[batch.movies] = -np.inf
            top = np.argpartition(-mixed, min(_RANKED, len(mixed) - 1))[:_RANKED]
            top = top[np.argsort(-mixed[top], kind="stable")]
            totals[index] += float(is_wanted[top] @ discounts[: len(top)]) / ideal
        if done % 25 == 0 or done == len(users):
            report(progress, "weights", done, len(users), unit="people")
    best: NDArray[np.float64] = grid[int(np.argmax(totals))]
    return best
