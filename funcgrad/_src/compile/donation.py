"""Which donated arrays may be overwritten."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..backends import is_array
from ..base.writer import Writer
from ..core.aval import Aval
from ..core.flat import own
from ..tree.generated import FEW


def not_donatable(values: Sequence[Any], position: int) -> str | None:
    """Why the array at ``position`` may not be overwritten; None if it may."""
    array = values[position]
    if isinstance(array, np.ndarray) and not array.flags.writeable:
        return "is read-only"
    if array.base is not None:
        return "does not own its memory"
    for i, other in enumerate(values):
        if i != position and is_array(other) and (other is array or _overlap(other, array)):
            return "shares memory with another argument or a closed-over array"
    return None


def _overlap(other: Any, array: Any) -> bool:
    if other.base is None:
        return False
    if isinstance(other, np.ndarray) and isinstance(array, np.ndarray):
        return bool(np.may_share_memory(other, array))
    return other.base is array


# Bits of ``flags.num``. An array that owns its memory and may be written has the first two, not the third.
_OWNDATA, _WRITEABLE, _WRITEBACKIFCOPY = 0x4, 0x400, 0x2000
_CONTIGUOUS, _FORTRAN, _ALIGNED = 0x1, 0x2, 0x100
_USUAL = _OWNDATA | _WRITEABLE | _CONTIGUOUS | _ALIGNED
_OWNS = f"& {_OWNDATA | _WRITEABLE | _WRITEBACKIFCOPY} == {_OWNDATA | _WRITEABLE}"


def write_donation(writer: Writer, arrays: dict[str, Aval], donated: Sequence[str]) -> dict[str, str]:
    """Print a check that every donated array may be overwritten, and decline if one may not.

    ``arrays`` are the names and avals of all operands that are NumPy arrays, checked before. The answer is
    that of `not_donatable`. Returned are variables that hold ``flags.num`` of arrays, for some of them.

    NOTE (why so little is compared): arrays of different shape or dtype are different objects. An array
    that owns its memory shares it with no other owner, so the base of a view is compared with the donated
    arrays; a view of something that is no owner is handed to `np.may_share_memory`.
    """
    others = [name for name in arrays if name not in donated]
    if donated and len(arrays) > FEW:
        _write_many(writer, donated, others)
        return {}
    flags = dict(zip(donated, writer.fresh(len(donated)), strict=True))
    for name, number in flags.items():
        usual = _USUAL | _FORTRAN if arrays[name].ndim < 2 else _USUAL
        writer.lines.append(f"{number} = {name}.flags.num")
        writer.decline_if(f"{number} != {usual} and not {number} {_OWNS}")
    for i, name in enumerate([*donated, *others] if donated else []):
        alike = [x for x in donated[: min(i, len(donated))] if arrays[x] == arrays[name]]
        writer.decline_if(*[f"{name} is {x}" for x in alike])
    for name in others if donated else []:
        writer.lines.append(f"base = {name}.base")
        writer.decline_if(_shares(writer, name, " or ".join(f"base is {x}" for x in donated), donated))
    return flags


def _write_many(writer: Writer, donated: Sequence[str], others: Sequence[str]) -> None:
    writer.lines.append(f"donated = ({', '.join(donated)},)")
    writer.lines.append("for x in donated:")
    writer.decline_if(f"not x.flags.num {_OWNS}", indent="    ")
    writer.lines.append("ids = set(map(id, donated))")
    writer.decline_if(f"len(ids) != {len(donated)}")
    writer.lines.append(f"for x in [{', '.join(others)}]:")
    writer.lines.append("    base = x.base")
    shares = _shares(writer, "x", "id(base) in ids", ["*donated"])
    writer.decline_if("id(x) in ids", shares, indent="    ")


def _shares(writer: Writer, name: str, among: str, donated: Sequence[str]) -> str:
    """The condition that an array with this ``base`` is a view that shares memory with a donated one."""
    owner = f"type(base) is {writer.constant(np.ndarray)} and base.flags.num & {_OWNDATA}"
    apart = f"{writer.constant(_apart)}({name}, [{', '.join(donated)}])"
    return f"base is not None and (not ({owner}) or {among}) and not {apart}"


def _apart(array: Any, donated: Sequence[Any]) -> bool:
    """Whether ``array`` shares memory with none of these, as far as `not_donatable` looks."""
    return not any([_overlap(array, other) for other in donated])


def write_own(writer: Writer, outs: Sequence[str], kept: Sequence[str]) -> None:
    """Print `own` for NumPy arrays and scalars; it is only called for arrays that may not be owned yet."""
    array = writer.constant(np.ndarray)
    owned = [f"(type({name}) is not {array} or {name}.flags.num {_OWNS})" for name in outs]
    ids = f"len({{{', '.join(f'id({name})' for name in [*outs, *kept])}}}) == {len(outs) + len(kept)}"
    if outs:
        writer.lines.append(f"if not ({' and '.join([*owned, ids])}):")
        writer.lines.append(f"    {', '.join(outs)}, = {writer.constant(own)}(outs, [{', '.join(kept)}])")
