"""In-place NumPy code on tracers.

A write (``y[i] = v``, ``y += v``) computes a new value and *rebinds* the tracer: every name that holds
it sees the new value, as with an array. A view tracer knows its base and the primitive that reads it,
so a write through the view is put back into the base, and a write to the base refreshes its living views.

NOTE (who may be written): not an argument of the traced function (its owner would not see the write,
or would), not a tracer of an outer trace from inside a nested one, not a value of which nobody can
know whether NumPy would have made it a view or a copy. Each is a MutationError.
"""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np

from ..base.errors import MutationError
from .trace import Tracer, find_current, unknown


class Links:
    """What a tracer shares memory with: its base, how it is read from it, and its own views.

    ``base`` is None for an owner; ``opaque`` says that view or copy cannot be told.
    """

    __slots__ = ("base", "opaque", "params", "primitive", "views")

    def __init__(self, base: Tracer | None = None, primitive: Any = None, params: Any = None) -> None:
        self.base = base
        self.primitive = primitive
        self.params = params
        self.opaque = False
        self.views: list[weakref.ref[Tracer]] = []


class _Argument:
    """The links of an argument of a traced function: it may not be written."""

    def __repr__(self) -> str:
        return "ARGUMENT"


ARGUMENT = _Argument()


def link_view(out: Any, base: Any, primitive: Any, params: dict[str, Any], *, sure: bool = True) -> Any:
    """Record that ``out = primitive(base, **params)`` is a view; ``sure=False``: ask the values.

    Returns ``out``. Does nothing for arrays, which are real views already.
    """
    if type(out) is not Tracer or type(base) is not Tracer or out.trace is not base.trace or out is base:
        return out
    opaque = False
    if not sure:
        shared = _shares(out, base)
        if shared is False:
            return out
        opaque = shared is None
    links = out.links = Links(base, primitive, params)
    links.opaque = opaque
    if base.links is not ARGUMENT:
        if base.links is None:
            base.links = Links()
        base.links.views = [ref for ref in base.links.views if ref() is not None]
        base.links.views.append(weakref.ref(out))
    return out


def _shares(out: Tracer, base: Tracer) -> bool | None:
    """Whether two tracers' numbers share memory; None when there are none to ask."""
    a, b = out.value, base.value
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return bool(np.may_share_memory(a, b))
    return None if a is unknown or b is unknown or type(a) is Tracer else True


def check_writable(target: Tracer, what: str) -> None:
    """Raise MutationError unless ``target`` may be written here."""
    root = target
    while isinstance(root.links, Links) and root.links.base is not None:
        if root.links.opaque:
            raise _refuse(what, "view or copy cannot be told", "an array that may be a view")
        root = root.links.base
    if root.links is ARGUMENT:
        raise _refuse(what, "would write into an argument of the traced function", "an argument, or a view of one")
    if isinstance(root.links, Links) and any(_is_opaque(ref()) for ref in root.links.views):
        raise _refuse(what, "view or copy cannot be told", "an array of which there may be a view")
    if target.trace is not find_current():
        raise _refuse(what, "would write into a value of an outer trace", f"a value of `{target.trace.name}`")


def _is_opaque(view: Tracer | None) -> bool:
    return view is not None and isinstance(view.links, Links) and view.links.opaque


def _refuse(what: str, why: str, got: str) -> MutationError:
    return MutationError(
        f"{what}: {why}.",
        expected="a value made inside the traced function",
        got=got,
        hint="copy first: y = x.copy(), then write to y",
    )


def rebind(target: Tracer, new: Tracer, what: str = "in-place write") -> None:
    """Give ``target`` the value of ``new``, with NumPy's effect on base and views."""
    check_writable(target, what)
    _assign(target, new)
    _refresh_views(target, None)
    child = target
    while isinstance(child.links, Links) and child.links.base is not None:
        base, links = child.links.base, child.links
        _assign(base, links.primitive.put(base, child, **links.params))
        _refresh_views(base, child)
        child = base


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
        for ref in base.links.views:
            view = ref()
            if view is None or view is written:
                continue
            _assign(view, view.links.primitive.bind(base, **view.links.params))
            pending.append((view, None))
