"""``debug_nans``: the first value or derivative that becomes NaN is an error.

The idea: while the switch is on, transformations are given traces of classes that look at the numbers
behind every result, and a sweep that looks at every cotangent; compiled programs are worked off equation by
equation under them. Operations that no transformation sees, on plain arrays, are seen by ``Onlooker``, a
trace that counts as none. While the switch is off none of this is there.
"""

from __future__ import annotations

from _thread import get_ident
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np

from ...base import config
from ...base.config import switched
from ...base.errors import NanError
from ...base.source import Location, placing, user_location
from ...compile.staged import jit_p
from ...core.aval import aval_of
from ...core.primitive import Primitive
from ...core.trace import Trace, Tracer, find_current, living, rereader, tracing, under
from ...ir.evaluate import eval_jaxpr
from ...ir.jaxpr import Jaxpr
from ...ops.declare import typed_number
from ...ops.strong import strong_mul_p
from ..located import LocatedSweep, LocatedTape
from ..sweep import Sweep
from .reports import came, derived, given, has, hidden, label, made, number_of

# They move elements, and NaN among them: the operation that computes with one is to blame.
MOVES = frozenset(
    {
        *("broadcast_to", "choose", "concatenate", "convert", "copy", "diagonal", "embed", "embed_diagonal"),
        *("fill_at", "flip", "full", "getitem", "imag", "index_set", "interleave", "join_complex", "keep"),
        *("pad", "partition", "permute", "real", "repeat", "reshape", "roll", "set_diagonals", "slice"),
        *("sort", "stack", "stop_gradient", "take", "to_place", "transpose", "tril", "triu", "unpermute"),
        *("valued", "where", "write_slice"),
        "call",  # what is inside is looked at by itself
    }
)


# NOTE (NaN that a rule leaves out again): the derivative of hypot at 0 divides 0 by 0, and selects something
# else. So the code of a rule may make NaN: who runs it looks at what comes out (RULE). In a program such code
# is equations like others, but known to belong to a derivative: the errors of those wait in a list, and are
# raised when a NaN is read outside of the operation that it belongs to, or is a result of the program.
Waiting = list[tuple[Location | None, NanError]]
RULE: Waiting = []
_waiting: ContextVar[Waiting | None] = ContextVar("funcgrad_nan_waiting", default=None)


def check_value(primitive: Primitive, args: Sequence[Any], out: Any, params: dict[str, Any]) -> None:
    """Raise NanError if a result holds NaN that the operands do not; see MOVES."""
    waiting = _waiting.get()
    for value in out if primitive.multiple else (out,):
        if waiting is not RULE and has(value):
            _check_nan(primitive, args, value, params, waiting)
    if primitive is strong_mul_p and config.checking_nans.get():
        _check_strong(args)


def _check_nan(
    primitive: Primitive, args: Sequence[Any], value: Any, params: dict[str, Any], waiting: Waiting | None
) -> None:
    at = user_location()
    inside = at is not None and bool(at.derivative_of)
    found = [i for i, arg in enumerate(args) if has(arg)]
    if not found:
        _look_inside(args, params)
        error = made(primitive, args, value, params)
        if waiting is None or not inside:
            raise error
        waiting.append((at, error))
    elif waiting:
        if not inside or all(place != at for place, _ in waiting):
            raise waiting[-1][1]
    elif primitive.name not in MOVES:
        raise came(primitive, args, found[0], params)


def work_off(jaxpr: Jaxpr, args: Sequence[Any]) -> tuple[Any, ...]:
    """The outputs of a program, equation by equation under the current trace, which checks."""
    waiting: Waiting = []
    with switched(_waiting, waiting):
        outs = tuple(eval_jaxpr(jaxpr, args))
    if waiting and any(map(has, outs)):
        raise waiting[-1][1]
    return outs


def holds(value: Any) -> bool:
    """Whether there is a NaN among the numbers behind a value or behind its tangents."""
    while type(value) is Tracer:
        if isinstance(value.trace, TangentWatch) and value.data is not None and holds(value.data):
            return True
        value = value.value
    return has(value)


