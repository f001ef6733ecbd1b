"""Random programs of NumPy calls, and the check that all transformations agree about one.

A program is a straight line of steps over earlier values, written as a user would write it, with
`numpy` itself. Steps are chosen while the program is drawn, by trying them on the numbers: a step
whose operands do not fit, or whose result is large or not finite, is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ..core.aval import aval_of
from ..transforms.jit import jit
from ..transforms.jvp import jvp
from ..transforms.vjp import vjp
from ..transforms.vmap import vmap
from .check import check_grads
from .strategies import arrays, strategies_module

LARGEST = 50.0


class Step(NamedTuple):
    """A kind of step: its text with ``{0}``, ``{1}`` for operands, what it computes, how many operands."""

    text: str
    call: Callable[..., Any]
    arity: int


def _set_first(x: Any, y: Any) -> Any:
    z = x.copy()
    z[..., :1] = y[..., :1]
    return z


def _add_rows(x: Any, y: Any) -> Any:
    z = x * 1.0
    z += y
    return z


STEPS: tuple[Step, ...] = (
    Step("np.sin({0})", np.sin, 1),
    Step("np.cos({0})", np.cos, 1),
    Step("np.tanh({0})", np.tanh, 1),
    Step("np.exp(-{0} ** 2)", lambda x: np.exp(-(x**2)), 1),
    Step("np.log1p({0} ** 2)", lambda x: np.log1p(x**2), 1),
    Step("np.sqrt({0} ** 2 + 1)", lambda x: np.sqrt(x**2 + 1), 1),
    Step("np.arctan({0})", np.arctan, 1),
    Step("-{0}", lambda x: -x, 1),
    Step("{0} * 0.5", lambda x: x * 0.5, 1),
    Step("{0} + {1}", lambda x, y: x + y, 2),
    Step("{0} - {1}", lambda x, y: x - y, 2),
    Step("{0} * {1}", lambda x, y: x * y, 2),
    Step("{0} / ({1} ** 2 + 1)", lambda x, y: x / (y**2 + 1), 2),
    Step("np.arctan2({0}, {1} ** 2 + 1)", lambda x, y: np.arctan2(x, y**2 + 1), 2),
    Step("np.logaddexp({0}, {1})", np.logaddexp, 2),
    Step("np.where({0} < 0.3, {0}, {1})", lambda x, y: np.where(x < 0.3, x, y), 2),
    Step("np.maximum({0}, {1})", np.maximum, 2),
    Step("np.sum({0}, axis=0)", lambda x: np.sum(x, axis=0), 1),
    Step("np.mean({0}, axis=-1, keepdims=True)", lambda x: np.mean(x, axis=-1, keepdims=True), 1),
    Step("{0}.sum()", lambda x: x.sum(), 1),
    Step("np.cumsum({0}, axis=0)", lambda x: np.cumsum(x, axis=0), 1),
    Step("{0}.T", lambda x: x.T, 1),
    Step("{0}.reshape(-1)", lambda x: x.reshape(-1), 1),
    Step("{0}[::-1]", lambda x: x[::-1], 1),
    Step("{0}[0]", lambda x: x[0], 1),
    Step("{0} @ {1}", lambda x, y: x @ y, 2),
    Step("np.concatenate([{0}, {1}])", lambda x, y: np.concatenate([x, y]), 2),
    Step("np.stack([{0}, {1}], axis=-1)", lambda x, y: np.stack([x, y], axis=-1), 2),
    Step("set_first({0}, {1})", _set_first, 2),
    Step("add_in_place({0}, {1})", _add_rows, 2),
)


@dataclass(frozen=True)
class Program:
    """A straight-line program: a function of arrays that prints as its source.

    Attributes
    ----------
    args : tuple
        Arrays at which its derivatives exist and are moderate.
    lines : tuple of (Step, tuple of int)
        Each step with the numbers of its operands: arguments first, then results in order.
    """

    args: tuple[Any, ...]
    lines: tuple[tuple[Step, tuple[int, ...]], ...]

    def __call__(self, *args: Any) -> Any:
        """The last value."""
        values = list(args)
        for step, operands in self.lines:
            values.append(step.call(*[values[i] for i in operands]))
        return values[-1]

    def __repr__(self) -> str:
        names = [f"v{i}" for i in range(len(self.args) + len(self.lines))]
        shapes = ", ".join(f"{name}: {aval_of(arg)}" for name, arg in zip(names, self.args, strict=False))
        lines = [f"def program({shapes}):"]
        for name, (step, operands) in zip(names[len(self.args) :], self.lines, strict=True):
            lines.append(f"    {name} = {step.text.format(*[names[i] for i in operands])}")
        return "\n".join([*lines, f"    return {names[-1]}"])


def programs(*, max_steps: int = 8, steps: Sequence[Step] = STEPS) -> Any:
    """A strategy of random differentiable programs over NumPy's functions.

    Parameters
    ----------
    max_steps : int, optional
        How many steps at most.
    steps : sequence of Step, optional
        What to choose from.

    Returns
    -------
    hypothesis.strategies.SearchStrategy
        Of Program: call it with ``*program.args``; ``repr`` shows its source.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> from funcgrad.testing import check_program, programs
    >>> @settings(max_examples=5, deadline=None)
    ... @given(programs(max_steps=3))
    ... def test(program):
    ...     check_program(program)
    """
    st = strategies_module()
    shape = st.sampled_from([(2, 3), (3,), (1, 3), (2, 1), ()])

    @st.composite  # type: ignore[untyped-decorator, unused-ignore]
    def draw_program(draw: Any) -> Program:
        args = tuple(draw(arrays(shape, low=-1.5, high=1.5)) for _ in range(draw(st.integers(1, 3))))
        values: list[Any] = list(args)
        lines: list[tuple[Step, tuple[int, ...]]] = []
        for _ in range(draw(st.integers(1, max_steps))):
            step = draw(st.sampled_from(steps))
            last = len(values) - 1
            operands = tuple(draw(st.integers(0, last)) for _ in range(step.arity - 1)) + (last,)
            value = _try(step, [values[i] for i in operands])
            if value is not None:
                values.append(value)
                lines.append((step, operands))
        return Program(args, tuple(lines))

    return draw_program().filter(lambda program: bool(program.lines) and _smooth(program))


def _try(step: Step, operands: list[Any]) -> Any:
    """The step's value if the operands fit and it is moderate, else None."""
    try:
        value = step.call(*operands)
    except (ValueError, IndexError, TypeError, AttributeError):
        return None
    return (
        value if np.size(value) and np.all(np.isfinite(value)) and np.max(np.abs(value)) < LARGEST else None
    )


