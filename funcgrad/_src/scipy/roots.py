"""Solutions of equations, found by SciPy's solvers and differentiated by the implicit function theorem.

Where ``F(x, p) = 0`` and the Jacobian ``F_x`` is regular, ``F_x dx = -F_p dp``. The derivative is computed
from the solution, not from the steps that led to it: it depends on neither the solver nor the first guess.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import numpy as np

from ..backends import require
from ..base.errors import ArgumentError, UnsupportedError
from ..core.aval import aval_of, make_aval
from ..core.trace import find_current
from ..ops.given import arrays_of
from ..ops.plain import is_plain
from ..ops.structural import reshape
from ..transforms.call import Call, Pull, call_p
from ..transforms.jacobian import jacfwd
from ..transforms.jvp import jvp
from ..transforms.vjp import vjp
from .host import System, host_p, is_sequence, is_vector

scipy_optimize: Any = require("scipy.optimize", "scipy")
Leaves = Sequence[Any]
_BY_JACOBIAN = ("hybr", "lm")


class Implicit(Call):
    """The solution of ``residual(x, leaves) = 0``: leaves ``(x0, *leaves)`` to ``x``.

    ``solver(residual, x0)`` finds it on the host.
    """

    def __init__(self, name: str, residual: Callable[..., Any], solver: Callable[..., Any]) -> None:
        self.name = name
        self.residual = residual
        self.solver = solver

    def __call__(self, *leaves: Any) -> Any:
        return call_p.bind(*leaves, call=self, jaxpr=None)[0]

    def primal(self, *leaves: Any) -> list[Any]:
        aval = make_aval(aval_of(leaves[0]).shape, np.dtype(np.float64))
        return list(host_p.bind(*leaves, solve=self.solve, avals=(aval,), levels=()))

    def solve(self, x0: Any, *leaves: Any) -> tuple[Any]:
        """SciPy's solution."""
        return (self.solver(lambda x: self.residual(x, leaves), x0, leaves),)

    def _slope(self, x: Any, given: Leaves) -> Any:
        return jacfwd(lambda x: self.residual(x, given))(x)

    def _by_leaves(self, x: Any, given: Leaves, active: list[int]) -> Callable[..., Any]:
        def fun(*chosen: Any) -> Any:
            full = list(given)
            for i, leaf in zip(active, chosen, strict=True):
                full[i] = leaf
            return self.residual(x, full)

        return fun

    def forward(self, leaves: Leaves, tangents: Leaves) -> tuple[list[Any], list[Any]]:
        x, given, moved = self(*leaves), leaves[1:], tangents[1:]
        active = [i for i, tangent in enumerate(moved) if tangent is not None]
        if not active:
            return [x], [None]
        fun = self._by_leaves(x, given, active)
        change = jvp(fun, tuple(given[i] for i in active), tuple(moved[i] for i in active))[1]
        return [x], [-np.linalg.solve(self._slope(x, given), change)]

    def reverse(self, leaves: Leaves, mask: int) -> tuple[list[Any], Pull]:
        x = self(*leaves)
        active = [i for i in range(len(leaves) - 1) if mask >> (i + 1) & 1]

        def back(held: Leaves, gs: Leaves) -> list[Any]:
            x, *given = held
            shares: list[Any] = [None] * len(leaves)
            if gs[0] is None or not active:
                return shares
            weights = np.linalg.solve(np.transpose(self._slope(x, given)), gs[0])
            _, pullback = vjp(self._by_leaves(x, given, active), *(given[i] for i in active))
            for i, share in zip(active, pullback(-weights), strict=True):
                shares[i + 1] = share
            return shares

        return [x], Pull([x, *leaves[1:]], back)


def check_found(name: str, success: bool, message: str) -> None:
    """Raise for a solver that found nothing, where there is no result to say so."""
    if not success:
        raise ArgumentError(
            f"{name}: no solution was found, and there is no derivative at what was.",
            expected="a first guess from which the solver converges",
            got=message,
            hint="begin nearer to the solution, or ask for less: called plainly, root says how far it came",
        )


def as_tuple(args: Any) -> tuple[Any, ...]:
    """Further arguments: SciPy takes a single one for a tuple of it."""
    return args if isinstance(args, tuple) else (args,)


