"""Time several candidates side by side on one core, or on as many as asked, and print what was seen.

All candidates of a table live in one process. After a warm-up they take turns: one sample each a round, the
order rotating, so that a slow minute of the machine falls on all of them alike. A sample is the mean over
enough calls to fill some milliseconds; the table shows the least and the median sample.

The garbage collector stays on, since users run with it on and a library that leaves cycles should pay for
them. What the imports left behind is frozen first, and a collection runs before each sample, so that nobody
pays for another's garbage.
"""

from __future__ import annotations

import argparse
import gc
import importlib.metadata
import json
import os
import platform
import re
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from itertools import repeat
from pathlib import Path

FOLDERS = re.compile(r"(?<![\w.])/(?:[^\s/]+/)+")
COMPILES_LONG = "PyTorch compiled"
ROOT = Path(__file__).resolve().parent.parent
MARK = "FUNCGRAD_BENCHMARK"
PACKAGES = ("numpy", "scipy", "torch", "jax", "autograd", "mygrad", "llvmlite")
DEVICE_PACKAGES = ("cupy-cuda12x", "cupy-cuda13x", "cupy")
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS")
SETTINGS = {
    "JAX_PLATFORMS": "cpu",
    "OMP_WAIT_POLICY": "passive",  # OpenMP's threads do not turn on a core while another candidate is timed
    "PYTHONHASHSEED": "0",
    "TORCHINDUCTOR_COMPILE_THREADS": "1",  # no pool of compilers that goes on beside the clock
}
ONE_THREAD_OF_XLA = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"

Call = Callable[[], object]
Timer = Callable[[Call, int], float]


@dataclass(frozen=True)
class Candidate:
    """One way to do the work: a name, and a function that prepares the call to be timed."""

    name: str
    prepare: Callable[[], Call]
    target: float | None = None
    below: Mapping[str, float] = field(default_factory=dict)


@dataclass
class Row:
    """What was measured of one candidate, in the table's unit.

    `target` is a limit in that unit. `below` says of which rows' times which multiple may be taken at most; a
    name stands for all rows that begin with it, of which the fastest counts. `limits` are these in the unit.
    """

    name: str
    best: float | None = None
    median: float | None = None
    target: float | None = None
    note: str = ""
    below: Mapping[str, float] = field(default_factory=dict)
    limits: dict[str, float] = field(default_factory=dict)

    def goals(self) -> dict[str, float]:
        """Return every limit in the table's unit, by the words that stand in its cell."""
        own = {} if self.target is None else {f"≤ {figure(self.target)}": self.target}
        return own | {f"≤ {self.below[name]:g} × {name}": limit for name, limit in self.limits.items()}

    def keeps(self, limit: float) -> bool:
        """Whether the candidate ran and reached a limit."""
        return self.best is not None and self.best <= limit

    @property
    def missed(self) -> bool:
        """Whether the candidate has a target and did not reach it (or did not run)."""
        return not all(map(self.keeps, self.goals().values()))


@dataclass
class Table:
    """The measured rows of one comparison."""

    title: str
    unit: str
    reference: str
    rows: list[Row] = field(default_factory=list)

    def row(self, name: str) -> Row | None:
        """Return the row of that name, if there is one."""
        return next((row for row in self.rows if row.name == name), None)

    def fastest(self, name: str) -> float | None:
        """Return the least time among the rows whose name begins so, or None if none of them ran."""
        found = [row.best for row in self.rows if row.name.startswith(name) and row.best is not None]
        return min(found, default=None)

    def judge(self) -> Table:
        """Turn what each row may take of others' times into limits; return the table."""
        for row in self.rows:
            bases = {name: self.fastest(name) for name in row.below}
            row.limits = {name: row.below[name] * base for name, base in bases.items() if base is not None}
        return self

    def markdown(self) -> str:
        """Return the table as Markdown, the reasons for empty rows below it."""
        base = self.fastest(self.reference)
        lines = [
            f"### {self.title}",
            "",
            f"| {self.unit} | min | median | × {self.reference} | targets |",
            "|---|---:|---:|---:|---:|",
        ]
        for row in self.rows:
            ratio = row.best / base if row.best is not None and base else None
            cells = [figure(row.best), figure(row.median), figure(ratio), target(row)]
            lines.append(f"| {row.name} | {' | '.join(cells)} |")
        reasons: dict[str, list[str]] = {}
        for row in self.rows:
            reasons.setdefault(row.note, []).append(row.name)
        notes = [f"- {'; '.join(names)}: {note}" for note, names in reasons.items() if note]
        return "\n".join([*lines, *([""] if notes else []), *notes, ""])


