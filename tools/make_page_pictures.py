"""Put the browser tests' pictures of the page into the documentation, small.

Run the tests first, they take the pictures: ``python -m pytest -m browser``. Then, from anywhere:
``python tools/make_page_pictures.py``.
"""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).parents[1]
TAKEN = ROOT / ".cache" / "browser"
SHOWN = ROOT / "docs" / "_static" / "page"
# Flat inks: a palette holds them, and a picture stays well under 100 kB.
COLOURS = 128
NAMES = (
    "start-desktop-light",
    "film-desktop-dark",
    "tonight-phone-light",
    "tonight-phone-dark",
    "map-desktop-dark",
    "films-desktop-light",
    "together-desktop-dark",
    "behind-desktop-light",
)


def main() -> int:
    missing = [name for name in NAMES if not (TAKEN / f"{name}.png").exists()]
    if missing:
        print(f"{', '.join(missing)}: not in {TAKEN}; run the browser tests first", file=sys.stderr)
        return 1
    SHOWN.mkdir(parents=True, exist_ok=True)
    for name in NAMES:
        with Image.open(TAKEN / f"{name}.png") as taken:
            small = taken.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
        target = SHOWN / f"{name}.png"
        small.save(target, optimize=True)
        print(f"{target.relative_to(ROOT)}: {target.stat().st_size // 1000} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
