"""The strategies draw what they promise, and all transformations agree about random programs."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from funcgrad._src.base.errors import MissingExtraError
from funcgrad.testing import Program, Step, arrays, check_program, programs, pytrees, shapes
from funcgrad.tree import leaves


@given(shapes(min_dims=1, max_dims=2, min_side=0, max_side=3))
def test_shapes_are_within_their_bounds(shape: tuple[int, ...]) -> None:
    assert 1 <= len(shape) <= 2
    assert all(0 <= n <= 3 for n in shape)


@given(arrays((2, 3), "complex64", low=-1.0, high=1.0, avoid=[0.0], margin=0.1))
def test_arrays_keep_their_distance(x: np.ndarray) -> None:
    assert (x.shape, x.dtype) == ((2, 3), np.complex64)
    for part in (x.real, x.imag):
        assert np.all((np.abs(part) >= 0.0999) & (np.abs(part) <= 1.0))


@given(pytrees(arrays((2,))))
def test_pytrees_have_the_leaves_asked_for(tree: Any) -> None:
    assert all(leaf.shape == (2,) for leaf in leaves(tree))


@settings(max_examples=40)
@given(programs())
def test_random_programs(program: Program) -> None:
    check_program(program)


def test_a_program_prints_as_its_source() -> None:
    steps = (Step("np.sin({0})", np.sin, 1), Step("{0} + {1}", np.add, 2))
    program = Program((np.ones(2),), ((steps[0], (0,)), (steps[1], (0, 1))))
    assert repr(program) == (
        "def program(v0: float64[2]):\n    v1 = np.sin(v0)\n    v2 = v0 + v1\n    return v2"
    )


@pytest.mark.parametrize("strategy", [shapes, arrays, pytrees, programs])
def test_hypothesis_is_asked_for_by_its_extra(strategy: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> Any:
        raise ImportError(f"No module named {name!r}")

    monkeypatch.setattr(importlib, "import_module", absent)
    with pytest.raises(MissingExtraError) as caught:
        strategy()
    assert caught.value.hint == "pip install 'funcgrad[test]'"
