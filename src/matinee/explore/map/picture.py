"""A map of films as a picture, and in words."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patheffects import withStroke
from matplotlib.textpath import TextPath
from numpy.typing import NDArray

from matinee.explore.charts import plain, save_figure, share
from matinee.explore.map.build import nearest
from matinee.explore.map.film_map import NO_GENRE, FilmMap, write_map
from matinee.plotting import COLORS, STYLE

__all__ = ["LABELS", "MapPicture", "draw_map", "genre_shares", "save_map", "trust_in_words"]

LABELS = 90
"""How many films are named at most."""

_WIDTH, _SIDE, _MARGIN = 11.0, 10.4, 0.3  # inches
_LIMIT = 1.04  # of the axes
_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "h")
# Full marks for the genres that matter most, then hollow ones in the same colors, whose shapes
# differ as well: no two genres are told apart by color alone.
_LOOKS = [(color, marker, True) for color, marker in zip(COLORS, _MARKERS, strict=True)] + [
    (color, _MARKERS[(place + 3) % len(_MARKERS)], False) for place, color in enumerate(COLORS[:6])
]
_OTHER = ("#b3b3b3", "o", True)
_RASTERIZED = 5_000  # more points than this would make an SVG slow
_LABEL_POINTS, _LABEL_LETTERS, _LABEL_GAP = 7.5, 38, 0.025  # points, letters, inches
_NAMES = {
    "tsne": "neighbors kept together (t-SNE)",
    "pca": "two principal components",
    "umap": "UMAP",
}


@dataclass(frozen=True)
class MapPicture:
    """A map as drawn.

    Parameters
    ----------
    png, svg : bytes
        1,650 pixels wide; the SVG has its points as pixels where they are very many.
    title : str
        What it finds.
    alt : str
        What it shows, for people who do not see it.
    labels : tuple of int
        The films that are named, by position in the map.
    """

    png: bytes
    svg: bytes
    title: str
    alt: str
    labels: tuple[int, ...]

    def _repr_png_(self) -> bytes:
        return self.png


def save_map(
    film_map: FilmMap, out: Path | str, *, dim_below: int = 0, labels: int = LABELS
) -> MapPicture:
    """Write a map to a folder, made if it is not there.

    Parameters
    ----------
    film_map : FilmMap
    out : path
        In it: ``map.png`` and ``map.svg``; ``map.parquet``, a row for each film; ``picture.json``
        with title, text and single figures; ``map.json``, the map itself.
    dim_below, labels : int
        As in :func:`draw_map`.

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

    from matinee.explore.report import report_folder, write_json

    folder = report_folder(out, "map")
    folder.mkdir(parents=True, exist_ok=True)
    picture = draw_map(film_map, dim_below=dim_below, labels=labels)
    (folder / "map.png").write_bytes(picture.png)
    (folder / "map.svg").write_bytes(picture.svg)
    names = dict(enumerate(film_map.genre_names))
    pl.DataFrame(
        {
            "movie_id": list(film_map.movie_ids),
            "title": list(film_map.titles),
            "year": [year or None for year in film_map.years.tolist()],
            "genre": pl.Series(
                [names.get(genre) for genre in film_map.genres.tolist()], dtype=pl.String
            ),
            "ratings": film_map.ratings,
            "mean_stars": film_map.mean_stars,
            "x": film_map.x,
            "y": film_map.y,
            "is_named": np.isin(np.arange(len(film_map)), picture.labels),
        }
    ).write_parquet(folder / "map.parquet")
    together, chance = genre_shares(film_map)
    figures = {
        "title": picture.title,
        "alt": picture.alt,
        "trust": trust_in_words(film_map),
        "neighbors_of_one_genre": together,
        "films_of_one_genre": chance,
        **film_map.about(),
    }
    write_json(folder / "picture.json", figures)
    write_map(film_map, folder)
    return picture


