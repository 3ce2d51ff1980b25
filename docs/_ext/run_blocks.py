"""Python that runs while the pages are built, with what it printed and drew below it.

::

    ```{run}
    :alt: Number of ratings by year

    import matinee
    data = matinee.load("sample")
    data
    ```

The blocks of a page share one namespace and run from top to bottom. Below a block stands what it
printed, then what its last expression is: as HTML where it knows how to show itself so, else as
text. A picture (a figure of matplotlib, open or as the last expression, or a chart of
:mod:`matinee.explore`) is kept as PNG and needs words for those who do not see it: ``:alt:``, or
the chart's own. ``:hide-code:`` leaves the code out.

``run-console`` has lines of ``$ matinee …`` instead, and shows what each printed.

An exception, and a command that fails, is a warning of the build, on which ``sphinx-build -W``
fails; what follows on the page is not run then. A page is built again when a module of Matinee that
it loaded has changed. Nothing is left behind: the cache, the store and models are in a folder of
the page, which goes when the page is done.
"""

from __future__ import annotations

import ast
import contextlib
import io
import os
import shlex
import sys
import tempfile
import traceback
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

__all__ = ["Outcome", "Run", "RunConsole", "execute", "run_commands", "setup"]

_LOGGER = logging.getLogger(__name__)
_STATE = "run_blocks"
_DPI = 110
_PLACES = ("HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "MATINEE_CACHE")


@dataclass
class Outcome:
    """What came of a block.

    Attributes
    ----------
    printed : str
    html : str or None
        The last expression as HTML.
    text : str or None
        The last expression as text, where it has no HTML.
    pictures : list of (bytes, str)
        PNG, and words for it that the picture brings itself.
    problems : list of str
        Warnings, or the exception that ended the block.
    failed : bool
        Whether an exception ended it.
    """

    printed: str = ""
    html: str | None = None
    text: str | None = None
    pictures: list[tuple[bytes, str]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    failed: bool = False


def execute(code: str, names: dict[str, Any], *, file: str = "block", line: int = 0) -> Outcome:
    """Run a block in a namespace.

    Parameters
    ----------
    code : str
    names : dict
        The namespace; the block adds to it.
    file, line : str and int
        What tracebacks call the block, and the lines above it.
    """
    import matplotlib.pyplot as plt

    outcome, printed = Outcome(), io.StringIO()
    with (
        warnings.catch_warnings(record=True) as caught,
        contextlib.redirect_stdout(printed),
        contextlib.redirect_stderr(io.StringIO()),
    ):
        warnings.simplefilter("default")
        try:
            value = _evaluate(code, names, file, line)
            drawn = [plt.figure(number) for number in plt.get_fignums()]
            _show(value, outcome, drawn)
        except Exception as error:
            outcome.failed = True
            frames = traceback.extract_tb(error.__traceback__)
            own = [frame.lineno for frame in frames if frame.filename == file]
            told = "".join(traceback.format_exception_only(error)).strip()
            outcome.problems.append(f"line {own[-1] if own else line + 1}: {told}")
        finally:
            plt.close("all")
    outcome.printed = printed.getvalue()
    outcome.problems[:0] = [f"{one.category.__name__}: {one.message}" for one in caught]
    return outcome


def _evaluate(code: str, names: dict[str, Any], file: str, line: int) -> Any:
    """Run a block; the value of the expression it ends with, None if it ends otherwise."""
    tree = ast.increment_lineno(ast.parse(code, file), line)
    last = tree.body[-1] if tree.body else None
    if isinstance(last, ast.Expr):
        # As at a prompt, where the last value has this name.
        kept = ast.Assign([ast.Name("_", ast.Store())], last.value)
        tree.body[-1] = ast.copy_location(kept, last)
    names["_"] = None
    exec(compile(ast.fix_missing_locations(tree), file, "exec"), names)  # noqa: S102 - a page is its code
    return names["_"]


def _show(value: Any, outcome: Outcome, drawn: list[Any]) -> None:
    """Put figures, and the value of the last expression, where they belong."""
    from matplotlib.figure import Figure

    if isinstance(value, Figure) and value not in drawn:
        drawn = [*drawn, value]
    outcome.pictures += [(_png(figure), "") for figure in drawn]
    if value is None or isinstance(value, Figure):
        return
    if hasattr(value, "_repr_png_"):
        outcome.pictures.append((value._repr_png_(), f"{value.title}. {value.alt}"))
    elif hasattr(value, "_repr_html_"):
        outcome.html = str(value._repr_html_())
    else:
        outcome.text = repr(value)


def _png(figure: Any) -> bytes:
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=_DPI, bbox_inches="tight", metadata={"Software": None})
    return stream.getvalue()


def run_commands(lines: Iterable[str]) -> Outcome:
    """Run lines of ``$ matinee …`` with a terminal of 88 columns; each stands before its output."""
    from typer.testing import CliRunner

    from matinee.cli import app

    outcome, shown = Outcome(), list[str]()
    for line in "\n".join(lines).replace("\\\n", "\0").splitlines():
        if not line.strip():
            continue
        shown.append(line.replace("\0", "\\\n"))
        words = shlex.split(line.replace("\0", " ").removeprefix("$ "), comments=True)
        if not line.startswith("$ ") or words[:1] != ["matinee"]:
            raise ValueError(f"only lines of `$ matinee …` are run, not {line!r}")
        result = CliRunner().invoke(app, words[1:], prog_name="matinee", env={"COLUMNS": "88"})
        shown += [result.output.rstrip("\n"), ""]
        if result.exit_code:
            outcome.problems.append(f"{line} ended with {result.exit_code}: {result.output}")
            outcome.failed = True
            break
    outcome.printed = "\n".join(shown)
    return outcome


class _Page:
    """What the blocks of a page share: names, a home, and whether one has failed."""

    def __init__(self) -> None:
        self.names: dict[str, Any] = {"__name__": "__main__"}
        self.blocks = 0
        self.failed = False
        self.home = tempfile.TemporaryDirectory()

    @contextlib.contextmanager
    def at_home(self) -> Iterator[None]:
        """Keep what a block leaves in the page's own folder, and settings of this machine out."""
        before = {
            name: value
            for name, value in os.environ.items()
            if name in _PLACES or name.startswith("MATINEE_")
        }
        try:
            for name in before:
                del os.environ[name]
            os.environ.update(dict.fromkeys(_PLACES, self.home.name))
            yield
        finally:
            for name in _PLACES:
                os.environ.pop(name, None)
            os.environ.update(before)


class _Block(SphinxDirective):
    has_content = True

    def page(self) -> _Page:
        """What the blocks of this page share."""
        page: _Page = self.env.temp_data.setdefault(_STATE, None) or _Page()
        self.env.temp_data[_STATE] = page
        return page

    def note(self, outcome: Outcome, page: _Page) -> None:
        """Tell what went wrong, and what the page depends on."""
        for problem in outcome.problems:
            self.warn(problem)
        page.failed = outcome.failed
        self.env.note_dependency(__file__)
        for name, module in list(sys.modules.items()):
            if name.partition(".")[0] == "matinee" and getattr(module, "__file__", None):
                self.env.note_dependency(str(module.__file__))

    def warn(self, text: str) -> None:
        """A warning of the build, here."""
        _LOGGER.warning("%s", text, location=(self.env.docname, self.lineno))


class Run(_Block):
    """``run``: Python that is shown, run, and followed by what it says."""

    option_spec: ClassVar[dict[str, Any]] = {
        "alt": directives.unchanged_required,
        "hide-code": directives.flag,
    }

    def run(self) -> list[nodes.Node]:
        """Run the block; the nodes for its code and what came of it."""
        page, code = self.page(), "\n".join(self.content)
        found: list[nodes.Node] = []
        if "hide-code" not in self.options:
            found.append(_literal(code, "python", "run-code"))
        if page.failed:
            return found
        page.blocks += 1
        file = f"{self.env.docname}.md"
        with page.at_home():
            outcome = execute(code, page.names, file=file, line=self.lineno + self.content_offset)
        self.note(outcome, page)
        return [*found, *self._output(outcome, page.blocks)]

    def _output(self, outcome: Outcome, block: int) -> Iterator[nodes.Node]:
        if outcome.printed:
            yield _literal(outcome.printed, "text", "run-output")
        if outcome.text is not None:
            yield _literal(outcome.text, "text", "run-output")
        if outcome.html is not None:
            html = f'<div class="run-output">{outcome.html}</div>'
            yield nodes.raw("", html, format="html")
        for number, (png, own) in enumerate(outcome.pictures, start=1):
            alt = self.options.get("alt", own)
            if not alt:
                self.warn("a picture without words for it: give the block an :alt:")
            yield nodes.image(
                uri=self._keep(png, f"{block}-{number}"), alt=alt, classes=["run-picture"]
            )

    def _keep(self, png: bytes, name: str) -> str:
        """Write a picture beside the doctrees, which live as long; its place as pages name it."""
        folder = Path(self.env.doctreedir) / "run"
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"{self.env.docname.replace('/', '-')}-{name}.png"
        file.write_bytes(png)
        page = Path(self.env.doc2path(self.env.docname)).parent
        return Path(os.path.relpath(file, page)).as_posix()


class RunConsole(_Block):
    """``run-console``: commands of Matinee that are run, each followed by what it printed."""

    def run(self) -> list[nodes.Node]:
        """Run the commands; the node for them and their output."""
        page = self.page()
        if page.failed:
            return [_literal("\n".join(self.content), "console", "run-code")]
        with page.at_home():
            outcome = run_commands(self.content)
        self.note(outcome, page)
        printed = outcome.printed.replace(page.home.name, "~")
        return [_literal(printed, "console", "run-console")]


def _literal(text: str, language: str, name: str) -> nodes.literal_block:
    text = text.rstrip("\n")
    return nodes.literal_block(text, text, language=language, classes=[name])


def _leave(app: Sphinx, _: nodes.document) -> None:
    page: _Page | None = app.env.temp_data.pop(_STATE, None)
    if page is not None:
        page.home.cleanup()


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directives."""
    import matplotlib as mpl

    mpl.use("Agg")
    app.add_directive("run", Run)
    app.add_directive("run-console", RunConsole)
    app.connect("doctree-read", _leave)
    app.add_css_file("run.css")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
