"""Whole derivatives: ``jacfwd``, ``jacrev``, ``hessian`` and ``hvp``.

Each is a composition: a basis of tangents (or cotangents) pushed through one linear map by ``vmap``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..backends import at_place
from ..base.errors import ArgumentError, NotDifferentiableInputError
from ..base.source import function_location, function_name
from ..core.aval import Aval, aval_of
from ..core.flat import ByArguments
from ..core.trace import find_current
from ..ops.structural import as_kind, full_like_aval, move_axis, reshape
from ..tree import TreeDef, flatten, unflatten
from .driver import call_user, check_inputs, check_outputs, lift_data, split_aux
from .grad import ValueAndGrad
from .jvp import check_tuples, run_forward
from .linearize import linear_map
from .vjp import pull_back
from .vmap import vmap


def _basis(aval: Aval) -> Any:
    """All unit vectors of this shape, stacked: shape (size, *shape)."""
    eye = np.eye(aval.size, dtype=aval.dtype).reshape(aval.size, *aval.shape)
    return at_place(eye, aval.place)


def _push_basis(linear: Callable[..., Any], avals: Sequence[Aval], i: int) -> list[Any]:
    """The leaves of ``linear(leaves)`` for every unit vector of leaf ``i``, stacked in front."""
    zeros = [full_like_aval(aval) for aval in avals]

    def one(unit: Any) -> list[Any]:
        return list(linear([*zeros[:i], unit, *zeros[i + 1 :]]))

    return list(vmap(one)(_basis(avals[i])))


def _settle(block: Any, shape: tuple[int, ...], out: Aval, aval: Aval) -> Any:
    """A block of a Jacobian in its shape; a number when both sides are numbers."""
    block = reshape(block, shape)
    if shape == () and out.kind != "array" and aval.kind != "array":
        have = aval_of(block)
        kind = Aval((), have.dtype, aval.kind, have.place)
        return as_kind(block, kind)
    return block


class Jacobian(ByArguments):
    """``jacrev`` and ``jacfwd`` of a function."""

    names = ("jacrev", "jacfwd")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        selection = self.arguments.select(args, kwargs)
        leaves, tree = flatten(selection.chosen)
        check_inputs(self.transform, leaves, selection, self.holomorphic)
        if not self.holomorphic:
            self._check_real(leaves, "input")
        trees: list[TreeDef] = []

        def fun(given: list[Any]) -> Any:
            new_args, new_kwargs = selection.replace(unflatten(tree, given))
            trace = find_current()
            if trace is not None:
                new_args, new_kwargs = lift_data(trace, new_args, new_kwargs)
            out, aux = call_user(self.fun, new_args, new_kwargs), None
            if self.has_aux:
                out, aux = split_aux(self.transform, self.fun, out)
            check_outputs(self.transform, self.fun, out)
            outs, out_tree = flatten(out)
            trees.append(out_tree)
            return list(outs), aux

        blocks, aux = self._blocks(fun, leaves)
        rows = [selection.result(unflatten(tree, row)) for row in blocks]
        result = unflatten(trees[0], rows)
        return (result, aux) if self.has_aux else result

    def _blocks(self, fun: Callable[..., Any], leaves: list[Any]) -> tuple[list[list[Any]], Any]:
        """For each output leaf the blocks by each input leaf."""
        avals = [aval_of(leaf) for leaf in leaves]
        if self.second:
            outs, linear, aux = linear_map(self.transform, fun, (leaves,), True)
        else:
            outs, pullback, aux = pull_back(self.transform, fun, (leaves,), True)
        if not self.holomorphic:
            self._check_real(outs, "output")
        out_avals = [aval_of(out) for out in outs]
        blocks: list[list[Any]] = []
        if self.second:
            columns = [_push_basis(linear, avals, i) for i in range(len(avals))]
            blocks = [
                [move_axis(column[j], 0, out.ndim) for column in columns] for j, out in enumerate(out_avals)
            ]
        else:
            blocks = [_push_basis(lambda gs: pullback(gs)[0], out_avals, j) for j in range(len(out_avals))]
        return [
            [
                _settle(block, (*out.shape, *aval.shape), out, aval)
                for block, aval in zip(row, avals, strict=True)
            ]
            for row, out in zip(blocks, out_avals, strict=True)
        ], aux

    def _check_real(self, values: Sequence[Any], what: str) -> None:
        for value in values:
            if not aval_of(value).inexact:
                raise NotDifferentiableInputError(
                    f"{self.transform}: an {what} of `{function_name(self.fun)}` is not floating point.",
                    expected=f"a real {what}",
                    got=str(aval_of(value)),
                    at=function_location(self.fun),
                    hint="return it beside the output with has_aux=True",
                )
            if aval_of(value).dtype.kind == "c":
                raise NotDifferentiableInputError(
                    f"{self.transform}: an {what} of `{function_name(self.fun)}` is complex.",
                    expected=f"a real {what}",
                    got=str(aval_of(value)),
                    at=function_location(self.fun),
                    hint="holomorphic=True if it is holomorphic, else differentiate real and imaginary parts",
                )


def jacfwd(
    fun: Callable[..., Any],
    argnums: Any = None,
    has_aux: bool = False,
    holomorphic: bool = False,
    *,
    argnames: Any = None,
) -> Callable[..., Any]:
    """The Jacobian of ``fun``, column by column in forward mode: best when inputs are few.

    Parameters
    ----------
    fun : callable
        A function of pytrees of floating arrays, to a pytree of arrays.
    argnums, argnames : int, str, or tuple of these
        What to differentiate by; see ``grad``.
    has_aux : bool
        Whether ``fun`` returns ``(output, aux)``.
    holomorphic : bool
        Whether inputs and outputs are complex and the function is holomorphic.

    Returns
    -------
    callable
        Returns a tree like the output's whose leaves are trees like the selected arguments, with
        leaves of shape ``(*output.shape, *input.shape)``.

    Examples
    --------
    >>> import numpy as np
    >>> from funcgrad import jacfwd
    >>> jacfwd(lambda x: x * x)(np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 4.]])
    """
    return Jacobian(fun, argnums, argnames, has_aux, holomorphic, True)


def jacrev(
    fun: Callable[..., Any],
    argnums: Any = None,
    has_aux: bool = False,
    holomorphic: bool = False,
    *,
    argnames: Any = None,
) -> Callable[..., Any]:
    """The Jacobian of ``fun``, row by row in reverse mode: best when outputs are few.

    Arguments, result and errors are those of ``jacfwd``.

    Examples
    --------
    >>> import numpy as np
    >>> from funcgrad import jacrev
    >>> jacrev(lambda x: x * x)(np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 4.]])
    """
    return Jacobian(fun, argnums, argnames, has_aux, holomorphic, False)


def hessian(
    fun: Callable[..., Any],
    argnums: Any = None,
    has_aux: bool = False,
    holomorphic: bool = False,
    *,
    argnames: Any = None,
) -> Callable[..., Any]:
    """The matrix of second derivatives: forward mode over reverse mode.

    Arguments are those of ``jacfwd``; leaves have shape ``(*output.shape, *input.shape, *input.shape)``.

    Examples
    --------
    >>> import numpy as np
    >>> from funcgrad import hessian
    >>> hessian(lambda x: np.sum(x**3))(np.array([1.0, 2.0]))
    array([[ 6.,  0.],
           [ 0., 12.]])
    """
    inner = Jacobian(fun, argnums, argnames, has_aux, holomorphic, False, "hessian")
    return Jacobian(inner, argnums, argnames, has_aux, holomorphic, True, "hessian")


def hvp(
    fun: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any], has_aux: bool = False
) -> Any:
    """Gradient and Hessian-vector product of a scalar function: forward mode over reverse mode.

    Parameters
    ----------
    fun : callable
        A function that returns one real scalar.
    primals, tangents : tuple or list
        The point and the vector, as for ``jvp``.
    has_aux : bool
        Whether ``fun`` returns ``(output, aux)``.

    Returns
    -------
    tuple
        ``(gradient, product)``, or ``(gradient, product, aux)``: trees like the one primal, or tuples
        of trees when there are several. Costs a small multiple of one gradient, never a matrix.

    Examples
    --------
    >>> import numpy as np
    >>> from funcgrad import hvp
    >>> hvp(lambda x: np.sum(x**3), (np.array([1.0, 2.0]),), (np.array([1.0, 0.0]),))
    (array([ 3., 12.]), array([6., 0.]))
    """
    check_tuples("hvp", fun, primals, tangents)
    if not primals:
        raise ArgumentError("hvp: there is nothing to differentiate by.", expected="at least one primal")
    argnums = 0 if len(primals) == 1 else tuple(range(len(primals)))
    gradient = ValueAndGrad(fun, argnums, None, has_aux, False, False, "hvp")
    return run_forward("hvp", gradient, primals, tangents, has_aux)
