"""``matinee evaluate``, ``compare`` and ``tune``: how good models are, and how to better them."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import typer

from matinee.cli.console import complain, console, note
from matinee.cli.options import (
    DataOptions,
    Json,
    OutputOptions,
    Seed,
    Settings,
    complete_model,
    expand,
)
from matinee.cli.output import (
    check_place,
    print_csv,
    print_json,
    print_lines,
    print_rows,
    print_table,
    print_text,
)
from matinee.cli.params import parse_settings, parse_value, read_config
from matinee.cli.progress import show_progress
from matinee.errors import ParameterError
from matinee.models import model_class

if TYPE_CHECKING:
    from matinee.dataset import Dataset
    from matinee.evaluation import Candidate, Evaluation
    from matinee.evaluation.tuning import Tuning
    from matinee.progress import Progress

__all__ = ["ProtocolOptions", "compare", "evaluate", "parse_candidates", "parse_duration", "tune"]


@dataclass(frozen=True)
class ProtocolOptions(DataOptions):
    """What is learned from, and what is measured on."""

    panel: ClassVar[str] = "Protocol"

    protocol: Annotated[
        str,
        typer.Option(
            "--protocol",
            "-p",
            metavar="NAME",
            help="random, k-fold, own-folds, time, leave-last-out, strong-generalization or "
            "few-ratings.",
        ),
    ] = "random"
    test_size: Annotated[
        float | None,
        typer.Option(
            metavar="SHARE",
            help="Share of the ratings that is held out, under random and time.",
            show_default="0.1",
        ),
    ] = None
    folds: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="Number of folds, under k-fold.",
            show_default="5",
        ),
    ] = None
    told: Annotated[
        str | None,
        typer.Option(
            metavar="N,N,…",
            help="How many ratings people tell, under few-ratings.",
            show_default="1,3,5,10",
        ),
    ] = None
    split: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE",
            help="Any other option of the protocol: per_user=true, cut=2015-06, n=1, fold=u1, "
            "min_stars=4, heldout=603.",
        ),
    ] = None
    curate: Annotated[
        list[str] | None,
        typer.Option(
            metavar="STEP",
            help="Curate the data first: min-movie-ratings=20, min-user-ratings=5, k-core=5, "
            "min-movie-mean=3.5, star-sample=0.1, dates=2010..2015.",
        ),
    ] = None
    seed: Seed = 0
    relevant: Annotated[
        float | None,
        typer.Option(
            metavar="STARS",
            help="Test films of at least so many stars are to be found.",
            show_default="4 where liked and disliked films are held out, otherwise all",
        ),
    ] = None

    def options(self) -> dict[str, Any]:
        """The protocol's own options, each of the type that it has."""
        from matinee.evaluation.protocols import PROTOCOLS

        found: dict[str, Any] = {}
        if self.told is not None:
            found["told"] = whole_numbers(self.told, "--told")
        if self.test_size is not None:
            found["test_size"] = self.test_size
        if self.folds is not None:
            found["folds"] = self.folds
        function = PROTOCOLS.get(self.protocol)
        known = inspect.signature(function).parameters if function else {}
        for text in self.split or []:
            name, equals, value = text.partition("=")
            name = name.strip().replace("-", "_")
            if not equals or not name:
                raise typer.BadParameter(
                    f"{text!r} is not of the form name=value", param_hint="--split"
                )
            default = known[name].default if name in known else None
            # Dates and names of folds are texts, though a year looks like a number.
            as_text = name in ("cut", "fold")
            found[name] = value.strip() if as_text else parse_value(name, value.strip(), default)
        return found

    def load(self, progress: Progress | None = None) -> Dataset:
        """The data, curated if that is wanted; what a curation took away is told."""
        from matinee.datasets.curation import curate, parse_step

        steps = [parse_step(text, seed=self.seed) for text in self.curate or []]
        dataset = super().load(progress)
        if steps:
            dataset, report = curate(dataset, steps)
            note(f"curated:\n{report}")
        return dataset


