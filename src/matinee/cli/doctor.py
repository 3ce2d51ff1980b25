"""``matinee doctor``: what this installation can do."""

from __future__ import annotations

import os
import platform
import re
import sys
from pathlib import Path
from typing import Any

import typer

import matinee
from matinee.cli.console import styled
from matinee.cli.options import Json
from matinee.cli.output import print_json, print_lines
from matinee.memory import available_bytes, format_bytes
from matinee.models import DEFAULT_MODEL
from matinee.paths import cache_path

__all__ = ["doctor"]

_REQUIREMENT = re.compile(r"^([A-Za-z0-9._-]+)\s*(?:\[[^\]]*\])?\s*([^;]*)(?:;\s*(.*))?$")
_EXTRA = re.compile(r"""extra\s*==\s*['"]([^'"]+)['"]""")
_SECRET = re.compile(r"SECRET|PASSWORD|TOKEN|KEY|URL")
_FOR_DEVELOPERS = ("dev",)


def doctor(
    json: Json = False,
) -> None:
    """What this installation can do: versions, extras, memory, threads, what is kept where.

    It ends with exit code 1 if a package that Matinee needs is missing.
    """
    report = _examine()
    if json:
        print_json(report)
    else:
        print_lines(_lines(report))
    if not report["complete"]:
        raise typer.Exit(1)


def _examine() -> dict[str, Any]:
    needed, extras = _packages()
    from matinee.models.publishing import cached_models_path, own_model_path

    return {
        "matinee": matinee.__version__,
        "python": platform.python_version(),
        "platform": platform.platform(terse=True),
        "complete": all(package["version"] for package in needed),
        "packages": needed,
        "extras": extras,
        "threads": _threads(),
        "memory": {
            "available_bytes": available_bytes(),
            "limited_by": os.environ.get("MATINEE_MEMORY_LIMIT"),
        },
        "cache": _folder(cache_path()),
        "cached_models": sorted(_entries(cached_models_path())),
        "own_model": _model_at(own_model_path()),
        "published_model": _published_model(),
        "default_model": DEFAULT_MODEL,
        "environment": _environment(),
    }


def _packages() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What Matinee needs and what its extras need, as its own metadata say it."""
    from importlib import metadata

    needed: list[dict[str, Any]] = []
    extras: dict[str, list[dict[str, Any]]] = {}
    try:
        requirements = metadata.requires("matinee") or []
    except metadata.PackageNotFoundError:
        requirements = []
    for requirement in requirements:
        match = _REQUIREMENT.match(requirement)
        if match is None:
            continue
        package = {
            "name": match[1],
            "wanted": match[2].strip(),
            "version": _version(match[1]),
        }
        extra = _EXTRA.search(match[3] or "")
        if extra is None:
            needed.append(package)
        elif extra[1] not in _FOR_DEVELOPERS:
            extras.setdefault(extra[1], []).append(package)
    described = [
        {
            "name": name,
            "installed": all(package["version"] for package in packages),
            "packages": packages,
            "install": f"pip install 'matinee[{name}]'",
        }
        for name, packages in sorted(extras.items())
    ]
    return needed, described


def _version(package: str) -> str | None:
    from importlib import metadata

    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _threads() -> dict[str, Any]:
    import numpy  # noqa: F401, ICN001 - its BLAS is what threadpoolctl tells about
    import scipy.linalg  # noqa: F401
    import threadpoolctl

    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "processors": usable,
        "libraries": [
            {
                "name": str(pool.get("internal_api")),
                "version": pool.get("version"),
                "threads": pool.get("num_threads"),
            }
            for pool in threadpoolctl.threadpool_info()
        ],
    }


def _folder(path: Path) -> dict[str, Any]:
    files = [file for file in path.rglob("*") if file.is_file()] if path.is_dir() else []
    return {
        "path": str(path),
        "bytes": sum(file.stat().st_size for file in files),
        "files": len(files),
        "writable": _writable(path),
    }


def _entries(path: Path) -> list[str]:
    return [entry.name for entry in path.iterdir() if entry.is_dir()] if path.is_dir() else []


def _writable(path: Path) -> bool:
    above = next((folder for folder in (path, *path.parents) if folder.exists()), None)
    return above is not None and os.access(above, os.W_OK)


def _environment() -> dict[str, str]:
    """Matinee's own variables; what may hold a password is not shown."""
    return {
        name: "(set)" if _SECRET.search(name) or "@" in value else value
        for name, value in sorted(os.environ.items())
        if name.startswith("MATINEE_")
    }


