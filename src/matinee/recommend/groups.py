"""Films for two or more: lists that all can agree on, and who gives way.

What a film is worth to a member is its fit for that member, the number that is shown. Three ways to
agree:

- *average*: the mean of the members' fits;
- *least-misery*: the least of them, so that nobody has to sit through what they do not like;
- *fair*: who has had least so far chooses next, among films that nobody dislikes.

References
----------
Masthoff, "Group modeling: selecting a sequence of television items to suit a group of viewers"
(2004) and "Group recommender systems: aggregation, satisfaction and group attributes" (2015);
Jameson, Smyth, "Recommendation to groups" (2007).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from matinee.errors import ParameterError
from matinee.filters import Filter
from matinee.ids import Codes
from matinee.recommend.answer import Scored, allowed_films, choose, recommendations, score
from matinee.recommend.batch import ProfileBatch
from matinee.recommend.dials import PLAIN, Dials
from matinee.recommend.scorer import Scorer
from matinee.results import GroupMember, GroupRecommendations, Recommendation, Recommendations

__all__ = ["STRATEGIES", "Strategy", "agree", "gives_way", "together"]

Strategy: TypeAlias = Literal["average", "least-misery", "fair"]
STRATEGIES: tuple[Strategy, ...] = get_args(Strategy)

_POOL = 200
"""Films among which a fair list is chosen."""
_MISERY = 0.3
"""Films whose least fit is below this share of the pool's best are nobody's turn."""
_CLEARLY = 20.0
"""Below the mean of the others by so many points of fit, somebody gives way."""
_TIE = 1e-3


def agree(
    fit: NDArray[np.floating], open_: NDArray[np.bool_], strategy: Strategy, n: int
) -> tuple[Codes, NDArray[np.float64]]:
    """The films of a group, best first, and what each is worth to the group.

    Parameters
    ----------
    fit : ndarray, shape (n_members, n_movies)
        What each film is worth to each member.
    open_ : ndarray, shape (n_movies,), dtype bool
        Films that may come back.
    strategy : {"average", "least-misery", "fair"}
    n : int
        How many at most.

    Returns
    -------
    codes : ndarray, shape (at most n,), dtype int32
    worth : ndarray, same shape
        The mean of the members' fits, or the least of them under ``least-misery``; descending.

    Examples
    --------
    >>> fit = np.array([[100.0, 70.0, 0.0], [10.0, 60.0, 100.0]])
    >>> codes, worth = agree(fit, np.ones(3, dtype=bool), "least-misery", 1)
    >>> codes.tolist(), worth.tolist()
    ([1], [60.0])
    """
    mean, least = fit.mean(axis=0), fit.min(axis=0)
    worth = least if strategy == "least-misery" else mean
    if strategy == "fair":
        chosen = _in_turns(fit, open_, mean, n)
    else:
        # Equal misery is common among films far down somebody's list; then the mean decides.
        chosen = _best(np.where(open_, worth + _TIE * mean, -np.inf), n)
    chosen = chosen[np.argsort(-worth[chosen], kind="stable")]
    return chosen, worth[chosen].astype(np.float64)


def _best(value: NDArray[np.floating], n: int) -> Codes:
    order: Codes = np.argsort(-value, kind="stable")[:n].astype(np.int32)
    kept: Codes = order[np.isfinite(value[order])]
    return kept


def _in_turns(
    fit: NDArray[np.floating], open_: NDArray[np.bool_], mean: NDArray[np.floating], n: int
) -> Codes:
    pool = _best(np.where(open_, mean, -np.inf), max(_POOL, n))
    if not len(pool):
        return pool
    least = fit[:, pool].min(axis=0)
    decent = pool[least >= _MISERY * least.max()]
    pool = decent if len(decent) >= n else pool
    own = fit[:, pool]
    had = np.zeros(len(own))
    free = np.ones(len(pool), dtype=np.bool_)
    chosen: list[int] = []
    for _ in range(min(n, len(pool))):
        turn = int(np.argmin(had))
        # Among one's own favorites, the one that the others like best.
        wish = np.where(free, own[turn] + mean[pool], -np.inf)
        place = int(np.argmax(wish))
        free[place] = False
        chosen.append(int(pool[place]))
        had += own[:, place]
    return np.asarray(chosen, dtype=np.int32)


def gives_way(fit: Sequence[float]) -> int | None:
    """Which member gets clearly less out of a film than the others; None if nobody.

    Parameters
    ----------
    fit : sequence of float
        What the film is worth to each member, 0 to 100.

    Examples
    --------
    >>> gives_way([90, 40]), gives_way([90, 85])
    (1, None)
    """
    values = np.asarray(fit, dtype=np.float64)
    least = int(np.argmin(values))
    others = float(np.delete(values, least).mean())
    return least if others - float(values[least]) >= _CLEARLY else None


def together(
    model: Scorer,
    batch: ProfileBatch,
    names: Sequence[str],
    n: int,
    where: Filter | None = None,
    dials: Dials = PLAIN,
    strategy: Strategy = "average",
) -> GroupRecommendations:
    """Films for a group; what one member has rated or seen comes back for nobody.

    Parameters
    ----------
    model : Scorer
    batch : ProfileBatch
        The members, at least two.
    names : sequence of str
        Theirs.
    n : int
        How many films at most.
    where : Filter, optional
    dials : Dials
    strategy : {"average", "least-misery", "fair"}

    Raises
    ------
    ParameterError
        If the strategy is unknown, or there is only one member.
    """
    if strategy not in STRATEGIES:
        raise ParameterError(f"strategy is one of {', '.join(STRATEGIES)}, got {strategy!r}")
    if len(batch) < 2:
        raise ParameterError(f"a group has at least two members, got {len(batch)}")
    members = list(score(model, batch))
    fit = np.stack([member.fit for member in members])
    open_ = np.all([np.isfinite(member.open) for member in members], axis=0)
    allowed = allowed_films(model, where)
    if allowed is not None:
        open_ &= allowed
    plain = open_
    if not dials.are_plain:
        open_ = open_ & _within_dials(members, open_, dials, n)
    codes, worth = agree(fit, open_, strategy, n)
    price = 0.0
    if not dials.are_plain and len(codes):
        price = float(agree(fit, plain, strategy, len(codes))[1].mean() - worth.mean())
    ranks = _ranks(np.where(open_, [member.open for member in members], -np.inf), codes)
    stars = [member.promises(codes).stars for member in members]
    films, each, ways = [], [], []
    shown = recommendations(members[0], codes, n)
    for place, (code, film) in enumerate(zip(codes.tolist(), shown, strict=True)):
        own = [None if one is None else float(one[place]) for one in stars]
        known = [one for one in own if one is not None]
        films.append(
            Recommendation(
                film.movie_id,
                film.title,
                film.year,
                film.genres,
                float(worth[place]),
                sum(known) / len(known) if known else None,
            )
        )
        each.append(
            tuple(
                GroupMember(name, float(fit[row, code]), own[row], int(ranks[row, place]))
                for row, name in enumerate(names)
            )
        )
        way = gives_way(fit[:, code].tolist())
        ways.append(None if way is None else names[way])
    found = Recommendations(films, model=model.name, asked=n, price=price)
    return GroupRecommendations(found, tuple(each), tuple(ways), strategy)


def _within_dials(
    members: Sequence[Scored], open_: NDArray[np.bool_], dials: Dials, n: int
) -> NDArray[np.bool_]:
    """Films that the dials bring to some member: those that the group chooses from."""
    found = np.zeros_like(open_)
    for member in members:
        found[choose(member, max(5 * n, 50), open_, dials)] = True
    return found


def _ranks(scores: NDArray[np.floating], codes: Codes) -> NDArray[np.int64]:
    """Places from 1 of some films in each member's own order, shape (n_members, len(codes))."""
    return 1 + np.stack([(own[None, :] > own[codes, None]).sum(axis=1) for own in scores])
