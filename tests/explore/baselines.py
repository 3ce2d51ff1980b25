"""Draw the pictures anew that the tests compare with: run after looking at the change."""

from __future__ import annotations

from tests.explore import conftest, test_learned, test_report, test_taste_report
from tests.explore.looking import small


def main() -> None:
    tiny = conftest.tiny.__wrapped__()
    test_report.BASELINES.mkdir(exist_ok=True)
    drawn = test_report.drawn(tiny)
    charts = [drawn[name] for name in ("stars", "per-film", "genres-together", "curation")]
    for chart in (*charts, *test_learned.by_hand(), *test_taste_report.by_hand()):
        small(chart.render()[0]).save(test_report.BASELINES / f"{chart.name}.png", optimize=True)


if __name__ == "__main__":
    main()
