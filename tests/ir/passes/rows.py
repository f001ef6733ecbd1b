"""Programs as short texts, run before and after a pass on numbers of every sort and layout."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from funcgrad._src.core.aval import Aval
from funcgrad._src.ir.check import check_jaxpr
from funcgrad._src.ir.evaluate import eval_jaxpr
from funcgrad._src.ir.jaxpr import Jaxpr
from funcgrad._src.ir.parse import parse_jaxpr
from funcgrad._src.ir.passes.dce import dce

TYPES = {
    "F": "float64[3,4]",
    "T": "float64[4,3]",
    "R": "float64[4]",
    "C": "float64[3,1]",
    "S": "float64",
    "Q": "float64[3,3]",
    "G": "float32[3,4]",
    "H": "float16[3,4]",
    "I": "int64[3,4]",
    "U": "uint8[3,4]",
    "B": "bool[3,4]",
    "Z": "complex128[3,4]",
}
SHORT = {
    "total": "sum[axis=None, dtype=None, keepdims=False]",
    "wide": "broadcast_to[shape=(3, 4)]",
    "turn": "transpose[axes=(1, 0)]",
    "strong": "strong_mul[strong=(True, False)]",
    "strong_both": "strong_mul[strong=(True, True)]",
}


@dataclass(frozen=True)
class Row:
    """Inputs, equations and results, and the equations and results after the pass (None: untouched)."""

    label: str
    inputs: str
    before: str
    outs: str
    after: str | None = None
    after_outs: str | None = None

    def __str__(self) -> str:
        return self.label


def program(inputs: str, eqns: str, outs: str) -> Jaxpr:
    """The program of equations divided by ``;``, with the types and primitives above in full.

    ``reshape(2, 3)`` and ``to(float32)`` are short for primitives with these params.
    """
    body = "\n".join(line.strip() for line in eqns.split(";"))
    text = f"{{ lambda ; {inputs} .\nlet\n{body}\nin ({outs},) }}"
    text = re.sub(r":([A-Z])\b", lambda found: f":{TYPES[found[1]]}", text)
    text = re.sub(r"= (\w+) ", lambda found: f"= {SHORT.get(found[1], found[1])} ", text)
    text = re.sub(r"reshape(\([\d, ]+\))", r"reshape[order='C', shape=\1]", text)
    text = re.sub(r"to\((\w+)\)", r"convert[dtype=dtype('\1'), kind='array']", text)
    return parse_jaxpr(f"funcgrad.jaxpr 1\n{text}")


def check_row(row: Row, change: Callable[[Jaxpr], Any], compare: Callable[..., None]) -> None:
    """The pass makes of the row's program what the row says, which computes the same."""
    given = program(row.inputs, row.before, row.outs)
    check_jaxpr(given)
    changed, notes = change(given)
    check_jaxpr(changed)
    found = dce(changed)
    if row.after is None:
        assert changed is given, f"not untouched:\n{changed}\n{notes}"
    else:
        expected = program(row.inputs, row.after, row.after_outs or row.outs)
        assert found == expected, f"{found}\ninstead of\n{expected}"
        assert notes
    for args in inputs_of(given):
        compare(found, given, args)


# --- numbers ---------------------------------------------------------------------------------------

SPECIAL = (0.0, -0.0, 1.0, -1.0, np.nan, np.inf, -np.inf, 5e-324, 1e300, 0.1, -3.7, 2.5)


def inputs_of(jaxpr: Jaxpr) -> Iterator[list[Any]]:
    """Operands of a program: ordinary and special numbers, in C and Fortran order, reversed, cut out."""
    for seed in range(4):
        for layout in (contiguous, fortran, backwards, cut_out):
            rng = np.random.default_rng(seed)
            yield [number(aval, rng, layout, special=seed % 2 == 1) for aval in jaxpr.in_avals]


def number(aval: Aval, rng: np.random.Generator, layout: Callable[[Any], Any], special: bool) -> Any:
    """A value of this aval."""
    values: Any = rng.choice(SPECIAL, aval.shape) if special else rng.normal(size=aval.shape)
    if aval.dtype.kind in "biu":
        values = rng.integers(0, 2 if aval.dtype.kind == "b" else 100, aval.shape)
    elif aval.dtype.kind == "c":
        parts = np.stack([values, rng.permutation(np.ravel(values)).reshape(aval.shape)], axis=-1)
        values = parts.view(complex)[..., 0]
    with np.errstate(all="ignore"):
        array = np.asarray(values).astype(aval.dtype)
    if aval.kind == "array":
        return layout(array)
    return array[()] if aval.kind == "scalar" else array.item()


def contiguous(array: Any) -> Any:
    return array


def fortran(array: Any) -> Any:
    return np.asarray(array, order="F")


def backwards(array: Any) -> Any:
    flip = (slice(None, None, -1),) * array.ndim
    return np.ascontiguousarray(array[flip])[flip].reshape(array.shape)


def cut_out(array: Any) -> Any:
    wide = np.zeros([2 * n for n in array.shape], array.dtype)
    found = wide[(..., *(slice(None, None, 2) for _ in array.shape))]
    found[...] = array
    return found


# --- comparison ------------------------------------------------------------------------------------


def evaluate(jaxpr: Jaxpr, args: Sequence[Any]) -> list[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return eval_jaxpr(jaxpr, args)


def same_bits(found: Jaxpr, given: Jaxpr, args: Sequence[Any]) -> None:
    """Equal results, signs of zeros included; a NaN is a NaN."""
    for a, b in zip(evaluate(found, args), evaluate(given, args), strict=True):
        assert type(a) is type(b)
        a, b = np.asarray(a), np.asarray(b)
        assert a.dtype == b.dtype
        np.testing.assert_array_equal(a, b)
        for part in ("real", "imag"):
            signs = [
                np.where(np.isnan(x), False, np.signbit(x)) for x in (getattr(a, part), getattr(b, part))
            ]
            np.testing.assert_array_equal(*(signs if a.dtype.kind in "fc" else (a, b)))


def within_bound(found: Jaxpr, given: Jaxpr, args: Sequence[Any]) -> None:
    """Results within 4·√k·u·Σ|terms|, where the terms are those of absolute values."""
    if not all(np.all(np.isfinite(arg)) and float(np.max(np.abs(arg))) < 1e15 for arg in args):
        return
    sizes = evaluate(given, [np.abs(arg) for arg in args])
    k = max(np.size(arg) for arg in args)
    for a, b, size in zip(evaluate(found, args), evaluate(given, args), sizes, strict=True):
        assert type(a) is type(b)
        a, b = np.asarray(a), np.asarray(b)
        assert (a.dtype, a.shape) == (b.dtype, b.shape)
        unit = np.finfo(a.dtype).eps / 2
        assert np.all(np.abs(a - b) <= 4 * np.sqrt(k) * unit * np.abs(size))
