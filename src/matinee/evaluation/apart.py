"""A model in a process of its own, so that its memory is its own and a crash ends nothing else.

Run as a module, it does one job: ``python -m matinee.evaluation.apart JOB.json``. It reads the
split, runs the candidate and writes the result; progress and errors go to stdout, one JSON object
a line.
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

import matinee
from matinee import errors
from matinee.errors import EvaluationError, MatineeError
from matinee.evaluation.exchange import read_run, read_split, write_run
from matinee.evaluation.measure import Relevance
from matinee.evaluation.metrics import Metric, parse_metric
from matinee.evaluation.run import Candidate, Run, run_candidate
from matinee.progress import Progress, ProgressEvent

__all__ = ["run_apart"]


def run_apart(
    candidate: Candidate,
    split_folder: Path,
    metrics: Sequence[Metric],
    relevance: Relevance,
    *,
    seed: int = 0,
    progress: Progress | None = None,
) -> Run:
    """:func:`~matinee.evaluation.run.run_candidate` in a fresh process.

    Parameters
    ----------
    split_folder : pathlib.Path
        Written by :func:`~matinee.evaluation.exchange.write_split`.

    Raises
    ------
    MatineeError
        What the fit raised there; or EvaluationError if the process ended before its job did.
    """
    with tempfile.TemporaryDirectory(prefix="matinee-run-") as name:
        place = Path(name)
        job = {
            "candidate": {**asdict(candidate), "params": dict(candidate.params), "tuned": {}},
            "split": str(split_folder),
            "metrics": [metric.name for metric in metrics],
            "relevance": asdict(relevance),
            "seed": seed,
            "out": str(place / "result"),
        }
        path = place / "job.json"
        path.write_text(json.dumps(job), encoding="utf-8")
        failure = _run_and_listen(path, place / "errors.txt", progress)
        if failure is not None:
            raise failure
        return read_run(place / "result")


def _run_and_listen(job: Path, error_file: Path, progress: Progress | None) -> MatineeError | None:
    environment = dict(os.environ)
    home = str(Path(matinee.__file__).parent.parent)
    environment["PYTHONPATH"] = os.pathsep.join(
        part for part in (home, environment.get("PYTHONPATH")) if part
    )
    failure: MatineeError | None = None
    finished = False
    with (
        error_file.open("w+", encoding="utf-8", errors="replace") as complaints,
        subprocess.Popen(  # noqa: S603 - this interpreter, and a file of our own
            [sys.executable, "-m", "matinee.evaluation.apart", str(job)],
            stdout=subprocess.PIPE,
            stderr=complaints,
            stdin=subprocess.DEVNULL,
            env=environment,
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
                elif message.get("finished"):
                    finished = True
                elif progress is not None and "stage" in message:
                    progress(ProgressEvent(**message))
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
    kind = getattr(errors, str(message.get("kind")), None)
    text = str(message["error"])
    if isinstance(kind, type) and issubclass(kind, MatineeError):
        try:
            return kind(text)
        except TypeError:  # some take more than a message
            pass
    return EvaluationError(text)


def _died(code: int, complaints: str) -> EvaluationError:
    last = [line for line in complaints.splitlines() if line.strip()][-1:]
    if code in (-9, 137):
        return EvaluationError(
            "its process was killed, most likely for want of memory: curate the data, or choose a "
            "smaller model"
        )
    how = f"signal {-code}" if code < 0 else f"exit code {code}"
    said = f": {last[0].strip()}" if last else ""
    return EvaluationError(f"its process ended with {how}{said}")


def _main(path: str) -> None:
    job = json.loads(Path(path).read_text(encoding="utf-8"))

    def say(message: dict[str, Any]) -> None:
        sys.stdout.write(json.dumps(message) + "\n")
        sys.stdout.flush()

    def progress(event: ProgressEvent) -> None:
        say({**_plain(event), "figures": dict(event.figures)})

    try:
        split = read_split(Path(job["split"]))
        run = run_candidate(
            Candidate(**job["candidate"]),
            split,
            [parse_metric(name) for name in job["metrics"]],
            Relevance(**job["relevance"]),
            seed=job["seed"],
            progress=progress,
        )
        write_run(run, Path(job["out"]))
        say({"finished": True})
    except MatineeError as error:
        say({"error": str(error), "kind": type(error).__name__})


def _plain(event: ProgressEvent) -> dict[str, Any]:
    return {name: getattr(event, name) for name in ("stage", "done", "total", "unit", "note")}


if __name__ == "__main__":
    _main(sys.argv[1])
