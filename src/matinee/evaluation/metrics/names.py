"""The metrics by name: ``"ndcg@100"``, ``"rmse"``."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import Literal

from matinee.errors import ParameterError

__all__ = ["DEFAULT_METRICS", "METRICS", "Metric", "MetricKind", "parse_metric", "parse_metrics"]

Kind = Literal["stars", "accuracy", "beyond"]


@dataclass(frozen=True, slots=True)
class MetricKind:
    """A family of metrics: one name, any ``k``.

    Attributes
    ----------
    name : str
    kind : {"stars", "accuracy", "beyond"}
        Whether it looks at predicted stars, at the films found, or at what lists are like.
    better : {"higher", "lower", ""}
        Empty where neither is better in itself.
    summary : str
    of_all : bool
        Whether it describes all lists together, so that people cannot be resampled.
    """

    name: str
    kind: Kind
    better: Literal["higher", "lower", ""]
    summary: str
    of_all: bool = False


METRICS: dict[str, MetricKind] = {
    kind.name: kind
    for kind in (
        MetricKind("rmse", "stars", "lower", "root mean squared error, stars"),
        MetricKind("mae", "stars", "lower", "mean absolute error, stars"),
        MetricKind("ndcg", "accuracy", "higher", "discounted gain, 1 for a perfect order"),
        MetricKind("recall", "accuracy", "higher", "films found, divided by min(k, to be found)"),
        MetricKind("recall_all", "accuracy", "higher", "films found, divided by all to be found"),
        MetricKind("precision", "accuracy", "higher", "share of the list that is to be found"),
        MetricKind("map", "accuracy", "higher", "mean average precision, by min(k, to be found)"),
        MetricKind("mrr", "accuracy", "higher", "one over the place of the first film found"),
        MetricKind("hit", "accuracy", "higher", "people with at least one film found"),
        MetricKind("coverage", "beyond", "higher", "share of all films in any list", of_all=True),
        MetricKind("gini", "beyond", "lower", "inequality of recommended films", of_all=True),
        MetricKind("novelty", "beyond", "", "self-information of the list, bits"),
        MetricKind("diversity", "beyond", "", "mean genre distance of two films of a list"),
        MetricKind("popularity_lift", "beyond", "", "popularity of the list over the person's own"),
        MetricKind("calibration", "beyond", "lower", "genres of the list against the person's own"),
    )
}
"""Name → what it is. All but ``rmse`` and ``mae`` are written with a ``k``: ``ndcg@10``."""

DEFAULT_METRICS: tuple[str, ...] = (
    "rmse",
    "mae",
    "ndcg@10",
    "ndcg@100",
    "recall@20",
    "recall@50",
    "recall_all@20",
    "precision@10",
    "map@10",
    "mrr@10",
    "hit@10",
    "coverage@10",
    "gini@10",
    "novelty@10",
    "diversity@10",
    "popularity_lift@10",
    "calibration@10",
)


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric: a kind and, for lists, how many places count."""

    kind: MetricKind
    k: int = 0

    @property
    def name(self) -> str:
        """``"ndcg@100"``."""
        return f"{self.kind.name}@{self.k}" if self.k else self.kind.name

    @property
    def sign(self) -> int:
        """1 if higher is better, -1 if lower is, 0 if neither."""
        return {"higher": 1, "lower": -1, "": 0}[self.kind.better]

    def __str__(self) -> str:
        return self.name


def parse_metric(name: str) -> Metric:
    """A metric from its name.

    Raises
    ------
    ParameterError
        If there is none of this name, or ``k`` is missing, needless or no whole number.

    Examples
    --------
    >>> parse_metric("recall@20").k
    20
    >>> parse_metric("ndgc@10")
    Traceback (most recent call last):
    ...
    matinee.errors.ParameterError: no metric 'ndgc@10'. Did you mean 'ndcg@10'?
    """
    match = re.fullmatch(r"([a-z_]+)(?:@([1-9]\d{0,5}))?", name.strip().casefold())
    kind = METRICS.get(match[1]) if match else None
    if match is None or kind is None:
        stem, at, k = name.partition("@")
        near = difflib.get_close_matches(stem.casefold(), list(METRICS), n=1)
        hint = f" Did you mean '{near[0]}{at}{k}'?" if near else ""
        hint = hint or f" There are: {', '.join(METRICS)}, all but rmse and mae with @k"
        raise ParameterError(f"no metric {name!r}.{hint}")
    if (kind.kind == "stars") == (match[2] is not None):
        wrong = "takes no @k" if match[2] else f"needs a number of places: {kind.name}@10"
        raise ParameterError(f"the metric {kind.name} {wrong}, got {name!r}")
    return Metric(kind, int(match[2] or 0))


def parse_metrics(names: tuple[str, ...] | list[str] | None) -> tuple[Metric, ...]:
    """Several metrics, each once, in the order given; the default set for None."""
    metrics = [parse_metric(name) for name in (DEFAULT_METRICS if names is None else names)]
    return tuple(dict.fromkeys(metrics))
