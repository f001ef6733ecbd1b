"""Loop programs: what a fusion group computes at every point of a few nested loops.

A loop program has *axes*, from the slowest to the fastest in memory, and *registers*. Each register varies
along some axes and is constant along the others, so that broadcasting needs no operation of its own.
``loads`` read arrays and scalars, ``body`` computes (elementwise, or a reduction along axes), ``stores``
write. An engine prints it: as calls of NumPy on blocks, as native loops, as one kernel on a device.
"""

from __future__ import annotations

import math
from typing import Any

from ..base.record import Record
from ..core.aval import Aval
from ..ir.jaxpr import Equation, Literal, Var

Dims = tuple[int | None, ...]  # for each dimension of an array the loop's axis, None for one of length 1


class Load(Record):
    """Register ``register`` is ``var``, whose dimensions are the axes ``dims``; a scalar has none."""

    var: Var
    dims: Dims
    register: int


class Compute(Record):
    """``register = primitive(*args)``, where an argument is a register or a literal.

    ``axes`` are those that a reduction takes away, empty for what works element by element.
    """

    eqn: Equation
    args: tuple[int | Literal, ...]
    register: int
    axes: tuple[int, ...] = ()


class Store(Record):
    """Write a register into the result ``var``."""

    var: Var
    dims: Dims
    register: int


class Loop(Record):
    """A loop program.

    ``sizes`` are the lengths of the axes, ``varies`` tells of each register along which axes it varies,
    ``dtypes`` what it holds.
    """

    sizes: tuple[int, ...]
    loads: tuple[Load, ...]
    body: tuple[Compute, ...]
    stores: tuple[Store, ...]
    varies: tuple[tuple[int, ...], ...]
    avals: tuple[Aval, ...]

    @property
    def points(self) -> int:
        """How often the innermost body runs."""
        return math.prod(self.sizes)

    def reads(self) -> tuple[Var, ...]:
        """The variables that are loaded."""
        return tuple([load.var for load in self.loads])

    def __str__(self) -> str:
        return print_loop(self)


def print_loop(loop: Loop, name: Any = None) -> str:
    """The program as text: ``for i0 < 100, i1 < 10:`` and one line for each load, operation and store."""
    names: dict[Var, str] = {}
    called = name or (lambda var: names.setdefault(var, f"v{len(names)}"))
    axes = ", ".join(f"i{k} < {n}" for k, n in enumerate(loop.sizes))
    lines = [f"for {axes or 'once'}:"]
    for load in loop.loads:
        lines.append(f"  r{load.register}:{_dtype(loop, load.register)} = {called(load.var)}{_at(load.dims)}")
    for row in loop.body:
        args = ", ".join(f"r{a}" if isinstance(a, int) else repr(a.value) for a in row.args)
        over = f" over {', '.join(f'i{k}' for k in row.axes)}" if row.axes else ""
        kind = _dtype(loop, row.register)
        lines.append(f"  r{row.register}:{kind} = {row.eqn.primitive}({args}){over}")
    lines += [f"  {called(store.var)}{_at(store.dims)} = r{store.register}" for store in loop.stores]
    return "\n".join(lines)


def _dtype(loop: Loop, register: int) -> str:
    return str(loop.avals[register].dtype)


def _at(dims: Dims) -> str:
    """The indices of an array; dimensions that were made one axis have one index."""
    names = ["0" if axis is None else f"i{axis}" for axis in dims]
    once = [name for k, name in enumerate(names) if not k or name == "0" or name != names[k - 1]]
    return f"[{', '.join(once)}]" if dims else ""
