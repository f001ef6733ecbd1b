"""How an op declares its derivative: once, in one of five forms, each of which serves both modes.

``Partials``     elementwise and holomorphic: the coefficient by each operand, ``(out, *inputs, **params)``
``Linear``       linear in all differentiable operands together: a transpose ``(g, *inputs, **params)`` each
``Multilinear``  linear in each operand by itself (products): a transpose for each
``Explicit``     a ``jvp(tangents, out, *inputs, **params)`` and a ``vjp(g, out, *inputs, **params)``
``NONDIFF``      the derivative is zero wherever it exists

The drivers un-broadcast, cast, project, broadcast tangents and drop symbolic zeros; a rule never does.
A derivative nobody declared is a MissingRuleError when it is needed.

NOTE (what the tape keeps): which inputs, and whether the output, a rule reads is found in its own
code: a parameter that is only asked for shape, dtype, ndim or size is not kept; the rule is given its
aval instead. A rule with ``*inputs`` keeps what its declaration's ``keep`` says.
"""

from __future__ import annotations

import dis
import functools
from collections.abc import Callable, Sequence
from inspect import CO_VARARGS
from types import CodeType, MethodType
from typing import Any, Literal

import numpy as np

from ..base.errors import ArgumentError
from ..core.aval import Aval

Rule = Callable[..., Any]
Keep = tuple[bool, ...]
_SHAPE_ATTRIBUTES = frozenset({"shape", "dtype", "ndim", "size"})


def _code(fun: Any) -> CodeType:
    """The code of a rule, in which is found what it reads."""
    plain = fun.func if isinstance(fun, functools.partial) and not fun.args else fun
    code = getattr(plain, "__code__", None)
    if code is None or isinstance(plain, MethodType):
        name = getattr(fun, "__name__", "")
        name = name if name.isidentifier() else "rule"
        raise ArgumentError(
            "A rule must be a plain Python function: what the tape has to keep is read from its code.",
            expected="a function made by def or lambda",
            got=repr(fun),
            hint=f"lambda g, x: {name}(g, x), with a name for every operand",
        )
    return code  # type: ignore[no-any-return]


def values_read(fun: Rule) -> frozenset[str]:
    """Names of the parameters whose *value* ``fun`` reads, not merely their shape or dtype."""
    code = _code(fun)
    names = set(code.co_varnames[: code.co_argcount])
    read: set[str] = set()
    pending: str | None = None
    for step in dis.get_instructions(code):
        if pending is not None and not (step.opname == "LOAD_ATTR" and step.argval in _SHAPE_ATTRIBUTES):
            read.add(pending)
        pending = None
        touched = step.argval if isinstance(step.argval, tuple) else (step.argval,)
        found = [name for name in touched if isinstance(name, str) and name in names]
        if found and step.opname != "MAKE_CELL":
            read.update(found[:-1])
            pending = found[-1] if step.opname.startswith("LOAD_FAST") else None
            if pending is None:
                read.add(found[-1])
    return frozenset(read)


def _positions(fun: Rule, skip: int) -> frozenset[int]:
    """Positions of the operands (0-based, after ``skip`` leading parameters) that ``fun`` reads."""
    read = values_read(fun)
    code = _code(fun)
    return frozenset(i - skip for i, n in enumerate(code.co_varnames[: code.co_argcount]) if n in read)


def has_varargs(fun: Rule) -> bool:
    """Whether ``fun`` takes ``*args``."""
    return bool(_code(fun).co_flags & CO_VARARGS)


class Form:
    """A declared derivative. ``keeps(mask, n)`` says what to keep for the operands in ``mask``."""

    __slots__ = ("table",)
    kind = "none"
    partials: tuple[Rule | Literal[1, -1] | None, ...] | None = None
    linear: bool = False
    shapes = True  # whether the rule is given avals in place of the inputs it does not read

    def __init__(self) -> None:
        self.table: dict[int, Keep | Literal[False]] = {}  # what ``keeps`` has found, by 2**n + mask

    def keeps(self, mask: int, n: int) -> Keep | Literal[False]:
        """``(output, input 0, input 1, …)``: which values a pullback for ``mask`` reads.

        False when no operand in ``mask`` can carry a derivative, empty when nothing is read at all.
        """
        active = [i for i in range(n) if mask >> i & 1 and self.active(i)]
        needed: set[int] = set()
        for i in active:
            needed |= self.needed(i, n)
        found: Keep | Literal[False] = tuple(i in needed for i in range(-1, n)) if active else False
        if found and not needed and not self.shapes and self.linear:
            found = ()
        self.table[2**n + mask] = found
        return found

    def needed(self, i: int, n: int) -> frozenset[int]:
        """What the pullback to operand ``i`` of ``n`` reads; the output is -1."""
        raise NotImplementedError

    def active(self, i: int) -> bool:
        """Whether operand ``i`` can carry a derivative."""
        raise NotImplementedError


