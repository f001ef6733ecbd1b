"""Eager overhead beside other libraries: chains of small operations, and steps of small networks.

Each section can be run alone:

    python3 benchmarks/run.py eager
    python3 benchmarks/run.py eager --only networks --rounds 50
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from chains import array_chain, deep_chain, dispatch, mixed_chain, scalar_chain
from harness import Effort, Table, one_core, options, report
from networks import networks

SECTIONS = {
    part.__name__: part for part in (scalar_chain, array_chain, mixed_chain, deep_chain, networks, dispatch)
}


def main() -> int:
    """Measure the sections asked for, print their tables."""
    one_core()
    parser = options("Eager overhead and network steps beside other libraries.")
    parser.add_argument("--only", nargs="+", choices=SECTIONS, default=list(SECTIONS), help="sections to run")
    arguments = parser.parse_args()

    def tables() -> Iterator[Table]:
        for name in arguments.only:
            yield from SECTIONS[name](Effort(rounds=arguments.rounds))

    return report(tables(), arguments)


if __name__ == "__main__":
    sys.exit(main())
