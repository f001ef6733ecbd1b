"""Size: very long programs, much sharing, many small reads."""

from __future__ import annotations

import gc
import pickle
import weakref
from typing import Any

import numpy as np
import pytest

from funcgrad import grad, jit, jvp, linearize, make_jaxpr, vjp
from funcgrad._src.transforms.tape import ReverseTrace

DEPTH = 50_000


def chain(x: Any) -> Any:
    for _ in range(DEPTH // 2):
        x = x * 0.999 + 0.001
    return x


def test_a_deep_chain_is_differentiated_in_every_mode() -> None:
    expected = 0.999 ** (DEPTH // 2)
    assert grad(chain)(0.5) == pytest.approx(expected, rel=1e-9)
    assert jvp(chain, (0.5,), (1.0,))[1] == pytest.approx(expected, rel=1e-9)
    assert linearize(chain, 0.5)[1](1.0) == pytest.approx(expected, rel=1e-9)
    _, pullback = vjp(chain, 0.5)
    assert pullback(1.0) == pullback(1.0)


def test_a_deep_chain_is_staged_printed_compiled_and_pickled() -> None:
    jaxpr = make_jaxpr(chain)(0.5)
    assert len(jaxpr.eqns) == DEPTH
    assert str(jaxpr).count("\n") >= DEPTH
    assert pickle.loads(pickle.dumps(jaxpr)) == jaxpr
    compiled = jit(chain)
    assert compiled(0.5) == chain(0.5)
    assert jit(grad(chain))(0.5) == grad(chain)(0.5)
    assert grad(compiled)(0.5) == pytest.approx(grad(chain)(0.5), rel=1e-12)


def test_a_deep_chain_is_freed() -> None:
    """Neither the tape nor the jaxpr outlives its last use, and freeing does not recurse."""

    class Marked(np.ndarray):
        pass

    marks: list[weakref.ref[Any]] = []

    def f(x: Any) -> Any:
        y = chain(x)
        trace = x.trace
        assert isinstance(trace, ReverseTrace)
        marks.append(weakref.ref(x))
        return y

    grad(f)(0.5)
    gc.collect()
    assert marks[0]() is None
    jaxpr = make_jaxpr(chain)(0.5)
    alive = weakref.ref(jaxpr)
    del jaxpr
    gc.collect()
    assert alive() is None


def test_diamonds_cost_linear_time_and_size() -> None:
    """64 doublings share their operand; a walk over paths would take 2**64 steps."""

    def doublings(x: Any) -> Any:
        for _ in range(64):
            x = x + x
        return x

    assert grad(doublings)(1.0) == 2.0**64
    assert jvp(doublings, (1.0,), (1.0,))[1] == 2.0**64
    assert linearize(doublings, 1.0)[1](1.0) == 2.0**64
    assert len(make_jaxpr(grad(doublings))(1.0).eqns) <= 3 * 64 + 8
    assert jit(grad(doublings))(1.0) == 2.0**64


def test_reading_elements_one_by_one_allocates_one_cotangent() -> None:
    """The sweep adds each element's share into one buffer: no array of the full size for each read."""
    n = 2000
    x = np.linspace(0.0, 1.0, n)
    sizes: list[int] = []
    zeros = np.zeros

    def counting(shape: Any, *args: Any, **kwargs: Any) -> Any:
        sizes.append(int(np.prod(shape)))
        return zeros(shape, *args, **kwargs)

    def total(v: Any) -> Any:
        result = 0.0
        for i in range(n):
            result = result + v[i] * v[i]
        return result

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(np, "zeros", counting)
        gradient = grad(total)(x)
    np.testing.assert_allclose(gradient, 2 * x)
    assert sum(size == n for size in sizes) <= 2
