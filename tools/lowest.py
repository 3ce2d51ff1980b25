"""Print constraints that pin each direct dependency to the lowest version that it allows.

    python tools/lowest.py > lowest.txt
    pip install -c lowest.txt .

Reads ``[project]`` of ``pyproject.toml``; ``--extra NAME`` adds that extra's dependencies. A
requirement without a lower bound is an error: every bound that is stated is also tested.
"""

from __future__ import annotations

import argparse
import re
import sys
import tomllib
from pathlib import Path

REQUIREMENT = re.compile(r"(?P<name>[A-Za-z0-9._-]+)(\[[^\]]*\])?\s*>=\s*(?P<version>[^,;\s]+)")


def pins(requirements: list[str]) -> list[str]:
    """``["numpy>=2.0"]`` as ``["numpy==2.0"]``."""
    found = []
    for requirement in requirements:
        match = REQUIREMENT.match(requirement)
        if match is None:
            sys.exit(f"{requirement!r} in pyproject.toml has no lower bound: say {requirement}>=…")
        found.append(f"{match['name']}=={match['version']}")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description="Pin each direct dependency to its lower bound.")
    parser.add_argument("--extra", action="append", default=[], help="an extra to pin as well")
    arguments = parser.parse_args()
    pyproject = Path(__file__).parent.parent / "pyproject.toml"
    project = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]
    requirements = list(project["dependencies"])
    for extra in arguments.extra:
        requirements += project["optional-dependencies"][extra]
    print("\n".join(pins(requirements)))


if __name__ == "__main__":
    main()
