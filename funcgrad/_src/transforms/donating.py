"""Donated arguments: which leaves they are, and which of them must be left alone in a call."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Sequence
from typing import Any

from ..backends import is_array
from ..compile.donation import not_donatable
from ..tree import flatten


def donated_flags(
    args: Sequence[Any],
    kwargs: dict[str, Any],
    static: tuple[Collection[int], Collection[str]],
    donated: tuple[Collection[int], Collection[str]],
) -> list[bool]:
    """For each leaf of the arguments that are not static, whether it belongs to a donated one."""
    flags: list[bool] = []
    for i, a in enumerate(args):
        if i not in static[0]:
            flags += [i in donated[0]] * len(flatten(a)[0])
    for k, v in kwargs.items():
        if k not in static[1]:
            flags += [k in donated[1]] * len(flatten(v)[0])
    return flags


def protected(name: str, operands: Sequence[Any], positions: Sequence[int]) -> list[Any]:
    """The operands, with copies in place of donated arrays that must be left alone, and a warning."""
    copies: dict[int, Any] = {}
    for position in positions:
        value = operands[position]
        if not is_array(value):
            continue  # a number: there is nothing to overwrite
        why = not_donatable(operands, position)
        if why is not None:
            text = f"jit: a donated argument of `{name}` {why}; it is left alone."
            warnings.warn(text, UserWarning, stacklevel=4)
            copies[position] = value.copy()
    return [copies.get(i, value) for i, value in enumerate(operands)]
