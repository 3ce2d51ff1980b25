"""The map of films: a model's films in two dimensions, near each other where they are alike.

Reading and writing it needs NumPy alone; what computes and draws is imported where it is used.
"""

from __future__ import annotations

from matinee.explore.map.build import build_map
from matinee.explore.map.film_map import FilmMap, has_map, read_map, write_map

__all__ = ["FilmMap", "build_map", "has_map", "read_map", "write_map"]
