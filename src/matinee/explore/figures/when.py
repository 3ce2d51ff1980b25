"""When people rate: month by month, hour by hour, and how many films at one sitting."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl

from matinee.explore.chart import Chart, share
from matinee.explore.totals import Totals

__all__ = ["WEEKDAYS", "hours", "months", "sessions"]

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def months(totals: Totals) -> Chart:
    """Ratings of each month, empty months included."""
    counts = totals.months
    days = [
        dt.date(1970 + month // 12, month % 12 + 1, 1)
        for month in range(totals.first_month, totals.first_month + counts.size)
    ]
    peak = int(counts.argmax())
    part = float(counts[peak] / counts.sum())
    name = f"{days[peak]:%B %Y}"
    title = (
        f"{name} brought more ratings than any other month: {counts[peak]:,}, {share(part)} of all"
    )
    if counts.size == 1:
        title = f"All {counts[0]:,} ratings are of {name}"
    return Chart(
        "months",
        "Month by month",
        title,
        f"Bars of ratings by month from {days[0]:%B %Y} to {days[-1]:%B %Y}. The highest is {name} "
        f"with {counts[peak]:,} ratings; half of the months have {int(np.median(counts)):,} or "
        f"fewer.",
        pl.DataFrame({"month": days, "ratings": counts}),
        {
            "peak_month": f"{days[peak]:%Y-%m}",
            "peak_ratings": int(counts[peak]),
            "peak_share": part,
            "months": counts.size,
        },
    )


def hours(totals: Totals) -> Chart:
    """Ratings by weekday and hour, UTC."""
    grid = totals.hours
    day, hour = divmod(int(grid.argmax()), 24)
    by_hour = grid.sum(axis=0)
    busy, quiet = int(by_hour.argmax()), int(by_hour.argmin())
    by_day = grid.sum(axis=1)
    best_day = int(by_day.argmax())
    return Chart(
        "hours",
        "Hour by hour",
        f"People rate most on {WEEKDAYS[best_day]}s and around {busy:02d}:00 UTC, "
        f"least around {quiet:02d}:00",
        f"A grid of weekdays and hours (UTC). The fullest hour is {WEEKDAYS[day]} {hour:02d}:00 "
        f"with {grid[day, hour]:,} ratings. By day: "
        + ", ".join(f"{name} {count:,}" for name, count in zip(WEEKDAYS, by_day, strict=True))
        + ".",
        pl.DataFrame(
            {
                "weekday": np.repeat(WEEKDAYS, 24),
                "hour": np.tile(np.arange(24), 7),
                "ratings": grid.ravel(),
            }
        ),
        {"busiest_weekday": WEEKDAYS[best_day], "busiest_hour": busy, "quietest_hour": quiet},
    )


def sessions(totals: Totals) -> Chart:
    """Share of ratings by the size of the session that they were given in."""
    sizes = np.arange(totals.session_sizes.size)
    count = totals.session_sizes
    n_ratings, n_sessions = int((sizes * count).sum()), int(count.sum())
    # Bins of doubling width: 1, 2–3, 4–7, …
    octave = np.frexp(np.maximum(sizes, 1))[1] - 1
    n_bins = int(octave.max()) + 1
    in_bin = np.bincount(octave, sizes * count, n_bins)
    of_bin = np.bincount(octave[1:], count[1:], n_bins).astype(np.int64)
    active = totals.user_sessions > 0
    once = float((totals.user_sessions[active] == 1).mean())
    # The session of the middle rating: half of all ratings are given in such or larger ones.
    middle = int(np.searchsorted(np.cumsum(sizes * count), n_ratings / 2))
    pairs = int(totals.gaps.sum())
    same = float(totals.gaps[0] / n_ratings)
    gap = int(np.searchsorted(np.cumsum(totals.gaps), pairs / 2)) if pairs else None
    starts = 2 ** np.arange(n_bins)
    labels = ["1"] + [f"{low}–{2 * low - 1}" for low in starts[1:].tolist()]
    told = "" if gap is None else f" Within a session, the middle gap is {gap} s."
    return Chart(
        "sessions",
        "Many at once",
        f"Half of all ratings came in sittings of {middle:,} or more; "
        f"{share(once)} of the people rated in one sitting only",
        f"Bars: share of ratings by the size of the sitting, which ends with an hour without a "
        f"rating. {n_sessions:,} sittings. "
        + ", ".join(
            f"{label}: {share(part / n_ratings)}"
            for label, part in zip(labels, in_bin, strict=True)
        )
        + f".{told} {share(same)} of the ratings have the second of the one before.",
        pl.DataFrame(
            {
                "ratings_in_session": labels,
                "sessions": of_bin,
                "ratings": in_bin.astype(np.int64),
                "share": in_bin / n_ratings,
            }
        ),
        {
            "sessions": n_sessions,
            "middle_size": middle,
            "one_session_share": once,
            "median_gap_seconds": gap,
            "same_second_share": same,
        },
    )
