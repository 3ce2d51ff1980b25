"""From a request to a list: whose it is, what the dials do to it, the films as they are shown."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from matinee.errors import UnknownMovieError
from matinee.filters import Filter
from matinee.ids import Codes, Id
from matinee.profile import Profile
from matinee.recommend.reasons import Part
from matinee.recommend.rerank import diversified, standardised, with_tail
from matinee.server.holder import Serving
from matinee.server.problems import Problem
from matinee.server.rendering import to_json
from matinee.server.schemas.lists import Dials, Rated
from matinee.server.scoring import Scored, similarity

__all__ = [
    "chosen",
    "dialled",
    "filter_of",
    "known_codes",
    "picks",
    "picks_json",
    "profile_sent",
    "reason_of",
    "unknown_movie",
    "without",
]

_EVERYTHING = Filter()
_POOL = 500
"""Films among which variety chooses; the same for every page of a list."""
_MOST_WORDS = 10_000  # texts of reasons, which recur
_MOOD = 1.5
"""How much the mood weighs beside the person's own scores, both standardised."""


def unknown_movie(
    movie_id: str, status: int = 404, errors: Sequence[tuple[str, str]] = ()
) -> Problem:
    """The problem of a film that this model does not have."""
    return Problem(
        status,
        "unknown-movie",
        f"there is no film {movie_id!r} here; find its id with GET /api/v1/films?q=TITLE",
        errors=errors,
    )


def known_codes(serving: Serving, ids: Sequence[str], field: str) -> Codes:
    """The codes of films that a request names.

    Raises
    ------
    Problem
        422, naming the films that this model does not know.
    """
    try:
        return serving.model.catalog.codes_of(list(ids))
    except UnknownMovieError:
        encoded = serving.model.catalog.movie_ids.encode(list(ids)).tolist()
        unknown = next(movie for movie, code in zip(ids, encoded, strict=True) if code < 0)
        raise _not_known(unknown, field) from None


def profile_sent(serving: Serving, asked: Rated) -> Profile:
    """The profile of the ratings that came along with a request.

    Raises
    ------
    Problem
        422, if a film is unknown.
    """
    known, inside = serving.model.catalog.movie_ids.canonical, serving.stars.inside
    stars: dict[Id, float] = {}
    for rating in asked.ratings or ():
        movie_id = known(rating.movie_id)
        if movie_id is None:
            raise _not_known(rating.movie_id, "ratings")
        stars[movie_id] = inside(rating.stars)
    seen = set()
    for text in asked.seen:
        movie_id = known(text)
        if movie_id is None:
            raise _not_known(text, "seen")
        seen.add(movie_id)
    return Profile(stars, seen=frozenset(seen))


def _not_known(movie_id: str, field: str) -> Problem:
    return unknown_movie(movie_id, 422, errors=[(field, f"no film {movie_id!r}")])


def without(serving: Serving, profile: Profile, leave_out: Sequence[str]) -> Profile:
    """A profile as if some films had not been rated; those that it does not have are no matter."""
    if not leave_out:
        return profile
    ids = serving.model.catalog.movie_ids
    codes = ids.encode(list(leave_out))
    gone = {ids.id_of(code) for code in codes.tolist() if code >= 0}
    ratings = {key: stars for key, stars in profile.ratings.items() if key not in gone}
    return Profile(ratings, profile.user_id, profile.seen - gone, profile.timestamps)


def filter_of(serving: Serving, dials: Dials) -> Filter:
    """What the dials let through."""
    if not dials.narrows:
        return _EVERYTHING
    least = None if dials.min_stars is None else dials.min_stars / serving.stars.factor
    return Filter(
        genres=dials.genres,
        exclude_genres=dials.without_genres,
        from_year=dials.from_year,
        to_year=dials.to_year,
        min_ratings=dials.min_ratings,
        min_mean=least,
        deny=_deny(serving, dials),
    )


def _deny(serving: Serving, dials: Dials) -> list[Id]:
    """Films that the mood is made of do not come back themselves."""
    ids = serving.model.catalog.movie_ids
    return [ids.id_of(code) for code in known_codes(serving, dials.like, "like").tolist()]


def dialled(serving: Serving, scored: Scored, dials: Dials) -> NDArray[np.float32]:
    """Scores after filters, mood and the tail dial, shape (n_movies,); not to be changed."""
    scores = scored.within(filter_of(serving, dials))
    if dials.like and scored.model.finds_similar:
        codes = known_codes(serving, dials.like, "like")
        scores = _in_mood(scores, similarity(scored.model, codes))
    if dials.tail:
        scores = with_tail(scores, scored.model.stats.counts, dials.tail)
    return scores


