"""Which trace a transformation gets: the plain one, or, while a check is on, one that looks closely.

The choice falls when the trace is made, once a call; the traces themselves do not ask.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from ...base import config
from ...core.trace import Trace, find_current
from ...ir.evaluate import eval_jaxpr
from ...ir.jaxpr import Jaxpr
from ...ir.staging import stagers
from ..located import LocatedTape
from ..tape import ReverseTrace
from .leaks import LeakWatch
from .nans import NanTape, NanWatch, TangentWatch, work_off

T = TypeVar("T", bound=Trace)
_made: dict[tuple[type, bool, bool], Any] = {}


def watched(kind: type[T], *, numbers: bool = True) -> type[T]:
    """``kind``, or, while a check is on, a class of such traces that checks.

    ``numbers`` says whether its values are those of the user's, so that NaN among them mean something.
    """
    nans, leaks = numbers and config.checking_nans.get() is not None, config.checking_leaks.get()
    if not nans and not leaks:
        return kind
    key = (kind, nans, leaks)
    if key not in _made:
        bases: tuple[type, ...] = (kind,)
        if nans:
            bases = (NanTape,) if issubclass(kind, ReverseTrace) else (_nan_watch(kind), kind)
        _made[key] = type(kind.__name__, (LeakWatch, *bases) if leaks else bases, {})
    return _made[key]  # type: ignore[no-any-return]


def _nan_watch(kind: type[Trace]) -> type[Trace]:
    return NanWatch if kind.withholds == "batch" else TangentWatch


def evaluate_checked(jaxpr: Jaxpr, args: Sequence[Any]) -> Sequence[Any]:
    """The outputs of a program, evaluated as the check that is on asks for."""
    return eval_jaxpr(jaxpr, args) if config.checking_nans.get() is None else work_off(jaxpr, args)


def new_tape(name: str) -> ReverseTrace:
    """The tape for a call of reverse mode: with the user's lines where a program is staged."""
    kind = LocatedTape if stagers(find_current()) else ReverseTrace
    return watched(kind)(name)
