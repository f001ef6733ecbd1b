"""What compilers take before the first result, for each call, and as programs grow.

A first call is made in a fresh interpreter: importing the library, and what it brings in when it first
compiles, are timed apart. The clock runs from the call of the compiled function to its first result: tracing,
compiling, running once. Machine code is kept on disk: its first call is made with an empty cache, and in
another interpreter with what the first one left there.
"""

from __future__ import annotations

import gc
import importlib
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence

import numpy as np
from chains import LONGER, POINT, chain, chain_summed
from harness import Call, Effort, Row, Table, figure, reason
from libraries import LLVM, NUMPY, OURS, engines, gradients
from networks import NETWORKS, steps
from peers import COMPILED, JAX, Array, Build, Work, calls, table
from sections import MODULES

Times = dict[str, float]

FIRST_MS, UNROLLED_MS, OVERHEAD_US = 60.0, 3000.0, 4.0
COLD_MS, WARM_MS = 150.0, 20.0
LENGTHS = (1_000, 10_000, 100_000)
ROUNDS, LATER, PATIENCE = 3, 3, 120.0
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
    "scalar_chain",
    "chain_1000",
    "layer_norm_gelu",
    "adam_10m",
)
ADDED = WORKS[-4:]
"""Those that have goals for machine code alone."""
COLD = dict.fromkeys(
    ("tanh_exp_10m", "softmax_regression", "mixture", "rosenbrock_hessian", *ADDED), COLD_MS
) | {"runge_kutta": UNROLLED_MS}
"""The goals of the first call in machine code, less what running takes, with an empty cache."""
CHAINS = {"scalar_chain": (chain(50), POINT), "chain_1000": (chain_summed, LONGER)}
SHORT = (SEEDS, "tanh_exp_10m", "softmax_regression", "rosenbrock_hessian")
"""Those that PyTorch compiles in seconds."""
COMPILERS = {
    OURS: ("funcgrad", (("scipy.linalg",), ("llvmlite.binding",))),
    LLVM: ("funcgrad", (("scipy.linalg",), ("llvmlite.binding",))),
    NUMPY: ("funcgrad", (("scipy.linalg",),)),
    JAX: ("jax", (("jax.numpy", "jax.scipy.linalg"),)),
    COMPILED: ("torch", (("torch._dynamo", "torch._inductor.compile_fx"),)),
}
"""The library of each compiler, and what it brings in when it first compiles, in groups timed apart."""


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
        return steps()[compiler](NETWORKS[1])
    if what in CHAINS:
        return gradients()[compiler](*CHAINS[what])
    work = next(getattr(importlib.import_module(MODULES[what]), what)(Effort()))
    found = calls(work)
    return next(prepare for name, prepare in found.items() if name.startswith(compiler))()


def long_chain(equations: int, compiler: str) -> Call:
    """Return the compiled call of a chain of scalar operations."""
    f, x = chain(equations // 2), POINT
    module = importlib.import_module(COMPILERS[compiler][0])
    if compiler == COMPILED:
        compiled, point = module.compile(lambda value: f(module, value), dynamic=False), module.tensor(x)
        return lambda: compiled(point)
    jitted = module.jit(lambda value: f(np, value), **engines().get(compiler, {}))
    return (lambda: jitted(x).block_until_ready()) if compiler == JAX else lambda: jitted(x)


def first(what: str, compiler: str) -> Times:
    """Return the milliseconds of imports and calls; the least of some later calls is what running takes."""
    library, extras = COMPILERS[compiler]
    times = {f"numpy, {library}": imported("numpy", library)}
    times |= {", ".join(names): imported(*names) for names in extras}
    if compiler == JAX:
        module = importlib.import_module("jax")
        module.config.update("jax_enable_x64", True)
        module.block_until_ready(module.numpy.zeros(1) + 1)  # the client starts
    call = call_of(what, compiler)
    gc.collect()  # what the imports left would be looked through in the middle of the first call
    later: list[float] = []
    for _ in range(2 + LATER):
        start = time.perf_counter_ns()
        call()
        later.append(since(start))
    return times | {"first": later.pop(0), "second": later.pop(0), "later": min(later)}


# -- Here

BYTECODE = tempfile.TemporaryDirectory()


def measured(what: str, compiler: str, folder: str) -> Times:
    """Start a fresh interpreter, with its caches in a folder, and return its times.

    Bytecode is kept from one to the next, as that of installed packages is.
    """
    caches = {"TORCHINDUCTOR_CACHE_DIR": folder, "FUNCGRAD_CACHE_DIR": folder}
    environment = {**os.environ, **caches, "PYTHONPYCACHEPREFIX": BYTECODE.name}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [sys.executable, __file__, what, compiler]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=environment, timeout=PATIENCE
    )
    if done.returncode:
        raise RuntimeError((done.stderr.strip().splitlines() or ["no word"])[-1])
    return json.loads(done.stdout.splitlines()[-1])


def starts(what: str, compiler: str, count: int) -> list[Times]:
    """Return the times of so many interpreters, one after the other, which begin with empty caches."""
    with tempfile.TemporaryDirectory() as folder:
        return [measured(what, compiler, folder) for _ in range(count)]


