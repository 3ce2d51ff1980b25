"""Threads for what would hold up the event loop, in separate pools for what waits on what.

A pool that waits for a locked database must not keep computing from going on, nor a password that
is hashed on purpose slowly the answers of others.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from matinee.server.errors import Problem
from matinee.threads import stay_on_one_blas_thread

__all__ = ["Executor", "Pool"]

P = ParamSpec("P")
T = TypeVar("T")

_STORE_THREADS = 8


class Pool:
    """A few threads and a short queue; what comes beyond that is refused at once.

    Parameters
    ----------
    name : str
    threads : int
        How many calls run at once.
    queue : int
        How many may wait beyond those.

    Examples
    --------
    >>> import asyncio
    >>> pool = Pool("example", threads=1, queue=2)
    >>> asyncio.run(pool(max, 3, 5))
    5
    >>> pool.close()
    """

    def __init__(self, name: str, threads: int, queue: int) -> None:
        self._threads = ThreadPoolExecutor(
            threads, f"matinee-{name}", initializer=stay_on_one_blas_thread
        )
        self._most = threads + queue
        self.waiting = 0
        self.refused = 0

    async def __call__(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a function in a thread.

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
        loop = asyncio.get_running_loop()
        future = self._threads.submit(function, *args, **kwargs)
        # Counted until the thread is done: a caller who leaves does not free it sooner.
        future.add_done_callback(lambda _: self._done(loop))
        return await asyncio.wrap_future(future)

    def _done(self, loop: asyncio.AbstractEventLoop) -> None:
        def count() -> None:
            self.waiting -= 1

        if not loop.is_closed():
            loop.call_soon_threadsafe(count)

    def close(self) -> None:
        """Begin nothing more; what runs is not waited for."""
        self._threads.shutdown(wait=False, cancel_futures=True)


class Executor:
    """The pools of one worker.

    Parameters
    ----------
    threads, queue : int
        Of the pool that computes.

    Attributes
    ----------
    compute : Pool
        For what needs the processor and no database.
    store : Pool
        For what waits for the database.
    passwords : Pool
        Each hash takes 64 MiB and some tenths of a second on purpose.
    imports : Pool
        Where files of other services are read.
    """

    def __init__(self, threads: int, queue: int) -> None:
        self.compute = Pool("compute", threads, queue)
        self.store = Pool("store", _STORE_THREADS, queue)
        self.passwords = Pool("passwords", 2, 14)
        self.imports = Pool("imports", 2, 6)

    @property
    def pools(self) -> dict[str, Pool]:
        """All pools by name."""
        return {
            "compute": self.compute,
            "store": self.store,
            "passwords": self.passwords,
            "imports": self.imports,
        }

    def close(self) -> None:
        """Close all pools."""
        for pool in self.pools.values():
            pool.close()
