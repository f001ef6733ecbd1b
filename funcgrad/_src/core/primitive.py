"""Primitives: the operations that traces interpret, with a slot for every rule.

A primitive computes (``impl``), says what it would compute (``aval``), and carries its derivative
(``rule``, one of the forms of ops/declare.py) and its batching rule. Arrays are positional, static
data is keyword and hashable.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from ..backends import HOST_TYPES, backend_of, locate
from ..base.errors import ArgumentError, JaxprError, MissingRuleError
from .aval import Aval, aval_of
from .trace import Tracer, current

Impl = Callable[..., Any]
_registry: dict[str, Primitive] = {}
# Called once a name is missed: whoever declares primitives when they are needed declares them all.
readers: list[Callable[[], None]] = []


class Primitive:
    """One operation and its rules; ``bind`` applies it under the current trace.

    Parameters
    ----------
    name : str
        Unique; third parties qualify theirs (``"mypackage.convolve"``).
    impl : callable
        ``impl(xp, *arrays, **params)`` computes with the array namespace ``xp``.
    host : callable, optional
        ``host(*arrays, **params)``: the same on NumPy arrays, where a shorter way exists.
    multiple : bool
        Whether the result is a tuple of values.
    """

    __slots__ = (
        "aval",
        "batch",
        "effect",
        "family",
        "host",
        "impl",
        "kernel",
        "multiple",
        "name",
        "put",
        "rule",
        "stage",
        "symbol",
    )

    def __init__(
        self, name: str, impl: Impl, *, host: Impl | None = None, multiple: bool = False, family: str = ""
    ) -> None:
        if name in _registry:
            raise JaxprError(f"There is a primitive named {name!r} already.", hint="choose another name")
        self.name = name
        self.impl = impl
        self.host: Impl = host if host is not None else partial(impl, np)
        self.multiple = multiple
        self.family = family
        self.aval: Callable[..., Any] | None = None
        self.rule: Any = None
        self.batch: Callable[..., Any] | None = None
        self.put: Callable[..., Any] | None = None
        self.stage: Callable[..., Any] | None = None
        self.symbol: str | None = None
        self.kernel: str | None = None
        self.effect: str | None = None
        _registry[name] = self

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "rule" and value is not None and not hasattr(value, "keeps"):
            raise ArgumentError(
                f"The rule of the primitive `{self.name}` must be a form of derivative.",
                expected="Partials, Linear, Multilinear, Explicit or NONDIFF",
                got=getattr(value, "__name__", None) or repr(value),
                hint="wrap it, as in p.rule = Partials(lambda out, x: 2 * x)",
            )
        object.__setattr__(self, name, value)

    def bind(self, *args: Any, **params: Any) -> Any:
        """Apply to arrays or tracers under the current trace."""
        trace = current.get()
        if trace is None:
            return self.evaluate(args, params)
        return trace.process(self, args, params)

    def evaluate(self, args: Sequence[Any], params: dict[str, Any]) -> Any:
        """Compute on concrete values; tracers met here have leaked."""
        for arg in args:
            if type(arg) not in HOST_TYPES:
                return self._evaluate_elsewhere(args, params)
        return self.host(*args, **params)

    def _evaluate_elsewhere(self, args: Sequence[Any], params: dict[str, Any]) -> Any:
        args = [as_operand(arg) for arg in args]
        backend, place = locate(args, what=f"`{self.name}`")
        if backend.xp is np:
            return self.host(*args, **params)
        with backend.scope(place):
            return self.impl(backend.xp, *args, **params)

    def abstract(self, avals: Sequence[Aval], params: dict[str, Any]) -> Any:
        """The aval (a tuple of them if ``multiple``) of the result."""
        if self.aval is None:
            raise missing_rule(self, "aval")
        return self.aval(*avals, **params)

    def __repr__(self) -> str:
        return self.name

    def __reduce__(self) -> tuple[Any, ...]:
        return find_primitive, (self.name,)


def as_operand(value: Any) -> Any:
    """A value that may stand in an operation: lists become arrays, leaked tracers are an error."""
    if type(value) in HOST_TYPES:
        return value
    if type(value) is Tracer:
        raise value.trace.misused(value)
    if backend_of(value) is not None:
        return value
    if isinstance(value, (list, tuple)):
        value = np.asarray(value)
    aval_of(value)
    return value


def find_primitive(name: str) -> Primitive:
    """The primitive of this name; JaxprError when there is none."""
    if name not in _registry:
        read_all()
    try:
        return _registry[name]
    except KeyError:
        raise JaxprError(
            f"There is no primitive named {name!r}.", hint="import the module that defines it first"
        ) from None


def all_primitives() -> tuple[Primitive, ...]:
    """Every registered primitive, in order of registration."""
    read_all()
    return tuple(_registry.values())


def read_all() -> None:
    """Have every primitive declared."""
    for reader in readers:
        reader()


def missing_rule(primitive: Primitive, slot: str) -> MissingRuleError:
    """The error for a rule nobody has written, naming primitive, slot and file."""
    where = f"funcgrad/_src/ops/{primitive.family}.py" if primitive.family else "the module that defines it"
    return MissingRuleError(
        f"The primitive `{primitive.name}` has no {slot} rule.",
        hint=f"define the {slot} rule of `{primitive.name}` in {where}, "
        "or use custom_vjp / custom_jvp around the call",
    )
