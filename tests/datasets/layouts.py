"""Small rating files in every layout, and zips of them, right and wrong."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

Files: TypeAlias = dict[str, bytes]

ML_100K: Files = {
    "ml-100k/u.data": b"1\t10\t3\t881250949\n1\t20\t5\t881250950\n2\t10\t1\t881250951\n",
    "ml-100k/u.genre": b"unknown|0\nAction|1\nDrama|2\n\n",
    "ml-100k/u.item": (
        "10|Les Misérables (1995)|01-Jan-1995||http://x|0|0|1\n"
        "20|Land Before Time III (1995) (V)|01-Jan-1995|||0|1|1\n"
        "30|unknown||||1|0|0\n"
    ).encode("latin-1"),
    "ml-100k/u.user": b"1|24|M|technician|85711\n2|53|F|other|94043\n",
}
ML_1M: Files = {
    "ml-1m/ratings.dat": b"1::10::3::978300760\n1::20::5::978302109\n2::10::1::978301968\n",
    "ml-1m/movies.dat": (
        "10::Star Wars: Episode IV - A New Hope (1977)::Action|Sci-Fi\n"
        "20::Amélie (2001)::Comedy\n"
        "30::Nobody Rated: It (1999)::Drama\n"
    ).encode("latin-1"),
    "ml-1m/users.dat": b"1::F::1::10::48067\n2::M::56::16::70072\n",
}
MOVIELENS: Files = {
    "ml-latest-small/ratings.csv": (
        b"userId,movieId,rating,timestamp\n1,10,4.0,964982703\n1,20,3.5,964981247\n"
        b"2,10,0.5,964982224\n"
    ),
    "ml-latest-small/movies.csv": (
        "movieId,title,genres\n"
        '10,"Misérables, Les (1995)",Drama|War\n'
        '20,"""Great Performances"" Cats (1998)",Musical\n'
        "30,Movie: The Movie,(no genres listed)\n"
    ).encode(),
    "ml-latest-small/tags.csv": (
        b"userId,movieId,tag,timestamp\n1,10,Sad,1\n2,10, sad ,2\n2,10,sad,3\n"
        b'1,20,"cats, singing",4\n1,99,lost,5\n1,20,,6\n'
    ),
    "ml-latest-small/links.csv": b"movieId,imdbId,tmdbId\n10,0113862,4415\n20,0173714,\n99,1,2\n",
}
LAYOUTS = {"ml-100k": ML_100K, "ml-1m": ML_1M, "movielens": MOVIELENS}


def write_folder(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Write files below a folder; the folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def write_zip(path: Path, files: Mapping[str, bytes]) -> Path:
    """Write a zip; its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path