# --- root --------------------------------------------------------------------------------------------


def root(
    fun: Callable[..., Any],
    x0: Any,
    args: Any = (),
    method: str = "hybr",
    jac: None = None,
    tol: float | None = None,
    callback: Callable[..., Any] | None = None,
    options: dict[str, Any] | None = None,
) -> Any:
    """A solution of ``fun(x, *args) = 0``, by SciPy's solver with the Jacobian computed here.

    Parameters
    ----------
    fun : callable
        As many equations as unknowns, in the tree of ``x``; traced values reach it through ``args``.
    x0 : array, or pytree of real arrays
        The first guess: SciPy's result does not depend on it, nor has it a derivative.
    args : tuple of pytrees
        Further arguments. The solution may be differentiated by their floating leaves.
    method : str
        One of SciPy's; ``"hybr"`` and ``"lm"`` are given the Jacobian.
    jac : None
        It is computed here.
    tol, callback, options
        As in ``scipy.optimize.root``; ``callback`` gets flat vectors.

    Returns
    -------
    OptimizeResult
        SciPy's, with ``x`` in the tree of ``x0``. In a traced function it has ``x`` and ``success`` only.

    Raises
    ------
    ArgumentError
        In a traced function, if the solver does not converge.
    LinAlgError
        By the derivative, where the Jacobian is singular.

    Notes
    -----
    Derivatives of any order and either mode, by the implicit function theorem; one solve with the Jacobian
    for each. Under ``vmap`` the equations are solved one by one.

    Examples
    --------
    >>> import numpy as np
    >>> from funcgrad import grad
    >>> from funcgrad.scipy.optimize import root
    >>> def cubic(x, a):
    ...     return x**3 - a
    >>> round(grad(lambda a: root(cubic, np.array([1.0]), (a,)).x[0])(8.0), 9)
    0.083333333
    """
    if jac is not None:
        raise ArgumentError("root: the Jacobian is computed here.", expected="jac=None", got=f"jac={jac!r}")
    system = System("root", fun, x0, as_tuple(args))
    given = {"method": method, "tol": tol, "callback": callback, "options": options}

    def solver(residual: Callable[..., Any], start: Any, leaves: Leaves) -> Any:
        derivative = jacfwd(residual) if method in _BY_JACOBIAN else None
        return scipy_optimize.root(residual, start, jac=derivative, **given)

    def residual(x: Any, leaves: Leaves) -> Any:
        return system.flat(fun(system.shaped(x), *system.arguments(leaves)))

    if find_current() is None:
        found = solver(lambda x: residual(x, system.leaves), system.state, ())
        found.x = system.shaped(found.x)
        return found

    def strictly(*operands: Any) -> Any:
        found = solver(*operands)
        check_found("root", found.success, found.message)
        return found.x

    x = Implicit("root", residual, strictly)(system.state, *system.leaves)
    return scipy_optimize.OptimizeResult(x=system.shaped(x), success=True)


# --- fixed points ------------------------------------------------------------------------------------


def fixed_point(
    func: Callable[..., Any],
    x0: Any,
    args: Any = (),
    xtol: float = 1e-8,
    maxiter: int = 500,
    method: str = "del2",
) -> Any:
    """The ``x`` with ``func(x, *args) = x``, by ``scipy.optimize.fixed_point``.

    ``x0`` and the result are real arrays, or pytrees of them. Differentiable by the floating leaves of
    ``args``, as ``root`` is; the derivative is as accurate as the solution is, for which there is ``xtol``.

    Examples
    --------
    >>> import numpy as np
    >>> from funcgrad import grad
    >>> from funcgrad.scipy.optimize import fixed_point
    >>> def heron(x, a):
    ...     return 0.5 * (x + a / x)
    >>> round(grad(lambda a: fixed_point(heron, 1.0, (a,)))(4.0), 9)
    0.25
    """
    options = {"xtol": xtol, "maxiter": maxiter, "method": method}
    if find_current() is None and (is_sequence(x0) or is_vector(x0)):
        return scipy_optimize.fixed_point(func, x0, as_tuple(args), **options)
    system = System("fixed_point", func, x0, as_tuple(args))

    def mapped(x: Any, leaves: Leaves) -> Any:
        return system.flat(func(_state(system, x0, x), *system.arguments(leaves)))

    def solver(residual: Any, start: Any, leaves: Leaves) -> Any:
        return scipy_optimize.fixed_point(lambda x: mapped(x, leaves), start, **options)

    x = Implicit("fixed_point", lambda x, leaves: x - mapped(x, leaves), solver)(system.state, *system.leaves)
    return _state(system, x0, x)


