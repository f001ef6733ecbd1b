"""What compilers take before the first result, for each call, and as programs grow.

A first call is made in a fresh interpreter: importing the library, and what it brings in when it first
compiles, are timed apart. The clock runs from the call of the compiled function to its first result: tracing,
compiling, running once.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator

import numpy as np
from chains import chain
from harness import Call, Effort, Row, Table, figure, reason
from networks import NETWORKS, STEPS
from peers import COMPILED, JAX, OURS, Array, Build, Work, calls, table
from sections import MODULES

FIRST_MS, UNROLLED_MS, OVERHEAD_US = 60.0, 3000.0, 4.0
LENGTHS = (1_000, 10_000, 100_000)
ROUNDS, PATIENCE = 3, 120.0
SEEDS = "networks"
WORKS = (
    SEEDS,
    "tanh_exp_10m",
    "softmax_regression",
    "gaussian_process",
    "mixture",
    "rosenbrock_hessian",
    "convolution",
    "rnn",
    "runge_kutta",
)
SHORT = (SEEDS, "tanh_exp_10m", "softmax_regression", "rosenbrock_hessian")
"""Those that PyTorch compiles in seconds."""
COMPILERS = {
    OURS: ("funcgrad", ("scipy.linalg", "llvmlite.binding")),
    JAX: ("jax", ("jax.numpy", "jax.scipy.linalg")),
    COMPILED: ("torch", ("torch._dynamo", "torch._inductor.compile_fx")),
}


# -- In the fresh interpreter


def since(start: int) -> float:
    """Return the milliseconds since a moment."""
    return (time.perf_counter_ns() - start) / 1e6


def imported(*names: str) -> float:
    """Import modules, those that are installed; return the milliseconds."""
    start = time.perf_counter_ns()
    for name in names:
        if importlib.util.find_spec(name.split(".")[0]):
            importlib.import_module(name)
    return since(start)


def call_of(what: str, compiler: str) -> Call:
    """Return the compiled call of a section's first work, or of a chain of so many equations."""
    if what.isdigit():
        return long_chain(int(what), compiler)
    if what == SEEDS:
        return STEPS[compiler](NETWORKS[1])
    work = next(getattr(importlib.import_module(MODULES[what]), what)(Effort()))
    found = calls(work)
    return next(prepare for name, prepare in found.items() if name.startswith(compiler))()


def long_chain(equations: int, compiler: str) -> Call:
    """Return the compiled call of a chain of scalar operations."""
    f, x = chain(equations // 2), np.float64(0.5)
    module = importlib.import_module(COMPILERS[compiler][0])
    if compiler == COMPILED:
        compiled, point = module.compile(lambda value: f(module, value), dynamic=False), module.tensor(x)
        return lambda: compiled(point)
    jitted = module.jit(lambda value: f(np, value))
    return (lambda: jitted(x).block_until_ready()) if compiler == JAX else lambda: jitted(x)


def first(what: str, compiler: str) -> dict[str, float]:
    """Return the milliseconds of imports and calls; the second call shows what running takes."""
    library, extras = COMPILERS[compiler]
    times = {"import": imported("numpy", library), "extras": imported(*extras)}
    if compiler == JAX:
        module = importlib.import_module("jax")
        module.config.update("jax_enable_x64", True)
        module.block_until_ready(module.numpy.zeros(1) + 1)  # the client starts
    call = call_of(what, compiler)
    for name in ("first", "second"):
        start = time.perf_counter_ns()
        call()
        times[name] = since(start)
    return times


# -- Here

BYTECODE = tempfile.TemporaryDirectory()


def measured(what: str, compiler: str) -> dict[str, float]:
    """Start a fresh interpreter, with caches of its own, and return its times.

    Only bytecode is kept from one to the next, as that of installed packages is.
    """
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "TORCHINDUCTOR_CACHE_DIR": folder, "PYTHONPYCACHEPREFIX": BYTECODE.name}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        command = [sys.executable, __file__, what, compiler]
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, env=environment, timeout=PATIENCE
        )
    if done.returncode:
        raise RuntimeError((done.stderr.strip().splitlines() or ["no word"])[-1])
    return json.loads(done.stdout.splitlines()[-1])


