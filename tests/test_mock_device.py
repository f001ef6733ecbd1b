"""The mock device refuses what CuPy refuses, and counts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.mock_device import MockArray, counting, to_mock, xp

REFUSED: dict[str, tuple[type[Exception], Callable[[MockArray], Any]]] = {
    "np.asarray": (TypeError, np.asarray),
    "np.array in a list": (TypeError, lambda x: np.array([x, x])),
    "plus a host array": (TypeError, lambda x: x + np.ones(3)),
    "host array plus": (TypeError, lambda x: np.ones(3) + x),
    "in place with a host array": (TypeError, lambda x: x.__iadd__(np.ones(3))),
    "ufunc with a host array": (TypeError, lambda x: np.maximum(x, np.ones(3))),
    "function with a host array": (TypeError, lambda x: np.dot(x, np.ones(3))),
    "host array in a list": (TypeError, lambda x: np.concatenate([x, np.ones(3)])),
    "written from the host": (TypeError, lambda x: x.__setitem__(0, np.ones(()))),
    "another device": (ValueError, lambda x: x + to_mock(np.ones(3), 1)),
    "another device in a list": (ValueError, lambda x: np.stack([x, to_mock(np.ones(3), 1)])),
}


@pytest.mark.parametrize("name", REFUSED)
def test_it_refuses(name: str) -> None:
    error, call = REFUSED[name]
    with pytest.raises(error):
        call(to_mock(np.arange(3.0)))


def test_results_are_arrays_of_the_device_never_scalars() -> None:
    x = to_mock(np.arange(3.0), 1)
    results = (x.sum(), x[0], np.sum(x), np.dot(x, x), xp.max(x), x[0] * 2, np.float64(2) * x[1], 2.0 * x)
    for result in results:
        assert isinstance(result, MockArray)
        assert result.device.id == 1


def test_views_know_their_base_and_share_memory() -> None:
    x = to_mock(np.arange(6.0))
    y = x.reshape(2, 3).T
    y[2, 1] = 9.0
    assert y.base is x
    assert x.base is None
    assert float(x[5]) == 9.0
    assert x.copy().base is None


def test_launches_and_syncs_are_counted_and_views_launch_nothing() -> None:
    x = to_mock(np.arange(6.0))
    with counting() as counted:
        float((np.sin(x) * 2).reshape(2, 3)[0, 1])
    assert {key: n for key, n in counted.items() if n} == {"launches": 2, "syncs": 1}


def test_a_device_scope_decides_where_new_arrays_live() -> None:
    place = to_mock(1.0, 1).device
    with place:
        assert xp.zeros(3).device.id == 1
    assert xp.zeros(3).device.id == 0
