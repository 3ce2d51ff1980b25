"""The path to an answer: score, mask, dials, choice, order, promised stars, reasons.

The library, the command line, the API and the page call it and add nothing, and the evaluation
measures it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from matinee.filters import Filter
from matinee.ids import Codes
from matinee.recommend.batch import ProfileBatch
from matinee.recommend.dials import PLAIN, Dials
from matinee.recommend.ranking import top_codes
from matinee.recommend.reasons import strongest_reasons
from matinee.recommend.rerank import pick, standardised
from matinee.recommend.scorer import Promises, Scorer
from matinee.recommend.tastes import two_tastes
from matinee.results import Reason, Recommendation, Recommendations

__all__ = [
    "Scored",
    "allowed_films",
    "answer",
    "best_fit",
    "choose",
    "film_kinds",
    "recommendations",
    "score",
]

BLOCK_BYTES = 64 * 2**20
"""Scores of one block of profiles take at most this much memory."""

_POOL = 200
"""Films among which variety, calibration and the limit on series choose."""
_CONTENDERS = 100
"""Films among which the surest and the highest stars are looked for."""
_MOOD, _MOOD_KIND = 1.0, 1.0
"""What likeness to the films of a mood weighs beside the person's own scores, all standardised:
being loved by the same people, and being of the same genres and years."""
_DIFFERENT = 0.65  # the weight of variety at the dial's end; more costs fit and brings none
_HIDDEN_DECADES = 1.1
"""At the hidden end films have at most ten to the minus this of the plain list's ratings."""
_HIDDEN_LEFT = 50  # however far the dial is turned, a list is chosen from so many films
_FEWEST = 5  # a film with fewer ratings is not hidden, it is unknown
_MEAN_DAMPING = 5.0  # a person's own mean starts with so many ratings of the scale's middle
_KNOWN_BY_FEW = 8  # a profile whose films have fewer ratings says little
STRANGER = "No ratings yet: these are films that people like in general."
_NOTHING_SPEAKS = "Nothing in these ratings speaks for {}: most people like them."
_RESTS_ON_LITTLE = "Few people rated the films you named, so this list rests on little."


