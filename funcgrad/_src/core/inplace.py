"""In-place NumPy code on tracers.

A write (``y[i] = v``, ``y += v``) computes a new value and *rebinds* the tracer: every name that holds
it sees the new value, as with an array. A view tracer knows its base and the primitive that reads it,
so a write through the view is put back into the base, and a write to the base refreshes its living views.

NOTE (who may be written): not an argument of the traced function (its owner would not see the write,
or would), not a value of an outer trace from inside a nested one, not what NumPy makes read-only, not
a value of which nobody can know whether NumPy would have made it a view or a copy. Each is a
MutationError. The family of a value (its base, the base's views, their views …) stands or falls together.

NOTE (constants): a traced buffer may hold a value that depends on nothing traced. A view of it is
lifted to a tracer too: otherwise a later write of a traced value would leave the view behind.
"""

from __future__ import annotations

import weakref
from _thread import get_ident
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ..base.errors import MutationError
from .aval import aval_of
from .primitive import find_primitive
from .trace import Tracer, find_current, unknown


class Links:
    """What a tracer shares memory with: its base, how it is read from it, and its own views.

    A view is ``primitive(base, *args, **params)``. ``base`` is None for an owner; ``opaque`` says that
    view or copy cannot be told.
    """

    __slots__ = ("args", "base", "limit", "opaque", "params", "primitive", "views")

    def __init__(
        self,
        base: Tracer | None = None,
        primitive: Any = None,
        params: Any = None,
        args: Sequence[Any] = (),
        opaque: bool = False,
    ) -> None:
        self.base = base
        self.primitive = primitive
        self.params = params
        self.args = args
        self.opaque = opaque
        self.views: list[weakref.ref[Tracer]] = []
        self.limit = 8

    def add(self, view: Tracer) -> None:
        """Remember a view; dead ones are forgotten whenever their number may have doubled."""
        if len(self.views) >= self.limit:
            self.views = [ref for ref in self.views if ref() is not None]
            self.limit = max(8, 2 * len(self.views))
        self.views.append(weakref.ref(view))

    def living(self) -> list[Tracer]:
        """The views that can still be read."""
        views = (ref() for ref in self.views)
        return [view for view in views if view is not None and view.trace.thread != 0]


class Unwritable:
    """The links of a tracer that may not be written, and why."""

    __slots__ = ("got", "name", "why")

    def __init__(self, name: str, why: str, got: str) -> None:
        self.name = name
        self.why = why
        self.got = got

    def __repr__(self) -> str:
        return self.name


ARGUMENT = Unwritable(
    "ARGUMENT", "would write into an argument of the traced function", "an argument, or a view of one"
)
OUTSIDE = Unwritable(
    "OUTSIDE", "would write into an array made outside the traced function", "a view of a plain array"
)


# --- arrays and scalars ------------------------------------------------------------------------------


def is_writable_kind(target: Tracer) -> bool:
    """Whether a tracer stands for an array rather than for an immutable scalar.

    A batched value without axes does not tell (NumPy would hold a scalar or a 0-d array); one that is
    a view, or has been written, is an array.
    """
    return type(target.links) is Links or target.trace.aval(target).kind == "array"


# --- making views ----------------------------------------------------------------------------------


def link_view(
    out: Any,
    base: Any,
    primitive: Any,
    params: dict[str, Any],
    *,
    args: Sequence[Any] = (),
    sure: bool = True,
) -> Any:
    """Record that ``out = primitive(base, *args, **params)`` is a view; ``sure=False``: ask the values.

    Returns ``out``. Does nothing for arrays, which are real views already.
    """
    if type(base) is not Tracer:
        if type(out) is Tracer and out.links is None:
            out.links = OUTSIDE
        return out
    shared: bool | None = True if sure else _shares(out, base)
    if out is base or shared is False or not is_writable_kind(base):
        return out
    if type(out) is not Tracer or (out.trace is not base.trace and base.trace is find_current()):
        if aval_of(out).kind != "array":
            return out
        out = base.trace.lift(out)
    out.links = Links(base, primitive, params, args, shared is None)
    links = base.links
    if links is None:
        links = base.links = Links()
    if type(links) is Links:
        links.add(out)
    return out


def _shares(out: Any, base: Tracer) -> bool | None:
    """Whether two values' numbers share memory; None when there are none to ask."""
    a = out.trace.concrete(out) if type(out) is Tracer else out
    b = base.trace.concrete(base)
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        owner = b if b.base is None else b.base
        return a.base is owner or bool(np.may_share_memory(a, b))
    return None if a is unknown or b is unknown else True


