"""The base of all models: checks, translates ids, and calls the path to an answer."""

from __future__ import annotations

import inspect
import time
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from matinee.arrays import Specs
from matinee.catalog import Catalog
from matinee.dataset import Dataset
from matinee.errors import NotFittedError, NotSupportedError, ParameterError
from matinee.filters import Filter
from matinee.ids import Codes, Id, IdVocabulary
from matinee.memory import check_memory, format_bytes
from matinee.models.parameters import Parameter, check_int, check_names, declare, take
from matinee.models.spread import Spread, learn_spread
from matinee.profile import Profile
from matinee.progress import Progress, report
from matinee.ratings import MovieStats, Ratings
from matinee.recommend.answer import Scored, answer, best_fit, score
from matinee.recommend.batch import ProfileBatch, row_digests
from matinee.recommend.dials import Dials
from matinee.recommend.groups import Strategy, together
from matinee.recommend.reasons import Contributions, Parts
from matinee.recommend.scorer import Promises
from matinee.recommend.similar import similar
from matinee.results import GroupRecommendations, Reason, Recommendations
from matinee.scale import RatingScale
from matinee.threads import one_blas_thread

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

__all__ = ["Contributions", "Person", "Recommender"]

Person: TypeAlias = "Profile | Mapping[Id | str, float] | Sequence[Id | str] | None"
"""A profile; stars by movie id or title; films that somebody loves; or nobody in particular."""

_FEW = 16  # people for whom several threads of linear algebra would cost more than they gain
_FIT_PEOPLE = 200  # training people whose best films say what a fit of 100 is


