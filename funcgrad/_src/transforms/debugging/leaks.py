"""``checking_leaks``: a tracer that outlives its transformation is an error at once, and says who holds it.

The idea: when a trace has ended, ask the garbage collector which of its tracers are alive, and follow who
refers to them, upwards, until a name of the user's is found: a global of a module, or a local variable of a
function that is still running. What leads nowhere is held by the running transformation alone, and goes
with it; what leads to a global of ours is a cache.
"""

from __future__ import annotations

import gc
import sys
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import CellType, FrameType, FunctionType, GeneratorType
from typing import Any

from ...base import config
from ...base.config import switched
from ...base.errors import LeakedTracerError
from ...base.source import Location, is_internal, local_variables, user_location
from ...core.primitive import Primitive
from ...core.trace import Trace, Tracer, on_end
from ...ir.staging import StagingTrace

_DEPTH = 24  # how many holders of holders are asked for
_OURS = ("funcgrad._src", "functools", "numpy")


class LeakWatch(Trace):
    """Mixed into a trace class: remembers the user's line that made each tracer, in ``made``."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.made: list[tuple[weakref.ref[Tracer], Location | None]] = []

    def process(self, primitive: Primitive, args: Sequence[Any], params: dict[str, Any]) -> Any:
        out = super().process(primitive, args, params)
        for value in out if primitive.multiple else (out,):
            if type(value) is Tracer and value.trace is self:
                self.made.append((weakref.ref(value), user_location()))
        return out


def _place_of(trace: Trace, tracer: Tracer) -> Location | None:
    """The user's line that made a tracer; None for an argument."""
    if isinstance(trace, StagingTrace):
        return next((eqn.source for eqn in trace.eqns if tracer.data in eqn.outs), None)
    made = trace.made if isinstance(trace, LeakWatch) else []
    return next((at for ref, at in made if ref() is tracer), None)


def look(trace: Trace) -> None:
    """Raise LeakedTracerError if a tracer of an ended trace is held by anything of the user's."""
    if not config.checking_leaks.get():
        return
    alive = [tracer for tracer in gc.get_referrers(trace) if type(tracer) is Tracer]
    if not alive:
        return
    found = _Search(alive).run()
    del alive[:]
    if found is None:
        return
    tracer, holder = found
    at = _place_of(trace, tracer)
    origin = f"made at {at}" if at is not None else "an argument"
    raise LeakedTracerError(
        f"checking_leaks: `{trace.name}` has ended, but a traced value of it is still held.",
        expected="no traced value outside the function that is traced",
        got=f"a tracer of {trace.aval(tracer)}, {origin}, held by {holder}",
        at=at,
        hint="return the value from the function instead of storing it; "
        "has_aux=True returns extra values beside the result",
    )


