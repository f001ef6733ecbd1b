"""Functions that SciPy writes in Python out of its ufuncs: they follow traced values as they stand."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..base.errors import UnsupportedError
from ..core.aval import aval_of
from .plain import plainly
from .shape import operand
from .special import scipy_special
from .special_gamma import binom, poch
from .structural import convert
from .tables import implements

# --- derivatives of Bessel functions ---------------------------------------------------------------


@implements("scipy.special.jvp")
def jvp(v: Any, z: Any, n: int = 1) -> Any:
    """The ``n``-th derivative of ``jv(v, z)`` by z, which is differentiable by z in turn."""
    return scipy_special.jvp(v, z, n)


@implements("scipy.special.yvp")
def yvp(v: Any, z: Any, n: int = 1) -> Any:
    """The ``n``-th derivative of ``yv(v, z)`` by z, which is differentiable by z in turn."""
    return scipy_special.yvp(v, z, n)


@implements("scipy.special.ivp")
def ivp(v: Any, z: Any, n: int = 1) -> Any:
    """The ``n``-th derivative of ``iv(v, z)`` by z, which is differentiable by z in turn."""
    return scipy_special.ivp(v, z, n)


@implements("scipy.special.kvp")
def kvp(v: Any, z: Any, n: int = 1) -> Any:
    """The ``n``-th derivative of ``kv(v, z)`` by z, which is differentiable by z in turn."""
    return scipy_special.kvp(v, z, n)


@implements("scipy.special.h1vp")
def h1vp(v: Any, z: Any, n: int = 1) -> Any:
    """The ``n``-th derivative of ``hankel1(v, z)`` by z, which is differentiable by z in turn."""
    return scipy_special.h1vp(v, z, n)


@implements("scipy.special.h2vp")
def h2vp(v: Any, z: Any, n: int = 1) -> Any:
    """The ``n``-th derivative of ``hankel2(v, z)`` by z, which is differentiable by z in turn."""
    return scipy_special.h2vp(v, z, n)


@implements("scipy.special.assoc_laguerre")
def assoc_laguerre(x: Any, n: Any, k: Any = 0.0) -> Any:
    """The generalised Laguerre polynomial of degree ``n`` and order ``k``; differentiable by x."""
    return scipy_special.assoc_laguerre(x, n, k)


# --- counting --------------------------------------------------------------------------------------


def _check_inexact(name: str, exact: bool) -> None:
    if exact:
        raise UnsupportedError(
            f"{name}: exact=True counts with Python's integers, which are never traced.",
            hint="leave it out",
        )


def _strong(value: Any) -> Any:
    """A number as an array, as SciPy makes it one: it is not weak any more."""
    value = operand(value)
    return convert(value, aval_of(value).dtype, "array")


def _chosen(found: Any, N: Any, k: Any) -> Any:
    """The number of choices, and 0 where there are none."""
    within = np.logical_and(
        np.less_equal(k, N), np.logical_and(np.greater_equal(N, 0), np.greater_equal(k, 0))
    )
    return np.where(within, found, 0.0)[()]


@implements("scipy.special.comb")
@plainly(scipy_special.comb)
def comb(N: Any, k: Any, *, exact: bool = False, repetition: bool = False) -> Any:
    """The number of choices of ``k`` out of ``N``, for real numbers too; 0 outside of 0 ≤ k ≤ N."""
    _check_inexact("comb", exact)
    N, k = _strong(N), _strong(k)
    if not repetition:
        return _chosen(binom(N, k), N, k)
    nothing = np.logical_and(np.equal(k, 0), np.greater_equal(N, 0))
    return np.where(nothing, 1.0, binom(np.subtract(np.add(N, k), 1), k))[()]


@implements("scipy.special.perm")
@plainly(scipy_special.perm)
def perm(N: Any, k: Any, exact: bool = False) -> Any:
    """The number of ordered choices of ``k`` out of ``N``, for real numbers too; 0 outside of 0 ≤ k ≤ N."""
    _check_inexact("perm", exact)
    N, k = _strong(N), _strong(k)
    return _chosen(poch(np.add(np.subtract(N, k), 1), k), N, k)
