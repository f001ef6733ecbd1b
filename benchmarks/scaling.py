"""Σ tanh·exp on one core and on two, side by side.

Threads are counted when a library is imported: each sample comes from a process of its own, one core and two
in turns.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator

from elementwise import tanh_exp_work
from harness import MARK, THREADS, Effort, Row, Table, compare, reason, settle
from libraries import LLVM, engines
from native import C_LOOP
from peers import JAX, candidates

COUNTS = {1: "one core", 2: "two cores"}
ROUNDS, SAMPLES = 3, 7
GAIN = 1.7


def ways() -> list[str]:
    """Return the rows of the work that are measured: ours, the loop in C with the same new result, JAX's."""
    return [*engines(), f"{C_LOOP}, new result", f"{C_LOOP}, result reused", JAX]


# -- In the fresh interpreter


def measure() -> int:
    """Print each way's least time in microseconds, or why there is none."""
    work = tanh_exp_work()
    chosen = [each for each in candidates(work) if each.name in ways()]
    found = compare(work.title, chosen, reference=JAX, effort=Effort(SAMPLES))
    print(json.dumps({row.name: [row.best, row.note] for row in found.rows}))
    return 0


# -- Here


def measured(count: int) -> dict[str, tuple[float | None, str]]:
    """Start a fresh interpreter on so many cores; return its times."""
    ours = {MARK, "XLA_FLAGS", *THREADS}
    environment = {name: value for name, value in os.environ.items() if name not in ours}
    command = [sys.executable, __file__, "--cores", str(count)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        raise RuntimeError((done.stderr.strip().splitlines() or ["no word"])[-1])
    return json.loads(done.stdout.splitlines()[-1])


def two_cores(effort: Effort) -> Iterator[Table]:
    """Time the ways on one core and on two."""
    rows: dict[tuple[str, int], Row] = {}
    for name in ways():
        one = f"{name}, {COUNTS[1]}"
        for count, words in COUNTS.items():
            goal = {one: round(1 / GAIN, 3)} if name == LLVM and count == 2 else {}
            rows[name, count] = Row(f"{name}, {words}", below=goal)
    times: dict[tuple[str, int], list[float]] = {key: [] for key in rows}
    for _ in range(min(effort.rounds, ROUNDS)):
        for count in COUNTS:
            gather(count, rows, times)
    for key, row in rows.items():
        if times[key]:
            row.best, row.median = min(times[key]), sorted(times[key])[len(times[key]) // 2]
    yield Table(
        "Σ tanh(x)·exp(−x²), 10,000,000 float32, on one core and on two", "µs", JAX, [*rows.values()]
    ).judge()


def gather(count: int, rows: dict[tuple[str, int], Row], times: dict[tuple[str, int], list[float]]) -> None:
    """Measure once on so many cores; note why a row has no time."""
    try:
        found = measured(count)
    except RuntimeError as error:
        found = dict.fromkeys(ways(), (None, reason(error)))
    for name, (best, note) in found.items():
        rows[name, count].note = note
        if best is not None:
            times[name, count].append(best)


if __name__ == "__main__":
    if MARK not in os.environ and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, range(os.cpu_count() or 1))  # not only the cores of who started this
    settle()
    sys.exit(measure())
