"""Write the tables and the picture of ``docs/benchmarks.md`` from what was measured.

    python3 benchmarks/run.py                # measures everything, then calls this
    .bench-venv/bin/python benchmarks/report.py

Each part of the page between ``<!-- measured: NAME -->`` and ``<!-- end -->`` is replaced; no number there is
written by hand. The picture is ``docs/benchmarks.svg``.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
from harness import ROOT, Row, Table, figure
from libraries import LLVM, NUMPY, OURS
from native import C_LOOP
from peers import COMPILED, FLOOR, JAX
from sections import GROUPS, MODULES, SCRIPTS

mpl.use("svg")  # draws into a file; must come before pyplot
from matplotlib import pyplot as plt
from matplotlib.ticker import FuncFormatter

PAGE, PICTURE = ROOT / "docs" / "benchmarks.md", ROOT / "docs" / "benchmarks.svg"
RESULTS = ROOT / "benchmarks" / "results"
HAND, EAGER = "by hand", "funcgrad"
PEERS = (JAX, "PyTorch eager", COMPILED, "HIPS autograd")
WORKLOADS = ("chains", "networks", "small_networks", "large", "models")
NOTHING = "Nothing has been measured yet."
BUSY = """

**The machine was busy with other work (load {load:g} on {cores} cores): these figures are rough.**"""
PART = re.compile(r"<!-- measured: (?P<name>[\w ]+) -->\n.*?<!-- end -->", re.DOTALL)


@dataclass(frozen=True)
class Measured:
    """The tables of one section, the number of cores, and the machine."""

    section: str
    cores: int
    machine: dict[str, str]
    tables: list[Table]


def load(path: Path) -> Measured:
    """Read one file of results."""
    record = json.loads(path.read_text(encoding="utf-8"))
    tables = [Table(**{**each, "rows": [Row(**row) for row in each["rows"]]}) for each in record["tables"]]
    section, _, cores = path.stem.partition(".")
    return Measured(section, int(cores or 1), record["machine"], tables)


def best(table: Table, column: str) -> Row | None:
    """Return the fastest row of a column: its own name, or one with words after a comma."""
    rows = [row for row in table.rows if row.name == column or row.name.startswith(f"{column},")]
    ran = [row for row in rows if row.best is not None]
    return min(ran, key=lambda row: row.best or 0.0, default=None)


def cell(table: Table, column: str) -> str:
    """Return a column's time, or a dash."""
    row = best(table, column)
    return figure(row.best if row else None)


def grid(head: Sequence[str], lines: Sequence[Sequence[str]], words: int = 1) -> str:
    """Return a Markdown table whose first columns are words, the others numbers."""
    rule = ["---"] * words + ["---:"] * (len(head) - words)
    return "\n".join(f"| {' | '.join(line)} |" for line in [head, rule, *lines])


