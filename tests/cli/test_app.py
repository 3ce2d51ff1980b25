"""The program as a whole: help, version, exit codes, and what it imports."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.main import get_command
from typer.testing import CliRunner

import matinee
from matinee.cli import app
from matinee.cli.app import DEBUG_VARIABLE, Program
from matinee.cli.help import Command
from matinee.errors import ParameterError

HEAVY = {"numpy", "scipy", "polars", "numba", "sklearn", "torch", "optuna", "matplotlib", "rich"}
PROGRAM = [sys.executable, "-c", "from matinee.cli import main; main()"]


def start(*words: str, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PROGRAM, *words], capture_output=True, text=True, timeout=100, check=False, **options
    )


# -- help ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [(), ("--help",), ("-h",)])
def test_help_of_the_program(run: Any, words: tuple[str, ...]) -> None:
    result = run(*words)
    assert result.exit_code == 0
    assert "What should I watch tonight?" in result.stdout
    for command in ("recommend", "similar", "predict", "train", "models", "bias", "doctor"):
        assert f"\n  {command} " in result.stdout
    for code in ("0 done", "1 an error", "2 the command line", "130 interrupted"):
        assert code in " ".join(result.stdout.split())
    assert result.stderr == ""


def test_help_of_a_command_names_options_defaults_and_variables(run: Any) -> None:
    text = " ".join(run("recommend", "--help").stdout.split())
    assert "-n, --number N How many films. [default: 10]" in text
    assert "--exclude-genre GENRE No film with this genre, whatever else it is. [repea" in text
    assert "MATINEE_MODEL" in text
    assert "Filters:" in text
    assert "\b" not in text
    assert "\\b" not in text
    assert "Output:" in text


def commands() -> list[str]:
    return list(get_command(app).commands)  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", commands())
def test_help_of_each_command(run: Any, name: str) -> None:
    text = run(name, "--help").stdout
    assert f"Usage: matinee {name} [OPTIONS]" in text
    assert "\b" not in text
    assert "\\b" not in text


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_help_fits_the_terminal(run: Any, monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    lines = run("recommend", "--help").stdout.splitlines()
    prose = [line for line in lines if not line.startswith("  matinee ")]  # examples stay whole
    assert max(map(len, prose)) <= columns


@pytest.mark.parametrize("words", [("--help",), ("recommend", "--help"), ("--version",)])
def test_help_imports_nothing_heavy(words: tuple[str, ...]) -> None:
    code = (
        "import sys, json\n"
        "from matinee.cli import main\n"
        f"sys.argv = ['matinee', *{list(words)!r}]\n"
        "try:\n    main()\n"
        "except SystemExit as stop:\n    assert not stop.code\n"
        "print('\\n' + json.dumps(sorted(sys.modules)))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    loaded = {name.split(".")[0] for name in json.loads(ran.stdout.splitlines()[-1])}
    assert loaded.isdisjoint(HEAVY)


@pytest.mark.parametrize("option", ["--version", "-V"])
def test_version(run: Any, option: str) -> None:
    assert run(option).stdout == f"matinee {matinee.__version__}\n"


# -- what goes wrong ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--hlp"], "no such option: --hlp"),
        (["recomend"], "Did you mean 'recommend'?"),
        (["similar"], "missing argument 'TITLE'"),
        (["recommend", "Heat=3", "-n", "0"], "'-n' / '--number'"),
        (["recommend", "Heat=3", "--from-year", "soon"], "'--from-year'"),
        (["recommend", "Heat=3", "--json", "--csv"], "'--json' / '--csv': choose one of the two"),
        (["predict", "Heat=3"], "missing option '--for' / '-f'"),
    ],
)
def test_misuse_is_told_in_two_lines_with_exit_code_2(
    run: Any, words: list[str], said: str
) -> None:
    result = run(*words)
    assert result.exit_code == 2
    assert result.stdout == ""
    first, second = result.stderr.splitlines()
    assert first.startswith("error: ")
    assert said in first
    assert second.endswith("--help shows how it is used")


def program_that_raises(error: BaseException) -> typer.Typer:
    program = typer.Typer(cls=Program, rich_markup_mode=None)

    @program.callback(invoke_without_command=True)
    def _callback() -> None: ...

    @program.command(cls=Command)
    def work() -> None:
        raise error

    return program


@pytest.mark.parametrize(
    ("error", "said", "code"),
    [
        (ParameterError("n must be 1 or more"), "error: n must be 1 or more\n", 1),
        (FileNotFoundError(2, "No such file", "a.csv"), "error: a.csv: No such file\n", 1),
        (MemoryError(), "error: not enough memory; `matinee doctor` shows how much", 1),
        (ZeroDivisionError("by\nzero"), "this should not happen: ZeroDivisionError: by zero", 1),
        (KeyboardInterrupt(), "interrupted; what was there before is unchanged\n", 130),
        (typer.Exit(1), "", 1),
    ],
)
def test_error_becomes_words_and_an_exit_code(error: BaseException, said: str, code: int) -> None:
    result = CliRunner().invoke(program_that_raises(error), ["work"])
    assert result.exit_code == code
    assert said in result.stderr
    assert "Traceback" not in result.stderr
    assert len(result.stderr.splitlines()) <= 2


def test_debug_shows_the_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DEBUG_VARIABLE, "1")
    result = CliRunner().invoke(program_that_raises(ParameterError("n is 0")), ["work"])
    assert result.exit_code == 1
    assert "Traceback" in result.stderr
    assert result.stderr.endswith("error: n is 0\n")


def test_unexpected_error_says_how_to_report_it() -> None:
    result = CliRunner().invoke(program_that_raises(RuntimeError("x" * 500)), ["work"])
    assert "MATINEE_DEBUG=1" in result.stderr
    assert "matinee doctor" in result.stderr
    assert "x" * 200 not in result.stderr


# -- as a process -------------------------------------------------------------------------------


def test_error_of_the_real_program() -> None:
    ran = start("recommend", "Heat=5", "--model", "no-such-model")
    assert ran.returncode == 1
    assert ran.stdout == ""
    assert ran.stderr.startswith("error: 'no-such-model' is neither the directory of a trained")


@pytest.mark.skipif(os.name == "nt", reason="pipes close in another way on Windows")
def test_reader_that_leaves_is_no_failure(bias_model: str) -> None:
    words = [*PROGRAM, "recommend", "--model", bias_model, "-n", "3000"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(10)
        process.stdout.close()
        said = process.stderr.read().decode()
        assert process.wait(timeout=60) == 0
    assert "Traceback" not in said
    assert "BrokenPipe" not in said


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_interrupted_training_leaves_nothing(tmp_path: Path) -> None:
    # A model that reports its progress and never ends stands for a long training.
    code = (
        "import time\n"
        "from matinee.models.bias import Bias\n"
        "def endless(self, ratings, catalog, progress):\n"
        "    print('training', flush=True)\n"
        "    while True:\n        time.sleep(0.05)\n"
        "Bias._fit = endless\n"
        "from matinee.cli import main\nmain()"
    )
    target = tmp_path / "models" / "new"
    words = [sys.executable, "-c", code, "train", "bias", "--out", str(target)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == b"training\n"
        time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        said = process.stderr.read().decode()
        assert process.wait(timeout=60) == 130
    assert said.splitlines()[-1] == "interrupted; what was there before is unchanged"
    assert "Traceback" not in said
    assert not (tmp_path / "models").exists()


def test_no_color_in_a_pipe_nor_with_no_color(
    run: Any, bias_model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "\x1b[" not in run("recommend", "--model", bias_model).output
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[" in run("recommend", "--model", bias_model).output
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in run("recommend", "--model", bias_model).output


def test_terminal_that_lacks_letters_gets_question_marks(bias_model: str) -> None:
    ran = start(
        "similar", "Amelie", "--model", "content", env={**os.environ, "PYTHONIOENCODING": "ascii"}
    )
    assert ran.returncode == 0, ran.stderr
    assert "Traceback" not in ran.stderr


def test_app_is_what_the_reference_is_made_from() -> None:
    assert isinstance(app, typer.Typer)
