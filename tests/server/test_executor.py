"""Tests of the pools: each waits for its own, and says when it is full."""

from __future__ import annotations

import asyncio
import threading

import pytest

from matinee.server.errors import Problem
from matinee.server.executor import Executor, Pool


def test_a_full_pool_refuses_at_once_and_goes_on_afterwards() -> None:
    async def work() -> None:
        pool, free = Pool("test", threads=1, queue=1), threading.Event()
        waiting = [asyncio.ensure_future(pool(free.wait)) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(Problem, match="2 requests are being worked on") as refused:
            await pool(max, 1, 2)
        assert (refused.value.status_code, refused.value.code) == (503, "overloaded")
        assert refused.value.headers == {"Retry-After": "1"}
        free.set()
        await asyncio.gather(*waiting)
        await asyncio.sleep(0.01)
        assert await pool(max, 1, 2) == 2
        assert (pool.waiting, pool.refused) == (1, 1) or pool.refused == 1
        pool.close()

    asyncio.run(work())


def test_who_leaves_frees_no_thread_before_it_is_done() -> None:
    async def work() -> None:
        pool, free = Pool("test", threads=1, queue=0), threading.Event()
        left = asyncio.ensure_future(pool(free.wait))
        await asyncio.sleep(0.01)
        left.cancel()
        await asyncio.sleep(0.01)
        with pytest.raises(Problem):
            await pool(max, 1, 2)
        free.set()
        for _ in range(500):
            await asyncio.sleep(0.01)
            if not pool.waiting:
                break
        assert pool.waiting == 0
        pool.close()

    asyncio.run(work())


def test_a_database_that_is_locked_holds_up_nothing_else() -> None:
    async def work() -> None:
        executor, free = Executor(threads=2, queue=4), threading.Event()
        waiting = [asyncio.ensure_future(executor.store(free.wait)) for _ in range(12)]
        await asyncio.sleep(0)
        with pytest.raises(Problem):
            await executor.store(max, 1, 2)
        assert await asyncio.wait_for(executor.compute(max, 1, 2), 5) == 2
        assert await asyncio.wait_for(executor.imports(max, 1, 2), 5) == 2
        free.set()
        await asyncio.gather(*waiting)
        executor.close()

    asyncio.run(work())


def test_errors_come_back_to_who_asked() -> None:
    pool = Pool("test", threads=1, queue=1)
    with pytest.raises(ZeroDivisionError):
        asyncio.run(pool(lambda: 1 / 0))
    pool.close()
