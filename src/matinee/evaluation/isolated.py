"""A model in a process of its own, so that its memory is its own and a crash ends nothing else.

The splits and the result go through files of plain arrays. ``python -m matinee.evaluation.isolated
JOB`` does one job: it reads the splits of a folder, runs the candidate and writes the result;
progress and errors go to stdout, one JSON object a line.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import matinee
from matinee import errors
from matinee.catalog import Catalog
from matinee.dataset import Dataset
from matinee.datasets.splits import Split
from matinee.errors import EvaluationError, MatineeError
from matinee.evaluation.candidate import Candidate, Run, run_candidate
from matinee.evaluation.metrics import Metric, UserValues, parse_metrics
from matinee.evaluation.protocols import Relevance
from matinee.ids import IdVocabulary
from matinee.progress import Progress, ProgressEvent
from matinee.ratings import Ratings
from matinee.scale import RatingScale

__all__ = ["read_run", "read_splits", "run_isolated", "write_run", "write_splits"]

_COLUMNS = ("users", "movies", "stars", "timestamps")


def run_isolated(
    candidate: Candidate,
    folder: Path,
    metrics: Sequence[Metric],
    relevance: Relevance,
    *,
    seed: int = 0,
    served: bool = True,
    progress: Progress | None = None,
) -> Run:
    """:func:`~matinee.evaluation.candidate.run_candidate` in a fresh process.

    Parameters
    ----------
    folder : pathlib.Path
        Written by :func:`write_splits`.

    Raises
    ------
    MatineeError
        What the fit raised there; or EvaluationError if the process ended before its job did.
    """
    with tempfile.TemporaryDirectory(prefix="matinee-run-") as name:
        place = Path(name)
        job = {
            "candidate": {**asdict(candidate), "tuned": {}},
            "splits": str(folder),
            "metrics": [metric.name for metric in metrics],
            "relevance": asdict(relevance),
            "options": {"seed": seed, "served": served},
        }
        (place / "job.json").write_text(json.dumps(job), encoding="utf-8")
        failure = _run_and_listen(place, progress)
        if failure is not None:
            raise failure
        return read_run(place)


def _run_and_listen(place: Path, progress: Progress | None) -> MatineeError | None:
    home = str(Path(matinee.__file__).parent.parent)
    path = os.pathsep.join(filter(None, (home, os.environ.get("PYTHONPATH"))))
    failure: MatineeError | None = None
    finished = False
    with (
        (place / "errors.txt").open("w+", encoding="utf-8", errors="replace") as complaints,
        subprocess.Popen(  # noqa: S603 - this interpreter, and a folder of our own
            [sys.executable, "-m", "matinee.evaluation.isolated", str(place)],
            stdout=subprocess.PIPE,
            stderr=complaints,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": path},
            text=True,
            encoding="utf-8",
            errors="replace",
        ) as process,
    ):
        try:
            assert process.stdout is not None
            for line in process.stdout:
                message = _parse(line)
                if "error" in message:
                    failure = _error(message)
                elif "stage" in message and progress is not None:
                    progress(ProgressEvent(**message))
                finished = finished or "finished" in message
            code = process.wait()
        except BaseException:
            process.kill()
            raise
        if failure is None and not finished:
            complaints.seek(0)
            failure = _died(code, complaints.read())
    return failure


def _parse(line: str) -> dict[str, Any]:
    """A line of the job; what a library prints there on its own is not one."""
    try:
        message = json.loads(line)
    except ValueError:
        return {}
    return message if isinstance(message, dict) else {}


def _error(message: dict[str, Any]) -> MatineeError:
    kind = getattr(errors, str(message.get("kind")), EvaluationError)
    try:
        found = kind(str(message["error"]))
    except TypeError:  # some take more than a message
        found = None
    return found if isinstance(found, MatineeError) else EvaluationError(str(message["error"]))


def _died(code: int, complaints: str) -> EvaluationError:
    if code in (-9, 137):
        return EvaluationError(
            "its process was killed, most likely for want of memory: curate the data, or choose a "
            "smaller model"
        )
    last = [line for line in complaints.splitlines() if line.strip()][-1:]
    how = f"signal {-code}" if code < 0 else f"exit code {code}"
    said = f": {last[0].strip()}" if last else ""
    return EvaluationError(f"its process ended with {how}{said}")


def _main(place: Path) -> None:
    job = json.loads((place / "job.json").read_text(encoding="utf-8"))

    def say(message: dict[str, Any]) -> None:
        sys.stdout.write(json.dumps(message) + "\n")
        sys.stdout.flush()

    def progress(event: ProgressEvent) -> None:
        names = ("stage", "done", "total", "unit", "note")
        say({**{name: getattr(event, name) for name in names}, "figures": dict(event.figures)})

    try:
        run = run_candidate(
            Candidate(**job["candidate"]),
            read_splits(Path(job["splits"])),
            parse_metrics(job["metrics"]),
            Relevance(**job["relevance"]),
            **job["options"],
            progress=progress,
        )
        write_run(run, place)
        say({"finished": True})
    except MatineeError as error:
        say({"error": str(error), "kind": type(error).__name__})


# -- files ----------------------------------------------------------------------------------------


def write_splits(splits: Sequence[Split], folder: Path) -> None:
    """Write splits with one training part; validation parts are left behind."""
    folder.mkdir(parents=True)
    train = splits[0].train
    for name, array in train.catalog.arrays().items():
        _write(folder / f"catalog.{name}.npy", array)
    _write_ratings(train.ratings, folder, "train")
    about = []
    for number, split in enumerate(splits):
        _write_ratings(split.test, folder, f"{number}.test")
        if split.fold_in is not None:
            _write_ratings(split.fold_in, folder, f"{number}.fold_in")
        names = ("name", "seed", "description", "holds_out_people")
        one = {name: getattr(split, name) for name in names}
        about.append({**one, "options": dict(split.options)})
    scale = train.ratings.scale
    document = {
        "scale": [scale.minimum, scale.maximum, scale.step],
        "dataset": train.name,
        "splits": about,
    }
    (folder / "splits.json").write_text(json.dumps(document), encoding="utf-8")


def read_splits(folder: Path) -> list[Split]:
    """Read what :func:`write_splits` wrote."""
    document = json.loads((folder / "splits.json").read_text(encoding="utf-8"))
    arrays = {path.name[8:-4]: _read(path) for path in folder.glob("catalog.*.npy")}
    catalog = Catalog.from_arrays(arrays)
    scale = RatingScale(*document["scale"])
    known: dict[bytes, IdVocabulary] = {}

    def ratings(part: str) -> Ratings:
        ids = _read(folder / f"{part}.user_ids.npy")
        users = known.setdefault(ids.tobytes(), IdVocabulary(ids))
        columns = [_read(folder / f"{part}.{column}.npy") for column in _COLUMNS]
        return Ratings(*columns, user_ids=users, movie_ids=catalog.movie_ids, scale=scale)

    train = Dataset(ratings("train"), catalog, document["dataset"])
    return [
        Split(
            about["name"],
            train,
            ratings(f"{number}.test"),
            fold_in=ratings(f"{number}.fold_in") if about["holds_out_people"] else None,
            seed=about["seed"],
            description=about["description"],
            options=about["options"],
        )
        for number, about in enumerate(document["splits"])
    ]


def _write_ratings(ratings: Ratings, folder: Path, part: str) -> None:
    for column in _COLUMNS:
        _write(folder / f"{part}.{column}.npy", getattr(ratings, column))
    _write(folder / f"{part}.user_ids.npy", ratings.user_ids.ids)


def write_run(run: Run, folder: Path) -> None:
    """Write a result."""
    folder.mkdir(parents=True, exist_ok=True)
    about = {k: v for k, v in vars(run).items() if k not in ("values", "user_ids")}
    about["roots"] = [{name: one.root for name, one in values.items()} for values in run.values]
    for number, (values, user_ids) in enumerate(zip(run.values, run.user_ids, strict=True)):
        _write(folder / f"{number}.user_ids.npy", user_ids)
        for place, one in enumerate(values.values()):
            _write(folder / f"{number}.{place}.npy", np.stack([one.means, one.weight]))
    (folder / "run.json").write_text(json.dumps(about, default=str), encoding="utf-8")


def read_run(folder: Path) -> Run:
    """Read what :func:`write_run` wrote."""
    about: dict[str, Any] = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    roots: list[dict[str, bool]] = about.pop("roots")
    values = [
        {
            name: UserValues(both[0], both[1], root)
            for place, (name, root) in enumerate(part.items())
            for both in [_read(folder / f"{number}.{place}.npy")]
        }
        for number, part in enumerate(roots)
    ]
    user_ids = [_read(folder / f"{number}.user_ids.npy") for number in range(len(roots))]
    return Run(values=values, user_ids=user_ids, **about)


def _write(path: Path, array: NDArray[Any]) -> None:
    np.save(path, np.ascontiguousarray(array), allow_pickle=False)


def _read(path: Path) -> NDArray[Any]:
    array: NDArray[Any] = np.load(path, allow_pickle=False)
    return array


if __name__ == "__main__":
    _main(Path(sys.argv[1]))
