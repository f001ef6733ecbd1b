"""SciPy's minimizers and fits, with derivatives computed here and parameters in pytrees.

SciPy works on one flat float64 vector of the host. It is converted here, explicitly, to and from the
parameters: their tree, dtypes and place.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..backends import at_place, require, to_host
from ..base.errors import ArgumentError, NotDifferentiableInputError, UnsupportedError
from ..core.aval import aval_of
from ..core.flat import describe_value, leaf_paths
from ..core.trace import find_current
from ..ops.given import arrays_of
from ..ops.ravel_tree import ravel
from ..transforms.grad import value_and_grad
from ..transforms.jacobian import hessian, hvp, jacfwd, jacrev
from ..transforms.jit import jit as compiled
from ..tree import broadcast_prefix, flatten, unflatten
from .host import is_sequence
from .roots import as_tuple

scipy_optimize: Any = require("scipy.optimize", "scipy")

_WITHOUT_GRADIENT = ("nelder-mead", "powell", "cobyla", "cobyqa")
_BY_PRODUCT = ("newton-cg", "trust-ncg", "trust-krylov", "trust-constr")
_BY_HESSIAN = ("dogleg", "trust-exact")


class Parameters:
    """The parameters as SciPy's flat vector, and back."""

    def __init__(self, name: str, x0: Any) -> None:
        if is_sequence(x0) and all(isinstance(x, (int, float, np.number)) for x in x0):
            x0 = arrays_of(x0)[0]
        if find_current() is not None:
            raise UnsupportedError(
                f"{name} is not differentiable, and cannot be called in a traced function.",
                hint="differentiate the solution of gradient = 0: root(grad(fun), x, args).x",
            )
        self._check(name, x0)
        flat, self.unravel = ravel(x0)
        self.dtype, self.place = flat.dtype, aval_of(flat).place
        self.start = np.asarray(to_host(flat), np.float64)

    def _check(self, name: str, x0: Any) -> None:
        for path, leaf in zip(leaf_paths(["x0"], [x0]), flatten(x0)[0], strict=True):
            try:
                fits = aval_of(leaf).inexact and aval_of(leaf).dtype.kind != "c"
            except TypeError:
                fits = False
            if not fits:
                raise NotDifferentiableInputError(
                    f"{name}: `{path}` is not a real floating point array.",
                    expected="a real floating dtype",
                    got=describe_value(leaf),
                    hint="convert it, or pass it in args",
                )

    def tree(self, flat: Any) -> Any:
        """SciPy's vector as parameters."""
        return self.unravel(at_place(np.asarray(flat, self.dtype), self.place))

    def flat(self, tree: Any) -> Any:
        """Parameters, or their gradient, as SciPy's vector."""
        return np.asarray(to_host(ravel(tree)[0]), np.float64)

    def function(self, fun: Callable[..., Any]) -> Callable[..., Any]:
        """A function of the parameters as one of a flat vector at their place, to differentiate by."""
        return lambda flat, *args: fun(self.unravel(flat), *args)

    def here(self, flat: Any) -> Any:
        """SciPy's vector at the parameters' place, in their dtype."""
        return at_place(np.array(flat, self.dtype), self.place)


