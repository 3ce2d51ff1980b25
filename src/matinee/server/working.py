"""Where answers are computed: a few threads, a short queue, and a clear word when it is full.

Python runs one thread at a time and lets it go on for five milliseconds before another may. What
takes less than that gains nothing from a thread of its own, and loses the time to hand it over and
to wait for its turn twice. So what has been brief is computed on the spot.
"""

from __future__ import annotations

import asyncio
import contextvars
import time
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, ParamSpec, TypeAlias, TypeVar

from matinee.server.problems import Problem
from matinee.threads import stay_on_one_blas_thread

__all__ = ["Workbench"]

BRIEF_SECONDS = 0.003
"""What usually takes less is computed on the spot."""
LONGEST_SPELL = 0.25
"""Seconds that the event loop may spend on such work before it looks at anything else."""
_LESS, _MORE = 0.3, 0.03  # how much the last time counts in what is usual

MOST_TOGETHER = 16
"""Requests that are computed in one go."""

_LONGEST_GO = 0.02  # seconds that one go may usually take

A = TypeVar("A")
P = ParamSpec("P")
T = TypeVar("T")
_Kind: TypeAlias = tuple[Callable[[list[A]], Sequence[T]], Hashable]
"""A function, and what its time depends on."""


class Workbench:
    """Runs what would hold up the event loop in threads, never more than fits.

    Parameters
    ----------
    threads : int
        How many computations run at once.
    queue : int
        How many may wait beyond those. A further one is refused at once, since an answer that
        comes after the caller has given up helps nobody.

    Examples
    --------
    >>> import asyncio
    >>> bench = Workbench(threads=1, queue=2)
    >>> asyncio.run(bench(max, 3, 5))
    5
    >>> bench.close()
    """

    def __init__(self, threads: int, queue: int) -> None:
        self._pool = ThreadPoolExecutor(
            threads, "matinee-answer", initializer=stay_on_one_blas_thread
        )
        self._most = threads + queue
        self._usual: dict[Hashable, float] = {}
        self._gathered: dict[Hashable, deque[tuple[Any, asyncio.Future[Any]]]] = {}
        self._apart: set[asyncio.Task[None]] = set()
        self._spell_began: float | None = None
        self._spell_length = 0
        self.waiting = 0
        self.refused = 0

    async def __call__(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Compute in a thread.

        Raises
        ------
        Problem
            503 with ``Retry-After``, if too many wait already.
        """
        if self.waiting >= self._most:
            raise self._refusal(f"{self.waiting} requests are being worked on")
        self.waiting += 1
        context = contextvars.copy_context()
        work: Callable[[], Any] = partial(context.run, function, *args, **kwargs)
        future = self._pool.submit(work)
        # Counted until the thread is done: a caller who leaves does not free it sooner.
        loop = asyncio.get_running_loop()
        future.add_done_callback(lambda _: self._done(loop))
        result: T = await asyncio.wrap_future(future)
        return result

    async def brief(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Compute on the spot what has been brief so far, and in a thread what has not.

        For work on what is in memory: nothing that reads from a disk or a database.

        Raises
        ------
        Problem
            503 with ``Retry-After``, if too much waits already.
        """
        if self._usual.get(function, BRIEF_SECONDS) >= BRIEF_SECONDS:
            return await self(self._timed, function, *args, **kwargs)
        now = time.monotonic()
        if self._spell_began is None:
            self._spell_began, self._spell_length = now, 0
            # Runs when all requests that are there by now have had their turn.
            asyncio.get_running_loop().call_soon(self._end_spell)
        elif now - self._spell_began > LONGEST_SPELL and self._spell_length >= self._most:
            # A few that took long had to wait for the processor: they are not too many.
            raise self._refusal("more requests came than can be answered")
        self._spell_length += 1
        return self._timed(function, *args, **kwargs)

    async def together(
        self, function: Callable[[list[A]], Sequence[T]], one: A, *, of: Hashable = None
    ) -> T:
        """Compute what takes less time for several requests in one go than for each by itself.

        Those that are there when the event loop gets to them are computed together, on the spot,
        if that has been brief as in :meth:`brief`; otherwise each in a thread of its own.

        Parameters
        ----------
        function : callable
            Takes a list of what is asked, and returns as many answers. If it raises for several, it
            is called for each alone, so that everybody gets their own error.
        one : object
            What this request asks.
        of : hashable, optional
            What the time depends on, such as the version of a model: only those of the same are
            computed together.

        Raises
        ------
        Problem
            503 with ``Retry-After``, if too much waits already.

        References
        ----------
        Crankshaw et al., "Clipper: A Low-Latency Online Prediction Serving System" (2017), section
        4.3: batches of what waits.
        """
        kind = function, of
        usual = self._usual.get(kind, BRIEF_SECONDS)
        if usual >= BRIEF_SECONDS:
            return (await self(self._timed_together, kind, [one]))[0]
        waiting = self._gathered.setdefault(kind, deque())
        if usual * len(waiting) > LONGEST_SPELL:
            raise self._refusal("more requests came than can be answered")
        loop = asyncio.get_running_loop()
        if not waiting:
            # Runs when all requests that are there by now have had their turn.
            loop.call_soon(self._answer_together, kind, waiting, loop, 0)
        answer: asyncio.Future[T] = loop.create_future()
        waiting.append((one, answer))
        return await answer

    def _answer_together(
        self,
        kind: _Kind[A, T],
        waiting: deque[tuple[A, asyncio.Future[T]]],
        loop: asyncio.AbstractEventLoop,
        seen: int,
    ) -> None:
        usual = self._usual[kind]
        if usual >= BRIEF_SECONDS:  # it is not what it was when they came
            while waiting:
                task = loop.create_task(self._answer_apart(kind, *waiting.popleft()))
                self._apart.add(task)
                task.add_done_callback(self._apart.discard)
            return
        most = min(MOST_TOGETHER, 1 + int(_LONGEST_GO / usual))
        if seen < len(waiting) < most:  # while more keep coming, they come along
            loop.call_soon(self._answer_together, kind, waiting, loop, len(waiting))
            return
        part = [waiting.popleft() for _ in range(min(len(waiting), most))]
        if waiting:  # once these answers are on their way
            loop.call_soon(self._answer_together, kind, waiting, loop, len(waiting))
        self._answer_part(kind, [each for each in part if not each[1].cancelled()])

    def _answer_part(self, kind: _Kind[A, T], part: list[tuple[A, asyncio.Future[T]]]) -> None:
        if not part:
            return
        try:
            found = self._timed_together(kind, [one for one, _ in part])
        except Exception as error:
            if len(part) == 1:
                part[0][1].set_exception(error)
                return
            for each in part:
                self._answer_part(kind, [each])
            return
        for (_, answer), value in zip(part, found, strict=True):
            answer.set_result(value)

    async def _answer_apart(self, kind: _Kind[A, T], one: A, answer: asyncio.Future[T]) -> None:
        try:
            value = (await self(self._timed_together, kind, [one]))[0]
        except Exception as error:
            if not answer.cancelled():
                answer.set_exception(error)
        else:
            if not answer.cancelled():
                answer.set_result(value)

    def _timed_together(self, kind: _Kind[A, T], several: list[A]) -> Sequence[T]:
        began = time.perf_counter()
        found = kind[0](several)
        self._learn(kind, (time.perf_counter() - began) / len(several), len(several))
        return found

    def _end_spell(self) -> None:
        self._spell_began = None

    def _timed(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        began = time.perf_counter()
        try:
            return function(*args, **kwargs)
        finally:
            self._learn(function, time.perf_counter() - began)

    def _learn(self, kind: Hashable, took: float, times: int = 1) -> None:
        """Remember what something took, on the average of so many times."""
        usual = self._usual.get(kind, took)
        # What took longer than usual mostly waited for the processor, so it counts less.
        left = (1 - (_LESS if took < usual else _MORE)) ** times
        self._usual[kind] = took + left * (usual - took)

    def _refusal(self, why: str) -> Problem:
        self.refused += 1
        return Problem(
            503,
            "overloaded",
            f"{why}; try again in a second",
            headers={"Retry-After": "1"},
        )

    def _done(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            loop.call_soon_threadsafe(self._count_down)
        except RuntimeError:  # the loop is closed: the server is going
            self._count_down()

    def _count_down(self) -> None:
        self.waiting -= 1

    def close(self) -> None:
        """Let running computations end, and drop those that wait."""
        self._pool.shutdown(wait=True, cancel_futures=True)
