"""Matinee answers one question: what should I watch tonight.

Read rating files, train a model, ask it; see the documentation for the whole story.

Examples
--------
>>> import matinee
>>> data = matinee.load("sample")
>>> model = matinee.create_model("popular").fit(data)
>>> model.recommend()[0].title
'The Shawshank Redemption'
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

# Name → module. Nothing is imported before it is asked for: `matinee --help` must answer at once,
# and a server must not load what it does not need.
_EXPORTS: dict[str, str] = {
    "Catalog": "matinee.catalog",
    "Dataset": "matinee.dataset",
    "Dials": "matinee.recommend.dials",
    "Filter": "matinee.filters",
    "GroupRecommendations": "matinee.results",
    "IdVocabulary": "matinee.ids",
    "MatineeError": "matinee.errors",
    "Movie": "matinee.catalog",
    "Profile": "matinee.profile",
    "ProgressEvent": "matinee.progress",
    "RatingScale": "matinee.scale",
    "Ratings": "matinee.ratings",
    "Reason": "matinee.results",
    "Recommendation": "matinee.results",
    "Recommendations": "matinee.results",
    "Recommender": "matinee.models.base",
    "create_model": "matinee.models",
    "from_frame": "matinee.datasets",
    "load": "matinee.datasets",
    "load_model": "matinee.models.directory",
}

__all__ = ["__version__", *_EXPORTS]  # noqa: PLE0604

if TYPE_CHECKING:
    from matinee.catalog import Catalog as Catalog
    from matinee.catalog import Movie as Movie
    from matinee.dataset import Dataset as Dataset
    from matinee.datasets import from_frame as from_frame
    from matinee.datasets import load as load
    from matinee.errors import MatineeError as MatineeError
    from matinee.filters import Filter as Filter
    from matinee.ids import IdVocabulary as IdVocabulary
    from matinee.models import create_model as create_model
    from matinee.models.base import Recommender as Recommender
    from matinee.models.directory import load_model as load_model
    from matinee.profile import Profile as Profile
    from matinee.progress import ProgressEvent as ProgressEvent
    from matinee.ratings import Ratings as Ratings
    from matinee.recommend.dials import Dials as Dials
    from matinee.results import GroupRecommendations as GroupRecommendations
    from matinee.results import Reason as Reason
    from matinee.results import Recommendation as Recommendation
    from matinee.results import Recommendations as Recommendations
    from matinee.scale import RatingScale as RatingScale


def __getattr__(name: str) -> Any:
    module = _EXPORTS.get(name)
    if module is None:
        raise AttributeError(f"module 'matinee' has no attribute {name!r}")
    value = getattr(importlib.import_module(module), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
