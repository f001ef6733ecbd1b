"""``check_grads``: derivatives of a function against differences, and against one another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..base.errors import ArgumentError, WrongDerivativeError
from ..core.aval import aval_of
from .coordinates import Vector
from .numerical import step_for
from .problem import WORDS, Problem, from_call

FULL = 40  # up to so many coordinates on either side the whole Jacobian is compared
DIRECTIONS = 3  # beyond that, so many random directions for each leaf
_SHORTER = (1.0, 0.1)  # the differences' steps, as a part of the default one
_HINT = (
    "correct the rule; where the rule is right, the point is at or near a kink or a singular point: move "
    "it, or give eps, atol or rtol"
)


class Tolerances(NamedTuple):
    """What differences may be off by (``atol + rtol |expected|``), and two modes (relative)."""

    atol: float
    rtol: float
    modes: float

    @classmethod
    def of(cls, problem: Problem, atol: float | None, rtol: float | None) -> Tolerances:
        """The defaults for the coarsest dtype among a problem's leaves; atol in units of the output."""
        dtypes = [aval_of(leaf).dtype for leaf in (*problem.leaves, *problem.outs)]
        eps = max((float(np.finfo(d).eps) for d in dtypes if d.kind in "fc"), default=0.25)
        default = 2.0 * eps**0.45 if eps < 1e-4 else 0.2
        outs = np.abs(problem.outputs.vector(problem.outs))
        scale = max(1.0, float(np.max(outs, initial=0.0, where=np.isfinite(outs))))
        return cls(
            default * scale if atol is None else atol,
            default if rtol is None else rtol,
            max(eps**0.75, 100 * eps) if atol is None and rtol is None else max(atol or 0.0, rtol or 0.0),
        )

    def wrong(self, got: Vector, expected: Vector) -> np.ndarray[Any, Any]:
        """Where ``got`` is off by more than differences may be; non-finite values must be equal."""
        with np.errstate(all="ignore"):
            close = np.abs(got - expected) <= self.atol + self.rtol * np.abs(expected)
        return np.asarray(~(close | (np.isinf(got) & (got == expected))))


def check_grads(
    f: Callable[..., Any],
    args: Sequence[Any],
    order: int = 2,
    modes: Sequence[str] = ("fwd", "rev"),
    atol: float | None = None,
    rtol: float | None = None,
    eps: float | None = None,
) -> None:
    """Check the derivatives of ``f`` at ``args``, by all floating leaves, up to ``order``.

    Forward and reverse mode are compared with 5-point differences and with one another (a function
    with two rules of its own must have two that agree). Up to 40 coordinates on either side the whole
    Jacobian is compared, beyond that random directions, leaf by leaf. Higher orders are checked by
    differentiating, in every mode, the derivatives of the order below.

    Parameters
    ----------
    f : callable
        Takes ``*args`` and returns a pytree of arrays and numbers; it must be differentiable at
        ``args``, not only nearly everywhere: differences see both sides of a kink.
    args : sequence of pytree
        The positional arguments.
    order : int, optional
        The highest derivative to check.
    modes : sequence of {"fwd", "rev"}, optional
        Which modes to check, at every order in all combinations.
    atol, rtol : float, optional
        A value may be off by ``atol + rtol * |expected|``. By default about 2e-7 for float64, 2e-3 for
        float32 and 0.2 for float16, ``atol`` in units of the largest output.
    eps : float, optional
        The differences' step; by default 7e-4 for float64, 0.04 for float32.

    Raises
    ------
    WrongDerivativeError
        An AssertionError that names mode, order, the argument's path and index, and both numbers.

    Examples
    --------
    >>> import numpy as np
    >>> from funcgrad.testing import check_grads
    >>> check_grads(lambda p: np.tanh(p["w"] @ p["x"]), ({"w": np.ones((2, 3)), "x": np.arange(3.0)},))
    """
    modes = tuple(modes)
    if order < 1 or not modes or any(mode not in WORDS for mode in modes):
        raise ArgumentError(
            "check_grads: order or modes is none that can be checked.",
            expected="order >= 1 and modes of 'fwd' and 'rev'",
            got=f"order={order!r}, modes={modes!r}",
        )
    rng = np.random.default_rng(0)
    pending = [from_call(f, args)]
    while pending:
        problem = pending.pop()
        _Check(problem, modes, Tolerances.of(problem, atol, rtol), eps, rng).run()
        if problem.order() < order:
            pending += [problem.derived(mode, rng) for mode in modes]


