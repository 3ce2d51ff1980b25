"""The documentation shows only what the program can do."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from matinee.cli import app
from matinee.datasets.curation import Step
from matinee.datasets.known import KNOWN
from matinee.models import MODELS, model_class

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]

sys.path.insert(0, str(ROOT / "docs" / "_ext"))
command_line = pytest.importorskip("command_line", reason="Sphinx is not installed")
models_page = pytest.importorskip("models_page", reason="Sphinx is not installed")

ROOT_COMMAND = get_command(app)
COMMANDS = {
    " ".join(path): command for path, command in command_line.walk(ROOT_COMMAND, ("matinee",))
}


def shown_commands() -> Iterator[tuple[str, str]]:
    """(page, command line) of each ``$ matinee …`` in a console block."""
    for page in PAGES:
        if "_build" in page.parts:
            continue
        text = page.read_text(encoding="utf-8")
        for block in re.findall(r"```console\n(.*?)```", text, flags=re.DOTALL):
            for line in block.replace("\\\n", " ").splitlines():
                command = line.removeprefix("$ ").strip()
                if line.startswith("$ ") and command.startswith("matinee"):
                    yield str(page.relative_to(ROOT)), command


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_page_waits_for_its_figures(page: Path) -> None:
    left = re.findall(r"@@\w*|\b(?:TODO|TBD|FIXME|XXX)\b", page.read_text(encoding="utf-8"))
    assert not left, f"{page.name} still says {left}"


@pytest.mark.parametrize(("page", "line"), list(shown_commands()))
def test_command_in_the_documentation_parses(page: str, line: str) -> None:
    words = shlex.split(re.split(r"\s[|>]\s", line)[0], comments=True)[1:]
    command: Any = ROOT_COMMAND
    name = "matinee"
    while words and words[0] in (below := dict(command_line.children(command))):
        name = f"{name} {words[0]}"
        command = below[words.pop(0)]
    context = command.context_class(command, info_name=name)
    _, left, _ = command.make_parser(context).parse_args(list(words))
    assert not left, f"{page}: {name} does not take {left}"


def test_example_in_the_readme_runs(capsys: pytest.CaptureFixture[str]) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", PAGES[0].read_text(encoding="utf-8"), re.DOTALL)
    exec(compile(example, "README.md", "exec"), {})
    films = capsys.readouterr().out.splitlines()
    assert len(films) == 5
    assert all("you gave Alien 5" in film for film in films)


@pytest.mark.parametrize("name", list(COMMANDS))
def test_command_and_its_options_have_help(name: str) -> None:
    command = COMMANDS[name]
    assert command.help, f"{name} has no help"
    for parameter in command.params:
        if parameter.name not in {"help", "install_completion", "show_completion"}:
            assert parameter.help, f"{name}: {parameter.name} has no help"


@pytest.mark.parametrize("name", list(COMMANDS))
def test_reference_describes_the_command(name: str) -> None:
    lines = "\n".join(command_line.describe(tuple(name.split()), COMMANDS[name]))
    for parameter in COMMANDS[name].params:
        if not getattr(parameter, "hidden", False) and parameter.param_type_name == "option":
            assert parameter.opts[0] in lines


@pytest.mark.parametrize("name", list(MODELS))
def test_each_model_has_its_section(name: str) -> None:
    assert f"## `{name}`" in models_page.sections()
    row = next(line for line in models_page.table() if line.startswith(f"| [`{name}`]"))
    stars, similar, reasons = (cell.strip() == "✓" for cell in row.split("|")[3:6])
    model = model_class(name)
    assert (stars, similar, reasons) == (model.predicts_stars, model.finds_similar, model.explains)
    references = (model.__doc__ or "").partition("References\n")[2]
    assert references or name == "popular", f"{name} cites nothing"


def test_each_data_set_is_in_the_guide() -> None:
    page = (ROOT / "docs" / "guide" / "data.md").read_text(encoding="utf-8")
    assert [name for name in KNOWN if f"| `{name}` |" not in page] == []


def test_each_curation_step_is_in_the_guide() -> None:
    page = (ROOT / "docs" / "guide" / "curation.md").read_text(encoding="utf-8")
    assert [step.name for step in Step.__subclasses__() if f"`{step.name}=" not in page] == []


def test_pages_are_all_in_a_table_of_contents() -> None:
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    for page in PAGES[1:]:
        if page.name != "index.md" and "_build" not in page.parts:
            name = page.relative_to(ROOT / "docs").with_suffix("").as_posix()
            assert re.search(rf"^{re.escape(name)}$", index, re.MULTILINE), (
                f"{name} is in no toctree"
            )