def _look_inside(args: Sequence[Any], params: dict[str, Any]) -> None:
    """Raise NanError for the operation inside a call that made the NaN: run it again under a tape."""
    call = params.get("call")
    if call is None or any(number_of(arg) is None for arg in args):
        return
    with switched(config.recomputing, True):
        with under(None):
            tape = NanTape("debug_nans")
        with tracing(tape):
            call.primal(*[tape.new_input(x) if aval_of(x).inexact else x for x in map(number_of, args)])


def _check_strong(args: Sequence[Any]) -> None:
    numbers = [number_of(arg) for arg in args]
    if any(number is None or has(number) for number in numbers):
        return
    with np.errstate(all="ignore"):
        plain = np.multiply(*numbers)
    if has(plain):
        at = user_location()
        made_by = at.derivative_of if at is not None else ""
        raise hidden(f"`{made_by}`" if made_by else "an operation", plain, at)


class NanWatch(Trace):
    """Mixed into a trace class: checks every value, and works programs off equation by equation."""

    __slots__ = ()

    def process(self, primitive: Primitive, args: Sequence[Any], params: dict[str, Any]) -> Any:
        if self.thread != get_ident():
            return super().process(primitive, args, params)
        if primitive is jit_p and rereader(self.parent) is None:
            with under(self):
                return work_off(params["jaxpr"], args)
        with switched(_waiting, self.waiting(primitive)):
            out = super().process(primitive, args, params)
        check_value(primitive, args, out, params)
        self.check_tangents(primitive, args, out, params)
        return out

    def waiting(self, primitive: Primitive) -> Waiting | None:
        """How NaN are looked at while an operation is processed; in a call the user's own code runs."""
        return None if _calls(primitive) else _waiting.get()

    def check_tangents(self, primitive: Primitive, args: Sequence[Any], out: Any, params: Any) -> None:
        """Raise NanError if a tangent became NaN."""


def _calls(primitive: Primitive) -> bool:
    return primitive.rule is not None and primitive.rule.kind == "call"


class TangentWatch(NanWatch):
    """Mixed into a trace class whose tracers carry tangents: checks those too."""

    __slots__ = ()

    def waiting(self, primitive: Primitive) -> Waiting | None:
        return None if _calls(primitive) else RULE

    def check_tangents(self, primitive: Primitive, args: Sequence[Any], out: Any, params: Any) -> None:
        if _waiting.get() is RULE:
            return
        for value in out if primitive.multiple else (out,):
            if holds(value) and not has(value):
                if any(map(holds, args)):
                    raise given("tangent", next(arg.data for arg in args if holds(arg)))
                raise derived("tangent", primitive, params, value.data, "", user_location())
        if config.checking_nans.get() and primitive.rule is not None and primitive.rule.kind == "partials":
            self._check_plain(primitive, args, out, params)

    def _check_plain(self, primitive: Primitive, args: Sequence[Any], out: Any, params: Any) -> None:
        """Raise NanError if a product of the chain rule is NaN when it is multiplied plainly."""
        value, tangent = self.split(out)
        if tangent is None or number_of(tangent) is None:
            return
        primals, tangents = zip(*map(self.split, args), strict=True)
        typed = [typed_number(p, self.aval(out)) for p in primals]
        with under(self.parent), switched(_waiting, RULE), np.errstate(all="ignore"):
            for t, partial in zip(tangents, primitive.rule.partials, strict=True):
                if t is not None and callable(partial):
                    plain = t * partial(value, *typed, **params)
                    if has(plain):
                        raise hidden(label(primitive, params), plain, user_location())