def _check_coefficient(partial: Rule, operands: int) -> None:
    code, given = _code(partial), 1 + operands
    fixed = partial.keywords if isinstance(partial, functools.partial) else ()
    names = [name for name in code.co_varnames[: code.co_argcount] if name not in fixed]
    least = len(names) - len(getattr(partial, "__defaults__", None) or ())
    if has_varargs(partial) or not least <= given <= len(names):
        raise ArgumentError(
            "A coefficient of Partials takes the output and every operand, by name.",
            expected=f"({', '.join(['out', *(f'x{i}' for i in range(operands))])}, **params)",
            got=f"({', '.join([*names, '*…'] if has_varargs(partial) else names)})",
            hint="name the output first, then each operand, used or not",
        )


class Partials(Form):
    """Coefficients of an elementwise, holomorphic function.

    A coefficient is a function, or the constant 1 or -1 of a sum or difference; None for an operand
    without derivative. ``optimistic`` are faster pullbacks ``(g, out, *inputs, **params)`` of plain arrays,
    or None: they give the coefficient times ``g`` but for rounding, or NaN where an inf or NaN met a zero,
    and read no more than the coefficient does. ``selects``: a coefficient of 0 says that the operand was not
    chosen, and wins over an infinite cotangent or tangent of it.
    """

    __slots__ = ("linear", "optimistic", "partials", "selects")
    kind = "partials"
    shapes = False

    def __init__(
        self,
        *partials: Rule | Literal[1, -1] | None,
        optimistic: tuple[Rule | None, ...] | None = None,
        selects: bool = False,
    ) -> None:
        super().__init__()
        self.selects = selects
        for partial in partials:
            if callable(partial):
                _check_coefficient(partial, len(partials))
            elif partial not in (None, 1, -1):
                _code(partial)
        self.partials = partials
        self.optimistic = (None,) * len(partials) if optimistic is None else optimistic
        for partial, pull in zip(partials, self.optimistic, strict=True):
            if pull is not None and not (
                callable(partial) and _positions(pull, 2) - {-2} <= _positions(partial, 1)
            ):
                raise ArgumentError(
                    "An optimistic pullback reads what its coefficient does not: the tape would not keep it.",
                    expected="(g, out, *inputs), of which the coefficient reads those that are read",
                    got=repr(pull),
                )
        self.linear = all(p is None or isinstance(p, int) for p in partials)

    def needed(self, i: int, n: int) -> frozenset[int]:
        """What the pullback to operand ``i`` reads; the output is -1."""
        assert self.partials is not None
        partial = self.partials[i]
        return _positions(partial, 1) if callable(partial) else frozenset()

    def active(self, i: int) -> bool:
        """Whether operand ``i`` can carry a derivative."""
        assert self.partials is not None
        try:
            return self.partials[i] is not None
        except IndexError:
            raise ArgumentError(
                f"A rule has no coefficient for operand {i} of its primitive.",
                expected="one coefficient for each operand, None for one without derivative",
                got=f"Partials of {len(self.partials)}",
                hint="give Partials a coefficient for every operand of the primitive",
            ) from None


class _Transposable(Form):
    __slots__ = ("_keep", "accumulate", "elementwise", "optimistic", "shapes", "transposes", "varargs")
    kind = "transposes"

    def __init__(
        self,
        *transposes: Rule | None,
        varargs: Rule | None = None,
        keep: Sequence[int] = (),
        elementwise: bool = False,
        accumulate: Rule | None = None,
        optimistic: tuple[Rule | None, ...] | None = None,
    ) -> None:
        super().__init__()
        for rule in transposes:
            if rule is not None:
                _code(rule)
        self.accumulate = accumulate
        self.optimistic = transposes if optimistic is None else optimistic
        self.transposes = transposes
        self.varargs = varargs
        self.elementwise = elementwise
        self.shapes = not elementwise
        self._keep = frozenset(keep)

    def active(self, i: int) -> bool:
        """Whether operand ``i`` can carry a derivative."""
        return self.varargs is not None or (i < len(self.transposes) and self.transposes[i] is not None)

    def needed(self, i: int, n: int) -> frozenset[int]:
        """What the pullback to operand ``i`` reads; the output is -1."""
        rule = None if self.varargs is not None else self.transposes[i]
        if rule is None or has_varargs(rule):
            return self._keep
        return _positions(rule, 1) - {-1}

    def pull(self, i: int, g: Any, inputs: Sequence[Any], params: dict[str, Any]) -> Any:
        """The cotangent of operand ``i``."""
        if self.varargs is not None:
            return self.varargs(i, g, *inputs, **params)
        rule = self.transposes[i]
        assert rule is not None
        return rule(g, *inputs, **params)


