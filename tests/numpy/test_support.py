"""Every public function of NumPy, scipy.special, scipy.linalg is in one class, and what works is tested."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest
import scipy.linalg
import scipy.special

import funcgrad.numpy as fnp
from funcgrad._src.ops import linalg_refused, refused, special_refused
from funcgrad._src.ops.missing import REFUSED_METHODS
from funcgrad._src.ops.support import CLASSES, classes, method_classes, op_of, public_callables
from tests.ops.coverage import ops_in_rows

REFUSED: dict[ModuleType, dict[str, tuple[str, str]]] = {
    np: refused.REFUSED,
    np.linalg: {},
    np.fft: {},
    scipy.special: special_refused.REFUSED,
    scipy.linalg: linalg_refused.REFUSED,
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


KINDS = pytest.mark.parametrize("kind", [np.ndarray, np.ufunc], ids=lambda kind: kind.__name__)


@KINDS
def test_every_method_is_in_one_class(kind: type) -> None:
    found = method_classes(kind)
    assert {name: claims for name, claims in found.items() if len(claims) != 1} == {}
    assert {claims[0] for claims in found.values()} <= set(CLASSES)


def differentiable(found: dict[str, list[str]]) -> int:
    return sum(claims == ["differentiable"] for claims in found.values())


@pytest.mark.parametrize(
    ("module", "least"),
    [(np, 230), (np.linalg, 29), (np.fft, 16), (scipy.special, 70)],
    ids=lambda given: getattr(given, "__name__", str(given)),
)
def test_so_many_functions_are_differentiable(module: ModuleType, least: int) -> None:
    assert differentiable(classes(module, REFUSED[module])) >= least


def test_so_many_functions_and_methods_of_numpy_are_differentiable() -> None:
    methods = sum(differentiable(method_classes(kind)) for kind in (np.ndarray, np.ufunc))
    assert differentiable(classes(np)) + methods >= 250


@MODULES
def test_what_works_stands_in_a_row(module: ModuleType) -> None:
    """Aliases count with the function that they are: ``np.concat`` with ``np.concatenate``."""
    missing = [
        name
        for name, claims in classes(module, REFUSED[module]).items()
        if claims[0] in ("differentiable", "discrete") and id(op_of(module, name)) not in ops_in_rows()
    ]
    assert missing == []


def test_no_name_of_numpys_is_missing() -> None:
    assert [name for name in public_callables(np) if name not in fnp.__all__] == []
    assert [name for name in public_callables(np) if not hasattr(fnp, name)] == []


def test_every_refusal_has_a_reason_and_an_alternative() -> None:
    for refusals in (*REFUSED.values(), REFUSED_METHODS):
        for name, (reason, instead) in refusals.items():
            assert reason.endswith("."), name
            assert len(reason.split()) >= 4, name
            assert len(instead.split()) >= 3, name
            assert not instead.endswith("."), name