class NanSweep(LocatedSweep):
    """A sweep that looks at every cotangent."""

    infinite: dict[int, tuple[str, Location | None]]

    def run(self, seeds: Sequence[tuple[int | None, Any]], inputs: Sequence[int]) -> list[Any]:
        for _, g in seeds:
            if has(g):
                raise given("cotangent", g)
        self.infinite = {}
        with under(find_current()):  # without the onlooker: the sweep knows more
            return super().run(seeds, inputs)

    def _walk(self) -> None:
        self.strong = True
        super()._walk()

    @placing
    def _row(self, index: int, place: Location | None) -> None:
        primitive, ins, params, numbers, _ = self.rows[index]  # type: ignore[misc]
        before = {n: self.cotangents.get(n) for n in ins if n is not None}
        outs = numbers if isinstance(numbers, tuple) else (numbers,)
        source = next((self.infinite[n] for n in outs if n in self.infinite), None)
        name = label(primitive, params)
        self.owned.clear()  # so that nothing of ``before`` is added into
        plain = self._plain(index, before) if primitive.rule.partials is not None else {}
        with switched(_waiting, None if _calls(primitive) else RULE):
            Sweep._segment(self, index, index - 1)
        for n, old in before.items():
            share = self.cotangents.get(n)
            if share is None or holds(old) or _waiting.get() is RULE:
                continue
            if holds(share):
                note = "" if source is None else f"; it came in infinite, from {source[0]} at {source[1]}"
                raise derived("cotangent", primitive, params, share, note, place)
            if has(plain.get(n)):
                raise hidden(name, plain[n], place)
            if has(share, "isinf"):
                self.infinite.setdefault(n, source or (name, place))

    def _plain(self, index: int, before: dict[int, Any]) -> dict[int, Any]:
        """Under ``singular=True`` the cotangents as plain products would have them."""
        if not self.concrete or not config.checking_nans.get():
            return {}
        saved = dict(self.cotangents)
        self.strong = False
        Sweep._segment(self, index, index - 1)
        found = {n: self.cotangents.get(n) for n in before}
        self.strong = True
        self.cotangents.clear()
        self.cotangents.update(saved)
        self.owned.clear()
        return found


class NanTape(NanWatch, LocatedTape):
    """A tape that checks values while it is recorded, and cotangents when it is swept."""

    __slots__ = ()
    sweep = NanSweep


class Onlooker(Trace):
    """Sees the operations that reach the trace in force, or no trace; it owns no tracer.

    It has ended from the start, so that it counts as no trace; ``bind`` alone asks it.
    """

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__("debug_nans")
        self.thread = 0

    def process(self, primitive: Primitive, args: Sequence[Any], params: dict[str, Any]) -> Any:
        trace = living(self.parent)
        if primitive is jit_p and rereader(trace) is None:
            with under(self):
                return work_off(params["jaxpr"], args)
        if trace is None:
            out = primitive.evaluate(args, params)
        else:
            out = trace.process(primitive, args, params)
        check_value(primitive, args, out, params)
        return out


@contextmanager
def debug_nans(singular: bool = False) -> Iterator[None]:
    """Within this block the first value or derivative that becomes NaN is an error that says where.

    It names the operation, the line of your code that applied it (also for a derivative: the line of the
    forward operation), how many elements are NaN, and what the operands are there. It holds for what is
    traced or called inside the block, on this thread or task: under every transformation, in compiled
    functions, which are worked off equation by equation, and for `funcgrad.numpy` on plain arrays (what
    NumPy computes from plain arrays alone is not seen). A NaN that a later ``np.where`` would drop is an
    error too; one that comes in with an argument is an error where it is first computed with. Everything
    is slower.

    Parameters
    ----------
    singular : bool
        Report also where a derivative has zero times infinity, which counts as zero: the points at
        which the strong zero hides a singular derivative.

    Raises
    ------
    NanError
        It derives from ``FloatingPointError``.

    Examples
    --------
    >>> import numpy as np
    >>> from funcgrad import debug, grad
    >>> with np.errstate(invalid="ignore"), debug.debug_nans():
    ...     grad(lambda x: np.log(x).sum())(np.array([1.0, -1.0]))
    Traceback (most recent call last):
        ...
    funcgrad._src.base.errors.NanError: debug_nans: `log` made NaN of operands that hold none. ...
    """
    with switched(config.checking_nans, singular), under(Onlooker()):
        yield
