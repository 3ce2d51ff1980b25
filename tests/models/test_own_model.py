"""A model of one's own, as docs/own-model.md writes it."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from matinee.errors import ParameterError
from matinee.models import MODELS, create_model, model_class, register
from matinee.models.base import Recommender

PAGE = Path(__file__).parents[2] / "docs" / "own-model.md"


@pytest.fixture(scope="module")
def page() -> Iterator[ModuleType]:
    """The page's code, run from top to bottom as a module; its assertions hold."""
    module = ModuleType("own_model_page")
    sys.modules[module.__name__] = module
    before = set(MODELS)
    for block in re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL):
        exec(block, module.__dict__)
    yield module
    for name in set(MODELS) - before:
        del MODELS[name]
    del sys.modules[module.__name__]


def test_the_page_runs_and_its_model_is_known(page: ModuleType) -> None:
    assert model_class("co-rated") is page.CoRated
    assert create_model("co-rated", popularity=0.2).params == {"popularity": 0.2}
    with pytest.raises(ParameterError, match="popularity must be a number between 0 and 1"):
        create_model("co-rated", popularity=2)


def test_a_short_name_is_taken_once() -> None:
    class Another(Recommender):
        name = "ease"

    with pytest.raises(ParameterError, match="needs a short name of its own"):
        register(Another)
