"""Measuring models: metrics, protocols, comparison, significance, reports, tuning, track record.

Examples
--------
>>> import matinee
>>> from matinee.evaluation import evaluate
>>> found = evaluate(["popular", "bias"], matinee.load("sample"), seed=3, isolated=False)
>>> found.primary.name, found["bias"].value("rmse") < found["popular"].value("rmse") + 0.2
('rmse', True)
"""

from __future__ import annotations

from matinee.evaluation.candidate import Candidate
from matinee.evaluation.compare import Evaluation, ModelResult, evaluate
from matinee.evaluation.lint import Trap
from matinee.evaluation.significance import Comparison
from matinee.evaluation.track_record import TrackRecord, track_record

__all__ = [
    "Candidate",
    "Comparison",
    "Evaluation",
    "ModelResult",
    "TrackRecord",
    "Trap",
    "evaluate",
    "track_record",
]
