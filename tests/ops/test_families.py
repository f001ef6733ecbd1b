"""Families that are read when one of their ops is needed: what the table promises is what they declare."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
import scipy.special

from funcgrad._src.ops.families import LATER, SPECIAL, find, find_named, late_ufunc, read, read_all
from funcgrad._src.ops.tables import NAMES, UFUNCS, function_at
from funcgrad._src.ops.ufunc import Ufunc

NAMED = [(family, f"numpy.{name}") for family, names in LATER.items() for name in names.split()]
SCIPYS = [(family, f"scipy.special.{name}") for family, names in SPECIAL.items() for name in names.split()]


@pytest.mark.parametrize(("table", "named"), [(LATER, NAMED), (SPECIAL, SCIPYS)], ids=["NumPy", "SciPy"])
def test_every_name_stands_once_and_in_order(table: dict[str, str], named: list[tuple[str, str]]) -> None:
    assert list(table) == sorted(table)
    assert len(named) == len({path for _, path in named})
    for names in table.values():
        assert names.split() == sorted(names.split())


def family_of(op: Any) -> str:
    family: str = op.primitive.family if isinstance(op, Ufunc) else op.__module__.rpartition(".")[2]
    return family


@pytest.mark.parametrize("family", SPECIAL)
def test_a_family_of_special_functions_declares_what_the_table_says(family: str) -> None:
    read(family)
    ops = {path: op for path, op in NAMES.items() if path.startswith("scipy.")}
    declared = {path.rpartition(".")[2] for path, op in ops.items() if family_of(op) == family}
    assert declared <= set(SPECIAL[family].split())
    # What the installed SciPy does not have cannot be declared.
    assert not [name for name in set(SPECIAL[family].split()) - declared if hasattr(scipy.special, name)]


@pytest.mark.parametrize("path", [path for _, path in SCIPYS if hasattr(scipy.special, path[14:])])
def test_a_special_function_is_found_by_path_and_by_its_ufunc(path: str) -> None:
    function, op = getattr(scipy.special, path[14:]), find_named(path)
    assert callable(op)
    assert not isinstance(function, np.ufunc) or UFUNCS[function] is late_ufunc(function) is op


@pytest.mark.parametrize("family", LATER)
def test_a_family_declares_what_the_table_says(family: str) -> None:
    read(family)
    module = f"funcgrad._src.ops.{family}"
    declared = {path.removeprefix("numpy.") for path, op in NAMES.items() if op.__module__ == module}
    assert declared == set(LATER[family].split())


@pytest.mark.parametrize("path", [path for _, path in NAMED])
def test_a_function_is_found_by_path_and_by_itself(path: str) -> None:
    op, function = find_named(path), function_at(path)
    assert callable(op) is callable(function)
    assert not hasattr(function, "__name__") or find(function) is op  # np.r_ is no function


def test_what_nobody_declares_is_not_found() -> None:
    assert find(np.show_config) is None
    assert find_named("numpy.show_config") is None


SCRIPT = """
import sys, numpy as np, funcgrad.numpy
from funcgrad import grad, make_jaxpr
from funcgrad.extend import find_primitive
module = "funcgrad._src.ops.determinants"
assert module not in sys.modules
{use}
assert module in sys.modules
"""


@pytest.mark.parametrize(
    "use",
    [
        "assert grad(np.linalg.det)(np.eye(2)).tolist() == [[1.0, 0.0], [0.0, 1.0]]",
        "funcgrad.numpy.linalg.det",
        "from funcgrad.numpy.linalg import det",
        "find_primitive('det')",
    ],
)
def test_a_family_is_read_when_it_is_needed(use: str) -> None:
    subprocess.run([sys.executable, "-c", SCRIPT.format(use=use)], check=True)


def test_reading_all_reads_all() -> None:
    read_all()
    assert all(f"funcgrad._src.ops.{family}" in sys.modules for family in LATER)