class _Search:
    """Breadth first, from tracers up to a name of the user's."""

    def __init__(self, tracers: list[Tracer]) -> None:
        self.below: dict[int, Any] = {}  # what an object holds that leads to a tracer, by the object's id
        self.seen: set[int] = set()
        self.tracers = tracers
        self.locals = self._locals()
        self.ignored = {id(self.below), id(self.__dict__), id(tracers), id(self), id(self.locals)}

    def _locals(self) -> dict[int, str]:
        """What local variables of the user's running functions are, by the id of their value."""
        found: dict[int, str] = {}
        frame: FrameType | None = sys._getframe(1)
        while frame is not None:
            if not is_internal(frame.f_code):
                for name, value in local_variables(frame).items():
                    found.setdefault(id(value), f"the local variable `{name}` of `{frame.f_code.co_name}`")
            frame = frame.f_back
        return found

    def run(self) -> tuple[Tracer, str] | None:
        """The first tracer with a holder, and the holder in words."""
        row: list[Any] = list(self.tracers)
        for _ in range(_DEPTH):
            if not row:
                return None
            for item in row:
                name = self.locals.get(id(item))
                if name is not None:
                    return self._told(item, [name])
            self.ignored.add(id(row))
            holders = gc.get_referrers(*row)
            found, row = self._climb(row, holders)
            if found is not None:
                return found
        return None

    def _climb(self, row: list[Any], holders: list[Any]) -> tuple[tuple[Tracer, str] | None, list[Any]]:
        """Who is to be asked next among the holders, or a global that holds something of this row."""
        by_id = {id(item): item for item in row}
        self.ignored |= {id(by_id), id(holders)}
        above: list[Any] = []
        for holder in holders:
            if id(holder) in self.ignored or id(holder) in self.seen or isinstance(holder, FrameType):
                continue
            if isinstance(holder, dict) and "__builtins__" in holder:
                found = self._global(holder, by_id)
                if found is not None:
                    return found, []
                continue
            held = next((by_id[id(x)] for x in gc.get_referents(holder) if id(x) in by_id), None)
            if held is not None:
                self.seen.add(id(holder))
                self.below[id(holder)] = held
                above.append(holder)
        return None, above

    def _global(self, names: dict[str, Any], by_id: dict[int, Any]) -> tuple[Tracer, str] | None:
        module = str(names.get("__name__", ""))
        for name, value in names.items():
            if id(value) in by_id and not module.startswith(_OURS):
                return self._told(value, [f"the global `{name}` of `{module}`"])
        return None

    def _told(self, holder: Any, words: list[str]) -> tuple[Tracer, str]:
        """The tracer below a holder that has a name, and the way to it."""
        tracers = set(map(id, self.tracers))
        while id(holder) not in tracers:
            held = self.below[id(holder)]
            words.append(_step(holder, held))
            holder = held
        return holder, ", in ".join(word for word in reversed(words) if word)


def _position(holder: Any, held: Any) -> str:
    items = enumerate(holder) if not isinstance(holder, dict) else holder.items()
    return next((repr(key) for key, value in items if value is held), "?")


def _step(holder: Any, held: Any) -> str:
    """How a holder holds something; empty where the next step says it."""
    if isinstance(holder, CellType) or (type(holder) is tuple and isinstance(held, CellType)):
        return ""
    if isinstance(holder, FunctionType):
        return f"a free variable or default of `{holder.__name__}`"
    if isinstance(holder, GeneratorType):
        return f"a local variable of the generator `{holder.__name__}`"
    if isinstance(holder, (list, tuple, dict)):
        return f"item {_position(holder, held)} of a {type(holder).__name__}"
    if getattr(holder, "__dict__", None) is held:
        return f"an attribute of a `{type(holder).__name__}`"
    name = next((name for name, value in _attributes(holder) if value is held), None)
    article = f"attribute `{name}` of a" if name is not None else "a"
    return f"{article} `{type(holder).__name__}`"


def _attributes(holder: Any) -> Iterator[tuple[str, Any]]:
    """The attributes that an instance holds, in its dict and in its slots."""
    yield from getattr(holder, "__dict__", {}).items()
    for cls in type(holder).__mro__:
        for name in cls.__dict__.get("__slots__", ()):
            yield name, getattr(holder, name, None)


@contextmanager
def checking_leaks() -> Iterator[None]:
    """Within this block a traced value that is still held when its transformation has ended is an error.

    Without it, such a value is an error when it is used. Here the error comes where the transformation
    ends, and names the line that made the value and what holds it: a global, a local variable, an
    attribute, a list in one of these. A transformation that ends by an exception is not checked. It
    holds for the calls made inside the block, on this thread or task; each is followed by a search through
    all objects, which takes a moment.

    Raises
    ------
    LeakedTracerError

    Examples
    --------
    >>> from funcgrad import debug, grad
    >>> def train():
    ...     kept = []
    ...     def loss(x):
    ...         kept.append(x * 2)
    ...         return x * x
    ...     return grad(loss)(3.0)
    >>> with debug.checking_leaks():
    ...     train()
    Traceback (most recent call last):
        ...
    funcgrad._src.base.errors.LeakedTracerError: checking_leaks: `grad` has ended, but a traced value ...
    """
    if look not in on_end:
        on_end.append(look)
    with switched(config.checking_leaks, True):
        yield