def draw_map(film_map: FilmMap, *, dim_below: int = 0, labels: int = LABELS) -> MapPicture:
    """Draw films by place, genre (color and mark) and number of ratings (size).

    Parameters
    ----------
    film_map : FilmMap
    dim_below : int
        Films with fewer ratings are drawn faintly.
    labels : int
        How many films are named at most: the best-known of each neighborhood.

    Returns
    -------
    MapPicture
        The same each time.
    """
    title = _title(film_map)
    heading = plain(textwrap.fill(title, 78))
    below = plain(textwrap.fill(_caption(film_map, dim_below), 150))
    bottom = 1.05 + 0.19 * (below.count("\n") + 1)
    height = 0.3 + 0.27 * (heading.count("\n") + 1) + _SIDE + bottom
    left = _MARGIN / _WIDTH
    with mpl.rc_context({**STYLE, "axes.grid": False}):
        figure = Figure(figsize=(_WIDTH, height))
        top = 1 - 0.22 / height
        figure.text(left, top, heading, fontsize=15, fontweight="bold", va="top", linespacing=1.25)
        axes = figure.add_axes((left, bottom / height, _SIDE / _WIDTH, _SIDE / height))
        axes.set(xlim=(-_LIMIT, _LIMIT), ylim=(-_LIMIT, _LIMIT), xticks=[], yticks=[])
        axes.spines[:].set(visible=True, color="#dddddd")
        sizes = _sizes(film_map)
        _points(axes, film_map, sizes, dim_below, (left - 0.01, bottom / height - 0.002))
        named = _label(axes, film_map, sizes, labels)
        how: Any = {"fontsize": 9.5, "color": "#444444", "va": "bottom", "linespacing": 1.35}
        figure.text(left, 0.12 / height, below, **how)
        png, svg = save_figure(figure, title)
    best = ", ".join(film_map.titles[:3])
    alt = (
        f"Map of {len(film_map):,} films of {film_map.dataset or 'a data set'} as the model "
        f"{film_map.model} sees them, {_NAMES.get(film_map.layout, film_map.layout)}; marks by "
        f"main genre, larger for more ratings, the largest: {best}. {trust_in_words(film_map)}"
    )
    return MapPicture(png, svg, title, alt.strip(), tuple(named))


def genre_shares(film_map: FilmMap, *, k: int = 15) -> tuple[float, float]:
    """How often neighbors on the map share their main genre, and how often any two films do."""
    known = film_map.genres != NO_GENRE
    n = int(known.sum())
    if n < 2:
        return 0.0, 0.0
    genres = film_map.genres[known]
    places = np.column_stack([film_map.x[known], film_map.y[known]])
    near = nearest(places, np.arange(n), min(k, n - 1))
    counts = np.bincount(genres).astype(np.float64)
    chance = float((counts * (counts - 1)).sum() / (n * (n - 1)))
    return float((genres[near] == genres[:, None]).mean()), chance


def trust_in_words(film_map: FilmMap) -> str:
    """How far a map can be trusted, in a sentence; empty where it was not measured."""
    trust = film_map.trustworthiness
    if trust is None:
        return ""
    verdict = "it shows the broad arrangement; films that stand together need not be alike"
    if trust >= 0.95:
        verdict = "films that stand together nearly always belong together"
    elif trust >= 0.9:
        verdict = "films that stand together mostly belong together"
    elif trust >= 0.8:
        verdict = "many films that stand together belong together, but by no means all"
    far = "" if film_map.layout == "pca" else "; how far groups lie apart says little"
    return (
        f"Trustworthiness {trust:.2f} of 1 among {film_map.neighbors} nearest films: "
        f"{verdict}{far}."
    )


