"""Run benchmarks beside their peers, in an environment of their own.

    python3 benchmarks/run.py                        everything for the CPU, then the tables and the picture
    python3 benchmarks/run.py networks --rounds 50   a group or a section (`--list` shows them)
    python3 benchmarks/run.py large --cores 2        on two cores
    python3 benchmarks/run.py networks --check       compare with the stated targets, exit 1 if one is missed
    python3 benchmarks/run.py --quick                without PyTorch's compiler, which takes most of the time
    python3 benchmarks/run.py --slow                 also what takes a peer minutes to compile

The environment (``.bench-venv`` beside the checkout's files, ignored by git) is made on the first run from
``peers.txt`` and filled up when that file changes. Each section runs in a process of its own; funcgrad
itself comes from the checkout. What is measured is written into ``benchmarks/results``, from which
``report.py`` writes the tables and the picture of ``docs/benchmarks.md``. Needs nothing but the standard
library to start.
"""

from __future__ import annotations

import argparse
import itertools
import os
import subprocess
import sys
import venv
from pathlib import Path

from sections import GROUPS, MODULES, SCRIPTS, expand, names

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
ENVIRONMENT = ROOT / ".bench-venv"
PEERS = HERE / "peers.txt"
RESULTS = HERE / "results"
ON_TWO_CORES = "large"


def requirements() -> list[str]:
    """Return the lines of ``peers.txt`` that name a package."""
    lines = (line.split("#")[0].strip() for line in PEERS.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line]


def environment_python() -> Path:
    """Return the interpreter of the peers' environment."""
    return ENVIRONMENT / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def set_up() -> Path:
    """Make the peers' environment if it is missing, fill it up if it is out of date; return its interpreter.

    A peer that cannot be installed is named and left out: its rows are then empty.
    """
    python, stamp = environment_python(), ENVIRONMENT / "peers.stamp"
    wanted = "\n".join(requirements())
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
        return python
    print(f"setting up {ENVIRONMENT.name} with {', '.join(requirements())}", file=sys.stderr)
    if not python.is_file():
        venv.create(ENVIRONMENT, clear=True, symlinks=os.name != "nt", with_pip=True)
    missing = [name for name in requirements() if not install(python, name)]
    if missing:
        print("left out, since they could not be installed:", *missing, file=sys.stderr)
        print(f"to try again, delete {ENVIRONMENT.name}", file=sys.stderr)
    stamp.write_text(wanted, encoding="utf-8")
    return python


def install(python: Path, requirement: str) -> bool:
    """Install one requirement; return whether it worked."""
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", requirement]
    return subprocess.run(command, check=False).returncode == 0


def parse(arguments: list[str]) -> tuple[list[str], argparse.Namespace, list[str]]:
    """Split the command line into the names asked for, our options, and those that are handed on."""
    asked = list(itertools.takewhile(lambda word: not word.startswith("-"), arguments))
    parser = argparse.ArgumentParser(
        description="Run funcgrad's benchmarks beside their peers; other options go to each of them.",
        usage="run.py [group or section ...] [--json FOLDER] [--cores N] [--list] [more options]",
    )
    parser.add_argument("--json", type=Path, metavar="FOLDER", default=RESULTS, help="where results go")
    parser.add_argument("--cores", type=int, default=1, help="cores to measure on (default 1)")
    parser.add_argument("--list", action="store_true", help="list groups and sections, and stop")
    known, rest = parser.parse_known_args(arguments[len(asked) :])
    unknown = [name for name in asked if not expand(name)]
    if unknown:
        parser.error(f"no benchmark is called {', '.join(unknown)}; there are {', '.join(names())}")
    return asked, known, rest


def listing() -> str:
    """Return the groups with their sections, a group a line."""
    lines = [f"{name}: {', '.join(expand(name))}" for name in GROUPS]
    return "\n".join([*lines, *SCRIPTS])


def plan(asked: list[str], cores: int) -> list[tuple[str, int]]:
    """Return the sections to run with their numbers of cores: everything, the large ones twice, if none."""
    wanted = asked or [*GROUPS, *SCRIPTS]
    found = [(section, cores) for section in dict.fromkeys(s for name in wanted for s in expand(name))]
    if not asked and cores == 1 and (os.cpu_count() or 1) > 1:
        found += [(section, 2) for section in expand(ON_TWO_CORES)]
    return found


def command(python: Path, section: str, cores: int, folder: Path, rest: list[str]) -> list[str]:
    """Return the command that measures a section and writes its results."""
    script = ["measure.py", section] if section in MODULES else [f"{section}.py"]
    file = folder.resolve() / (f"{section}.json" if cores == 1 else f"{section}.{cores}.json")
    options = ["--cores", str(cores), "--json", str(file), *rest]
    return [str(python), str(HERE / script[0]), *script[1:], *options]


def main(arguments: list[str]) -> int:
    """Set up, run each section, write the report if all of them ran; return the worst exit status."""
    asked, known, rest = parse(arguments)
    if known.list:
        print(listing())
        return 0
    python = set_up()
    known.json.mkdir(parents=True, exist_ok=True)
    worst = 0
    for section, cores in plan(asked, known.cores):
        print(f"== {section}", flush=True)
        done = subprocess.run(command(python, section, cores, known.json, rest), check=False)
        worst = max(worst, abs(done.returncode))
    if not asked:
        subprocess.run([str(python), str(HERE / "report.py"), "--json", str(known.json)], check=False)
    return worst


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
