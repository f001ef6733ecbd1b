"""What of a program is kept on disk: every name that its code reads, described in plain values.

A description says what kind of thing it is and how it is called: a function of NumPy or of BLAS, the
implementation of a primitive, a function of this package; or it is a static value. A program that reads
anything else is not kept. kept.py has the inverse of it all.
"""

from __future__ import annotations

import marshal
from types import CodeType, FunctionType, MethodType
from typing import Any

import numpy as np

from ....backends.door import require
from ....base.late import late
from ....core.primitive import Primitive
from ...overwrite import OVERWRITES
from ...plain import NotPlainError, plain
from ...program import Program
from .. import into
from ..narrow import narrow
from ..workspace import Apart, Area, Derived, Shown, Whole, Workspace
from . import cache as disk
from .identity import FLOORS
from .machine import Machine
from .results import Results

_SIGNED = tuple([f"funcgrad._src.{floor}." for floor in FLOORS])  # modules whose files are part of the key


def store(key: bytes, program: Program, machine: Machine) -> None:
    """Keep a program that was just made, if it can be described."""
    try:
        data = marshal.dumps(parts(program, machine))
    except (NotPlainError, ValueError):
        return
    disk.store(key, data)


def parts(program: Program, machine: Machine) -> Any:
    """The code of a program, the names that it reads, its workspace, its kernels and their key."""
    run: Any = program.run
    code, space = run.__code__, run.__globals__
    if any([type(const) is CodeType for const in code.co_consts]):
        raise NotPlainError("a function within the program")
    describe = _Describer(program).describe
    names, kernels, workspace = [], [], None
    for name in code.co_names:
        if name not in space:  # an attribute
            continue
        value = space[name]
        if name == "take":
            workspace = _workspace(value.__self__)
        elif _is_kernel(name, value):
            kernels.append(name)
        elif name not in ("give", "xp"):
            names.append((name, *describe(value)))
    code_key = machine.key(program.native) if kernels else b""
    return code, tuple(names), workspace, tuple(kernels), code_key


def _is_kernel(name: str, value: Any) -> bool:
    return name[0] == "k" and name[1:].isdigit() and type(value) is type(len)


def _workspace(made: Workspace) -> Any:
    return made.sizes, tuple(made.scratch), tuple(map(_row, made.rows))


def _row(row: Area | Derived | Whole | Apart) -> Any:
    if isinstance(row, Area):
        return "area", row.slot, row.shape, plain(row.dtype), row.order
    if isinstance(row, Whole):
        return ("whole",)
    if isinstance(row, Apart):
        return "apart", row.number
    if not isinstance(row.make, Shown):
        return "derived", row.of, *_own(row.make)[1:]
    params = tuple([(name, plain(value)) for name, value in row.make.params.items()])
    return "shown", row.of, *_name(row.make.primitive), params


def _name(primitive: Primitive) -> tuple[str, str]:
    return primitive.family, primitive.name


def _own(value: Any) -> Any:
    """A function of this package."""
    module, name = str(value.__module__), value.__qualname__
    if module.startswith(_SIGNED) and getattr(late(module), name, None) is value:
        return "own", module, name
    raise NotPlainError(repr(value))


class _Describer:
    """Knows the functions that a program's equations call."""

    def __init__(self, program: Program) -> None:
        self.known: dict[int, Any] = {}
        for name, entry in OVERWRITES.items():
            self.known[id(entry.write)] = ("overwrite", name)
        for name in into.COPIED:
            self.known[id(into.copy_then(name))] = ("copied", name)
        for name in ("add", "maximum", "minimum"):
            self.known[id(narrow(getattr(np, name).reduce))] = ("narrow", name)
        for eqn in program.plan.jaxpr.eqns:
            self.known[id(eqn.primitive.host)] = ("host", *_name(eqn.primitive))

    def describe(self, value: Any) -> Any:
        """The description of what a name stands for."""
        found = self.known.get(id(value))
        if found is not None:
            return found
        name = getattr(value, "__name__", None)
        return ("value", plain(value)) if not isinstance(name, str) else _function(value, name)


def _function(value: Any, name: str) -> Any:
    """What has a name of its own: functions and classes."""
    if getattr(np, name, None) is value:
        return "numpy", name
    if isinstance(value, MethodType) and value.__func__ is Results.empty:
        return ("maker",)
    owner = getattr(value, "__self__", None)
    if isinstance(owner, np.ufunc):
        return "method", *plain(owner)[1:], name
    if type(value).__name__ == "fortran":
        return _scipy(value, name.rpartition(" ")[2])
    return _own(value) if isinstance(value, FunctionType) else ("value", plain(value))


def _scipy(value: Any, name: str) -> Any:
    """A function of BLAS or LAPACK."""
    for module in ("blas", "lapack"):
        if getattr(require(f"scipy.linalg.{module}", "scipy"), name, None) is value:
            return "scipy", module, name
    raise NotPlainError(repr(value))
