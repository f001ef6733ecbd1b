"""In which memory order NumPy lays a value, known before it is computed.

NOTE (layouts): a buffer that is made beforehand must lie as NumPy would have laid the result, or a sum over
it would add in another order. So the planner follows layouts from the inputs on; where it does not know, it
makes no buffer, and NumPy allocates as it always did.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from ..base.record import Record
from ..core.aval import Aval
from ..ir.jaxpr import Atom, Equation, Jaxpr, Var
from ..ops.index_form import ALL, ARRAY, FALSE, TRUE, Template, plan_index
from .codes import GAPS, REPEATED, ROWS, TURNED, C, F, order_of
from .overwrite import elementwise_ufunc, is_copying
from .strides import seen_as


class Layout(Record):
    """The axes from the slowest to the fastest; ``dense``: without gaps between the elements.

    ``inner`` is how many elements on the next one along the fastest axis lies, where that is known of what is
    not dense: 1, or 0 if it is the same element again.
    """

    order: tuple[int, ...]
    dense: bool
    inner: int | None = None

    @property
    def is_c(self) -> bool:
        """Whether this is NumPy's C order, without gaps."""
        return self.dense and self.order == tuple(range(len(self.order)))


@functools.lru_cache(maxsize=4096)
def make_layout(order: tuple[int, ...], dense: bool, inner: int | None = None) -> Layout:
    """The layout, the same object for the same order."""
    return Layout(order, dense, inner)


@functools.lru_cache(maxsize=256)
def c_layout(ndim: int) -> Layout:
    """C order, dense."""
    return make_layout(tuple(range(ndim)), True)


Known = dict[Var, Layout]
Rule = Callable[[Equation, "list[Layout | None]"], "Layout | None"]


def _given(ndim: int, code: int) -> Layout | None:
    """The layout of an input with this code."""
    if code == C or not ndim:
        return c_layout(ndim)
    if code == F:
        return make_layout(tuple(reversed(range(ndim))), True)
    if code >= TURNED:
        return make_layout(order_of(code, ndim), True)
    inner = {GAPS: None, ROWS: 1, REPEATED: 0}
    return make_layout(tuple(range(ndim)), False, inner[code]) if code in inner else None


def layouts(jaxpr: Jaxpr, codes: Sequence[int]) -> Known:
    """The layouts that are known; ``codes`` are those of the inputs, by `code_of`."""
    known: Known = {}
    for var, code in zip(jaxpr.in_vars, codes, strict=True):
        found = _given(var.aval.ndim, code)
        if found is not None:
            known[var] = found
    for eqn in jaxpr.eqns:
        if len(eqn.outs) != 1 or eqn.outs[0].aval.kind != "array":
            continue
        found = layout_of(eqn, known)
        if found is not None:
            known[eqn.outs[0]] = found
    return known


def layout_of(eqn: Equation, known: Known) -> Layout | None:
    """The layout of an equation's one result."""
    if eqn.primitive.kernel is not None or eqn.primitive.name == "strong_mul":
        return _elementwise(eqn, known)
    rule = _RULES.get(eqn.primitive.name)
    return None if rule is None else rule(eqn, [_known(atom, known) for atom in eqn.ins])


def _known(atom: Atom, known: Known) -> Layout | None:
    if isinstance(atom, Var):
        return known.get(atom) if atom.aval.kind == "array" else c_layout(0)
    return c_layout(0)


def _elementwise(eqn: Equation, known: Known) -> Layout | None:
    """The order on which all operands agree; those with one axis or none take any.

    Where they do not agree NumPy takes C order, if an operand of the full shape has it.
    """
    out = eqn.outs[0].aval
    order: tuple[int, ...] | None = None
    agreed, in_c = True, False
    for atom in eqn.ins:
        if atom.aval.size == 1 or (wide := _wide(atom.aval)) == 0:
            continue
        layout = _known(atom, known)
        if layout is None:
            return None
        if wide == 1:
            continue
        missing = out.ndim - len(layout.order)
        here = (*range(missing), *[axis + missing for axis in layout.order])
        agreed &= order in (None, here)
        in_c |= atom.aval.shape == out.shape and layout.is_c and 1 not in out.shape
        order = here
    single = elementwise_ufunc(eqn) is not None or eqn.primitive.name in ("where", "strong_mul")
    if not agreed:
        return c_layout(out.ndim) if in_c and single else None
    if order is None or order == c_layout(out.ndim).order:
        return c_layout(out.ndim)
    # NumPy follows another order than C only where an operand leads: one of the full shape, without gaps.
    leads = [
        a for a in eqn.ins if a.aval.shape == out.shape and (k := _known(a, known)) is not None and k.dense
    ]
    return make_layout(order, True) if leads and single else None


def _wide(aval: Aval) -> int:
    """The number of axes longer than one."""
    return sum([n != 1 for n in aval.shape])


