"""What a family of models writes: how to learn, score and store; the base class does the rest."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from matinee.catalog import Catalog
from matinee.errors import NotFittedError, NotSupportedError
from matinee.ids import Codes, IdVocabulary
from matinee.pages import card
from matinee.progress import Progress
from matinee.ratings import MovieStats, Ratings
from matinee.recommend.batch import ProfileBatch
from matinee.recommend.reasons import Parts
from matinee.scale import RatingScale

__all__ = ["Family", "cannot"]


class Family(ABC):
    """The side of a model that its family fills in; people call :class:`Recommender`.

    A family writes ``_fit``, ``_score``, ``_arrays`` and ``_from_arrays``, and, where it can,
    ``_predict``, ``_similarity``, ``_contributions`` and ``_movie_vectors``. Its constructor takes
    its hyper-parameters as keyword arguments, checks them and keeps each under its own name.

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
    search_space: ClassVar[Mapping[str, tuple[Any, ...]]] = {}

    catalog: Catalog
    stats: MovieStats
    scale: RatingScale
    trained_on: dict[str, Any]
    fit_seconds: float
    history: list[dict[str, float]]
    user_ids: IdVocabulary | None
    user_digests: NDArray[np.uint64] | None
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

    @abstractmethod
    def _from_arrays(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Take back what :meth:`_arrays` gave; arrays may be memory-mapped and read-only."""

    def _predict(self, batch: ProfileBatch, rows: NDArray[np.intp], movies: Codes) -> Any:
        """Stars of pairs (profile ``rows[i]``, film ``movies[i]``), shape (n_pairs,), unclipped."""
        raise NotSupportedError(cannot(self, "predict stars", "predicts_stars"))

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

    @classmethod
    def defaults(cls) -> dict[str, Any]:
        """Hyper-parameters and their defaults."""
        signature = inspect.signature(cls)
        return {name: parameter.default for name, parameter in signature.parameters.items()}

    @property
    def params(self) -> dict[str, Any]:
        """The hyper-parameters of this model."""
        return {name: getattr(self, name) for name in self.defaults()}

    def __repr__(self) -> str:
        changed = {k: v for k, v in self.params.items() if v != self.defaults()[k]}
        shown = ", ".join(f"{name}={value!r}" for name, value in changed.items())
        state = f" fitted on {self.trained_on['dataset']!r}" if self.is_fitted else ""
        return f"<{type(self).__name__}({shown}){state}>"

    def _repr_html_(self) -> str:
        facts: dict[str, object] = {"What": self.summary}
        if self.is_fitted:
            about = self.trained_on
            facts["Learned from"] = (
                f"{about['dataset']}: {about['ratings']:,} ratings by {about['users']:,} people "
                f"of {about['movies']:,} films"
            )
            facts["Time to fit"] = f"{self.fit_seconds:.1f} s"
        else:
            facts["Learned from"] = "nothing yet: call fit(dataset)"
        defaults = self.defaults()
        rows = [
            (name, str(value), "" if value == defaults[name] else str(defaults[name]))
            for name, value in self.params.items()
        ]
        return card(self.name, "", facts, ("Parameter", "Value", "Default"), rows, most=len(rows))

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


def cannot(model: Family, what: str, ability: str) -> str:
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
