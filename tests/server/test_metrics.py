"""Tests of the figures for Prometheus."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.server.doors import serving

from matinee.server.metrics import CONTENT_TYPE, Metrics

LINE = re.compile(r'[a-z_]+(\{([a-z_]+="[^"\n]*",?)+\})? -?[\d.e+-]+')


def test_requests_are_counted_by_route(tmp_path: Path) -> None:
    with serving(tmp_path / "people.db") as world:
        for movie in (1, 2, 99_999):
            world.ask("GET", f"/api/v1/films/{movie}")
        world.ask("GET", "/films")
        world.ask("GET", "/api/v1/films")
        world.ask("BREW", "/no/such/<address>")
        answer = world.ask("GET", "/api/v1/metrics")
    assert answer.headers["content-type"] == CONTENT_TYPE
    text = answer.text
    for line in text.splitlines():
        assert line.startswith("# ") or LINE.fullmatch(line), line
    film = 'route="/api/v1/films/{movie_id}",method="GET"'
    assert f'matinee_requests_total{{{film},status="200"}} 2' in text
    assert f'matinee_requests_total{{{film},status="404"}} 1' in text
    assert 'matinee_requests_total{route="/films",method="GET"' in text
    assert 'matinee_requests_total{route="/api/v1/films",method="GET",status="200"} 1' in text
    assert "<address>" not in text
    assert "BREW" not in text
    assert 'matinee_model_info{name="ease",version="unsaved"} 1' in text
    assert "\nmatinee_ready 1\n" in text


def test_buckets_add_up() -> None:
    metrics = Metrics()
    for seconds in (0.0005, 0.003, 0.003, 99.0):
        metrics.count("/a", "GET", 200, seconds)
    assert metrics._requests["/a", "GET", 200] == 4
    assert sum(metrics._buckets["/a"]) == 4
    assert metrics._buckets["/a"][0] == 1
    assert metrics._buckets["/a"][-1] == 1
    assert metrics._seconds["/a"] == pytest.approx(99.0065)
