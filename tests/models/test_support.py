"""Lists of models of stars are ordered by what they are sure of."""

from __future__ import annotations

import numpy as np
import pytest

from matinee import Profile
from matinee.dataset import Dataset
from matinee.models import create_model
from matinee.recommend.batch import ProfileBatch


@pytest.mark.parametrize("name", ["bias", "explicit-als", "bayes", "svd"])
def test_a_film_loses_half_the_scale_for_want_of_ratings(name: str, world: Dataset) -> None:
    params = {"svd": {"factors": 4}, "bayes": {"factors": 3, "iterations": 6, "samples": 2}}
    model = create_model(name, **params.get(name, {})).fit(world, spread=False)
    batch = ProfileBatch.from_profiles([Profile({100: 5.0})], model.catalog, model.scale)
    lost = (model._all_stars(batch) - model._score(batch))[0]
    counts = model.stats.counts
    assert lost[counts == 0] == pytest.approx(2.25, abs=1e-4)  # half of 0.5 to 5
    assert lost == pytest.approx(2.25 * 20 / (20 + counts), abs=1e-4)
    assert np.corrcoef(lost, counts)[0, 1] < -0.9
