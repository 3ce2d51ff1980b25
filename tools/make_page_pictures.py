"""Take pictures of the page and put them into the documentation, small.

``python tools/make_page_pictures.py`` runs those browser tests that look at whole pages, a minute
or two, and renews the pictures of ``docs/_static``. With ``--taken`` it uses the pictures of the
last ``python -m pytest -m browser`` instead.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).parents[1]
TAKEN = ROOT / ".cache" / "browser"
STATIC = ROOT / "docs" / "_static"
# Flat inks: a palette holds them, and a picture stays well under 100 kB.
COLOURS = 128
# The picture of the README stands at the top; the guide's have their own folder.
PICTURES = {
    "tonight-desktop-light": STATIC / "tonight.png",
    **{
        name: STATIC / "page" / f"{name}.png"
        for name in (
            "start-desktop-light",
            "film-desktop-dark",
            "tonight-phone-light",
            "tonight-phone-dark",
            "map-phone-dark",
            "map-desktop-dark",
            "films-desktop-light",
            "taste-desktop-light",
            "import-desktop-light",
            "together-desktop-dark",
            "behind-desktop-light",
        )
    },
}


def main(arguments: list[str]) -> int:
    if arguments not in ([], ["--taken"]):
        print(__doc__, file=sys.stderr)
        return 2
    if not arguments:
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-m",
            "browser",
            "-k",
            "everybody or newcomer",
        ]
        code = subprocess.run([*command, "tests/browser"], cwd=ROOT, check=False).returncode
        if code:
            return code
    missing = [name for name in PICTURES if not (TAKEN / f"{name}.png").exists()]
    if missing:
        print(f"{', '.join(missing)}: not in {TAKEN}; run without --taken", file=sys.stderr)
        return 1
    for name, target in PICTURES.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        with Image.open(TAKEN / f"{name}.png") as taken:
            small = taken.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
        small.save(target, optimize=True)
        print(f"{target.relative_to(ROOT)}: {target.stat().st_size // 1000} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
