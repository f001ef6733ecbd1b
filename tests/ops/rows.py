"""The rows of the op table, operands drawn for them, and how results are compared."""

from __future__ import annotations

import importlib
import zlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from funcgrad._src.core.aval import Aval, aval_of
from funcgrad._src.core.trace import tracing
from funcgrad._src.ir.jaxpr import Equation
from funcgrad._src.ir.staging import StagingTrace
from funcgrad._src.testing.check import check_grads
from funcgrad._src.tree import flatten
from tests.ops.case import Arg, Case

FAMILIES = sorted(path.stem for path in Path(__file__).parent.glob("cases_*.py"))


def version(text: str) -> tuple[int, ...]:
    """The first two numbers of a version."""
    return tuple(int(part) for part in text.split(".")[:2])


def _table() -> dict[str, Case]:
    """Every row that this NumPy knows, by name; a name met again gets a number."""
    found: dict[str, Case] = {}
    for family in FAMILIES:
        for case in importlib.import_module(f"tests.ops.{family}").CASES:
            if version(np.__version__) < version(case.numpy):
                continue
            name, number = f"{family[6:]}-{case.name}", 2
            while name in found:
                name, number = f"{family[6:]}-{case.name}-{number}", number + 1
            found[name] = case
    return found


TABLE = _table()
ROWS = list(TABLE.values())


def rows(condition: Callable[[Case], bool] = lambda case: True) -> Any:
    """Run a test for every row of which ``condition`` is true."""
    chosen = {name: case for name, case in TABLE.items() if condition(case)}
    return pytest.mark.parametrize("case", chosen.values(), ids=chosen)


def is_differentiable(case: Case) -> bool:
    """Whether a row has an operand to differentiate by."""
    return bool(positions(case, operands(case)))


def subject(case: Case) -> str:
    """The primitive that a row is about."""
    return case.primitives.replace(",", " ").split()[0]


# --- operands --------------------------------------------------------------------------------------


def rng_for(case: Case, number: int = 0) -> np.random.Generator:
    """A generator that depends on the row alone."""
    return np.random.default_rng([zlib.crc32(case.name.encode()), number])


def draw(arg: Arg, rng: np.random.Generator) -> Any:
    """One operand as its row describes it."""
    if arg.make is not None:
        return arg.make(rng)
    dtype = np.dtype(arg.dtype)
    if dtype.kind == "c":
        values = _uniform(arg, rng) + 1j * _uniform(arg, rng)
    elif dtype.kind in "iu":
        values = rng.integers(int(np.ceil(arg.low)), int(np.floor(arg.high)) + 1, arg.shape)
    elif dtype.kind == "b":
        values = rng.random(arg.shape) < 0.5
    else:
        values = _uniform(arg, rng)
    return as_kind(np.asarray(values).astype(dtype), arg.kind)


def as_kind(array: np.ndarray, kind: str) -> Any:
    return array if kind == "array" else array[()] if kind == "scalar" else array.item()


def _uniform(arg: Arg, rng: np.random.Generator) -> Any:
    values = np.asarray(rng.uniform(arg.low, arg.high, arg.shape))
    for _ in range(1000):
        near = np.zeros(values.shape, bool)
        for place in arg.avoid:
            near |= np.abs(values - place) < arg.margin
        if not near.any():
            return values
        values = np.where(near, rng.uniform(arg.low, arg.high, arg.shape), values)
    raise AssertionError(f"no number of {arg} is far enough from {arg.avoid}")


def operands(case: Case, number: int = 0) -> list[Any]:
    """Operands for a row; another number gives others."""
    rng = rng_for(case, number)
    return [draw(arg, rng) for arg in case.args]


def is_number(value: Any) -> bool:
    return isinstance(value, (np.ndarray, np.generic, float, complex)) and not isinstance(value, np.str_)


def inexact(value: Any) -> bool:
    return is_number(value) and np.asarray(value).dtype.kind in "fc"


def positions(case: Case, args: Sequence[Any]) -> list[int]:
    """Which operands to differentiate by."""
    wanted = range(len(args)) if case.diff is None else case.diff
    return [i for i in wanted if inexact(args[i])]


def traceable(args: Sequence[Any]) -> list[int]:
    """Which operands can be traced by jvp and vjp: those of floating dtype."""
    return [i for i, arg in enumerate(args) if inexact(arg)]


def with_dtype(values: Sequence[Any], dtype: str) -> list[Any]:
    """Operands with float64 replaced by ``dtype``; Python floats stay, for they are weak."""
    changed = []
    for value in values:
        if isinstance(value, np.ndarray | np.generic) and value.dtype == np.float64:
            value = value.astype(dtype)
        changed.append(value)
    return changed