def figure(value: float | None) -> str:
    """Return a number with three significant digits, or a dash."""
    if value is None:
        return "–"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def target(row: Row) -> str:
    """Return the target's cell: the limit, and whether it was kept."""
    return "; ".join(
        f"{words} {'kept' if row.keeps(limit) else 'missed'}" for words, limit in row.goals().items()
    )


def cores() -> int:
    """Return how many cores this process was given to measure on."""
    return int(os.environ.get(MARK) or 1)


def settle() -> None:
    """Run this script again on the cores asked for, a thread a core in each library, unless that is so.

    Thread limits are read when a library is imported; a fresh process is the only way to be early enough.
    """
    if os.environ.get(MARK):
        return
    asked, _ = options("", add_help=False).parse_known_args()
    count = asked.cores
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, quiet_cores(count))
    paths = [str(ROOT), os.environ.get("PYTHONPATH", "")]
    path = os.pathsep.join(entry for entry in paths if entry)
    limits = dict.fromkeys(THREADS, str(count)) | ({"XLA_FLAGS": ONE_THREAD_OF_XLA} if count == 1 else {})
    environment = {**os.environ, **SETTINGS, **limits, "PYTHONPATH": path, MARK: str(count)}
    sys.stdout.flush()
    os.execve(sys.executable, [sys.executable, *sys.argv], environment)


def quiet_cores(count: int, seconds: float = 0.3) -> list[int]:
    """Return so many of the allowed cores, those that were idle longest over the last moment."""
    allowed = os.sched_getaffinity(0)
    if len(allowed) < count:
        sys.exit(f"{count} cores are asked for, and {len(allowed)} are here.")
    before = idle_ticks()
    time.sleep(seconds)
    after = idle_ticks()
    return sorted(allowed, key=lambda core: (before.get(core, 0) - after.get(core, 0), -core))[:count]


def idle_ticks() -> dict[int, int]:
    """Return the idle ticks of each core since boot, as the kernel counts them."""
    stat = Path("/proc/stat")
    lines = stat.read_text(encoding="ascii").splitlines() if stat.is_file() else []
    cores = (line.split() for line in lines if line.startswith("cpu") and line[3].isdigit())
    return {int(words[0][3:]): int(words[4]) for words in cores}


def sample(call: Call, number: int, clock: Callable[[], int] = time.perf_counter_ns) -> float:
    """Return the mean time of `number` calls in microseconds."""
    gc.collect()
    start = clock()
    for _ in repeat(None, number):
        call()
    return (clock() - start) / number / 1e3


def cpu_sample(call: Call, number: int) -> float:
    """Return the mean time that the process computed, in microseconds: for a busy machine, and one core."""
    return sample(call, number, time.process_time_ns)


def calibrate(call: Call, seconds: float, timer: Timer) -> int:
    """Return how many calls fill a sample of `seconds`; warms the call up on the way."""
    number = 1
    while number < 1 << 20:
        taken = timer(call, number) * number / 1e6
        if taken >= seconds:
            break
        number *= 2 if taken > seconds / 10 else 8
    return number


@dataclass(frozen=True)
class Effort:
    """How long to measure: rounds, seconds a sample, and seconds a table, which may cut rounds to five."""

    rounds: int = 25
    seconds: float = 0.01
    budget: float = 12.0
    slow: bool = False
    quick: bool = False
    cpu: bool = False

    def affordable(self, seconds: float) -> int:
        """Return how many rounds of so many seconds fit the budget."""
        return min(self.rounds, max(5, int(self.budget / max(seconds, 1e-9))))