@dataclass(eq=False)
class Scored:
    """The scores of a model for one person.

    Parameters
    ----------
    model : Scorer
    people : ProfileBatch
        The person, and those who were scored in the same go.
    row : int
        Which of them.
    scores : ndarray, shape (n_movies,), dtype float32
        ``-inf`` for films that the model never returns.
    """

    model: Scorer
    people: ProfileBatch
    row: int
    scores: NDArray[np.float32]
    # What was promised last, by code: a list is chosen from films that then are shown.
    _promised: tuple[Codes, Promises] = (np.empty(0, np.int32), Promises())

    @cached_property
    def batch(self) -> ProfileBatch:
        """The person alone."""
        return self.people.rows(self.row, self.row + 1)

    @cached_property
    def _centre(self) -> tuple[float, float]:
        """Mean of the scores, and points of fit for one unit of them."""
        finite = self.scores[np.isfinite(self.scores)]
        if not finite.size:
            return 0.0, 0.0
        spread = float(finite.std(dtype=np.float64))
        points = 100 / (spread * self.model.fit_top) if spread > 1e-9 else 0.0
        return float(finite.mean(dtype=np.float64)), points

    @property
    def points(self) -> float:
        """Points of fit for one unit of score."""
        return self._centre[1]

    @cached_property
    def fit(self) -> NDArray[np.float32]:
        """The fit of all films, 0 to 100, shape (n_movies,); see :class:`Recommendation`."""
        mean, points = self._centre
        known = np.where(np.isfinite(self.scores), self.scores, np.float32(mean))
        found: NDArray[np.float32] = (known - np.float32(mean)) * np.float32(points)
        return np.clip(found, 0, 100, out=found)

    @cached_property
    def open(self) -> NDArray[np.float32]:
        """Standardised scores with ``-inf`` for all that must not come back; a new array.

        Films that nothing in the ratings speaks for (fit 0) stand behind all others, the most rated
        first.
        """
        found = standardised(self.scores)
        if self.batch.movies.size:
            poor = np.isfinite(found) & (found <= 0)
            places = self.model._tie_break[poor]
            found[poor] = -np.float32(1) - (places / max(len(found), 1)).astype(np.float32)
        found[self.batch.movies] = -np.inf
        if len(self.people.hidden):
            found[self.people.hidden[self.row]] = -np.inf
        return found

    @cached_property
    def own_mean(self) -> float:
        """The person's mean stars, drawn towards the middle of the scale."""
        stars = self.batch.stars
        total = float(stars.sum()) + _MEAN_DAMPING * self.model.scale.middle
        return total / (stars.size + _MEAN_DAMPING)

    def best(self, scores: NDArray[np.float32], n: int) -> Codes:
        """The codes of the best films by any scores, best first."""
        return top_codes(scores, n, self.model._tie_break)

    def promises(self, codes: Codes) -> Promises:
        """Promised stars of films, with their spread where the model knows it."""
        if not self.model.predicts_stars or not len(codes):
            return Promises()
        asked, promised = self._promised
        places = np.searchsorted(asked, codes)
        if not len(asked) or (asked[np.minimum(places, len(asked) - 1)] != codes).any():
            places = np.argsort(np.argsort(codes))
            asked = np.sort(codes)
            rows = np.full(len(asked), self.row, np.intp)
            promised = self.model._promises(self.people, rows, asked)
            self._promised = asked, promised
        return Promises(*(None if each is None else each[places] for each in promised))

    def reasons(self, codes: Codes, most: int = 5) -> list[tuple[Reason, ...]]:
        """The strongest parts of the fit of films; none where a model cannot say."""
        if not self.model.explains or not len(codes):
            return [()] * len(codes)
        parts = self.model._contributions(self.batch, codes)
        points = self.points or 1.0
        return strongest_reasons(parts, self.batch, self.model, codes, points, most)


