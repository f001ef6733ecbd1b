"""Programs kept on disk: what the next process needs to run one without passes, plan and printers.

Under a digest of all that a program depends on lies its Python code, as Python's own bytecode, and a
description of every name that the code reads (see keeping.py). Machine code lies apart, under its own key.
Whatever cannot be told apart for certain is not kept.
"""

from __future__ import annotations

import builtins
import marshal
from collections.abc import Callable
from functools import cache
from types import FunctionType
from typing import TYPE_CHECKING, Any

import numpy as np

from ....backends.door import require
from ....base import config
from ....base.late import late
from ....core.primitive import Primitive, find_primitive
from ....ir.jaxpr import Jaxpr
from ....ops import families
from ...plain import NotPlainError, value_of, written
from ...program import Program
from ...signature import signature
from ..workspace import Apart, Area, Derived, Shown, Whole, Workspace
from . import cache as disk
from . import folders, identity
from .machine import Machine, host_machine
from .objects import builtin

if TYPE_CHECKING:
    from ... import overwrite
    from .. import into, narrow
    from . import keeping, recycling, results
else:
    into = late("funcgrad._src.compile.engines.into")
    keeping = late("funcgrad._src.compile.engines.llvm.keeping")
    narrow = late("funcgrad._src.compile.engines.narrow")
    overwrite = late("funcgrad._src.compile.overwrite")
    recycling = late("funcgrad._src.compile.engines.llvm.recycling")
    results = late("funcgrad._src.compile.engines.llvm.results")

Codes = tuple[int, ...] | None


def program(
    jaxpr: Jaxpr, donated: tuple[int, ...], codes: Codes, threads: int, make: Callable[[], Program]
) -> Program:
    """The program of a closed jaxpr: from the disk if one lies there, else made now, and kept."""
    machine = host_machine()
    key = key_of(jaxpr, donated, codes, threads, machine)
    if key is None:
        return make()
    run = load(key, machine)
    if run is not None:
        return Program(run, cache(lambda: make().sources()), "llvm")
    made = make()
    if _unchanged():
        keeping.store(key, made, machine)
    return made


def key_of(
    jaxpr: Jaxpr, donated: tuple[int, ...], codes: Codes, threads: int, machine: Machine
) -> bytes | None:
    """A digest of all that a program depends on; None if it is not to be kept."""
    if folders.wanted() is None or config.check_jaxprs:
        return None
    sign = _package_sign()
    if sign is None:
        return None
    try:
        text = signature(jaxpr)
    except NotPlainError:
        return None
    how = written((donated, codes, threads))
    return machine.key_of(b"program", sign.encode(), identity.packages_sign().encode(), how, text)


@cache
def _package_sign() -> str | None:
    return identity.sources_sign()


def _unchanged() -> bool:
    """Whether what was read until now, and made the program, are the files of the key."""
    return identity.sources_sign() is not None


def load(key: bytes, machine: Machine) -> Callable[..., tuple[Any, ...]] | None:
    """The function that is kept under a key."""
    data = disk.load(key)
    if data is None:
        return None
    code, names, rows, kernels, code_key = marshal.loads(data)  # noqa: S302  (the folder is the user's alone)
    space: dict[str, Any] = {"__builtins__": builtins, "xp": np}
    if kernels:
        library = machine.kept(code_key, kernels)
        if library is None:
            return None
        space |= {name: builtin(library.address(name), name, library) for name in kernels}
    space |= {name: READERS[kind](*rest) for name, kind, *rest in names}
    if rows is not None:
        workspace = _workspace(*rows)
        space |= {"take": workspace.take, "give": workspace.pool.append}
    return FunctionType(code, space)


def _workspace(sizes: tuple[int, ...], scratch: tuple[int, ...], rows: tuple[Any, ...]) -> Workspace:
    found = Workspace(sizes)
    found.scratch = list(scratch)
    found.rows = [_ROWS[kind](*rest) for kind, *rest in rows]
    return found


def _area(slot: int, shape: tuple[int, ...], dtype: Any, order: tuple[int, ...]) -> Area:
    return Area(slot, shape, value_of(dtype), order)


def _shown(of: int, family: str, name: str, params: tuple[Any, ...]) -> Derived:
    given = {key: value_of(value) for key, value in params}
    return Derived(of, Shown(_primitive(family, name), given))


_ROWS: dict[str, Callable[..., Any]] = {
    "area": _area,
    "shown": _shown,
    "derived": lambda of, module, name: Derived(of, _own(module, name)),
    "whole": Whole,
    "apart": Apart,
}


def _own(module: str, name: str) -> Any:
    return getattr(late(module), name)


def _primitive(family: str, name: str) -> Primitive:
    if family:  # which declares it
        families.read(family)
    return find_primitive(name)


# What a name stands for, by the kind of its description.
READERS: dict[str, Callable[..., Any]] = {
    "numpy": lambda name: getattr(np, name),
    "method": lambda ufunc, name: getattr(getattr(np, ufunc), name),
    "own": _own,
    "host": lambda family, name: _primitive(family, name).host,
    "overwrite": lambda name: overwrite.OVERWRITES[name].write,
    "copied": lambda name: into.copy_then(name),  # noqa: PLW0108  (read when needed)
    "narrow": lambda name: narrow.narrow(getattr(np, name).reduce),
    "scipy": lambda module, name: getattr(require(f"scipy.linalg.{module}", "scipy"), name),
    "maker": lambda: results.maker(recycling.LEAST),
    "value": value_of,
}
