"""Where answers are computed: a few threads, a short queue, and a clear word when it is full."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, ParamSpec, TypeVar

from matinee.server.problems import Problem

__all__ = ["Workbench"]

P = ParamSpec("P")
T = TypeVar("T")


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
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="matinee-answer")
        self._most = threads + queue
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
            self.refused += 1
            raise Problem(
                503,
                "overloaded",
                f"{self.waiting} requests are being worked on; try again in a second",
                headers={"Retry-After": "1"},
            )
        self.waiting += 1
        context = contextvars.copy_context()
        work: Callable[[], Any] = partial(context.run, function, *args, **kwargs)
        future = self._pool.submit(work)
        # Counted until the thread is done: a caller who leaves does not free it sooner.
        loop = asyncio.get_running_loop()
        future.add_done_callback(lambda _: self._done(loop))
        result: T = await asyncio.wrap_future(future)
        return result

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
