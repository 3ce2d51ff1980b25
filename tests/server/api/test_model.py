"""Tests of health, readiness, the model behind the list, what is published, and the metrics."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.server.doors import BASE, settings_for, small_model

from matinee.evaluation.figures import ModelFigures, write_figures
from matinee.models.directory import MANIFEST
from matinee.models.publishing import publish, rollback
from matinee.server import create_app
from matinee.server.model_holder import ModelHolder

API = "/api/v1"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    publish(small_model(), tmp_path / "root")
    publish(small_model(regularization=50.0), tmp_path / "root")
    return tmp_path / "root"


@pytest.fixture
def client(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setattr(ModelHolder, "start", lambda self: self.look())
    settings = settings_for(store_url=str(tmp_path / "people.db"), model=str(root))
    with TestClient(create_app(settings), base_url=BASE) as found:
        yield found


def look(client: TestClient) -> Any:
    app: Any = client.app
    return app.state.services.models.look()


def test_ready_says_which_model_answers(client: TestClient) -> None:
    assert client.get(f"{API}/health").json() == {"status": "ok"}
    ready = client.get(f"{API}/ready").json()
    assert ready["status"] == "ready"
    assert ready["model"]["name"] == "ease"
    assert ready["trouble"] is None


def test_published_models_the_newest_first(client: TestClient, root: Path) -> None:
    found = client.get(f"{API}/models").json()
    assert [one["current"] for one in found["items"]] == [True, False]
    assert [one["answers"] for one in found["items"]] == [True, False]
    rollback(root)
    assert look(client)
    found = client.get(f"{API}/models").json()
    assert [one["answers"] for one in found["items"]] == [False, True]


def test_a_newer_model_that_is_broken_is_told_of(client: TestClient, root: Path) -> None:
    broken = publish(small_model(regularization=9.0), root)
    (broken.path / MANIFEST).write_text("{")
    assert not look(client)
    trouble = client.get(f"{API}/models").json()["trouble"]
    assert "the server's log says why" in trouble
    assert str(broken.path) not in trouble, "folders are for the log"
    ready = client.get(f"{API}/ready")
    assert ready.status_code == 200
    assert "the server's log says why" in ready.json()["trouble"]
    assert "matinee_model_failures_total 1.0" in client.get(f"{API}/metrics").text
    rollback(root)
    look(client)
    assert client.get(f"{API}/ready").json()["trouble"] is None
    assert client.get(f"{API}/models").json()["trouble"] is None


def test_the_model_with_figures_that_came_later(client: TestClient, root: Path) -> None:
    first = client.get(f"{API}/model")
    told = first.json()
    assert told["name"] == "ease"
    assert told["trained_on"]["dataset"] == "small"
    assert told["trained_on"]["when"].endswith("Z")
    assert told["parameters"]["regularization"] == 50.0
    assert (told["figures"], told["measured"]) == (None, None)
    figures = ModelFigures(
        {"ndcg@10": 0.25}, {"ndcg@10": (0.2, 0.3)}, "strong-generalization", 65, "small", 0
    )
    app: Any = client.app
    write_figures(figures, app.state.services.models.serving().path)
    later = client.get(f"{API}/model", headers={"if-none-match": first.headers["etag"]})
    assert later.status_code == 200
    assert later.json()["figures"] == {"ndcg@10": 0.25}
    assert later.json()["measured"]["people"] == 65


def test_metrics_count_requests_by_route(client: TestClient) -> None:
    for movie in ("1", "2", "99"):
        client.get(f"{API}/films/{movie}")
    answer = client.get(f"{API}/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    route = 'method="GET",route="/api/v1/films/{movie_id}"'
    assert f'matinee_requests_total{{{route},status="200"}} 2.0' in answer.text
    assert f'matinee_requests_total{{{route},status="404"}} 1.0' in answer.text
    assert 'matinee_model_info{name="ease"' in answer.text
