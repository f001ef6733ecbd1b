"""Traces and the tracers they hand out; which trace is current.

``primitive.bind`` hands an application to the current trace. A trace unwraps the tracers that are its
own, treats everything else as a constant, returns early when nothing was its own, and computes under
its parent. There are no levels: who is asked first is decided by the context alone.

NOTE (the life of a trace): the current trace lives in a ContextVar, set by ``tracing`` and restored
in its ``finally`` to the previous value. ``trace.thread`` is the thread that runs it and 0 once it
has ended, so one comparison per operation finds both a dead trace (it counts as none: a task that
copied the context goes on under the nearest living parent) and a trace of another thread.
"""

from __future__ import annotations

from _thread import get_ident  # threading itself takes half a millisecond to import
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Literal

from ..base.errors import (
    ClosedOverTracerError,
    FuncgradError,
    LeakedTracerError,
    UnsupportedError,
    WrongThreadError,
)
from .aval import Aval, aval_of

if TYPE_CHECKING:
    from .primitive import Primitive

Reason = Literal["derivative", "batch", "abstract", "effect"]
current: ContextVar[Trace | None] = ContextVar("funcgrad_trace", default=None)


class Trace:
    """An interpreter of primitive applications; subclasses are the transformations."""

    __slots__ = ("name", "parent", "thread")

    # Why Python may not have the number of a tracer whose ``data`` is not None (see ``withheld``).
    withholds: Reason = "derivative"
    axis_name: str | None = None  # of a mapped axis
    # Whether a program is made here, which reads the arrays that were met again whenever it runs.
    rereads = False
    # Whether Python may decide by numbers that are not there yet: they are computed when it asks, and
    # what it made of them is recorded as a guard (ops/decisions.py).
    decides = False

    def __init__(self, name: str, parent: Trace | None = None) -> None:
        self.name = name
        self.parent = parent if parent is not None else living(current.get())
        self.thread = get_ident()

    def process(self, primitive: Primitive, args: Sequence[Any], params: dict[str, Any]) -> Any:
        """Apply ``primitive``; the heart of a transformation."""
        raise NotImplementedError

    def aval(self, tracer: Tracer) -> Aval:
        """The aval of one of this trace's tracers."""
        return aval_of(tracer.value)

    def lift(self, value: Any) -> Tracer:
        """A tracer of this trace for a value that does not depend on what is traced."""
        return value if type(value) is Tracer and value.trace is self else Tracer(self, value, None)

    def split(self, value: Any) -> tuple[Any, Any]:
        """``value`` and ``data`` of a tracer of this trace; for anything else itself and None."""
        if type(value) is Tracer and value.trace is self:
            return value.value, value.data
        return value, None

    def constant(self, out: Any) -> Any:
        """The result of an operation on constants of this trace: its arrays are constants too."""
        if isinstance(out, (tuple, list)):
            return tuple(map(self.constant, out))
        aval = aval_of(out)
        return self.lift(out) if aval.inexact and aval.kind == "array" else out

    def concrete(self, tracer: Tracer) -> Any:
        """The number behind a tracer, or ``unknown`` when there is none; used to print and to branch."""
        value = tracer.value
        return value.trace.concrete(value) if type(value) is Tracer else value

    def known(self, tracer: Tracer) -> Any:
        """The number behind a tracer, computed if need be, for a decision that will be recorded."""
        value = tracer.value
        return value.trace.known(value) if type(value) is Tracer else value

    def barrier(self, tracer: Tracer) -> tuple[Reason, Trace] | None:
        """Why there is no number to decide by behind a tracer of this trace, which ``decides``."""
        raise NotImplementedError

    def decide(
        self, operands: Sequence[Any], kind: str, outcome: Any, static: tuple[tuple[str, Any], ...]
    ) -> None:
        """Record a decision that Python made by numbers of this trace, which ``decides``."""
        raise NotImplementedError

    def dependent(
        self, operands: Sequence[Any], kind: str, outs: Sequence[Any], static: tuple[tuple[str, Any], ...]
    ) -> tuple[Any, ...]:
        """Record arrays whose types depend on numbers of this trace, which ``decides``; their tracers."""
        raise NotImplementedError

    def elsewhere(self, primitive: Primitive, args: Sequence[Any], params: dict[str, Any]) -> Any:
        """Apply ``primitive`` where this trace is not in force: it has ended, or on another thread."""
        for arg in args:
            if type(arg) is Tracer and arg.trace is self:
                raise self.misused(arg)
        trace = living(self)
        if trace is None:
            return primitive.evaluate(args, params)
        return trace.process(primitive, args, params)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """An array's method ``x.trace()``: the name means a tracer's trace here."""
        raise UnsupportedError(
            "`x.trace()` has another meaning on traced values.", hint="write np.trace(x) instead"
        )

    def misused(self, tracer: Tracer) -> FuncgradError:
        """The error for a tracer of this trace met where the trace is not in force."""
        if self.thread == 0:
            return LeakedTracerError(
                f"A traced value of `{self.name}` was used after `{self.name}` had ended.",
                expected="values traced by a call that is still running",
                got=f"a tracer of {self.aval(tracer)}",
                hint="return the value from the function instead of storing it; "
                "has_aux=True returns extra values beside the result",
            )
        if self.thread != get_ident():
            return WrongThreadError(
                f"A traced value of `{self.name}` was used on another thread.",
                expected="use on the thread that traces it",
                got=f"a tracer of {self.aval(tracer)}",
                hint=f"call `{self.name}` inside the thread instead; each thread traces for itself",
            )
        return ClosedOverTracerError(
            f"A function with rules of its own closes over a traced value of `{self.name}`.",
            expected="traced values among the function's arguments",
            got=f"a tracer of {self.aval(tracer)}",
            hint="pass the value as an argument, so that its derivative is not cut",
        )


