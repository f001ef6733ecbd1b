"""A step that cannot be taken says why, with the path of the leaf, and has written nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from funcgrad import grad, jit
from funcgrad._src.base.errors import ArgumentError, DtypeError, MixedPlacesError, MutationError, TreeError
from funcgrad.optim import sgd, sgd_step
from tests.mock_device import to_mock

P = {"w": np.ones((2, 3)), "b": np.ones(3)}


def text(error: pytest.ExceptionInfo[Any]) -> str:
    """The message without the line that says where."""
    return "\n".join(line for line in str(error.value).splitlines() if not line.startswith("  at "))


CONSTRUCTION = [
    (
        lambda: sgd(-0.1),
        (
            "sgd: learning_rate must not be negative.\n"
            "  expected  a number >= 0\n"
            "  got       -0.1\n"
            "  try       to climb instead of descending, negate the loss"
        ),
    ),
    (
        lambda: sgd(float("nan")),
        (
            "sgd: learning_rate must not be negative.\n"
            "  expected  a number >= 0\n"
            "  got       nan\n"
            "  try       to climb instead of descending, negate the loss"
        ),
    ),
    (
        lambda: sgd(np.ones(3)),
        (
            "sgd: learning_rate must be one real number.\n"
            "  expected  a float or a 0-d array, or a schedule\n"
            "  got       float64[3]"
        ),
    ),
    (
        lambda: sgd("fast"),
        (
            "sgd: learning_rate must be one real number.\n"
            "  expected  a float or a 0-d array, or a schedule\n"
            "  got       str"
        ),
    ),
    (
        lambda: sgd(0.1, momentum=1j),
        "sgd: momentum must be one real number.\n  expected  a float or a 0-d array\n  got       complex",
    ),
    (
        lambda: sgd(0.1, nesterov=True),
        (
            "sgd: nesterov=True looks ahead along the velocity, and there is none.\n"
            "  expected  momentum > 0\n"
            "  got       momentum=0.0\n"
            "  try       sgd(learning_rate, momentum=0.9, nesterov=True)"
        ),
    ),
    (
        lambda: sgd_step(P, P, [0.1]),
        (
            "sgd_step: learning_rate must be one real number.\n"
            "  expected  a float or a 0-d array, or a schedule\n"
            "  got       list"
        ),
    ),
]


@pytest.mark.parametrize(("call", "expected"), CONSTRUCTION)
def test_a_wrong_coefficient(call: Any, expected: str) -> None:
    with pytest.raises(ArgumentError) as error:
        call()
    assert text(error) == expected


def test_a_schedule_that_returns_an_array() -> None:
    opt = sgd(lambda count: np.ones(2))
    with pytest.raises(ArgumentError) as error:
        opt.step(P, P, opt.init(P))
    assert text(error) == (
        "sgd: what the schedule returned must be one real number.\n"
        "  expected  a float or a 0-d array\n"
        "  got       float64[2]"
    )


STEPS = [
    (
        {"w": np.ones((2, 3))},
        TreeError,
        (
            "{name}: the gradient does not fit: grads lacks the key 'b'.\n"
            "  expected  dict with keys 'w', 'b'\n"
            "  got       dict with keys 'w'"
        ),
    ),
    (
        {"w": np.ones((2, 3)), "b": [np.ones(3)]},
        TreeError,
        (
            "{name}: the gradient does not fit: grads['b'] is a list, not a leaf.\n"
            "  expected  leaf\n"
            "  got       list of 1"
        ),
    ),
    (
        {"w": np.ones((2, 3)), "b": np.ones((2, 3))},
        ArgumentError,
        (
            "{name}: `grads['b']` has another shape than `params['b']`.\n"
            "  expected  float64[3]\n"
            "  got       float64[2,3]"
        ),
    ),
    (
        {"w": np.ones((2, 3)), "b": 1.0},
        ArgumentError,
        (
            "{name}: `grads['b']` has another shape than `params['b']`.\n"
            "  expected  float64[3]\n"
            "  got       float"
        ),
    ),
    (
        {"w": np.ones((2, 3)), "b": np.ones(3, complex)},
        DtypeError,
        (
            "{name}: `grads['b']` is complex, but `params['b']` is real.\n"
            "  expected  float64[3]\n"
            "  got       complex128[3]\n"
            "  try       take the real part, if that is the gradient"
        ),
    ),
    (
        {"w": np.ones((2, 3)), "b": np.ones(3, int)},
        DtypeError,
        (
            "{name}: `grads['b']` has no gradient to follow.\n"
            "  expected  a floating array or number\n"
            "  got       int64[3]\n"
            "  try       keep integers out of the parameters; a class may carry them as static fields"
        ),
    ),
    (
        {"w": np.ones((2, 3)), "b": "b"},
        DtypeError,
        (
            "{name}: `grads['b']` is neither an array nor a number.\n"
            "  expected  a floating array or number\n"
            "  got       str"
        ),
    ),
    (
        {"w": np.ones((2, 3)), "b": to_mock(np.ones(3))},
        MixedPlacesError,
        (
            "{name}: `grads['b']` and `params['b']` are at two places.\n"
            "  expected  both on host\n"
            "  got       one on mock:0\n"
            "  try       move one of them to or from mock:0"
        ),
    ),
]


@pytest.mark.parametrize(("grads", "cls", "expected"), STEPS)
@pytest.mark.parametrize("name", ["sgd.step", "sgd.step_inplace", "sgd_step"])
def test_a_gradient_that_does_not_fit(grads: Any, cls: Any, expected: str, name: str) -> None:
    opt = sgd(0.1, momentum=0.9)
    params = {"w": np.ones((2, 3)), "b": np.ones(3)}
    state = opt.init(params)
    calls = {
        "sgd.step": lambda: opt.step(params, grads, state),
        "sgd.step_inplace": lambda: opt.step_inplace(params, grads, state),
        "sgd_step": lambda: sgd_step(params, grads, 0.1),
    }
    with pytest.raises(cls) as error:
        calls[name]()
    assert text(error) == expected.format(name=name)
    assert all((params[k] == 1).all() and (state.velocity[k] == 0).all() for k in params)


def test_integer_parameters() -> None:
    with pytest.raises(DtypeError) as error:
        sgd(0.1).init({"w": np.ones(3), "layers": 4})
    assert text(error).splitlines()[0] == "sgd.init: `params['layers']` has no gradient to follow."


def test_a_state_of_other_parameters() -> None:
    opt = sgd(0.1, momentum=0.9)
    with pytest.raises(TreeError) as error:
        opt.step(P, P, opt.init({"w": np.ones((2, 3))}))
    assert (
        text(error).splitlines()[0] == "sgd.step: the state does not fit: state.velocity lacks the key 'b'."
    )
    with pytest.raises(ArgumentError) as shape:
        opt.step(P, P, opt.init({"w": np.ones((3, 2)), "b": np.ones(3)}))
    assert (
        text(shape).splitlines()[0] == "sgd.step: `state.velocity['w']` has another shape than `params['w']`."
    )
    with pytest.raises(TreeError) as absent:
        opt.step(P, P, sgd(0.1).init(P))
    assert (
        text(absent).splitlines()[0]
        == "sgd.step: the state does not fit: state.velocity is None, not a dict."
    )


def read_only() -> Any:
    array = np.ones(3)
    array.flags.writeable = False
    return array


shared = np.ones(4)
one = np.ones(3)
IN_PLACE = [
    ([1.0], [1.0], "`params[0]` is no array, so it cannot be written in place.", "float"),
    ([np.float64(1.0)], [1.0], "`params[0]` is no array, so it cannot be written in place.", "float64"),
    ([read_only()], [np.ones(3)], "`params[0]` is read-only.", "a read-only array"),
    (
        [one, one],
        [np.ones(3)] * 2,
        "`params[1]` shares memory with `params[0]`, which is written.",
        "one array twice",
    ),
    (
        [shared[:3], shared[1:]],
        [np.ones(3)] * 2,
        "`params[1]` shares memory with `params[0]`, which is written.",
        "two views of the same memory",
    ),
    ([one], [one], "`grads[0]` shares memory with `params[0]`, which is written.", "one array twice"),
    (
        [shared],
        [shared[::-1]],
        "`grads[0]` shares memory with `params[0]`, which is written.",
        "two views of the same memory",
    ),
]


@pytest.mark.parametrize(("params", "grads", "problem", "got"), IN_PLACE)
def test_what_cannot_be_written(params: Any, grads: Any, problem: str, got: str) -> None:
    opt = sgd(0.1)
    before = [np.copy(p) for p in params]
    with pytest.raises(MutationError) as error:
        opt.step_inplace(params, grads, opt.init(params))
    first, *_, last = text(error).splitlines()
    assert first == f"sgd.step_inplace: {problem}"
    assert f"  got       {got}" in text(error).splitlines()
    assert last.endswith("use step, which returns new parameters")
    assert all((p == b).all() for p, b in zip(params, before, strict=True))


def test_the_velocity_may_not_be_the_parameters() -> None:
    opt = sgd(0.1, momentum=0.9)
    params = [np.ones(3)]
    state = opt.init(params)._replace(velocity=params)
    with pytest.raises(MutationError) as error:
        opt.step_inplace(params, [np.ones(3)], state)
    assert "`state.velocity[0]` shares memory with `params[0]`" in text(error)


def test_traced_values_are_not_written() -> None:
    opt = sgd(0.1)

    def update(p: Any, g: Any) -> Any:
        return opt.step_inplace(p, g, opt.init(p))[0]

    with pytest.raises(MutationError) as error:
        jit(update)(np.ones(3), np.ones(3))
    assert text(error) == (
        "sgd.step_inplace: `params` is a traced value, which is not written in place.\n"
        "  expected  a writable array\n"
        "  got       a value of `jit`\n"
        "  try       use step, which returns new parameters"
    )
    with pytest.raises(MutationError) as other:
        grad(lambda g: update(np.ones(3), g).sum())(np.ones(3))
    assert text(other).splitlines()[0] == "sgd.step_inplace: `grads` is a traced value."
