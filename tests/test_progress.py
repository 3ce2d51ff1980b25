"""Signs of life."""

from __future__ import annotations

import pytest

from matinee.progress import ProgressEvent, report


@pytest.mark.parametrize(
    ("done", "total", "fraction"), [(1, 4, 0.25), (9, 4, 1.0), (1, None, None), (0, 0, None)]
)
def test_fractions(done: int, total: int | None, fraction: float | None) -> None:
    assert ProgressEvent("x", done, total).fraction == fraction


def test_the_callback_may_stop_the_work() -> None:
    def stop(event: ProgressEvent) -> None:
        raise KeyboardInterrupt(event.stage)

    with pytest.raises(KeyboardInterrupt, match="reading"):
        report(stop, "reading")
    report(None, "reading")
