"""The model that answers: loaded once, replaced in one step when a newer one is published."""

from __future__ import annotations

import gc
import logging
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from matinee.errors import ArtifactError, MatineeError
from matinee.models.base import Recommender
from matinee.models.directory import MANIFEST, load_model, read_manifest
from matinee.models.publishing import current_path, default_model_path
from matinee.recommend.questions import Asker
from matinee.server.problems import Problem
from matinee.server.showing import Films, Stars
from matinee.server.training import Training, first_model_path

__all__ = ["ModelHolder", "Serving"]

_RETRY_SECONDS = 30.0
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
    films : Films
    stars : Stars
    kept : dict
        What was computed from the model and holds as long as it does.
    making : threading.Lock
        Held while something of that is made that takes long, so that it is made once.
    """

    model: Recommender
    version: str
    path: Path | None
    films: Films
    stars: Stars
    created: str | None = None
    kept: dict[str, Any] = field(default_factory=dict)
    making: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def of(
        cls,
        model: Recommender,
        path: Path | None = None,
        *,
        version: str = "unsaved",
        created: str | None = None,
        posters: bool = False,
    ) -> Serving:
        """A model with all that belongs to it."""
        films = Films(model, posters=posters)
        return cls(model, version, path, films, Stars(model.scale), created)

    @classmethod
    def load(cls, path: Path, *, posters: bool = False) -> Serving:
        """Open a model directory and try it out, so that the first request finds it warm.

        Raises
        ------
        ArtifactError
            If it is damaged, or cannot answer.
        """
        manifest = read_manifest(path)
        found = cls.of(
            load_model(path),
            path,
            version=manifest.version,
            created=manifest.created,
            posters=posters,
        )
        found.warm_up()
        return found

    @cached_property
    def about(self) -> dict[str, Any]:
        """What every answer of this model says about it."""
        return {
            "name": self.model.name,
            "version": self.version,
            "trained_on": str(self.model.trained_on["dataset"]),
        }

    @cached_property
    def asker(self) -> Asker:
        """What chooses the questions for newcomers."""
        return Asker(self.model)

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
        from matinee.server.film_map import film_map

        _ = self.asker
        try:
            film_map(self)
        except MatineeError as error:
            log.error("the map of films cannot be shown: %s", error)


class ModelHolder:
    """Finds the model, loads it in the background, and watches for a newer one.

    Parameters
    ----------
    source : str or path, optional
        A model directory or a published root. Without it, the model that stands in the usual
        places; where there is none, one is trained on the sample.
    serving : Serving, optional
        Serve this and watch nothing.
    posters : bool
        Whether pictures can be had.
    watch_seconds : float
        How often to look.
    on_change : callable, optional
        Called with each model that takes over.
    """

    def __init__(
        self,
        source: str | Path | None = None,
        *,
        serving: Serving | None = None,
        posters: bool = False,
        watch_seconds: float = 1.0,
        on_change: Callable[[Serving], None] | None = None,
    ) -> None:
        self._source = None if source is None else Path(source)
        self._serving = serving
        self._fixed = serving is not None
        self._posters = posters
        self._seconds = watch_seconds
        self._on_change = on_change
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
    def training(self) -> dict[str, Any] | None:
        """How far the first training is, while there is no model."""
        if self._serving is not None:
            return None
        training = self._training
        if training is None:
            return {"stage": "loading", "done": 0, "total": None}
        return training.progress

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
            if self.failure is not None:
                detail = f"there is no model to answer: {self.failure}"
            else:
                detail = "the first model is still being trained; this takes some seconds, once"
            raise Problem(
                503,
                "not-ready",
                detail,
                headers={"Retry-After": "2"},
                training=self.training,
            )
        return serving

    # -- life ------------------------------------------------------------------------------

    def start(self) -> None:
        """Load what is there now, and watch from then on."""
        if self._fixed or self._thread is not None:
            return
        self._stop.clear()
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
        while True:
            try:
                self.look()
            except Exception:
                log.exception("looking for a model failed; the one that answers stays")
            # While nothing answers, somebody waits.
            if self._stop.wait(self._seconds if self.is_ready else min(self._seconds, 0.2)):
                return

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
        if self._on_change is not None:
            self._on_change(fresh)
        # The old one goes when its last request ends; cycles through caches would keep it longer.
        del before
        gc.unfreeze()
        gc.collect()
        fresh.prepare()
        # What is there now stays. Looked through again and again for cycles, it would hold requests
        # up for tens of milliseconds, and its pages would no longer be shared among workers.
        gc.freeze()
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
