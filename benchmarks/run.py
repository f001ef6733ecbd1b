"""Run benchmarks beside their peers, in an environment of their own.

    python3 benchmarks/run.py                      every benchmark of the CPU
    python3 benchmarks/run.py eager import_time    some of them
    python3 benchmarks/run.py eager --check        compare with the stated targets, exit 1 if one is missed
    python3 benchmarks/run.py --json out           also write out/<benchmark>.json

The environment (``.bench-venv`` beside the checkout's files, ignored by git) is made on the first run from
``peers.txt`` and made again when that file changes. Each benchmark runs in a process of its own; funcgrad
itself comes from the checkout. Needs nothing but the standard library to start.
"""

from __future__ import annotations

import argparse
import itertools
import os
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
ENVIRONMENT = ROOT / ".bench-venv"
PEERS = HERE / "peers.txt"
NAMES = ("eager", "import_time", "routes", "strong_zero")


def requirements() -> list[str]:
    """Return the lines of ``peers.txt`` that name a package."""
    lines = (line.split("#")[0].strip() for line in PEERS.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line]


def environment_python() -> Path:
    """Return the interpreter of the peers' environment."""
    return ENVIRONMENT / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def set_up() -> Path:
    """Make the peers' environment if it is missing or out of date; return its interpreter.

    A peer that cannot be installed is named and left out: its rows are then empty.
    """
    python, stamp = environment_python(), ENVIRONMENT / "peers.stamp"
    wanted = "\n".join(requirements())
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
        return python
    print(f"setting up {ENVIRONMENT.name} with {', '.join(requirements())}", file=sys.stderr)
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


def parse(arguments: list[str]) -> tuple[list[str], Path | None, list[str]]:
    """Split the command line into names, the folder for JSON, and the options that are handed on."""
    names = list(itertools.takewhile(lambda word: not word.startswith("-"), arguments))
    parser = argparse.ArgumentParser(
        description="Run funcgrad's benchmarks beside their peers; other options go to each benchmark.",
        usage=f"run.py [{' | '.join(NAMES)} ...] [--json FOLDER] [options of the benchmarks]",
    )
    parser.add_argument("--json", type=Path, metavar="FOLDER", help="write FOLDER/<benchmark>.json as well")
    known, rest = parser.parse_known_args(arguments[len(names) :])
    unknown = [name for name in names if name not in NAMES]
    if unknown:
        parser.error(f"no benchmark is called {', '.join(unknown)}; there are {', '.join(NAMES)}")
    return names or list(NAMES), known.json, rest


def main(arguments: list[str]) -> int:
    """Set up, run each benchmark, return the worst exit status."""
    names, folder, rest = parse(arguments)
    python = set_up()
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
    worst = 0
    for name in names:
        extra = ["--json", str(folder.resolve() / f"{name}.json")] if folder else []
        command = [str(python), str(HERE / f"{name}.py"), *rest, *extra]
        worst = max(worst, abs(subprocess.run(command, check=False).returncode))
    return worst


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
