"""The programs of a compiled function for one kind of arguments: one for each path of decisions.

The outcomes of a program's guards, in order, are its path. Python is deterministic: two programs agree up
to the guard that tells them apart. So when a guard fails, what was observed and the outcomes before it
are the beginning of the path of the program to run, or of one that is still to be traced.
"""

from __future__ import annotations

from _thread import allocate_lock
from collections.abc import Collection
from typing import Any

from ..base.errors import ArgumentError
from ..base.record import Record
from ..base.source import Location
from ..core.aval import aval_of
from ..core.trace import Tracer, is_known
from ..ir.jaxpr import Jaxpr, sub_jaxprs
from ..ir.passes.guards_first import GUARD
from ..ops.decisions import LEAVING, Guard, GuardFailed
from ..tree import TreeDef, static_key

# How many programs there may be: whoever meets more values is better served by plain Python.
LIMIT = 16
# How often a path is traced for in vain: compiled code may round otherwise than Python.
ATTEMPTS = 3
Path = tuple[Any, ...]
Key = tuple[Any, ...]  # tree, avals, values of Python ints and bools, static arguments


class Entry(Record):
    """A staged program; ``path`` are the outcomes of its guards."""

    jaxpr: Jaxpr
    closed: Jaxpr
    out_tree: TreeDef
    donated: tuple[int, ...]
    guards: tuple[Guard, ...]
    path: Path

    def suits(self, operands: Collection[Any]) -> bool:
        """Whether the program may stand for the function on operands that are traced themselves.

        A decision needs numbers: a batch has many, and another program that is being made must record
        the decisions as its own. A number that left as ``float(x)`` would cut a derivative; and what a
        checkpoint or a function with rules of its own decides, its derivative decides again.
        """
        traced = [x for x in operands if type(x) is Tracer]
        return not traced or not self.guards or (all(map(is_known, traced)) and not self._is_plain_only())

    def _is_plain_only(self) -> bool:
        """Whether the program may not be transformed."""
        inner = any(GUARD in jaxpr.effects for eqn in self.jaxpr.eqns for jaxpr in sub_jaxprs(eqn))
        return inner or any(guard.kind in LEAVING for guard in self.guards)

    def path_of(self, failed: GuardFailed) -> Path:
        """The beginning of the path on which the numbers lead that made a guard of this program fail."""
        return (*self.path[: failed.number], static_key(failed.observed))


class Holding:
    """A block that one thread runs at a time, but for a lock that an interrupted thread has left behind."""

    __slots__ = ("_held", "_lock")

    def __init__(self, lock: Any) -> None:
        self._lock = lock

    def __enter__(self) -> None:
        self._held = self._lock.acquire(timeout=0.5)

    def __exit__(self, *error: object) -> None:
        if self._held:
            self._lock.release()


class Family:
    """The programs for one key and one closure; the one that ran last stands in front.

    ``entries`` is replaced, never changed: whoever goes through it need not lock.
    """

    __slots__ = ("_lock", "closure", "constants", "entries", "missed", "tree", "warned")

    def __init__(self, tree: TreeDef, closure: tuple[Any, ...], constants: frozenset[int]) -> None:
        self.tree = tree
        self.closure = closure
        self.constants = constants  # positions of Python ints and bools: static by value
        self.entries: tuple[Entry, ...] = ()
        self.missed: dict[Path, int] = {}  # what compiled code found, and a trace did not
        self.warned = False
        self._lock = allocate_lock()

    def after(self, path: Path, tried: Collection[Entry]) -> Entry | None:
        """A program, not tried yet, whose path begins with this one; the one that ran last if several do."""
        count = len(path)
        return next((e for e in self.entries if e.path[:count] == path and e not in tried), None)

    def add(self, entry: Entry) -> Entry:
        """Take a program in; the one of the same path if there is one already."""
        with Holding(self._lock):
            known = next((e for e in self.entries if e.path == entry.path), None)
            if known is None:
                self.entries = (entry, *self.entries)
            return known or entry

    def prefer(self, entry: Entry) -> None:
        """Try this program first from now on."""
        if self.entries and self.entries[0] is not entry:
            with Holding(self._lock):
                if entry in self.entries:
                    self.entries = (entry, *(e for e in self.entries if e is not entry))

    def miss(self, path: Path) -> None:
        """Note that numbers on this path in compiled code led Python to a program that refuses them."""
        with Holding(self._lock):
            self.missed[path] = self.missed.get(path, 0) + 1

    def is_hopeless(self, path: Path) -> bool:
        """Whether to trace for this path no more. Other numbers may lead on it in Python, too."""
        return self.missed.get(path, 0) >= ATTEMPTS


class Call:
    """One call: its arguments, their leaves, and the programs for such arguments."""

    __slots__ = ("args", "family", "key", "kwargs", "leaves")

    def __init__(
        self, args: tuple[Any, ...], kwargs: dict[str, Any], leaves: list[Any], key: Key, family: Family
    ) -> None:
        self.args = args
        self.kwargs = kwargs
        self.leaves = leaves
        self.key = key
        self.family = family

    def operands(self, entry: Entry) -> list[Any]:
        """What a program is run on: its hidden inputs, and the leaves that are not compiled in."""
        constants = self.family.constants
        return [*entry.jaxpr.hidden, *(x for i, x in enumerate(self.leaves) if i not in constants)]


def check_hidden(name: str, jaxpr: Jaxpr) -> None:
    """Raise ArgumentError for an array that the function closes over, if it has another type than before."""
    for var, value in zip(jaxpr.hidden_vars, jaxpr.hidden, strict=True):
        if aval_of(value) != var.aval:
            raise ArgumentError(
                f"jit: an array that `{name}` closes over changed its shape or dtype.",
                expected=str(var.aval),
                got=str(aval_of(value)),
                hint="pass the array as an argument",
            )


def too_many(name: str, at: Location | None) -> str:
    """The warning when the number of programs has reached its limit."""
    return (
        f"jit: `{name}` has {LIMIT} programs for one kind of arguments, and met other values at {at}, where "
        "Python decides by a traced number: such calls run as plain Python from now on. np.where(condition, "
        "a, b) chooses without asking, static_argnums compiles an argument in, and jit(guards=False) makes "
        "every such place an error."
    )
