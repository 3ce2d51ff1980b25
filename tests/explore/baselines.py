"""Draw the pictures anew that ``test_report.py`` compares with: run after looking at the change."""

from __future__ import annotations

from tests.explore import conftest, test_report


def main() -> None:
    tiny = conftest.tiny.__wrapped__()
    test_report.BASELINES.mkdir(exist_ok=True)
    for name in ("stars", "per-film", "genres-together", "curation"):
        png = test_report.draw(test_report.drawn(tiny)[name])[0]
        test_report.small(png).save(test_report.BASELINES / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
