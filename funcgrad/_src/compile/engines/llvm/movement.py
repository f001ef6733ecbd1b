"""Steps that move data: what is joined, embedded, filled and copied, with NumPy's bits.

Each writes parts of its result, one after another, and every part is a loop over its elements.
"""

from __future__ import annotations

from collections.abc import Callable

from ....backends.places import HOST
from ....ir.jaxpr import Equation, Literal, Var
from ...layout import Known
from .access import read, write
from .areas import Area, Source, area, copy, operand, sweep
from .code import Code
from .combine import combine
from .conversions import convert
from .refs import dense
from .registers import Dtype, Register, is_native, number
from .surroundings import NativeStep, Surroundings

LARGE = 1 << 20  # bytes: NumPy's calls cost nothing beside such a copy
Emit = Callable[[Code, Equation, Surroundings], None]


# --- which equations -----------------------------------------------------------------------------------


def lies(eqn: Equation, known: Known) -> bool:
    """Whether it is known how the one result lies, and registers hold the dtypes of all variables."""
    if len(eqn.outs) != 1 or not all([is_native(atom.aval.dtype) for atom in (*eqn.ins, *eqn.outs)]):
        return False
    out = eqn.outs[0]
    layout = known.get(out)
    return out.aval.kind != "array" or not out.aval.ndim or (layout is not None and layout.dense)


def moves(eqn: Equation, known: Known) -> bool:
    """Whether the result is an array that lies in a known way, and not so large that NumPy does as well."""
    out = eqn.outs[0].aval if eqn.outs else None
    return out is not None and out.kind == "array" and out.nbytes <= LARGE and lies(eqn, known)


def _joins(eqn: Equation, known: Known) -> bool:
    return moves(eqn, known) and all([a.aval.kind == "array" or not isinstance(a, Literal) for a in eqn.ins])


# --- parts ---------------------------------------------------------------------------------------------


def put(code: Code, target: Area, source: Source, have: Dtype) -> None:
    """``target[...] = source``, as NumPy casts; ``have`` is the dtype of the source."""
    copy(code, target, source, lambda x: convert(code, x, have, target.dtype))


def result(code: Code, eqn: Equation, around: Surroundings) -> Area:
    """The area of the result."""
    return area(code, around.refs[eqn.outs[0]])


def started(code: Code, eqn: Equation, around: Surroundings) -> Area:
    """The area of the result, which holds the first operand: copied, unless it lies there."""
    base, target = eqn.ins[0], result(code, eqn, around)
    if not isinstance(base, Var) or around.refs[base] != around.refs[eqn.outs[0]]:
        put(code, target, operand(code, around, base), base.aval.dtype)
    return target


def _concatenate(code: Code, eqn: Equation, around: Surroundings) -> None:
    target, axis, start = result(code, eqn, around), eqn.params["axis"], 0
    for atom in eqn.ins:
        count = atom.aval.shape[axis]
        put(code, target.cut(axis, start, count), operand(code, around, atom), atom.aval.dtype)
        start += count


def _stack(code: Code, eqn: Equation, around: Surroundings) -> None:
    target, axis = result(code, eqn, around), eqn.params["axis"]
    for i, atom in enumerate(eqn.ins):
        put(code, target.row(axis, i), operand(code, around, atom), atom.aval.dtype)


def fill(code: Code, target: Area, value: object) -> None:
    """The same number everywhere."""
    x = number(code, value, target.dtype)
    sweep(code, target, [], lambda: x)


def _embed(code: Code, eqn: Equation, around: Surroundings) -> None:
    target, (x,) = result(code, eqn, around), eqn.ins
    fill(code, target, 0)
    put(code, target.part(eqn.params["index"]), operand(code, around, x), x.aval.dtype)


def _write_slice(code: Code, eqn: Equation, around: Surroundings) -> None:
    target, new = started(code, eqn, around), eqn.ins[1]
    put(code, target.part(eqn.params["index"]), operand(code, around, new), new.aval.dtype)


def _full(code: Code, eqn: Equation, around: Surroundings) -> None:
    value = eqn.params["value"]
    fill(code, result(code, eqn, around), 0 if value == 0 else value)  # NumPy's zeros, for -0.0 too


def _copy(code: Code, eqn: Equation, around: Surroundings) -> None:
    started(code, eqn, around)


def _reshapes(eqn: Equation, known: Known) -> bool:
    """Whether a reshape makes a copy in C order: others are views."""
    found = known.get(eqn.outs[0]) if moves(eqn, known) and eqn.ins[0].aval.kind == "array" else None
    return found is not None and found.is_c and eqn.params["order"] == "C"


