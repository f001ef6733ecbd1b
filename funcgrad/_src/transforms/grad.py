"""Gradients: ``grad`` and ``value_and_grad``.

The idea: trace the function in reverse mode (tape.py) and walk the tape backwards once from a cotangent
of 1 (sweep.py), freeing residuals on the way. Invariant: a gradient has the dtype, shape, kind, place
and tree of its argument, and shares memory with nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Concatenate, Literal, ParamSpec, TypeVar, overload

import numpy as np

from ..base.errors import NonScalarLossError
from ..base.source import function_location, function_name
from ..core.aval import Aval, aval_of
from ..core.flat import ByArguments, describe_value, own
from ..ops.structural import full_like_aval
from ..tree import flatten, unflatten
from .driver import check_inputs, finish
from .located import new_sweep
from .vjp import Run, run_reverse

P = ParamSpec("P")
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
R = TypeVar("R")
X = TypeVar("X")
Argnums = int | tuple[int, ...] | list[int] | None
Argnames = str | tuple[str, ...] | list[str] | None


class ValueAndGrad(ByArguments):
    """``grad`` and ``value_and_grad`` of a function."""

    names = ("grad", "value_and_grad")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        name = self.transform
        selection = self.arguments.select(args, kwargs)
        leaves, tree = flatten(selection.chosen)
        check_inputs(name, leaves, selection, self.holomorphic)

        def build(tracers: list[Any]) -> Any:
            return selection.replace(unflatten(tree, tracers))

        run = run_reverse(name, self.fun, leaves, build, self.has_aux)
        out_aval = self._check_loss(run)
        grads = self._sweep(run, out_aval)
        result = selection.result(unflatten(tree, finish(grads, run.trace.avals[: len(leaves)], leaves)))
        if not self.second:
            return (result, run.aux) if self.has_aux else result
        value = own(run.outs, run.held)[0]
        return ((value, run.aux), result) if self.has_aux else (value, result)

    def _sweep(self, run: Run, out_aval: Aval) -> list[Any]:
        seed = full_like_aval(out_aval, 1)
        return new_sweep(run.trace, free=True).run([(run.out_numbers[0], seed)], run.numbers)

    def _check_loss(self, run: Run) -> Aval:
        container = run.out_tree.node_type
        aval = _loss_aval(run.outs[0]) if container is None else None
        wanted = "c" if self.holomorphic else "f"
        if aval is not None and aval.shape == () and aval.dtype.kind in (wanted, "V"):
            return aval
        word, hint = _mistake(container, aval, self.holomorphic)
        kind = "complex" if self.holomorphic else "real"
        raise NonScalarLossError(
            f"{self.transform}: `{function_name(self.fun)}` must return one {kind} scalar, "
            f"but returned {word}.",
            expected=f"{_loss_dtype(aval, self.holomorphic)}[]",
            got=str(unflatten(run.out_tree, [_Shown(describe_value(out)) for out in run.outs])),
            at=function_location(self.fun),
            hint=hint,
        )


class _Shown(str):
    """A text that a tree shows without quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def _loss_aval(out: Any) -> Aval | None:
    try:
        return aval_of(out)
    except TypeError:
        return None


def _mistake(container: type | None, aval: Aval | None, holomorphic: bool) -> tuple[str, str]:
    """What was returned in place of a scalar, and what to write instead."""
    if container is type(None):
        return "None", "end the function with: return loss"
    if container is not None:
        return f"a {container.__name__}", "return one scalar; has_aux=True returns extra values beside it"
    if aval is None:
        return "no number", "return a floating scalar"
    if aval.shape != ():
        return "an array", "take the mean over the batch, or use jacrev for the full Jacobian"
    if aval.dtype.kind == "c":
        return "a complex number", "take its real part or modulus, or set holomorphic=True"
    if holomorphic:
        return "a real number", "leave holomorphic=True away"
    return f"a value of dtype {aval.dtype}", "return a floating scalar"


def _loss_dtype(aval: Aval | None, holomorphic: bool) -> np.dtype[Any]:
    """The dtype that the loss should have: that of what was returned, made real (or complex)."""
    found = aval.dtype if aval is not None and aval.inexact else np.dtype(float)
    return np.result_type(found, np.complex64) if holomorphic else np.empty(0, found).real.dtype


