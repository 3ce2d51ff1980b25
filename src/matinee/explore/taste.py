"""What a person's ratings say: taste by genre and decade, generosity, surprises, people alike.

Everything is measured against what everybody else gives to the same films, so that somebody who
has seen only masterpieces is not called generous. A trained model is enough: it knows the films,
their means and their numbers of ratings. With the ratings themselves, people are compared too.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from matinee.dataset import Dataset
from matinee.errors import ParameterError
from matinee.explore.neighbors import Neighbors, compare
from matinee.ids import Codes, Id
from matinee.models.parameters import check_float, check_int
from matinee.profile import Profile

if TYPE_CHECKING:
    from matinee.models.base import Recommender

__all__ = ["Generosity", "PersonReport", "Surprise", "Taste", "describe"]

_DAMPING = 5.0
"""Ratings at the mean of all films that a film is given beforehand, as in the model `bias`."""
_LEAST_RATINGS = 5  # of a film, before what everybody gives to it can surprise anybody
_SURPRISING = 0.5  # stars
_TOLD_FILMS = 3  # of a genre or decade, before it stands in a sentence
_TOLD_STARS = 0.1
_TOLD_ERRORS = 2.0
_MOST_LEVELS = 20

_Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Taste:
    """How a person takes to one genre or decade.

    Attributes
    ----------
    name : str
        ``"Film-Noir"``, ``"1990s"``.
    films : int
        How many the person rated.
    share, share_of_everybody : float
        Share of the person's ratings, and of everybody's, that went to such films.
    mean : float
        The person's mean stars for them.
    everybody : float
        What everybody gives to the same films, on average.
    difference : float
        ``mean - everybody``, in stars.
    taste : float
        The difference beyond the person's own generosity, in stars, drawn to 0 while films are few.
    error : float
        Standard error of ``taste``, in stars.
    """

    name: str
    films: int
    share: float
    share_of_everybody: float
    mean: float
    everybody: float
    difference: float
    taste: float
    error: float


@dataclass(frozen=True, slots=True)
class Generosity:
    """How many stars a person gives, and how far apart.

    Attributes
    ----------
    mean, spread : float
        Mean and standard deviation of the person's stars.
    everybody : float
        What everybody gives to the same films, on average.
    offset : float
        ``mean - everybody``: above 0 is generous.
    more_than, wider_than : float or None
        Share of people who are less generous (by their own offsets), and whose stars are less
        spread; None without ratings of people.
    stars : tuple of (float, float, float or None)
        Each level of stars, its share of the person's ratings and of everybody's.
    """

    mean: float
    spread: float
    everybody: float
    offset: float
    more_than: float | None
    wider_than: float | None
    stars: tuple[tuple[float, float, float | None], ...]


@dataclass(frozen=True, slots=True)
class Surprise:
    """A film that a person likes or dislikes more than others would lead one to think.

    Attributes
    ----------
    movie_id : int or str
    title : str
    year : int or None
    stars : float
        What the person gave.
    everybody : float
        Damped mean of all others, in stars.
    ratings : int
        How many others rated it.
    surprise : float
        Stars beyond what everybody's mean and the person's generosity lead to expect.
    predicted : float or None
        What a model expects who knows the person's other ratings, from models that predict stars.
    """

    movie_id: Id
    title: str
    year: int | None
    stars: float
    everybody: float
    ratings: int
    surprise: float
    predicted: float | None = None


@dataclass(frozen=True, slots=True)
class PersonReport:
    """What a person's ratings say.

    Attributes
    ----------
    films, unknown : int
        Rated films that the report is about, and those that the source does not know.
    source : str
        Name of the data set that stands for everybody.
    generosity : Generosity or None
        None where no film is rated.
    genres, decades : tuple of Taste
        Those of the rated films, the ones with the most films first; decades in order of time.
    likes, dislikes : tuple of Surprise
        Half a star beyond what was to be expected, or more; the most surprising first.
    nearest : Neighbors or None
        The most similar people, without names; None without ratings of people, or where too few
        are alike to stay unknown.
    """

    films: int
    unknown: int
    source: str
    generosity: Generosity | None
    genres: tuple[Taste, ...]
    decades: tuple[Taste, ...]
    likes: tuple[Surprise, ...]
    dislikes: tuple[Surprise, ...]
    nearest: Neighbors | None

    @property
    def findings(self) -> tuple[str, ...]:
        """What stands out, in sentences to the person."""
        return tuple(_findings(self))

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON; ``findings`` included."""
        return {"findings": list(self.findings), **_plain(dataclasses.asdict(self))}


