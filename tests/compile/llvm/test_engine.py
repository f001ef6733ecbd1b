"""Programs of the LLVM engine: what becomes one kernel, what is compiled once, and for which processors."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from funcgrad import grad, hessian, jit, value_and_grad
from funcgrad._src.compile.engines.llvm.engine import print_module
from funcgrad._src.compile.engines.llvm.machine import Machine
from funcgrad._src.compile.engines.llvm.targets import NAMED
from tests.compile.ownership import same_bits

Function = Callable[..., Any]
X = np.linspace(0.1, 0.9, 20)
W = np.random.default_rng(0).normal(size=(20, 20)) / 5
TABLE = np.random.default_rng(1).normal(size=(30, 37))
RUNTIME = {"Py_IncRef", "PyErr_Format", "PyEval_SaveThread", "PyEval_RestoreThread", "memset", "memcpy"}
ROWS = np.arange(40) % 30
KERNEL = re.compile(r"^ *k\d+\(", re.MULTILINE)


def lowered(f: Function, *args: Any) -> Any:
    return jit(f, engine="llvm").lower(*args)


def chain(steps: int) -> Function:
    def f(x: Any) -> Any:
        z = x
        for _ in range(steps):
            z = z * x + x
        return z

    return f


def integrated(steps: int) -> Function:
    """The sum of squares behind so many steps of Euler's method."""

    def f(y: Any, w: Any) -> Any:
        for _ in range(steps):
            y = y + 0.05 * (np.tanh(w @ y) - y)
        return (y * y).sum()

    return f


def rosenbrock(x: Any) -> Any:
    rise, rest = x[1:] - x[:-1] * x[:-1], 1 - x[:-1]
    return (100 * rise * rise + rest * rest).sum()


def softmax_loss(x: Any) -> Any:
    z = x - x.max(axis=1, keepdims=True)
    return (np.log(np.exp(z).sum(axis=1)) - z[:, 0]).mean()


def likelihood(p: Any, y: Any) -> Any:
    """Minus the logarithm of a normal density, but for its constant."""
    low = np.linalg.cholesky(p)
    z = np.linalg.solve(low, y)
    return 0.5 * (z @ z) + np.log(np.diagonal(low)).sum()


def normalised(x: Any) -> Any:
    centred = x - x.mean(axis=1, keepdims=True)
    h = centred / np.sqrt((centred * centred).mean(axis=1, keepdims=True) + 1e-5)
    return (h * np.tanh(h)).sum()


PROGRAMS: dict[str, tuple[Function, tuple[Any, ...]]] = {
    "chain": (grad(chain(50)), (np.float64(0.5),)),
    "chain of Python's floats": (value_and_grad(chain(10)), (0.5,)),
    "integrated": (value_and_grad(integrated(5), argnums=(0, 1)), (X, W)),
    "hessian": (hessian(rosenbrock), (X,)),
    "likelihood": (value_and_grad(likelihood, argnums=(0, 1)), (W @ W.T + np.eye(20), X)),
    "softmax": (value_and_grad(softmax_loss), (TABLE,)),
    "normalised": (value_and_grad(normalised), (TABLE,)),
    "embedded": (value_and_grad(lambda x, i: np.tanh(x[i, 1:] * x[0, i][:, None]).sum()), (TABLE, ROWS)),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_small_program_is_one_kernel(name: str) -> None:
    f, args = PROGRAMS[name]
    found = lowered(f, *args)
    assert len(KERNEL.findall(found.code)) == 1
    assert all(step.native for step in found.plan.steps)


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize("target", NAMED)
def test_modules_for_other_processors_call_no_mathematics(name: str, target: str) -> None:
    """They are instructions everywhere; `rint` alone is a call where SSE2 is all there is."""
    f, args = PROGRAMS[name]
    text = print_module(lowered(f, *args).plan, NAMED[target])
    assembly = Machine(NAMED[target]).assembly(text)
    called = set(re.findall(r"^\s+(?:callq?|bl|jmp)\s+\"?([\w.]+)", assembly, re.MULTILINE))
    ours = {one for one in called if re.match(r"(k\d+\.|step|funcgrad\.|\.L)", one)}
    assert ours
    assert called - ours <= RUNTIME | ({"rint", "rintf"} if target == "x86-64" else set())


def definitions(found: Any) -> int:
    return int(found.as_text("llvm").count("define internal void @step"))


def test_what_an_unrolled_loop_repeats_is_compiled_once() -> None:
    short, long = (lowered(value_and_grad(integrated(n)), X, W) for n in (10, 40))
    assert len(long.plan.steps) > 3.5 * len(short.plan.steps)
    assert definitions(long) == definitions(short)


def test_long_kernels_have_several_parts_of_bounded_length() -> None:
    texts = [lowered(chain(n), np.float64(0.5)).as_text("llvm") for n in (2000, 8000)]
    parts = [
        re.findall(r"^define internal void @k0\.\d+.*?^}", text, re.MULTILINE | re.DOTALL) for text in texts
    ]
    assert len(parts[1]) > 3 * len(parts[0]) > 3
    assert max(len(part.splitlines()) for part in parts[1]) < 4000
    assert len(texts[1]) < 4.5 * len(texts[0])


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_same_function_again_is_the_same_text(name: str) -> None:
    """So that the cache on disk finds it."""
    f, args = PROGRAMS[name]
    assert lowered(f, *args).as_text("llvm") == lowered(f, *args).as_text("llvm")


def test_results_of_a_kernel_lie_as_numpy_lays_them() -> None:
    x = np.asfortranarray(TABLE)
    for f in (lambda x: x * 2, lambda x: x.T + 1, lambda x: np.exp(x)[:, None] * x.max()):
        found, wanted = jit(f, engine="llvm")(x), f(x)
        assert found.strides == wanted.strides
        assert np.allclose(found, wanted, rtol=1e-15)


def test_one_program_serves_several_layouts() -> None:
    big = np.random.default_rng(2).normal(size=(40, 50))
    f = jit(lambda x: (x * x + 1.0, x.sum(axis=0)), engine="llvm")
    for x in (big, big.T.copy().T, big[::2, ::5], big[:, ::-1], big[3:9], np.broadcast_to(big[0], (4, 50))):
        found = f(x)
        assert same_bits(found[0], x * x + 1.0)
        assert np.allclose(found[1], x.sum(axis=0), rtol=1e-13)
