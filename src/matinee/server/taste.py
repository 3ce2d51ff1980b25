"""What the ratings of a person say, with stars on the scale of the API."""

from __future__ import annotations

from typing import Any

from matinee.profile import Profile
from matinee.server.holder import Serving

__all__ = ["taste"]

_STARS = frozenset(
    ("mean", "spread", "everybody", "offset", "difference", "taste", "error", "surprise", "stars")
)


def taste(serving: Serving, profile: Profile) -> dict[str, Any]:
    """:func:`matinee.explore.taste.describe` of a model, as plain values."""
    from matinee.explore.taste import describe

    told = describe(profile, serving.model).to_dict()
    told.pop("nearest")
    factor = serving.stars.factor
    if factor != 1:
        told = _scaled(told, factor)
    for film in (*told["likes"], *told["dislikes"]):
        film["movie_id"] = str(film["movie_id"])
    return {**told, "model": serving.about}


def _scaled(value: Any, factor: float, name: str = "") -> Any:
    """Stars brought to another scale, wherever they stand; shares and counts stay."""
    if isinstance(value, dict):
        return {key: _scaled(part, factor, key) for key, part in value.items()}
    if isinstance(value, list):
        if name == "stars":  # levels: stars, and two shares
            return [[level[0] * factor, *level[1:]] for level in value]
        return [_scaled(part, factor) for part in value]
    if name in _STARS or name == "predicted":
        return None if value is None else value * factor
    return value