@dataclass(frozen=True)
class FigureOptions:
    """Which figures, how sure, and where to."""

    panel: ClassVar[str] = "Figures"

    metric: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="A metric, such as ndcg@10 or rmse.",
            show_default="a set of seventeen",
        ),
    ] = None
    by: Annotated[
        str | None,
        typer.Option(
            metavar="METRIC",
            help="The metric that models are ordered and tested by.",
            show_default="the protocol's usual one",
        ),
    ] = None
    seeds: Annotated[
        str | None,
        typer.Option(
            metavar="N,N,…",
            help="Several splits, one for each seed, in place of --seed.",
        ),
    ] = None
    confidence: Annotated[
        float,
        typer.Option(metavar="SHARE", help="Of intervals; tests use the rest."),
    ] = 0.95
    resamples: Annotated[
        int,
        typer.Option(metavar="N", min=1, help="Of the bootstrap."),
    ] = 1000
    raw_scores: Annotated[
        bool,
        typer.Option(
            "--raw-scores",
            help="Measure the raw order of the scores, not the lists that recommend returns: for "
            "comparisons with other libraries.",
        ),
    ] = False
    in_process: Annotated[
        bool,
        typer.Option(
            "--in-process",
            help="Run all models in this process: starts faster, but peak memory is then shared.",
        ),
    ] = False
    html: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.html",
            help="Also write a report with pictures to this file.",
        ),
    ] = None
    per_user: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.csv",
            help="Also write every person's figures to this file.",
        ),
    ] = None

    def check(self) -> None:
        """Find out before the work that its results have a place."""
        check_place("--html", self.html)
        check_place("--per-user", self.per_user)


def whole_numbers(text: str, option: str) -> list[int]:
    """Whole numbers with commas between them."""
    try:
        return [int(part) for part in text.split(",") if part.strip()]
    except ValueError:
        raise typer.BadParameter(
            f"whole numbers with commas are needed, such as 0,1,2, got {text!r}",
            param_hint=option,
        ) from None


_MODEL_ARGUMENT = typer.Argument(
    metavar="MODEL…",
    help="Names of models; LABEL=NAME to have one twice; or a TOML file of matinee tune.",
    show_default=False,
)
_SET_OPTION = typer.Option(
    "--set", "-s", metavar="MODEL.NAME=VALUE", help="A hyper-parameter of one of the models."
)


@expand
def evaluate(
    models: Annotated[list[str], _MODEL_ARGUMENT],
    settings: Annotated[list[str] | None, _SET_OPTION] = None,
    protocol: ProtocolOptions = ProtocolOptions(),
    figures: FigureOptions = FigureOptions(),
    out: OutputOptions = OutputOptions(),
) -> None:
    """Measure models: their figures, how sure these are, time and memory.

    Each model is tested against the best of them. `matinee compare` is the same measurement with
    every pair tested.

    \b
      matinee evaluate als ease --data ml-1m.zip --protocol strong-generalization --seed 3 --json
      matinee evaluate mf item-knn --protocol random --test-size 0.1 --seed 3
      matinee evaluate ease heavy=ease --set heavy.regularization=2000 --html report.html
    """
    evaluation = _measure(models, settings or [], protocol, figures)
    _print(evaluation, figures, out, pairs=False)


@expand
def compare(
    models: Annotated[list[str], _MODEL_ARGUMENT],
    settings: Annotated[list[str] | None, _SET_OPTION] = None,
    protocol: ProtocolOptions = ProtocolOptions(),
    figures: FigureOptions = FigureOptions(),
    out: OutputOptions = OutputOptions(),
) -> None:
    """Measure models and test every pair of them against each other.

    The measurement is that of `matinee evaluate`. The question is another: not how good each is,
    but which differences are more than chance. With more tests, each has to be surer.

    \b
      matinee compare popular ease item-knn --protocol strong-generalization
      matinee compare bias item-knn --by rmse --csv
    """
    if len(models) < 2:
        raise typer.BadParameter("two models at least are needed", param_hint="MODEL…")
    evaluation = _measure(models, settings or [], protocol, figures)
    _print(evaluation, figures, out, pairs=True)


def _measure(
    models: list[str], settings: list[str], protocol: ProtocolOptions, figures: FigureOptions
) -> Evaluation:
    candidates = parse_candidates(models, settings)
    figures.check()
    seeds = whole_numbers(figures.seeds or "", "--seeds")
    options = protocol.options()
    from matinee.evaluation import evaluate as measure

    with show_progress() as progress:
        dataset = protocol.load(progress)
        return measure(
            candidates,
            dataset,
            protocol=protocol.protocol,
            seed=protocol.seed,
            seeds=seeds,
            metrics=figures.metric,
            primary=figures.by,
            relevant=protocol.relevant,
            confidence=figures.confidence,
            resamples=figures.resamples,
            served=not figures.raw_scores,
            isolated=not figures.in_process,
            progress=progress,
            **options,
        )


