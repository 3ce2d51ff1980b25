"""No name lies over another, over a line, or outside the frame."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.explore.map.labels import Box, Label, place_labels

FRAME = Box(0, 0, 10, 10)


def placed(seed: int, n: int = 60, *, clear: int = 0, apart: float = 0.0) -> list[Label]:
    rng = np.random.default_rng(seed)
    points = rng.uniform(0, 10, (n, 2)) if seed % 2 else rng.normal(5, 0.6, (n, 2)).clip(0, 10)
    sizes = np.column_stack([rng.uniform(0.4, 2.5, n), np.full(n, 0.25)])
    radii = rng.uniform(0.01, 0.2, n)
    labels = place_labels(points, sizes, radii, FRAME, most=30, clear=clear, apart=apart, gap=0.03)
    check(labels, points, sizes, radii, clear)
    return labels


def check(
    labels: list[Label], points: np.ndarray, sizes: np.ndarray, radii: np.ndarray, clear: int
) -> None:
    kept = {*range(clear), *(label.index for label in labels)}
    for label in labels:
        box = label.box
        assert FRAME.holds(box)
        width, height = sizes[label.index]
        assert box.right - box.left == pytest.approx(width)
        assert box.top - box.bottom == pytest.approx(height)
        for index in kept:
            (x, y), r = points[index], radii[index]
            assert not box.meets(Box(x - r, y - r, x + r, y + r))
    for one, other in itertools.permutations(labels, 2):
        assert not one.box.meets(other.box)
        if one.line is not None:
            assert not other.box.is_crossed(*one.line)


@given(seed=st.integers(0, 5_000), clear=st.sampled_from([0, 10]))
def test_names_keep_apart(seed: int, clear: int) -> None:
    labels = placed(seed, clear=clear)
    assert 5 <= len(labels) <= 30


def test_the_first_points_come_first() -> None:
    indices = [label.index for label in placed(1)]
    assert indices == sorted(indices)
    assert indices[0] == 0


def test_named_points_stand_apart() -> None:
    rng = np.random.default_rng(8)
    points = rng.uniform(0, 10, (200, 2))
    labels = place_labels(
        points, np.full((200, 2), 0.2), np.full(200, 0.01), FRAME, most=50, apart=1.5
    )
    named = points[[label.index for label in labels]]
    distances = np.linalg.norm(named[:, None] - named[None, :], axis=2)
    np.fill_diagonal(distances, np.inf)
    assert distances.min() >= 1.5
    assert len(labels) > 10


def test_a_line_leads_from_the_mark_to_the_name() -> None:
    points = np.array([[5.0, 5.0], [5.0, 5.0], [5.05, 5.0]])
    radii = np.array([0.2, 0.2, 0.2])
    labels = place_labels(points, np.full((3, 2), 0.6), radii, FRAME, most=1)
    assert labels[0].line is None
    # All places beside the mark are taken by the marks of others.
    crowd = np.vstack([[[5.0, 5.0]], 5 + 0.5 * np.array([[1, 0], [-1, 0], [0, 1], [0, -1.0]])])
    crowd = np.vstack([crowd, 5 + 0.5 * np.array([[1, 1], [-1, 1], [1, -1], [-1, -1.0]])])
    labels = place_labels(crowd, np.full((9, 2), 0.5), np.full(9, 0.15), FRAME, most=1, clear=9)
    (label,) = labels
    assert label.line is not None
    start, end = np.array(label.line[0]), np.array(label.line[1])
    assert np.linalg.norm(start - (5, 5)) == pytest.approx(0.15)
    box = label.box
    assert box.left - 1e-9 <= end[0] <= box.right + 1e-9
    assert box.bottom - 1e-9 <= end[1] <= box.top + 1e-9


def test_a_name_without_a_place_is_left_out() -> None:
    sizes = np.array([[11.0, 0.2], [1.0, 0.2]])
    labels = place_labels(np.array([[5.0, 5], [2, 2]]), sizes, np.full(2, 0.1), FRAME, most=5)
    assert [label.index for label in labels] == [1]


@given(st.lists(st.floats(-3, 3), min_size=4, max_size=4))
def test_a_crossing_line_has_a_point_inside(ends: list[float]) -> None:
    box = Box(-1, -0.5, 1, 0.5)
    start, end = (ends[0], ends[1]), (ends[2], ends[3])
    steps = np.linspace(0, 1, 2001)[:, None]
    along = np.array(start) * (1 - steps) + np.array(end) * steps
    inside = (np.abs(along[:, 0]) < 0.999) & (np.abs(along[:, 1]) < 0.499)
    if inside.any():
        assert box.is_crossed(start, end)
    if not box.is_crossed(start, end):
        assert not inside.any()


def test_boxes_that_share_an_edge_do_not_meet() -> None:
    assert not Box(0, 0, 1, 1).meets(Box(1, 0, 2, 1))
    assert Box(0, 0, 1, 1).meets(Box(0.9, 0.9, 2, 2))
