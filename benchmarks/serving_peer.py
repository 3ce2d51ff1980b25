"""The smallest FastAPI application around a peer's model: what Matinee's server is measured beside.

``implicit`` folds ratings that come along in (``recalculate_user``); titles, years and genres go
with the films, as anybody would send them. Validation and JSON are FastAPI's own. Routes are plain
coroutines, since a pool of threads costs more than the model takes. Run by ``serving.py`` with the
Python of the peers::

    PEER_DATA=films.npz uvicorn serving_peer:app
"""

from __future__ import annotations

import json
import os
from typing import Any

import numpy as np
from fastapi import FastAPI
from implicit.als import AlternatingLeastSquares
from pydantic import BaseModel
from scipy.sparse import csr_matrix

data = np.load(os.environ["PEER_DATA"])
films: list[dict[str, Any]] = json.loads(bytes(data["films"]))
place = {film["movie_id"]: row for row, film in enumerate(films)}
# What both sides learn from a rating is stars as confidence; the settings are the strong ones of
# the published comparisons for ML-1M.
table = csr_matrix((data["stars"], (data["users"], data["movies"])))
model = AlternatingLeastSquares(
    factors=128, regularization=60.0, alpha=8.0, iterations=15, random_state=0, num_threads=1
)
model.fit(table, show_progress=False)
app = FastAPI()


class Rating(BaseModel):
    movie_id: str
    stars: float


class Asked(BaseModel):
    ratings: list[Rating]
    n: int = 20


class Film(BaseModel):
    movie_id: str
    title: str
    year: int | None
    genres: list[str]
    score: float


@app.get("/ready")
async def ready() -> dict[str, str]:
    return {"status": "ready"}


@app.post("/recommendations")
async def recommendations(asked: Asked) -> list[Film]:
    rows = [place[rating.movie_id] for rating in asked.ratings]
    stars = [rating.stars for rating in asked.ratings]
    mine = csr_matrix((stars, rows, [0, len(rows)]), shape=(1, table.shape[1]), dtype=np.float32)
    found, scores = model.recommend(0, mine, N=asked.n, recalculate_user=True)
    return [Film(**films[row], score=score) for row, score in zip(found, scores, strict=True)]


@app.get("/films/{movie_id}/similar")
async def similar(movie_id: str, limit: int = 12) -> list[Film]:
    found, scores = model.similar_items(place[movie_id], N=limit + 1)
    return [
        Film(**films[row], score=score) for row, score in zip(found[1:], scores[1:], strict=True)
    ]
