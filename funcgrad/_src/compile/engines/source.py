"""What the engines that print Python share: names for variables, constants, and literals."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ...ir.jaxpr import Atom, Equation, Var

FREE_AT_ONCE = 4096  # bytes: larger arrays are not kept until their name is used again


# Primitives in which NumPy never warns: they move data, select, or are BLAS's.
_SILENT = frozenset(
    {"broadcast_to", "concatenate", "copy", "dot", "embed", "full", "gemm", "getitem", "product", "reshape"}
    | {"slice", "stack", "transpose", "vdot", "where", "write_slice"}
)


class Source:
    """Lines of Python, the names of the variables in them, and the namespace that they will run in."""

    def __init__(self, **space: Any) -> None:
        self.lines: list[str] = []
        self.space: dict[str, Any] = space
        self.names: dict[Var, str] = {}
        self.idle: list[str] = []
        self.pinned: set[Var] = set()  # variables whose names stay: a later step writes their memory
        self.count = 0
        self.constants = 0
        self.finite: frozenset[Var] = frozenset()  # variables that hold no inf and no NaN
        self.known: dict[tuple[str, int], tuple[str, Any]] = {}

    def name(self, var: Var) -> str:
        """A register for a new variable."""
        if self.idle:
            found = self.idle.pop()
        else:
            found = f"v{self.count}"
            self.count += 1
        self.names[var] = found
        return found

    def constant(self, value: Any, prefix: str) -> str:
        """A name in the namespace for a value; the same for the same object."""
        found = self.known.get((prefix, id(value)))
        if found is not None:
            return found[0]
        name = f"{prefix}{self.constants}"
        self.constants += 1
        self.space[name] = value
        self.known[prefix, id(value)] = name, value  # which keeps the object, and so its id
        return name

    def read(self, atom: Atom) -> str:
        """An operand: a name, or a literal."""
        if isinstance(atom, Var):
            return self.names[atom]
        value = atom.value
        if type(value) in (float, int, bool) and value == value and abs(value) < 1e300:
            return repr(value) if str(value)[0] != "-" else f"({value!r})"  # -0.0 has a sign, too
        return self.constant(value, "c")

    def transposed(self, atom: Atom) -> str:
        """The name of the transpose of an operand."""
        return f"{self.read(atom)}.T"

    def scratch(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> str:
        """An array for the use of one step."""
        return f"{self.constant(np.empty, 'f')}({shape}, {self.constant(dtype, 'p')})"

    def square_sum(self, name: str) -> str:
        """The product of an array with itself: NaN if there is NaN in it, and only then."""
        vdot = self.constant(np.vdot, "f")
        return f"{vdot}({name}, {name})"

    def forget(self, dead: Iterable[Var]) -> None:
        """Give back the names of variables that are needed no more."""
        large = []
        for var in dead:
            name = None if var in self.pinned else self.names.get(var)
            if name is None or name[0] != "v":
                continue
            del self.names[var]
            self.idle.append(name)
            if var.aval.nbytes >= FREE_AT_ONCE:
                large.append(name)
        if large:
            self.lines.append(f"{' = '.join(large)} = None")

    def build(self, head: str, name: str) -> tuple[Any, str]:
        """The function ``name``, whose first lines are ``head``, and the whole source."""
        code = head + "".join([f"    {line}\n" for line in self.lines])
        exec(compile(code, "<funcgrad program>", "exec"), self.space)  # noqa: S102  (an engine's own output)
        return self.space[name], code


def is_quiet(eqn: Equation) -> bool | None:
    """Whether NumPy's warnings are off: in derivatives, whose operations the user did not write.

    None where it does not matter, since NumPy never warns there.
    """
    if eqn.primitive.name in _SILENT or (eqn.outs and eqn.outs[0].aval.dtype.kind == "b"):
        return None
    return eqn.source is not None and bool(eqn.source.derivative_of)


def of_all(quiet: Iterable[bool | None]) -> bool | None:
    """What `is_quiet` says of several equations in one step; False where they differ."""
    found = {one for one in quiet if one is not None}
    return None if not found else found == {True}


def with_quiet(runs: Iterable[tuple[bool | None, list[str]]]) -> list[str]:
    """The lines of all runs, those of the quiet ones with NumPy's warnings off, neighbours together."""
    found: list[str] = []
    now = False
    for quiet, lines in runs:
        if quiet and lines and not now:
            found.append("with errstate(all='ignore'):")
        if lines and quiet is not None:
            now = quiet
        found += [f"    {line}" for line in lines] if now else lines
    return found


def operator_form(symbol: str, ins: list[str]) -> str:
    """``a + b`` or ``-a``."""
    return f"{ins[0]} {symbol} {ins[1]}" if len(ins) == 2 else f"{symbol}{ins[0]}"
