"""The libraries that are compared, behind one shape: ``gradient(f, x)`` returns a call without arguments.

Here ``f(xp, x)`` is a scalar function written against a namespace `xp` with NumPy's names. Each library
gets its own namespace and array type, made before the clock starts, and the fastest public way to a gradient
that its documentation shows. Libraries are imported at first use: one that is absent leaves an empty row.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any

import numpy as np
from harness import Call, cores

Function = Callable[[Any, Any], Any]

OURS = "funcgrad jit"
LLVM, NUMPY = f"{OURS}, LLVM", f"{OURS}, NumPy"


@cache
def engines() -> Mapping[str, Mapping[str, str]]:
    """Return the options of funcgrad's compiler by row: a row for each engine, if one can be chosen."""
    jit = importlib.import_module("funcgrad").jit
    if "engine" not in inspect.signature(jit).parameters:
        return {OURS: {}}
    return {LLVM: {"engine": "llvm"}, NUMPY: {"engine": "numpy"}}


def promised(name: str) -> bool:
    """Whether a row has the goals of what is compiled: the best engine's, or that of the only one."""
    return name in (OURS, LLVM)


def torch() -> Any:
    """Return PyTorch, limited to a thread a core."""
    module = importlib.import_module("torch")
    module.set_num_threads(cores())
    return module


def jax() -> Any:
    """Return JAX with float64 switched on."""
    module = importlib.import_module("jax")
    module.config.update("jax_enable_x64", True)
    return module


def funcgrad_gradient(f: Function, x: Any) -> Call:
    """Differentiate unchanged NumPy code with funcgrad, eagerly."""
    gradient = importlib.import_module("funcgrad").grad(lambda value: f(np, value))
    return lambda: gradient(x)


def funcgrad_jit_gradient(options: Mapping[str, str], f: Function, x: Any) -> Call:
    """Differentiate and compile unchanged NumPy code with funcgrad."""
    funcgrad = importlib.import_module("funcgrad")
    gradient = funcgrad.jit(funcgrad.grad(lambda value: f(np, value)), **options)
    return lambda: gradient(x)


def torch_gradient(f: Function, x: Any) -> Call:
    """Differentiate eagerly with PyTorch; the leaf is made once."""
    module = torch()
    leaf = module.tensor(x, requires_grad=True)
    return lambda: module.autograd.grad(f(module, leaf), leaf)[0]


def torch_compiled_gradient(f: Function, x: Any) -> Call:
    """Differentiate with PyTorch a function that it has compiled; compilation is not timed."""
    module = torch()
    module._dynamo.reset()
    leaf = module.tensor(x, requires_grad=True)
    compiled = module.compile(lambda value: f(module, value), dynamic=False)
    return lambda: module.autograd.grad(compiled(leaf), leaf)[0]


def autograd_gradient(f: Function, x: Any) -> Call:
    """Differentiate with HIPS autograd."""
    xp = importlib.import_module("autograd.numpy")
    gradient = importlib.import_module("autograd").grad(lambda value: f(xp, value))
    return lambda: gradient(x)


def mygrad_gradient(f: Function, x: Any) -> Call:
    """Differentiate with MyGrad; the leaf is made once."""
    module = importlib.import_module("mygrad")
    leaf = module.tensor(x)

    def call() -> object:
        f(module, leaf).backward()
        return leaf.grad

    return call


def jax_jit_gradient(f: Function, x: Any) -> Call:
    """Differentiate and compile with JAX; compilation is not timed."""
    module = jax()
    gradient = module.jit(module.grad(lambda value: f(module.numpy, value)))
    point = module.numpy.asarray(x)
    return lambda: gradient(point).block_until_ready()


def jax_eager_gradient(f: Function, x: Any) -> Call:
    """Differentiate with JAX without compiling the whole."""
    module = jax()
    gradient = module.grad(lambda value: f(module.numpy, value))
    point = module.numpy.asarray(x)
    return lambda: gradient(point).block_until_ready()


Gradient = Callable[[Function, Any], Call]
PEERS: dict[str, Gradient] = {
    "PyTorch eager": torch_gradient,
    "PyTorch compiled": torch_compiled_gradient,
    "HIPS autograd": autograd_gradient,
    "MyGrad": mygrad_gradient,
    "JAX jit": jax_jit_gradient,
    "JAX eager": jax_eager_gradient,
}


def gradients() -> dict[str, Gradient]:
    """Return what makes each row's gradient."""
    compiled = {name: partial(funcgrad_jit_gradient, options) for name, options in engines().items()}
    return {"funcgrad": funcgrad_gradient, **compiled, **PEERS}


def to_numpy(value: Any) -> Any:
    """Return any library's array as float64 NumPy, moved from the device if it lies there."""
    if hasattr(value, "detach"):
        value = value.detach()
    if hasattr(value, "__cuda_array_interface__"):
        value = value.get()
    return np.asarray(value, dtype=np.float64)


def checked(call: Call, expected: Any, rtol: float = 1e-9) -> Call:
    """Return `call` after comparing its result with the one by hand: only right answers are timed."""
    np.testing.assert_allclose(to_numpy(call()), expected, rtol=rtol, atol=1e-12)
    return call