def score(model: Scorer, batch: ProfileBatch) -> Iterator[Scored]:
    """The scores of several people, in blocks of bounded memory."""
    size = max(1, BLOCK_BYTES // (4 * max(batch.n_movies, 1)))
    for start in range(0, len(batch), size):
        block = batch.rows(start, min(start + size, len(batch)))
        scores = np.asarray(model._score(block), dtype=np.float32)
        for row in range(len(block)):
            yield Scored(model, block, row, scores[row])


def choose(
    scored: Scored,
    n: int,
    allowed: NDArray[np.bool_] | None = None,
    dials: Dials = PLAIN,
    *,
    offset: int = 0,
) -> Codes:
    """The films of a list, in its order.

    Parameters
    ----------
    scored : Scored
    n : int
        How many at most.
    allowed : ndarray, shape (n_movies,), dtype bool, optional
        What may come back.
    dials : Dials
    offset : int
        Films of the pages before this one.

    Returns
    -------
    ndarray, shape (at most n,), dtype int32
    """
    wanted = _wanted(scored, allowed, dials)
    pool = scored.best(wanted, max(_POOL, n + offset))
    if not len(pool):
        return pool
    relevance = wanted[pool]
    if dials.order != "fit" and scored.model.predicts_stars:
        pool = pool[:_CONTENDERS]
        relevance = _key(scored, pool, dials)
    elif not dials.like:
        both = _both_tastes(scored, wanted)
        if both is not None:
            pool, wanted = scored.best(both, len(pool)), both
        pool = _welcome(scored, pool, n + offset)
        relevance = wanted[pool]
    chosen = pick(
        pool,
        relevance,
        n + offset,
        genres=scored.model.catalog.genres[pool],
        kinds=film_kinds(scored.model, pool),
        liked=_liked_genres(scored),
        series=scored.model.catalog.series[pool],
        different=_DIFFERENT * dials.different,
        calibration=_calibration(scored),
        most_of_series=dials.series,
    )[offset:]
    return chosen[np.argsort(-_key(scored, chosen, dials), kind="stable")]


def _key(scored: Scored, codes: Codes, dials: Dials) -> NDArray[np.float32]:
    """What a list is sorted by."""
    promises = scored.promises(codes) if dials.order != "fit" else Promises()
    key = promises.low if dials.order == "sure" and promises.low is not None else promises.stars
    return scored.open[codes] if key is None else key


def _both_tastes(scored: Scored, wanted: NDArray[np.float32]) -> NDArray[np.float32] | None:
    """For a person with two tastes, the better of a film's places in their two lists, negated."""
    batch, model = scored.batch, scored.model
    liked = np.flatnonzero(batch.stars >= scored.own_mean)
    genres = model.catalog.genres
    rarity = np.log(len(genres) / (1 + np.count_nonzero(genres, axis=0)))
    first = two_tastes(genres[batch.movies[liked]], rarity)
    if first is None:
        return None
    places = np.full(len(wanted), np.inf, dtype=np.float32)
    for other in (liked[~first], liked[first]):
        kept = np.ones(batch.movies.size, dtype=np.bool_)
        kept[other] = False
        one = next(iter(score(model, batch.only(kept))))
        order = one.best(np.where(np.isfinite(wanted), one.open, np.float32(-np.inf)), _POOL)
        places[order] = np.minimum(places[order], np.arange(len(order)))
    return -places


def _wanted(scored: Scored, allowed: NDArray[np.bool_] | None, dials: Dials) -> NDArray[np.float32]:
    """Scores after the mask and the dials that move them, shape (n_movies,)."""
    model, wanted = scored.model, scored.open
    if allowed is not None:
        wanted = np.where(allowed, wanted, np.float32(-np.inf))
    if dials.like:
        codes = np.unique(model.catalog.codes_of(list(dials.like)))
        wanted = wanted.copy()
        wanted[codes] = -np.inf
        wanted = _in_mood(model, wanted, codes)
    if dials.hidden:
        wanted = _hidden(scored, wanted, dials.hidden)
    return wanted


def _in_mood(model: Scorer, scores: NDArray[np.float32], codes: Codes) -> NDArray[np.float32]:
    """Scores drawn towards films that the same people love and that are of the same kind."""
    mixed = standardised(scores)
    left = np.flatnonzero(np.isfinite(mixed)).astype(np.int32)
    mood = film_kinds(model, codes).mean(axis=0)
    mixed[left] += np.float32(_MOOD_KIND) * standardised(film_kinds(model, left) @ mood)
    if model.finds_similar:
        alike = standardised(np.asarray(model._similarity(codes), dtype=np.float32)[left])
        # A film that cannot be compared stands with the least.
        known = np.isfinite(alike)
        alike[~known] = alike[known].min() if known.any() else 0
        mixed[left] += np.float32(_MOOD) * alike
    return mixed


def _hidden(scored: Scored, scores: NDArray[np.float32], dial: float) -> NDArray[np.float32]:
    """Only films with few ratings, as measured by those of the list that would come otherwise."""
    counts = scored.model.stats.counts
    plain = scored.best(scores, 20)
    if not len(plain):
        return scores
    left = np.isfinite(scores) & (counts >= _FEWEST)
    if np.count_nonzero(left) < _HIDDEN_LEFT:
        left = np.isfinite(scores)
    few = np.sort(counts[left])[:_HIDDEN_LEFT]
    most = max(float(np.median(counts[plain])) * 10 ** (-_HIDDEN_DECADES * dial), float(few[-1]))
    return np.where(left & (counts <= most), scores, np.float32(-np.inf))


def _welcome(scored: Scored, pool: Codes, n: int) -> Codes:
    """The pool with films promised less than the person's own mean only where others run out."""
    if not scored.batch.movies.size:
        return pool
    stars = scored.promises(pool).stars
    if stars is None:
        return pool
    good = pool[stars >= scored.own_mean]
    return good if len(good) >= n else np.concatenate((good, pool[stars < scored.own_mean]))


def _liked_genres(scored: Scored) -> NDArray[np.float64]:
    """Shares of the genres in the films that the person likes, shape (n_genres,)."""
    batch = scored.batch
    liked = batch.movies[batch.stars >= scored.own_mean]
    genres = scored.model.catalog.genres[liked].astype(np.float64)
    shares = (genres / np.maximum(genres.sum(axis=1, keepdims=True), 1)).sum(axis=0)
    found: NDArray[np.float64] = shares / max(float(shares.sum()), 1e-9)
    return found


def _calibration(scored: Scored) -> float:
    """How much the mixture of genres counts: more as the ratings say more of it."""
    return 0.15 * min(1.0, max(0, scored.batch.movies.size - 4) / 16)


def film_kinds(model: Scorer, codes: Codes) -> NDArray[np.float32]:
    """Genres and decades as rows of length 1: what people notice when a list is all of one kind."""
    decades = np.clip((np.asarray(model.catalog.years[codes], dtype=np.int64) - 1900) // 10, 0, 15)
    table = np.zeros((len(codes), 16), dtype=np.float32)
    table[np.arange(len(codes)), decades] = 0.7
    kinds = np.concatenate([model.catalog.genres[codes].astype(np.float32), table], axis=1)
    kinds /= np.maximum(np.linalg.norm(kinds, axis=1, keepdims=True), np.float32(1e-9))
    return kinds


def recommendations(
    scored: Scored, codes: Codes, asked: int, *, explain: bool = False
) -> Recommendations:
    """Films of a list as they are shown."""
    promises = scored.promises(codes)
    reasons = scored.reasons(codes) if explain else [()] * len(codes)
    items = []
    for place, (code, fit) in enumerate(zip(codes.tolist(), scored.fit[codes], strict=True)):
        movie = scored.model.catalog.movie(code, tags=0)
        items.append(
            Recommendation(
                movie.movie_id,
                movie.title,
                movie.year,
                movie.genres,
                float(fit),
                **promises.of(place),
                reasons=reasons[place],
            )
        )
    return Recommendations(items, model=scored.model.name, asked=asked, notes=_notes(scored, codes))


def _notes(scored: Scored, codes: Codes) -> list[str]:
    rated = scored.batch.movies
    if not rated.size:
        return [STRANGER]
    notes = []
    if np.median(scored.model.stats.counts[rated]) < _KNOWN_BY_FEW:
        notes.append(_RESTS_ON_LITTLE)
    poor = int(np.count_nonzero(scored.fit[codes] <= 0))
    if poor:
        which = "these films" if poor == len(codes) else f"the last {poor} of these films"
        notes.append(_NOTHING_SPEAKS.format(which))
    return notes


def answer(
    scored: Scored,
    n: int,
    where: Filter | None = None,
    dials: Dials = PLAIN,
    *,
    offset: int = 0,
    explain: bool = False,
) -> Recommendations:
    """One person's list, whole: see :meth:`matinee.Recommender.recommend`."""
    allowed = allowed_films(scored.model, where)
    codes = choose(scored, n, allowed, dials, offset=offset)
    found = recommendations(scored, codes, n, explain=explain)
    if not dials.are_plain and len(codes):
        plain = choose(scored, len(codes), allowed, offset=offset)
        found.price = float(scored.fit[plain].mean() - scored.fit[codes].mean())
    return found


def allowed_films(model: Scorer, where: Filter | None) -> NDArray[np.bool_] | None:
    """Which films pass a filter; None for all of them.

    Raises
    ------
    ParameterError
        If the filter names a genre that is not there.
    """
    if where is None or where.is_empty:
        return None
    return where.mask(model.catalog, model.stats)


def best_fit(model: Scorer, batches: Sequence[ProfileBatch]) -> float:
    """The standardised score of the best film, which one person in a hundred exceeds."""
    best = [
        float(own.open.max())
        for batch in batches
        for own in score(model, batch)
        if np.isfinite(own.open).any()
    ]
    return max(float(np.quantile(best, 0.99)), 1e-6) if best else 1.0