# --- rules -----------------------------------------------------------------------------------------


def _matmul(eqn: Equation, ins: list[Layout | None]) -> Layout | None:
    """Stacks of products lie as the stacks of their operands do; how the matrices lie does not matter."""
    ndim = eqn.outs[0].aval.ndim
    if ndim <= 2:
        return c_layout(ndim)
    for layout in ins:
        stack = [] if layout is None else [axis for axis in layout.order if axis < len(layout.order) - 2]
        if layout is None or stack != sorted(stack):
            return None
    return c_layout(ndim)


def _new(eqn: Equation, ins: list[Layout | None]) -> Layout | None:
    return c_layout(eqn.outs[0].aval.ndim)


def _same(eqn: Equation, ins: list[Layout | None]) -> Layout | None:
    return None if ins[0] is None else make_layout(ins[0].order, True)


def _copy(eqn: Equation, ins: list[Layout | None]) -> Layout | None:
    return c_layout(eqn.outs[0].aval.ndim) if eqn.params.get("order", "C") == "C" else None


def _transpose(eqn: Equation, ins: list[Layout | None]) -> Layout | None:
    if ins[0] is None:
        return None
    place = {axis: i for i, axis in enumerate(eqn.params["axes"])}
    return make_layout(tuple([place[axis] for axis in ins[0].order]), ins[0].dense)


def _reshape(eqn: Equation, ins: list[Layout | None]) -> Layout | None:
    """C order where all is C order, or must be copied; else as the axes lie that are made of the old ones."""
    out = eqn.outs[0].aval
    if eqn.params.get("order", "C") != "C" or ins[0] is None or not ins[0].dense or not out.size:
        return None
    if ins[0].is_c:
        return c_layout(out.ndim)
    shape = eqn.ins[0].aval.shape
    steps = [0] * len(shape)
    step = 1
    for axis in reversed(ins[0].order):
        steps[axis] = step
        step *= shape[axis]
    found = seen_as(shape, steps, out.shape)
    if found is None:
        return c_layout(out.ndim)
    return _new_in_order(out, sorted(range(out.ndim), key=lambda d: -found[d]))


def _new_in_order(out: Aval, order: Sequence[int]) -> Layout | None:
    """New memory with the axes in this order, if it does not matter where those of length one stand."""
    wide = [d for d in order if out.shape[d] != 1]
    if wide == sorted(wide):
        return c_layout(out.ndim)
    return make_layout(tuple(order), True) if len(wide) == out.ndim else None


def _all_c(eqn: Equation, ins: list[Layout | None]) -> Layout | None:
    plain = all([layout is not None and layout.order == c_layout(len(layout.order)).order for layout in ins])
    return c_layout(eqn.outs[0].aval.ndim) if plain else None


def _joined(eqn: Equation, ins: list[Layout | None]) -> Layout | None:
    """What is joined lies as its parts agree on; with one axis there is one way."""
    return _all_c(eqn, ins) or _row(eqn, ins)


def _slice(eqn: Equation, ins: list[Layout | None]) -> Layout | None:
    """A slice with positive steps keeps the order; it is dense if only the slowest axis is cut."""
    cuts = eqn.params["index"]
    if ins[0] is None or any([(cut[2] or 1) < 0 for cut in cuts]):
        return None
    shape, kept = eqn.ins[0].aval.shape, eqn.outs[0].aval.shape
    cut = [axis for axis in range(len(shape)) if shape[axis] != kept[axis]]
    outer = all([axis == ins[0].order[0] and (cuts[axis][2] or 1) == 1 for axis in cut])
    return make_layout(ins[0].order, ins[0].dense and outer)


def _getitem(eqn: Equation, ins: list[Layout | None]) -> Layout | None:
    """Basic indices keep the order; without gaps if only the slowest of the axes that stay is cut.

    Numbers that are computed are basic indices, too.
    """
    index, base = eqn.params["index"], ins[0]
    if any([type(item) is str for item in index]):
        if is_copying(eqn):
            return _copied(eqn, ins)
        index = tuple([0 if item == ARRAY else item for item in index])
    if base is None or TRUE in index or FALSE in index or any([_backwards(item) for item in index]):
        return None
    items = _by_axis(index, len(base.order))
    slow = [items[axis] for axis in base.order]
    while slow and type(slow[0]) is int:
        slow.pop(0)
    whole = not slow or (slow[0][2] or 1) == 1
    dense = base.dense and whole and all([item == ALL for item in slow[1:]])
    if base.order == c_layout(len(items)).order:
        return make_layout(c_layout(eqn.outs[0].aval.ndim).order, dense)
    if None in index:
        return None
    kept = [axis for axis, item in enumerate(items) if type(item) is not int]
    return make_layout(tuple([kept.index(axis) for axis in base.order if axis in kept]), dense)


