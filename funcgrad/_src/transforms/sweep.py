"""Reverse mode: the backward sweep over a tape.

NOTE (optimistic strong zero): when all values are concrete NumPy arrays the sweep multiplies plainly
and looks for NaN in what it would hand out; only if there is one does it go back to the last commit
and multiply strongly. The results are the same: a NaN that reached no gradient did not matter. A
commit happens whenever ``COMMIT_BYTES`` of results have been passed; it checks the live cotangents, so
that the residuals behind it can be freed. Under an outer trace, and on devices, products are strong.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..backends import HOST_TYPES
from ..ops.strong import strong_mul
from ..ops.structural import fit, full_like_aval, instantiate
from .tape import ReverseTrace

COMMIT_BYTES = 1 << 26


def has_nan(value: Any) -> bool:
    """Whether a concrete NumPy value may hold a NaN (an overflowing sum counts as one)."""
    if type(value) is np.ndarray:
        value = np.add.reduce(value, axis=None)
    return bool(value != value)


class Sweep:
    """One backward walk: cotangents by variable number, and which of them are buffers of our own."""

    def __init__(self, tape: ReverseTrace, *, free: bool) -> None:
        self.tape = tape
        self.rows = tape.rows
        self.avals = tape.avals
        self.free = free
        self.cotangents: dict[int, Any] = {}
        self.owned: set[int] = set()
        self.concrete = tape.parent is None
        self.strong = False

    def run(self, seeds: Sequence[tuple[int | None, Any]], inputs: Sequence[int]) -> list[Any]:
        """Cotangents of ``inputs`` (None where zero) for cotangents of outputs."""
        self.concrete = self.concrete and all(type(g) in HOST_TYPES for _, g in seeds)
        self.strong = not self.concrete
        if self.tape.foreign:
            self.tape.verify()
        with np.errstate(all="ignore"):
            for number, g in seeds:
                if number is not None:
                    self.add(number, g)
            self._walk()
        return [self.cotangents.get(number) for number in inputs]

    def _walk(self) -> None:
        start = len(self.rows) - 1
        self.owned.clear()  # what is saved must not be added into
        saved = dict(self.cotangents)
        while start >= 0:
            stop = self._segment(start)
            if not self.strong and self._found_nan():
                self.strong = True
                self.cotangents = saved
                self.owned.clear()
                continue
            if self.free:
                self.rows[stop + 1 : start + 1] = [None] * (start - stop)
            self.strong = self.strong and (not self.concrete or self._found_nan())
            self.owned.clear()
            saved = dict(self.cotangents)
            start = stop

    def _found_nan(self) -> bool:
        return any(map(has_nan, self.cotangents.values()))

    # The path of every equation's pullback: the elementwise case is written out rather than divided.
    def _segment(self, start: int, last: int = -1) -> int:  # noqa: C901
        """Walk back from row ``start`` until ``last`` or until a commit is due; the index of the next row."""
        cotangents, avals, strong, owned = self.cotangents, self.avals, self.strong, self.owned
        add = np.add
        rows: list[Any] = self.rows
        budget = COMMIT_BYTES if self.free else float("inf")
        for index in range(start, last, -1):
            row = rows[index]
            primitive, ins, params, number, kept = row
            g = cotangents.pop(number, None)
            if g is None:
                if type(number) is tuple:
                    budget -= self._pull_multiple(row)
                    if budget < 0:
                        return index - 1
                continue
            aval = avals[number]
            rule = primitive.rule
            partials = rule.partials
            if partials is None:
                self._pull(row, g, aval)
            else:
                for number, partial, pull in zip(ins, partials, rule.optimistic):  # noqa: B905  (strict= costs)
                    if number is None or partial is None:
                        continue
                    if type(partial) is int:
                        share = g if partial == 1 else -g
                    elif pull is None or strong:
                        share = partial(*kept, **params) if params else partial(*kept)
                        share = strong_mul(g, share, (True, rule.selects)) if strong else g * share
                    else:
                        share = pull(g, *kept, **params) if params else pull(g, *kept)
                    if avals[number] is not aval:
                        share = fit(share, avals[number])
                    before = cotangents.get(number)
                    if before is None:
                        cotangents[number] = share
                    elif number in owned:
                        add(before, share, before)
                    else:
                        cotangents[number] = share = before + share
                        if self.concrete and type(share) is np.ndarray:
                            owned.add(number)
            budget -= aval.nbytes
            if budget < 0:
                return index - 1
        return last

    def _pull(self, row: Any, g: Any, aval: Any) -> None:
        primitive, ins, params, _, kept = row
        rule, avals = primitive.rule, self.avals
        if not rule.shapes:
            operands = ins if kept is None else kept[1:]  # fillers, where no transpose reads an operand
            transposes = rule.transposes if self.strong else rule.optimistic
            for number, transpose in zip(ins, transposes):  # noqa: B905  (strict= costs)
                if number is not None and transpose is not None:
                    share = transpose(g, *operands, **params) if params else transpose(g, *operands)
                    self.add(number, share if avals[number] is aval else fit(share, avals[number]))
            return
        if rule.kind != "transposes":
            self._add_all(ins, rule.vjp(g, *kept, **params))
            return
        for i, number in enumerate(ins):
            if number is None or not rule.active(i):
                continue
            if i == 0 and rule.accumulate is not None:
                self._add_into(number, rule.accumulate, g, kept[2:], params)
                continue
            share = rule.pull(i, g, kept[1:], params)
            self.add(number, fit(share, avals[number]))

    def _pull_multiple(self, row: Any) -> int:
        """Pull back through a row with several outputs; how many bytes of results were passed."""
        primitive, ins, params, numbers, kept = row
        gs = tuple(self.cotangents.pop(number, None) for number in numbers)
        if all(g is None for g in gs):
            return 0
        if primitive.rule.kind == "explicit":
            filled = tuple(instantiate(gs, [self.avals[n] for n in numbers]))
            self._add_all(ins, primitive.rule.vjp(filled, *kept, **params))
        else:
            self._add_all(ins, kept(gs))
        return sum(self.avals[n].nbytes for n in numbers)

    def _add_all(self, ins: Sequence[Any], shares: Sequence[Any]) -> None:
        for number, share in zip(ins, shares, strict=True):
            if number is not None and share is not None:
                self.add(number, fit(share, self.avals[number]))

    def add(self, number: int, share: Any) -> None:
        """Add to a cotangent; in place once the sum is an array of our own."""
        cotangents = self.cotangents
        before = cotangents.get(number)
        if before is None:
            cotangents[number] = share
        elif number in self.owned:
            np.add(before, share, before)
        else:
            total = cotangents[number] = before + share
            if self.concrete and type(total) is np.ndarray:  # else a later share may be a tracer
                self.owned.add(number)

    def _add_into(self, number: int, accumulate: Any, g: Any, inputs: Sequence[Any], params: Any) -> None:
        """Let a rule add its share to the cotangent itself: an index touches only what it read."""
        before = self.cotangents.get(number)
        if before is None:
            before = full_like_aval(self.avals[number])
        elif number not in self.owned and type(before) is np.ndarray:
            before = before.copy()
        total = self.cotangents[number] = accumulate(before, g, *inputs, **params)
        if self.concrete and type(total) is np.ndarray:
            self.owned.add(number)
