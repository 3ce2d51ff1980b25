"""From a request to a list: whose it is, what the dials do to it, the films as they are shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from matinee.errors import UnknownMovieError
from matinee.filters import Filter
from matinee.ids import Codes, Id
from matinee.profile import Profile
from matinee.recommend import answer
from matinee.recommend.dials import Dials as Turned
from matinee.results import Reason
from matinee.server.holder import Serving
from matinee.server.problems import Problem
from matinee.server.rendering import to_json
from matinee.server.schemas.lists import Dials, Rated
from matinee.server.scoring import Scored, stars_of

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


def dialled(_serving: Serving, scored: Scored, _dials: Dials) -> NDArray[np.float32]:
    """The fit of all films, shape (n_movies,)."""
    return scored.fit


def chosen(serving: Serving, scored: Scored, dials: Dials, n: int, offset: int) -> Codes:
    """The films of one page of a list, best first."""
    known_codes(serving, dials.like, "like")
    known = serving.model.catalog.movie_ids.canonical
    wanted = Turned(
        like=[found for found in map(known, dials.like) if found is not None],
        hidden=max(dials.tail, 0.0),
        different=dials.variety,
    )
    allowed = answer.allowed_films(serving.model, filter_of(serving, dials))
    return answer.choose(scored, n, allowed, wanted, offset=offset)


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
    stars = stars_of([scored], [codes])[0]
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


def reason_of(_serving: Serving, _scored: Scored, reason: Reason) -> dict[str, Any]:
    """A reason as plain values."""
    return {
        "kind": reason.kind,
        "text": str(reason),
        "movie_id": None if reason.movie_id is None else str(reason.movie_id),
        "contribution": round(reason.share, 5),
    }


def _reason_json(serving: Serving, scored: Scored, reason: Reason) -> str:
    return to_json(reason_of(serving, scored, reason)).decode()
