"""The words of the house: the project speaks of itself alone, and calls things by one name each.

No paths of somebody's machine, no word of how it came about; a tracer is no box, an equation no node.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.house.source import PACKAGE, ROOT, forbidden_names

UNWANTED = re.compile(
    r"""
      (?<!scope=")\bsessions?\b                            # pytest's fixture scope is the one exception
    | (?<![\w./])/(?:work|root|home|Users|opt/pypi)\b      # paths of a machine
    | (?<![\w.])/tmp/\w
    | \bextra-index-url\b
    | \bissues?\ \#?\d                                     # a number says nothing to a reader of the code
    """,
    re.VERBOSE | re.IGNORECASE,
)
SKIP_FOLDERS = {".git", ".venv", ".hypothesis", "__pycache__", "_build", "_generated", "build", "dist"}


def text_files() -> list[Path]:
    """The files under version control, or, in an unpacked archive, all files."""
    if (ROOT / ".git").exists() and (git := shutil.which("git")):
        listed = subprocess.run([git, "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
        files = [ROOT / name for name in listed.stdout.split("\0") if name]
    else:
        files = [path for path in ROOT.rglob("*") if not SKIP_FOLDERS & set(path.relative_to(ROOT).parts)]
    return [path for path in files if path.is_file() and path != Path(__file__)]


def unwanted(name: str, data: bytes) -> list[str]:
    """A complaint for each line with an unwanted word; data that is no text has none."""
    if b"\0" in data:
        return []
    lines = data.decode("utf-8").splitlines()
    return [
        f"{name}:{number}: {line.strip()}" for number, line in enumerate(lines, 1) if UNWANTED.search(line)
    ]


def test_there_are_files_to_read() -> None:
    assert ROOT / "pyproject.toml" in text_files()


def test_no_file_has_unwanted_words() -> None:
    files = [(path.relative_to(ROOT).as_posix(), path.read_bytes()) for path in text_files()]
    assert [complaint for name, data in files for complaint in unwanted(name, data)] == []


@pytest.mark.parametrize(
    "line",
    [
        "in this session",
        "Sessions",
        "see /work/notes",
        "cd /tmp/venv",
        "/home/ada/x.py",
        "(/root/x)",
        "Issue 12",
        "issue #3",
    ],
)
def test_an_unwanted_word_is_noticed(line: str) -> None:
    assert unwanted("x.md", f"fine\n{line}\n".encode()) == [f"x.md:2: {line}"]


@pytest.mark.parametrize(
    "line",
    [
        '@pytest.fixture(scope="session")',
        "obsession",
        "docs/work/x.md",
        "an issue of taste",
        "https://a.b/home",
    ],
)
def test_a_harmless_line_is_not(line: str) -> None:
    assert unwanted("x.md", line.encode()) == []


# A traced value is a tracer, an equation an equation, what a rule keeps residuals; traces have no levels.
FORBIDDEN = {"box", "ctx", "node", "level"}
OF_TREES = {"node_type", "make_node"}  # pytrees do have nodes
FLOORS = ("core", "ir", "ops", "compile", "transforms")


def test_the_machine_uses_the_words_of_the_house() -> None:
    files = [path for floor in FLOORS for path in (PACKAGE / "_src" / floor).rglob("*.py")]
    assert files
    complaints = [
        complaint
        for path in sorted(files)
        for complaint in forbidden_names(
            path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"), FORBIDDEN, OF_TREES
        )
    ]
    assert complaints == []


@pytest.mark.parametrize(
    "line", ["box = 1", "x.ctx", "def f(node): ...", "class GraphNode: ...", "f(level=2)", "import a as node"]
)
def test_a_word_of_other_houses_is_noticed(line: str) -> None:
    assert forbidden_names("x.py", line, FORBIDDEN) != []


@pytest.mark.parametrize(
    "line", ["boxes = 1", "'node'", "# level", "levels = unlevelled", "treedef.node_type"]
)
def test_words_that_only_look_like_them_are_not(line: str) -> None:
    assert forbidden_names("x.py", line, FORBIDDEN, OF_TREES) == []
