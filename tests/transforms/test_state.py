"""State is safe: threads, pools, tasks, generators, exceptions, interrupts; traces stay apart."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

import numpy as np
import pytest

from funcgrad import checkpoint, custom_vjp, grad, hessian, jit, jvp, linearize, make_jaxpr, vjp, vmap
from funcgrad._src.core.trace import current
from funcgrad.errors import LeakedTracerError, WrongThreadError


def cubic(x: Any) -> Any:
    return x * x * x


def test_eight_threads_of_nested_gradients_are_all_right() -> None:
    """Third derivatives, taken on eight threads at once with the smallest switch interval."""
    results: list[float] = []

    def work(seed: int) -> None:
        for i in range(200):
            x = float(seed * 200 + i) / 100
            results.append(grad(grad(grad(lambda y: y * cubic(y))))(x) - 24 * x)

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(before)
    assert len(results) == 1600
    assert np.max(np.abs(results)) < 1e-9


TRANSFORMS: dict[str, Callable[[Callable[..., Any]], Any]] = {
    "grad": lambda f: grad(f)(1.0),
    "vjp": lambda f: vjp(f, 1.0),
    "jvp": lambda f: jvp(f, (1.0,), (1.0,)),
    "linearize": lambda f: linearize(f, 1.0),
    "vmap": lambda f: vmap(f)(np.ones(2)),
    "jit": lambda f: jit(f)(1.0),
    "make_jaxpr": lambda f: make_jaxpr(f)(1.0),
    "hessian": lambda f: hessian(f)(1.0),
    "checkpoint": lambda f: grad(checkpoint(f))(1.0),
    "grad of jit": lambda f: grad(jit(f))(1.0),
    "vmap of grad": lambda f: vmap(grad(f))(np.ones(2)),
}


@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt, SystemExit, GeneratorExit])
@pytest.mark.parametrize("name", TRANSFORMS)
def test_an_exception_leaves_no_trace_behind(name: str, error: type[BaseException]) -> None:
    def fails(x: Any) -> Any:
        raise error

    with pytest.raises(error):
        TRANSFORMS[name](fails)
    assert current.get() is None
    assert grad(cubic)(2.0) == 12.0


@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt])
def test_an_exception_in_a_rule_leaves_no_trace_behind(error: type[BaseException]) -> None:
    @custom_vjp
    def f(x: Any) -> Any:
        return x

    def bwd(_: Any, g: Any) -> Any:
        raise error

    f.defvjp(lambda x: (x, None), bwd)
    with pytest.raises(error):
        grad(lambda x: f(x) * 2.0)(1.0)
    assert current.get() is None


def test_gradients_inside_a_pool_and_a_pool_inside_a_gradient() -> None:
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(grad(cubic), [1.0, 2.0, 3.0])) == [3.0, 12.0, 27.0]

    def uses_pool(x: Any) -> Any:
        with ThreadPoolExecutor(2) as inner:
            scale = sum(inner.map(grad(cubic), [1.0, 2.0]))
        return x * scale

    assert grad(uses_pool)(1.0) == 15.0


def test_a_tracer_on_another_thread_is_refused() -> None:
    """With a fresh context and with a copied one."""

    def crosses(x: Any, copied: bool) -> Any:
        with ThreadPoolExecutor(1) as pool:
            context = copy_context()
            job = (lambda: context.run(lambda: x * 2.0)) if copied else (lambda: x * 2.0)
            return pool.submit(job).result()

    for copied in (False, True):
        with pytest.raises(WrongThreadError):
            grad(crosses)(1.0, copied)


def test_asyncio_tasks_trace_apart() -> None:
    async def one(x: float) -> float:
        def f(y: Any) -> Any:
            return cubic(y)

        await asyncio.sleep(0)
        result = grad(f)(x)
        await asyncio.sleep(0)
        return float(result)

    async def main() -> list[float]:
        return list(await asyncio.gather(*[one(float(i)) for i in range(20)]))

    assert asyncio.run(main()) == [3.0 * i * i for i in range(20)]


def test_a_task_started_inside_a_trace_goes_on_after_it() -> None:
    """The task copied the context of a trace that is over when it runs."""
    found: list[Any] = []

    async def later() -> None:
        await asyncio.sleep(0)
        found.append(grad(cubic)(2.0))

    async def main() -> None:
        tasks = []

        def f(x: Any) -> Any:
            tasks.append(asyncio.get_running_loop().create_task(later()))
            return x * x

        assert grad(f)(3.0) == 6.0
        await asyncio.gather(*tasks)

    asyncio.run(main())
    assert found == [12.0]


def test_generators_do_not_carry_a_trace_out() -> None:
    def values(x: Any) -> Iterator[Any]:
        yield x * x
        yield grad(cubic)(2.0)
        yield x * x * x

    kept: list[Iterator[Any]] = []

    def f(x: Any) -> Any:
        items = values(x)
        kept.append(items)
        return next(items)

    assert grad(f)(3.0) == 6.0
    assert next(kept[0]) == 12.0
    with pytest.raises(LeakedTracerError):
        next(kept[0])
    assert current.get() is None


def test_a_leaked_tracer_is_refused_everywhere() -> None:
    kept: list[Any] = []

    def f(x: Any) -> Any:
        kept.append(x)
        return x * x

    grad(f)(1.0)
    for use in (
        lambda t: t * 2.0,
        lambda t: np.sin(t),
        lambda t: grad(lambda y: y * t)(1.0),
        lambda t: jit(cubic)(t),
    ):
        with pytest.raises(LeakedTracerError):
            use(kept[0])


def test_perturbations_are_not_confused() -> None:
    """d/dx (x · d/dy (x + y)) is 1, in every pair of modes."""
    for outer in (grad, lambda f: lambda x: jvp(f, (x,), (1.0,))[1]):
        for inner in (grad, lambda f: lambda x: jvp(f, (x,), (1.0,))[1]):
            assert outer(lambda x, inner=inner: x * inner(lambda y: x + y)(1.0))(1.0) == 1.0
            assert outer(lambda x, inner=inner: x * inner(lambda y: x * y * y)(2.0))(3.0) == 24.0
