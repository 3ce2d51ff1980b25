"""Habits of the project itself: what is promised in words is checked here."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import inspect
import json
import pkgutil
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

import matinee

ROOT = Path(__file__).parent.parent
SOURCES = sorted((ROOT / "src" / "matinee").rglob("*.py"))
SAMPLE = ROOT / "src" / "matinee" / "datasets" / "sample"
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS = {"torch": "matinee.models.neural", "pyspark": "matinee.spark"}


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT / "src").with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def public_modules() -> Iterator[str]:
    for info in pkgutil.walk_packages(matinee.__path__, "matinee."):
        hidden = any(part.startswith("_") for part in info.name.split("."))
        missing = any(
            info.name.startswith(package) and importlib.util.find_spec(extra) is None
            for extra, package in EXTRAS.items()
        )
        if not hidden and not missing:
            yield info.name


def imports(path: Path, *, anywhere: bool) -> Iterator[str]:
    """Modules that a file imports: when it is imported itself, or anywhere in it."""

    def visit(node: ast.AST) -> Iterator[str]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import):
                yield from (alias.name for alias in child.names)
            elif isinstance(child, ast.ImportFrom) and child.module:
                yield child.module
            elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
                continue
            elif anywhere or not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
                yield from visit(child)

    yield from visit(ast.parse(path.read_text(encoding="utf-8")))


# -- names and their documentation --------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in matinee.__all__ if name != "__version__"])
def test_exported_name_is_documented(name: str) -> None:
    thing = getattr(matinee, name)
    own = thing.__doc__ or ""
    assert len(own.split()) >= 4, f"matinee.{name} has no docstring of its own"
    pages = (ROOT / "docs" / "reference" / "api.md").read_text(encoding="utf-8")
    assert re.search(rf"\bmatinee\.(\w+\.)*{name}\b", pages), f"{name} is not in docs/reference/api"


@pytest.mark.parametrize("module", list(public_modules()))
def test_module_and_what_it_exports_have_docstrings(module: str) -> None:
    loaded = importlib.import_module(module)
    assert loaded.__doc__, f"{module} has no docstring"
    for name in getattr(loaded, "__all__", []):
        thing = getattr(loaded, name)
        if inspect.isclass(thing) or inspect.isfunction(thing):
            assert thing.__doc__, f"{module}.{name} has no docstring"


def test_changelog_has_the_current_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(rf"^## {re.escape(matinee.__version__)}\b", changelog, re.MULTILINE)


def test_package_says_that_it_is_typed() -> None:
    assert (ROOT / "src" / "matinee" / "py.typed").exists()


# -- shape of the code --------------------------------------------------------------------------


def test_numba_and_torch_are_imported_late() -> None:
    for own, path in ((module_name(path), path) for path in SOURCES):
        early = list(imports(path, anywhere=False))
        tops = {target.split(".")[0] for target in early}
        if not own.startswith("matinee.kernels"):
            assert "numba" not in tops, f"{own} imports numba: only kernels/ does"
            kernels = [target for target in early if target.startswith("matinee.kernels")]
            assert not kernels, f"{own} imports {kernels} at once: import them where they are used"
        if not own.startswith("matinee.models.neural"):
            assert "torch" not in tops, f"{own} imports torch: only models/neural/ does"


def test_imports_and_declared_dependencies_agree() -> None:
    declared = {
        re.split(r"[<>=~!\[; ]", requirement)[0]
        for requirement in PYPROJECT["project"]["dependencies"]
    }
    extras = {
        re.split(r"[<>=~!\[; ]", requirement)[0]
        for name in ("map", "neural", "tune", "postgres")
        for requirement in PYPROJECT["project"]["optional-dependencies"][name]
    }
    distributions = {
        "sklearn": "scikit-learn",
        "argon2": "argon2-cffi",
        "umap": "umap-learn",
        "prometheus_client": "prometheus-client",
    }
    # Starlette reads uploads with it.
    behind_others = {"python-multipart"}
    # Accepted where somebody passes one in; never needed.
    guests = {"pandas", "pyarrow", "IPython"}
    imported = {
        distributions.get(top, top)
        for path in SOURCES
        for top in (target.split(".")[0] for target in imports(path, anywhere=True))
        if top not in sys.stdlib_module_names and top not in {"matinee", "__future__"}
    }
    assert imported - declared - extras - guests == set(), "imported, but not declared"
    assert declared - imported - behind_others == set(), "declared, but not used"


# -- start-up -----------------------------------------------------------------------------------

HEAVY = (
    "numba",
    "torch",
    "sklearn",
    "polars",
    "scipy",
    "pandas",
    "matplotlib",
    "pydantic",
    "sqlalchemy",
)


def loaded_by(code: str) -> set[str]:
    program = f"import sys, json\n{code}\nprint('\\n' + json.dumps(sorted(sys.modules)))"
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    return {name.split(".")[0] for name in json.loads(ran.stdout.splitlines()[-1])}


def test_import_is_light() -> None:
    assert loaded_by("import matinee").isdisjoint((*HEAVY, "numpy", "typer", "rich"))


def test_help_is_light() -> None:
    code = (
        "from matinee.cli import main\n"
        "sys.argv = ['matinee', '--help']\n"
        "try:\n    main()\n"
        "except SystemExit as stop:\n    assert not stop.code\n"
    )
    assert loaded_by(code).isdisjoint((*HEAVY, "numpy"))


# -- the bundled sample -------------------------------------------------------------------------


def test_sample_has_its_licence_and_provenance_beside_it() -> None:
    licence = (SAMPLE / "LICENSE.txt").read_text(encoding="utf-8")
    assert "so long as it is" in licence
    assert "under these same license conditions" in " ".join(licence.split())
    assert "10.1145/2827872" in licence
    readme = (SAMPLE / "README.md").read_text(encoding="utf-8")
    for count in ("100,004", "671", "9,066"):
        assert count in readme


def test_sample_is_whole() -> None:
    ratings = pl.read_parquet(SAMPLE / "ratings.parquet")
    movies = pl.read_parquet(SAMPLE / "movies.parquet")
    assert ratings.height == 100_004
    assert ratings["user_id"].n_unique() == 671
    assert movies.height == movies["movie_id"].n_unique() == 9_066
    assert movies["title"].null_count() == 0
    assert set(ratings["movie_id"]) == set(movies["movie_id"])
    assert ratings.equals(ratings.sort("user_id", "movie_id"))
    assert ratings["rating"].unique().sort().to_list() == [half / 2 for half in range(1, 11)]
    assert sum(path.stat().st_size for path in SAMPLE.glob("*.parquet")) < 1_000_000


# -- the lowest allowed versions ----------------------------------------------------------------


def lowest(*arguments: str) -> subprocess.CompletedProcess[str]:
    script = ROOT / "tools" / "lowest.py"
    return subprocess.run(
        [sys.executable, str(script), *arguments], capture_output=True, text=True, check=False
    )


def test_lowest_versions_cover_every_dependency() -> None:
    lines = lowest("--extra", "tune").stdout.split()
    assert len(lines) == len(PYPROJECT["project"]["dependencies"]) + 1
    assert all(re.fullmatch(r"[\w.-]+==[\d.]+", line) for line in lines)


def test_torch_is_pinned_to_the_build_without_cuda() -> None:
    pins = [
        line
        for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    ]
    assert pins == ["torch==2.13.0"]
