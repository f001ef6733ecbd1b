"""The printer: a jaxpr as text that ``parse_jaxpr`` reads back (docs/internals/jaxpr.md has the grammar)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count, product
from typing import Any

from ..core.aval import Aval
from .jaxpr import Equation, Jaxpr, Literal, Var
from .text import ValueWriter

VERSION = 1
LETTERS = "abcdefghijklmnopqrstuvwxyz"
RESERVED = frozenset({"lambda", "let", "in", "axes", "effects", "inf", "nan"})


def variable_names() -> Iterator[str]:
    """``a``, ``b``, …, ``z``, ``aa``, …; never a reserved word."""
    for length in count(1):
        for letters in product(LETTERS, repeat=length):
            name = "".join(letters)
            if name not in RESERVED:
                yield name


class Printer(ValueWriter):
    """Writes one program; sub-jaxprs get a printer of their own, since they are closed."""

    def __init__(self, sources: bool = False) -> None:
        self.sources = sources
        self.names: dict[Any, str] = {}
        self.fresh = variable_names()
        self.types: dict[int, str] = {}

    def program(self, jaxpr: Jaxpr, indent: str) -> str:
        """``{ lambda … in (…) }``; lines after the first begin with ``indent``."""
        self.names.update((var, f"h{i}") for i, var in enumerate(jaxpr.hidden_vars))
        hidden = "".join(f"{self.binder(var)} " for var in jaxpr.hidden_vars)
        inputs = "".join(f"{self.binder(var)} " for var in jaxpr.in_vars)
        lines = [f"{{ lambda {hidden}; {inputs}."]
        if jaxpr.axes:
            lines.append(f"  axes {self.value(jaxpr.axes)}")
        if jaxpr.effects:
            lines.append(f"  effects {self.value(tuple(sorted(jaxpr.effects)))}")
        lines.append("  let")
        inner = indent + "    "
        lines += ["    " + self.equation(eqn, inner) for eqn in jaxpr.eqns]
        outs = [self.atom(atom) for atom in jaxpr.outs]
        lines.append(f"  in ({outs[0]},) }}" if len(outs) == 1 else f"  in ({', '.join(outs)}) }}")
        return f"\n{indent}".join(lines)

    def equation(self, eqn: Equation, indent: str = "") -> str:
        """``c:float64[3] = multiply a b``."""
        ins = "".join([f" {self.atom(atom)}" for atom in eqn.ins])
        params = self.params(eqn.params, indent) if eqn.params else ""
        outs = " ".join([self.binder(var) for var in eqn.outs]) or "()"
        name = eqn.primitive.name
        if not all(part.isidentifier() for part in name.split(".")):
            name = repr(name)
        line = f"{outs} = {name}{params}{ins}"
        if not self.sources or eqn.source is None:
            return line
        made_by = eqn.source.derivative_of
        return f"{line}  # {eqn.source}" + (f", derivative of {made_by}" if made_by else "")

    def params(self, params: dict[str, Any], indent: str) -> str:
        """``[axis=0, dtype=None]``; one a line when one of them takes several lines."""
        inner = indent + "  "
        texts = [f"{key}={self.value(params[key], inner)}" for key in sorted(params)]
        if not any("\n" in text for text in texts):
            return f"[{', '.join(texts)}]"
        lines = f",\n{inner}".join(texts)
        return f"[\n{inner}{lines}\n{indent}]"

    def other(self, value: Any, indent: str) -> str:
        if isinstance(value, Jaxpr):
            return Printer(self.sources).program(value, indent)
        return super().other(value, indent)

    def binder(self, var: Var) -> str:
        """``c:float64[3]``."""
        name = self.names.get(var)
        if name is None:
            name = self.names[var] = next(self.fresh)
        return f"{name}:{self.type(var.aval)}"

    def type(self, aval: Aval) -> str:
        """The text of an aval; the same object is written once."""
        text = self.types.get(id(aval))
        if text is None:
            text = self.types[id(aval)] = str(aval)
        return text

    def atom(self, atom: Any) -> str:
        """A variable's name, a literal, or ``?`` for what is not bound: broken programs print too."""
        if isinstance(atom, Literal):
            text = self.value(atom.value)
            return f"{text}:{self.type(atom.aval)}" if atom.aval.kind == "python" else text
        return self.names.get(atom, "?")


def write_jaxpr(jaxpr: Jaxpr, sources: bool = False) -> str:
    """The text of a jaxpr, with the line that gives the version of the grammar."""
    return f"funcgrad.jaxpr {VERSION}\n{Printer(sources).program(jaxpr, '')}"


def write_equation(jaxpr: Jaxpr, index: int) -> str:
    """The text of one equation, with the names that it has in the whole program."""
    printer = Printer()
    printer.names.update((var, f"h{i}") for i, var in enumerate(jaxpr.hidden_vars))
    for var in jaxpr.in_vars:
        printer.binder(var)
    for eqn in jaxpr.eqns[:index]:
        for var in eqn.outs:
            printer.binder(var)
    return printer.equation(jaxpr.eqns[index])


Jaxpr.write = write_jaxpr
