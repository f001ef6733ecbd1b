"""Loop programs: what a fusion group computes at every point of a few nested loops.

A loop program has *axes*, from the slowest to the fastest in memory, and *registers*. Each register varies
along some axes and is constant along the others, so that broadcasting needs no operation of its own.
``loads`` read arrays and scalars, ``body`` computes (elementwise, or a reduction along axes), ``stores``
write. An engine prints it: as calls of NumPy on blocks, as native loops, as one kernel on a device.
"""

from __future__ import annotations

import math
from collections.abc import Callable
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
    called = name or names_of(loop)
    axes = ", ".join(f"i{k} < {n}" for k, n in enumerate(loop.sizes))
    lines = [f"for {axes or 'once'}:"]
    for load in loop.loads:
        lines.append(
            f"  r{load.register}:{_dtype(loop, load.register)} = {called(load.var)}{indices(load.dims)}"
        )
    for row in loop.body:
        lines.append(f"  r{row.register}:{_dtype(loop, row.register)} = {operation(row)}")
    lines += [f"  {called(store.var)}{indices(store.dims)} = r{store.register}" for store in loop.stores]
    return "\n".join(lines)


def names_of(loop: Loop) -> Callable[[Var], str]:
    """Names for the arrays of one loop program, by their order."""
    found = dict.fromkeys([*loop.reads(), *[store.var for store in loop.stores]])
    names = {var: f"v{k}" for k, var in enumerate(found)}
    return names.__getitem__


def operation(row: Compute) -> str:
    """What a row computes: ``sum(r3) over i1``."""
    args = ", ".join(f"r{a}" if isinstance(a, int) else repr(a.value) for a in row.args)
    over = f" over {', '.join(f'i{k}' for k in row.axes)}" if row.axes else ""
    return f"{row.eqn.primitive}({args}){over}"


def _dtype(loop: Loop, register: int) -> str:
    return str(loop.avals[register].dtype)


def indices(dims: Dims) -> str:
    """The indices of an array; dimensions that were made one axis have one index."""
    names = ["0" if axis is None else f"i{axis}" for axis in dims]
    once = [name for k, name in enumerate(names) if not k or name == "0" or name != names[k - 1]]
    return f"[{', '.join(once)}]" if dims else ""
