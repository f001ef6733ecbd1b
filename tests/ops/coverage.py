"""Which functions of the public namespaces the rows of the op table call."""

from __future__ import annotations

import functools
import sys
import warnings
from collections import defaultdict
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import funcgrad.numpy as fnp
from funcgrad._src.ops.families import read_all
from funcgrad._src.ops.support import op_of
from tests.ops import linalg_namespace, special_namespace
from tests.ops.case import Case
from tests.ops.rows import ROWS, operands


class Recorder:
    """A namespace that notes what is asked of it, and of the namespaces in it."""

    def __init__(self, module: ModuleType, prefix: str, seen: set[str]) -> None:
        self._module = module
        self._prefix = prefix
        self._seen = seen

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._module, name)
        if isinstance(value, ModuleType):
            return Recorder(value, f"{self._prefix}.{name}", self._seen)
        self._seen.add(f"{self._prefix}.{name}")
        return value


@functools.cache
def rows_by_function() -> dict[str, list[Case]]:
    """The rows that call a function, by its path: ``numpy.linalg.svd``, ``scipy.special.erf``."""
    found: dict[str, list[Case]] = defaultdict(list)
    with pytest.MonkeyPatch.context() as patch, np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for case in ROWS:
            seen: set[str] = set()
            patch.setattr(special_namespace, "ours", Recorder(special_namespace.ours, "scipy.special", seen))
            patch.setattr(linalg_namespace, "ours", Recorder(linalg_namespace.ours, "scipy.linalg", seen))
            case.call(Recorder(fnp, "numpy", seen), *operands(case))
            patch.undo()
            for path in seen:
                found[path].append(case)
    return found


@functools.cache
def ops_in_rows() -> dict[int, bool]:
    """The ops that rows call, by identity: aliases are one; and whether a row runs them on a device."""
    read_all()
    found: dict[int, bool] = {}
    for path, cases in rows_by_function().items():
        space, _, name = path.rpartition(".")
        if hasattr(sys.modules[space], name):
            op = id(op_of(sys.modules[space], name))
            found[op] = found.get(op, False) or any(case.device for case in cases)
    return found