class Page:
    """What the page's parts show, made from all results."""

    def __init__(self, found: Sequence[Measured]) -> None:
        self.found = found
        names = {row.name for each in found for table in each.tables for row in table.rows}
        self.compiled = (LLVM, NUMPY) if LLVM in names else (OURS,)
        self.columns = (HAND, EAGER, *self.compiled, *PEERS)

    def of(self, *groups: str, cores: int = 1) -> Iterator[Table]:
        """Yield the tables of groups, in the order of the list of sections."""
        order = [section for group in groups for part in GROUPS[group].values() for section in part]
        for section in order:
            for each in self.found:
                if (each.section, each.cores) == (section, cores):
                    yield from each.tables

    def machine(self) -> str:
        """Return the machine and the versions, and the days of the measurements."""
        if not self.found:
            return NOTHING
        about = dict(self.found[0].machine)
        days = sorted({each.machine["date"] for each in self.found})
        about["date"] = days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"
        about["cores"] = about["cores"].split(",")[0]
        load, cores = max(float(each.machine.get("load") or 0) for each in self.found), int(about["cores"])
        about["load"] = f"at most {load:g}"
        busy = BUSY.format(load=load, cores=cores) if load > cores else ""
        return (
            grid(("what", "measured with"), [(name, str(value)) for name, value in about.items()], words=2)
            + busy
        )

    def times(self, *groups: str, cores: int = 1) -> str:
        """Return the least times of every work in every library."""
        lines = [
            (f"{table.title}, {table.unit}", *(cell(table, column) for column in self.columns))
            for table in self.of(*groups, cores=cores)
        ]
        return grid(("work", *self.columns), lines)

    def ways(self) -> str:
        """Return the ways by hand, for the works that have several: which formulation is the fastest."""
        lines = []
        for table in self.of(*WORKLOADS):
            rows = [row for row in table.rows if row.name.startswith(HAND) and row.best is not None]
            if len(rows) > 1:
                rows.sort(key=lambda row: row.best or 0.0)
                ways = "; ".join(f"{row.name.partition(', ')[2]} {figure(row.best)}" for row in rows)
                lines.append((table.title, ways))
        return grid(("work", "by hand, µs, the fastest first"), lines, words=2)

    def floors(self) -> str:
        """Return the loops in C, and what moving a work's memory takes, beside ours."""
        lines = []
        for table in self.of(*WORKLOADS):
            names = (row.name for row in table.rows if row.name.startswith((*self.compiled, C_LOOP, FLOOR)))
            if any(row.name.startswith((C_LOOP, FLOOR)) for row in table.rows):
                lines += [(table.title, name, cell(table, name)) for name in names]
        return grid(("work", "row", "µs"), lines, words=2) if lines else NOTHING

    def reasons(self) -> str:
        """Return why cells are empty."""
        notes = {
            f"- {table.title}: {row.name}: {row.note}"
            for table in self.of(*WORKLOADS, "compiling")
            for row in table.rows
            if row.best is None and row.note
        }
        return "\n".join(sorted(notes)) or "Every cell is filled."

    def goals(self) -> str:
        """Return every target, and whether it was kept."""
        lines = []
        for each in sorted(self.found, key=lambda each: each.cores):
            for table in each.tables if each.cores == 1 else []:
                for row in table.rows:
                    lines += [
                        (
                            table.title,
                            row.name,
                            words,
                            figure(row.best),
                            "kept" if row.keeps(limit) else "missed",
                        )
                        for words, limit in row.goals().items()
                    ]
        kept = sum(line[-1] == "kept" for line in lines)
        table = grid(("work", "row", "target", "measured", ""), lines, words=3)
        return f"{kept} of {len(lines)} targets are kept.\n\n{table}"

    def whole(self, *sections: str) -> str:
        """Return sections' tables as they are printed."""
        tables = [
            table
            for each in self.found
            if each.section in sections and each.cores == 1
            for table in each.tables
        ]
        return "\n".join(table.markdown() for table in tables).strip() or NOTHING

    def first(self) -> str:
        """Return the first calls of all works beside each other."""
        tables = [table for each in self.found if each.section == "first_calls" for table in each.tables]
        ours = (f"{LLVM}, cold cache", f"{LLVM}, warm cache", NUMPY) if LLVM in self.compiled else (OURS,)
        columns = (*ours, JAX, COMPILED)
        lines = [
            (table.title.removeprefix("first call: "), *(cell(table, column) for column in columns))
            for table in tables
            if table.title.startswith("first call")
        ]
        rest = [table.markdown() for table in tables if not table.title.startswith("first call")]
        return "\n\n".join([grid(("first call, ms", *columns), lines), *rest]).strip()

    def part(self, name: str) -> str:
        """Return the text of one part."""
        parts: dict[str, Callable[[], str]] = {
            "machine": self.machine,
            "networks": lambda: self.times("networks", "small_networks"),
            "large": lambda: self.times("large"),
            "large on two cores": lambda: self.times("large", cores=2),
            "one core and two": lambda: self.whole("two_cores"),
            "floors": self.floors,
            "models": lambda: self.times("models"),
            "chains": lambda: self.times("chains"),
            "ways by hand": self.ways,
            "first calls": self.first,
            "calls and equations": lambda: self.whole("call_overhead", "equations"),
            "memory": lambda: self.whole("peak_memory"),
            "other": lambda: self.whole("import_time", "strong_zero"),
            "reasons": self.reasons,
            "goals": self.goals,
        }
        return parts[name]()

    def ratios(self) -> Iterator[tuple[str, dict[str, float]]]:
        """Yield each work's times divided by the fastest peer's."""
        for table in self.of(*WORKLOADS):
            peers = [
                row.best for name in PEERS for row in table.rows if row.name.startswith(name) and row.best
            ]
            if not peers:
                continue
            rows = {name: best(table, name) for name in LOOK if name in self.columns}
            yield (
                short(table.title),
                {name: (row.best or 0) / min(peers) for name, row in rows.items() if row},
            )