@overload
def value_and_grad(
    fun: Callable[Concatenate[A, P], R],
    argnums: Literal[0] = 0,
    has_aux: Literal[False] = False,
    holomorphic: bool = False,
) -> Callable[Concatenate[A, P], tuple[R, A]]: ...
@overload
def value_and_grad(
    fun: Callable[Concatenate[A, P], tuple[R, X]],
    argnums: Literal[0] = 0,
    *,
    has_aux: Literal[True],
    holomorphic: bool = False,
) -> Callable[Concatenate[A, P], tuple[tuple[R, X], A]]: ...
@overload  # the wide form below overlaps, and says less
def value_and_grad(  # type: ignore[overload-overlap]
    fun: Callable[Concatenate[A, B, P], R],
    argnums: tuple[Literal[0], Literal[1]],
    has_aux: Literal[False] = False,
    holomorphic: bool = False,
) -> Callable[Concatenate[A, B, P], tuple[R, tuple[A, B]]]: ...
@overload  # the wide form below overlaps, and says less
def value_and_grad(  # type: ignore[overload-overlap]
    fun: Callable[Concatenate[A, B, C, P], R],
    argnums: tuple[Literal[0], Literal[1], Literal[2]],
    has_aux: Literal[False] = False,
    holomorphic: bool = False,
) -> Callable[Concatenate[A, B, C, P], tuple[R, tuple[A, B, C]]]: ...
@overload
def value_and_grad(
    fun: Callable[P, Any],
    argnums: Argnums = None,
    has_aux: bool = False,
    holomorphic: bool = False,
    *,
    argnames: Argnames = None,
) -> Callable[P, tuple[Any, Any]]: ...
def value_and_grad(
    fun: Callable[..., Any],
    argnums: Argnums = None,
    has_aux: bool = False,
    holomorphic: bool = False,
    *,
    argnames: Argnames = None,
) -> Callable[..., Any]:
    """The function that returns the value of ``fun`` together with its gradient.

    Arguments and errors are those of ``grad``; the value costs nothing extra.

    Returns
    -------
    callable
        Returns ``(value, gradient)``, or ``((value, aux), gradient)`` with ``has_aux=True``. ``value``
        is what ``fun`` returns without differentiation, to the last bit.

    Examples
    --------
    >>> import numpy as np
    >>> from funcgrad import value_and_grad
    >>> value_and_grad(lambda p: np.sum(p["w"] ** 2))({"w": np.array([1.0, 2.0])})
    (np.float64(5.0), {'w': array([2., 4.])})
    """
    return ValueAndGrad(fun, argnums, argnames, has_aux, holomorphic, True)


@overload
def grad(
    fun: Callable[Concatenate[A, P], Any],
    argnums: Literal[0] = 0,
    has_aux: Literal[False] = False,
    holomorphic: bool = False,
) -> Callable[Concatenate[A, P], A]: ...
@overload
def grad(
    fun: Callable[Concatenate[A, P], tuple[Any, X]],
    argnums: Literal[0] = 0,
    *,
    has_aux: Literal[True],
    holomorphic: bool = False,
) -> Callable[Concatenate[A, P], tuple[A, X]]: ...
@overload  # the wide form below overlaps, and says less
def grad(  # type: ignore[overload-overlap]
    fun: Callable[Concatenate[A, B, P], Any],
    argnums: tuple[Literal[0], Literal[1]],
    has_aux: Literal[False] = False,
    holomorphic: bool = False,
) -> Callable[Concatenate[A, B, P], tuple[A, B]]: ...
@overload  # the wide form below overlaps, and says less
def grad(  # type: ignore[overload-overlap]
    fun: Callable[Concatenate[A, B, C, P], Any],
    argnums: tuple[Literal[0], Literal[1], Literal[2]],
    has_aux: Literal[False] = False,
    holomorphic: bool = False,
) -> Callable[Concatenate[A, B, C, P], tuple[A, B, C]]: ...
@overload
def grad(
    fun: Callable[P, Any],
    argnums: Argnums = None,
    has_aux: bool = False,
    holomorphic: bool = False,
    *,
    argnames: Argnames = None,
) -> Callable[P, Any]: ...
def grad(
    fun: Callable[..., Any],
    argnums: Argnums = None,
    has_aux: bool = False,
    holomorphic: bool = False,
    *,
    argnames: Argnames = None,
) -> Callable[..., Any]:
    """The gradient of a scalar function, by reverse mode.

    Parameters
    ----------
    fun : callable
        A function that returns one real scalar. It may use any mixture of NumPy, funcgrad.numpy,
        Python control flow on values, and in-place writes into arrays that it makes itself.
    argnums : int or tuple of int, optional
        Positions of the arguments to differentiate by (pytrees of floating or complex arrays); 0 by
        default. A tuple gives a tuple of gradients.
    has_aux : bool
        Whether ``fun`` returns ``(scalar, aux)``; the gradient then comes as ``(gradient, aux)``.
    holomorphic : bool
        Whether ``fun`` is holomorphic: complex arguments, complex result, complex derivative.
    argnames : str or tuple of str, optional
        Names of arguments to differentiate by. A tuple gives a dict of gradients; together with
        ``argnums`` the result is the pair (by position, by name).

    Returns
    -------
    callable
        Takes the arguments of ``fun`` and returns the gradient: the dtype, shape, kind, place and
        tree of the argument, in memory of its own.

    Raises
    ------
    NonScalarLossError
        When ``fun`` does not return one real scalar.
    NotDifferentiableInputError
        When a selected leaf is not floating or complex; the message names its path.
    CutGradientError
        When ``fun`` calls ``float(x)`` or ``np.asarray(x)`` on a traced value.

    Notes
    -----
    For real ``f`` of complex z = x + iy the gradient is ∂f/∂x − i ∂f/∂y (as in JAX and HIPS autograd).
    At kinks it is the minimum-norm subgradient; ties of maximum and minimum split evenly. Zero
    cotangents stay zero, whatever they are multiplied by.

    Examples
    --------
    >>> import numpy as np
    >>> from funcgrad import grad
    >>> grad(lambda x: np.sum(np.where(x > 0, np.sqrt(x), 0.0)))(np.array([0.0, 4.0]))
    array([0.  , 0.25])
    """
    return ValueAndGrad(fun, argnums, argnames, has_aux, holomorphic, False)