def _title(film_map: FilmMap) -> str:
    together, chance = genre_shares(film_map)
    if chance == 0:
        return f"{len(film_map):,} films, alike ones near each other"
    told = (
        f"{share(together)} of a film's neighbors share its main genre, {share(chance)} would by "
        "chance"
    )
    if together < 1.2 * chance:
        return f"Taste is not genre: {told}"
    if film_map.model == "content":
        return f"Genres stand together: {told}"
    return f"Nobody told {film_map.model} so, but genres stand together: {told}"


def _caption(film_map: FilmMap, dim_below: int) -> str:
    what = f"{len(film_map):,} films of the data set {film_map.dataset}, placed by {film_map.model}"
    parts = [f"{what}: {_NAMES.get(film_map.layout, film_map.layout)}."]
    if film_map.explained_variance is not None:
        across, up = film_map.explained_variance
        parts.append(
            f"Across, {share(across)} of the differences between films; upwards, {share(up)}."
        )
    parts.append("The axes have no other unit. Size: number of ratings.")
    if dim_below:
        parts.append(f"Faint: fewer than {dim_below:,} ratings.")
    return " ".join([*parts, trust_in_words(film_map)]).strip()


def _sizes(film_map: FilmMap) -> NDArray[np.float64]:
    """Areas of the marks in square points; smaller where there are more films."""
    most = max(float(film_map.ratings.max(initial=1)), 1.0)
    least = float(np.clip(8_000 / max(len(film_map), 1), 0.6, 8.0))
    return np.asarray(least + (film_map.ratings / most) ** 0.75 * (170 - least))


def _looks(film_map: FilmMap) -> dict[int, tuple[str, str, bool]]:
    """Color, marker and filling of the genres with most ratings."""
    known = film_map.genres != NO_GENRE
    ink = np.sqrt(film_map.ratings[known].astype(np.float64)) + 1
    ink = np.bincount(film_map.genres[known], ink, len(film_map.genre_names))
    best = [int(genre) for genre in np.argsort(-ink, kind="stable") if ink[genre] > 0]
    return dict(zip(best, _LOOKS, strict=False))


def _points(
    axes: Axes,
    film_map: FilmMap,
    sizes: NDArray[np.float64],
    dim_below: int,
    legend: tuple[float, float],
) -> None:
    """The marks of films, and what they mean, from a place downwards."""
    looks = _looks(film_map)
    many = len(film_map) > _RASTERIZED
    faint = film_map.ratings < dim_below
    groups = [
        (film_map.genre_names[genre], film_map.genres == genre, look)
        for genre, look in looks.items()
    ]
    others = "other genres, or none" if looks else "no genre"
    groups.append((others, ~np.isin(film_map.genres, list(looks)), _OTHER))
    for name, members, (color, marker, full) in groups:
        fill = color if full else "white"
        if members.any():
            key: Any = {"markersize": 7, "color": color, "markerfacecolor": fill, "label": name}
            axes.plot([], [], marker, **key)
        for dim, alpha in ((True, 0.15), (False, 0.55 if many else 0.75)):
            chosen = members & (faint == dim)
            axes.scatter(
                film_map.x[chosen],
                film_map.y[chosen],
                s=sizes[chosen],
                marker=marker,
                alpha=alpha,
                c=fill,
                edgecolors="white" if full else color,
                linewidths=0.4 if full else 0.9,
                zorder=1 + (name != others) - 0.5 * dim,
                rasterized=many,
            )
    axes.figure.legend(
        loc="upper left",
        ncols=8,
        frameon=False,
        fontsize=10,
        bbox_to_anchor=legend,
        handletextpad=0.2,
        columnspacing=1.6,
        title="Main genre",
        title_fontsize=10,
        alignment="left",
    )