class Linear(_Transposable):
    """Linear in all its active operands together: the tangent is the op itself on the tangents.

    ``varargs(i, g, *inputs, **params)`` serves ops with any number of operands. ``elementwise`` says
    that an operand without tangent may be replaced by a scalar zero. ``accumulate(total, g, *inputs[1:],
    **params)`` adds the cotangent of operand 0 to ``total`` (in place if ``total`` is a plain array) and
    returns it: an index writes only what it read. ``optimistic`` are faster transposes of plain arrays for
    an elementwise op: they give the same, or NaN where an inf or NaN met a zero.
    """

    __slots__ = ()
    linear = True


class Multilinear(_Transposable):
    """Linear in each active operand by itself: the tangent is a sum over operands."""

    __slots__ = ()

    def needed(self, i: int, n: int) -> frozenset[int]:
        """What the pullback to operand ``i`` reads; the output is -1."""
        if self.varargs is not None:
            return frozenset(j for j in range(n) if j != i)
        return super().needed(i, n)


class Explicit(Form):
    """A jvp and a vjp of their own, where the mathematics asks for it.

    ``jvp(tangents, out, *inputs, **params)`` gets None for a zero tangent and returns the tangent of
    the output (a tuple for several outputs). ``vjp(g, out, *inputs, **params)`` returns one cotangent
    (or None) for each operand. ``operands`` are those that can carry a derivative (None: all);
    ``keep`` overrides what is found in the vjp's code (the output is -1).
    """

    __slots__ = ("_keep", "jvp", "operands", "vjp")
    kind = "explicit"

    def __init__(
        self,
        *,
        jvp: Rule,
        vjp: Rule,
        operands: Sequence[int] | None = None,
        keep: Sequence[int] | None = None,
    ) -> None:
        super().__init__()
        self.jvp = jvp
        self.vjp = vjp
        self.operands = None if operands is None else frozenset(operands)
        if keep is None and has_varargs(vjp):
            raise ArgumentError(
                "Explicit: a vjp with *inputs does not say what it reads.",
                expected="operands by name, or keep=",
                got="(g, out, *inputs)",
                hint="keep=(0, 1) for the first two operands, -1 for the output, () for nothing",
            )
        self._keep = None if keep is None else frozenset(keep)

    def needed(self, i: int, n: int) -> frozenset[int]:
        """What the pullback to operand ``i`` reads; the output is -1."""
        if self._keep is None:
            self._keep = frozenset(i - 1 for i in _positions(self.vjp, 1))
        return self._keep

    def active(self, i: int) -> bool:
        """Whether operand ``i`` can carry a derivative."""
        return self.operands is None or i in self.operands


class CallRule(Form):
    """The derivative of a primitive that calls a function (jit, checkpoint, custom rules).

    ``reverse(parent, mask, values, params)`` returns the outputs (a tuple) and a pullback: a callable
    from the tuple of output cotangents (None where zero) to one cotangent or None for each operand,
    with the list ``residuals`` of the values that it holds.
    ``jvp(primals, tangents, params)`` returns outputs and tangents (None where zero), as two tuples.
    """

    __slots__ = ()
    kind = "call"

    def reverse(self, parent: Any, mask: int, values: list[Any], params: dict[str, Any]) -> Any:
        """Outputs and pullback."""
        raise NotImplementedError

    def jvp(self, primals: list[Any], tangents: list[Any], params: dict[str, Any]) -> Any:
        """Outputs and their tangents."""
        raise NotImplementedError

    def active(self, i: int) -> bool:
        return True


class NonDiff(Form):
    """Piecewise constant, discrete or boolean: the derivative is zero wherever it exists."""

    __slots__ = ()

    def active(self, i: int) -> bool:
        return False


NONDIFF = NonDiff()


_PYTHON = frozenset({int, float, complex})


def typed_number(value: Any, aval: Aval) -> Any:
    """A Python number as a scalar of a result's dtype, for rules: 1/x must not raise at 0."""
    if type(value) not in _PYTHON or not aval.inexact:
        return value
    dtype = np.result_type(aval.dtype, value) if type(value) is complex else aval.dtype
    return dtype.type(value)
