"""Measuring models: metrics, protocols, comparison, significance, reports and tuning.

Examples
--------
>>> import matinee
>>> from matinee.evaluation import evaluate
>>> found = evaluate(["popular", "bias"], matinee.load("sample"), seed=3, apart=False)
>>> found.primary.name, found["bias"].value("rmse") < found["popular"].value("rmse") + 0.2
('rmse', True)
"""

from __future__ import annotations

from matinee.evaluation.engine import evaluate, evaluate_splits
from matinee.evaluation.lint import Trap
from matinee.evaluation.results import Evaluation, ModelResult
from matinee.evaluation.run import Candidate
from matinee.evaluation.significance import Comparison

__all__ = [
    "Candidate",
    "Comparison",
    "Evaluation",
    "ModelResult",
    "Trap",
    "evaluate",
    "evaluate_splits",
]
