"""Stars by networks: Matinee's `dot` and `mlp` beside fastai's collaborative learner.

Splits are Matinee's (`random`): ML-100K 80/20 and ML-1M 90/10, one for each seed. Each side fits
and predicts in a process of its own; the sides take turns within a seed, so that a busy machine
slows all alike, and only ratios of seconds mean anything. The clock runs over fit and prediction
of the test pairs, not over imports, reading and the conversion into a library's own table
(`prepare`, told apart). Predictions are clipped to the scale on all sides. No side sees the test
part before it predicts, and each predicts with its last weights.

fastai runs as in its own documentation: 50 factors or embeddings by its rule and layers [100, 50],
sigmoid range (0, 5.5), five epochs of one cycle, learning rate 5e-3, weight decay 0.1; in batches
of 64 on ML-100K, and of 512 on ML-1M, where batches of 64 take it several minutes and many
gigabytes. Matinee runs with these same settings (``…-same``: its presets "fastai", with no
validation part), and with its defaults, which were chosen on a validation part of the training part
of one split of each data set, and hold 2 % of the ratings back for the validation curve.

Run from the project's root, with the Python of an environment that has fastai::

    PEERS_PYTHON=/path/to/peers/bin/python .venv/bin/python benchmarks/neural.py --seeds 0 1 2

Without ``PEERS_PYTHON`` only Matinee is measured. The data are found through ``MATINEE_DATA``, else
in ``../shared/data``. All sides run on one thread: Matinee's steps do so anyway, and fastai's short
ones gain little from a second, but lose many times that when another program wants the core, so
that a ratio would tell of the other programs (``--threads 2`` on an idle machine).
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
from pathlib import Path
from typing import Any

from sides import (
    RESULTS,
    MatineePairs,
    data_folder,
    in_turn,
    machine,
    measure_pairs,
    run,
    write,
    write_pairs,
)

DATA: dict[str, tuple[str, float, int]] = {
    "ml-100k": ("ml-100k.zip", 0.2, 64),
    "ml-1m": ("ml-1m.zip", 0.1, 512),
}
"""Name → file, share of the test part, batch size of fastai and of the same settings here."""

SAME = {"preset": "fastai", "validation_share": 0.0}
MATINEE: dict[str, tuple[str, dict[str, Any]]] = {
    "dot": ("dot", {}),
    "dot-same": ("dot", SAME),
    "dot-keras": ("dot", {"preset": "keras"}),
    "mlp": ("mlp", {}),
    "mlp-same": ("mlp", SAME),
}
PEERS: dict[str, dict[str, Any]] = {
    "fastai-dot": {"n_factors": 50},
    "fastai-mlp": {"use_nn": True, "layers": [100, 50]},
}
EPOCHS, RATE, DECAY, RANGE = 5, 5e-3, 0.1, (0.0, 5.5)


# -- one side in a process of its own ---------------------------------------------------------


def matinee_side(name: str, batch_size: int) -> MatineePairs:
    import matinee.models.neural.training  # noqa: F401 - PyTorch is loaded before the clock

    model, params = MATINEE[name]
    return MatineePairs(
        model, {**params, "batch_size": batch_size} if name.endswith("-same") else params
    )


class Fastai:
    def __init__(self, name: str, batch_size: int) -> None:
        import fastai.collab  # noqa: F401

        self.params, self.batch_size = PEERS[name], batch_size

    def prepare(self, users: Any, movies: Any, stars: Any) -> Any:
        import pandas as pd
        from fastai.collab import CollabDataLoaders

        frame = pd.DataFrame({"user": users, "movie": movies, "rating": stars})
        return CollabDataLoaders.from_df(
            frame, valid_pct=0.0, bs=self.batch_size, seed=0, device="cpu"
        )

    def fit(self, table: Any) -> Any:
        from fastai.collab import collab_learner
        from fastai.torch_core import set_seed

        set_seed(0)
        learner = collab_learner(table, y_range=RANGE, **self.params)
        # There is no validation part, so nothing to measure after an epoch.
        learner._do_epoch_validate = lambda *_, **__: None
        with learner.no_bar(), learner.no_logging():
            learner.fit_one_cycle(EPOCHS, RATE, wd=DECAY)
        return learner

    def predict(self, model: Any, users: Any, movies: Any) -> Any:
        # Straight through the network: its own loader of test rows would only add seconds.
        import torch

        classes = model.dls.classes
        codes = [
            torch.tensor([classes[name].o2i.get(value, 0) for value in values.tolist()])
            for name, values in (("user", users), ("movie", movies))
        ]
        network = model.model.eval()
        pairs = torch.stack(codes, dim=1)
        with torch.no_grad():
            if self.params.get("use_nn"):
                found = [network(part, None).squeeze(1) for part in pairs.split(65_536)]
            else:
                found = [network(part) for part in pairs.split(65_536)]
        return torch.cat(found).numpy()


# -- all sides --------------------------------------------------------------------------------


def main(arguments: argparse.Namespace) -> None:
    import matinee
    from matinee.datasets.splits import random

    peers = os.environ.get("PEERS_PYTHON")
    sides = [*MATINEE, *(PEERS if peers else ())]
    if arguments.sides:
        sides = [name for name in sides if name in arguments.sides]
    raw: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as temporary:
        path, out = Path(temporary) / "split.npz", Path(temporary) / "told.json"
        for name in arguments.data:
            file, test_size, batch = DATA[name]
            data = matinee.load(str(data_folder() / file))
            for seed in arguments.seeds:
                split = random(data, test_size=test_size, seed=seed)
                write_pairs(path, split)
                for side in in_turn(sides, seed):
                    run(
                        __file__,
                        *("--side", side, "--split", path, "--out", out, "--batch", batch),
                        python=None if side in MATINEE else peers,
                        threads=arguments.threads,
                    )
                    told = json.loads(out.read_text())
                    load = os.getloadavg()[0]
                    raw.append({"data": name, "seed": seed, "side": side, **told, "load": load})
                    seconds = told["fit"] + told["predict"]
                    print(f"{name} {seed}  {side:12s} {told['rmse']:.4f}  {seconds:7.2f} s")
    document = {
        "benchmark": "neural",
        "machine": machine(),
        "threads": arguments.threads,
        "settings": {name: MATINEE[name][1] if name in MATINEE else PEERS[name] for name in sides},
        "data": {
            name: {side: summary(name, side, raw) for side in sides} for name in arguments.data
        },
        "raw": raw,
    }
    write(arguments.result, document)
    show(document)


def summary(data: str, side: str, raw: list[dict[str, Any]]) -> dict[str, float]:
    """Mean errors over all seeds; median seconds and megabytes, also as ratios to fastai."""
    mine = [entry for entry in raw if (entry["data"], entry["side"]) == (data, side)]
    told = {key: statistics.mean(entry[key] for entry in mine) for key in ("rmse", "mae")}
    for key in ("prepare", "fit", "predict", "cpu", "peak_mb"):
        told[key] = statistics.median(entry[key] for entry in mine)
    told["fit_and_predict"] = statistics.median(e["fit"] + e["predict"] for e in mine)
    peer = "fastai-" + side.split("-", maxsplit=1)[0]
    theirs = {e["seed"]: e for e in raw if (e["data"], e["side"]) == (data, peer)}
    if side in MATINEE and theirs:

        def ratios(*keys: str) -> list[float]:
            return [
                sum(theirs[entry["seed"]][key] for key in keys) / sum(entry[key] for key in keys)
                for entry in mine
            ]

        told["times_faster"] = statistics.median(ratios("fit", "predict"))
        told["times_less_cpu"] = statistics.median(ratios("cpu"))
    return {key: round(value, 4) for key, value in told.items()}


def show(document: dict[str, Any]) -> None:
    for data, sides in document["data"].items():
        print(f"\n{data:12s}    RMSE      MAE   fit + predict s     CPU s   peak MB   times faster")
        for name, told in sides.items():
            print(
                f"{name:12s}  {told['rmse']:.4f}   {told['mae']:.4f}"
                f"   {told['fit_and_predict']:13.2f}   {told['cpu']:7.2f}   {told['peak_mb']:7.0f}"
                f"   {told.get('times_faster', 1.0):8.1f}"
            )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--data", nargs="+", choices=list(DATA), default=list(DATA))
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--sides", nargs="+", choices=[*MATINEE, *PEERS], help="only these")
    parser.add_argument("--result", type=Path, default=RESULTS / "neural.json")
    parser.add_argument("--side", help=argparse.SUPPRESS)
    parser.add_argument("--split", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--batch", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.side:
        make = matinee_side if given.side in MATINEE else Fastai
        given.out.write_text(json.dumps(measure_pairs(make(given.side, given.batch), given.split)))
    else:
        main(given)
