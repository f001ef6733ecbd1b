"""Why a function was traced, in words: each trace, its place and its cause."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..base.record import Record
from ..base.source import Location, user_location
from ..core.aval import Aval
from ..ops.decisions import Guard
from ..tree import TreeDef, static_key
from .closure import Closure, same_object

AGAIN = "the same arguments again: to be looked at, for another thread, or closing over other traced values"


class Arguments(Record):
    """What a trace was made for: the leaves' paths, types and, of Python ints and bools, values."""

    paths: Sequence[str]
    tree: TreeDef
    avals: Sequence[Aval]
    values: Sequence[Any]
    statics: Sequence[tuple[str, Any]]

    def __str__(self) -> str:
        return ", ".join(map(str, self.avals))


class History:
    """The traces of one function."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.lines: list[str] = []
        self.seen: list[Arguments] = []

    def note(self, now: Arguments, why: str) -> None:
        """Add a trace."""
        at: Location | None = user_location()
        self.lines.append(f"{self.name} traced at {at}: {why}; arguments: {now}")
        self.seen.append(now)

    def clear(self) -> None:
        """Forget every trace."""
        self.lines.clear()
        self.seen.clear()

    def cause(self, now: Arguments) -> str:
        """What is new about these arguments, compared with those most like them."""
        candidates = [changes(before, now) for before in self.seen if before.tree == now.tree]
        if not self.seen:
            return "the first call"
        if not candidates:
            return f"another tree of arguments: {now.tree}, was {self.seen[-1].tree}"
        fewest = min(reversed(candidates), key=len)
        return "; ".join(fewest) or AGAIN

    def __str__(self) -> str:
        return "\n".join(self.lines) or f"{self.name} has not been traced"


def changes(before: Arguments, now: Arguments) -> list[str]:
    """In words: each leaf and static argument that differs."""
    found = []
    rows = zip(now.paths, now.avals, before.avals, now.values, before.values, strict=True)
    for path, aval, old_aval, value, old_value in rows:
        if aval != old_aval:
            what = _differences(aval, old_aval)
            found.append(f"`{path}` has another {what}: {aval}, was {old_aval}")
        elif static_key(value) != static_key(old_value):
            hint = " (np.int64(n) in place of a Python int is traced)" if type(value) is int else ""
            text = f"`{path}` is {_shown(value)}, was {_shown(old_value)}"
            found.append(f"{text}, and Python's ints and bools are compiled in{hint}")
    if not before.tree.same_order(now.tree):
        found.append("a dict has its keys in another order")
    old = dict(before.statics)
    for name, value in now.statics:
        if name not in old:
            found.append(f"the static argument `{name}` was not given before")
        elif static_key(value) != static_key(old.pop(name)):
            was = _shown(dict(before.statics)[name])
            found.append(f"the static argument `{name}` is {_shown(value)}, was {was}")
    found += [f"the static argument `{name}` is not given" for name in old if name not in dict(now.statics)]
    return found


def _shown(value: Any) -> str:
    """The text of a value, shortened; the type of one that has none, such as a very large int."""
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001  (a text for a report: it must not end the call)
        return f"another {type(value).__name__}"
    return text if len(text) <= 60 else f"{text[:57]}..."


def _differences(aval: Aval, old: Aval) -> str:
    names = ("dtype", "shape", "kind", "place")
    different = [name for name in names if getattr(aval, name) != getattr(old, name)]
    return ", ".join(different) or "type"


def rebound(closure: Closure, before: Sequence[Any], now: Sequence[Any]) -> str:
    """Which names that a function closes over stand for other objects; empty if none do."""
    names = [
        "the object of the method",
        *(f"free variable {name!r}" for name in closure.free_names),
        *(f"global {name!r}" for name in closure.names),
    ]
    return ", ".join([n for n, a, b in zip(names, before, now, strict=False) if not same_object(a, b)])


def refused(guard: Guard, observed: Any) -> str:
    """Which decision came out otherwise."""
    if guard.kind in _CALLS:
        what = f"{_CALLS[guard.kind]} at {guard.at}"
        return f"{what} found {observed!r}, where there was a program for {guard.outcome!r} only"
    return f"what {guard.kind!r} found at {guard.at} has another shape or dtype"


_CALLS = {
    "bool": "the question (`if`, `while`, `and`, `assert`, bool)",
    **{kind: f"{kind}(x)" for kind in ("int", "float", "complex", "round")},
    **{kind: f"math.{kind}(x)" for kind in ("floor", "ceil", "trunc")},
    "item": "x.item()",
}
