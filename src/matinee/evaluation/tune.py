"""Choosing hyper-parameters on validation data, within a budget of time.

The test part of the protocol is set aside before the search begins and is not looked at. Each
trial fits the model on the validation split's own training part and is measured on its
validation part. Trials are appended to a journal (lines of JSON), so that a search goes on where it
stopped; the best configuration is written as TOML that ``matinee train --config`` takes.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matinee
from matinee.dataset import Dataset
from matinee.datasets.splits import Split, make_splits
from matinee.errors import EvaluationError, MatineeError, MissingExtraError, ParameterError
from matinee.evaluation.measure import Relevance, default_relevance
from matinee.evaluation.metrics import Metric, parse_metric
from matinee.evaluation.run import Candidate, run_candidate
from matinee.evaluation.search import SearchSpace, coded, inside, search_space, suggest
from matinee.models import model_class
from matinee.pages import card
from matinee.progress import Progress, ProgressEvent, report

if TYPE_CHECKING:
    import optuna

__all__ = ["Trial", "Tuning", "tune"]


@dataclass(frozen=True)
class Trial:
    """One configuration that was tried.

    Attributes
    ----------
    number : int
        From 0; the first one has the model's defaults.
    params : mapping
    value : float or None
        The metric on the validation part; None if the fit failed.
    seconds : float
    error : str
        Why it failed, or empty.
    """

    number: int
    params: Mapping[str, Any]
    value: float | None
    seconds: float
    error: str = ""

    def _repr_html_(self) -> str:
        facts = {"Value": _value(self), "Seconds": self.seconds, "Failed": self.error}
        return card("Trial", str(self.number), facts, note=_told(self.params))


@dataclass(frozen=True)
class Tuning:
    """What a search found.

    Attributes
    ----------
    model : str
    metric : Metric
    trials : tuple of Trial
        All of them, those of earlier runs included.
    best : Trial
    default : Trial or None
        The one with the model's defaults.
    about : mapping
        What it was tuned on; goes into the TOML file, where the linter reads it.
    """

    model: str
    metric: Metric
    trials: tuple[Trial, ...]
    best: Trial
    default: Trial | None
    about: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""

        def plain(trial: Trial | None) -> dict[str, Any] | None:
            if trial is None:
                return None
            found: dict[str, Any] = {
                "number": trial.number,
                "params": {name: _plain(value) for name, value in trial.params.items()},
                "value": trial.value,
                "seconds": trial.seconds,
            }
            return found | ({"error": trial.error} if trial.error else {})

        return {
            "model": self.model,
            "metric": self.metric.name,
            "best": plain(self.best),
            "default": plain(self.default),
            "tuned": dict(self.about),
            "trials": [plain(trial) for trial in self.trials],
        }

    def _repr_html_(self) -> str:
        worst = -math.inf if self.metric.sign >= 0 else math.inf
        sign = -1 if self.metric.sign >= 0 else 1
        order = sorted(
            self.trials, key=lambda each: sign * (worst if each.value is None else each.value)
        )
        rows = [
            (trial.number, _told(trial.params), _value(trial), trial.seconds, trial.error)
            for trial in order
        ]
        facts = {
            "Best": f"{_value(self.best)} with {_told(self.best.params)}",
            "Defaults": None if self.default is None else _value(self.default),
        }
        columns = ("Trial", "Parameters", self.metric.name, "Seconds", "")
        return card("Tuning", self.model, facts, columns, rows)


def _told(params: Mapping[str, Any]) -> str:
    return ", ".join(
        f"{name} {value:.4g}" if isinstance(value, float) else f"{name} {value}"
        for name, value in params.items()
    )


def _value(trial: Trial) -> str:
    return "" if trial.value is None else f"{trial.value:.4f}"


def tune(
    model: str,
    dataset: Dataset,
    *,
    protocol: str = "strong-generalization",
    seed: int = 0,
    metric: str | None = None,
    fixed: Mapping[str, Any] | None = None,
    space: SearchSpace | None = None,
    seconds: float | None = 600.0,
    trials: int | None = None,
    journal: Path | str | None = None,
    relevant: float | None = None,
    progress: Progress | None = None,
    **options: Any,
) -> Tuning:
    """Search for the hyper-parameters of a model.

    Parameters
    ----------
    model : str
        Short name.
    dataset : Dataset
    protocol : str
        With ``seed`` and ``**options``, says which ratings are the test part, which is left alone.
        Of protocols with several splits, the first is used.
    seed : int
        Also that of the search and, where not fixed, the model's ``random_state``.
    metric : str, optional
        By default ``rmse`` for models that predict stars under protocols that hold out ratings,
        ``ndcg@10`` or ``ndcg@100`` otherwise.
    fixed : mapping, optional
        Hyper-parameters that are not searched.
    space : mapping, optional
        In place of the model's own ``search_space``; the same form.
    seconds : float, optional
        No trial is begun after so much time. The one that runs is brought to its end.
    trials : int, optional
        Number of trials, those in the journal included. One of the two limits is needed.
    journal : path, optional
        File to keep trials in. If it exists, the search goes on, provided that it is the same
        search.
    relevant : float, optional
        As for :func:`~matinee.evaluation.evaluate`.
    progress : callable, optional

    Returns
    -------
    Tuning

    Raises
    ------
    MissingExtraError
        Without the extra ``tune``.
    ParameterError
        If the model has nothing to search, or limits are missing.
    EvaluationError
        If the journal belongs to another search, or no trial succeeded.

    References
    ----------
    T. Akiba et al.: Optuna: A Next-generation Hyperparameter Optimization Framework. KDD 2019.
    J. Bergstra et al.: Algorithms for Hyper-Parameter Optimization (TPE). NeurIPS 2011.
    """
    optuna = _import_optuna()
    searched = search_space(model, space, fixed or {})
    if seconds is None and trials is None:
        raise ParameterError("a search needs a limit: seconds, trials or both")
    if (seconds is not None and seconds <= 0) or (trials is not None and trials < 1):
        raise ParameterError(f"limits must be above 0, got seconds={seconds}, trials={trials}")
    split = next(iter(make_splits(protocol, dataset, seed=seed, validation=True, **options)))
    inner = split.validation
    if inner is None:
        raise EvaluationError(f"the protocol {protocol} gives no validation part")
    wanted = _metric(model, metric, inner)
    relevance = default_relevance(inner)
    if relevant is not None:
        relevance = Relevance(relevant, relevance.stars)
    about = {
        "data": dataset.name,
        "data_fingerprint": dataset.ratings.fingerprint,
        "test_fingerprint": split.test.fingerprint,
        "protocol": protocol,
        "seed": seed,
        "options": {name: _plain(value) for name, value in sorted(options.items())},
        "metric": wanted.name,
        "matinee": matinee.__version__,
    }
    identity = {**about, "model": model, "fixed": dict(fixed or {}), "space": dict(searched)}
    # Another version may search on: what is compared is the data and the question.
    identity.pop("matinee")
    search = _Search(model, inner, wanted, relevance, searched, dict(fixed or {}), seed)
    study = _study(optuna, search, journal, identity)
    _run(optuna, study, search, seconds, trials, progress)
    return _tuning(optuna, study, search, about)


@dataclass(frozen=True)
class _Search:
    """What is searched, and how a configuration is measured."""

    model: str
    split: Split
    metric: Metric
    relevance: Relevance
    space: SearchSpace
    fixed: Mapping[str, Any]
    seed: int

    def measure(self, params: Mapping[str, Any]) -> float:
        candidate = Candidate.of(Candidate(self.model, self.model, params))
        run = run_candidate(
            candidate, self.split, [self.metric], self.relevance, seed=self.seed, warm_up=False
        )
        values = run.values.get(self.metric.name)
        value = math.nan if values is None else values.value
        if math.isnan(value):
            raise EvaluationError(f"{self.metric.name} cannot be measured on the validation part")
        return value


def _import_optuna() -> Any:
    try:
        import optuna
    except ImportError:
        raise MissingExtraError("matinee tune", "tune") from None
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna


def _metric(model: str, metric: str | None, split: Split) -> Metric:
    if metric is None:
        stars = default_relevance(split).stars and model_class(model).predicts_stars
        ranked = {"leave-last-out": "ndcg@10", "strong-generalization": "ndcg@100"}
        metric = ranked.get(split.name, "rmse" if stars else "ndcg@10")
    found = parse_metric(metric)
    if not found.sign:
        raise ParameterError(f"{metric} has no better side, so nothing can be tuned for it")
    if found.kind.kind == "stars" and not model_class(model).predicts_stars:
        raise ParameterError(f"{model} predicts no stars: tune it for ndcg@10, say, not {metric}")
    return found


def _study(
    optuna: Any, search: _Search, journal: Path | str | None, identity: Mapping[str, Any]
) -> optuna.Study:
    storage = None
    if journal is not None:
        path = Path(journal)
        if path.is_dir() or not path.absolute().parent.is_dir():
            raise ParameterError(f"journal {path}: its folder does not exist, or it is a folder")
        # The journal is lines of JSON; opening one runs nothing that it holds.
        storage = optuna.storages.JournalStorage(
            optuna.storages.journal.JournalFileBackend(str(path))
        )
    try:
        study = optuna.create_study(
            storage=storage,
            study_name=f"matinee {search.model}",
            direction="maximize" if search.metric.sign > 0 else "minimize",
            load_if_exists=True,
        )
    except (ValueError, KeyError) as error:
        raise EvaluationError(f"{journal} is no journal of matinee tune: {error}") from None
    told = json.dumps(identity, sort_keys=True, default=str)
    before = study.user_attrs.get("search")
    if before is None:
        study.set_user_attr("search", told)
    elif before != told:
        old, new = json.loads(before), json.loads(told)
        changed = [name for name in new if old.get(name) != new[name]]
        raise EvaluationError(
            f"{journal} belongs to another search (different: {', '.join(changed)}): give this one "
            "a journal of its own"
        )
    # A sampler that begins anew with the same seed would repeat what was tried before.
    study.sampler = optuna.samplers.TPESampler(
        seed=(search.seed + 1_000_003 * len(study.trials)) % 2**32, multivariate=False
    )
    return study


def _run(
    optuna: Any,
    study: optuna.Study,
    search: _Search,
    seconds: float | None,
    limit: int | None,
    progress: Progress | None,
) -> None:
    started = time.monotonic()
    finished = (optuna.trial.TrialState.COMPLETE, optuna.trial.TrialState.FAIL)

    def done() -> int:
        return len(study.get_trials(deepcopy=False, states=finished))

    if not done():
        defaults = model_class(search.model).defaults()
        if all(inside(defaults[name], bounds) for name, bounds in search.space.items()):
            study.enqueue_trial(
                {n: coded(defaults[n], bounds) for n, bounds in search.space.items()}
            )
    while limit is None or done() < limit:
        if seconds is not None and time.monotonic() - started >= seconds and done():
            break
        # A trial that is interrupted stays without an end in the journal, and is not counted.
        trial = study.ask()
        begun = time.perf_counter()
        try:
            value = search.measure({**search.fixed, **suggest(trial, search.space)})
        except MatineeError as error:
            trial.set_user_attr("error", str(error))
            study.tell(trial, state=optuna.trial.TrialState.FAIL)
            report(progress, "trials", note=f"trial {trial.number} failed: {error}")
        else:
            trial.set_user_attr("seconds", time.perf_counter() - begun)
            study.tell(trial, value)
        if progress is not None:
            figures = _best_figure(study, search.metric)
            progress(ProgressEvent("trials", done(), limit, "trials", figures))


def _best_figure(study: optuna.Study, metric: Metric) -> dict[str, float]:
    try:
        return {f"best {metric.name}": float(study.best_value)}
    except ValueError:
        return {}


def _tuning(optuna: Any, study: optuna.Study, search: _Search, about: Mapping[str, Any]) -> Tuning:
    space, metric = search.space, search.metric
    trials = []
    for one in study.get_trials(deepcopy=False):
        if one.state not in (optuna.trial.TrialState.COMPLETE, optuna.trial.TrialState.FAIL):
            continue
        chosen = {
            name: space[name][1 + value] if space[name][0] == "choice" else value
            for name, value in one.params.items()
        }
        error = str(one.user_attrs.get("error", ""))
        seconds = float(one.user_attrs.get("seconds", math.nan))
        trials.append(Trial(one.number, {**search.fixed, **chosen}, one.value, seconds, error))
    able = [trial for trial in trials if trial.value is not None]
    if not able:
        first = trials[0].error if trials else "none was begun"
        raise EvaluationError(f"no trial of {search.model} succeeded: {first}")
    best = max(able, key=lambda trial: metric.sign * (trial.value or 0.0))
    defaults = model_class(search.model).defaults()
    usual = next(
        (t for t in able if all(t.params.get(name) == defaults[name] for name in space)), None
    )
    told = {**about, "value": best.value, "trials": len(trials)}
    return Tuning(search.model, metric, tuple(trials), best, usual, told)


def _plain(value: Any) -> Any:
    if isinstance(value, str | int | float | bool) or value is None:
        return value
    return [_plain(part) for part in value] if isinstance(value, list | tuple) else str(value)
