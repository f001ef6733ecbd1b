"""Shapes beyond the op table: views under in-place code, orders that depend on layout, what is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from funcgrad import grad, jit, vmap
from funcgrad._src.base.errors import ArgumentError, MutationError, UnsupportedError

X = np.arange(1.0, 7.0)
Views = Callable[[Any], list[Any]]

VIEWS: dict[str, Views] = {
    "reshape": lambda y: [np.reshape(y, (2, 3))],
    "ravel": lambda y: [np.ravel(np.reshape(y, (2, 3)))],
    "transpose": lambda y: [np.transpose(np.reshape(y, (2, 3)))],
    "swapaxes": lambda y: [np.swapaxes(np.reshape(y, (1, 2, 3)), 0, 2)],
    "squeeze": lambda y: [np.squeeze(np.reshape(y, (1, 6, 1)))],
    "expand_dims": lambda y: [np.expand_dims(y, 0)],
    "atleast_2d": lambda y: [np.atleast_2d(y)],
    "flip": lambda y: [np.flip(y)],
    "rot90": lambda y: [np.rot90(np.reshape(y, (2, 3)))],
    "split": lambda y: np.split(y, [2, 5]),
    "hsplit": lambda y: np.hsplit(np.reshape(y, (2, 3)), 3),
}
if hasattr(np, "unstack"):  # NumPy 2.1
    VIEWS["rows"] = lambda y: list(np.unstack(np.reshape(y, (2, 3))))


def written(views: Views) -> Callable[[Any], Any]:
    """Write through every view, then into the base, then read both."""

    def run(x: Any) -> Any:
        y = x * 1.0
        parts = views(y)
        for k, part in enumerate(parts):
            part[...] = part * (k + 2.0)
        y[0] = y[0] * 5.0
        return sum(((k + 1) * part * part).sum() for k, part in enumerate(parts)) + (y * y * y).sum()

    return run


@pytest.mark.parametrize("name", VIEWS)
def test_a_write_through_a_view_has_numpys_effect(name: str) -> None:
    run = written(VIEWS[name])
    expected = np.array([(run(X + 1e-4 * e) - run(X - 1e-4 * e)) / 2e-4 for e in np.eye(6)])
    np.testing.assert_allclose(grad(run)(X), expected, rtol=1e-6)


@pytest.mark.parametrize("name", ["broadcast_to", "diagonal"])
def test_what_numpy_makes_read_only_is_read_only(name: str) -> None:
    def run(x: Any) -> Any:
        y = np.broadcast_to(x, (2, 6)) if name == "broadcast_to" else np.diagonal(np.reshape(x * 1.0, (2, 3)))
        y[0] = 1.0
        return y.sum()

    with pytest.raises(MutationError) as raised:
        grad(run)(X)
    assert "read-only" in raised.value.headline


def test_orders_by_layout_follow_the_array() -> None:
    matrix = np.asfortranarray(X.reshape(2, 3))
    weights = np.arange(6.0)
    for call in (lambda x: np.reshape(x, 6, order="A"), lambda x: np.ravel(x, order="K")):
        got = grad(lambda x, call=call: (weights * call(x * 1.0)).sum())(matrix)
        np.testing.assert_array_equal(got, weights.reshape(3, 2).T)


REFUSED: dict[str, tuple[type[Exception], Callable[[Any], Any]]] = {
    "a size that does not fit": (ArgumentError, lambda x: np.reshape(x, (4, 4))),
    "axes that are no permutation": (ArgumentError, lambda x: np.transpose(np.reshape(x, (2, 3)), (0, 0))),
    "an axis that is not one long": (ValueError, lambda x: np.squeeze(x, 0)),
    "an axis twice": (ValueError, lambda x: np.expand_dims(x, (0, 0))),
    "unequal sections": (ValueError, lambda x: np.split(x, 4)),
    "shapes that do not match": (ValueError, lambda x: np.concatenate([x, np.ones((2, 2))])),
    "0-d arrays in concatenate": (ValueError, lambda x: np.concatenate([np.sum(x), np.sum(x)])),
    "other shapes in stack": (ValueError, lambda x: np.stack([x, x[:2]])),
    "a negative width": (ValueError, lambda x: np.pad(x, -1)),
    "negative repeats": (ValueError, lambda x: np.repeat(x, -1)),
    "a copy that is needed": (ValueError, lambda x: np.reshape(x, (2, 3)).T.reshape(6, copy=False)),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_is_refused(what: str) -> None:
    error, call = REFUSED[what]
    with pytest.raises(error):
        grad(lambda x: np.sum(call(x)))(X)


@pytest.mark.parametrize("transform", [lambda f: jit(vmap(f)), vmap])
@pytest.mark.parametrize("call", [lambda x: np.reshape(x, 6, order="A"), lambda x: np.ravel(x, order="K")])
def test_orders_by_layout_need_a_layout(transform: Any, call: Callable[[Any], Any]) -> None:
    mapped = transform(lambda x: call(np.reshape(x, (2, 3)).T))
    with pytest.raises(UnsupportedError):
        mapped(np.stack([X, X]))


def test_reading_many_pieces_is_linear() -> None:
    def run(x: Any) -> Any:
        return np.concatenate(np.split(x, 100)[::-1]) @ np.arange(300.0)

    np.testing.assert_array_equal(grad(run)(np.ones(300)), np.arange(300.0).reshape(100, 3)[::-1].ravel())
