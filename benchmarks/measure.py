"""Measure one section: ``python benchmarks/run.py SECTION`` starts this in the peers' environment."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator

from harness import Effort, Table, cores, options, report, settle
from peers import Work, table
from sections import MODULES


def main() -> int:
    """Measure the section asked for, print its tables."""
    settle()
    parser = options("Measure one section of the benchmarks.")
    parser.add_argument("section", choices=MODULES)
    arguments = parser.parse_args()
    if arguments.cpu_time and cores() > 1:
        parser.error("--cpu-time adds up the time of all threads: it measures one core only.")
    section = getattr(importlib.import_module(MODULES[arguments.section]), arguments.section)
    effort = Effort(
        arguments.rounds,
        budget=arguments.budget,
        slow=arguments.slow,
        quick=arguments.quick,
        cpu=arguments.cpu_time,
    )

    def tables() -> Iterator[Table]:
        for found in section(effort):
            yield table(found, effort) if isinstance(found, Work) else found

    return report(tables(), arguments)


if __name__ == "__main__":
    sys.exit(main())
