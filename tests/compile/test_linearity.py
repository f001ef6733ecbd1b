"""Tracing and compiling take time in proportion to the program: counted in calls, not in seconds."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

from funcgrad import grad, jit, vjp, vmap

Function = Callable[..., Any]
X = np.linspace(0.1, 0.9, 4)


class Count:
    """How many functions were called, Python's and built-in ones."""

    calls = 0


@contextmanager
def counting() -> Iterator[Count]:
    """Count the calls of this thread."""
    count = Count()

    def profile(frame: Any, event: str, arg: Any) -> None:
        count.calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        yield count
    finally:
        sys.setprofile(before)


# Programs of n steps, each of another form: what a compiler walks over must not be walked over again.


def chain(n: int) -> Function:
    """One long fusion group."""

    def f(x: Any) -> Any:
        for _ in range(n // 2):
            x = x * 0.5 + 0.1
        return x

    return f


def widening(n: int) -> Function:
    """Every value lives until the end."""

    def f(x: Any) -> Any:
        values = [x * (0.5 + i) for i in range(n // 2)]
        total = values[0]
        for value in values[1:]:
            total = total + value
        return total

    return f


def reducing(n: int) -> Function:
    """Groups that end in reductions, which the next ones begin with."""

    def f(x: Any) -> Any:
        for _ in range(n // 4):
            x = x - np.sum(np.tanh(x)) * 0.1
        return x

    return f


def moving(n: int) -> Function:
    """Views of views."""

    def f(x: Any) -> Any:
        for _ in range(n // 2):
            x = x[::-1] + x
            x = x * 0.5
        return x

    return f


def writing(n: int) -> Function:
    """Writes into one array."""

    def f(x: Any) -> Any:
        y = x * 2.0
        for i in range(n // 2):
            y[i % 4] = x[(i + 1) % 4]
        return y

    return f


def multiplying(n: int) -> Function:
    """Products of matrices with updates."""

    def f(x: Any) -> Any:
        w = x[:, None] * x
        for _ in range(n // 4):
            w = w - 0.1 * (w.T @ w)
        return w

    return f


def repeating(n: int) -> Function:
    """The same subexpressions again and again, and constants."""

    def f(x: Any) -> Any:
        total = x
        for _ in range(n // 4):
            total = total + np.sin(x) * (2.0 * 0.5) + 0.0
        return total

    return f


def many_results(n: int) -> Function:
    """As many results as steps."""
    return lambda x: [x * float(i) for i in range(n)]


FORMS = [chain, widening, reducing, moving, writing, multiplying, repeating, many_results]


def first_call(f: Function) -> tuple[int, int]:
    """The calls of the first call of a compiled function, less those of the second; how many equations."""
    compiled = jit(f)
    with counting() as first:
        compiled(X)
    with counting() as second:
        compiled(X)
    return first.calls - second.calls, len(compiled.lower(X).jaxpr.eqns)


def gradient(f: Function) -> Function:
    def total(x: Any) -> Any:
        out = f(x)
        return np.sum(sum(out, 0.0) if isinstance(out, list) else out)

    return grad(total)


def assert_linear(make: Callable[[int], Function], sizes: tuple[int, ...]) -> None:
    """Calls for each equation are the same within 1.3, however many there are."""
    per_equation = []
    for n in sizes:
        calls, equations = first_call(make(n))
        assert equations >= n / 3
        per_equation.append(calls / equations)
    assert max(per_equation) <= 1.3 * min(per_equation), per_equation


@pytest.mark.parametrize("form", FORMS, ids=lambda f: f.__name__)
def test_compiling_is_linear(form: Callable[[int], Function]) -> None:
    first_call(form(100))  # what is imported and looked up once
    # Values that wait outside a full group are work of their own: where they live long, from several on.
    assert_linear(form, (1_200, 3_600) if form is widening else (400, 1_200))


@pytest.mark.parametrize("form", FORMS, ids=lambda f: f.__name__)
def test_compiling_a_gradient_is_linear(form: Callable[[int], Function]) -> None:
    first_call(gradient(form(100)))
    assert_linear(lambda n: gradient(form(n)), (300, 900))


@pytest.mark.parametrize("transform", [vmap, lambda f: lambda x: vjp(f, x)[1](x)], ids=["map", "pullback"])
def test_compiling_a_transform_is_linear(transform: Callable[[Function], Function]) -> None:
    def make(n: int) -> Function:
        transformed = transform(chain(n))
        return lambda x: transformed(x)

    first_call(make(100))
    assert_linear(make, (400, 1_200))


def test_a_call_costs_the_same_however_long_the_program() -> None:
    """Flattening, the key and the check of the arguments do not look at the equations."""
    counts = []
    for n in (10, 2_000):
        compiled = jit(chain(n))
        compiled(X)
        compiled(X)
        with counting() as count:
            compiled(X)
        counts.append(count.calls)
    assert counts[1] - counts[0] <= 2_000  # at most one call for each equation
    assert counts[0] <= 200


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS, ids=lambda f: f.__name__)
def test_compiling_is_linear_up_to_ten_thousand(form: Callable[[int], Function]) -> None:
    assert_linear(form, (1_000, 10_000))
    assert_linear(lambda n: gradient(form(n)), (1_000, 10_000))


@pytest.mark.slow
@pytest.mark.parametrize("form", [chain, widening, reducing], ids=lambda f: f.__name__)
def test_compiling_is_linear_up_to_a_hundred_thousand(form: Callable[[int], Function]) -> None:
    assert_linear(form, (1_000, 100_000))


@pytest.mark.usefixtures("numpy_engine")  # whose own work does not hide the planted one
def test_a_compiler_that_is_not_linear_is_noticed() -> None:
    def slow(n: int) -> Function:
        def f(x: Any) -> Any:
            seen: list[Any] = []
            for _ in range(n):
                x = x * 0.5
                seen.append(x)
                for _ in seen[::5]:
                    len(seen)
            return x

        return f

    with pytest.raises(AssertionError):
        assert_linear(slow, (200, 2_000))