def _smooth(program: Program) -> bool:
    """Whether no step stands close to a kink, so that differences mean something."""
    values = list(program.args)
    for step, operands in program.lines:
        first, *rest = [values[i] for i in operands]
        if "where" in step.text and np.min(np.abs(first - 0.3)) < 0.02:
            return False
        if "maximum" in step.text and np.min(np.abs(first - rest[0])) < 0.02:
            return False
        values.append(step.call(first, *rest))
    return True


def check_program(program: Program, *, rtol: float = 1e-9) -> None:
    """Check that all transformations agree about a program.

    The value is the same under `vjp` and `jvp` bit for bit, and under `jit` and `vmap` to ``rtol``;
    derivatives agree with differences and each other to second order (`check_grads`).

    Parameters
    ----------
    program : Program
        What `programs` draws.
    rtol : float, optional
        What compiled and mapped values may be off by.

    Raises
    ------
    AssertionError
        If two of them differ.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> from funcgrad.testing import check_program, programs
    >>> @settings(max_examples=5, deadline=None)
    ... @given(programs(max_steps=3))
    ... def test(program):
    ...     check_program(program)
    """
    args = program.args
    expected = program(*args)
    np.testing.assert_array_equal(
        vjp(program, *args)[0], expected, err_msg=f"vjp of\n{program!r}", strict=True
    )
    np.testing.assert_array_equal(
        jvp(program, args, args)[0], expected, err_msg=f"jvp of\n{program!r}", strict=True
    )
    for _ in range(2):
        np.testing.assert_allclose(
            jit(program)(*args), expected, rtol, 1e-12, err_msg=f"jit of\n{program!r}", strict=True
        )
    batches = [np.stack([arg, 0.5 * arg, arg + 0.25]) for arg in args]
    loop = np.stack([program(*rows) for rows in zip(*batches, strict=True)])
    np.testing.assert_allclose(
        vmap(program)(*batches), loop, rtol, 1e-12, err_msg=f"vmap of\n{program!r}", strict=True
    )
    check_grads(program, args)
