"""The tag genome is one dense matrix, read on request and within bounds."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.datasets.layouts import MOVIELENS, write_folder

from matinee.datasets import load_catalog, load_genome
from matinee.errors import FormatError, NotEnoughMemoryError
from matinee.progress import ProgressEvent

FOLDER = "ml-latest-small"
SCORES = "movieId,tagId,relevance\n10,1,0.025\n10,2,0.9\n30,1,1\n30,2,0.5\n"
TAGS = 'tagId,tag\n1,007\n2,"dark, very"\n'


def write(folder: Path, scores: str = SCORES, tags: str = TAGS) -> Path:
    genome = {
        f"{FOLDER}/genome-scores.csv": scores.encode(),
        f"{FOLDER}/genome-tags.csv": tags.encode(),
    }
    return write_folder(folder, {**MOVIELENS, **genome})


def test_genome(tmp_path: Path) -> None:
    events: list[ProgressEvent] = []
    path = write(tmp_path)
    genome = load_genome(path, progress=events.append)
    assert genome.names == ("007", "dark, very")
    assert genome.movie_ids.ids.tolist() == [10, 30]
    assert genome.relevance.dtype.name == "float32"
    assert genome.of(10, 1) == [("dark, very", pytest.approx(0.9))]
    assert genome.of(20) == []
    assert genome.rows_of(load_catalog(path)).tolist() == [0, -1, 1]
    assert events[-1].done == len(SCORES)


@pytest.mark.parametrize(
    ("scores", "message"),
    [
        (SCORES.removesuffix("30,2,0.5\n"), "is not complete: each film must have each tag"),
        (SCORES + "99,1,0.5\n", "names a film or tag that the other tables do not have"),
        (SCORES + "10,3,0.5\n", "names a film or tag that the other tables do not have"),
        (SCORES + "10,x,0.5\n", "is damaged"),
        (SCORES + "10,1\n", "a row has a missing value"),
        (SCORES.replace("relevance", "score"), "must have the columns movieId, tagId, relevance"),
    ],
)
def test_damaged_scores(scores: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=message):
        load_genome(write(tmp_path, scores))


def test_damaged_names(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="numbered from 1"):
        load_genome(write(tmp_path, tags="tagId,tag\n1,a\n3,b\n"))


def test_none(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="has no tag genome"):
        load_genome(write_folder(tmp_path, MOVIELENS))
    with pytest.raises(FormatError, match="the bundled sample has no tag genome"):
        load_genome("sample")


def test_does_not_fit_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MATINEE_MEMORY_LIMIT", "10")
    with pytest.raises(NotEnoughMemoryError, match="needs up to 24 B, and 10 B are available"):
        load_genome(write(tmp_path))
