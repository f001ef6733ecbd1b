"""Strong products in vectors: plain ones first.

A strong product (zero times anything is zero) takes four instructions more than a plain one, and differs from
it only where that is NaN. So a vector's rows are computed plainly, what leaves them is looked at, and only if
there is NaN in it the rows from the first strong product on are computed once more, strongly. A NaN that was
left out by ``where`` would have been left out as a zero, too; where a row would turn NaN into something else,
its operand is looked at instead.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ....base.record import Record
from ....core.primitive import find_primitive
from ....ir.jaxpr import Equation
from ...loops import Compute, Loop
from .bands import Feed, Item, Keep, Write
from .builder import Type, Value
from .code import Code
from .registers import Register

_PASSES = frozenset(
    {
        "add",
        "subtract",
        "multiply",
        "divide",
        "negative",
        "positive",
        "square",
        "strong_mul",
        "convert",
        "exp",
    }
    | {"log", "sqrt", "sin", "cos", "tanh", "expm1", "log1p", "reshape", "reciprocal", "absolute", "where"}
)


class Suspects(Record):
    """``rows`` that come of strong products; ``watched`` registers in which a NaN of theirs would show."""

    rows: tuple[Compute, ...]
    watched: tuple[int, ...]


def suspects(loop: Loop, items: Sequence[Item]) -> Suspects | None:
    """What to look at in these items, which stand in the loop over the last axis; None for nothing strong."""
    tainted: dict[int, Compute] = {}
    watched: dict[int, None] = {}
    for item in items:
        if isinstance(item, Compute):
            if _is_strong(item) or any([isinstance(a, int) and a in tainted for a in item.args]):
                if not _passes(item, tainted):
                    watched.update(
                        dict.fromkeys([a for a in item.args if isinstance(a, int) and a in tainted])
                    )
                tainted[item.register] = item
        elif isinstance(item, Write | Feed | Keep) and item.register in tainted:
            watched[item.register] = None
    if not any(map(_is_strong, tainted.values())):
        return None
    if any([row.eqn.outs[0].aval.dtype.kind == "c" for row in tainted.values()]):
        return None
    return Suspects(tuple(tainted.values()), tuple([r for r in watched if loop.avals[r].dtype.kind == "f"]))


def _is_strong(row: Compute) -> bool:
    eqn = row.eqn
    return (
        eqn.primitive.name == "strong_mul"
        and any(eqn.params["strong"])
        and eqn.outs[0].aval.dtype.char in "fd"
    )


def _passes(row: Compute, tainted: Mapping[int, Compute]) -> bool:
    """Whether a NaN of an operand is one of the result, too, or left out."""
    name = row.eqn.primitive.name
    if name == "where":
        return not (isinstance(row.args[0], int) and row.args[0] in tainted)
    return name in _PASSES and row.eqn.outs[0].aval.dtype.kind == "f"


def plain(row: Compute) -> Equation:
    """The equation of a row, with a plain product for a strong one."""
    eqn = row.eqn
    if not _is_strong(row):
        return eqn
    return Equation(find_primitive("multiply"), eqn.ins, {}, eqn.outs, eqn.source)


def any_nan(code: Code, values: Sequence[Value], mask: Value | None) -> Value:
    """Whether there is NaN in any lane of any of these (where the mask is true)."""
    found: Value | None = None
    for x in values:
        here = x.is_nan()
        found = here if found is None else _either(found, here)
    assert found is not None
    if mask is not None and found.lanes:
        found = found & mask
    return code.any_lane(found)


def _either(x: Value, y: Value) -> Value:
    return x | y


def joined(code: Code, x: Register, y: Register, first: str, second: str) -> Register:
    """``x`` if the block ``first`` came before, ``y`` if it was ``second``."""
    assert isinstance(x, Value)
    assert isinstance(y, Value)
    kind: Type = x.type
    text = f"phi {x.full} [ {x.text}, %{first} ], [ {y.text}, %{second} ]"
    return code.instruction(text, kind, x.lanes)