def short(title: str, longest: int = 58) -> str:
    """Return a title without its last parts, if it is too long for the picture."""
    while len(title) > longest and "," in title:
        title = title.rpartition(",")[0]
    return title


FAINT = {"color": "#9a9a9a", "s": 16, "linewidths": 0.8}
LOOK: dict[str, dict[str, Any]] = {
    "JAX jit": {"marker": "+", "label": "JAX jit"} | FAINT,
    "PyTorch eager": {"marker": "x", "label": "PyTorch eager"} | FAINT,
    "PyTorch compiled": {"marker": "2", "label": "PyTorch compiled"} | FAINT | {"s": 30},
    HAND: {"marker": "|", "color": "#222222", "s": 90, "label": "by hand, NumPy"},
    EAGER: {
        "marker": "o",
        "facecolor": "white",
        "edgecolor": "#1f5fa8",
        "s": 28,
        "label": "funcgrad, eager",
    },
    OURS: {"marker": "o", "color": "#1f5fa8", "s": 34, "label": "funcgrad, jit"},
    NUMPY: {"marker": "o", "color": "#8fb4de", "s": 28, "label": "funcgrad, jit by NumPy"},
    LLVM: {"marker": "o", "color": "#1f5fa8", "s": 34, "label": "funcgrad, jit by LLVM"},
}


def draw(ratios: Sequence[tuple[str, dict[str, float]]], path: Path) -> None:
    """Draw a line for each work: how the times lie to the fastest peer's, which is the line at 1."""
    mpl.rcParams.update({"svg.hashsalt": "funcgrad", "font.size": 8})
    figure_, axes = plt.subplots(figsize=(10, 1 + 0.22 * len(ratios)), layout="constrained")
    axes.axvspan(1e-4, 1, color="#eef5ee", zorder=0)
    axes.axvline(1, color="#7a9a7a", lw=1)
    for name, look in LOOK.items():
        points = [(times[name], i) for i, (_, times) in enumerate(ratios) if name in times]
        if points:
            axes.scatter(*zip(*points, strict=True), zorder=3, **look)
    axes.set_yticks(range(len(ratios)), [title for title, _ in ratios])
    axes.set_ylim(len(ratios) - 0.5, -0.5)
    axes.set_xscale("log")
    values = [value for _, times in ratios for value in times.values()]
    axes.set_xlim(min(0.2, *values) * 0.8, max(5.0, *values) * 1.25)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    figure_.supxlabel(
        "time ÷ time of the fastest peer (JAX, PyTorch, HIPS autograd); less is faster", fontsize=8
    )
    axes.grid(axis="both", color="#e6e6e6", lw=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    figure_.legend(loc="outside upper right", ncols=7, frameon=False)
    figure_.savefig(path, metadata={"Date": None})
    plt.close(figure_)


def main() -> int:
    """Read the results, write the page's parts and the picture."""
    parser = argparse.ArgumentParser(description="Write docs/benchmarks.md's tables and its picture.")
    parser.add_argument("--json", type=Path, metavar="FOLDER", default=RESULTS, help="where the results lie")
    folder = parser.parse_args().json
    order = [*MODULES, *SCRIPTS]
    found = [load(path) for path in sorted(folder.glob("*.json")) if path.stem.partition(".")[0] in order]
    page = Page(sorted(found, key=lambda each: (order.index(each.section), each.cores)))

    def filled(match: re.Match[str]) -> str:
        name = match["name"]
        return f"<!-- measured: {name} -->\n\n{page.part(name)}\n\n<!-- end -->"

    PAGE.write_text(PART.sub(filled, PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    if ratios := list(page.ratios()):
        draw(ratios, PICTURE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
