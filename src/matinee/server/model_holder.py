"""The model that answers: loaded once, replaced in one step when a newer one is published."""

from __future__ import annotations

import dataclasses
import gc
import logging
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, cast

import numpy as np

from matinee.errors import ArtifactError, MatineeError, ParameterError
from matinee.explore.map import FilmMap, build_map, has_map, read_map
from matinee.models.base import Recommender
from matinee.models.directory import MANIFEST, load_model, read_manifest
from matinee.models.publishing import current_path, default_model_path
from matinee.recommend.questions import Asker
from matinee.server.errors import Problem
from matinee.server.schemas import Film, ModelRef, TrainingState
from matinee.server.training import Training, first_model_path
from matinee.store import MAX_STARS

__all__ = ["ModelHolder", "Serving"]

_RETRY_SECONDS = 30.0
_MOST_FILMS = 20_000
_Key = tuple[str, int, int]

log = logging.getLogger("matinee.server")


@dataclass(eq=False)
class Serving:
    """A model and what belongs to it; a request takes one and keeps it to its end.

    Attributes
    ----------
    model : Recommender
    version : str
        Identifies this very model.
    path : pathlib.Path or None
        Its directory; None for one that was given in memory.
    created : str or None
        ISO 8601, of the directory.
    posters : str or None
        What the addresses of posters begin with, where there are posters.
    kept : dict
        What was computed from the model and holds as long as it does.
    making : threading.Lock
        Held while something of that is made that takes long, so that it is made once.
    film : callable
        A film as the API shows it, by its code; shared, so not to be changed.
    """

    model: Recommender
    version: str = "unsaved"
    path: Path | None = None
    created: str | None = None
    posters: str | None = None
    kept: dict[str, Any] = field(default_factory=dict)
    making: threading.Lock = field(default_factory=threading.Lock)
    film: Callable[[int], Film] = field(init=False)

    def __post_init__(self) -> None:
        self.film = lru_cache(_MOST_FILMS)(self._film)

    @classmethod
    def load(cls, path: Path, *, posters: str | None = None) -> Serving:
        """Open a model directory and try it out, so that the first request finds it warm.

        Raises
        ------
        ArtifactError
            If it is damaged, or cannot answer.
        """
        manifest = read_manifest(path)
        found = cls(load_model(path), manifest.version, path, manifest.created, posters)
        found.warm_up()
        return found

    @cached_property
    def about(self) -> ModelRef:
        """What every answer of this model says about it."""
        return ModelRef(
            name=self.model.name,
            version=self.version,
            trained_on=str(self.model.trained_on["dataset"]),
        )

    @cached_property
    def asker(self) -> Asker:
        """What chooses the questions for new people."""
        return Asker(self.model)

    # -- films and stars as the API shows them: 0.5 to 5, whatever the model's scale is ---------

    @cached_property
    def factor(self) -> float:
        """Stars of the API for one star of the model."""
        return MAX_STARS / self.model.scale.maximum

    def stars_inside(self, stars: float) -> float:
        """Stars of the API on the model's scale."""
        return self.model.scale.from_five(stars)

    def stars_outside(self, stars: float | None, digits: int = 2) -> float | None:
        """Stars of the model on the API's scale."""
        return None if stars is None else round(float(stars) * self.factor, digits)

    def _film(self, code: int) -> Film:
        movie, stats = self.model.catalog.movie(code, tags=0), self.model.stats
        ratings = int(stats.counts[code])
        picture = self.posters is not None and (movie.tmdb_id or movie.imdb_id or movie.year)
        return Film(
            movie_id=str(movie.movie_id),
            title=movie.title,
            year=movie.year,
            genres=list(movie.genres),
            imdb_id=movie.imdb_id,
            tmdb_id=movie.tmdb_id,
            mean_stars=self.stars_outside(float(stats.means[code]), 3) if ratings else None,
            ratings=ratings,
            poster=f"{self.posters}/films/{movie.movie_id}/poster" if picture else None,
        )

    def warm_up(self) -> None:
        """Ask the model something of each kind that it can answer."""
        catalog, model = self.model.catalog, self.model
        best = np.argsort(-model.stats.counts.astype(np.int64), kind="stable")[:3]
        ids = [catalog.movie_ids.id_of(int(code)) for code in best]
        model.recommend(dict.fromkeys(ids, model.scale.maximum), 5, explain=model.explains)
        if model.finds_similar and ids:
            model.similar(ids[0], 5)
        catalog.search("the")
        catalog.search("teh mtrix")

    def prepare(self) -> None:
        """Compute what takes a second and is not needed for a first list: questions, the map."""
        _ = self.asker
        try:
            self.film_map()
        except MatineeError as error:
            log.error("the map of films cannot be shown: %s", error)

    # -- the map of films -----------------------------------------------------------------------

    @property
    def has_map(self) -> bool:
        """Whether there is a map to show; nothing is computed for the answer."""
        beside = self.path is not None and has_map(self.path)
        return beside or bool(self.model.has_movie_vectors)

    def film_map(self) -> FilmMap | None:
        """The map to show, stars on the API's scale; None for a model that places no films.

        `matinee map` and `matinee train --publish` put one beside the model that keeps neighbors
        together. Until there is one, the two directions in which films differ most have to do; they
        are worked out here once, in a second.

        Raises
        ------
        MapFormatError
            If the one beside the model is damaged.
        """
        with self.making:
            if self.path is not None and "map" not in self.kept and has_map(self.path):
                self.kept["map"] = self._scaled(read_map(self.path))
            if "map" in self.kept:
                return cast("FilmMap", self.kept["map"])
            if "plain map" not in self.kept:
                self.kept["plain map"] = self._plain_map()
            return cast("FilmMap | None", self.kept["plain map"])

    def _plain_map(self) -> FilmMap | None:
        if not self.model.has_movie_vectors:
            return None
        try:
            return self._scaled(build_map(self.model, layout="pca", version=self.version))
        except ParameterError:  # too few films for a picture
            return None

    def _scaled(self, found: FilmMap) -> FilmMap:
        if self.factor == 1:
            return found
        return dataclasses.replace(found, mean_stars=found.mean_stars * self.factor)


