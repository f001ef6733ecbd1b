"""More steps that move data: borders, turns, repetitions, triangles, diagonals; and sums along an axis."""

from __future__ import annotations

import itertools
from contextlib import ExitStack

from ....ir.jaxpr import Equation
from ...layout import Known
from .access import read, write
from .areas import Area, chunks, operand, sweep, times
from .builder import Value
from .code import Code
from .combine import combine
from .conversions import convert
from .movement import fill, moves, put, result
from .registers import Register, choose, number, part
from .surroundings import NativeStep, Surroundings

FEW = 32  # pieces that are written one by one


def _source(code: Code, eqn: Equation, around: Surroundings) -> Area:
    found = operand(code, around, eqn.ins[0])
    assert isinstance(found, Area)
    return found


def _arrays(eqn: Equation, known: Known) -> bool:
    return moves(eqn, known) and all([atom.aval.kind == "array" for atom in eqn.ins])


# --- pad, roll, repeat -----------------------------------------------------------------------------------


def _pad(code: Code, eqn: Equation, around: Surroundings) -> None:
    """Borders of one axis after another, as NumPy's: a corner belongs to the last axis."""
    target, x = result(code, eqn, around), _source(code, eqn, around)
    inside = target
    for d, ((before, after), n) in enumerate(zip(eqn.params["widths"], x.shape, strict=True)):
        whole = target
        for k in range(d + 1, len(x.shape)):
            whole = whole.cut(k, eqn.params["widths"][k][0], x.shape[k])
        first, last = eqn.params["values"][d]
        fill(code, whole.cut(d, 0, before), first)
        fill(code, whole.cut(d, before + n, after), last)
        inside = inside.cut(d, before, n)
    put(code, inside, x, x.dtype)


def _rolls(eqn: Equation, known: Known) -> bool:
    return _arrays(eqn, known) and (eqn.params["axis"] is not None or eqn.ins[0].aval.ndim == 1)


def _roll(code: Code, eqn: Equation, around: Surroundings) -> None:
    """The pieces before and behind the turn of each axis."""
    target, x = result(code, eqn, around), _source(code, eqn, around)
    axes, shifts = [
        v if isinstance(v, tuple) else (v,) for v in (eqn.params["axis"] or 0, eqn.params["shift"])
    ]
    turns = [0] * len(x.shape)
    for k in range(max(len(axes), len(shifts))):
        turns[axes[k % len(axes)]] += shifts[k % len(shifts)]
    pieces = []
    for turn, n in zip(turns, x.shape, strict=True):
        turn = turn % n if n else 0
        pieces.append([(0, turn, n - turn), (n - turn, 0, turn)] if turn else [(0, 0, n)])
    for piece in itertools.product(*pieces):
        to, of = target, x
        for d, (start, place, count) in enumerate(piece):
            to, of = to.cut(d, place, count), of.cut(d, start, count)
        put(code, to, of, x.dtype)


def _repeats(eqn: Equation, known: Known) -> bool:
    repeats = eqn.params["repeats"]
    return _arrays(eqn, known) and (not isinstance(repeats, tuple) or len(repeats) <= FEW)


def _repeat(code: Code, eqn: Equation, around: Surroundings) -> None:
    target, x, axis = result(code, eqn, around), _source(code, eqn, around), eqn.params["axis"]
    repeats = eqn.params["repeats"]
    if not isinstance(repeats, tuple):
        put(code, target.split(axis, x.shape[axis], int(repeats)), x.with_axis(axis + 1), x.dtype)
        return
    start = 0
    for i in range(x.shape[axis]):
        count = int(repeats[i % len(repeats)])
        put(code, target.cut(axis, start, count), x.cut(axis, i, 1), x.dtype)
        start += count


# --- triangles and diagonals -----------------------------------------------------------------------------


def _triangle(code: Code, eqn: Equation, around: Surroundings) -> None:
    """The elements on one side of a diagonal, zeros on the other."""
    target = result(code, eqn, around)
    x = _source(code, eqn, around).broadcast(target.shape)
    put_triangle(code, target, x, eqn.params["k"], lower=eqn.primitive.name == "tril")


