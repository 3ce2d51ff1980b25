"""What somebody wants of the order of a list, beyond what their ratings say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self, TypeAlias, cast, get_args

from matinee.errors import ParameterError
from matinee.ids import Id

__all__ = ["PLAIN", "Dials", "Order"]

Order: TypeAlias = Literal["fit", "sure", "stars"]


@dataclass(frozen=True, init=False)
class Dials:
    """What is wanted of a list. Dials choose the films; :attr:`order` says what sorts them.

    Parameters
    ----------
    like : iterable of movie ids
        Films whose mood is wanted tonight; they do not come back themselves.
    hidden : float
        From 0 (as they come) to 1 (hidden gems: at most a tenth of the ratings that the films of
        the plain list have).
    different : float
        From 0 (as they come) to 1 (films of the list are as unlike each other as can be).
    order : {"fit", "sure", "stars"}
        Best fit first, or surest to please, or highest stars; the last two need a model that
        predicts stars.
    series : int
        How many films of one series ten films may have at most; 0 for no limit.

    Raises
    ------
    ParameterError
        If a dial lies outside its range.

    Examples
    --------
    >>> Dials(hidden=0.7)
    Dials(hidden=0.7)
    >>> Dials(different=2)
    Traceback (most recent call last):
    ...
    matinee.errors.ParameterError: the dial different goes from 0 to 1, got 2
    """

    like: tuple[Id, ...]
    hidden: float
    different: float
    order: Order
    series: int

    def __init__(
        self,
        like: Iterable[Id] = (),
        hidden: float = 0.0,
        different: float = 0.0,
        order: Order | str = "fit",
        series: int = 2,
    ) -> None:
        for name, value in (("hidden", hidden), ("different", different)):
            if isinstance(value, bool | str) or not 0 <= value <= 1:
                raise ParameterError(f"the dial {name} goes from 0 to 1, got {value!r}")
        if order not in get_args(Order):
            raise ParameterError(f"order is one of {', '.join(get_args(Order))}, got {order!r}")
        if series < 0 or series != int(series):
            raise ParameterError(f"series is a whole number of at least 0, got {series!r}")
        films = (like,) if isinstance(like, str | int) else tuple(like)
        values = (films, float(hidden), float(different), cast(Order, order), series)
        for name, given in zip(self.__dataclass_fields__, values, strict=True):
            object.__setattr__(self, name, given)

    @classmethod
    def of(cls, given: Dials | Mapping[str, Any] | None) -> Self:
        """Dials from what a caller passed: themselves, a mapping of their names, or nothing.

        Raises
        ------
        ParameterError
            If a name is none of a dial.
        """
        if isinstance(given, cls):
            return given
        try:
            return cls(**cast("Mapping[str, Any]", given or {}))
        except TypeError as error:
            names = ", ".join(cls.__dataclass_fields__)
            raise ParameterError(f"dials are {names}: {error}") from None

    @property
    def are_plain(self) -> bool:
        """Whether they leave the list as it is."""
        return self == PLAIN

    def __repr__(self) -> str:
        changed = {
            name: getattr(self, name)
            for name in self.__dataclass_fields__
            if getattr(self, name) != getattr(PLAIN, name)
        }
        return f"Dials({', '.join(f'{name}={value!r}' for name, value in changed.items())})"


PLAIN = Dials()
"""Nothing turned: the list as it comes."""
