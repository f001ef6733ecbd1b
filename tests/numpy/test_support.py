"""Every public function of NumPy and of scipy.special is in exactly one class, and what works is tested."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest
import scipy.special

import funcgrad.numpy as fnp
from funcgrad._src.ops import refused, special_refused
from funcgrad._src.ops.support import CLASSES, classes, op_of, public_callables
from tests.ops.coverage import rows_by_function

REFUSED: dict[ModuleType, dict[str, tuple[str, str]]] = {
    np: refused.REFUSED,
    np.linalg: {},
    np.fft: {},
    scipy.special: special_refused.REFUSED,
}
MODULES = pytest.mark.parametrize("module", REFUSED, ids=lambda module: module.__name__)


@MODULES
def test_every_function_is_in_one_class(module: ModuleType) -> None:
    found = classes(module, REFUSED[module])
    assert {name: claims for name, claims in found.items() if len(claims) != 1} == {}
    assert {claims[0] for claims in found.values()} <= set(CLASSES)


@MODULES
def test_a_function_that_nobody_knows_is_noticed(module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "brand_new", lambda x: x, raising=False)
    monkeypatch.setattr(module, "__all__", [*public_callables(module), "brand_new"], raising=False)
    assert classes(module, REFUSED[module])["brand_new"] == []


@pytest.mark.parametrize(
    ("module", "least"),
    [(np, 250), (np.linalg, 29), (np.fft, 16), (scipy.special, 70)],
    ids=lambda given: getattr(given, "__name__", str(given)),
)
def test_so_many_are_differentiable(module: ModuleType, least: int) -> None:
    found = classes(module, REFUSED[module])
    assert sum(claims == ["differentiable"] for claims in found.values()) >= least


@MODULES
def test_what_works_stands_in_a_row(module: ModuleType) -> None:
    """Aliases count with the function that they are: ``np.concat`` with ``np.concatenate``."""
    rows = rows_by_function()
    tested = {id(op_of(module, path.rpartition(".")[2])) for path in rows if is_of(path, module)}
    missing = [
        name
        for name, claims in classes(module, REFUSED[module]).items()
        if claims[0] in ("differentiable", "discrete") and id(op_of(module, name)) not in tested
    ]
    assert missing == []


def is_of(path: str, module: ModuleType) -> bool:
    """Whether a path is that of a function of the module."""
    space, _, name = path.rpartition(".")
    return space == module.__name__ and hasattr(module, name)


def test_no_name_of_numpys_is_missing() -> None:
    assert [name for name in public_callables(np) if name not in fnp.__all__] == []
    assert [name for name in public_callables(np) if not hasattr(fnp, name)] == []


def test_every_refusal_has_a_reason_and_an_alternative() -> None:
    for refusals in REFUSED.values():
        for name, (reason, instead) in refusals.items():
            assert reason.endswith("."), name
            assert len(reason.split()) >= 4, name
            assert len(instead.split()) >= 3, name
            assert not instead.endswith("."), name