def compare(
    title: str,
    candidates: Sequence[Candidate],
    *,
    reference: str,
    effort: Effort,
    operations: int = 1,
    unit: str = "µs",
    timer: Timer | None = None,
) -> Table:
    """Time the candidates in turns; return their least and median time, divided by `operations`.

    A candidate that cannot be prepared, or whose first call fails, has an empty row that says why.
    """
    timer = timer or (cpu_sample if effort.cpu else sample)
    rows = [Row(each.name, target=each.target, below=each.below) for each in candidates]
    pairs = [
        (call, row)
        for each, row in zip(candidates, rows, strict=True)
        if (call := prepared(each, row, effort))
    ]
    live = [(call, calibrate(call, effort.seconds, timer), row) for call, row in pairs]
    gc.collect()
    gc.freeze()
    start = time.perf_counter()
    for call, number, _ in live:
        timer(call, number)
    rounds = effort.affordable(time.perf_counter() - start)
    samples: dict[str, list[float]] = {row.name: [] for row in rows}
    for turn in range(rounds if live else 0):
        first = turn % len(live)
        for call, number, row in live[first:] + live[:first]:
            samples[row.name].append(timer(call, number) / operations)
    gc.unfreeze()
    for _, _, row in live:
        row.best, row.median = min(samples[row.name]), statistics.median(samples[row.name])
    return Table(title, unit, reference, rows).judge()


def prepared(candidate: Candidate, row: Row, effort: Effort) -> Call | None:
    """Return the candidate's call after its first two runs, or None with the reason in the row."""
    if effort.quick and candidate.name == COMPILES_LONG:
        row.note = "left out by `--quick`"
        return None
    try:
        call = candidate.prepare()
        call()
        call()
    except Exception as error:  # noqa: BLE001 - whatever a peer raises is the reason shown
        row.note = error.args[0] if isinstance(error, Without) else reason(error)
        return None
    return call


class Without(Exception):  # noqa: N818 - no error: the sentence says why a candidate is left out
    """A candidate that is left out on purpose, and the reason."""


def reason(error: Exception) -> str:
    """Return the first line of an error, shortened, and without names of folders."""
    lines = [line for line in str(error).splitlines() if line.strip()] or [""]
    return FOLDERS.sub("", f"{type(error).__name__}: {lines[0]}")[:160]


def machine() -> dict[str, str]:
    """Return the date, the kind of machine and the versions measured; no names of hosts or folders."""
    about = {
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "cpu": cpu_model(),
        "cores": f"{os.cpu_count()}, {cores()} used",
        "load": f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "",
        "python": platform.python_version(),
    }
    for package in (*PACKAGES, *DEVICE_PACKAGES):
        try:
            about[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return about


def cpu_model() -> str:
    """Return the processor's model name."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.is_file() else []
    names = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or platform.machine())


def options(description: str, add_help: bool = True) -> argparse.ArgumentParser:
    """Return the options every benchmark has."""
    parser = argparse.ArgumentParser(description=description, add_help=add_help)
    parser.add_argument("--cores", type=int, default=1, help="cores to measure on (default 1)")
    parser.add_argument(
        "--budget", type=float, default=12.0, help="seconds a table, if five rounds take less"
    )
    parser.add_argument("--cpu-time", action="store_true", help="the process's own time, on a busy machine")
    parser.add_argument("--quick", action="store_true", help=f"without {COMPILES_LONG}, which compiles long")
    parser.add_argument("--slow", action="store_true", help="also what takes a peer minutes to compile")
    parser.add_argument("--check", action="store_true", help="exit 1 if a stated target is missed")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the measurements to FILE as well")
    parser.add_argument("--rounds", type=int, default=25, help="samples of each candidate (default 25)")
    return parser


def report(tables: Iterable[Table], arguments: argparse.Namespace, **extra: str) -> int:
    """Print each table as it arrives, write JSON and check targets if asked; return the exit status."""
    about = {**machine(), "clock": "the process's own" if arguments.cpu_time else "the wall's", **extra}
    print(", ".join(f"{name} {value}" for name, value in about.items()), end="\n\n", flush=True)
    done = []
    for table in tables:
        print(table.markdown(), flush=True)
        done.append(table)
    if arguments.json:
        record = {"machine": about, "tables": [asdict(table) for table in done]}
        text = json.dumps(record, indent=1, ensure_ascii=False)
        arguments.json.write_text(text + "\n", encoding="utf-8")
    missed = [f"{table.title}: {row.name}" for table in done for row in table.rows if row.missed]
    if arguments.check and missed:
        print("targets missed:", *missed, sep="\n  ", file=sys.stderr)
        return 1
    return 0
