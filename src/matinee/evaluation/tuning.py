"""Search for good hyper-parameters on validation data, with Optuna (the extra ``tune``).

The test part of the protocol is set aside and not looked at. What is searched, and within what, is
each model's ``search_space``.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import matinee
from matinee.dataset import Dataset
from matinee.datasets.splits import Split
from matinee.errors import EvaluationError, MatineeError, MissingExtraError, ParameterError
from matinee.evaluation.candidate import Candidate, run_candidate
from matinee.evaluation.metrics import Metric, parse_metric
from matinee.evaluation.protocols import Relevance, default_relevance, make_splits, usual_metric
from matinee.models import MODELS, model_class
from matinee.progress import Progress, ProgressEvent, report

if TYPE_CHECKING:
    import optuna

__all__ = ["SearchSpace", "Trial", "Tuning", "search_space", "tune"]

SearchSpace: TypeAlias = Mapping[str, tuple[Any, ...]]


@dataclass(frozen=True)
class Trial:
    """One configuration and how good it was.

    Attributes
    ----------
    number : int
        From 0, in the order of the search.
    params : mapping
        What was searched and what was fixed.
    value : float or None
        Of the metric on the validation part; None if the trial failed.
    seconds : float
        For fit and answers.
    error : str
        Why it failed.
    """

    number: int
    params: Mapping[str, Any]
    value: float | None
    seconds: float
    error: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        found = dict(vars(self)) | {"params": {k: _plain(v) for k, v in self.params.items()}}
        return {k: v for k, v in found.items() if k != "error" or v}


@dataclass(frozen=True, repr=False)
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

    def ordered(self) -> list[Trial]:
        """The trials that succeeded, best first."""
        able = [trial for trial in self.trials if trial.value is not None]
        return sorted(able, key=lambda trial: -self.metric.sign * (trial.value or 0.0))

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "model": self.model,
            "metric": self.metric.name,
            "best": self.best.to_dict(),
            "default": None if self.default is None else self.default.to_dict(),
            "tuned": dict(self.about),
            "trials": [trial.to_dict() for trial in self.trials],
        }

    def to_toml(self) -> str:
        """The best configuration as TOML, for ``matinee train --config``.

        Examples
        --------
        >>> best = Trial(3, {"factors": 64, "alpha": 0.5}, 0.41, 2.0)
        >>> print(
        ...     Tuning("als", parse_metric("ndcg@10"), (best,), best, None, {"seed": 3}).to_toml()
        ... )
        # Found by matinee tune: ndcg@10 0.4100 on the validation part, best of 1.
        model = "als"
        <BLANKLINE>
        [params]
        factors = 64
        alpha = 0.5
        <BLANKLINE>
        [tuned]
        seed = 3
        <BLANKLINE>
        """
        found = f"{self.metric.name} {self.best.value:.4f} on the validation part"
        lines = [
            f"# Found by matinee tune: {found}, best of {len(self.trials)}.",
            f"model = {_toml(self.model)}",
        ]
        for title, values in (("params", self.best.params), ("tuned", self.about)):
            # TOML has no null; a parameter that is None is the constructor's default or left out.
            lines += ["", f"[{title}]"]
            lines += [f"{k} = {_toml(v)}" for k, v in values.items() if v is not None]
        return "\n".join(lines) + "\n"

    def __str__(self) -> str:
        lines = [f"{self.model}: {self.metric.name} of {len(self.trials)} trials, best first"]
        for trial in self.ordered()[:10]:
            params = ", ".join(f"{name} {_short(value)}" for name, value in trial.params.items())
            mark = " (defaults)" if trial == self.default else ""
            lines.append(f"{trial.number:4d}  {trial.value:.4f}  {params}{mark}")
        return "\n".join(lines)

    __repr__ = __str__


def tune(
    model: str,
    dataset: Dataset,
    *,
    protocol: str = "strong-generalization",
    seed: int = 0,
    metric: str | None = None,
    fixed: Mapping[str, Any] | None = None,
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
        ``ndcg@10`` otherwise.
    fixed : mapping, optional
        Hyper-parameters that are not searched.
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
    fixed = dict(fixed or {})
    searched = search_space(model, fixed)
    if seconds is None and trials is None:
        raise ParameterError("a search needs a limit: seconds, trials or both")
    if (seconds is not None and seconds <= 0) or (trials is not None and trials < 1):
        raise ParameterError(f"limits must be above 0, got seconds={seconds}, trials={trials}")
    split = next(iter(make_splits(protocol, dataset, seed=seed, validation=True, **options)))
    inner = split.validation
    if inner is None:
        raise EvaluationError(f"the protocol {protocol} gives no validation part")
    relevance = default_relevance(inner, relevant)
    wanted = _metric(model, metric, inner, relevance)
    about = {
        "data": dataset.name,
        "data_fingerprint": dataset.ratings.fingerprint,
        "test_fingerprint": split.test.fingerprint,
        "protocol": protocol,
        "seed": seed,
        "options": {name: _plain(value) for name, value in sorted(options.items())},
        "metric": wanted.name,
    }
    identity = {**about, "model": model, "fixed": fixed, "space": dict(searched)}
    search = _Search(model, inner, wanted, relevance, searched, fixed, seed)
    study = _study(optuna, search, journal, identity)
    _run(optuna, study, search, seconds, trials, progress)
    return _tuning(optuna, study, search, {**about, "matinee": matinee.__version__})


# -- what is searched -----------------------------------------------------------------------------


def search_space(model: str, fixed: Mapping[str, Any]) -> SearchSpace:
    """What is to be searched: the model's own space less what is fixed.

    Raises
    ------
    ParameterError
        If a fixed value is wrong, or nothing is left to search.
    """
    kind = model_class(model)
    for name in fixed:
        if name not in kind.defaults():
            raise ParameterError(
                f"{model} has no hyper-parameter {name!r}; it has: "
                f"{', '.join(kind.defaults()) or 'none'}"
            )
    kind(**fixed)
    left = {name: bounds for name, bounds in kind.search_space.items() if name not in fixed}
    if not left:
        able = [name for name in MODELS if _searchable(name)]
        raise ParameterError(
            f"{model} has no hyper-parameters to search"
            + (" beyond those that are fixed" if kind.search_space else "")
            + f"; these models have: {', '.join(able) or 'none'}"
        )
    return left


def _searchable(model: str) -> bool:
    try:
        return bool(model_class(model).search_space)
    except MissingExtraError:
        return False


def suggest(trial: Any, space: SearchSpace) -> dict[str, Any]:
    """The hyper-parameters of an Optuna trial."""
    found: dict[str, Any] = {}
    for name, bounds in space.items():
        if bounds[0] == "choice":
            found[name] = trial.suggest_categorical(name, bounds[1:])
            continue
        low, high, kind = bounds
        whole = kind == "int" or (kind == "log" and isinstance(low, int) and isinstance(high, int))
        suggest = trial.suggest_int if whole else trial.suggest_float
        found[name] = suggest(name, low, high, log=kind == "log")
    return found


def inside(value: Any, bounds: Sequence[Any]) -> bool:
    """Whether a search could suggest this value."""
    if bounds[0] == "choice":
        return value in bounds[1:]
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and bool(bounds[0] <= value <= bounds[1])


def _metric(model: str, name: str | None, split: Split, relevance: Relevance) -> Metric:
    predicts = model_class(model).predicts_stars
    if name is None:
        return usual_metric(split.name, stars=predicts and relevance.stars)
    found = parse_metric(name)
    if not found.sign:
        raise ParameterError(f"{name} has no better side, so nothing can be tuned for it")
    if found.kind == "stars" and not predicts:
        raise ParameterError(f"{model} predicts no stars: tune it for ndcg@10, say, not {name}")
    return found


# -- the search -----------------------------------------------------------------------------------


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
        candidate = Candidate(self.model, self.model, params)
        run = run_candidate(
            candidate, [self.split], [self.metric], self.relevance, seed=self.seed, warm_up=False
        )
        values = run.values[0].get(self.metric.name)
        if values is None or math.isnan(values.value):
            raise EvaluationError(f"{self.metric.name} cannot be measured on the validation part")
        return values.value


def _import_optuna() -> Any:
    try:
        import optuna
    except ImportError:
        raise MissingExtraError("matinee tune", "tune") from None
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna


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

    defaults = model_class(search.model).defaults()
    if not done() and all(inside(defaults[name], search.space[name]) for name in search.space):
        study.enqueue_trial({name: defaults[name] for name in search.space})
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
            able = [one for one in study.get_trials(deepcopy=False) if one.value is not None]
            best = {f"best {search.metric.name}": float(study.best_value)} if able else {}
            progress(ProgressEvent("trials", done(), limit, "trials", best))


def _tuning(optuna: Any, study: optuna.Study, search: _Search, about: Mapping[str, Any]) -> Tuning:
    space, state = search.space, optuna.trial.TrialState
    trials = []
    for one in study.get_trials(deepcopy=False, states=(state.COMPLETE, state.FAIL)):
        seconds = float(one.user_attrs.get("seconds", math.nan))
        error = str(one.user_attrs.get("error", ""))
        trials.append(Trial(one.number, {**search.fixed, **one.params}, one.value, seconds, error))
    able = [trial for trial in trials if trial.value is not None]
    if not able:
        first = trials[0].error if trials else "none was begun"
        raise EvaluationError(f"no trial of {search.model} succeeded: {first}")
    best = max(able, key=lambda trial: search.metric.sign * (trial.value or 0.0))
    defaults = model_class(search.model).defaults()
    usual = [t for t in able if all(t.params.get(name) == defaults[name] for name in space)]
    told = {**about, "value": best.value, "trials": len(trials)}
    default = usual[0] if usual else None
    return Tuning(search.model, search.metric, tuple(trials), best, default, told)


# -- as text --------------------------------------------------------------------------------------


def _plain(value: Any) -> Any:
    if isinstance(value, str | int | float | bool) or value is None:
        return value
    return [_plain(part) for part in value] if isinstance(value, list | tuple) else str(value)


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, Mapping):
        pairs = (f"{_toml(str(k))} = {_toml(v)}" for k, v in value.items() if v is not None)
        return "{" + ", ".join(pairs) + "}"
    # A basic string of TOML is written like a string of JSON.
    return json.dumps(str(value), ensure_ascii=False)