def _reshape(code: Code, eqn: Equation, around: Surroundings) -> None:
    """The copy, seen with the dimensions of the operand."""
    target, (x,) = result(code, eqn, around), eqn.ins
    shape = x.aval.shape
    steps = dense(shape, tuple(range(len(shape))), target.dtype.itemsize)
    seen = Area(code, target.base, shape, steps, target.dtype)
    put(code, seen, operand(code, around, x), x.aval.dtype)


def _takes_one(eqn: Equation, known: Known) -> bool:
    (x, *_), (out,) = eqn.ins, eqn.outs
    return (
        is_basic(eqn, 1) and x.aval.kind == "array" and out.aval.kind != "array" and is_native(x.aval.dtype)
    )


def _take_one(code: Code, eqn: Equation, around: Surroundings) -> None:
    """One element, as a number."""
    (x,), (out,) = eqn.ins, eqn.outs
    source = operand(code, around, x)
    assert isinstance(source, Area)
    found = read(code, at(source, eqn.params["index"]).base, source.dtype)
    around.scalars[out] = found
    write(code, result(code, eqn, around).base, source.dtype, found)


# --- writes by basic indices ---------------------------------------------------------------------------


def is_basic(eqn: Equation, first: int) -> bool:
    """Whether an index has no arrays; these would be the operands from ``first`` on."""
    return len(eqn.ins) == first and not any([isinstance(item, str) for item in eqn.params["index"]])


def takes_values(eqn: Equation) -> bool:
    """Whether the new values need no other dtype than that of what they are combined with."""
    x, v = [atom.aval for atom in eqn.ins[:2]]
    return v.kind == "python" or v.dtype == x.dtype or eqn.primitive.name == "index_set"


def _writes(eqn: Equation, known: Known) -> bool:
    return moves(eqn, known) and is_basic(eqn, 2) and takes_values(eqn)


def at(target: Area, index: tuple[object, ...]) -> Area:
    """The part that a basic index shows."""
    index = tuple(index) if Ellipsis in index else (*index, Ellipsis)
    rest = len(target.shape) - sum([item is not None and item is not Ellipsis for item in index])
    d = 0
    for item in index:
        if item is None:
            target = target.with_axis(d)
        elif isinstance(item, int):
            target = target.row(d, item % target.shape[d])
            continue
        elif isinstance(item, tuple):
            start, stop, jump = slice(*item).indices(target.shape[d])
            target = target.cut(d, start, len(range(start, stop, jump)), jump)
        d += rest if item is Ellipsis else 1
    return target


def values(
    code: Code, eqn: Equation, around: Surroundings, name: str | None
) -> tuple[Source, Callable[[Area, Source], None]]:
    """The new values, and what writes some of them: combined with what is there, or in its place."""
    v, dtype = eqn.ins[1], eqn.outs[0].aval.dtype
    have = dtype if isinstance(v, Literal) and v.aval.kind == "python" else v.aval.dtype

    def function(old: Register, x: Register) -> Register:
        assert name is not None
        return combine(code, name, dtype, old, convert(code, x, have, dtype))

    def write_some(target: Area, new: Source) -> None:
        if name is None:
            put(code, target, new, have)
        else:
            sweep(code, target, [target, new], function)

    return operand(code, around, v, have), write_some


def _writing(name: str | None) -> Emit:
    """The step that writes all new values."""

    def emit(code: Code, eqn: Equation, around: Surroundings) -> None:
        target = at(started(code, eqn, around), eqn.params["index"])
        new, write_some = values(code, eqn, around, name)
        write_some(target, new)

    return emit


def write_steps(
    writes: Callable[[Equation, Known], bool], writing: Callable[[str | None], Emit]
) -> dict[str, NativeStep]:
    """The steps that write by an index, for one kind of index."""

    def orders(eqn: Equation, known: Known) -> bool:
        """Of complex numbers there is no order, and NumPy's products are rounded in several ways."""
        return writes(eqn, known) and eqn.outs[0].aval.dtype.kind != "c"

    return {
        "index_set": NativeStep(writes, writing(None)),
        "index_add": NativeStep(writes, writing("sum")),
        "index_multiply": NativeStep(orders, writing("prod")),
        "index_max": NativeStep(orders, writing("max")),
        "index_min": NativeStep(orders, writing("min")),
    }


MOVEMENT: dict[str, NativeStep] = {
    "concatenate": NativeStep(_joins, _concatenate),
    "stack": NativeStep(moves, _stack),
    "embed": NativeStep(moves, _embed),
    "write_slice": NativeStep(moves, _write_slice),
    "full": NativeStep(lambda eqn, known: moves(eqn, known) and eqn.params["place"] == HOST, _full),
    "copy": NativeStep(moves, _copy),
    "reshape": NativeStep(_reshapes, _reshape),
    "getitem": NativeStep(_takes_one, _take_one),
    **write_steps(_writes, _writing),
}
