"""Sinking of broadcasts: elementwise work is done on the small operands, and repeated afterwards.

Where the other operands of an elementwise equation have the shape of the result, a ``broadcast_to`` is
dropped: NumPy repeats the operand anyway. Where all operands are repeated, the work is done before.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..jaxpr import Atom, Equation, Jaxpr, Literal, Var
from .kinds import EXACT, is_exact, scalar_of
from .sweep import Found, Sweep


def sink_broadcasts(jaxpr: Jaxpr) -> Found:
    """Drop and sink broadcasts, where the bits are kept: see NOTE (exact) and NOTE (layout)."""
    return Sweep(jaxpr, dict.fromkeys(EXACT, _sink)).run()


def _sink(sweep: Sweep, eqn: Equation) -> Equation | None:
    makers = sweep.makers
    for atom in eqn.ins:
        maker = makers.get(atom)
        if maker is not None and maker.primitive.name in ("broadcast_to", "full"):
            break
    else:
        return None
    short = [_short(sweep, atom) for atom in eqn.ins]
    if not is_exact(eqn) or all([a is b for a, b in zip(short, eqn.ins, strict=True)]):
        return None
    shape = eqn.outs[0].aval.shape
    if _shape(short) == shape:
        new = sweep.instead(eqn, eqn.primitive.name, *short, **eqn.params)
        if new is not None:
            sweep.note("broadcasts that NumPy does anyway")
        return new
    return _small(sweep, eqn, short) or _partly(sweep, eqn, short)


def _short(sweep: Sweep, atom: Atom) -> Atom:
    """What ``atom`` repeats, if it is a broadcast; never a weak Python number."""
    eqn = sweep.maker(atom, "broadcast_to", "full")
    if eqn is None:
        return atom
    if eqn.primitive.name == "full":
        return Literal(atom.aval.dtype.type(eqn.params["value"]))
    x = eqn.ins[0]
    if type(x) is Literal:
        return scalar_of(x)
    return atom if x.aval.kind == "python" else x


def _shape(atoms: Sequence[Atom]) -> tuple[int, ...]:
    shapes = {atom.aval.shape for atom in atoms} - {()}
    return shapes.pop() if len(shapes) == 1 else np.broadcast_shapes(*shapes)


def _small(sweep: Sweep, eqn: Equation, short: list[Atom]) -> Equation | None:
    """The work on what is repeated, then one broadcast."""
    out = eqn.outs[0].aval
    shape = _shape(short)
    if 0 in out.shape or (not shape and any([a.aval.dtype.kind in "iu" for a in (*short, *eqn.outs)])):
        return None  # scalars of NumPy's warn where its arrays of integers wrap around
    typed: Any = eqn.primitive.abstract([atom.aval for atom in short], eqn.params)
    if typed.dtype != out.dtype or typed.place != out.place or typed.kind == "python":
        return None
    if not sweep.may_read(eqn, sweep.instead(eqn, "broadcast_to", Var(typed), shape=out.shape)):
        return None
    sweep.note("elementwise work before a broadcast")
    small = sweep.emit(eqn.primitive.name, *short, **eqn.params)
    return sweep.instead(eqn, "broadcast_to", small, shape=out.shape)


def _partly(sweep: Sweep, eqn: Equation, short: list[Atom]) -> Equation | None:
    """Broadcasts dropped one by one, as long as the others give the shape."""
    ins, shape = list(eqn.ins), eqn.outs[0].aval.shape
    for i, atom in enumerate(short):
        if atom is not ins[i] and _shape([*ins[:i], atom, *ins[i + 1 :]]) == shape:
            ins[i] = atom
    if all([a is b for a, b in zip(ins, eqn.ins, strict=True)]):
        return None
    new = sweep.instead(eqn, eqn.primitive.name, *ins, **eqn.params)
    if new is not None:
        sweep.note("broadcasts that NumPy does anyway")
    return new
