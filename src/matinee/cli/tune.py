"""``matinee tune``: good hyper-parameters, from validation data only."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from matinee.cli.console import note
from matinee.cli.evaluate import ProtocolOptions
from matinee.cli.options import expand
from matinee.cli.output import plain_table, print_json, print_lines, print_table
from matinee.cli.params import parse_settings
from matinee.cli.progress import show_progress
from matinee.cli.train import complete_model
from matinee.errors import ParameterError
from matinee.models import model_class

if TYPE_CHECKING:
    from matinee.evaluation.tuning import Tuning

__all__ = ["parse_duration", "tune"]

_UNITS = {"": 1, "s": 1, "m": 60, "min": 60, "h": 3600}


def parse_duration(text: str) -> float:
    """A time such as ``"90"``, ``"90s"``, ``"10m"`` or ``"1.5h"`` in seconds.

    Examples
    --------
    >>> parse_duration("10m"), parse_duration("1.5 h")
    (600.0, 5400.0)
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([a-z]*)", text.strip().casefold())
    if match is None or match[2] not in _UNITS or float(match[1]) == 0:
        raise typer.BadParameter(
            f"a time like 90s, 10m or 1.5h is needed, got {text!r}", param_hint="--budget"
        )
    return float(match[1]) * _UNITS[match[2]]


@expand
def tune(
    model: Annotated[
        str,
        typer.Argument(metavar="MODEL", help="Name of the model.", autocompletion=complete_model),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            metavar="FILE.toml",
            help="Where to write the best configuration.",
            show_default="MODEL.toml",
        ),
    ] = None,
    budget: Annotated[
        str,
        typer.Option(metavar="TIME", help="No trial is begun after this time: 90s, 10m, 1.5h."),
    ] = "10m",
    trials: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Number of trials at most, earlier ones included."),
    ] = None,
    journal: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Trials are kept here; with the same file, a search goes on where it stopped.",
            show_default="beside --out, ending in .journal",
        ),
    ] = None,
    metric: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="What is to be good, such as ndcg@10 or rmse.",
            show_default="the protocol's usual one",
        ),
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set", "-s", metavar="NAME=VALUE", help="A hyper-parameter that is not searched."
        ),
    ] = None,
    protocol: ProtocolOptions = ProtocolOptions(),
    json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document and nothing else.")
    ] = False,
) -> None:
    """Search good hyper-parameters on validation data, within a time.

    The protocol's test part is set aside and not looked at, so that `matinee evaluate FILE.toml`
    with the same protocol and seed gives an honest figure afterwards. Needs the extra `tune`.

    \b
      matinee tune ease --data ml-1m.zip --protocol strong-generalization --seed 3 --budget 5m
      matinee train --config ease.toml --data ml-1m.zip --out best
    """
    seconds = parse_duration(budget)
    fixed = parse_settings(settings or [], model_class(model).defaults(), model)
    target = Path(f"{model}.toml") if out is None else out
    if target.suffix != ".toml" or not target.absolute().parent.is_dir():
        raise ParameterError(
            f"--out {target}: the name must end in .toml, and its folder must exist"
        )
    kept = target.with_suffix(".journal") if journal is None else journal
    options = protocol.options()
    from matinee.evaluation.tuning import tune as search

    with show_progress() as progress:
        dataset = protocol.load(progress)
        resumed = kept.exists()
        found = search(
            model,
            dataset,
            protocol=protocol.protocol,
            seed=protocol.seed,
            metric=metric,
            fixed=fixed,
            seconds=seconds,
            trials=trials,
            journal=kept,
            relevant=protocol.relevant,
            progress=progress,
            **options,
        )
    if resumed:
        note(f"the search of {kept} went on")
    # Written beside its place and renamed, so that an old file is never half replaced.
    waiting = target.with_suffix(".toml.part")
    waiting.write_text(found.to_toml(), encoding="utf-8")
    waiting.replace(target)
    if json:
        print_json({**found.to_dict(), "config": str(target), "journal": str(kept)})
    else:
        _print(found, target, protocol)


def _print(found: Tuning, target: Path, protocol: ProtocolOptions) -> None:
    from rich.text import Text

    table = plain_table()
    names = list(found.best.params)
    table.add_column("Trial", justify="right", style="dim")
    table.add_column(found.metric.name, justify="right", style="bold")
    for name in names:
        table.add_column(name, justify="right")
    table.add_column("s", justify="right", style="dim")
    able = found.ordered()
    for trial in able[:10]:
        mark = " (defaults)" if trial == found.default else ""
        cells = [f"{trial.number}{mark}", f"{trial.value:.4f}"]
        cells += [_shown(trial.params.get(name)) for name in names]
        table.add_row(*(Text(cell) for cell in [*cells, f"{trial.seconds:.1f}"]))
    failed = len(found.trials) - len(able)
    print_table(table, f"Best of {len(found.trials)} trials on the validation part")
    data = f" --data {protocol.data}" if protocol.data else ""
    how = replace(protocol, data=None)
    lines = ["", *([f"{failed} trials failed."] if failed else [])]
    lines += [
        f"The best configuration is in {target}. An honest figure, and a model:",
        f"  matinee evaluate {target}{data} --protocol {how.protocol} --seed {how.seed}",
        f"  matinee train --config {target}{data} --out my-model",
    ]
    print_lines(lines)


def _shown(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
