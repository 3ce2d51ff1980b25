"""What a person is like: taste by genre and decade, generosity, surprises, people alike.

Everything is measured against what everybody else gives to the same films, so that somebody who
has seen only masterpieces is not called generous. A trained model is enough: it knows the films,
their means and their numbers of ratings. With the ratings themselves, people are compared too.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from matinee.dataset import Dataset
from matinee.errors import ParameterError
from matinee.explore.crowd import Crowd
from matinee.explore.neighbours import Neighbours, compare
from matinee.ids import Codes, Id
from matinee.models.parameters import check_float, check_int
from matinee.pages import card
from matinee.profile import Profile

if TYPE_CHECKING:
    from matinee.models.base import Recommender

__all__ = ["Generosity", "PersonReport", "Surprise", "Taste", "describe"]

_LEAST_RATINGS = 5  # of a film, before what everybody gives to it can surprise anybody
_SURPRISING = 0.5  # stars
_TOLD_FILMS = 3  # of a genre or decade, before it stands in a sentence
_TOLD_STARS = 0.1
_TOLD_ERRORS = 2.0


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
    more_than : float or None
        Share of people who are less generous (by their own offsets); None without ratings of
        people.
    wider_than : float or None
        Share of people whose stars are less spread.
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
        Mean of all others.
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
    """What a person is like.

    Attributes
    ----------
    films : int
        Rated films that the report is about.
    unknown : int
        Rated films that the source does not know; they are left out.
    source : str
        Name of the data set that stands for everybody.
    generosity : Generosity or None
        None where no film is rated.
    genres, decades : tuple of Taste
        Those of the rated films, the ones with the most films first; decades in order of time.
    likes, dislikes : tuple of Surprise
        Half a star beyond what was to be expected, or more; the most surprising first.
    nearest : Neighbours or None
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
    nearest: Neighbours | None

    @property
    def findings(self) -> tuple[str, ...]:
        """What stands out, in sentences to the person."""
        return tuple(_findings(self))

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON; ``findings`` included."""
        plain: dict[str, Any] = _plain(dataclasses.asdict(self))
        return {"findings": list(self.findings), **plain}

    def _repr_html_(self) -> str:
        rows = [
            (
                each.name,
                each.films,
                f"{each.share:.0%}",
                f"{each.share_of_everybody:.0%}",
                f"{each.mean:.1f}",
                f"{each.everybody:.1f}",
                f"{each.taste:+.2f} ± {2 * each.error:.2f}",
            )
            for each in (*self.genres, *self.decades)
        ]
        columns = ("", "Films", "Share", "All", "You give", "Others", "Taste")
        facts = {"Films": self.films, "Unknown": self.unknown or None, "Everybody": self.source}
        note = " ".join(self.findings)
        return card("Taste", "", facts, columns, rows, note=note, most=len(rows))


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
    crowd = Crowd.of(source)
    if model is None and not isinstance(source, Dataset):
        model = source
    catalog = crowd.catalog
    known = {key: value for key, value in profile.ratings.items() if key in catalog.movie_ids}
    for movie_id, value in known.items():
        if value not in crowd.scale:
            raise ParameterError(
                f"{value:g} stars for movie {movie_id!r} is outside the scale of {crowd.name}, "
                f"{crowd.scale}"
            )
    person = Profile(known, profile.user_id, profile.seen, profile.timestamps).known_to(catalog)
    unknown = len(profile) - len(known)
    if not known:
        return PersonReport(0, unknown, crowd.name, None, (), (), (), (), None)
    codes = catalog.codes_of(list(known))
    stars = np.fromiter(known.values(), dtype=np.float64, count=len(known))
    counts, means = crowd.without(person, codes, stars)
    expected = crowd.expected(counts, means)
    rest = stars - expected
    offset = float(rest.mean())
    compared = compare(source, person, codes, rest, most) if isinstance(source, Dataset) else None
    judged = _Judged(crowd, codes, stars, counts, means, expected, offset, shrinkage)
    return PersonReport(
        len(known),
        unknown,
        crowd.name,
        Generosity(
            float(stars.mean()),
            float(stars.std()),
            float(expected.mean()),
            offset,
            None if compared is None else compared.less_generous(offset),
            None if compared is None else compared.less_spread(float(stars.std())),
            crowd.levels(stars),
        ),
        tuple(sorted(judged.genres(), key=lambda each: (-each.films, each.name))),
        tuple(judged.decades()),
        *judged.surprises(person, model, most),
        None if compared is None else compared.nearest,
    )


@dataclass(frozen=True)
class _Judged:
    """A person's films beside what everybody gives to them; arrays of shape (n_films,)."""

    crowd: Crowd
    codes: Codes
    stars: NDArray[np.float64]
    counts: NDArray[np.int64]
    means: NDArray[np.float64]
    expected: NDArray[np.float64]
    offset: float
    shrinkage: float

    def genres(self) -> list[Taste]:
        table, names = self.crowd.catalog.genres, self.crowd.catalog.genre_names
        mine = np.asarray(table[self.codes])
        return [
            self._taste(name, mine[:, column], np.asarray(table[:, column]))
            for column, name in enumerate(names)
            if mine[:, column].any()
        ]

    def decades(self) -> list[Taste]:
        decades = np.asarray(self.crowd.catalog.years).astype(np.int64) // 10 * 10
        mine = decades[self.codes]
        return [
            self._taste(f"{decade}s", mine == decade, decades == decade)
            for decade in np.unique(mine[mine > 0]).tolist()
        ]

    def _taste(self, name: str, mine: NDArray[np.bool_], films: NDArray[np.bool_]) -> Taste:
        n = int(mine.sum())
        mean, everybody = float(self.stars[mine].mean()), float(self.expected[mine].mean())
        rest = self.stars - self.expected
        # The spread of one genre's few films says little; that of all films stands for it.
        spread = float(rest.std(ddof=1)) if rest.size > 1 else self.crowd.scale_width / 4
        weight = max(n + self.shrinkage, 1e-12)
        return Taste(
            name,
            n,
            n / self.codes.size,
            self.crowd.share_of(films),
            mean,
            everybody,
            mean - everybody,
            n * (mean - everybody - self.offset) / weight,
            float(np.sqrt(n) * spread / weight),
        )

    def surprises(
        self, person: Profile, model: Recommender | None, most: int
    ) -> tuple[tuple[Surprise, ...], tuple[Surprise, ...]]:
        beyond = self.stars - self.expected - self.offset
        often = self.counts >= _LEAST_RATINGS
        order = np.lexsort((self.codes, -beyond))
        likes = [int(i) for i in order if often[i] and beyond[i] >= _SURPRISING][:most]
        dislikes = [int(i) for i in order[::-1] if often[i] and beyond[i] <= -_SURPRISING][:most]
        predicted = _predicted(person, model, [self._id(i) for i in likes + dislikes])
        films = [
            self._surprise(place, float(beyond[place]), value)
            for place, value in zip(likes + dislikes, predicted, strict=True)
        ]
        return tuple(films[: len(likes)]), tuple(films[len(likes) :])

    def _id(self, place: int) -> Id:
        return self.crowd.catalog.movie_ids.id_of(int(self.codes[place]))

    def _surprise(self, place: int, beyond: float, predicted: float | None) -> Surprise:
        movie = self.crowd.catalog.movie(int(self.codes[place]), tags=0)
        return Surprise(
            movie.movie_id,
            movie.title,
            movie.year,
            float(self.stars[place]),
            float(self.means[place]),
            int(self.counts[place]),
            beyond,
            predicted,
        )