def minimize(
    fun: Callable[..., Any],
    x0: Any,
    args: Any = (),
    method: str | None = None,
    *,
    hess: Any = None,
    bounds: Any = None,
    constraints: Any = (),
    tol: float | None = None,
    callback: Callable[..., Any] | None = None,
    options: dict[str, Any] | None = None,
    jit: bool = False,
) -> Any:
    """Minimize a function of a pytree by ``scipy.optimize.minimize``, with its derivatives computed here.

    Parameters
    ----------
    fun : callable
        ``fun(params, *args)`` returns one real scalar.
    x0 : array, or pytree of real floating arrays
        The first guess. A list of numbers is a vector, as in SciPy. On a device the flat vector of the
        parameters is copied there, and the gradient back, for each evaluation.
    args : tuple
        Further arguments of ``fun``.
    method : str, optional
        Any of SciPy's. Methods that take a gradient get it, those that take products with the Hessian get
        them (``Newton-CG``, ``trust-ncg``, ``trust-krylov``, ``trust-constr``), and ``dogleg`` and
        ``trust-exact`` the whole matrix.
    hess : optional
        A strategy of SciPy's in place of the Hessian, such as ``scipy.optimize.BFGS()``.
    bounds : optional
        As in SciPy, for the flat vector; or, for a tree, a pair of trees like ``x0``, or prefixes of it.
    constraints : optional
        As in SciPy; their functions take the parameters, and get their Jacobians by ``jacrev``.
    tol, callback, options
        As in SciPy; ``callback`` gets the parameters.
    jit : bool
        Whether to compile ``fun`` with its gradient.

    Returns
    -------
    OptimizeResult
        SciPy's, with ``x`` and ``jac`` in the tree of ``x0``, each leaf with its dtype and kind.

    Raises
    ------
    NotDifferentiableInputError
        If a leaf of ``x0`` is not real and floating.
    UnsupportedError
        In a traced function.

    Notes
    -----
    With float32 parameters the values are float32, too coarse for SciPy's default tolerances.

    Examples
    --------
    >>> import numpy as np
    >>> from funcgrad.scipy.optimize import minimize
    >>> def loss(params):
    ...     return np.sum((params["w"] - 1.0) ** 2) + (params["b"] + 2.0) ** 2
    >>> found = minimize(loss, {"w": np.zeros(2), "b": 0.0}, method="BFGS")
    >>> np.round(found.x["w"], 6), round(found.x["b"], 6)
    (array([1., 1.]), -2.0)
    """
    params = Parameters("minimize", x0)
    given: dict[str, Any] = {"method": method, "tol": tol, "options": options}
    given |= _derivatives(fun, params, str(method).lower(), hess, jit)
    given["bounds"] = _bounds(bounds, params)
    given["constraints"] = _constraints(constraints, params)
    if callback is not None:
        given["callback"] = _callback(callback, params)
    found = scipy_optimize.minimize(x0=params.start, args=as_tuple(args), **given)
    return _shaped(found, params)


def _derivatives(
    fun: Callable[..., Any], params: Parameters, method: str, hess: Any, jit: bool
) -> dict[str, Any]:
    """``fun`` and its derivatives as SciPy takes them."""
    function = params.function(fun)
    if method in _WITHOUT_GRADIENT:
        plain: Callable[..., Any] = compiled(function) if jit else function
        return {"fun": lambda x, *args: float(to_host(plain(params.here(x), *args)))}
    both: Callable[..., Any] = value_and_grad(function, 0)
    both = compiled(both) if jit else both

    def value(x: Any, *args: Any) -> tuple[float, Any]:
        found, gradient = both(params.here(x), *args)
        return float(to_host(found)), np.asarray(to_host(gradient), np.float64)

    def product(x: Any, v: Any, *args: Any) -> Any:
        def here(x: Any) -> Any:
            return function(x, *args)

        return np.asarray(to_host(hvp(here, (params.here(x),), (params.here(v),))[1]), np.float64)

    def matrix(x: Any, *args: Any) -> Any:
        return np.asarray(to_host(hessian(lambda x: function(x, *args))(params.here(x))), np.float64)

    given: dict[str, Any] = {"fun": value, "jac": True}
    if hess is not None:
        return given | {"hess": _strategy(hess, method)}
    if method in _BY_HESSIAN:
        return given | {"hess": matrix}
    return given | ({"hessp": product} if method in _BY_PRODUCT else {})


def _strategy(hess: Any, method: str) -> Any:
    """What SciPy may take in place of the Hessian."""
    if callable(hess) or method not in (*_BY_PRODUCT, *_BY_HESSIAN):
        raise ArgumentError(
            "minimize: the Hessian is computed here.",
            expected="hess=None, or a strategy of SciPy's for a method that takes one",
            got=f"hess={hess!r}",
        )
    return hess


def _shaped(found: Any, params: Parameters) -> Any:
    """SciPy's result with the parameters and their gradient as trees."""
    found.x = params.tree(found.x)
    jacobian = found.get("jac")
    if isinstance(jacobian, np.ndarray) and jacobian.shape == params.start.shape:
        found.jac = params.tree(jacobian)
    return found


def _bounds(bounds: Any, params: Parameters) -> Any:
    """Bounds of the flat vector."""
    avals, tree = params.unravel.avals, params.unravel.tree
    if tree.num_nodes == 1 or not (isinstance(bounds, tuple) and len(bounds) == 2):
        return bounds
    like = unflatten(tree, list(avals))
    rows = []
    for limit in bounds:
        leaves = broadcast_prefix(limit, like)
        full = [
            np.ravel(np.broadcast_to(np.asarray(to_host(leaf), np.float64), aval.shape))
            for leaf, aval in zip(leaves, avals, strict=True)
        ]
        rows.append(np.concatenate([*full, np.zeros(0)]))
    return scipy_optimize.Bounds(*rows)


