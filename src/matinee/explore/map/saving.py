"""A map's folder: the picture, the table behind it, and the files that a browser draws."""

from __future__ import annotations

from pathlib import Path

from matinee.explore.map.format import NO_GENRE, FilmMap, write_map
from matinee.explore.map.picture import LABELS, MapPicture, draw_map, genre_shares, trust_in_words
from matinee.explore.writing import report_folder, write_json

__all__ = ["save_map"]

_STEM = "map"


def save_map(
    film_map: FilmMap, out: Path | str, *, dim_below: int = 0, labels: int = LABELS
) -> MapPicture:
    """Write a map to a folder, made if it is not there.

    Parameters
    ----------
    film_map : FilmMap
    out : path
        In it: ``map.png`` and ``map.svg``; ``map.parquet``, a row for each film; ``picture.json``
        with title, text and single figures; ``map.bin`` and ``map.json``, see
        :mod:`matinee.explore.map.format`.
    dim_below, labels : int
        As in :func:`~matinee.explore.map.picture.draw_map`.

    Returns
    -------
    MapPicture

    Raises
    ------
    DataError
        If ``out`` is a file.
    OSError
        If the folder cannot be written.
    """
    import polars as pl

    folder = report_folder(out, "map")
    folder.mkdir(parents=True, exist_ok=True)
    picture = draw_map(film_map, dim_below=dim_below, labels=labels)
    (folder / f"{_STEM}.png").write_bytes(picture.png)
    (folder / f"{_STEM}.svg").write_bytes(picture.svg)
    named = {label.index for label in picture.labels}
    genres = [
        None if genre == NO_GENRE else film_map.genre_names[genre]
        for genre in film_map.genres.tolist()
    ]
    pl.DataFrame(
        {
            "movie_id": list(film_map.movie_ids),
            "title": list(film_map.titles),
            "year": [year or None for year in film_map.years.tolist()],
            "genre": pl.Series(genres, dtype=pl.String),
            "ratings": film_map.ratings,
            "mean_stars": film_map.mean_stars,
            "x": film_map.x,
            "y": film_map.y,
            "is_named": [index in named for index in range(len(film_map))],
        }
    ).write_parquet(folder / f"{_STEM}.parquet")
    together, chance = genre_shares(film_map)
    figures = {
        "title": picture.title,
        "alt": picture.alt,
        "trust": trust_in_words(film_map),
        "trustworthiness": film_map.trustworthiness,
        "neighbors": film_map.neighbors,
        "explained_variance": film_map.explained_variance,
        "films": len(film_map),
        "neighbors_of_one_genre": together,
        "films_of_one_genre": chance,
        "layout": film_map.layout,
        "model": film_map.model,
        "model_version": film_map.model_version,
        "dataset": film_map.dataset,
    }
    write_json(folder / "picture.json", figures)
    write_map(film_map, folder)
    return picture
