"""What each way to agree gives to the least happy member of a group.

Forty pairs and twenty threes of people of the data set, drawn by a seed that chose nothing. For
each way and group: the mean over ten films of the least fit among the members (what "nobody
suffers" is about), the mean fit, and the spread between the happiest and the least happy member
over the list. Beside them the best that any ten films can do for the least fit, so that a target
is seen.

Run from the project's root::

    .venv/bin/python benchmarks/groups.py --data sample
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np
from sides import RESULTS, data_folder, machine, write

import matinee
from matinee.models.base import Recommender
from matinee.profile import Profile
from matinee.recommend.groups import STRATEGIES

SEED, LENGTH = 21, 10


def best_least(model: Recommender, people: list[Profile]) -> float:
    """The largest mean of least fits that ten films can have."""
    known = set().union(*(person.not_to_return for person in people))
    fit = np.stack([model.scored(person).fit for person in people]).min(axis=0)
    fit[model.catalog.codes_of(sorted(known, key=str))] = -np.inf
    return float(np.sort(fit)[::-1][:LENGTH].mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="sample")
    asked = parser.parse_args()
    data = matinee.load(
        asked.data if asked.data == "sample" else data_folder() / f"{asked.data}.zip"
    )
    model = matinee.create_model().fit(data)
    able = np.flatnonzero(data.ratings.user_counts >= 20)
    rng = np.random.default_rng(SEED)
    results: dict[str, Any] = {
        "machine": machine(),
        "seed": SEED,
        "model": model.name,
        "data": asked.data,
        "groups": [],
    }
    for size, number in ((2, 40), (3, 20)):
        groups = []
        for _ in range(number):
            users = rng.choice(able, size=size, replace=False)
            groups.append([data.profile(data.ratings.user_ids.id_of(int(u))) for u in users])
        ceiling = float(np.mean([best_least(model, people) for people in groups]))
        for strategy in STRATEGIES:
            rows = []
            for people in groups:
                found = model.together(people, LENGTH, strategy=strategy)
                fit = np.array([[member.fit for member in own] for own in found.members])
                order = [film.fit for film in found.films]
                assert order == sorted(order, reverse=True)
                named = sum(way is not None for way in found.gives_way)
                each = fit.mean(axis=0)
                rows.append(
                    (fit.min(axis=1).mean(), fit.mean(), each.max() - each.min(), each.min(), named)
                )
            least, mean, spread, worst, named = np.mean(rows, axis=0).tolist()
            row = {
                "members": size,
                "strategy": strategy,
                "least_fit": least,
                "best_possible_least_fit": ceiling,
                "mean_fit": mean,
                "spread_between_members": spread,
                "fit_of_least_happy_member": worst,
                "films_where_somebody_gives_way": named,
            }
            results["groups"].append(row)
            print({k: round(v, 2) if isinstance(v, float) else v for k, v in row.items()})
    write(RESULTS / "groups.json", results)


if __name__ == "__main__":
    main()