def _state(system: System, x0: Any, x: Any) -> Any:
    """A flat solution as the first guess is: a tree, a vector, or a number."""
    if system.unravel is not None or is_sequence(x0) or aval_of(x0).shape:
        return system.shaped(x)
    return reshape(x, ())[()]


# --- roots of functions of one number ----------------------------------------------------------------


def brentq(f: Callable[..., Any], a: Any, b: Any, args: Any = (), **options: Any) -> Any:
    """The root of ``f`` between ``a`` and ``b``, where its signs differ: ``scipy.optimize.brentq``.

    Differentiable by the floating leaves of ``args``; the bounds have no derivative. ``full_output`` is for
    plain values.

    Examples
    --------
    >>> import numpy as np
    >>> from funcgrad import grad
    >>> from funcgrad.scipy.optimize import brentq
    >>> def kepler(E, e):
    ...     return E - e * np.sin(E) - 1.0
    >>> round(grad(lambda e: brentq(kepler, 0.0, 4.0, (e,)))(0.0), 9), round(np.sin(1.0), 9)
    (0.841470985, np.float64(0.841470985))
    """
    if find_current() is None:
        return scipy_optimize.brentq(f, a, b, as_tuple(args), **options)
    if not is_plain((a, b)):
        _refuse("brentq", "a traced bound", "pass plain numbers: the root does not depend on its bounds")

    def find(start: Any, rest: tuple[Any, ...]) -> Any:
        return scipy_optimize.brentq(f, a, b, rest, **options)

    return _by_number("brentq", f, float(a), as_tuple(args), find, options)


def newton(func: Callable[..., Any], x0: Any, fprime: Any = None, args: Any = (), **options: Any) -> Any:
    """A root of ``func`` near ``x0``, by ``scipy.optimize.newton``: of a number, or of each of an array.

    Differentiable by the floating leaves of ``args``. ``full_output`` is for plain values.
    """
    if find_current() is None:
        return scipy_optimize.newton(func, x0, fprime, as_tuple(args), **options)

    def find(start: Any, rest: tuple[Any, ...]) -> Any:
        return scipy_optimize.newton(func, start, fprime, rest, **options)

    return _by_number("newton", func, x0, as_tuple(args), find, options)


def _by_number(name: str, fun: Any, x0: Any, args: tuple[Any, ...], find: Any, options: Any) -> Any:
    """The root that ``find(x0, args)`` finds on the host, of a number or an array of them."""
    if options.get("full_output"):
        _refuse(name, "full_output=True", "leave it out")
    x0 = arrays_of(x0)[0] if is_sequence(x0) else x0
    system = System(name, fun, x0, args)

    def residual(x: Any, leaves: Leaves) -> Any:
        return system.flat(fun(_state(system, x0, x), *system.arguments(leaves)))

    def solver(_: Any, start: Any, leaves: Leaves) -> Any:
        return np.reshape(find(_state(system, x0, start), system.arguments(leaves)), (-1,))

    return _state(system, x0, Implicit(name, residual, solver)(system.state, *system.leaves))


def root_scalar(f: Callable[..., Any], args: Any = (), **options: Any) -> Any:
    """SciPy's on plain values; refused in traced functions: ``brentq`` and ``newton`` are differentiable."""
    if find_current() is None:
        return scipy_optimize.root_scalar(f, as_tuple(args), **options)
    _refuse("root_scalar", "it", "call brentq(f, a, b, args) or newton(f, x0, fprime, args)")


def _refuse(name: str, got: str, hint: str) -> NoReturn:
    raise UnsupportedError(f"{name}: {got} does not work in a traced function.", hint=hint)
