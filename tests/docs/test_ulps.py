"""The guide's table of errors in units in the last place is that of the tests' cases."""

from __future__ import annotations

import re

import pytest

pytest.importorskip("llvmlite")
pytest.importorskip("scipy")

from tests.compile.llvm import elementary_cases, special_cases
from tests.compile.llvm.vector_maths import Case
from tests.house.source import ROOT

PAGE = ROOT / "docs" / "guide" / "jit.md"
ROW = re.compile(r"^\| (`.+`) \| ([\d.]+) \| ([\d.]+) \| (all|a sample) \|$", re.MULTILINE)
CASES = [*elementary_cases.CASES, *special_cases.CASES]
Row = tuple[float, float, str]


def rows(text: str) -> list[tuple[str, Row]]:
    """The functions with their bounds, and which float32 they are tried on."""
    return [
        (name, (float(single), float(double), tried))
        for names, single, double, tried in ROW.findall(text)
        for name in re.findall(r"`(\w+)`", names)
    ]


def row_of(case: Case) -> Row:
    return (*case.bounds, "all" if case.arity == 1 else "a sample")


def test_the_table_is_that_of_the_cases() -> None:
    assert sorted(rows(PAGE.read_text(encoding="utf-8"))) == sorted([(c.name, row_of(c)) for c in CASES])


def test_another_bound_is_noticed() -> None:
    assert rows("| `exp`, `sin` | 1.2 | 1 | all |\n") == [("exp", (1.2, 1, "all")), ("sin", (1.2, 1, "all"))]
    assert rows("| `exp` | 1.2 | all |") == []