def _published_model() -> dict[str, Any] | None:
    from matinee.errors import ArtifactError
    from matinee.models.publishing import current_path, default_root, is_published

    root = default_root()
    if not is_published(root):
        return None
    try:
        return _model_at(current_path(root))
    except ArtifactError as error:
        return {"path": str(root), "problem": str(error)}


def _model_at(path: Path) -> dict[str, Any] | None:
    from matinee.errors import ArtifactError
    from matinee.models.directory import read_manifest

    if not path.exists():
        return None
    try:
        manifest = read_manifest(path)
    except ArtifactError as error:
        return {"path": str(path), "problem": str(error)}
    return {
        "path": str(path),
        "model": manifest.model,
        "trained_on": manifest.trained_on["dataset"],
        "created": manifest.created,
    }


def _lines(report: dict[str, Any]) -> list[str]:
    rows: list[tuple[str, str]] = [
        ("Matinee", report["matinee"]),
        ("Python", f"{report['python']} on {report['platform']}"),
    ]
    missing = [package for package in report["packages"] if not package["version"]]
    rows += [
        (package["name"], package["version"] or f"missing: pip install {package['name']}")
        for package in report["packages"]
    ]
    lines = [*_section("Versions", rows)]
    lines += _section(
        "Extras",
        [
            (
                extra["name"],
                ", ".join(f"{p['name']} {p['version']}" for p in extra["packages"])
                if extra["installed"]
                else f"not installed: {extra['install']}",
            )
            for extra in report["extras"]
        ],
    )
    threads = report["threads"]
    pools = ", ".join(
        f"{pool['name']} {pool['version'] or ''} with {pool['threads']}".replace("  ", " ")
        for pool in threads["libraries"]
    )
    limited = report["memory"]["limited_by"]
    lines += _section(
        "Machine",
        [
            ("processors", str(threads["processors"])),
            ("threads", pools or "unknown"),
            (
                "memory",
                f"{format_bytes(report['memory']['available_bytes'])} for training"
                + (f" (MATINEE_MEMORY_LIMIT={limited})" if limited else ""),
            ),
        ],
    )
    lines += _section("Kept here", _kept(report))
    if missing:
        names = " ".join(package["name"] for package in missing)
        lines.append(f"This installation is not complete: pip install {names}")
    else:
        lines.append("Everything that Matinee needs is here.")
    return lines


def _kept(report: dict[str, Any]) -> list[tuple[str, str]]:
    cache, own, published = report["cache"], report["own_model"], report["published_model"]
    state = f"{format_bytes(cache['bytes'])} in {cache['files']:,} files"
    rows = [("cache", f"{cache['path']} ({state if cache['writable'] else 'not writable'})")]
    if report["cached_models"]:
        rows.append(("", "models: " + ", ".join(report["cached_models"])))
    if own is None and published is None:
        rows.append(
            ("own model", f"none yet (matinee train); {DEFAULT_MODEL} on the sample until then")
        )
    for name, model in (("own model", own), ("published", published)):
        if model is not None:
            rows.append((name, model.get("problem") or _described(model)))
    rows += [("environment", f"{name}={value}") for name, value in report["environment"].items()]
    return rows


def _described(model: dict[str, Any]) -> str:
    made = f"{model['model']}, trained on {model['trained_on']}, {model['created']}"
    return f"{model['path']} ({made})"


def _section(title: str, rows: list[tuple[str, str]]) -> list[str]:
    if not rows:
        return []
    left = max(len(name) for name, _ in rows)
    return [
        styled(title, "bold", sys.stdout),
        *(f"  {name:{left}}  {text}" for name, text in rows),
        "",
    ]