def describe(
    profile: Profile,
    source: Dataset | Recommender,
    *,
    model: Recommender | None = None,
    most: int = 5,
    shrinkage: float = 5.0,
) -> PersonReport:
    """Describe a person by their ratings.

    If the person is one of the source, their own ratings are taken out of what everybody gives, as
    far as the source still knows them: always from a data set, and from a model that keeps the
    people it learned from.

    Parameters
    ----------
    profile : Profile
        Films that the source does not know are left out and counted.
    source : Dataset or fitted Recommender
        What stands for everybody. A model has the means and numbers of ratings of its training
        data and answers in milliseconds; a data set also allows to compare people.
    model : Recommender, optional
        Predicts the stars of surprising films; ``source`` itself where that is a model.
    most : int
        How many surprising likes, and dislikes, and films that similar people liked.
    shrinkage : float
        How many films without any leaning each genre and decade is given beforehand.

    Returns
    -------
    PersonReport

    Raises
    ------
    ParameterError
        If stars are outside the scale of the source, or an argument is outside its range.
    NotFittedError
        If the model has not learned anything yet.

    Examples
    --------
    >>> import matinee
    >>> data = matinee.load("sample")
    >>> report = describe(data.profile(42), data)
    >>> report.films, round(report.generosity.offset, 2), report.likes[0].title
    (70, 0.16, 'Jurassic Park')
    """
    check_int("most", most, 1)
    check_float("shrinkage", shrinkage, 0.0)
    everybody = _Everybody(source)
    if model is None and not isinstance(source, Dataset):
        model = source
    catalog = everybody.catalog
    known = {key: value for key, value in profile.ratings.items() if key in catalog.movie_ids}
    for movie_id, value in known.items():
        if value not in everybody.scale:
            raise ParameterError(
                f"{value:g} stars for movie {movie_id!r} is outside the scale of "
                f"{everybody.name}, {everybody.scale}"
            )
    unknown = len(profile) - len(known)
    if not known:
        return PersonReport(0, unknown, everybody.name, None, (), (), (), (), None)
    person = Profile(known, profile.user_id, profile.seen, profile.timestamps).known_to(catalog)
    codes = catalog.codes_of(list(known))
    stars = np.fromiter(known.values(), dtype=np.float64, count=len(known))
    counts, expected = everybody.without(person, codes, stars)
    rest = stars - expected
    more_than = wider_than = nearest = None
    if isinstance(source, Dataset):
        more_than, wider_than, nearest = compare(
            source, person, codes, stars, expected, most=most, damping=_DAMPING
        )
    generosity = Generosity(
        float(stars.mean()),
        float(stars.std()),
        float(expected.mean()),
        float(rest.mean()),
        more_than,
        wider_than,
        everybody.levels(stars),
    )

    def taste(name: str, films: NDArray[np.bool_]) -> Taste:
        mine = films[codes]
        n = int(mine.sum())
        mean, others = float(stars[mine].mean()), float(expected[mine].mean())
        # The spread of one genre's few films says little; that of all films stands for it.
        spread = (everybody.scale.maximum - everybody.scale.minimum) / 4
        spread = float(rest.std(ddof=1)) if rest.size > 1 else spread
        weight = max(n + shrinkage, 1e-12)
        return Taste(
            name,
            n,
            n / codes.size,
            int(everybody.counts[films].sum()) / everybody.n,
            mean,
            others,
            mean - others,
            n * (mean - others - generosity.offset) / weight,
            float(np.sqrt(n) * spread / weight),
        )

    def surprises(sign: int) -> tuple[Surprise, ...]:
        beyond = rest - generosity.offset
        order = np.lexsort((codes, -sign * beyond))
        order = order[(counts[order] >= _LEAST_RATINGS) & (sign * beyond[order] >= _SURPRISING)]
        films = [(place, catalog.movie(int(codes[place]), tags=0)) for place in order[:most]]
        return tuple(
            Surprise(
                film.movie_id,
                film.title,
                film.year,
                float(stars[place]),
                float(expected[place]),
                int(counts[place]),
                float(beyond[place]),
                _predicted(person, model, film.movie_id),
            )
            for place, film in films
        )

    table, decades = np.asarray(catalog.genres), np.asarray(catalog.years).astype(int) // 10 * 10
    genres = [
        taste(name, table[:, column])
        for column, name in enumerate(catalog.genre_names)
        if table[codes, column].any()
    ]
    known_decades = np.unique(decades[codes][decades[codes] > 0]).tolist()
    return PersonReport(
        len(known),
        unknown,
        everybody.name,
        generosity,
        tuple(sorted(genres, key=lambda each: (-each.films, each.name))),
        tuple(taste(f"{decade}s", decades == decade) for decade in known_decades),
        surprises(1),
        surprises(-1),
        nearest,
    )