def repeated(row: Row, what: str, compiler: str, rounds: int, scale: float = 1.0) -> list[dict[str, float]]:
    """Fill a row with the first call's times in milliseconds, times `scale`; return all."""
    found: list[dict[str, float]] = []
    try:
        while len(found) < rounds:
            found.append(measured(what, compiler))
            if found[-1]["first"] > 5e3:
                break
    except subprocess.TimeoutExpired:
        row.note = f"not ready after {PATIENCE:.0f} s"
        return []
    except RuntimeError as error:
        row.note = reason(error)
        return []
    times = [each["first"] * scale for each in found]
    row.best, row.median = min(times), statistics.median(times)
    row.note = f"the second call takes {figure(min(each['second'] for each in found))} ms"
    return found


def first_calls(effort: Effort) -> Iterator[Table]:
    """Time the first call of each compiler on each work, and the imports before it."""
    imports: dict[str, list[dict[str, float]]] = {compiler: [] for compiler in COMPILERS}
    rounds = min(effort.rounds, ROUNDS)
    for what in WORKS:
        found = Table(f"first call: {what.replace('_', ' ')}", "ms", OURS)
        for compiler in COMPILERS:
            row = Row(compiler)
            if compiler == OURS:
                row.target = UNROLLED_MS if what == "runge_kutta" else FIRST_MS
            if compiler == COMPILED and (effort.quick or not (what in SHORT or effort.slow)):
                row.note = "left out by `--quick`" if effort.quick else "compiles long: `--slow` includes it"
            else:
                imports[compiler] += repeated(row, what, compiler, 1 if compiler == COMPILED else rounds)
            found.rows.append(row)
        yield found
    yield Table("imports, once a process", "ms", f"{OURS}: numpy, funcgrad", list(import_rows(imports)))


def import_rows(imports: dict[str, list[dict[str, float]]]) -> Iterator[Row]:
    """Yield a row for the import of each library, and one for what it needs to compile."""
    for compiler, found in imports.items():
        library, extras = COMPILERS[compiler]
        for name, words in (("import", f"numpy, {library}"), ("extras", ", ".join(extras))):
            times = [each[name] for each in found]
            if times:
                yield Row(f"{compiler}: {words}", min(times), statistics.median(times))


def six_negated(*arrays: Array) -> tuple[Array, ...]:
    """Return six arrays with their signs changed."""
    return tuple(-array for array in arrays)


def call_overhead(effort: Effort) -> Iterator[Table]:
    """Time the call of a program with next to nothing in it: six small arrays in, six out."""
    plain: Build = lambda _, compiled: compiled(six_negated)  # noqa: E731 - one program for all
    work = Work(
        "calling a program: six arrays of ten float64 in, six out",
        tuple(np.full(10, float(i)) for i in range(6)),
        {"six negations": lambda *arrays: lambda: six_negated(*arrays)},
        dict.fromkeys(("funcgrad", "JAX", "PyTorch"), plain),
        wanted=(),
    )
    found = table(work, effort)
    ours, base = found.row(OURS), found.fastest("by hand")
    rest = Row(f"{OURS}, less the six negations", target=OVERHEAD_US)
    if ours and ours.best is not None and ours.median is not None and base is not None:
        rest.best, rest.median = ours.best - base, ours.median - base
    found.rows.append(rest)
    yield found


def equations(effort: Effort) -> Iterator[Table]:
    """Time the first call of longer and longer programs, for each equation: it should not grow."""
    found = Table("first call of a chain of scalar operations, an equation", "µs an equation", OURS)
    for compiler in [OURS, JAX, *([COMPILED] if effort.slow else [])]:
        for length in LENGTHS if compiler == OURS or effort.slow else LENGTHS[:1]:
            row = Row(f"{compiler}, {length:,} equations")
            if compiler == OURS and length > LENGTHS[0]:
                row.below = {f"{OURS}, {LENGTHS[0]:,} equations": 2.0}
            repeated(row, str(length), compiler, 1, scale=1e3 / length)
            found.rows.append(row)
    yield found.judge()


if __name__ == "__main__":
    print(json.dumps(first(*sys.argv[1:])))
