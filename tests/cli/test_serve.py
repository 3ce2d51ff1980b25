"""Tests of ``matinee serve`` up to where the server runs, and of ``python -m matinee``."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import matinee
from matinee.models.publishing import CURRENT
from matinee.server import ServerSettings
from matinee.server import run as server_run
from matinee.server.settings import SETTINGS_VARIABLE


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[ServerSettings, int]]:
    """What the server was started with, and on which port; it ends at once."""
    found: list[tuple[ServerSettings, int]] = []

    def run_server(settings: ServerSettings, port: int, **_: Any) -> None:
        found.append((settings, port))

    monkeypatch.setattr(server_run, "run_server", run_server)
    monkeypatch.setenv(SETTINGS_VARIABLE, "")
    return found


def test_it_says_where_it_is(run: Any, started: Any) -> None:
    done = run("serve", "--port", "0")
    assert done.exit_code == 0, done.output
    ((settings, port),) = started
    assert done.stderr == f"note: Matinee is at http://127.0.0.1:{port}/ (Ctrl-C to end)\n"
    assert done.stdout == ""
    assert (settings.host, settings.model, settings.workers) == ("127.0.0.1", None, 1)
    assert ServerSettings.from_environment() == settings, "as the workers will read them"


@pytest.mark.parametrize(
    ("host", "address"),
    [("0.0.0.0", "127.0.0.1"), ("localhost", "localhost"), ("127.0.0.2", "127.0.0.2")],
)
def test_the_address_is_one_that_a_browser_here_can_open(
    run: Any, started: Any, host: str, address: str
) -> None:
    done = run("serve", "--port", "0", "--host", host, "--no-accounts-i-know")
    assert f"http://{address}:{started[0][1]}/" in done.stderr


def test_options_reach_the_server(run: Any, started: Any, bias_model: str) -> None:
    done = run(
        *("serve", "--port", "0", "--model", bias_model, "--workers", "3", "--accounts"),
        *("--sign-up", "open", "--allowed-host", "films.example", "--trusted-proxy", "10.0.0.0/8"),
        *("--rate", "5", "--threads", "2", "--queue", "7", "--connections", "99"),
        *("--patience", "3.5", "--allowed-origin", "https://a.example", "--root-path", "/films"),
    )
    assert done.exit_code == 0, done.output
    assert "nobody has an account yet; `matinee people add NAME --admin` makes the" in done.stderr
    settings = started[0][0]
    assert (settings.model, settings.workers, settings.accounts) == (bias_model, 3, True)
    assert (settings.sign_up, settings.allowed_hosts) == ("open", ("films.example",))
    assert (settings.rate, settings.threads, settings.queue) == (5, 2, 7)
    assert (settings.connections, settings.patience) == (99, 3.5)
    assert (settings.allowed_origins, settings.root_path) == (("https://a.example",), "/films")
    assert f":{started[0][1]}/films/ (Ctrl-C" in done.stderr.replace("\n", " ")


def test_what_cannot_be_served_is_told_before_anything_starts(
    run: Any, started: Any, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "root" / "versions").mkdir(parents=True)
    (tmp_path / "root" / CURRENT).write_text("nonsense")
    for words, said in (
        (("--model", str(tmp_path / "absent")), "absent"),
        (
            ("--model", str(tmp_path / "empty")),
            "not a model directory, or one that was only half written",
        ),
        (("--model", str(tmp_path / "root")), "CURRENT does not name a version"),
        (("--host", "0.0.0.0"), "everybody in the network could read and change your films"),
        (("--host", "no.such.name.invalid"), "--accounts"),
        (("--trusted-proxy", "proxy"), "give an address or a network in figures"),
        (("--allowed-host", "a b"), "is no name of a host"),
        (("--allowed-origin", "films.example"), "is no origin"),
        (("--root-path", "films/"), "root_path must be a path such as /films"),
    ):
        done = run("serve", "--port", "0", *words)
        assert done.exit_code == 1, words
        assert said in done.stderr.replace("\n", " ")
        assert done.stderr.startswith("error: ")
    assert not started


def test_a_host_that_is_no_address_of_this_machine(run: Any, started: Any) -> None:
    done = run("serve", "--host", "no.such.name.invalid", "--no-accounts-i-know")
    assert done.exit_code == 1
    assert "cannot listen on no.such.name.invalid, port 8000" in done.stderr.replace("\n", " ")
    assert not started


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read all")
def test_a_model_that_may_not_be_read(run: Any, started: Any, bias_model: str) -> None:
    Path(bias_model).chmod(0)
    try:
        done = run("serve", "--port", "0", "--model", bias_model)
    finally:
        Path(bias_model).chmod(0o755)
    assert done.exit_code == 1
    assert "Permission denied" in done.stderr
    assert not started


@pytest.mark.parametrize("words", [("--port", "70000"), ("--workers", "0"), ("--sign-up", "x")])
def test_options_out_of_range(run: Any, started: Any, words: tuple[str, ...]) -> None:
    assert run("serve", *words).exit_code == 2
    assert not started


def test_help_names_every_group_of_options(run: Any) -> None:
    done = run("serve", "--help")
    assert done.exit_code == 0
    for told in ("People", "Limits", "--trusted-proxy", "--patience", "matinee serve --open"):
        assert told in done.stdout
    assert "\x1b[" not in done.stdout


# -- python -m matinee ----------------------------------------------------------------------------


def test_python_m_matinee_is_the_command(tmp_path: Path) -> None:
    for words, code, said in (
        (("--version",), 0, f"matinee {matinee.__version__}\n"),
        (("nonsense",), 2, ""),
        (("recommend", "--model", str(tmp_path / "absent")), 1, ""),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "matinee", *words],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert (done.returncode, done.stdout) == (code, said), done.stderr
        assert "Traceback" not in done.stderr
    usage = subprocess.run(
        [sys.executable, "-m", "matinee", "serve", "--help"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert "Usage: matinee serve" in usage.stdout


def test_a_worker_that_imports_the_program_does_not_start_it() -> None:
    import matinee.__main__ as program

    assert program.__name__ == "matinee.__main__"