class Recommender(ABC):
    """A model that answers for a :class:`~matinee.Profile`.

    The public methods check, translate ids, and call :mod:`matinee.recommend`. A family writes
    ``_fit``, ``_score``, ``_arrays`` and ``_from_arrays``, and, where it can, ``_predict``,
    ``_similarity``, ``_contributions`` and ``_movie_vectors``. Hyper-parameters
    are declared in the body of the class, see :mod:`matinee.models.parameters`.

    Attributes
    ----------
    name : str
        Short name, shared with the registry, the command line and the manifest.
    summary : str
        One line: what the model is for.
    predicts_stars, finds_similar, explains : bool
        What it can answer besides :meth:`recommend`.
    has_movie_vectors : bool
        Whether it places films in a space, see :meth:`Recommender.movie_vectors`.
    uses_user_vectors : bool
        Whether it learns something about each training user. Such a vector answers for a profile
        with that ``user_id`` as long as its ratings are those of the training.
    resumable : bool
        Whether :meth:`fit` can keep checkpoints and go on from them.
    presets : mapping
        Name → hyper-parameters that belong together, such as those of a published experiment;
        ``create_model(name, preset=…)`` starts from them.
    search_space : mapping
        For ``matinee tune``: parameter name → ``(low, high, "log" | "float" | "int")`` or a
        tuple of choices as ``("choice", a, b, …)``.
    catalog : Catalog
        The films of the training data; travels with the model.
    stats : MovieStats
        Ratings and mean stars per film in the training data.
    scale : RatingScale
        The stars of the training data.
    fit_top : float
        The standardised score that is a fit of 100.
    spread : Spread or None
        How sure predicted stars are.
    history : list of dict of str to float
        One entry an epoch or iteration, from models that have them: the loss curves.
    """

    name: ClassVar[str]
    summary: ClassVar[str]
    predicts_stars: ClassVar[bool] = False
    finds_similar: ClassVar[bool] = True
    explains: ClassVar[bool] = False
    has_movie_vectors: ClassVar[bool] = False
    uses_user_vectors: ClassVar[bool] = False
    resumable: ClassVar[bool] = False
    presets: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    parameters: ClassVar[Mapping[str, Parameter]] = {}
    search_space: ClassVar[Mapping[str, tuple[Any, ...]]] = {}

    catalog: Catalog
    stats: MovieStats
    scale: RatingScale
    trained_on: dict[str, Any]
    fit_seconds: float
    fit_top: float
    spread: Spread | None = None
    history: list[dict[str, float]]
    user_ids: IdVocabulary | None
    user_digests: NDArray[np.uint64] | None
    _tie_break: NDArray[np.int64]
    _checkpoint: Path | None = None

    # -- what a family writes ----------------------------------------------------------------

    @abstractmethod
    def _fit(self, ratings: Ratings, catalog: Catalog, progress: Progress | None) -> None:
        """Learn from ratings; set attributes of one's own."""

    @abstractmethod
    def _score(self, batch: ProfileBatch) -> NDArray[np.float32]:
        """Scores of all films, shape (n_profiles, n_movies); ``-inf``: never return this film."""

    @abstractmethod
    def _arrays(self) -> dict[str, NDArray[Any]]:
        """All that :meth:`_score` and the others need, as arrays without objects."""

    def _array_specs(self, stored: Collection[str]) -> Specs | None:
        """What the arrays of :meth:`_arrays` have to be, checked before :meth:`_from_arrays`.

        ``stored`` has the names of those that there are. Without a declaration only what holds of
        every array is checked: numbers are finite, and nothing is a Python object.
        """
        return None

    @abstractmethod
    def _from_arrays(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Take back what :meth:`_arrays` gave; arrays may be memory-mapped and read-only."""

    def _predict(self, batch: ProfileBatch, rows: NDArray[np.intp], movies: Codes) -> Any:
        """Stars of pairs (profile ``rows[i]``, film ``movies[i]``), shape (n_pairs,), unclipped."""
        raise NotSupportedError(cannot(self, "predict stars", "predicts_stars"))

    def _spread(
        self, batch: ProfileBatch, rows: NDArray[np.intp], movies: Codes
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]] | None:
        """Stars of pairs and their standard deviation, from models that know it of themselves."""
        return None

    @property
    def knows_spread(self) -> bool:
        """Whether it knows of itself how sure its stars are."""
        return type(self)._spread is not Recommender._spread

    def _star_source(self) -> Recommender:
        """The model whose stars these are: itself, or a part of it."""
        return self

    def _similarity(self, movies: Codes) -> NDArray[np.float32]:
        """Similarity of all films to a set of films, shape (n_movies,); ``-inf``: unknown."""
        raise NotSupportedError(cannot(self, "find similar films", "finds_similar"))

    def _similarities(self, movies: Codes) -> NDArray[np.float32]:
        """Similarity of all films to each of some films, shape (len(movies), n_movies)."""
        return np.stack([self._similarity(movies[i : i + 1]) for i in range(len(movies))])

    def _modelled(self) -> NDArray[np.intp] | None:
        """Codes of the only films that can have a score, ascending; None: all films may."""
        return None

    def _modelled_scores(self, batch: ProfileBatch) -> NDArray[np.float32]:
        """Scores of the films of :meth:`_modelled` alone, shape (n_profiles, n_modelled)."""
        codes = self._modelled()
        scores = self._score(batch)
        return scores if codes is None else scores.take(codes, axis=1)

    def _contributions(self, batch: ProfileBatch, movies: Codes) -> Parts:
        """The parts of the scores of some films for a batch of one profile, film by film."""
        raise NotSupportedError(cannot(self, "give reasons", "explains"))

    def _movie_vectors(self) -> NDArray[np.float32]:
        """Films as vectors, shape (n_movies, d); zeros for films that the model does not know."""
        raise NotSupportedError(cannot(self, "place films in a space", "has_movie_vectors"))

    def _fit_bytes(self, ratings: Ratings, catalog: Catalog) -> int:
        """Memory that a fit will take beyond the ratings, in bytes: an honest upper estimate."""
        return 64 * len(ratings)

    def _fit_advice(self) -> str:
        """What to change when a fit does not fit in memory."""
        return "curate the data or choose a lighter model (`matinee models`)"

    # -- hyper-parameters --------------------------------------------------------------------

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        declare(cls)

    def __init__(self, **params: Any) -> None:
        take(self, params)

    @classmethod
    def defaults(cls) -> dict[str, Any]:
        """Hyper-parameters and their defaults."""
        signature = inspect.signature(cls)
        return {name: parameter.default for name, parameter in signature.parameters.items()}

    @property
    def params(self) -> dict[str, Any]:
        """The hyper-parameters of this model."""
        return {name: getattr(self, name) for name in self.defaults()}

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The hyper-parameters, under the name that scikit-learn gives this method."""
        return self.params

    def set_params(self, **params: Any) -> Self:
        """Set hyper-parameters; a model that was fitted has to be fitted again.

        Raises
        ------
        ParameterError
            If one is unknown, or outside its range.
        """
        check_names(self.name, params, self.defaults())
        fresh = type(self)(**{**self.params, **params})
        self.__dict__.clear()
        self.__dict__.update(fresh.__dict__)
        return self

    def __repr__(self) -> str:
        changed = {k: v for k, v in self.params.items() if v != self.defaults()[k]}
        shown = ", ".join(f"{name}={value!r}" for name, value in changed.items())
        state = f" fitted on {self.trained_on['dataset']!r}" if self.is_fitted else ""
        return f"<{type(self).__name__}({shown}){state}>"

    # -- fitted or not ----------------------------------------------------------------------

    @property
    def is_fitted(self) -> bool:
        """Whether the model can answer."""
        return "trained_on" in self.__dict__

    def _prepare(self) -> None:
        """Derive what answering needs, after a fit as after a load."""
        # More-rated films first, then smaller ids: a rule that can be told, and repeats.
        order = np.lexsort((np.arange(len(self.catalog)), -self.stats.counts.astype(np.int64)))
        self._tie_break = np.empty(order.size, dtype=np.int64)
        self._tie_break[order] = np.arange(order.size)

    def _need_fit(self) -> None:
        if not self.is_fitted:
            raise NotFittedError(
                f"this {self.name} model has not learned anything yet: call fit(dataset), or load "
                f"a trained one with matinee.load_model(path)"
            )

    # -- fit ---------------------------------------------------------------------------------

    def fit(
        self,
        dataset: Dataset | pl.DataFrame | pd.DataFrame,
        *,
        progress: Progress | None = None,
        checkpoint: Path | str | None = None,
        spread: bool = True,
    ) -> Self:
        """Learn from a data set.

        A fit that fails or is interrupted leaves the model as it was before.

        Parameters
        ----------
        dataset : Dataset, or frame of polars or pandas
            A frame has a row a rating, as :func:`matinee.from_frame` reads it.
        progress : callable, optional
            Called with :class:`~matinee.progress.ProgressEvent`.
        checkpoint : path, optional
            A directory for the state of the training, written after each epoch. If it holds one
            of the same model and data, the training goes on from there, and ends where it would
            have ended without the interruption.
        spread : bool
            Whether a model that predicts stars also learns how sure they are, from a second fit on
            part of the people (at most a million ratings); see :meth:`promise`.

        Returns
        -------
        Recommender
            The model itself.

        Raises
        ------
        NotSupportedError
            If checkpoints are asked of a model that keeps none.
        ArtifactError
            If the checkpoint belongs to another training, or is damaged.
        NotEnoughMemoryError
            If the fit would need more memory than is available.
        ParameterError
            If there are no ratings.
        """
        dataset = _as_dataset(dataset)
        ratings, catalog = dataset.ratings, dataset.catalog
        if checkpoint is not None and not self.resumable:
            raise NotSupportedError(cannot(self, "keep checkpoints", "resumable"))
        if not len(ratings):
            raise ParameterError(f"{dataset.name!r} has no ratings: there is nothing to learn from")
        needed = self._fit_bytes(ratings, catalog)
        report(progress, "fit", note=f"{self.name} needs about {format_bytes(needed)} of memory")
        what = f"{self.name} with {len(ratings):,} ratings of {len(catalog):,} films"
        check_memory(what, needed, self._fit_advice())
        fresh = type(self)(**self.params)
        fresh.catalog = catalog
        fresh.stats = ratings.movie_stats
        fresh.scale = ratings.scale
        fresh.history = []
        fresh._checkpoint = None if checkpoint is None else Path(checkpoint)
        started = time.perf_counter()
        fresh._fit(ratings, catalog, progress)
        fresh.fit_seconds = time.perf_counter() - started
        fresh.user_ids, fresh.user_digests = None, None
        if self.uses_user_vectors:
            fresh.user_ids = ratings.user_ids
            fresh.user_digests = row_digests(ratings.indptr, ratings.movies, ratings.stars)
        fresh.trained_on = {
            "dataset": dataset.name,
            "source": dataset.source,
            "licence": dataset.licence,
            "citation": dataset.citation,
            "fingerprint": ratings.fingerprint,
            "ratings": len(ratings),
            "users": int(np.count_nonzero(ratings.user_counts)),
            "movies": len(catalog),
        }
        fresh._checkpoint = None
        fresh._prepare()
        fresh.spread = None
        if spread and self.predicts_stars:
            fresh.spread = learn_spread(fresh._star_source(), ratings, catalog, progress)
        fresh.fit_top = 1.0
        fresh.fit_top = fresh._best_fit(ratings)
        self.__dict__.update(fresh.__dict__)
        return self

    def _best_fit(self, ratings: Ratings) -> float:
        """What a fit of 100 is, from people of the training data."""
        able = np.flatnonzero(ratings.user_counts)
        users = np.random.default_rng(0).permutation(able)[:_FIT_PEOPLE].astype(np.int32)
        with one_blas_thread():
            return best_fit(self, [ProfileBatch.from_ratings(ratings, np.sort(users))])

    # -- recommend ---------------------------------------------------------------------------

    def recommend(
        self,
        profile: Person = None,
        n: int = 10,
        where: Filter | Mapping[str, Any] | None = None,
        dials: Dials | Mapping[str, Any] | None = None,
        *,
        explain: bool = False,
    ) -> Recommendations:
        """The films that fit a person best, of those not seen yet.

        Parameters
        ----------
        profile : Profile, mapping of movie id or title to stars, sequence of ids or titles, or None
            A sequence names films that the person loves. Without anything, films that people like
            in general.
        n : int
            How many at most. Fewer come back if fewer pass; none is ever padded.
        where : Filter or mapping of its names, optional
            What may come back.
        dials : Dials or mapping of its names, optional
            What is wanted of the list: a mood, hidden gems, variety, another order.
        explain : bool
            Whether to give reasons, from models that can.

        Returns
        -------
        Recommendations
            Ordered by ``fit``, unless ``dials.order`` says otherwise.

        Raises
        ------
        NotFittedError, UnknownMovieError, ParameterError

        Examples
        --------
        >>> import matinee
        >>> model = matinee.create_model("ease").fit(matinee.load("sample"))
        >>> films = model.recommend({"Alien": 5, "Notting Hill": 1.5}, 3, {"genres": ["Sci-Fi"]})
        >>> [film.fit for film in films] == sorted((film.fit for film in films), reverse=True)
        True
        """
        return self.recommend_many([profile], n, where, dials, explain=explain)[0]

    def recommend_many(
        self,
        profiles: Sequence[Person],
        n: int = 10,
        where: Filter | Mapping[str, Any] | None = None,
        dials: Dials | Mapping[str, Any] | None = None,
        *,
        explain: bool = False,
        progress: Progress | None = None,
    ) -> list[Recommendations]:
        """:meth:`recommend` for several people, in blocks of bounded memory; the same answers."""
        self._need_fit()
        n = check_int("n", n, 1)
        where, dials = Filter.of(where), Dials.of(dials)
        batch = self._batch([self._profile_of(profile) for profile in profiles])
        found: list[Recommendations] = []
        with one_blas_thread() if len(batch) <= _FEW else nullcontext():
            for scored in score(self, batch):
                found.append(answer(scored, n, where, dials, explain=explain))
                report(progress, "recommend", len(found), len(batch), unit="people")
        return found

    def together(
        self,
        profiles: Mapping[str, Person] | Sequence[Person],
        n: int = 10,
        where: Filter | Mapping[str, Any] | None = None,
        dials: Dials | Mapping[str, Any] | None = None,
        *,
        strategy: Strategy = "average",
    ) -> GroupRecommendations:
        """Films for two or more; what one of them has seen comes back for nobody.

        Parameters
        ----------
        profiles : mapping of name to person, or sequence of persons
            As for :meth:`recommend`.
        n, where, dials
            As for :meth:`recommend`.
        strategy : {"average", "least-misery", "fair"}
            The mean of the members' fits counts; or the least of them; or everybody in turn.

        Raises
        ------
        NotFittedError, UnknownMovieError, ParameterError

        Examples
        --------
        >>> import matinee
        >>> model = matinee.create_model("ease").fit(matinee.load("sample"))
        >>> films = model.together({"Ada": ["Alien"], "Ben": ["Notting Hill"]}, 3)
        >>> [member.name for member in films.members[0]]
        ['Ada', 'Ben']
        """
        self._need_fit()
        n = check_int("n", n, 1)
        if not isinstance(profiles, Mapping):
            profiles = {f"Person {i}": one for i, one in enumerate(profiles, start=1)}
        batch = self._batch([self._profile_of(profile) for profile in profiles.values()])
        names = list(profiles)
        with one_blas_thread():
            return together(self, batch, names, n, Filter.of(where), Dials.of(dials), strategy)

    def scored(self, profile: Person) -> Scored:
        """A person's scores for all films: for those who look behind a list.

        Raises
        ------
        NotFittedError, UnknownMovieError, ParameterError
        """
        self._need_fit()
        with one_blas_thread():
            return next(iter(score(self, self._batch([self._profile_of(profile)]))))

    def _profile_of(self, profile: Person) -> Profile:
        """What a caller said of a person, as a profile."""
        if isinstance(profile, Profile):
            return profile
        if profile is None:
            return Profile({})
        if isinstance(profile, str | int | np.integer):
            raise ParameterError(
                f"{profile!r} is no profile. For a person of the training data: "
                f"model.recommend(data.profile({profile!r})); for a film that somebody loves: "
                f"model.recommend([{profile!r}])"
            )
        if not isinstance(profile, Iterable):
            raise ParameterError(
                f"a person is a Profile, stars by film {{'Alien': 5}}, or films ['Alien'], "
                f"got {type(profile).__name__}"
            )
        if not isinstance(profile, Mapping):
            profile = dict.fromkeys(profile, self.scale.maximum)
        return Profile({self._film(film): stars for film, stars in profile.items()})

    def _film(self, film: Id | str) -> Id:
        """A movie id, or the id of a title."""
        if isinstance(film, str) and film not in self.catalog.movie_ids:
            return self.catalog.find(film)
        return film

    def _batch(self, people: Sequence[Profile]) -> ProfileBatch:
        batch = ProfileBatch.from_profiles(people, self.catalog, self.scale)
        if self.user_ids is None:
            return batch
        users = [-1 if p.user_id is None else self.user_ids.code_of(p.user_id) for p in people]
        return self._recognise(batch, np.asarray(users, dtype=np.int32))

    def _recognise(self, batch: ProfileBatch, users: Codes) -> ProfileBatch:
        """Keep those user codes whose profile is still the one of the training."""
        if self.user_digests is None:
            return batch
        known = users >= 0
        known[known] = self.user_digests[users[known]] == batch.digests[known]
        return batch.with_users(np.where(known, users, np.int32(-1)))

    # -- stars -------------------------------------------------------------------------------

    def predict(self, profile: Person, movies: Sequence[Id | str]) -> NDArray[np.float32]:
        """The stars that a person would give to films.

        Parameters
        ----------
        profile : as for :meth:`recommend`
        movies : sequence of movie ids or titles

        Returns
        -------
        ndarray, shape (len(movies),), dtype float32
            Stars, within the data set's scale.

        Raises
        ------
        NotSupportedError
            If the model ranks films but does not predict stars.
        NotFittedError, UnknownMovieError, ParameterError
        """
        self._need_fit()
        if not self.predicts_stars:
            raise NotSupportedError(cannot(self, "predict stars", "predicts_stars"))
        batch = self._batch([self._profile_of(profile)])
        codes = self.catalog.codes_of([self._film(film) for film in movies])
        with one_blas_thread():
            return self._stars(batch, np.zeros(len(codes), dtype=np.intp), codes)

    def promise(self, profile: Person, movies: Sequence[Id | str]) -> Promises:
        """The stars that a person would give to films, and how sure that is.

        The interval and the probability come from the mistakes of a trial that was told some
        ratings of people whom it had not learned from; see :mod:`matinee.models.spread`. They are
        None for a model fitted with ``spread=False``, or on too few people.

        Parameters
        ----------
        profile : as for :meth:`recommend`
        movies : sequence of movie ids or titles

        Returns
        -------
        Promises
            ``stars``, the ends ``low`` and ``high`` of the interval that holds the person's own
            stars with 80 % probability, and ``like``, the probability that they give at least
            what is good for anybody (the upper quarter of the scale) and no less than their own
            mean.

        Raises
        ------
        NotSupportedError
            If the model ranks films but does not predict stars.
        NotFittedError, UnknownMovieError, ParameterError

        Examples
        --------
        >>> import matinee
        >>> model = matinee.create_model("bias").fit(matinee.load("sample"))
        >>> stars, low, high, like = model.promise({"Alien": 5, "Heat": 4}, ["Toy Story"])
        >>> bool(low[0] < stars[0] < high[0]), bool(0 < like[0] < 1)
        (True, True)
        """
        self._need_fit()
        if not self.predicts_stars:
            raise NotSupportedError(cannot(self, "predict stars", "predicts_stars"))
        batch = self._batch([self._profile_of(profile)])
        codes = self.catalog.codes_of([self._film(film) for film in movies])
        with one_blas_thread():
            return self._promises(batch, np.zeros(len(codes), dtype=np.intp), codes)

    def _stars(
        self, batch: ProfileBatch, rows: NDArray[np.intp], movies: Codes
    ) -> NDArray[np.float32]:
        """Predicted stars of pairs, clipped to the scale."""
        stars = np.asarray(self._predict(batch, rows, movies), dtype=np.float32)
        return np.clip(stars, self.scale.minimum, self.scale.maximum, out=stars)

    def _promises(self, batch: ProfileBatch, rows: NDArray[np.intp], movies: Codes) -> Promises:
        """Promised stars of pairs, and their spread where it is known."""
        if self.spread is None:
            return Promises(self._stars(batch, rows, movies))
        return self.spread.promises(self._star_source(), batch, rows, movies)

    # -- similar films -----------------------------------------------------------------------

    def similar(
        self,
        movies: Id | str | Sequence[Id | str],
        n: int = 10,
        where: Filter | Mapping[str, Any] | None = None,
    ) -> Recommendations:
        """Films like a film, or like several taken together.

        Parameters
        ----------
        movies : movie id or title, or sequence of them
            They never come back themselves.
        n : int
            How many at most.
        where : Filter or mapping of its names, optional

        Raises
        ------
        NotSupportedError
            If the model knows no similarity of films.
        NotFittedError, UnknownMovieError, ParameterError
        """
        self._need_fit()
        n = check_int("n", n, 1)
        if not self.finds_similar:
            raise NotSupportedError(cannot(self, "find similar films", "finds_similar"))
        films = [movies] if isinstance(movies, str | int | np.integer) else list(movies)
        if not films:
            raise ParameterError("similar needs at least one movie")
        codes = np.unique(self.catalog.codes_of([self._film(film) for film in films]))
        with one_blas_thread():
            return similar(self, codes, n, Filter.of(where))

    # -- reasons -----------------------------------------------------------------------------

    def explain(self, profile: Person, movie: Id | str, *, most: int = 5) -> tuple[Reason, ...]:
        """Why a film has its fit for a person: the strongest parts of it.

        Parameters
        ----------
        profile : as for :meth:`recommend`
        movie : movie id or title
        most : int
            How many reasons at most.

        Raises
        ------
        NotSupportedError
            If the model's mathematics gives no honest reasons.
        NotFittedError, UnknownMovieError, ParameterError
        """
        self._need_fit()
        if not self.explains:
            raise NotSupportedError(cannot(self, "give reasons", "explains"))
        most = check_int("most", most, 1)
        codes = self.catalog.codes_of([self._film(movie)])
        scored = self.scored(profile)
        with one_blas_thread():
            return scored.reasons(codes, most)[0]

    def contributions(self, profile: Person, movie: Id | str) -> Contributions:
        """All parts of a film's score, in the score's own unit; they add up to it exactly.

        Movie codes in the result stand for positions in ``catalog.movie_ids``.
        """
        self._need_fit()
        if not self.explains:
            raise NotSupportedError(cannot(self, "give reasons", "explains"))
        batch = self._batch([self._profile_of(profile)])
        with one_blas_thread():
            return self._contributions(batch, self.catalog.codes_of([self._film(movie)]))[0]

    # -- vectors -----------------------------------------------------------------------------

    def movie_vectors(self) -> NDArray[np.float32]:
        """Films as vectors: a small angle between two means that the model finds them alike.

        Returns
        -------
        ndarray, shape (n_movies, d), dtype float32
            Row i is the film ``catalog.movie_ids.id_of(i)``; zeros for films that the model knows
            nothing about. A new array.

        Raises
        ------
        NotSupportedError
            If the model does not place films in a space.
        NotFittedError
        """
        self._need_fit()
        if not self.has_movie_vectors:
            what = "place films in a space"
            raise NotSupportedError(cannot(self, what, "has_movie_vectors"))
        with one_blas_thread():
            return np.array(self._movie_vectors(), dtype=np.float32, order="C")

    # -- model directories -------------------------------------------------------------------

    def save(self, path: Path | str) -> Path:
        """Write a model directory; see :func:`matinee.models.directory.save_model`."""
        from matinee.models.directory import save_model

        self._need_fit()
        return save_model(self, path)

    @classmethod
    def load(cls, path: Path | str) -> Recommender:
        """Open a model directory; see :func:`matinee.models.directory.load_model`."""
        from matinee.models.directory import load_model

        return load_model(path)


def _as_dataset(given: Any) -> Dataset:
    """A data set, or a frame read as one."""
    if isinstance(given, Dataset):
        return given
    if hasattr(given, "columns"):
        from matinee.datasets import from_frame

        return from_frame(given)
    raise ParameterError(
        f"fit needs a Dataset or a frame of ratings, got {type(given).__name__}: "
        "see matinee.load and matinee.from_frame"
    )


def cannot(model: Recommender, what: str, ability: str) -> str:
    """The sentence that says what a model cannot do, and which ones can."""
    from matinee.models import MODELS, model_class

    able = []
    for name in MODELS:
        try:
            if getattr(model_class(name), ability):
                able.append(name)
        except ImportError:
            continue
    return f"{model.name} cannot {what}; these can: {', '.join(sorted(able))}"
