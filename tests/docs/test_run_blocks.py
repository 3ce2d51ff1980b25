"""Pages that run their Python while they are built."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "docs" / "_ext"))
run_blocks = pytest.importorskip("run_blocks", reason="Sphinx is not installed")
pytest.importorskip("myst_parser", reason="MyST is not installed")

CONF = f"""
import sys
sys.path.insert(0, {str(ROOT / "docs" / "_ext")!r})
extensions = ["myst_parser", "run_blocks"]
"""


def block(code: str, *options: str, name: str = "run") -> str:
    head = "".join(f":{option}:\n" if ":" not in option else f"{option}\n" for option in options)
    return f"```{{{name}}}\n{head}\n{code}\n```\n"


def build(folder: Path, *blocks: str, page: str = "index") -> tuple[int, str, str]:
    """Exit code, warnings and HTML of a page."""
    source = folder / "source"
    source.mkdir(exist_ok=True)
    (source / "conf.py").write_text(CONF)
    (source / f"{page}.md").write_text("# Page\n\n" + "\n".join(blocks))
    ran = subprocess.run(
        [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html", "source", "out"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    html = folder / "out" / f"{page}.html"
    return ran.returncode, ran.stderr, html.read_text() if html.exists() else ""


# -- a block --------------------------------------------------------------------------------------


def test_what_is_printed_and_the_last_value() -> None:
    names: dict[str, Any] = {}
    found = run_blocks.execute("x = 2\nprint('two')\nx + 1", names)
    assert (found.printed, found.text, found.html, found.failed) == ("two\n", "3", None, False)
    assert run_blocks.execute("y = x", names).text is None
    assert run_blocks.execute("print(y)", names).printed == "2\n"


def test_html_is_preferred_to_text() -> None:
    code = "class Shown:\n    def _repr_html_(self):\n        return '<b>shown</b>'\nShown()"
    found = run_blocks.execute(code, {})
    assert (found.html, found.text) == ("<b>shown</b>", None)


@pytest.mark.parametrize(
    ("code", "pictures"),
    [
        ("import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()", 1),
        ("import matplotlib.pyplot as plt\nfigure, axes = plt.subplots()\nfigure", 1),
        ("from matplotlib.figure import Figure\nFigure()", 1),
        ("import matplotlib.pyplot as plt\nplt.figure()\nplt.figure()\nNone", 2),
        ("1", 0),
    ],
)
def test_figures_become_pictures_and_none_stays_open(code: str, pictures: int) -> None:
    import matplotlib.pyplot as plt

    found = run_blocks.execute(code, {})
    assert [png[:8] for png, _ in found.pictures] == [b"\x89PNG\r\n\x1a\n"] * pictures
    assert plt.get_fignums() == []


def test_chart_brings_its_own_words() -> None:
    code = (
        "import matinee\n"
        "from matinee.explore.ratings import stars\n"
        "from matinee.explore.totals import Totals\n"
        "stars(Totals.of(matinee.load('sample').ratings))"
    )
    ((png, alt),) = run_blocks.execute(code, {}).pictures
    assert png.startswith(b"\x89PNG")
    assert "4 stars" in alt


def test_an_exception_names_the_line_of_the_page() -> None:
    found = run_blocks.execute("print('before')\n\n1 / 0\n", {}, line=40)
    assert found.failed
    assert found.problems == ["line 43: ZeroDivisionError: division by zero"]
    assert found.printed == "before\n"
    assert "SyntaxError" in run_blocks.execute("x =", {}).problems[0]


def test_warnings_are_problems_but_no_failure() -> None:
    found = run_blocks.execute("import warnings\nwarnings.warn('careful')\n'on'", {})
    assert found.problems == ["UserWarning: careful"]
    assert (found.failed, found.text) == (False, "'on'")


def test_commands_and_what_they_print() -> None:
    found = run_blocks.run_commands(
        ["$ matinee --version", "", "$ matinee models \\", "    popular"]
    )
    assert found.printed.startswith("$ matinee --version\nmatinee ")
    assert "$ matinee models \\\n    popular\n" in found.printed
    assert not found.failed
    failed = run_blocks.run_commands(["$ matinee models nope", "$ matinee --version"])
    assert failed.failed
    assert "nope" in failed.problems[0]
    assert "--version" not in failed.printed
    with pytest.raises(ValueError, match="only lines of"):
        run_blocks.run_commands(["$ rm -r ."])


# -- a page ---------------------------------------------------------------------------------------


def test_blocks_share_a_page_and_leave_nothing_behind(tmp_path: Path) -> None:
    secret = "import os, pathlib\nkept = pathlib.Path(os.environ['XDG_DATA_HOME'], 'kept')"
    code, warned, html = build(
        tmp_path,
        block(f"{secret}\nkept.write_text('there')\nprint('home:', kept.parent)", "hide-code"),
        block("print(kept.read_text() + ' still')"),
        block("import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()", ":alt: A <line>"),
        block("$ matinee --version", name="run-console"),
    )
    assert (code, warned) == (0, "")
    assert "there still" in html
    assert "write_text" not in html
    assert 'alt="A &lt;line&gt;"' in html
    assert "$ matinee --version\nmatinee " in re.sub("<[^>]+>", "", html)
    (picture,) = (tmp_path / "out" / "_images").glob("*.png")
    assert picture.name in html
    (home,) = re.findall(r"home: ([^<\n]+)", html)
    assert Path(home).is_absolute()
    assert not Path(home).exists()


def test_a_block_that_raises_fails_the_build_once(tmp_path: Path) -> None:
    code, warned, html = build(tmp_path, block("1 / 0"), block("print('after' + '!')"))
    assert code == 1
    assert "index.md:3: WARNING: line 5: ZeroDivisionError" in warned
    assert warned.count("WARNING") == 1
    assert "after!" not in html


def test_a_picture_needs_words(tmp_path: Path) -> None:
    draws = "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()"
    code, warned, _ = build(tmp_path, block(draws))
    assert code == 1
    assert "a picture without words for it: give the block an :alt:" in warned


def test_each_article_has_its_figures() -> None:
    import articles_page

    for number in range(1, 6):
        lines = articles_page.figures(number)
        assert lines[0].startswith("On ml-")
        assert len(lines) > 6
    first = articles_page.figures(1)[4]
    assert "| 0.8736 | **0.8651** | stars |" in first