def _predicted(person: Profile, model: Recommender | None, movies: list[Id]) -> list[float | None]:
    """What a model expects of each film from the person's other ratings."""
    if model is None or not model.predicts_stars:
        return [None] * len(movies)
    known = person.known_to(model.catalog)
    return [
        float(model.predict(known.without(movie), [movie])[0]) if movie in model.catalog else None
        for movie in movies
    ]


def _findings(report: PersonReport) -> list[str]:
    generosity = report.generosity
    if generosity is None:
        return ["No rated film is known here."]
    offset = generosity.offset
    if abs(offset) < _TOLD_STARS:
        told = "You give about as many stars as others give to the same films"
    else:
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
        if ordered and ordered[0].taste > 0:
            found.append(f"You like {what}{_told(ordered[0])} more than others do.")
        if ordered and ordered[-1].taste < 0:
            found.append(f"You like {what}{_told(ordered[-1])} less than others do.")
    for films, verb in ((report.likes, "like"), (report.dislikes, "dislike")):
        if films and abs(films[0].surprise) >= 1:
            first = films[0]
            found.append(
                f"Your most surprising {verb} is {_film(first)}: {_count(first.stars)}, where "
                f"others give {first.everybody:.1f}."
            )
    return found


def _count(stars: float) -> str:
    return f"{stars:g} star{'s' * (stars != 1)}"


def _told(taste: Taste) -> str:
    return f"{taste.name} ({taste.taste:+.1f} stars, {taste.films:,} films)"


def _film(film: Surprise) -> str:
    return f"{film.title} ({film.year})" if film.year else film.title


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return value
