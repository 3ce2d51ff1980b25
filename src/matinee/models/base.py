"""The base of all models: checks, translates ids, hides what was seen, and ranks, once for all."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from matinee.dataset import Dataset
from matinee.errors import NotSupportedError, ParameterError
from matinee.filters import Filter
from matinee.ids import Codes, Id
from matinee.memory import check_memory, format_bytes
from matinee.models.family import Family, cannot
from matinee.models.parameters import check_int
from matinee.profile import Profile
from matinee.progress import Progress, report
from matinee.recommend.batch import ProfileBatch, row_digests
from matinee.recommend.ranking import top_codes
from matinee.recommend.reasons import Contributions, strongest_reasons
from matinee.results import Reason, Recommendation, Recommendations
from matinee.threads import one_blas_thread

__all__ = ["Contributions", "Recommender"]

BLOCK_BYTES = 64 * 2**20
"""Scores of one block of profiles take at most this much memory."""
_FEW = 16  # people for whom several threads of linear algebra would cost more than they gain


class Recommender(Family):
    """A model that answers for a :class:`~matinee.Profile`.

    The public methods check, translate ids, hide what must not come back, and rank;
    :class:`~matinee.models.family.Family` says what each family of models writes.
    """

    # -- fit ---------------------------------------------------------------------------------

    def fit(
        self,
        dataset: Dataset,
        *,
        progress: Progress | None = None,
        checkpoint: Path | str | None = None,
    ) -> Self:
        """Learn from a data set.

        A fit that fails or is interrupted leaves the model as it was before.

        Parameters
        ----------
        dataset : Dataset
        progress : callable, optional
            Called with :class:`~matinee.progress.ProgressEvent`.
        checkpoint : path, optional
            A directory for the state of the training, written after each epoch. If it holds one
            of the same model and data, the training goes on from there, and ends where it would
            have ended without the interruption.

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
        self.__dict__.update(fresh.__dict__)
        return self

    # -- recommend ---------------------------------------------------------------------------

    def recommend(
        self,
        profile: Profile | Mapping[Id, float],
        n: int = 10,
        where: Filter | None = None,
        *,
        explain: bool = False,
    ) -> Recommendations:
        """The films that fit a person best, of those not seen yet.

        Parameters
        ----------
        profile : Profile or mapping of movie id to stars
        n : int
            How many at most. Fewer come back if fewer pass; none is ever padded.
        where : Filter, optional
            What may come back.
        explain : bool
            Whether to give reasons, from models that can.

        Returns
        -------
        Recommendations

        Raises
        ------
        NotFittedError, UnknownMovieError, ParameterError
        """
        return self.recommend_many([profile], n, where, explain=explain)[0]

    def recommend_many(
        self,
        profiles: Sequence[Profile | Mapping[Id, float]],
        n: int = 10,
        where: Filter | None = None,
        *,
        explain: bool = False,
        progress: Progress | None = None,
    ) -> list[Recommendations]:
        """:meth:`recommend` for several people, in blocks of bounded memory; the same answers."""
        self._need_fit()
        n = check_int("n", n, 1)
        people = [_as_profile(profile) for profile in profiles]
        batch = self._batch(people)
        allowed = self._allowed(where)
        found: list[Recommendations] = []
        with one_blas_thread() if len(people) <= _FEW else nullcontext():
            for block, scores in self._score_blocks(batch):
                for row in range(len(block)):
                    shown = self._hide(scores[row], block, row, allowed)
                    codes = top_codes(shown, n, self._tie_break)
                    one = block.rows(row, row + 1)
                    found.append(self._recommendations(one, codes, scores[row], n, explain=explain))
                report(progress, "recommend", len(found), len(people), unit="people")
        return found

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

    def _allowed(self, where: Filter | None) -> NDArray[np.bool_] | None:
        if where is None or where.is_empty:
            return None
        return where.mask(self.catalog, self.stats)

    def _hide(
        self,
        scores: NDArray[np.float32],
        batch: ProfileBatch,
        row: int,
        allowed: NDArray[np.bool_] | None,
    ) -> NDArray[np.float32]:
        """A copy of one person's scores with all that must not come back at -inf."""
        scores = scores.copy() if allowed is None else np.where(allowed, scores, -np.inf)
        scores[batch.movies[batch.indptr[row] : batch.indptr[row + 1]]] = -np.inf
        if len(batch.hidden):
            scores[batch.hidden[row]] = -np.inf
        return scores

    def _score_blocks(
        self, batch: ProfileBatch
    ) -> Iterator[tuple[ProfileBatch, NDArray[np.float32]]]:
        size = max(1, BLOCK_BYTES // (4 * max(len(self.catalog), 1)))
        for start in range(0, len(batch), size):
            block = batch.rows(start, min(start + size, len(batch)))
            yield block, self._score(block)

    def _recommendations(
        self,
        one: ProfileBatch,
        codes: Codes,
        scores: NDArray[np.float32],
        asked: int,
        *,
        explain: bool,
    ) -> Recommendations:
        stars: Sequence[float | None] = [None] * len(codes)
        if self.predicts_stars and len(codes):
            stars = self._stars(one, np.zeros(len(codes), dtype=np.intp), codes).tolist()
        reasons: Sequence[tuple[Reason, ...]] = [()] * len(codes)
        if explain and self.explains and len(codes):
            reasons = self._reasons(one, codes)
        items = []
        for code, value, why in zip(codes.tolist(), stars, reasons, strict=True):
            movie = self.catalog.movie(code, tags=0)
            items.append(
                Recommendation(
                    movie_id=movie.movie_id,
                    title=movie.title,
                    year=movie.year,
                    genres=movie.genres,
                    score=float(scores[code]),
                    stars=value,
                    reasons=why,
                )
            )
        return Recommendations(items, model=self.name, asked=asked)

    # -- stars -------------------------------------------------------------------------------

    def predict(
        self, profile: Profile | Mapping[Id, float], movies: Sequence[Id]
    ) -> NDArray[np.float32]:
        """The stars that a person would give to films.

        Parameters
        ----------
        profile : Profile or mapping of movie id to stars
        movies : sequence of movie ids

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
        batch = self._batch([_as_profile(profile)])
        codes = self.catalog.codes_of(list(movies))
        with one_blas_thread():
            return self._stars(batch, np.zeros(len(codes), dtype=np.intp), codes)

    def _stars(
        self, batch: ProfileBatch, rows: NDArray[np.intp], movies: Codes
    ) -> NDArray[np.float32]:
        """Predicted stars of pairs, clipped to the scale."""
        stars = np.asarray(self._predict(batch, rows, movies), dtype=np.float32)
        return np.clip(stars, self.scale.minimum, self.scale.maximum, out=stars)

    # -- similar films -----------------------------------------------------------------------

    def similar(
        self, movies: Id | Sequence[Id], n: int = 10, where: Filter | None = None
    ) -> Recommendations:
        """Films like a film, or like several taken together.

        Parameters
        ----------
        movies : movie id, or sequence of movie ids
            They never come back themselves.
        n : int
            How many at most.
        where : Filter, optional

        Raises
        ------
        NotSupportedError
            If the model knows no similarity of films.
        NotFittedError, UnknownMovieError, ParameterError
        """
        self._need_fit()
        n = check_int("n", n, 1)
        self._need_similarity()
        ids = [movies] if isinstance(movies, str | int | np.integer) else list(movies)
        if not ids:
            raise ParameterError("similar needs at least one movie id")
        codes = np.unique(self.catalog.codes_of(ids))
        with one_blas_thread():
            best, similarity = self._most_similar(codes, n, where)
        items = []
        for code in best.tolist():
            movie = self.catalog.movie(code, tags=0)
            items.append(
                Recommendation(
                    movie.movie_id, movie.title, movie.year, movie.genres, float(similarity[code])
                )
            )
        return Recommendations(items, model=self.name, asked=n)

    def _need_similarity(self) -> None:
        if not self.finds_similar:
            raise NotSupportedError(cannot(self, "find similar films", "finds_similar"))

    def _most_similar(
        self, codes: Codes, n: int, where: Filter | None = None
    ) -> tuple[Codes, NDArray[np.float32]]:
        """The films most similar to some, without these, and the similarity of all films."""
        similarity = np.asarray(self._similarity(codes), dtype=np.float32)
        return self._best_alike(similarity, codes, n, where), similarity

    def _best_alike(
        self, similarity: NDArray[np.float32], codes: Codes, n: int, where: Filter | None = None
    ) -> Codes:
        """The films with the largest similarity, without some."""
        allowed = self._allowed(where)
        hidden = similarity.copy() if allowed is None else np.where(allowed, similarity, -np.inf)
        hidden[codes] = -np.inf
        return top_codes(hidden, n, self._tie_break)

    # -- reasons -----------------------------------------------------------------------------

    def explain(
        self, profile: Profile | Mapping[Id, float], movie: Id, *, most: int = 5
    ) -> tuple[Reason, ...]:
        """Why a film has its score for a person: the strongest parts of it.

        Parameters
        ----------
        profile : Profile or mapping of movie id to stars
        movie : movie id
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
        batch = self._batch([_as_profile(profile)])
        most = check_int("most", most, 1)
        with one_blas_thread():
            return self._reasons(batch, self.catalog.codes_of([movie]), most)[0]

    def contributions(self, profile: Profile | Mapping[Id, float], movie: Id) -> Contributions:
        """All parts of a film's score; they add up to it exactly.

        Movie codes in the result stand for positions in ``catalog.movie_ids``.
        """
        self._need_fit()
        if not self.explains:
            raise NotSupportedError(cannot(self, "give reasons", "explains"))
        batch = self._batch([_as_profile(profile)])
        with one_blas_thread():
            return self._contributions(batch, self.catalog.codes_of([movie]))[0]

    def _reasons(self, one: ProfileBatch, movies: Codes, most: int = 5) -> list[tuple[Reason, ...]]:
        return strongest_reasons(self._contributions(one, movies), one, self.catalog, most)

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


def _as_profile(profile: Profile | Mapping[Id, float]) -> Profile:
    return profile if isinstance(profile, Profile) else Profile(profile)
