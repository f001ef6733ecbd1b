"""Which trace a transformation gets: the plain one, or, while a check is on, one that looks closely.

The choice falls when the trace is made, once a call; the traces themselves do not ask.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from ...base import config
from ...base.late import late
from ...core.primitive import readers
from ...core.trace import Trace, find_current
from ...ir.evaluate import eval_jaxpr
from ...ir.jaxpr import Jaxpr
from ...ir.staging import stagers
from ..located import LocatedTape
from ..tape import ReverseTrace

if TYPE_CHECKING:
    from . import effects, leaks, nans
else:
    effects = late("funcgrad._src.transforms.debugging.effects")
    leaks = late("funcgrad._src.transforms.debugging.leaks")
    nans = late("funcgrad._src.transforms.debugging.nans")


def _declare_effects() -> None:
    """A program may name their primitives before anybody imports `funcgrad.debug`."""
    vars(effects).setdefault("Effect", effects.Effect)


readers.append(_declare_effects)

T = TypeVar("T", bound=Trace)
_made: dict[tuple[type, bool, bool], Any] = {}


def watched(kind: type[T], *, numbers: bool = True) -> type[T]:
    """``kind``, or, while a check is on, a class of such traces that checks.

    ``numbers`` says whether its values are those of the user's, so that NaN among them mean something.
    """
    for_nans, for_leaks = numbers and config.checking_nans.get() is not None, config.checking_leaks.get()
    if not for_nans and not for_leaks:
        return kind
    key = (kind, for_nans, for_leaks)
    if key not in _made:
        bases: tuple[type, ...] = (kind,)
        if for_nans:
            bases = (nans.NanTape,) if issubclass(kind, ReverseTrace) else (_nan_watch(kind), kind)
        _made[key] = type(kind.__name__, (leaks.LeakWatch, *bases) if for_leaks else bases, {})
    return _made[key]  # type: ignore[no-any-return]


def _nan_watch(kind: type[Trace]) -> type[Trace]:
    return nans.NanWatch if kind.withholds == "batch" else nans.TangentWatch


def evaluate_checked(jaxpr: Jaxpr, args: Sequence[Any]) -> Sequence[Any]:
    """The outputs of a program, evaluated as the check that is on asks for."""
    return eval_jaxpr(jaxpr, args) if config.checking_nans.get() is None else nans.work_off(jaxpr, args)


def new_tape(name: str) -> ReverseTrace:
    """The tape for a call of reverse mode: with the user's lines where a program is staged."""
    kind = LocatedTape if stagers(find_current()) else ReverseTrace
    return watched(kind)(name)