def _label(axes: Axes, film_map: FilmMap, sizes: NDArray[np.float64], most: int) -> list[int]:
    """Name films where there is room, the best known of each neighborhood; which were named."""
    font = FontProperties(family=STYLE["font.family"], size=_LABEL_POINTS)
    # Names are tried for some times as many films as may have one.
    n = min(len(film_map), 25 * most)
    names = [_short(title) for title in film_map.titles[:n]]
    to_inches = _SIDE / (2 * _LIMIT)
    points = np.column_stack([film_map.x[:n], film_map.y[:n]]).astype(np.float64) * to_inches
    widths = [
        TextPath((0, 0), name.replace("$", "S"), prop=font).vertices[:, 0].max(initial=0) / 72
        for name in names
    ]
    boxes = np.column_stack([np.array(widths) + 0.03, np.full(n, 1.25 * _LABEL_POINTS / 72)])
    placed = place_labels(
        points,
        boxes,
        np.sqrt(sizes[:n] / np.pi) / 72,
        reach=_SIDE / 2,
        most=most,
        apart=0.4 * _SIDE / max(most, 1) ** 0.5,
    )
    halo = [withStroke(linewidth=2.2, foreground="white", alpha=0.85)]
    how: Any = {"ha": "center", "va": "center_baseline", "color": "#111111", "zorder": 6}
    for index, (left, low, right, high) in placed.items():
        x, y = (left + right) / 2 / to_inches, (low + high) / 2 / to_inches
        name = plain(names[index])
        axes.text(x, y, name, fontproperties=font, path_effects=halo, **how)
    return list(placed)


def place_labels(
    points: NDArray[np.float64],
    sizes: NDArray[np.float64],
    radii: NDArray[np.float64],
    *,
    reach: float,
    most: int,
    apart: float,
) -> dict[int, tuple[float, float, float, float]]:
    """Boxes for names beside their points, the first points first; lengths in one unit.

    A name takes the first of eight places around its point where it stays within ``reach`` of the
    middle, over no other name and none of the marks that are named or among the first ``most``.
    Without one it is left out, as is a name whose point lies as near as ``apart`` to a named one,
    so that the whole map has names.
    """
    placed: dict[int, tuple[float, float, float, float]] = {}
    marks = np.column_stack([points - radii[:, None], points + radii[:, None]])
    taken = [tuple(mark) for mark in marks[:most].tolist()]
    for index, ((x, y), (width, height)) in enumerate(zip(points, sizes, strict=True)):
        if len(placed) == most:
            break
        named = points[list(placed)]
        if placed and np.hypot(*(named - (x, y)).T).min() < apart:
            continue
        if placed and _meet(np.array(list(placed.values())), marks[index]).any():
            continue
        near = radii[index] + _LABEL_GAP
        for left, low in (
            (x + near, y - height / 2),
            (x - near - width, y - height / 2),
            (x - width / 2, y + near),
            (x - width / 2, y - near - height),
            (x + near, y + near),
            (x + near, y - near - height),
            (x - near - width, y + near),
            (x - near - width, y - near - height),
        ):
            box = np.array([left, low, left + width, low + height])
            if np.abs(box).max() <= reach and not _meet(np.array(taken), box).any():
                placed[index] = (left, low, left + width, low + height)
                gap = np.array([-_LABEL_GAP] * 2 + [_LABEL_GAP] * 2)
                taken += [tuple(box + gap), tuple(marks[index])]
                break
    return placed


def _meet(boxes: NDArray[np.float64], box: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which boxes (left, low, right, high) have more than an edge in common with one."""
    if not boxes.size:
        return np.zeros(0, dtype=np.bool_)
    return np.asarray((boxes[:, :2] < box[2:]).all(axis=1) & (box[:2] < boxes[:, 2:]).all(axis=1))


def _short(title: str) -> str:
    if len(title) <= _LABEL_LETTERS:
        return title
    main, _, after = title.partition(": ")
    # What stands before the colon may be the name of a series.
    is_part = after.casefold().startswith(("episode", "part", "the ", "chapter", "volume"))
    if after and 6 <= len(main) <= _LABEL_LETTERS and ": " not in after and not is_part:
        return main
    return textwrap.shorten(title, _LABEL_LETTERS, placeholder="…")
