"""Metrics, each with a value for every person.

Functions work on plain arrays, so that lists and predictions from anywhere can be measured.
"""

from __future__ import annotations

from matinee.evaluation.metrics.accuracy import (
    average_precision,
    hit_rate,
    hits_of,
    ndcg,
    precision,
    recall,
    recall_all,
    reciprocal_rank,
)
from matinee.evaluation.metrics.beyond import (
    coverage,
    genre_calibration,
    gini,
    intra_list_diversity,
    novelty,
    popularity_lift,
)
from matinee.evaluation.metrics.names import (
    DEFAULT_METRICS,
    METRICS,
    Metric,
    MetricKind,
    parse_metric,
    parse_metrics,
)
from matinee.evaluation.metrics.stars import mae, rmse
from matinee.evaluation.metrics.values import UserValues

__all__ = [
    "DEFAULT_METRICS",
    "METRICS",
    "Metric",
    "MetricKind",
    "UserValues",
    "average_precision",
    "coverage",
    "genre_calibration",
    "gini",
    "hit_rate",
    "hits_of",
    "intra_list_diversity",
    "mae",
    "ndcg",
    "novelty",
    "parse_metric",
    "parse_metrics",
    "popularity_lift",
    "precision",
    "recall",
    "recall_all",
    "reciprocal_rank",
    "rmse",
]
