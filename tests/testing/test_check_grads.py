"""``check_grads`` accepts right derivatives and names wrong ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from funcgrad import custom_jvp, custom_vjp
from funcgrad._src.base.errors import ArgumentError, WrongDerivativeError
from funcgrad.testing import check_grads


def wrong_square(factor: float, index: tuple[int, ...] = ()) -> Any:
    """x², with a pullback that is off at one index."""

    @custom_vjp
    def square(x: Any) -> Any:
        return x * x

    def forward(x: Any) -> Any:
        return x * x, x

    def backward(x: Any, g: Any) -> Any:
        scale = np.full(np.shape(x), 2.0)
        scale[index] *= factor
        return (g * x * scale,)

    square.defvjp(forward, backward)
    return square


def test_right_derivatives_of_every_kind_pass() -> None:
    tree = {"w": [np.array([0.5, -1.5]), np.ones((2, 1))], "n": 3}
    check_grads(lambda p, y: {"a": p["w"][0] * p["w"][1] / y, "b": y * y, "n": p["n"]}, (tree, 2.5))
    check_grads(lambda z: z * z * 2j, (np.array([1.0 + 2.0j, -0.5j]),))
    check_grads(lambda x, y: x * y, (np.float32(1.5), np.ones(3, np.float32)))
    check_grads(lambda x: x * 2.0, (np.ones((0, 3)),))


def test_third_order() -> None:
    check_grads(lambda x: x * x * x * x, (1.25,), order=3)


def test_many_coordinates_are_checked_along_random_directions() -> None:
    check_grads(lambda x, y: x * x / y, (np.linspace(0.5, 1.5, 100), np.full((3, 100), 1.25)))


SMALL = """\
check_grads: the reverse-mode derivative (order 1) of `loss` by args[0]['w'][1] at index (0, 1) is wrong, \
for result['y'] at index (0, 1).
  expected  3 (5-point difference)
  got       3.003
"""


def test_a_wrong_entry_is_named_with_path_index_mode_and_order() -> None:
    square = wrong_square(1.001, (0, 1))

    def loss(p: Any) -> Any:
        return {"x": p["w"][0], "y": square(p["w"][1])}

    with pytest.raises(WrongDerivativeError) as caught:
        check_grads(loss, ({"w": [1.0, np.full((2, 2), 1.5)]},), modes=("rev",))
    assert str(caught.value).startswith(SMALL)
    assert isinstance(caught.value, AssertionError)


def test_a_wrong_entry_among_many_is_found() -> None:
    square = wrong_square(1.001, (37,))
    with pytest.raises(AssertionError, match=r"by args\[1\] at index \(37,\) is wrong \(along a random"):
        check_grads(lambda a, x: a * square(x), (2.0, np.linspace(1.0, 2.0, 100)), modes=("rev",))


def test_a_rule_that_is_wrong_only_at_second_order_is_named_so() -> None:
    @custom_vjp
    def cube(x: Any) -> Any:
        return x * x * x

    cube.defvjp(lambda x: (x * x * x, x), lambda x, g: (g * _frozen(x),))

    @custom_jvp
    def _frozen(x: Any) -> Any:
        return 3.0 * x * x

    @_frozen.defjvp
    def _(primals: Any, tangents: Any) -> Any:
        (x,), (t,) = primals, tangents
        return 3.0 * x * x, 6.06 * x * t

    with pytest.raises(AssertionError, match=r"reverse over reverse-mode derivative \(order 2\) of `cube`"):
        check_grads(cube, (1.5,), modes=("rev",))


def test_two_rules_that_disagree_are_named() -> None:
    @custom_vjp
    def twice(x: Any) -> Any:
        return 2.0 * x

    twice.defvjp(lambda x: (2.0 * x, None), lambda _, g: (2.0 * g * (1 + 1e-9),))
    twice.defjvp(lambda primals, tangents: (2.0 * primals[0], 2.0 * tangents[0]))
    with pytest.raises(AssertionError, match="forward and reverse mode disagree"):
        check_grads(twice, (1.5,), order=1)


def test_a_kink_is_reported() -> None:
    with pytest.raises(AssertionError, match="kink"):
        check_grads(lambda x: np.where(x > 0.0, x, 0.0), (np.zeros(2),), order=1)


@pytest.mark.parametrize("options", [{"order": 0}, {"modes": ()}, {"modes": ("forward",)}])
def test_impossible_options_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ArgumentError, match="order or modes"):
        check_grads(lambda x: x, (1.0,), **options)