class _Everybody:
    """What the people of a data set, or those that a fitted model learned from, give."""

    def __init__(self, source: Dataset | Recommender) -> None:
        self.source = source
        if isinstance(source, Dataset):
            self.name, self.scale = source.name, source.ratings.scale
            stats = source.ratings.movie_stats
        else:
            source._need_fit()
            self.name, self.scale = str(source.trained_on["dataset"]), source.scale
            stats = source.stats
        self.catalog = source.catalog
        self.counts, self.means = stats.counts.astype(np.int64), stats.means.astype(np.float64)
        n = int(self.counts.sum())
        self.n = max(n, 1)
        self.mean = float(self.counts @ self.means) / n if n else self.scale.middle

    def without(
        self, person: Profile, codes: Codes, stars: _Floats
    ) -> tuple[NDArray[np.int64], _Floats]:
        """Number and damped mean of the ratings that all others gave to a person's films."""
        counts, sums = self.counts[codes], self.counts[codes] * self.means[codes]
        own, given = self._own(person, codes, stars)
        counts, sums = counts - own, sums - np.where(own, given, 0.0)
        return counts, (sums + _DAMPING * self.mean) / (counts + _DAMPING)

    def _own(
        self, person: Profile, codes: Codes, stars: _Floats
    ) -> tuple[NDArray[np.bool_], _Floats]:
        """Which of the films the source holds a rating of the person for, and its stars."""
        nothing = np.zeros(codes.size, dtype=np.bool_)
        if person.user_id is None:
            return nothing, stars
        if not isinstance(self.source, Dataset):
            is_known = int(self.source._batch([person]).users[0]) >= 0
            return nothing | is_known, stars
        ratings = self.source.ratings
        if person.user_id not in ratings.user_ids:
            return nothing, stars
        held = self.source.profile(person.user_id).ratings
        found = [held.get(movie) for movie in self.catalog.movie_ids.decode(codes)]
        own = np.array([value is not None for value in found])
        return own, np.array([value or 0.0 for value in found])

    def levels(self, stars: _Floats) -> tuple[tuple[float, float, float | None], ...]:
        """Each level of stars, its share of some stars, and its share of everybody's if known."""
        scale = self.scale
        n = round((scale.maximum - scale.minimum) / scale.step) + 1 if scale.step else 0
        if not 2 <= n <= _MOST_LEVELS:
            return ()

        def shares(values: NDArray[np.floating[Any]]) -> list[float]:
            places = np.rint((values - scale.minimum) / scale.step).astype(np.int64)
            found = np.bincount(places.clip(0, n - 1), minlength=n)
            return [float(each) for each in found / max(values.size, 1)]

        theirs: list[Any] = [None] * n
        if isinstance(self.source, Dataset):
            theirs = shares(self.source.ratings.stars)
        levels = np.linspace(scale.minimum, scale.maximum, n).round(6).tolist()
        return tuple(zip(levels, shares(stars), theirs, strict=True))


def _predicted(person: Profile, model: Recommender | None, movie: Id) -> float | None:
    """What a model expects of a film from the person's other ratings."""
    if model is None or not model.predicts_stars or movie not in model.catalog:
        return None
    return float(model.predict(person.known_to(model.catalog).without(movie), [movie])[0])


def _findings(report: PersonReport) -> list[str]:
    generosity = report.generosity
    if generosity is None:
        return ["No rated film is known here."]
    offset = generosity.offset
    told = "You give about as many stars as others give to the same films"
    if abs(offset) >= _TOLD_STARS:
        more = "more" if offset > 0 else "fewer"
        told = f"You give {abs(offset):.1f} stars {more} than others give to the same films"
    if generosity.more_than is not None:
        told += f"; {100 * generosity.more_than:.0f} % of people are less generous"
    found = [f"{told}."]
    for what, kinds in (("", report.genres), ("films of the ", report.decades)):
        sure = [
            each
            for each in kinds
            if each.films >= _TOLD_FILMS
            and abs(each.taste) >= max(_TOLD_STARS, _TOLD_ERRORS * each.error)
        ]
        ordered = sorted(sure, key=lambda each: (-each.taste, each.name))
        for end, more, sign in ((ordered[:1], "more", 1), (ordered[-1:], "less", -1)):
            found += [
                f"You like {what}{each.name} ({each.taste:+.1f} stars, {each.films:,} films) "
                f"{more} than others do."
                for each in end
                if sign * each.taste > 0
            ]
    for films, verb in ((report.likes, "like"), (report.dislikes, "dislike")):
        if films and abs(films[0].surprise) >= 1:
            film = films[0]
            name = f"{film.title} ({film.year})" if film.year else film.title
            found.append(
                f"Your most surprising {verb} is {name}: {film.stars:g} "
                f"star{'s' * (film.stars != 1)}, where others give {film.everybody:.1f}."
            )
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(part) for key, part in value.items()}
    return [_plain(part) for part in value] if isinstance(value, list | tuple) else value