def _in_mood(scores: NDArray[np.float32], similar: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scores drawn towards some films; a film that the model cannot compare stands with the least.

    Both parts are standardised over the films that may come back, so that they weigh what the
    factor says whatever their units are.
    """
    mixed = standardised(scores)
    left = np.isfinite(mixed)
    alike = np.where(left, similar, np.float32(-np.inf))
    alike = standardised(alike)
    finite = np.isfinite(alike)
    if not finite.any():
        return mixed
    alike[~finite] = alike[finite].min()
    mixed[left] += np.float32(_MOOD) * alike[left]
    return mixed


def chosen(
    scored: Scored, scores: NDArray[np.float32], n: int, offset: int, variety: float
) -> Codes:
    """The films of one page of a list, best first."""
    if variety == 0.0:
        return scored.best(scores, n + offset)[offset:]
    pool = scored.best(scores, _POOL)
    if not len(pool):
        return pool
    features = _kinds(scored, pool)
    return diversified(pool, scores[pool], features, n + offset, weight=variety)[offset:]


def _kinds(scored: Scored, codes: Codes) -> NDArray[np.float32]:
    """Genres and decades of films: what people notice when a list is all of one kind."""
    catalog = scored.model.catalog
    decades = np.clip((np.asarray(catalog.years[codes], dtype=np.int64) - 1900) // 10, 0, 15)
    table = np.zeros((len(codes), 16), dtype=np.float32)
    table[np.arange(len(codes)), decades] = 0.7
    return np.concatenate([catalog.genres[codes].astype(np.float32), table], axis=1)


def picks(
    serving: Serving,
    scored: Scored,
    codes: Codes,
    scores: NDArray[np.float32],
    *,
    first: int = 1,
    explain: bool = False,
) -> list[dict[str, Any]]:
    """Films of a list as they are shown."""
    stars = scored.stars(codes)
    reasons = scored.reasons(codes) if explain else [()] * len(codes)
    return [
        {
            **serving.films.show(code),
            "rank": rank,
            "score": round(float(scores[code]), 5),
            "stars": None if value is None else round(serving.stars.outside(value), 2),
            "interval": None,
            "reasons": [reason_of(serving, scored, reason) for reason in why],
        }
        for rank, (code, value, why) in enumerate(
            zip(codes.tolist(), stars, reasons, strict=True), start=first
        )
    ]


def picks_json(
    serving: Serving,
    scored: Scored,
    codes: Codes,
    scores: NDArray[np.float32],
    stars: Sequence[float | None],
    *,
    first: int = 1,
    explain: bool = False,
) -> orjson.Fragment:
    """What :func:`picks` gives, in JSON: what is the same in every list is not written anew."""
    text, factor = serving.films.text, serving.stars.factor
    reasons = scored.reasons(codes) if explain else [()] * len(codes)
    rows = []
    for rank, (code, score, own, why) in enumerate(
        zip(codes.tolist(), scores.take(codes).tolist(), stars, reasons, strict=True), start=first
    ):
        shown = "null" if own is None else f"{own * factor:.2f}"
        told = ",".join([_reason_json(serving, scored, part) for part in why])
        rows.append(
            f'{text(code)},"rank":{rank},"score":{score:.5f},"stars":{shown},'
            f'"interval":null,"reasons":[{told}]}}'
        )
    return orjson.Fragment(f"[{','.join(rows)}]")


def reason_of(serving: Serving, scored: Scored, part: Part) -> dict[str, Any]:
    """A reason as plain values; its stars are those of the API."""
    _, _, kind, contribution, movie_id = part
    return {
        "kind": kind,
        "text": _said(serving, scored, part),
        "movie_id": None if movie_id is None else str(movie_id),
        "contribution": round(contribution, 5),
    }


def _reason_json(serving: Serving, scored: Scored, part: Part) -> str:
    _, _, kind, contribution, movie_id = part
    movie = "null" if movie_id is None else _quoted(str(movie_id))
    return (
        f'{{"kind":"{kind}","text":{_quoted(_said(serving, scored, part))},'
        f'"movie_id":{movie},"contribution":{contribution:.5f}}}'
    )


@lru_cache(_MOST_WORDS)
def _quoted(text: str) -> str:
    return to_json(text).decode()


def _said(serving: Serving, scored: Scored, part: Part) -> str:
    movie_id = part[4]
    if movie_id is None or serving.stars.factor == 1:
        return part[1]
    code = scored.model.catalog.code_of(movie_id)
    own = serving.stars.outside(scored.batch.stars_by_movie[code])
    return f"you gave {scored.model.catalog.display_title(code)} {own:g}"
