"""Random programs and their derivatives compute the same after the passes: bits, or nearly so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from funcgrad import grad, make_jaxpr, vmap
from funcgrad._src.ir.check import check_jaxpr
from funcgrad._src.ir.jaxpr import Jaxpr
from funcgrad._src.ir.passes.cse import cse
from funcgrad._src.ir.passes.dce import dce
from funcgrad._src.ir.passes.fold import fold
from funcgrad._src.ir.passes.inline import inline
from funcgrad._src.ir.passes.pipeline import optimise
from funcgrad._src.ir.passes.simplify import simplify
from funcgrad._src.ir.passes.sink import sink_broadcasts
from funcgrad._src.ir.passes.strong import plain_products
from funcgrad._src.testing.programs import STEPS, Program, Step, programs
from tests.ir.passes.rows import evaluate, inputs_of, same_bits

MORE = (
    *STEPS,
    Step("{0} * 1.0", lambda x: x * 1.0, 1),
    Step("{0} - 0.0", lambda x: x - 0.0, 1),
    Step("-(2.0 * {0})", lambda x: -(2.0 * x), 1),
    Step("(-{0}) * {1}", lambda x, y: (-x) * y, 2),
    Step("{0} - -{1}", lambda x, y: x - -y, 2),
    Step("np.square({0})", np.square, 1),
    Step("np.broadcast_to({0}, (2, *{0}.shape))", lambda x: np.broadcast_to(x, (2, *np.shape(x))), 1),
    Step("np.where(True, {0}, {1})", lambda x, y: np.where(True, x, y), 2),
    Step("{0}.T @ {1}", lambda x, y: x.T @ y, 2),
    Step("{0} - 0.1 * ({1} @ {1}.T)", lambda x, y: x - 0.1 * (y @ y.T), 2),
    Step("np.sum({0} * {1}, axis=-1)", lambda x, y: np.sum(x * y, axis=-1), 2),
    Step("np.mean({0} ** 2)", lambda x: np.mean(x**2), 1),
    Step("{0}.reshape(1, -1)", lambda x: x.reshape(1, -1), 1),
)


def exactly(jaxpr: Jaxpr) -> Jaxpr:
    """The passes that keep every bit, the checker after each."""
    jaxpr = dce(inline(jaxpr))
    for _ in range(2):
        for change in (cse, fold, plain_products, simplify, sink_broadcasts):
            jaxpr, _notes = change(jaxpr)
            check_jaxpr(jaxpr)
    return dce(jaxpr)


def staged(program: Program, way: str) -> Jaxpr:
    """The program itself, its gradient, or its gradient under ``vmap``."""

    def total(*args: Any) -> Any:
        return np.sum(program(*args))

    if way == "value":
        return make_jaxpr(program)(*program.args).closed()
    slope: Callable[..., Any] = grad(total, argnums=tuple(range(len(program.args))))
    if way == "gradient":
        return make_jaxpr(slope)(*program.args).closed()
    return make_jaxpr(vmap(slope))(*[np.stack([arg, arg]) for arg in program.args]).closed()


WAYS = st.sampled_from(["value", "gradient", "mapped gradient"])


@settings(max_examples=80)
@given(programs(steps=MORE), WAYS)
def test_exact_passes_keep_every_bit(program: Program, way: str) -> None:
    jaxpr = staged(program, way)
    found = exactly(jaxpr)
    assert len(found.eqns) <= len(jaxpr.eqns)
    for args in inputs_of(jaxpr):
        same_bits(found, jaxpr, args)


@settings(max_examples=80)
@given(programs(steps=MORE), WAYS, st.booleans())
def test_all_passes_keep_the_numbers(program: Program, way: str, blas: bool) -> None:
    jaxpr = staged(program, way)
    found, _ = optimise(jaxpr, blas=blas)
    check_jaxpr(found)
    args = program.args if way != "mapped gradient" else [np.stack([arg, arg]) for arg in program.args]
    for a, b in zip(evaluate(found, args), evaluate(jaxpr, args), strict=True):
        assert type(a) is type(b)
        np.testing.assert_allclose(a, b, 1e-9, 1e-11, strict=True)