class _Check:
    """The checks of one problem."""

    def __init__(
        self,
        problem: Problem,
        modes: tuple[str, ...],
        tolerances: Tolerances,
        eps: float | None,
        rng: np.random.Generator,
    ) -> None:
        self.problem = problem
        self.modes = modes
        self.tolerances = tolerances
        self.step = step_for(problem.leaves, eps)
        self.rng = rng

    def run(self) -> None:
        """Compare everything there is to compare."""
        rows, columns = self.problem.outputs.size, self.problem.inputs.size
        if rows == 0 or columns == 0:
            return
        with np.errstate(all="ignore"):
            if rows <= FULL and columns <= FULL:
                self._full(rows, columns)
            else:
                self._directions()

    # --- the whole Jacobian ------------------------------------------------------------------------

    def _full(self, rows: int, columns: int) -> None:
        inputs, outputs = self.problem.inputs, self.problem.outputs
        numeric = np.stack([self.problem.numeric(inputs.unit(k), self.step) for k in range(columns)], 1)
        found = {}
        if "fwd" in self.modes:
            found["fwd"] = np.stack([self.problem.forward(inputs.unit(k)) for k in range(columns)], 1)
        if "rev" in self.modes:
            back = self.problem.pullback()
            found["rev"] = np.stack([back(outputs.unit(k)) for k in range(rows)], 0)
        for mode, jacobian in found.items():
            self._compare(mode, jacobian, numeric)
        if len(found) == 2:
            self._agree(found["fwd"], found["rev"])

    def _compare(self, mode: str, got: np.ndarray[Any, Any], numeric: np.ndarray[Any, Any]) -> None:
        for column in np.flatnonzero(self.tolerances.wrong(got, numeric).any(0)):
            expected, wrong = self._reconsider(self.problem.inputs.unit(int(column)), got[:, column])
            if wrong.any():
                row = int(np.flatnonzero(wrong)[0])
                raise self._error(mode, int(column), row, got[row, column], expected[row])

    def _reconsider(self, direction: Vector, got: Vector) -> tuple[Vector, np.ndarray[Any, Any]]:
        """The differences of the step that suits ``got`` best, and where they still disagree."""
        found = []
        for part in _SHORTER:
            expected = self.problem.numeric(direction, self.step * part)
            wrong = self.tolerances.wrong(got, expected)
            found.append((int(wrong.sum()), expected, wrong))
        _, expected, wrong = min(found, key=lambda item: item[0])
        return expected, wrong

    def _agree(self, forward: np.ndarray[Any, Any], reverse: np.ndarray[Any, Any]) -> None:
        scale = np.maximum(np.abs(forward), np.abs(reverse)).max(initial=0.0, where=np.isfinite(forward))
        off = ~(np.abs(forward - reverse) <= self.tolerances.modes * max(1.0, scale))
        off &= ~((forward == reverse) | (np.isnan(forward) & np.isnan(reverse)))
        if off.any():
            row, column = (int(i) for i in np.argwhere(off)[0])
            raise self._disagree(column, row, forward[row, column], reverse[row, column])

    # --- random directions -------------------------------------------------------------------------

    def _directions(self) -> None:
        inputs, outputs = self.problem.inputs, self.problem.outputs
        back = self.problem.pullback() if "rev" in self.modes else None
        for start, stop in inputs.spans():
            for _ in range(DIRECTIONS):
                direction = np.zeros(inputs.size)
                direction[start:stop] = self.rng.uniform(-1.0, 1.0, stop - start)
                forward = None
                if "fwd" in self.modes:
                    forward = self.problem.forward(direction)
                    self._forward_along(direction, forward)
                if back is not None:
                    covector = self.rng.uniform(-1.0, 1.0, outputs.size)
                    self._reverse_along(direction, covector, back(covector), forward)

    def _forward_along(self, direction: Vector, got: Vector) -> None:
        numeric = self.problem.numeric(direction, self.step)
        if not self.tolerances.wrong(got, numeric).any():
            return
        if not self._reconsider(direction, got)[1].any():
            return
        column = self._locate(direction, self._forward_error)
        unit = self.problem.inputs.unit(column)
        got = self.problem.forward(unit)
        expected = self._reconsider(unit, got)[0]
        row = int(np.argmax(np.nan_to_num(np.abs(got - expected), nan=np.inf)))
        raise self._error("fwd", column, row, got[row], expected[row])

    def _forward_error(self, direction: Vector) -> float:
        off = self.problem.forward(direction) - self.problem.numeric(direction, self.step)
        return float(np.nan_to_num(np.abs(off), nan=np.inf).max())

    def _reverse_along(
        self, direction: Vector, covector: Vector, pulled: Vector, forward: Vector | None
    ) -> None:
        got = float(pulled @ direction)
        size = np.array([float(np.abs(pulled) @ np.abs(direction))])
        expected, wrong = self._reconsider_sum(direction, covector, got, size)
        if wrong:
            column = self._locate(
                direction,
                lambda part: abs(float(pulled @ part - covector @ self.problem.numeric(part, self.step))),
            )
            expected = float(covector @ self.problem.numeric(self.problem.inputs.unit(column), self.step))
            raise self._error("rev", column, None, pulled[column], expected)
        if forward is not None:
            other = float(covector @ forward)
            scale = max(1.0, float(np.abs(covector) @ np.abs(forward)), float(size[0]))
            if not abs(other - got) <= self.tolerances.modes * scale and (
                np.isfinite(other) or np.isfinite(got)
            ):
                raise self._disagree(int(np.argmax(np.abs(direction))), None, other, got)

    def _reconsider_sum(
        self, direction: Vector, covector: Vector, got: float, size: Vector
    ) -> tuple[float, bool]:
        expected = np.nan
        for part in _SHORTER:
            tangent = self.problem.numeric(direction, self.step * part)
            expected = float(covector @ tangent)
            scale = max(1.0, float(np.abs(covector) @ np.abs(tangent)) ** 0.5, float(size[0]) ** 0.5)
            if abs(got - expected) <= self.tolerances.atol * scale + self.tolerances.rtol * abs(expected):
                return expected, False
        return expected, True

    def _locate(self, direction: Vector, error: Callable[[Vector], float]) -> int:
        """A coordinate of ``direction`` that is wrong, by halving its support."""
        support = np.flatnonzero(direction)
        while support.size > 1:
            halves = [support[: support.size // 2], support[support.size // 2 :]]
            errors = []
            for half in halves:
                part = np.zeros_like(direction)
                part[half] = direction[half]
                errors.append(error(part))
            support = halves[int(errors[1] > errors[0])]
        return int(support[0])

    # --- what is said ------------------------------------------------------------------------------

    def _error(
        self, mode: str, column: int, row: int | None, got: float, expected: float
    ) -> WrongDerivativeError:
        problem = self.problem
        return WrongDerivativeError(
            f"check_grads: the {problem.mode(mode)}-mode derivative (order {problem.order()}) of "
            f"`{problem.name}` by {problem.inputs.where(column)} is wrong{self._of(row)}.",
            expected=f"{expected:.10g} (5-point difference)",
            got=f"{got:.10g}",
            at=problem.at,
            hint=_HINT,
        )

    def _disagree(self, column: int, row: int | None, forward: float, reverse: float) -> WrongDerivativeError:
        problem = self.problem
        beneath = "".join(f" over {WORDS[mode]}" for mode in reversed(problem.trail))
        return WrongDerivativeError(
            f"check_grads: forward and reverse mode{beneath} disagree (order {problem.order()}) about the "
            f"derivative of `{problem.name}` by {problem.inputs.where(column)}{self._of(row)}.",
            expected=f"{forward:.10g} (forward)",
            got=f"{reverse:.10g} (reverse)",
            at=problem.at,
            hint="make the two rules agree: each must be the transpose of the other",
        )

    def _of(self, row: int | None) -> str:
        return " (along a random cotangent)" if row is None else f", for {self.problem.outputs.where(row)}"
