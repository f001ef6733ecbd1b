"""The methods of ndarray and of ufuncs on traced values: NumPy's values, derivatives, refusals by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from funcgrad import grad, jvp, vjp
from funcgrad._src.ops.missing import REFUSED_METHODS
from funcgrad._src.ops.support import method_classes
from funcgrad._src.tree import flatten
from funcgrad.errors import FuncgradError
from funcgrad.testing import check_grads
from tests.mock_device import MockArray, counting, to_mock
from tests.ops.rows import assert_same

X = np.random.default_rng(3).uniform(0.3, 2.0, (3, 4)) * np.array([1.0, -1.0, 1.0, 1.0])


def changed(name: str, *args: Any) -> Callable[[Any], Any]:
    """The array after a method that writes into it."""

    def call(x: Any) -> Any:
        y = x * 2.0
        assert getattr(y, name)(*args) is None
        return y

    return call


def put(x: Any) -> Any:
    y = x * 1.0
    y.put([0, -1], x[1, :2] * 3.0)
    return y


def fill(x: Any) -> Any:
    y = x * 1.0
    y[1].fill(x[0, 0] * 3.0)
    return y


def written_at(x: Any) -> Any:
    y = x * 1.0
    np.multiply.at(y, [0, 2, 0], x[1])
    return y


CALLS: dict[str, Callable[[Any], Any]] = {
    "all": lambda x: x.all(axis=0),
    "any": lambda x: x.any(1, keepdims=True),
    "argmax": lambda x: x.argmax(axis=-1),
    "argmin": lambda x: x.argmin(),
    "argpartition": lambda x: x.argpartition(1, axis=0),
    "argsort": lambda x: x.argsort(axis=0),
    "astype": lambda x: x.astype(np.complex128) * 1j,
    "choose": lambda x: (x * 0.0).astype(int)[0].choose([x[1], x[2]]),
    "clip": lambda x: x.clip(-0.5, 1.1),
    "compress": lambda x: x.compress([True, False, True], axis=0),
    "conj": lambda x: (x * 1j).conj(),
    "conjugate": lambda x: (x * 1j).conjugate(),
    "copy": lambda x: x.copy(),
    "cumprod": lambda x: x.cumprod(axis=1),
    "cumsum": lambda x: x.cumsum(),
    "diagonal": lambda x: x.diagonal(1),
    "dot": lambda x: x.dot(x.T),
    "fill": fill,
    "flatten": lambda x: x.flatten("F"),
    "max": lambda x: x.max(axis=0),
    "mean": lambda x: x.mean(axis=1, keepdims=True),
    "min": lambda x: x.min(),
    "nonzero": lambda x: x.nonzero(),
    "partition": changed("partition", 1),
    "prod": lambda x: x.prod(axis=1),
    "put": put,
    "ravel": lambda x: x.ravel(),
    "repeat": lambda x: x.repeat(2, axis=1),
    "reshape": lambda x: x.reshape(2, -1),
    "round": lambda x: x.round(1),
    "searchsorted": lambda x: x[0].cumsum().searchsorted(x),
    "sort": changed("sort", 0),
    "squeeze": lambda x: x[None].squeeze(0),
    "std": lambda x: x.std(axis=0, ddof=1),
    "sum": lambda x: x.sum(axis=0),
    "swapaxes": lambda x: x.swapaxes(0, 1),
    "take": lambda x: x.take([1, 0, 2, 1], axis=1),
    "transpose": lambda x: x.transpose(1, 0),
    "var": lambda x: x.var(),
}
UFUNC_CALLS: dict[str, Callable[[Any], Any]] = {
    "accumulate": lambda x: np.multiply.accumulate(x, axis=1),
    "at": written_at,
    "outer": lambda x: np.subtract.outer(x[0], x[:, 1]),
    "reduce": lambda x: np.multiply.reduce(x, axis=(0, 1)),
    "reduceat": lambda x: np.add.reduceat(x, [0, 2], axis=1),
}
ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "dump": ("file",),
    "getfield": (np.float64,),
    "resize": (12,),
    "setfield": (1.0, np.float64),
    "to_device": ("cpu",),
    "tofile": ("file",),
}
BOTH = {"ndarray": CALLS, "ufunc": UFUNC_CALLS}
EVERY = [(kind, name) for kind, calls in BOTH.items() for name in calls]


@pytest.mark.parametrize(("kind", "name"), EVERY)
def test_the_value_is_numpys(kind: str, name: str) -> None:
    call = BOTH[kind][name]
    expected = call(X)
    assert_same(vjp(call, X)[0], expected, "under vjp")
    assert_same(jvp(call, (X,), (X,))[0], expected, "under jvp")


@pytest.mark.parametrize(("kind", "name"), EVERY)
def test_the_derivatives_agree_with_differences(kind: str, name: str) -> None:
    claims = method_classes(getattr(np, kind))[name]
    if claims == ["differentiable"]:
        check_grads(BOTH[kind][name], (X,), order=2)
    else:
        assert claims == ["discrete"]
        weighed = grad(lambda x: (x * np.sum(BOTH[kind][name](x))).sum())
        np.testing.assert_array_equal(weighed(X), np.sum(BOTH[kind][name](X)) * np.ones_like(X))


@pytest.mark.parametrize(("kind", "name"), EVERY)
def test_on_a_device_nothing_crosses(kind: str, name: str) -> None:
    there = to_mock(X)
    with counting() as counted:
        out, pull = vjp(BOTH[kind][name], there)
        cotangents = pull(out) if method_classes(getattr(np, kind))[name] == ["differentiable"] else ()
    assert counted["to_host"] == 0
    assert {type(value) for value in flatten((out, cotangents))[0]} == {MockArray}


@pytest.mark.parametrize("kind", BOTH)
def test_every_method_that_works_is_called_here(kind: str) -> None:
    works = {
        n
        for n, claims in method_classes(getattr(np, kind)).items()
        if claims[0] not in ("refused", "metadata")
    }
    assert works == set(BOTH[kind])


@pytest.mark.parametrize("name", REFUSED_METHODS)
def test_the_others_are_refused_by_name(name: str) -> None:
    with pytest.raises(FuncgradError) as caught:
        grad(lambda x: (getattr(x, name)(*ARGUMENTS.get(name, ())), x.sum())[1])(X)
    assert name in caught.value.headline
    assert str(caught.value.hint).startswith(REFUSED_METHODS[name][1])
