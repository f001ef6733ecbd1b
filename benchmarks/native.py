"""The same work in C, compiled here and now for this machine: what a loop by hand takes.

The flags are those of people who want the fastest loop and care for no rounding. They stay away from the
linker: it would add code that switches small numbers to zero in the whole process, the peers' too.
"""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from harness import Call, Without, cores

Array = Any
HERE = Path(__file__).resolve().parent
FOLDER = tempfile.TemporaryDirectory()
FLAGS = ("-O3", "-march=native", "-ffast-math", "-fopenmp")
C_LOOP = "C loop, gcc -O3 -ffast-math, libmvec"
VECTOR_FUNCTIONS = (b"v_expf", b"v_tanhf")


@cache
def compiled(name: str) -> Path:
    """Return the shared library of a file in C; it calls vector functions, or there is nothing to compare."""
    gcc = shutil.which("gcc")
    if gcc is None:
        raise Without("there is no gcc here")
    source, middle, library = (
        HERE / f"{name}.c",
        Path(FOLDER.name, f"{name}.o"),
        Path(FOLDER.name, f"{name}.so"),
    )
    for command in (
        [*FLAGS, "-fPIC", "-c", str(source), "-o", str(middle)],
        ["-shared", "-fopenmp", str(middle), "-o", str(library), "-lm"],
    ):
        done = subprocess.run([gcc, *command], capture_output=True, text=True, check=False)
        if done.returncode:
            raise Without(f"gcc cannot compile it: {(done.stderr.splitlines() or ['no word'])[0]}")
    if not all(function in library.read_bytes() for function in VECTOR_FUNCTIONS):
        raise Without("gcc calls no vector functions: glibc's libmvec is missing or older than 2.35")
    return library


@cache
def tanh_exp_function() -> Callable[..., float]:
    """Return the function of ``tanh_exp.c``."""
    function = ctypes.CDLL(str(compiled("tanh_exp"))).tanh_exp
    function.argtypes = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_ssize_t, ctypes.c_int)
    function.restype = ctypes.c_float
    return function


def tanh_exp_reused(x: Array) -> Call:
    """Prepare value and gradient, the gradient's memory reused."""
    function, gradient, threads = tanh_exp_function(), np.zeros_like(x), cores()
    start, to = x.ctypes.data, gradient.ctypes.data
    return lambda: (function(start, to, x.size, threads), gradient)


def tanh_exp_fresh(x: Array) -> Call:
    """Prepare value and gradient, which is a new array each time."""
    function, threads = tanh_exp_function(), cores()
    start = x.ctypes.data

    def call() -> tuple[float, Array]:
        gradient = np.empty_like(x)
        return function(start, gradient.ctypes.data, x.size, threads), gradient

    return call


TANH_EXP = {f"{C_LOOP}, result reused": tanh_exp_reused, f"{C_LOOP}, new result": tanh_exp_fresh}