def parse_candidates(models: list[str], settings: list[str]) -> list[Candidate]:
    """Models with labels and hyper-parameters, from what was typed."""
    from matinee.evaluation import Candidate

    found: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {}
    for text in models:
        label, equals, name = text.partition("=")
        params: dict[str, Any] = {}
        tuned: dict[str, Any] = {}
        if text.endswith(".toml"):
            path = Path(name if equals else text)
            configured, params = read_config(path)
            if configured is None:
                raise ParameterError(f'{path} does not name its model: add model = "ease", say')
            label, name, tuned = label if equals else configured, configured, _tuned(path)
        elif not equals:
            name = label
        model_class(name)
        if label in found:
            raise ParameterError(
                f"{label} takes part twice: give each a label of its own, such as mine={name}"
            )
        found[label] = (name, params, tuned)
    for text in settings:
        label, dot, setting = text.partition(".")
        if not dot or label.strip() not in found or "=" in label:
            if len(found) > 1 or "=" not in text:
                raise typer.BadParameter(
                    f"{text!r} is not of the form MODEL.NAME=VALUE with one of the models "
                    f"{', '.join(found)}",
                    param_hint="--set",
                )
            label, setting = next(iter(found)), text
        name, params, _ = found[label.strip()]
        params |= parse_settings([setting], model_class(name).defaults(), name)
    return [Candidate(label, name, params, tuned) for label, (name, params, tuned) in found.items()]


def _tuned(path: Path) -> dict[str, Any]:
    import tomllib

    with path.open("rb") as stream:
        tuned = tomllib.load(stream).get("tuned", {})
    return tuned if isinstance(tuned, dict) else {}


def _print(
    evaluation: Evaluation, figures: FigureOptions, out: OutputOptions, *, pairs: bool
) -> None:
    if out.json:
        document = evaluation.to_dict()
        if pairs:
            document["pairs"] = [
                {"first": first, "second": second, **one.to_dict()}
                for (first, second), one in evaluation.pairwise().items()
            ]
        print_json(document)
    elif out.csv and pairs:
        print_csv(*_pair_rows(evaluation))
    elif out.csv:
        frame = evaluation.to_polars()
        print_csv(frame.columns, frame.rows())
    else:
        _print_tables(evaluation, pairs=pairs)
    if not out.json:
        for trap in evaluation.warnings:
            complain(str(trap), label="warning")
    if figures.html is not None:
        from matinee.evaluation.report import write_report

        note(f"report written to {write_report(evaluation, figures.html)}")
    if figures.per_user is not None:
        evaluation.to_polars(per_user=True).write_csv(figures.per_user)
        note(f"every person's figures written to {figures.per_user}")


def _print_tables(evaluation: Evaluation, *, pairs: bool) -> None:
    title = f"{evaluation.protocol} on {evaluation.data}, seed {evaluation.seed}"
    screen = console()
    # A narrow terminal shows fewer metrics rather than cut figures.
    shown, table = evaluation.fitting_table(screen.width)
    print_table(table, title)
    left = [metric.name for metric in evaluation.shown_metrics()[len(shown) :]]
    brief = not any(str(column.header) == "fit s" for column in table.columns)
    left += ["p values, times and memory"] if brief else []
    if left:
        note(f"the terminal is too narrow for {', '.join(left)}: see --csv")
    if pairs and evaluation.pairwise():
        print_lines([""])
        print_table(
            evaluation.pairwise_table(),
            f"{evaluation.primary.name}, row minus column (*: more than chance)",
        )
    print_text(["", *(line for line in evaluation.legend() if not (brief and line[:2] == "p:"))])


def _pair_rows(evaluation: Evaluation) -> tuple[list[str], list[list[Any]]]:
    names = ["first", "second", "metric", "difference", "low", "high", "p", "p_holm"]
    names += ["smallest_visible", "people"]
    rows = [
        [first, second, evaluation.primary.name, one.difference, one.low, one.high, one.p,
         one.p_holm, one.smallest_visible, one.n]
        for (first, second), one in evaluation.pairwise().items()
    ]  # fmt: skip
    return names, rows


# -- tuning ---------------------------------------------------------------------------------------

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
    settings: Settings = None,
    protocol: ProtocolOptions = ProtocolOptions(),
    json: Json = False,
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
        _print_tuning(found, target, protocol)


def _print_tuning(found: Tuning, target: Path, protocol: ProtocolOptions) -> None:
    names = list(found.best.params)
    able = found.ordered()
    rows = []
    for trial in able[:10]:
        mark = " (defaults)" if trial == found.default else ""
        values = (_shown(trial.params.get(name)) for name in names)
        rows.append(
            [f"{trial.number}{mark}", f"{trial.value:.4f}", *values, f"{trial.seconds:.1f}"]
        )
    heads = [">Trial", f">{found.metric.name}", *(f">{name}" for name in names), ">s"]
    print_rows(heads, rows, f"Best of {len(found.trials)} trials on the validation part")
    failed = len(found.trials) - len(able)
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