def _constraints(constraints: Any, params: Parameters) -> Any:
    """Constraints on the flat vector, their functions with Jacobians."""
    if isinstance(constraints, (Sequence, np.ndarray)):
        return [_constraint(constraint, params) for constraint in constraints]
    return _constraint(constraints, params)


def _constraint(constraint: Any, params: Parameters) -> Any:
    if isinstance(constraint, Mapping):
        fun, jac = _vector(constraint["fun"], params)
        return {**constraint, "fun": fun, "jac": jac}
    if isinstance(constraint, scipy_optimize.NonlinearConstraint):
        fun, jac = _vector(constraint.fun, params)
        return scipy_optimize.NonlinearConstraint(
            fun, constraint.lb, constraint.ub, jac, constraint.hess, constraint.keep_feasible
        )
    return constraint


def _vector(fun: Callable[..., Any], params: Parameters) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """A function of the parameters, as one of SciPy's vector to a vector, and its Jacobian."""

    def flat(x: Any, *args: Any) -> Any:
        return ravel(fun(params.unravel(x), *args))[0]

    def value(x: Any, *args: Any) -> Any:
        return np.asarray(to_host(flat(params.here(x), *args)), np.float64)

    def jacobian(x: Any, *args: Any) -> Any:
        return np.asarray(to_host(jacrev(flat, 0)(params.here(x), *args)), np.float64)

    return value, jacobian


def _callback(callback: Callable[..., Any], params: Parameters) -> Callable[..., Any]:
    """The user's callback, which gets the parameters; SciPy asks for the name of its argument."""
    names = [*inspect.signature(callback).parameters]
    if names == ["intermediate_result"]:

        def with_result(intermediate_result: Any) -> Any:
            state = scipy_optimize.OptimizeResult(intermediate_result)
            state.x = params.tree(state.x)
            return callback(intermediate_result=state)

        return with_result
    return lambda xk, *rest: callback(params.tree(xk), *rest)


# --- fits --------------------------------------------------------------------------------------------


def least_squares(fun: Callable[..., Any], x0: Any, *, args: Any = (), **options: Any) -> Any:
    """Minimize a sum of squares by ``scipy.optimize.least_squares``, with the Jacobian computed here.

    ``fun(params, *args)`` returns the residuals, an array or a tree; ``x0`` is an array or a pytree of real
    floating arrays. ``options`` are SciPy's but for ``jac``; bounds are for the flat vector. In the result
    ``x`` is a tree like ``x0``, and ``jac`` the matrix of all residuals by all parameters.

    Examples
    --------
    >>> import numpy as np
    >>> from funcgrad.scipy.optimize import least_squares
    >>> t = np.linspace(0.0, 1.0, 5)
    >>> fit = least_squares(lambda p: p["a"] * np.exp(-p["k"] * t) - 2.0 * np.exp(-t), {"a": 1.0, "k": 0.5})
    >>> round(fit.x["a"], 6), round(fit.x["k"], 6)
    (2.0, 1.0)
    """
    _no_jacobian("least_squares", options)
    params = Parameters("least_squares", x0)
    value, jacobian = _vector(fun, params)
    found = scipy_optimize.least_squares(value, params.start, jacobian, args=as_tuple(args), **options)
    found.x = params.tree(found.x)
    return found


def curve_fit(f: Callable[..., Any], xdata: Any, ydata: Any, p0: Any = None, **options: Any) -> Any:
    """Fit ``f(xdata, *parameters)`` by ``scipy.optimize.curve_fit``, with the Jacobian computed here.

    ``options`` are SciPy's but for ``jac``. Returns the parameters and their covariance, as SciPy does.

    Examples
    --------
    >>> import numpy as np
    >>> from funcgrad.scipy.optimize import curve_fit
    >>> t = np.linspace(0.0, 1.0, 5)
    >>> found, _ = curve_fit(lambda t, a, k: a * np.exp(-k * t), t, 2.0 * np.exp(-t))
    >>> np.round(found, 6)
    array([2., 1.])
    """
    _no_jacobian("curve_fit", options)

    def jacobian(x: Any, *parameters: Any) -> Any:
        return jacfwd(lambda p: f(x, *(p[i] for i in range(len(parameters)))))(np.array(parameters, float))

    return scipy_optimize.curve_fit(f, xdata, ydata, p0, jac=jacobian, **options)


def _no_jacobian(name: str, options: Mapping[str, Any]) -> None:
    if options.get("jac") is not None:
        raise ArgumentError(
            f"{name}: the Jacobian is computed here.", expected="no `jac`", got=f"jac={options['jac']!r}"
        )