def with_complex(values: Sequence[Any], rng: np.random.Generator) -> list[Any]:
    """Operands with an imaginary part."""
    changed = []
    for value in values:
        if isinstance(value, np.ndarray | np.generic) and value.dtype == np.float64:
            kind = "array" if isinstance(value, np.ndarray) else "scalar"
            value = as_kind(np.asarray(value + 1j * rng.uniform(-0.9, 0.9, value.shape)), kind)
        changed.append(value)
    return changed


def reshaped(
    case: Case, change: Callable[[tuple[int, ...]], tuple[int, ...]], kind: str | None = None
) -> list[Any] | None:
    """Operands of other shapes; None if a row makes its own."""
    if any(arg.make is not None for arg in case.args):
        return None
    rng = rng_for(case, 7)
    new = []
    for arg in case.args:
        other = replace(arg, shape=change(arg.shape))
        if kind is not None and np.dtype(arg.dtype).kind in "fc":
            other = replace(other, kind=kind)
        new.append(draw(other, rng))
    return new


# --- calls -----------------------------------------------------------------------------------------


def function_of(case: Case, args: Sequence[Any], chosen: Sequence[int], xp: Any = np) -> Callable[..., Any]:
    """The row's call as a function of the chosen operands alone."""

    def call(*values: Any) -> Any:
        full = list(args)
        for i, value in zip(chosen, values, strict=True):
            full[i] = value
        return case.call(xp, *full)

    return call


def leaves_of(result: Any) -> list[Any]:
    """The arrays and numbers in a result."""
    return flatten(result)[0]


def floating(values: Sequence[Any]) -> list[Any]:
    """The leaves that can carry a derivative."""
    return [value for value in values if aval_of(value).inexact]


def recorded(fun: Callable[..., Any], args: Sequence[Any]) -> list[Equation]:
    """The equations of a call, recorded with its values."""
    trace = StagingTrace("recorded", values=True)
    with tracing(trace):
        fun(*[trace.new_input(arg) for arg in args])
    return list(trace.eqns)


# --- comparison ------------------------------------------------------------------------------------


def kind_of(value: Any) -> tuple[Any, ...]:
    """What law 1 promises besides the numbers: Python type, dtype and shape."""
    return type(value), np.asarray(value).dtype, np.shape(value)


def assert_same(got: Any, expected: Any, what: str) -> None:
    """Equal bit for bit, NaN and signed zeros included, in dtype, shape and kind."""
    got, expected = leaves_of(got), leaves_of(expected)
    assert len(got) == len(expected), what
    for a, b in zip(got, expected, strict=True):
        assert kind_of(a) == kind_of(b), f"{what}: {kind_of(a)} instead of {kind_of(b)}"
        same = np.asarray(a).tobytes() == np.asarray(b).tobytes()
        assert same or np.array_equal(a, b, equal_nan=inexact(b)), f"{what}:\n{a!r}\ninstead of\n{b!r}"


def assert_close(got: Any, expected: Any, what: str, rtol: float = 1e-11, kinds: bool = True) -> None:
    """Equal within rounding, in dtype and shape (and kind)."""
    got, expected = leaves_of(got), leaves_of(expected)
    assert len(got) == len(expected), what
    for a, b in zip(got, expected, strict=True):
        assert kind_of(a)[not kinds :] == kind_of(b)[not kinds :], (
            f"{what}: {kind_of(a)} instead of {kind_of(b)}"
        )
        if np.size(b):
            scale = float(np.max(np.abs(b), initial=0.0, where=np.isfinite(b)))
            if np.asarray(b).dtype.itemsize // (1 + np.iscomplexobj(b)) < 8:
                rtol = max(rtol, 1e-5)
            np.testing.assert_allclose(a, b, rtol, rtol * max(1.0, scale), err_msg=what)


def assert_avals(got: Sequence[Any], expected: Sequence[Any], what: str) -> None:
    """Equal avals: shape, dtype, kind and place."""
    assert [_aval(a) for a in got] == [_aval(b) for b in expected], what


def _aval(value: Any) -> Aval:
    return aval_of(value)


def check_derivatives(case: Case, args: Sequence[Any], order: int) -> None:
    """The table's comparison with differences, by the operands that the row names."""
    chosen = positions(case, args)
    call = function_of(case, args, chosen)
    outs = [np.abs(np.asarray(out)) for out in floating(leaves_of(call(*[args[i] for i in chosen])))]
    scale = max((float(np.max(out, initial=0.0)) for out in outs), default=0.0)
    check_grads(
        call, [args[i] for i in chosen], order=order, rtol=case.rtol, atol=case.rtol * max(1.0, scale)
    )
