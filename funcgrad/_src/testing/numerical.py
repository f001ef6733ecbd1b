"""Derivatives by differences and by the complex step: NumPy only, no rule is asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..base.errors import ArgumentError
from ..core.aval import aval_of
from ..tree import flatten, flatten_like, unflatten
from .coordinates import Coordinates, host_values, like_aval

# Offsets and weights of f'(x) = Σ weight f(x + offset h) / h + O(h⁴): the 5-point central difference
# (Abramowitz and Stegun, 25.3.6).
_STENCIL = ((-2.0, 1.0 / 12.0), (-1.0, -2.0 / 3.0), (1.0, 2.0 / 3.0), (2.0, -1.0 / 12.0))


def default_step(dtype: np.dtype[Any]) -> float:
    """The step at which rounding and truncation of the 5-point difference balance: ε to the 1/5."""
    return float(np.finfo(dtype).eps) ** 0.2 if dtype.kind in "fc" else 0.25


def step_for(leaves: Sequence[Any], eps: float | None) -> float:
    """The step for functions of these leaves: that of the coarsest dtype among them."""
    if eps is not None:
        return float(eps)
    return max((default_step(aval_of(leaf).dtype) for leaf in leaves), default=0.0)


def directional(
    fun: Callable[..., Any], leaves: Sequence[Any], tangents: Sequence[Any], step: float
) -> list[np.ndarray[Any, Any]]:
    """The 5-point derivative of ``fun(*leaves) -> leaves`` along ``tangents``, in float64 on the host.

    The step is divided by the largest component of the tangents, where that is above one.
    """
    hosts = [(host_values(leaf), host_values(t)) for leaf, t in zip(leaves, tangents, strict=True)]
    largest = max((float(np.abs(t).max()) for _, t in hosts if t.size), default=0.0)
    step = step / max(1.0, largest)
    total: list[Any] = []
    for offset, weight in _STENCIL:
        moved = [
            _in_layout(like_aval(x + offset * step * t, aval_of(leaf)), leaf)
            for (x, t), leaf in zip(hosts, leaves, strict=True)
        ]
        outs = [weight * host_values(out) for out in fun(*moved)]
        total = [a + b for a, b in zip(total, outs, strict=True)] if total else outs
    return [values / step for values in total]


def _in_layout(value: Any, leaf: Any) -> Any:
    """``value`` with the memory order of ``leaf``, which functions such as ``ravel(order="K")`` see."""
    if type(leaf) is not np.ndarray or leaf.flags.c_contiguous:
        return value
    moved = np.empty_like(leaf)
    moved[...] = value
    return moved


def numerical_jvp(
    f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any], *, eps: float | None = None
) -> Any:
    """The derivative of ``f`` at ``primals`` along ``tangents``, by 5-point central differences.

    Parameters
    ----------
    f : callable
        Takes ``*primals`` and returns a pytree of arrays and numbers.
    primals, tangents : sequence of pytree
        Where, and in which direction: two sequences of the same trees. Integer leaves stay as they are.
    eps : float, optional
        The step; by default that of the coarsest dtype, 7e-4 for float64 and 0.04 for float32.

    Returns
    -------
    pytree
        As ``f`` returns it, with float64 or complex128 NumPy arrays as leaves.

    Examples
    --------
    >>> import numpy as np
    >>> from funcgrad.testing import numerical_jvp
    >>> bool(abs(numerical_jvp(np.sin, (0.5,), (2.0,)) - 2 * np.cos(0.5)) < 1e-11)
    True
    """
    leaves, tree = flatten(tuple(primals))
    directions = flatten_like(tree, tuple(tangents), what="numerical_jvp: tangents")
    moving = [i for i, leaf in enumerate(leaves) if aval_of(leaf).inexact]
    out_tree = flatten(f(*primals))[1]

    def flat(*values: Any) -> list[Any]:
        current = list(leaves)
        for i, value in zip(moving, values, strict=True):
            current[i] = value
        return flatten(f(*unflatten(tree, current)))[0]

    chosen = [leaves[i] for i in moving]
    outs = directional(flat, chosen, [directions[i] for i in moving], step_for(chosen, eps))
    return unflatten(out_tree, outs)


def numerical_jacobian(f: Callable[..., Any], *args: Any, eps: float | None = None) -> Any:
    """The Jacobian of ``f`` at ``args``, by 5-point central differences.

    For every leaf of the output it has, in the tree of the arguments, arrays of the output's shape
    followed by the argument's. By a complex argument it is ``∂f/∂x − i ∂f/∂y`` of a real output, as
    `funcgrad.grad` has it, and the complex derivative of a complex output, which must be holomorphic.

    Parameters
    ----------
    f : callable
        Takes ``*args`` and returns a pytree of arrays and numbers.
    *args : pytree
        Where; every leaf must be floating or complex.
    eps : float, optional
        The step, as in `numerical_jvp`.

    Returns
    -------
    pytree
        The tree of the output, each leaf replaced by the tree of the one argument, or by a tuple of
        the trees of several, with NumPy arrays as leaves.

    Raises
    ------
    ArgumentError
        If a leaf is no floating number, or a complex output is not holomorphic.

    Examples
    --------
    >>> import numpy as np
    >>> from funcgrad.testing import numerical_jacobian
    >>> jacobian = numerical_jacobian(lambda x: x**2, np.array([1.0, 2.0]))
    >>> bool(np.allclose(jacobian, [[2.0, 0.0], [0.0, 4.0]]))
    True
    """
    leaves, tree = flatten(args)
    for leaf in leaves:
        if not aval_of(leaf).inexact:
            raise ArgumentError(
                "numerical_jacobian: a leaf of the arguments is not floating point.",
                expected="a floating or complex dtype",
                got=str(aval_of(leaf)),
                hint="close over it: numerical_jacobian(lambda x: f(x, n), x)",
            )
    outs, out_tree = flatten(f(*args))

    def flat(*values: Any) -> list[Any]:
        return flatten(f(*unflatten(tree, values)))[0]

    step = step_for(leaves, eps)
    blocks = [_blocks(flat, leaves, number, outs, step) for number in range(len(leaves))]
    rows = [unflatten(tree, [column[k] for column in blocks]) for k in range(len(outs))]
    return unflatten(out_tree, [row[0] if len(args) == 1 else row for row in rows])


def _blocks(
    flat: Callable[..., Any], leaves: list[Any], number: int, outs: list[Any], step: float
) -> list[np.ndarray[Any, Any]]:
    """The derivative of every output by leaf ``number``."""

    def one(value: Any) -> Any:
        return flat(*leaves[:number], value, *leaves[number + 1 :])

    leaf = leaves[number]
    aval = aval_of(leaf)
    coordinates = Coordinates([leaf], [""])
    columns = [
        directional(one, [leaf], coordinates.leaves(coordinates.unit(k)), step)
        for k in range(coordinates.size)
    ]
    found = []
    for k, out in enumerate(outs):
        shape = aval_of(out).shape
        stacked = np.stack([column[k] for column in columns], -1) if columns else np.zeros((*shape, 0))
        if aval.dtype.kind == "c":
            stacked = _complex_columns(stacked[..., 0::2], stacked[..., 1::2])
        found.append(stacked.reshape(shape + aval.shape))
    return found


def _complex_columns(
    by_real: np.ndarray[Any, Any], by_imaginary: np.ndarray[Any, Any]
) -> np.ndarray[Any, Any]:
    if by_real.dtype.kind != "c":
        return by_real - 1j * by_imaginary
    if not np.allclose(by_imaginary, 1j * by_real, rtol=1e-3, atol=1e-3):
        raise ArgumentError(
            "numerical_jacobian: a complex output is not a holomorphic function of a complex argument.",
            expected="df/dy = i df/dx",
            hint="numerical_jvp gives the derivative in any one direction",
        )
    return by_real


def complex_step(
    f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any], *, eps: float = 1e-30
) -> Any:
    """The derivative of a real analytic ``f`` at ``primals`` along ``tangents``: ``Im f(x + i h t) / h``.

    It is exact to rounding, since nothing is subtracted; but ``f`` must be analytic (no abs, no
    maximum, no comparison, no conjugate) and take complex arrays. Source: Squire and Trapp, Using
    Complex Variables to Estimate Derivatives of Real Functions, SIAM Review 40 (1998).

    Parameters
    ----------
    f : callable
        Takes ``*primals`` and returns a pytree of arrays and numbers.
    primals, tangents : sequence of pytree
        Real values and a direction.
    eps : float, optional
        The step ``h``.

    Returns
    -------
    pytree
        As ``f`` returns it, with float64 NumPy arrays as leaves.

    Examples
    --------
    >>> import numpy as np
    >>> from funcgrad.testing import complex_step
    >>> bool(abs(complex_step(np.exp, (0.5,), (1.0,)) - np.exp(0.5)) < 1e-15)
    True
    """
    leaves, tree = flatten(tuple(primals))
    directions = flatten_like(tree, tuple(tangents), what="complex_step: tangents")
    moved = [_imaginary_step(x, t, eps) for x, t in zip(leaves, directions, strict=True)]
    outs, out_tree = flatten(f(*unflatten(tree, moved)))
    return unflatten(out_tree, [np.imag(host_values(out)) / eps for out in outs])


def _imaginary_step(value: Any, tangent: Any, eps: float) -> Any:
    aval = aval_of(value)
    if aval.dtype.kind == "c":
        raise ArgumentError(
            "complex_step: the arguments must be real.", expected="a real dtype", got=str(aval)
        )
    if not aval.inexact:
        return value
    moved = host_values(value) + 1j * eps * host_values(tangent)
    if aval.kind == "python":
        return complex(moved)
    return np.asarray(moved) if aval.kind == "array" else moved[()]
