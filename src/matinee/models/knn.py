"""The names under which the registry finds both neighbourhood models."""

from __future__ import annotations

from matinee.models.item_knn import ItemKNN
from matinee.models.user_knn import UserKNN

__all__ = ["ItemKNN", "UserKNN"]