def repeated(
    rows: Sequence[Row], what: str, compiler: str, rounds: int, scale: float = 1.0
) -> list[list[Times]]:
    """Fill rows with the first call's times in milliseconds, times `scale`; return all.

    The first row is that of empty caches, the second that of what the first one's process left there.
    """
    found: list[list[Times]] = []
    try:
        while len(found) < rounds:
            found.append(starts(what, compiler, len(rows)))
            if found[-1][0]["first"] > 5e3:
                break
    except subprocess.TimeoutExpired:
        return unready(rows, f"not ready after {PATIENCE:.0f} s")
    except RuntimeError as error:
        return unready(rows, reason(error))
    for row, times in zip(rows, zip(*found, strict=True), strict=True):
        fill(row, [each["first"] * scale for each in times])
        row.note = f"the second call takes {figure(min(each['second'] for each in times))} ms"
    return found


def fill(row: Row, times: Sequence[float]) -> None:
    """Fill a row with its times."""
    row.best, row.median = min(times), statistics.median(times)


def unready(rows: Sequence[Row], why: str) -> list[list[Times]]:
    """Say why rows are empty; return no times."""
    for row in rows:
        row.note = why
    return []


def first_calls(effort: Effort) -> Iterator[Table]:
    """Time the first call of each compiler on each work, and the imports before it."""
    imports: dict[str, list[Times]] = {compiler: [] for compiler in (*engines(), JAX, COMPILED)}
    for what in WORKS:
        found = Table(f"first call: {what.replace('_', ' ')}", "ms", JAX)
        for compiler, times in imports.items():
            found.rows += first_rows(what, compiler, times, effort)
        yield found
    reference = f"{next(iter(engines()))}: numpy, funcgrad"
    yield Table("imports, once a process", "ms", reference, list(import_rows(imports)))


def first_rows(what: str, compiler: str, times: list[Times], effort: Effort) -> list[Row]:
    """Return a compiler's rows for one work; add all its times to those given."""
    rounds = min(effort.rounds, ROUNDS)
    if compiler == LLVM:
        return native_rows(what, times, rounds)
    row = Row(compiler)
    if compiler in engines() and what not in ADDED:
        row.target = UNROLLED_MS if what == "runge_kutta" else FIRST_MS
    if compiler == COMPILED and (effort.quick or not (what in SHORT or effort.slow)):
        row.note = "left out by `--quick`" if effort.quick else "compiles long: `--slow` includes it"
    else:
        found = repeated([row], what, compiler, 1 if compiler == COMPILED else rounds)
        times += [each for (each,) in found]
    return [row]


def native_rows(what: str, times: list[Times], rounds: int) -> list[Row]:
    """Return the rows of machine code: with an empty cache and a full one, and both less running."""
    rows = [Row(f"{LLVM}, cold cache"), Row(f"{LLVM}, warm cache")]
    found = repeated(rows, what, LLVM, rounds)
    targets = (COLD.get(what), WARM_MS if what in COLD else None)
    rest = [Row(f"less running: {row.name}", target=goal) for row, goal in zip(rows, targets, strict=True)]
    for i, row in enumerate(rest):
        row.note = "" if found else rows[i].note
        if found:
            fill(row, [each[i]["first"] - each[i]["later"] for each in found])
    times += [each for pair in found for each in pair]
    return rows + rest


def import_rows(imports: dict[str, list[Times]]) -> Iterator[Row]:
    """Yield a row for the import of each library, and for what it needs to compile."""
    for compiler, found in imports.items():
        for words in found[0] if found else ():
            if words not in ("first", "second", "later"):
                row = Row(f"{compiler}: {words}")
                fill(row, [each[words] for each in found])
                yield row


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
    base = found.fastest("by hand")
    for name in engines():
        ours = found.row(name)
        if ours and name == LLVM:
            ours.target = OVERHEAD_US  # calls nothing of NumPy: all that it takes is the call's
        elif ours:
            rest = Row(f"{name}, less the six negations", target=OVERHEAD_US)
            if ours.best is not None and ours.median is not None and base is not None:
                rest.best, rest.median = ours.best - base, ours.median - base
            found.rows.append(rest)
    yield found


def equations(effort: Effort) -> Iterator[Table]:
    """Time the first call of longer and longer programs, for each equation: it should not grow."""
    found = Table("first call of a chain of scalar operations, an equation", "µs an equation", OURS)
    for compiler in [*engines(), JAX, *([COMPILED] if effort.slow else [])]:
        for length in LENGTHS if compiler in engines() or effort.slow else LENGTHS[:1]:
            row = Row(f"{compiler}, {length:,} equations")
            if compiler in engines() and length > LENGTHS[0]:
                row.below = {f"{compiler}, {LENGTHS[0]:,} equations": 2.0}
            rounds = 2 if length == LENGTHS[0] else 1  # a compiler's first process writes bytecode
            repeated([row], str(length), compiler, rounds, scale=1e3 / length)
            found.rows.append(row)
    yield found.judge()


if __name__ == "__main__":
    print(json.dumps(first(*sys.argv[1:])))
