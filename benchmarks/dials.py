"""What the dials do to a list: which way, how far, and what that costs.

Sixty people of the data set, drawn by a seed that chose nothing (their own ratings are the profile,
nothing is held out: a dial is about the list, not about the person's taste). For each dial and
setting: the median number of ratings of a listed film, the mean likeness of two films of a list
(cosine of genres and decade), the mean likeness to the film of the mood, points of fit lost.

Run from the project's root::

    .venv/bin/python benchmarks/dials.py --data sample ml-latest-small
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np
from sides import RESULTS, data_folder, machine, write

import matinee
from matinee.models.base import Recommender
from matinee.profile import Profile
from matinee.recommend.answer import film_kinds

SEED, PEOPLE, LENGTH = 20, 60, 10
SETTINGS: dict[str, list[dict[str, Any]]] = {
    "plain": [{}],
    "hidden": [{"hidden": value} for value in (0.25, 0.5, 0.75, 1.0)],
    "different": [{"different": value} for value in (0.25, 0.5, 0.75, 1.0)],
    "series": [{"series": value} for value in (0, 1)],
}


def likeness(model: Recommender, codes: np.ndarray) -> float:
    """Mean cosine of two films of a list."""
    kinds = film_kinds(model, codes)
    inner = kinds @ kinds.T
    return float((inner.sum() - np.trace(inner)) / max(len(codes) * (len(codes) - 1), 1))


def row(model: Recommender, people: list[Profile], dials: dict[str, Any]) -> dict[str, Any]:
    """Figures of one setting."""
    lists = model.recommend_many(people, LENGTH, dials=dials)
    codes = [model.catalog.codes_of(films.movie_ids) for films in lists]
    found: dict[str, Any] = {
        "dials": dials,
        "median_ratings": float(np.median([np.median(model.stats.counts[own]) for own in codes])),
        "likeness": float(np.mean([likeness(model, own) for own in codes])),
        "fit": float(np.mean([film.fit for films in lists for film in films])),
        "price": float(np.mean([films.price for films in lists])),
        "most_of_a_series": int(
            max(
                np.unique(s[s >= 0], return_counts=True)[1].max(initial=0)
                for s in (model.catalog.series[own] for own in codes)
            )
        ),
    }
    if "like" in dials:
        found["like"] = str(model.catalog[dials["like"][0]])
        film = model.catalog.codes_of(dials["like"])
        alike = model._similarity(film)
        found["likeness_to_film"] = float(np.mean([alike[own].mean() for own in codes]))
        plain = model.recommend_many(people, LENGTH)
        before = [model.catalog.codes_of(films.movie_ids) for films in plain]
        found["likeness_to_film_plain"] = float(np.mean([alike[own].mean() for own in before]))
        genres = model.catalog.genres.astype(float)
        shared = genres @ genres[film[0]] / max(genres[film[0]].sum(), 1)
        found["shared_genres"] = float(np.mean([shared[own].mean() for own in codes]))
        found["shared_genres_plain"] = float(np.mean([shared[own].mean() for own in before]))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", nargs="+", default=["sample"])
    parser.add_argument("--model", default=matinee.models.DEFAULT_MODEL)
    asked = parser.parse_args()
    results: dict[str, Any] = {"machine": machine(), "seed": SEED, "model": asked.model, "data": {}}
    for name in asked.data:
        data = matinee.load(name if name == "sample" else data_folder() / f"{name}.zip")
        model = matinee.create_model(asked.model).fit(data)
        able = np.flatnonzero(data.ratings.user_counts >= 20)
        users = np.random.default_rng(SEED).permutation(able)[:PEOPLE]
        people = [data.profile(data.ratings.user_ids.id_of(int(user))) for user in users]
        wishes = dict(SETTINGS)
        wishes["like"] = [
            {"like": [data.catalog.find(title)]}
            for title in ("Heat (1995)", "Mary Poppins", "The Good, the Bad and the Ugly")
        ]
        rows = [row(model, people, dials) for many in wishes.values() for dials in many]
        results["data"][name] = rows
        for one in rows:
            shown = {k: round(v, 2) if isinstance(v, float) else v for k, v in one.items()}
            print(name, shown)
    write(RESULTS / "dials.json", results)


if __name__ == "__main__":
    main()
