"""What ``import funcgrad`` adds to ``import numpy``, in fresh interpreters that take turns.

    python3 benchmarks/run.py import_time
    python3 benchmarks/run.py import_time --detail     the slowest modules as well

Each run starts an interpreter that times one import statement from inside. All of them share a temporary
folder of bytecode, which the first runs fill; these are not counted. The target is NumPy's time and 30 ms;
neither CuPy nor SciPy may be loaded.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence

from harness import Row, Table, options, report, settle

TIMED = "import time; start = time.perf_counter_ns(); import {}; print(time.perf_counter_ns() - start)"
LOADED = "import sys, funcgrad; print([name for name in ('cupy', 'scipy') if name in sys.modules])"
PLAIN, OURS = "numpy", "numpy, funcgrad"
WARM_UP = 2
ALLOWED_MS = 30.0


def interpreter(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a fresh interpreter in the environment that `bytecode_in` has made."""
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False)


def bytecode_in(folder: str) -> None:
    """Let the interpreters started from here keep their bytecode in a folder, as installed packages do."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = folder


def import_ms(module: str) -> float:
    """Return the milliseconds a fresh interpreter needs for one import."""
    done = interpreter("-c", TIMED.format(module))
    if done.returncode:
        raise RuntimeError(done.stderr.strip().splitlines()[-1])
    return int(done.stdout) / 1e6


def measure(modules: Sequence[str], rounds: int) -> dict[str, list[float]]:
    """Time the modules in turns, the order reversed in every other round."""
    times: dict[str, list[float]] = {module: [] for module in modules}
    for turn in range(WARM_UP + rounds):
        for module in modules if turn % 2 else reversed(modules):
            taken = import_ms(module)
            if turn >= WARM_UP:
                times[module].append(taken)
    return times


def import_table(rounds: int) -> Table:
    """Return both imports and the difference of their least and median times."""
    table = Table("import, fresh interpreter", "ms", "numpy")
    difference = Row("the difference", target=ALLOWED_MS)
    try:
        plain, ours = measure((PLAIN, OURS), rounds).values()
    except RuntimeError as error:
        difference.note = str(error)
        table.rows.append(difference)
        return table
    for name, times in ((PLAIN, plain), (OURS, ours)):
        table.rows.append(Row(name, min(times), statistics.median(times)))
    difference.best = min(ours) - min(plain)
    difference.median = statistics.median(ours) - statistics.median(plain)
    difference.note = f"of cupy and scipy, funcgrad loaded {interpreter('-c', LOADED).stdout.strip()}"
    table.rows.append(difference)
    return table


def detail(count: int = 20) -> str:
    """Return the modules with the longest time of their own while funcgrad is imported."""
    lines = interpreter("-X", "importtime", "-c", "import numpy, funcgrad").stderr.splitlines()[1:]
    entries = [line.removeprefix("import time:").split("|") for line in lines if line.count("|") == 2]
    after_numpy = [entry[2].strip() for entry in entries].index("numpy") + 1
    slowest = sorted(entries[after_numpy:], key=lambda entry: int(entry[0]), reverse=True)[:count]
    return "\n".join(f"{int(own) / 1e3:8.2f} ms  {name.strip()}" for own, _, name in slowest)


def main() -> int:
    """Measure and print."""
    settle()
    parser = options("What importing funcgrad adds to importing NumPy.")
    parser.add_argument("--detail", action="store_true", help="list the slowest modules after NumPy's own")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        bytecode_in(folder)
        status = report([import_table(arguments.rounds)], arguments)
        if arguments.detail:
            print(detail())
    return status


if __name__ == "__main__":
    sys.exit(main())
