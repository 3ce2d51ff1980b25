"""The models, by short name. Each is imported only when it is asked for."""

from __future__ import annotations

import difflib
import importlib
from typing import TYPE_CHECKING, Any

from matinee.errors import MissingExtraError, ParameterError, UnknownModelError
from matinee.models.parameters import check_names

if TYPE_CHECKING:
    from matinee.models.base import Recommender

__all__ = ["DEFAULT_MODEL", "MODELS", "create_model", "model_class", "register"]

DEFAULT_MODEL = "blend"
"""What answers wherever nobody names a model."""

MODELS: dict[str, str] = {
    "popular": "matinee.models.popular:Popular",
    "bias": "matinee.models.bias:Bias",
    "content": "matinee.models.content:Content",
    "user-knn": "matinee.models.knn:UserKNN",
    "item-knn": "matinee.models.knn:ItemKNN",
    "ease": "matinee.models.ease:EASE",
    "svd": "matinee.models.svd:SVD",
    "mf": "matinee.models.mf:MatrixFactorization",
    "als": "matinee.models.als:ALS",
    "explicit-als": "matinee.models.explicit_als:ExplicitALS",
    "bayes": "matinee.models.bayes:Bayes",
    "dot": "matinee.models.neural.dot:Dot",
    "mlp": "matinee.models.neural.mlp:MLP",
    "blend": "matinee.models.blend:Blend",
}
"""Short name → where the class is; the order is that of `matinee models`."""

_OWN: dict[str, type[Recommender]] = {}


def model_class(name: str) -> type[Recommender]:
    """The class of a short name.

    Raises
    ------
    UnknownModelError
        If there is none; the message lists those that there are.
    MissingExtraError
        If it needs an optional dependency that is not installed.

    Examples
    --------
    >>> model_class("ease").summary.split(":")[0]
    'item-item linear autoencoder in closed form'
    """
    if name in _OWN:
        return _OWN[name]
    target = MODELS.get(name)
    if target is None:
        near = difflib.get_close_matches(name, list(MODELS), n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise UnknownModelError(f"no model {name!r}.{hint} There are: {', '.join(MODELS)}")
    module, _, attribute = target.partition(":")
    try:
        found: type[Recommender] = getattr(importlib.import_module(module), attribute)
    except ModuleNotFoundError as error:
        if error.name == "torch":
            raise MissingExtraError(f"the model {name!r}", "neural") from None
        raise
    return found


def register(cls: type[Recommender]) -> type[Recommender]:
    """Make a class of one's own known by its short name; a decorator.

    From then on :func:`create_model`, ``load_model``, the evaluation and the tuning know it like
    Matinee's own, in this process.

    Raises
    ------
    ParameterError
        If it has no short name, or that of another model.

    Examples
    --------
    See :doc:`/own-model`.
    """
    name = getattr(cls, "name", "")
    place = f"{cls.__module__}:{cls.__qualname__}"
    if not name or MODELS.get(name, place) != place:
        raise ParameterError(
            f"{cls.__name__} needs a short name of its own (name = ...), got {name!r}; "
            f"taken are: {', '.join(MODELS)}"
        )
    MODELS[name], _OWN[name] = place, cls
    return cls


def create_model(
    name: str = DEFAULT_MODEL, *, preset: str | None = None, **params: Any
) -> Recommender:
    """A model by short name, with hyper-parameters.

    Parameters
    ----------
    name : str
        The default is the best answer for most people.
    preset : str, optional
        A set of hyper-parameters to start from, of those in the class's ``presets``.
    **params
        Hyper-parameters; they go before those of the preset.

    Raises
    ------
    UnknownModelError
        If there is no such model.
    ParameterError
        If a hyper-parameter or preset is unknown, or a value outside its range.

    Examples
    --------
    >>> create_model("ease", regularization=200.0).params["regularization"]
    200.0
    """
    cls = model_class(name)
    if preset is not None:
        if preset not in cls.presets:
            there = ", ".join(repr(each) for each in cls.presets) or "none"
            raise ParameterError(f"{name} has no preset {preset!r}; there are: {there}")
        params = {**cls.presets[preset], **params}
    check_names(name, params, cls.defaults())
    return cls(**params)
