"""Tests of the threads that compute answers."""

from __future__ import annotations

import asyncio
import contextvars
import threading
import time
from unittest.mock import ANY

import pytest

from matinee.server.problems import Problem
from matinee.server.working import _LONGEST_GO, BRIEF_SECONDS, MOST_TOGETHER, Workbench


def test_results_and_errors_come_back() -> None:
    bench = Workbench(threads=2, queue=2)

    async def work() -> None:
        assert await bench(sorted, [3, 1], reverse=True) == [3, 1]
        with pytest.raises(ZeroDivisionError):
            await bench(divmod, 1, 0)

    asyncio.run(work())
    bench.close()
    assert bench.waiting == 0


def test_too_many_are_refused_at_once_and_the_others_answered() -> None:
    bench, gate = Workbench(threads=1, queue=2), threading.Event()

    async def work() -> None:
        running = [asyncio.ensure_future(bench(gate.wait, 10)) for _ in range(3)]
        await asyncio.sleep(0)
        assert bench.waiting == 3
        with pytest.raises(Problem, match="3 requests are being worked on") as refused:
            await bench(int)
        assert (refused.value.status_code, refused.value.code) == (503, "overloaded")
        assert refused.value.headers == {"Retry-After": "1"}
        gate.set()
        assert await asyncio.gather(*running) == [True] * 3
        await asyncio.sleep(0.01)
        assert bench.waiting == 0
        assert await bench(int) == 0

    asyncio.run(work())
    bench.close()
    assert bench.refused == 1


def test_who_leaves_keeps_the_place_until_the_thread_is_done() -> None:
    bench, gate = Workbench(threads=1, queue=1), threading.Event()

    async def work() -> None:
        task = asyncio.ensure_future(bench(gate.wait, 10))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert bench.waiting == 1
        gate.set()
        for _ in range(100):
            await asyncio.sleep(0.01)
            if bench.waiting == 0:
                break
        assert bench.waiting == 0

    asyncio.run(work())
    bench.close()


def test_context_goes_along() -> None:
    bench = Workbench(threads=1, queue=1)
    who: contextvars.ContextVar[str] = contextvars.ContextVar("who")

    async def work() -> None:
        who.set("ann")
        assert await bench(who.get) == "ann"

    asyncio.run(work())
    bench.close()


# -- work that is brief ------------------------------------------------------------------------


def spend(seconds: float) -> int:
    """Keep the processor busy; the thread that did."""
    until = time.thread_time() + seconds
    while time.thread_time() < until:
        pass
    return threading.get_ident()


def test_what_has_been_brief_is_computed_on_the_spot() -> None:
    bench, here = Workbench(threads=1, queue=1), threading.get_ident()

    async def work() -> None:
        assert await bench.brief(spend, 0.0) != here  # nothing is known of it yet
        assert await bench.brief(spend, 0.0) == here
        with pytest.raises(TypeError):
            await bench.brief(spend, "long")
        assert await bench.brief(sorted, [2, 1]) == [1, 2]

    asyncio.run(work())
    bench.close()


def test_what_takes_long_goes_to_the_threads_again() -> None:
    bench, here = Workbench(threads=1, queue=1), threading.get_ident()

    async def work() -> None:
        await bench.brief(spend, 0.0)
        places = [await bench.brief(spend, 15 * BRIEF_SECONDS) for _ in range(8)]
        assert places[0] == here
        assert places[-1] != here

    asyncio.run(work())
    bench.close()


def test_a_spell_of_brief_work_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("matinee.server.working.LONGEST_SPELL", 0.05)
    bench = Workbench(threads=1, queue=1)

    async def work() -> None:
        await bench.brief(spend, 0.0)
        together = [asyncio.ensure_future(bench.brief(spend, 0.002)) for _ in range(200)]
        found = await asyncio.gather(*together, return_exceptions=True)
        refused = [one for one in found if isinstance(one, Problem)]
        assert 0 < len(refused) < 200
        assert {(one.status_code, one.code) for one in refused} == {(503, "overloaded")}
        assert bench.refused == len(refused)
        assert await bench.brief(spend, 0.0) == threading.get_ident()  # another spell

    asyncio.run(work())
    bench.close()


