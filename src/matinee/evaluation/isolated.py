"""A model in a process of its own, so that its memory is its own and a crash ends nothing else."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from multiprocessing.connection import Connection
from types import ModuleType
from typing import Any

from matinee.datasets.splits import Split
from matinee.errors import EvaluationError
from matinee.evaluation.candidate import Candidate, Run, reason, run_candidate
from matinee.evaluation.metrics import Metric
from matinee.evaluation.protocols import Relevance
from matinee.progress import Progress, ProgressEvent

__all__ = ["run_isolated"]


def run_isolated(
    candidate: Candidate,
    splits: Sequence[Split],
    metrics: Sequence[Metric],
    relevance: Relevance,
    *,
    progress: Progress | None = None,
    **options: Any,
) -> Run:
    """:func:`~matinee.evaluation.candidate.run_candidate` in a fresh process.

    Raises
    ------
    EvaluationError
        With what was raised there, or how the process ended before its job was done.
    """
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    bare = [replace(split, validation=None) for split in splits]
    job = (candidate, bare, metrics, relevance)
    process = context.Process(target=_work, args=(sender, job, options), daemon=True)
    # A new process would run the caller's script again, of which it needs nothing.
    script, sys.modules["__main__"] = sys.modules["__main__"], ModuleType("__main__")
    try:
        process.start()
    finally:
        sys.modules["__main__"] = script
    sender.close()
    try:
        while True:
            message = receiver.recv()
            if isinstance(message, Run):
                return message
            if isinstance(message, str):
                raise EvaluationError(message)
            if progress is not None:
                progress(ProgressEvent(*message))
    except EOFError:
        process.join()
        raise EvaluationError(_how_it_ended(process.exitcode or 0)) from None
    finally:
        process.kill()
        process.join()


def _how_it_ended(code: int) -> str:
    if code in (-9, 137):
        return (
            "its process was killed, most likely for want of memory: curate the data, or choose a "
            "smaller model"
        )
    return f"its process ended with {f'signal {-code}' if code < 0 else f'exit code {code}'}"


def _work(sender: Connection, job: tuple[Any, ...], options: dict[str, Any]) -> None:
    """What the process does: tell of its progress, and send the result or what went wrong."""
    os.dup2(2, 1)  # what a library prints is no answer of the command that asked

    def progress(event: ProgressEvent) -> None:
        figures = dict(event.figures)
        sender.send((event.stage, event.done, event.total, event.unit, figures, event.note))

    try:
        sender.send(run_candidate(*job, **options, progress=progress))
    except Exception as error:
        sender.send(reason(error))
