"""The first model: trained on the sample in a process of its own, so that the server stays light.

Run as ``python -m matinee.server.training DIR``. How far it is stands in a small file beside the
directory, which every worker of the server can read. When the model is there, and answers, the same
process draws the map of its films and measures how good it is.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matinee.models.directory import read_manifest
from matinee.models.publishing import cached_models_path
from matinee.progress import ProgressEvent

if TYPE_CHECKING:
    from matinee.dataset import Dataset
    from matinee.models.base import Recommender

__all__ = ["FIRST_MODEL", "Training", "first_model_path", "read_progress", "train"]

FIRST_MODEL = "blend"
_LONGEST_PROGRESS = 4096


def first_model_path() -> Path:
    """Where the model is kept that a server trains when it finds none."""
    from matinee.models import create_model

    params = json.dumps(create_model(FIRST_MODEL).params, sort_keys=True, default=str)
    digest = hashlib.sha256(params.encode()).hexdigest()[:12]
    return cached_models_path() / f"serving-{FIRST_MODEL}-{digest}"


def _progress_path(target: Path) -> Path:
    return target.with_name(f"{target.name}.progress")


def read_progress(target: Path) -> dict[str, Any] | None:
    """How far the training of a directory is: ``stage``, ``done``, ``total``; None if unknown."""
    try:
        with _progress_path(target).open(encoding="utf-8") as stream:
            told = json.loads(stream.read(_LONGEST_PROGRESS))
        return {
            "stage": str(told["stage"]),
            "done": int(told["done"]),
            "total": None if told["total"] is None else int(told["total"]),
        }
    except (OSError, ValueError, TypeError, KeyError):
        return None


class Training:
    """The training of the first model, in another process; one at a time on a machine.

    Parameters
    ----------
    target : path
        The model directory that it will write.
    """

    def __init__(self, target: Path) -> None:
        self.target = target
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def progress(self) -> dict[str, Any]:
        """``stage``, ``done`` and ``total``, whichever process does the work."""
        return read_progress(self.target) or {"stage": "starting", "done": 0, "total": None}

    def step(self) -> str | None:
        """Start the training if nobody does it, or see how it went.

        Returns
        -------
        str or None
            What went wrong, if it failed.
        """
        if self._process is None:
            self.target.parent.mkdir(parents=True, exist_ok=True)
            self._process = subprocess.Popen(  # noqa: S603 - this program itself
                [sys.executable, "-m", "matinee.server.training", str(self.target)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
            )
            return None
        return self.end()

    def end(self) -> str | None:
        """See whether the process has ended; what went wrong, if it failed."""
        process = self._process
        if process is None or self.is_running:
            return None
        self._process = None
        code = process.returncode
        assert process.stderr is not None
        with process.stderr as stream:
            told = stream.read().decode("utf-8", "replace").strip().splitlines()
        return None if code == 0 else (told[-1] if told else f"it ended with exit code {code}")

    @property
    def is_running(self) -> bool:
        """Whether the process that this one started is still at work."""
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """End it; nothing half-written stays."""
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            process.wait()
            if process.stderr is not None:
                process.stderr.close()


def train(target: Path) -> None:
    """Train the first model into a directory; if another process does so, wait for it instead."""
    import time

    from matinee.locking import exclusive

    while not target.exists():
        try:
            with exclusive(target.with_name(f"{target.name}.lock")):
                if not target.exists():
                    _train(target)
        except BlockingIOError:
            time.sleep(0.2)


def _train(target: Path) -> None:
    import matinee

    told = ""

    def tell(event: ProgressEvent) -> None:
        nonlocal told
        if event.note:
            return
        text = json.dumps({"stage": event.stage, "done": event.done, "total": event.total})
        if text != told:
            told = text
            path = _progress_path(target)
            fresh = path.with_name(f"{path.name}.new")
            fresh.write_text(text, encoding="utf-8")
            fresh.replace(path)

    try:
        tell(ProgressEvent("read the sample"))
        data = matinee.load("sample")
        model = matinee.create_model(FIRST_MODEL).fit(data, progress=tell)
        tell(ProgressEvent("save"))
        model.save(target)
    finally:
        _progress_path(target).unlink(missing_ok=True)
    _add(model, data, target)


def _add(model: Recommender, data: Dataset, target: Path) -> None:
    """Put the map and the figures beside a model that answers already."""
    from matinee.evaluation.figures import measure_like, write_figures
    from matinee.explore.map import build_map, write_map

    if os.name == "posix":
        os.nice(10)  # somebody may be asking for films by now
    if model.has_movie_vectors:
        write_map(build_map(model, version=read_manifest(target).version), target)
    write_figures(measure_like(model, data), target)


def main() -> int:
    """Train into the directory that the command line names."""
    # A terminal sends Ctrl-C to this process too; the server says what there is to say.
    with suppress(KeyboardInterrupt):
        train(Path(sys.argv[1]))
        return 0
    return 130


if __name__ == "__main__":
    sys.exit(main())
