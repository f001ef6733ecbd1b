"""The tape: what it records is the IR that staging records, and what it keeps is freed as it goes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from funcgrad import grad, make_jaxpr
from funcgrad._src.core.trace import tracing
from funcgrad._src.transforms import sweep
from funcgrad._src.transforms.tape import ReverseTrace


def loss(x: Any) -> Any:
    y = np.tanh(x @ x.T) * 2.0
    q, r = np.linalg.qr(y)
    return np.sum(q * r) + np.max(x)


def test_the_tapes_equations_are_those_of_the_jaxpr() -> None:
    x = np.linspace(0.0, 1.0, 9).reshape(3, 3)
    tape = ReverseTrace("test")
    with tracing(tape):
        loss(tape.new_input(x))
    staged = make_jaxpr(loss)(x).eqns
    recorded = tape.equations()
    assert [e.primitive for e in recorded] == [e.primitive for e in staged]
    assert [[v.aval for v in e.outs] for e in recorded] == [[v.aval for v in e.outs] for e in staged]
    assert [e.params for e in recorded] == [e.params for e in staged]


@pytest.mark.parametrize("limit", [0, 1, 100, 1 << 26])
def test_commits_change_no_result(limit: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """However often the sweep commits, with and without NaN on the way."""
    x = np.linspace(-1.0, 1.0, 9).reshape(3, 3)

    def with_nan(x: Any) -> Any:
        y = np.where(x > 0, np.sqrt(x), 0.0) + np.where(x > 0, np.log(x), 0.0)
        return loss(x) + np.sum(y * y)

    with np.errstate(all="ignore"):
        expected = [grad(loss)(x), grad(with_nan)(x)]
        monkeypatch.setattr(sweep, "COMMIT_BYTES", limit)
        found = [grad(loss)(x), grad(with_nan)(x)]
    assert np.isfinite(found).all()
    np.testing.assert_array_equal(found, expected)


def test_residuals_are_freed_behind_a_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the first operation is pulled back, the residuals of the later ones are gone."""
    monkeypatch.setattr(sweep, "COMMIT_BYTES", 10_000)
    alive: list[int] = []
    pull = sweep.Sweep._segment

    def counting(self: Any, start: int) -> int:
        alive.append(sum(row is not None for row in self.rows))
        return pull(self, start)

    monkeypatch.setattr(sweep.Sweep, "_segment", counting)

    def chain(x: Any) -> Any:
        for _ in range(20):
            x = np.tanh(x)
        return x.sum()

    grad(chain)(np.ones(1000))
    assert len(alive) >= 10
    assert alive == sorted(alive, reverse=True)
    assert alive[0] == 21
    assert alive[-1] <= 2