class ModelHolder:
    """Finds the model, loads it in the background, and watches for a newer one.

    Parameters
    ----------
    source : str or path, optional
        A model directory or a published root. Without it, the model that stands in the usual
        places; where there is none, one is trained on the sample.
    serving : Serving, optional
        Serve this and watch nothing.
    posters : str, optional
        What the addresses of posters begin with, where there are posters.
    watch_seconds : float
        How often to look.
    """

    def __init__(
        self,
        source: str | Path | None = None,
        *,
        serving: Serving | None = None,
        posters: str | None = None,
        watch_seconds: float = 1.0,
    ) -> None:
        self._source = None if source is None else Path(source)
        self._serving = serving
        self._fixed = serving is not None
        self._posters = posters
        self._seconds = watch_seconds
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._training: Training | None = None
        self._train_again = 0.0
        self._key: _Key | None = None
        self._bad: _Key | None = None
        self.failure: str | None = None
        self.swaps = 0
        self.failures = 0

    # -- what requests see -----------------------------------------------------------------

    @property
    def is_ready(self) -> bool:
        """Whether there is a model."""
        return self._serving is not None

    @property
    def training(self) -> TrainingState | None:
        """How far the first training is, while there is no model."""
        if self._serving is not None:
            return None
        if self._training is None:
            return TrainingState(stage="loading", done=0, total=None)
        return TrainingState(**self._training.progress)

    @property
    def trouble(self) -> str | None:
        """What keeps a newer model from taking over; None if nothing does."""
        return self.failure if self.is_ready else None

    def serving(self) -> Serving:
        """The model that answers now.

        Raises
        ------
        Problem
            503 while the first one is being trained or loaded.
        """
        serving = self._serving
        if serving is None:
            detail = "the first model is still being trained; this takes some seconds, once"
            if self.failure is not None:
                detail = "there is no model to answer; the server's log says why"
            training = self.training
            raise Problem(
                503,
                "not-ready",
                detail,
                headers={"Retry-After": "2"},
                training=None if training is None else training.model_dump(),
            )
        return serving

    # -- life ------------------------------------------------------------------------------

    def start(self) -> None:
        """Load what is there now, and watch from then on.

        A model that is there answers when this returns, so that a worker which takes the place of
        another one does not send away those who come.
        """
        if self._fixed or self._thread is not None:
            return
        self._stop.clear()
        self._try()
        self._thread = threading.Thread(target=self._watch, name="matinee-models", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop watching, and end a training."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        if self._training is not None:
            self._training.stop()

    def _watch(self) -> None:
        changed = self.is_ready
        while True:
            if changed:
                self._settle()
            # While nothing answers, somebody waits.
            if self._stop.wait(self._seconds if self.is_ready else min(self._seconds, 0.2)):
                return
            changed = self._try()

    def _try(self) -> bool:
        try:
            return self.look()
        except Exception:
            log.exception("looking for a model failed; the one that answers stays")
            return False

    def _settle(self) -> None:
        """Prepare what the model needs later, and let its arrays be."""
        gc.unfreeze()
        gc.collect()
        self.serving().prepare()
        # What is there now stays. Looked through again and again for cycles, it would hold requests
        # up for tens of milliseconds, and its pages would no longer be shared among workers.
        gc.freeze()

    def look(self) -> bool:
        """Look once, and load what is new; whether another model answers now."""
        if self.is_ready:
            self._see_training_off()
        path = self._find()
        if path is None:
            return False
        try:
            stat = (path / MANIFEST).stat()
            key = (str(path), stat.st_mtime_ns, stat.st_ino)
        except OSError:
            key = (str(path), 0, 0)
        if key == self._key:
            # What could not be used is gone again.
            self._bad, self.failure = None, None
            return False
        if key == self._bad:
            return False
        return self._load(path, key)

    def _find(self) -> Path | None:
        try:
            path = default_model_path() if self._source is None else current_path(self._source)
        except ArtifactError as error:
            self._complain(("", 0, 0), error)
            return None
        if path is not None:
            return path
        first = first_model_path()
        if (first / MANIFEST).is_file():
            if self._bad is None or self._bad[0] != str(first):
                return first
            # It was kept by another version of this program; nobody else's is ever removed.
            shutil.rmtree(first, ignore_errors=True)
            self._bad = None
        self._train(first)
        return None

    def _train(self, target: Path) -> None:
        if self._training is None:
            if time.monotonic() < self._train_again:
                return
            log.info("no model found: training %s on the sample", target.name)
            self._training, self.failure = Training(target), None
        trouble = self._training.step()
        if trouble is not None:
            self._training = None
            self._train_again = time.monotonic() + _RETRY_SECONDS
            self.failure = f"training on the sample failed ({trouble})"
            log.error("%s; trying again in %d s", self.failure, _RETRY_SECONDS)

    def _see_training_off(self) -> None:
        """The process of the first training goes on with the map and the figures."""
        if self._training is None:
            return
        trouble = self._training.end()
        if trouble is not None:
            log.warning("the first model has no map or no figures beside it: %s", trouble)
        if not self._training.is_running:
            self._training = None

    def _load(self, path: Path, key: _Key) -> bool:
        started = time.perf_counter()
        try:
            fresh = Serving.load(path, posters=self._posters)
        except (MatineeError, OSError) as error:
            self._complain(key, error)
            return False
        before, self._serving = self._serving, fresh
        self._key, self._bad, self.failure = key, None, None
        self.swaps += before is not None
        seconds = time.perf_counter() - started
        log.info("model %s %s answers (%.2f s to load)", fresh.model.name, fresh.version, seconds)
        return True

    def _complain(self, key: _Key, error: Exception) -> None:
        """Say once what is wrong with a model; the one that answers stays."""
        if key == self._bad:
            return
        self._bad = key
        self.failures += 1
        self.failure = str(error)
        stays = "the one before it stays" if self.is_ready else "there is no other"
        log.error("a model cannot be used, %s: %s", stays, error)
