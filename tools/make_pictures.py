"""Make the pictures of the README and the documentation again, from the program's real output.

    .venv/bin/python tools/make_pictures.py

Each picture is a terminal session: the commands below are run one after the other in an empty
folder, and what they print, colours included, is drawn by Rich as an SVG. ``docs/_static`` gets
the files.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

TARGET = Path(__file__).parent.parent / "docs" / "_static"
WIDTH = 104

# Name of the picture → what is run without being shown, and what is shown.
SESSIONS: dict[str, tuple[list[str], list[str]]] = {
    "recommend": (
        ["matinee train ease --out ease"],
        ['matinee recommend "Alien=5" "Blade Runner=4.5" "Notting Hill=1.5" -m ease -n 8 --why'],
    ),
    "similar": (
        ["matinee train content --out content"],
        ['matinee similar "spider man 2002" -m content -n 8'],
    ),
}


def run(command: str, folder: Path) -> str:
    """What a command prints in a terminal of `WIDTH` columns, colours included."""
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": str(WIDTH),
        "LINES": "40",
        "FORCE_COLOR": "1",
        "COLORTERM": "truecolor",
        "TERM": "xterm-256color",
    }
    environment.pop("NO_COLOR", None)
    ran = subprocess.run(
        shlex.split(command),
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode:
        sys.exit(f"$ {command}\n{ran.stderr}")
    return ran.stdout


def draw(name: str, hidden: list[str], shown: list[str]) -> str:
    """One session as SVG."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for command in hidden:
            run(command, folder)
        for command in shown:
            console.print(Text.assemble(("$ ", "bold green"), (command, "bold")))
            output = run(command, folder)
            console.print(Text.from_ansi(output.rstrip("\n")))
    # The pictures must look right without fetching a font from elsewhere.
    template = re.sub(r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    template = template.replace(
        "font-family: Fira Code, monospace", "font-family: ui-monospace, Menlo, Consolas, monospace"
    )
    return console.export_svg(title="matinee", code_format=template, unique_id=f"matinee-{name}")


def main() -> None:
    parser = argparse.ArgumentParser(description="Make the pictures of the documentation again.")
    parser.add_argument("names", nargs="*", help=f"of {', '.join(SESSIONS)}; all if none is named")
    names = parser.parse_args().names or list(SESSIONS)
    TARGET.mkdir(parents=True, exist_ok=True)
    for name in names:
        path = TARGET / f"{name}.svg"
        path.write_text(draw(name, *SESSIONS[name]) + "\n", encoding="utf-8")
        print(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


if __name__ == "__main__":
    main()