def put_triangle(code: Code, target: Area, x: Area, k: int = 0, *, lower: bool) -> None:
    """The elements of ``x`` on one side of diagonal ``k``, zeros on the other; of one dtype and shape."""
    if not target.size:
        return
    size = target.dtype.itemsize
    lanes = code.vector_bytes // part(target.dtype).itemsize if target.steps[-1] == x.steps[-1] == size else 0
    with ExitStack() as stack:
        while len(target.shape) > 1:
            i = stack.enter_context(code.loop(0, target.shape[0]))
            target, x = target.row(0, i), x.row(0, i)
        _one_row(code, target, x, i + k, lanes, lower=lower)


def _one_row(code: Code, target: Area, x: Area, limit: Value, lanes: int, *, lower: bool) -> None:
    """The elements up to a column, or from it on."""
    zero = number(code, 0, target.dtype)

    def some(j: Value | int, mask: Value | None, lanes: int) -> None:
        column = code.integer(j) if isinstance(j, int) else j
        if lanes:
            column = code.lanes_of(lanes, 1) + column
        kept = column.le(limit) if lower else column.ge(limit)
        found = read(code, x.moved(times(code, x.steps[0], j)), x.dtype, x.steps[0], mask, lanes)
        found = choose(code, kept, found, zero)
        write(
            code, target.moved(times(code, target.steps[0], j)), x.dtype, found, target.steps[0], mask, lanes
        )

    if lanes:
        for j, mask in chunks(code, target.shape[0], lanes):
            some(j, mask, lanes)
        return
    with code.loop(0, target.shape[0]) as i:
        some(i, None, 0)


def _embed_diagonal(code: Code, eqn: Equation, around: Surroundings) -> None:
    target, x = result(code, eqn, around), _source(code, eqn, around)
    fill(code, target, 0)
    put(code, target.diagonal(eqn.params["offset"], eqn.params["axis1"], eqn.params["axis2"]), x, x.dtype)


# --- numbers in order, outer products, scans -------------------------------------------------------------


def _iota(code: Code, eqn: Equation, around: Surroundings) -> None:
    target = result(code, eqn, around)
    if target.size:
        with code.loop(0, target.shape[0]) as i:
            write(code, target.row(0, i).base, target.dtype, i)


def _outers(eqn: Equation, known: Known) -> bool:
    plain = all([atom.aval.ndim == 1 and atom.aval.kind == "array" for atom in eqn.ins])
    return plain and moves(eqn, known) and eqn.outs[0].aval.dtype.kind != "c"


def _outer(code: Code, eqn: Equation, around: Surroundings) -> None:
    target = result(code, eqn, around)
    x, y = [operand(code, around, atom) for atom in eqn.ins]
    assert isinstance(x, Area)
    assert isinstance(y, Area)
    dtype = target.dtype

    def function(a: Register, b: Register) -> Register:
        a, b = convert(code, a, x.dtype, dtype), convert(code, b, y.dtype, dtype)
        return combine(code, "prod", dtype, a, b)

    sweep(code, target, [x.with_axis(1), y.with_axis(0)], function)


def _scans(eqn: Equation, known: Known) -> bool:
    real = eqn.outs[0].aval.dtype.kind != "c" or eqn.primitive.name == "cumsum"
    return _arrays(eqn, known) and real and eqn.outs[0].aval.dtype.kind != "b"


def _scan(code: Code, eqn: Equation, around: Surroundings) -> None:
    """Each row is the one before, and a row of the operand added or multiplied."""
    target, x, axis = result(code, eqn, around), _source(code, eqn, around), eqn.params["axis"]
    if not target.size:
        return
    dtype, name = target.dtype, "sum" if eqn.primitive.name == "cumsum" else "prod"
    put(code, target.row(axis, 0), x.row(axis, 0), x.dtype)

    def function(before: Register, new: Register) -> Register:
        return combine(code, name, dtype, before, convert(code, new, x.dtype, dtype))

    if target.shape[axis] > 1:
        with code.loop(1, target.shape[axis]) as i:
            rows = [target.row(axis, i - 1), x.row(axis, i)]
            sweep(code, target.row(axis, i), rows, function)


ARRANGEMENTS: dict[str, NativeStep] = {
    "pad": NativeStep(_arrays, _pad),
    "roll": NativeStep(_rolls, _roll),
    "repeat": NativeStep(_repeats, _repeat),
    **dict.fromkeys(("tril", "triu"), NativeStep(_arrays, _triangle)),
    "embed_diagonal": NativeStep(_arrays, _embed_diagonal),
    "iota": NativeStep(moves, _iota),
    "outer": NativeStep(_outers, _outer),
    **dict.fromkeys(("cumsum", "cumprod"), NativeStep(_scans, _scan)),
}
