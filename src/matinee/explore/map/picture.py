"""A map of films as a picture, and in words."""

from __future__ import annotations

import io
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from matinee.evaluation.pictures import COLOURS, STYLE
from matinee.explore.chart import share
from matinee.explore.map.format import NO_GENRE, FilmMap
from matinee.explore.map.labels import Box, Label, place_labels
from matinee.pages import figure, text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["LABELS", "MapPicture", "draw_map", "genre_shares", "in_words", "trust_in_words"]

LABELS = 90
"""How many films are named at most."""

_WIDTH, _SIDE, _MARGIN = 11.0, 10.4, 0.3  # inches
_TITLE_LETTERS = 78
_DPI = 150
_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "h")
# Full marks for the genres that matter most, then hollow ones in the same colours, whose shapes
# differ as well: no two genres are told apart by colour alone.
_LOOKS = [(colour, marker, True) for colour, marker in zip(COLOURS, _MARKERS, strict=True)] + [
    (colour, _MARKERS[(place + 3) % len(_MARKERS)], False)
    for place, colour in enumerate(COLOURS[:6])
]
_OTHER = "#b3b3b3"
_RASTERISED = 5_000  # more points than this would make an SVG slow
_LABEL_POINTS = 7.5
_LABELLED_LETTERS = 38
_NAMES = {
    "neighbors": "neighbours kept together (t-SNE)",
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
    labels : tuple of Label
        The films that are named, by position in the map; boxes in inches.
    """

    png: bytes
    svg: bytes
    title: str
    alt: str
    labels: tuple[Label, ...]

    def _repr_html_(self) -> str:
        return figure("image/png", self.png, f"{self.title}. {self.alt}", text(self.alt))


def draw_map(film_map: FilmMap, *, dim_below: int = 0, labels: int = LABELS) -> MapPicture:
    """Draw films by place, genre (colour and mark) and number of ratings (size).

    Parameters
    ----------
    film_map : FilmMap
    dim_below : int
        Films with fewer ratings are drawn faintly.
    labels : int
        How many films are named at most: the best-known of each neighbourhood.

    Returns
    -------
    MapPicture
        The same each time.
    """
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    title, alt = in_words(film_map)
    heading = textwrap.fill(title, _TITLE_LETTERS)
    below = textwrap.fill(_caption(film_map, dim_below), 150)
    top = 0.3 + 0.27 * (heading.count("\n") + 1)
    bottom = 1.05 + 0.19 * (below.count("\n") + 1)
    height = top + _SIDE + bottom
    with mpl.rc_context({**STYLE, "axes.grid": False}):
        figure = Figure(figsize=(_WIDTH, height))
        FigureCanvasAgg(figure)
        # A dollar sign of a film's title begins no formula.
        plain: dict[str, Any] = {"parse_math": False}
        figure.text(
            _MARGIN / _WIDTH, 1 - 0.22 / height, heading, fontsize=15, fontweight="bold",
            va="top", linespacing=1.25, **plain,
        )  # fmt: skip
        axes = figure.add_axes((
            _MARGIN / _WIDTH, bottom / height, _SIDE / _WIDTH, _SIDE / height,
        ))  # fmt: skip
        axes.set(xlim=(-1.04, 1.04), ylim=(-1.04, 1.04), xticks=[], yticks=[])
        for spine in axes.spines.values():
            spine.set(visible=True, color="#dddddd")
        sizes = _sizes(film_map)
        _points(axes, film_map, sizes, dim_below)
        named = _label(figure, film_map, sizes, labels, bottom)
        _legend(figure, axes, film_map, bottom / height)
        figure.text(
            _MARGIN / _WIDTH, 0.12 / height, below, fontsize=9.5, color="#444444", va="bottom",
            linespacing=1.35, **plain,
        )  # fmt: skip
        png, svg = io.BytesIO(), io.BytesIO()
        figure.savefig(png, format="png", dpi=_DPI, metadata={"Software": None})
        metadata: Any = {"Date": None, "Creator": None, "Title": title}
        figure.savefig(svg, format="svg", dpi=_DPI, metadata=metadata)
    return MapPicture(png.getvalue(), svg.getvalue(), title, alt, tuple(named))


def genre_shares(film_map: FilmMap, *, k: int = 15) -> tuple[float, float]:
    """How often neighbours on the map share their main genre, and how often any two films do.

    Returns
    -------
    among_neighbors, by_chance : float
        Shares, among films with a genre; 0 where there are fewer than two.

    Examples
    --------
    See :func:`draw_map`, whose title tells both.
    """
    from scipy.spatial import cKDTree

    known = film_map.genres != NO_GENRE
    n = int(known.sum())
    if n < 2:
        return 0.0, 0.0
    genres = film_map.genres[known]
    places = np.column_stack([film_map.x[known], film_map.y[known]])
    near = cKDTree(places).query(places, min(k, n - 1) + 1)[1]
    # A film may stand in the very place of others, and then need not be its own first neighbour.
    own = near == np.arange(n)[:, None]
    same = (genres[near] == genres[:, None]) & ~own
    counts = np.bincount(genres).astype(np.float64)
    chance = float((counts * (counts - 1)).sum() / (n * (n - 1)))
    return float(same.sum() / (~own).sum()), chance


def trust_in_words(film_map: FilmMap) -> str:
    """How far a map can be trusted, in a sentence; empty where it was not measured."""
    trust = film_map.trustworthiness
    if trust is None:
        return ""
    if trust >= 0.95:
        verdict = "films that stand together nearly always belong together"
    elif trust >= 0.9:
        verdict = "films that stand together mostly belong together"
    elif trust >= 0.8:
        verdict = "many films that stand together belong together, but by no means all"
    else:
        verdict = "it shows the broad arrangement; films that stand together need not be alike"
    far = "" if film_map.layout == "pca" else "; how far groups lie apart says little"
    return (
        f"Trustworthiness {trust:.2f} of 1 among {film_map.neighbors} nearest films: "
        f"{verdict}{far}."
    )


def in_words(film_map: FilmMap) -> tuple[str, str]:
    """What a map finds, in one sentence, and what it shows."""
    together, chance = genre_shares(film_map)
    if chance == 0:
        title = f"{len(film_map):,} films, alike ones near each other"
    elif together >= 1.2 * chance:
        title = (
            f"Nobody told {film_map.model} so, but genres stand together: "
            f"{share(together)} of a film's neighbours share its main genre, "
            f"{share(chance)} would by chance"
        )
        if film_map.model == "content":
            title = title.replace("Nobody told content so, but genres", "Genres")
    else:
        title = (
            f"Taste is not genre: {share(together)} of a film's neighbours share its main genre, "
            f"{share(chance)} would by chance"
        )
    best = ", ".join(film_map.titles[:3])
    alt = (
        f"Map of {len(film_map):,} films of {film_map.dataset or 'a data set'} as the model "
        f"{film_map.model} sees them, {_NAMES.get(film_map.layout, film_map.layout)}; marks by "
        f"main genre, larger for more ratings, the largest: {best}. {trust_in_words(film_map)}"
    )
    return title, alt.strip()


def _caption(film_map: FilmMap, dim_below: int) -> str:
    what = (
        f"{len(film_map):,} films of the data set {film_map.dataset}, placed by {film_map.model}: "
    )
    parts = [what + _NAMES.get(film_map.layout, film_map.layout) + "."]
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
    n = len(film_map)
    most = max(float(film_map.ratings.max(initial=1)), 1.0)
    least = float(np.clip(8_000 / max(n, 1), 0.6, 8.0))
    return least + (film_map.ratings / most) ** 0.75 * (170 - least)


def _shown_genres(film_map: FilmMap) -> list[int]:
    """The genres with a colour of their own: those of most ratings."""
    known = film_map.genres != NO_GENRE
    ink = np.bincount(
        film_map.genres[known],
        weights=np.sqrt(film_map.ratings[known].astype(np.float64)) + 1,
        minlength=len(film_map.genre_names),
    )
    best = np.argsort(-ink, kind="stable")[: len(_LOOKS)]
    return [int(genre) for genre in best if ink[genre] > 0]


def _points(axes: Axes, film_map: FilmMap, sizes: NDArray[Any], dim_below: int) -> None:
    shown = _shown_genres(film_map)
    groups = [(~np.isin(film_map.genres, shown), (_OTHER, "o", True), 0)]
    groups += [
        (film_map.genres == genre, look, 1) for genre, look in zip(shown, _LOOKS, strict=False)
    ]
    faint = film_map.ratings < dim_below
    many = len(film_map) > _RASTERISED
    for members, (colour, marker, full), layer in groups:
        for dim, alpha in ((True, 0.15), (False, 0.55 if many else 0.75)):
            chosen = members & (faint == dim)
            if chosen.any():
                axes.scatter(
                    film_map.x[chosen], film_map.y[chosen], s=sizes[chosen], marker=marker,
                    alpha=alpha,
                    c=colour if full else "white", edgecolors="white" if full else colour,
                    linewidths=0.4 if full else 0.9,
                    zorder=1 + layer - 0.5 * dim, rasterized=many,
                )  # fmt: skip


def _label(
    figure: Figure, film_map: FilmMap, sizes: NDArray[Any], most: int, bottom: float
) -> list[Label]:
    """Name films where there is room; all lengths in inches of the figure."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.patheffects import withStroke
    from matplotlib.textpath import TextPath

    font = FontProperties(family=STYLE["font.family"], size=_LABEL_POINTS)
    # Names are tried for some times as many films as may have one.
    n = min(len(film_map), 25 * most)
    names = [_short(title) for title in film_map.titles[:n]]
    width = _SIDE / 2.08
    points = np.column_stack(
        [
            _MARGIN + (film_map.x[:n].astype(np.float64) + 1.04) * width,
            bottom + (film_map.y[:n].astype(np.float64) + 1.04) * width,
        ]
    )
    radii = np.sqrt(sizes[:n] / np.pi) / 72
    # Room for the widest line of the font, so that all names have the same height.
    wide = [_extent(TextPath, font, name) for name in names]
    box = np.column_stack([wide, np.full(n, 1.25 * _LABEL_POINTS / 72)])
    frame = Box(_MARGIN, bottom, _MARGIN + _SIDE, bottom + _SIDE)
    placed = place_labels(
        points,
        box,
        radii,
        frame,
        most=most,
        clear=min(n, most),
        apart=0.4 * _SIDE / max(most, 1) ** 0.5,
        gap=0.025,
    )
    halo = [withStroke(linewidth=2.2, foreground="white", alpha=0.85)]
    for label in placed:
        if label.line is not None:
            (x0, y0), (x1, y1) = label.line
            figure.add_artist(_line(figure, (x0, x1), (y0, y1)))
        figure.text(
            (label.box.left + label.box.right) / 2,
            (label.box.bottom + label.box.top) / 2,
            names[label.index],
            transform=figure.dpi_scale_trans, fontproperties=font, ha="center",
            va="center_baseline", color="#111111", path_effects=halo, parse_math=False, zorder=6,
        )  # fmt: skip
    return placed


def _extent(text_path: Any, font: Any, name: str) -> float:
    """Width of a name in inches."""
    outline = text_path((0, 0), name.replace("$", "S"), prop=font).vertices
    return float(outline[:, 0].max(initial=0)) / 72 + 0.03


def _line(figure: Figure, across: tuple[float, float], up: tuple[float, float]) -> Any:
    from matplotlib.lines import Line2D

    return Line2D(
        across, up, transform=figure.dpi_scale_trans, color="#555555", linewidth=0.6, zorder=5
    )


def _short(title: str) -> str:
    if len(title) <= _LABELLED_LETTERS:
        return title
    main = title.split(": ", maxsplit=1)[0]
    if 6 <= len(main) <= _LABELLED_LETTERS and title.count(": ") == 1 and not _is_part(title):
        return main
    return textwrap.shorten(title, _LABELLED_LETTERS, placeholder="…")


def _is_part(title: str) -> bool:
    """Whether what stands before the colon is the name of a series."""
    after = title.split(": ", 1)[1].casefold()
    return after.startswith(("episode", "part", "the ", "chapter", "volume"))


def _legend(figure: Figure, axes: Axes, film_map: FilmMap, bottom: float) -> None:
    from matplotlib.lines import Line2D

    shown = _shown_genres(film_map)
    marks = [
        Line2D(
            [], [], linestyle="", marker=marker, color=colour, markersize=7,
            markerfacecolor=colour if full else "white", label=film_map.genre_names[genre],
        )
        for genre, (colour, marker, full) in zip(shown, _LOOKS, strict=False)
    ]  # fmt: skip
    if (~np.isin(film_map.genres, shown)).any():
        label = "other genres, or none" if shown else "no genre"
        marks.append(
            Line2D([], [], linestyle="", marker="o", color=_OTHER, markersize=7, label=label)
        )
    figure.legend(
        handles=marks, loc="upper left", ncols=8, frameon=False, fontsize=10,
        bbox_to_anchor=(_MARGIN / _WIDTH - 0.01, bottom - 0.002), handletextpad=0.2,
        columnspacing=1.6, title="Main genre", title_fontsize=10, alignment="left",
    )  # fmt: skip
    assert axes.figure is figure