class Unknown:
    """The answer of ``Trace.concrete`` when a tracer stands for a value nobody has computed."""

    def __repr__(self) -> str:
        return "unknown"


unknown = Unknown()


class Tracer:
    """Stands for an array inside a traced function; what it carries is its trace's affair.

    ``value`` and ``data`` belong to the trace (primal and tangent; value and batch axis; …); ``links``
    is None, or tells what in-place writes must know (see core/inplace.py). Operators, methods and
    NumPy's protocols are installed by ops/methods.py, so that core knows no op.
    """

    __slots__ = ("__weakref__", "data", "links", "trace", "value")

    trace: Trace
    value: Any
    data: Any
    links: Any

    def __init__(self, trace: Trace, value: Any, data: Any, links: Any = None) -> None:
        self.trace = trace
        self.value = value
        self.data = data
        self.links = links

    def __funcgrad_aval__(self) -> Aval:
        return self.trace.aval(self)


def withheld(tracer: Tracer) -> list[tuple[Reason, Trace]]:
    """What stands between Python and the number behind a tracer, innermost trace first.

    ``("derivative", trace)``: there is a number, but taking it cuts the derivative. ``"batch"``: there is
    one for each example. ``"abstract"``: there is none, or another one at the next call. Such a number
    may still be decided by if the trace ``decides``: see ``barrier``.
    """
    found: list[tuple[Reason, Trace]] = []
    value: Any = tracer
    while type(value) is Tracer:
        if value.data is not None:
            found.append((value.trace.withholds, value.trace))
        value = value.value
    return found


def is_known(value: Any) -> bool:
    """Whether Python may look at the numbers of ``value``: no more than a derivative stands before them."""
    return type(value) is not Tracer or all(reason == "derivative" for reason, _ in withheld(value))


def barrier(value: Any) -> tuple[Reason, Trace] | None:
    """What keeps Python from deciding by the number behind ``value``; None where nothing does.

    A derivative does not: nothing is cut by a decision.
    """
    while type(value) is Tracer:
        trace = value.trace
        if value.data is not None and trace.withholds != "derivative":
            found = trace.barrier(value) if trace.decides else (trace.withholds, trace)
            if found is not None:
                return found
        value = value.value
    return None


def decider(value: Any) -> Trace | None:
    """The trace that records what Python decides by the number behind ``value``; None if none need."""
    while type(value) is Tracer:
        if value.trace.decides and value.data is not None:
            return value.trace
        value = value.value
    return None


def living(trace: Trace | None) -> Trace | None:
    """The nearest of ``trace`` and its parents that is in force on this thread; None when none is."""
    here = get_ident()
    while trace is not None and trace.thread != here:
        trace = trace.parent
    return trace


def rereader(trace: Trace | None) -> Trace | None:
    """The nearest of ``trace`` and its parents that makes a program, which reads arrays again; or None."""
    while trace is not None and not trace.rereads:
        trace = trace.parent
    return trace


def find_current() -> Trace | None:
    """The trace in force here, or None."""
    return living(current.get())


class under:  # noqa: N801  (a context, written like contextlib's)
    """Make ``trace`` the current one for a block; the previous one is restored whatever happens."""

    __slots__ = ("previous", "trace")

    def __init__(self, trace: Trace | None) -> None:
        self.trace = trace

    def __enter__(self) -> None:
        self.previous = current.get()
        current.set(self.trace)

    def __exit__(self, *error: object) -> None:
        current.set(self.previous)


on_end: list[Callable[[Trace], None]] = []  # asked when a trace has ended well; debug.checking_leaks is


class tracing(under):  # noqa: N801
    """Make ``trace`` current for a block and end it there: its tracers refuse to be used afterwards."""

    __slots__ = ()
    trace: Trace

    def __exit__(self, *error: object) -> None:
        self.trace.thread = 0
        current.set(self.previous)
        if on_end and error[0] is None:
            for look in on_end:
                look(self.trace)


def axis_names(trace: Trace | None) -> tuple[str, ...]:
    """Names of the mapped axes around a trace, outermost first."""
    names: list[str] = []
    while trace is not None:
        if trace.axis_name is not None:
            names.append(trace.axis_name)
        trace = trace.parent
    return tuple(reversed(names))