def _by_axis(index: Template, ndim: int) -> list[Any]:
    """What an index does to each axis: a number, or a slice; ``:`` for those that are not in it."""
    items = [item for item in index if item is not None]
    at = items.index(Ellipsis) if Ellipsis in items else len(items)
    rest = items[at + 1 :]
    return [*items[:at], *[ALL] * (ndim - at - len(rest)), *rest]


def _copied(eqn: Equation, ins: list[Layout | None]) -> Layout | None:
    """The axes of the index arrays, which lie in C order, then the others as they lie."""
    x, *arrays = [atom.aval for atom in eqn.ins]
    index, base = eqn.params["index"], ins[0]
    plain = all([
        _wide(aval) <= 1 or (layout is not None and layout.order == c_layout(aval.ndim).order)
        for aval, layout in zip(arrays, ins[1:], strict=True)
    ])  # fmt: skip
    if base is None or not plain or None in index or TRUE in index or FALSE in index:
        return _row(eqn, ins)
    plan = plan_index(x.shape, index, tuple([aval.shape for aval in arrays]))
    kept = [axis for axis, item in enumerate(_by_axis(index, x.ndim)) if isinstance(item, tuple)]
    if not base.dense and sum([x.shape[d] != 1 for d in kept]) > 1:
        return _row(eqn, ins)
    count = len(plan.block or ())
    rest = [kept.index(d) for d in base.order if d in kept]
    block = range(plan.start, plan.start + count)
    return _new_in_order(eqn.outs[0].aval, [*block, *[d if d < plan.start else d + count for d in rest]])


def _backwards(item: object) -> bool:
    return isinstance(item, tuple) and (item[2] or 1) < 0


def _broadcast(eqn: Equation, ins: list[Layout | None]) -> Layout | None:
    """A view with steps of 0 along the axes that are repeated, which NumPy takes for the fastest ones."""
    have, new = eqn.ins[0].aval.shape, eqn.outs[0].aval.shape
    if have == new:
        return ins[0]
    if ins[0] is None or ins[0].order != c_layout(len(have)).order:
        return None
    have = (1,) * (len(new) - len(have)) + have
    repeated = [d for d, n in enumerate(new) if have[d] != n]
    kept = [d for d in range(len(new)) if d not in repeated]
    if not any([new[d] != 1 for d in kept]):
        kept, repeated = list(range(len(new))), []
    return make_layout((*kept, *repeated), False)


def _row(eqn: Equation, ins: list[Layout | None]) -> Layout | None:
    """New memory that has one axis, or none: it can lie in one way only."""
    out = eqn.outs[0].aval
    return c_layout(out.ndim) if _wide(out) <= 1 else None


def _matrix(eqn: Equation, ins: list[Layout | None]) -> Layout | None:
    """What NumPy's linear algebra makes of one matrix; the order of stacks is that of the operands."""
    return c_layout(2) if eqn.outs[0].aval.ndim == 2 else _joined(eqn, ins)


def _by_columns(eqn: Equation, ins: list[Layout | None]) -> Layout | None:
    """What SciPy makes of LAPACK's results: each matrix column after column."""
    out = eqn.outs[0].aval
    order = (*range(out.ndim - 2), out.ndim - 1, out.ndim - 2)
    return _new_in_order(out, order) if out.size else _row(eqn, ins)


def _diagonal(eqn: Equation, ins: list[Layout | None]) -> Layout | None:
    return None if ins[0] is None or eqn.ins[0].aval.ndim != 2 else make_layout((0,), False)


_RULES: dict[str, Rule] = {
    **dict.fromkeys(("repeat", "iota", "take"), _new),
    **dict.fromkeys(("pad", "roll"), _all_c),
    **dict.fromkeys(("dot", "product", "gemm", "full", "outer", "embed", "write_slice"), _new),
    **dict.fromkeys(("matmul", "inner"), _matmul),
    **dict.fromkeys(("cholesky_change", "embed_diagonal"), _new),
    **dict.fromkeys(("cholesky", "inv", "solve"), _matrix),
    **dict.fromkeys(("solve_triangular", "cho_solve"), _by_columns),
    **dict.fromkeys(("tie_weights", "tril", "triu", "cumsum", "cumprod", "logsumexp", "softmax"), _all_c),
    **dict.fromkeys(("log_softmax",), _all_c),
    "diagonal": _diagonal,
    **dict.fromkeys(("sum", "max", "min", "prod", "mean"), _all_c),
    **dict.fromkeys(("concatenate", "stack", "matvec", "vecmat", "vecdot"), _joined),
    "kron": _all_c,
    "tensordot": _new,
    **dict.fromkeys(("convert", "sort", "partition", "index_set", "index_add", "index_multiply"), _same),
    **dict.fromkeys(("index_divide", "index_max", "index_min"), _same),
    "broadcast_to": _broadcast,
    "copy": _copy,
    "getitem": _getitem,
    "reshape": _reshape,
    "slice": _slice,
    "transpose": _transpose,
}