def own_here(value: Any) -> Any:
    """A fresh array as a tracer of the current trace, so that code may write traced values into it.

    Copies and ``zeros_like`` of traced values come through here: they may depend on nothing that the
    current trace follows, but are made inside it.
    """
    trace = find_current()
    if trace is None or (type(value) is Tracer and value.trace is trace):
        return value
    return trace.lift(value)


# --- writing ---------------------------------------------------------------------------------------


def check_writable(target: Tracer, what: str) -> None:
    """Raise MutationError unless ``target`` may be written here."""
    root = _owner(target, what)
    here = find_current()
    for member in _family(root):
        if member.trace is not here:
            raise _refuse(
                what, "would write into a value of an outer trace", f"a value of `{member.trace.name}`"
            )
        if isinstance(member.links, Links) and member.links.opaque:
            raise _refuse(what, "view or copy cannot be told", "an array of which there may be a view")


def _owner(target: Tracer, what: str) -> Tracer:
    """The owner of the memory that ``target`` shows; MutationError if it may not be written through it."""
    while True:
        if target.trace.thread != get_ident():
            raise target.trace.misused(target)
        links = target.links
        if isinstance(links, Unwritable):
            raise _refuse(what, links.why, links.got)
        if links is None or links.base is None:
            return target
        if links.opaque:
            raise _refuse(what, "view or copy cannot be told", "an array that may be a view")
        if links.primitive.put is None:
            raise _refuse(
                what, "assignment destination is read-only", f"a view made by {links.primitive.name}"
            )
        target = links.base


def _family(root: Tracer) -> Iterator[Tracer]:
    """``root`` and its living views, their views, and so on."""
    pending = [root]
    while pending:
        member = pending.pop()
        yield member
        if isinstance(member.links, Links):
            pending.extend(member.links.living())


def _refuse(what: str, why: str, got: str) -> MutationError:
    return MutationError(
        f"{what}: {why}.",
        expected="a value made inside the traced function",
        got=got,
        hint="copy first: y = x.copy(), then write to y",
    )


def rebind(target: Tracer, new: Any, what: str = "in-place write") -> None:
    """Give ``target`` the value of ``new``, with NumPy's effect on base and views."""
    check_writable(target, what)
    if target.links is None:
        target.links = Links()
    path, layouts = [target], [_layout(target)]
    _assign(target, new)
    while (base := path[-1].links.base) is not None:
        child, links = path[-1], path[-1].links
        path.append(base)
        layouts.append(_layout(base))
        _assign(base, links.primitive.put(base, child, *links.args, **links.params))
    _keep_layouts(path, layouts)
    for member, written in zip(path, [None, *path], strict=False):
        _refresh_views(member, written)


def _layout(target: Tracer) -> tuple[int, ...] | None:
    """The strides of a traced array where they are known."""
    value = target.trace.concrete(target)
    return None if value is unknown else value.strides


def _keep_layouts(path: Sequence[Tracer], layouts: Sequence[tuple[int, ...] | None]) -> None:
    """Give what was written, and what it is a view of, the layouts that they had.

    NOTE (why): whether ``ravel`` and ``reshape`` make views, and the order in which ``sum`` adds, depend on
    the layout. In NumPy a write leaves it as it is; the operations by which we write may not.
    """
    for member, layout in zip(reversed(path), reversed(layouts), strict=True):
        have = _layout(member)
        if have == layout or have is None or layout is None:
            continue
        shape, links = member.trace.concrete(member).shape, member.links
        if all(n < 2 or step == old for n, step, old in zip(shape, have, layout, strict=True)):
            continue
        if isinstance(links, Links) and links.base is not None:
            _assign(member, links.primitive.bind(links.base, *links.args, **links.params))
        else:
            strides = tuple(old if n > 1 else 0 for n, old in zip(shape, layout, strict=True))
            _assign(member, find_primitive("copy").bind(member, order=strides))


def _assign(target: Tracer, new: Any) -> None:
    if type(new) is not Tracer or new.trace is not target.trace:
        new = target.trace.lift(new)
    target.value = new.value
    target.data = new.data


def _refresh_views(base: Tracer, written: Tracer | None) -> None:
    pending = [(base, written)]
    while pending:
        base, written = pending.pop()
        if not isinstance(base.links, Links):
            continue
        for view in base.links.living():
            if view is written:
                continue
            links = view.links
            _assign(view, links.primitive.bind(base, *links.args, **links.params))
            pending.append((view, None))