def test_a_few_that_had_to_wait_for_the_processor_are_not_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("matinee.server.working.LONGEST_SPELL", 0.0)
    bench = Workbench(threads=1, queue=9)

    async def work() -> None:
        await bench.brief(spend, 0.0)
        found = await asyncio.gather(*(bench.brief(spend, 0.0) for _ in range(10)))
        assert found == 10 * [threading.get_ident()]

    asyncio.run(work())
    bench.close()
    assert bench.refused == 0


def test_brief_work_is_refused_too_when_the_threads_are_full() -> None:
    bench, gate = Workbench(threads=1, queue=1), threading.Event()

    async def work() -> None:
        running = [asyncio.ensure_future(bench(gate.wait, 10)) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(Problem, match="2 requests are being worked on"):
            await bench.brief(spend, 0.0)  # not known to be brief
        gate.set()
        await asyncio.gather(*running)

    asyncio.run(work())
    bench.close()


# -- several in one go -------------------------------------------------------------------------


def test_those_who_wait_are_computed_together() -> None:
    bench, goes = Workbench(threads=1, queue=1), []

    def squares(numbers: list[int]) -> list[int]:
        goes.append(len(numbers))
        return [number * number for number in numbers]

    async def work() -> None:
        assert await bench.together(squares, 3) == 9  # nothing is known of it yet: in a thread
        found = await asyncio.gather(*(bench.together(squares, number) for number in range(40)))
        assert found == [number * number for number in range(40)]

    asyncio.run(work())
    bench.close()
    assert goes == [1, MOST_TOGETHER, MOST_TOGETHER, 40 - 2 * MOST_TOGETHER]


def test_who_comes_while_others_keep_coming_goes_along() -> None:
    bench, goes = Workbench(threads=1, queue=1), []

    def same(numbers: list[int]) -> list[int]:
        goes.append(numbers)
        return numbers

    async def late(rounds: int) -> int:
        for _ in range(rounds):
            await asyncio.sleep(0)
        return await bench.together(same, rounds)

    async def work() -> None:
        await bench.together(same, 0)
        assert await asyncio.gather(*map(late, (0, 1, 2, 7))) == [0, 1, 2, 7]

    asyncio.run(work())
    bench.close()
    assert goes == [[0], [0, 1, 2], [7]]


def test_each_has_their_own_error_and_the_others_their_answers() -> None:
    bench = Workbench(threads=1, queue=1)

    def inverses(numbers: list[int]) -> list[float]:
        return [1 / number for number in numbers]

    async def work() -> None:
        with pytest.raises(ZeroDivisionError):
            await bench.together(inverses, 0)
        assert await bench.together(inverses, 1) == 1.0
        asked = [bench.together(inverses, number) for number in (1, 0, 2, 0)]
        found = await asyncio.gather(*asked, return_exceptions=True)
        assert found[::2] == [1.0, 0.5]
        assert all(isinstance(one, ZeroDivisionError) for one in found[1::2])

    asyncio.run(work())
    bench.close()


def test_another_model_is_another_matter() -> None:
    bench, goes = Workbench(threads=1, queue=9), []

    def same(numbers: list[int]) -> list[int]:
        goes.append((threading.get_ident() == here, sorted(numbers)))
        return numbers

    async def work() -> None:
        await bench.together(same, 0, of="old")
        asked = [bench.together(same, number, of="old") for number in (1, 2)]
        # Of the new one nothing is known yet, so that it does not hold up the others.
        asked += [bench.together(same, 3, of="new")]
        assert await asyncio.gather(*asked) == [1, 2, 3]

    here = threading.get_ident()
    asyncio.run(work())
    bench.close()
    assert sorted(goes) == [(False, [0]), (False, [3]), (True, [1, 2])]


def test_who_has_left_is_left_out() -> None:
    bench, goes = Workbench(threads=1, queue=1), []

    def same(numbers: list[int]) -> list[int]:
        goes.append(numbers)
        return numbers

    async def work() -> None:
        await bench.together(same, 0)
        tasks = [asyncio.ensure_future(bench.together(same, number)) for number in (1, 2)]
        await asyncio.sleep(0)
        tasks[0].cancel()
        assert await asyncio.gather(*tasks, return_exceptions=True) == [ANY, 2]
        only = asyncio.ensure_future(bench.together(same, 3))
        await asyncio.sleep(0)
        only.cancel()
        await asyncio.sleep(0.01)

    asyncio.run(work())
    bench.close()
    assert goes == [[0], [2]]


def test_what_takes_long_is_computed_apart_in_threads() -> None:
    bench, here, goes = Workbench(threads=2, queue=8), threading.get_ident(), []

    def slow(numbers: list[float]) -> list[int]:
        goes.append(len(numbers))
        return [spend(number) for number in numbers]

    async def work() -> None:
        await bench.together(slow, 5 * BRIEF_SECONDS)
        found = await asyncio.gather(*(bench.together(slow, 5 * BRIEF_SECONDS) for _ in range(4)))
        assert here not in found

    asyncio.run(work())
    bench.close()
    assert goes == [1, 1, 1, 1, 1]


def test_those_who_wait_for_what_turns_out_slow_are_answered_in_threads() -> None:
    bench, here, goes = Workbench(threads=1, queue=60), threading.get_ident(), []

    def slowly(seconds: list[float]) -> list[int]:
        goes.append(len(seconds))
        return [spend(one) for one in seconds]

    async def work() -> list[int]:
        for _ in range(3):
            await bench.together(slowly, 0.0)
        asked = (bench.together(slowly, 4 * BRIEF_SECONDS) for _ in range(40))
        return await asyncio.gather(*asked)

    found = asyncio.run(work())
    bench.close()
    assert goes[2:] == [1, MOST_TOGETHER, *[1] * (40 - MOST_TOGETHER)]
    assert found[:MOST_TOGETHER] == [here] * MOST_TOGETHER
    assert here not in found[MOST_TOGETHER:]


def test_who_leaves_while_a_thread_computes_is_no_matter() -> None:
    bench, gate = Workbench(threads=1, queue=60), threading.Event()

    def waits(several: list[bool]) -> list[bool]:
        if all(several) and len(several) > 1:
            spend(len(several) * 4 * BRIEF_SECONDS)
        elif all(several):
            gate.wait(10)
        return several

    async def work() -> None:
        await bench.together(waits, False)
        await bench.together(waits, False)
        number = MOST_TOGETHER + 1
        tasks = [asyncio.ensure_future(bench.together(waits, True)) for _ in range(number)]
        assert all(await asyncio.gather(*tasks[:-1]))
        await asyncio.sleep(0.01)
        tasks[-1].cancel()
        await asyncio.sleep(0)
        gate.set()
        await asyncio.sleep(0.05)
        assert tasks[-1].cancelled()
        assert not bench._apart

    asyncio.run(work())
    bench.close()


def test_a_go_is_no_longer_than_others_can_wait() -> None:
    bench, goes = Workbench(threads=1, queue=60), []

    def slowly(several: list[float]) -> list[float]:
        goes.append(len(several))
        for one in several:
            spend(one)
        return several

    async def work() -> None:
        await bench.together(slowly, 0.002)
        await asyncio.gather(*(bench.together(slowly, 0.002) for _ in range(30)))

    asyncio.run(work())
    bench.close()
    assert goes[0] == 1
    assert max(goes) <= 1 + _LONGEST_GO / 0.002


def test_more_than_can_be_computed_together_soon_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("matinee.server.working.LONGEST_SPELL", 0.01)
    bench = Workbench(threads=1, queue=1)

    def slowly(numbers: list[int]) -> list[int]:
        for _ in numbers:
            spend(0.001)
        return numbers

    async def work() -> None:
        await bench.together(slowly, 0)
        asked = (bench.together(slowly, number) for number in range(60))
        found = await asyncio.gather(*asked, return_exceptions=True)
        refused = [one for one in found if isinstance(one, Problem)]
        assert 0 < len(refused) < 60
        assert {(one.status_code, one.code) for one in refused} == {(503, "overloaded")}
        assert [one for one in found if not isinstance(one, Problem)] == list(
            range(60 - len(refused))
        )
        assert bench.refused == len(refused)

    asyncio.run(work())
    bench.close()
