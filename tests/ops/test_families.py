"""Families that are read when one of their ops is needed: what the table promises is what they declare."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from funcgrad._src.ops.families import LATER, find, find_named, read, read_all
from funcgrad._src.ops.tables import NAMES, function_at

NAMED = [(family, f"numpy.{name}") for family, names in LATER.items() for name in names.split()]


def test_every_name_stands_once_and_in_order() -> None:
    assert list(LATER) == sorted(LATER)
    assert len(NAMED) == len({path for _, path in NAMED})
    for names in LATER.values():
        assert names.split() == sorted(names.split())


@pytest.mark.parametrize("family", LATER)
def test_a_family_declares_what_the_table_says(family: str) -> None:
    read(family)
    module = f"funcgrad._src.ops.{family}"
    declared = {path.removeprefix("numpy.") for path, op in NAMES.items() if op.__module__ == module}
    assert declared == set(LATER[family].split())


@pytest.mark.parametrize("path", [path for _, path in NAMED])
def test_a_function_is_found_by_path_and_by_itself(path: str) -> None:
    op = find_named(path)
    assert callable(op)
    function = function_at(path)
    assert function is None or find(function) is op


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
