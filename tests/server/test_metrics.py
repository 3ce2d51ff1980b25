"""Tests of the figures for Prometheus."""

from __future__ import annotations

import re
from pathlib import Path

from tests.server.doors import serving

from matinee.server.metrics import CONTENT_TYPE

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
    film = 'method="GET",route="/api/v1/films/{movie_id}"'
    assert f'matinee_requests_total{{{film},status="200"}} 2.0' in text
    assert f'matinee_requests_total{{{film},status="404"}} 1.0' in text
    assert 'matinee_requests_total{method="GET",route="/films"' in text
    assert 'matinee_requests_total{method="GET",route="/api/v1/films",status="200"} 1.0' in text
    assert "<address>" not in text
    assert "BREW" not in text
    assert 'matinee_model_info{name="ease",version="unsaved"} 1.0' in text
    assert "\nmatinee_ready 1.0\n" in text
    assert 'matinee_request_seconds_bucket{le="+Inf",route="/api/v1/films"} 1.0' in text
    assert 'matinee_work_waiting{pool="store"}' in text
    assert "process_resident_memory_bytes" in text
