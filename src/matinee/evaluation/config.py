"""A configuration as TOML."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matinee.evaluation.tune import Tuning

__all__ = ["config_text"]


def config_text(tuning: Tuning) -> str:
    """The best configuration as TOML, for ``matinee train --config``.

    Examples
    --------
    >>> from matinee.evaluation.metrics import parse_metric
    >>> from matinee.evaluation.tune import Trial, Tuning
    >>> best = Trial(3, {"factors": 64, "alpha": 0.5}, 0.41, 2.0)
    >>> print(config_text(Tuning("als", parse_metric("ndcg@10"), (best,), best, None, {"seed": 3})))
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
    found = f"{tuning.metric.name} {tuning.best.value:.4f}"
    lines = [
        f"# Found by matinee tune: {found} on the validation part, best of {len(tuning.trials)}.",
        f"model = {_toml(tuning.model)}",
        "",
        "[params]",
    ]
    # TOML has no null; a parameter that is None is the constructor's default or left out.
    lines += [f"{k} = {_toml(v)}" for k, v in tuning.best.params.items() if v is not None]
    lines += ["", "[tuned]"]
    lines += [f"{k} = {_toml(v)}" for k, v in tuning.about.items() if v is not None]
    return "\n".join(lines) + "\n"


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, Mapping):
        pairs = (f"{_toml(str(k))} = {_toml(v)}" for k, v in value.items() if v is not None)
        return "{" + ", ".join(pairs) + "}"
    # A basic string of TOML is written like a string of JSON.
    return json.dumps(str(value), ensure_ascii=False)
