"""Solutions of ordinary differential equations by LSODA, differentiable by initial value, times, arguments.

Forward mode integrates the variational equations beside the solution; reverse mode integrates the adjoint
equation backwards from output time to output time, where the stored solution is taken up again. Both are
integrations in their turn, so that derivatives of derivatives are found in the same way.

L. S. Pontryagin et al., The Mathematical Theory of Optimal Processes (1962); R. T. Q. Chen, Y. Rubanova,
J. Bettencourt and D. Duvenaud, "Neural Ordinary Differential Equations" (2018), appendices B and C.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..backends import require
from ..base.errors import UnsupportedError
from ..core.aval import aval_of, make_aval
from ..core.trace import find_current
from ..ops.given import arrays_of
from ..ops.ravel_tree import Unravel, ravel
from ..ops.structural import convert, full_like_aval
from ..transforms.call import Call, Pull, call_p
from ..transforms.jvp import jvp
from ..transforms.vjp import vjp
from ..transforms.vmap import vmap
from ..tree import flatten
from .host import System, host_p, is_sequence, is_vector

scipy_integrate: Any = require("scipy.integrate", "scipy")
Leaves = Sequence[Any]
_FLOAT = np.dtype(np.float64)
# What the integration of a derivative takes too.
_KEPT = ("mxstep", "mxordn", "mxords", "hmax", "hmin", "mxhnil")


class Flow:
    """The right side of an equation: ``rhs(y, t, leaves)``, of a flat state."""

    Dfun: Callable[..., Any] | None = None

    def rhs(self, y: Any, t: Any, leaves: Leaves) -> Any:
        """The time derivative of the state."""
        raise NotImplementedError


class UserFlow(Flow):
    """The right side that the user gave."""

    def __init__(self, system: System, tfirst: bool, Dfun: Callable[..., Any] | None) -> None:
        self.system = system
        self.tfirst = tfirst
        self.Dfun = Dfun

    def rhs(self, y: Any, t: Any, leaves: Leaves) -> Any:
        """The user's function, of the state in its own tree."""
        return self.system.flat(self.call(self.system.fun, y, t, leaves))

    def call(self, fun: Callable[..., Any], y: Any, t: Any, leaves: Leaves) -> Any:
        """A function of the user's, with its arguments in their order."""
        pair = (t, self.system.shaped(y)) if self.tfirst else (self.system.shaped(y), t)
        return fun(*pair, *self.system.arguments(leaves))


class Variational(Flow):
    """The equation of a state beside its tangent: ``v' = f_y v + f_p p'``.

    Its leaves are those of the equation, and then the tangents of the ``active`` ones.
    """

    def __init__(self, flow: Flow, active: list[int], count: int) -> None:
        self.flow, self.active, self.count = flow, active, count

    def rhs(self, y: Any, t: Any, leaves: Leaves) -> Any:
        """Of state and tangent, one after the other."""
        n = aval_of(y).shape[0] // 2
        given, moved = list(leaves[: self.count]), leaves[self.count :]
        point = (y[:n], *(given[i] for i in self.active))

        def fun(y: Any, *chosen: Any) -> Any:
            return self.flow.rhs(y, t, _replaced(given, self.active, chosen))

        return np.concatenate(jvp(fun, point, (y[n:], *moved)))


class Adjoint(Flow):
    """The equation of a state ``y``, its adjoint ``a``, and the cotangents of the ``active`` leaves.

    ``a' = -a f_y`` and ``c' = -a f_p``.
    """

    def __init__(self, flow: Flow, active: list[int], size: int) -> None:
        self.flow, self.active, self.size = flow, active, size

    def rhs(self, y: Any, t: Any, leaves: Leaves) -> Any:
        """Of state, adjoint and cotangents, one after the other."""
        n = self.size
        given = list(leaves)

        def fun(y: Any, *chosen: Any) -> Any:
            return self.flow.rhs(y, t, _replaced(given, self.active, chosen))

        value, pullback = vjp(fun, y[:n], *(given[i] for i in self.active))
        along, *across = pullback(y[n : 2 * n])
        return np.concatenate([value, -along, -_flat(across)])


def _replaced(values: list[Any], positions: list[int], new: Leaves) -> list[Any]:
    found = list(values)
    for i, value in zip(positions, new, strict=True):
        found[i] = value
    return found


def _flat(values: Leaves) -> Any:
    return convert(ravel(list(values))[0], _FLOAT)


class Integration(Call):
    """One solution: leaves ``(y0, t, *leaves)`` to the states at the times ``t``."""

    name = "odeint"

    def __init__(self, flow: Flow, options: dict[str, Any]) -> None:
        self.flow = flow
        self.options = options

    def __call__(self, *leaves: Any) -> Any:
        return call_p.bind(*leaves, call=self, jaxpr=None)[0]

    def primal(self, *leaves: Any) -> list[Any]:
        shape = aval_of(leaves[1]).shape + aval_of(leaves[0]).shape
        return list(host_p.bind(*leaves, solve=self.solve, avals=(make_aval(shape, _FLOAT),), levels=()))

    def solve(self, y0: Any, t: Any, *leaves: Any) -> tuple[Any]:
        """SciPy's solution."""
        flow = self.flow

        def rhs(y: Any, s: Any) -> Any:
            return flow.rhs(y, s, leaves)

        def jacobian(y: Any, s: Any) -> Any:
            return flow.call(flow.Dfun, y, s, leaves)  # type: ignore[attr-defined]

        Dfun = None if flow.Dfun is None else jacobian
        return (scipy_integrate.odeint(rhs, y0, t, Dfun=Dfun, **self.options),)

    def derived(self, flow: Flow) -> Integration:
        """The integration of an equation that belongs to this one, by its tolerances."""
        options = {name: self.options[name] for name in _KEPT if name in self.options}
        for name in ("rtol", "atol"):  # SciPy takes one for each component, too
            if self.options.get(name) is not None:
                options[name] = float(np.min(self.options[name]))
        return Integration(flow, options)

    def _velocities(self, ys: Any, t: Any, leaves: Leaves) -> Any:
        """The right side at every time of output."""
        return np.stack([self.flow.rhs(ys[i], t[i], leaves) for i in range(aval_of(t).shape[0])])

    # The solution at t_i moves with t_i by f(y_i, t_i), and with t_0 as if y0 had moved by -f(y0, t_0).

    def forward(self, leaves: Leaves, tangents: Leaves) -> tuple[list[Any], list[Any]]:
        ys = self(*leaves)
        (y0, t, *given), (dy0, dt, *moved) = leaves, tangents
        active = [i for i, tangent in enumerate(moved) if tangent is not None]
        start = full_like_aval(aval_of(y0)) if dy0 is None else dy0
        speed: Any = None if dt is None else self._velocities(ys, t, given)
        if dt is not None:
            start = start - speed[0] * dt[0]
        run = self.derived(Variational(self.flow, active, len(given)))
        out = run(np.concatenate([y0, start]), t, *given, *(moved[i] for i in active))
        change = out[:, aval_of(y0).shape[0] :]
        return [ys], [change if dt is None else change + speed * dt[:, None]]

    def reverse(self, leaves: Leaves, mask: int) -> tuple[list[Any], Pull]:
        ys = self(*leaves)
        return [ys], Pull([ys, *leaves], lambda held, gs: self._back(held, gs[0], mask))

    def _back(self, held: Leaves, g: Any, mask: int) -> list[Any]:
        ys, _, t, *given = held
        if g is None:
            return [None] * (len(held) - 1)
        active = [i for i in range(len(given)) if mask >> (i + 2) & 1]
        like = [aval_of(given[i]) for i in active]
        _, tree = flatten(like)
        unravel = Unravel(tree, tuple(like))
        adjoint, total = self._sweep(ys, t, given, g, active, unravel.size)
        shares: list[Any] = [None] * (len(held) - 1)
        shares[0] = adjoint + g[0]
        if mask & 2:
            speed = self._velocities(ys, t, given)
            shares[1] = np.concatenate([-np.sum(adjoint * speed[:1], axis=1), np.sum(g * speed, axis=1)[1:]])
        for i, share in zip(active, unravel(total), strict=True):
            shares[i + 2] = share
        return shares

    def _sweep(self, ys: Any, t: Any, given: Leaves, g: Any, active: list[int], size: int) -> Any:
        """The adjoint at the first time, without that time's own cotangent, and the leaves' cotangents."""
        n = aval_of(ys).shape[1]
        run = self.derived(Adjoint(self.flow, active, n))
        adjoint, total = np.zeros(n), np.zeros(size)
        for i in range(aval_of(t).shape[0] - 1, 0, -1):
            start = np.concatenate([ys[i], adjoint + g[i], total])
            out = run(start, t[i - 1 : i + 1][::-1], *given)[1]
            adjoint, total = out[n : 2 * n], out[2 * n :]
        return adjoint, total


# --- odeint ------------------------------------------------------------------------------------------


def odeint(
    func: Callable[..., Any],
    y0: Any,
    t: Any,
    args: Any = (),
    Dfun: Callable[..., Any] | None = None,
    *,
    full_output: bool = False,
    tfirst: bool = False,
    **options: Any,
) -> Any:
    """The solution of ``y' = func(y, t, *args)`` at the times ``t``, by LSODA.

    Parameters
    ----------
    func : callable
        The right side, of NumPy's functions; traced values reach it through ``args``, not by its closure.
    y0 : array, or pytree of real arrays
        The state at ``t[0]``. A list or tuple is a vector, as in SciPy; any other pytree, and an array of two
        and more dimensions, is what ``func`` then takes and returns.
    t : array of shape (m,)
        Increasing or decreasing times; the first belongs to ``y0``.
    args : tuple of pytrees
        Further arguments of ``func``. Their floating leaves may be differentiated by.
    Dfun : callable, optional
        The Jacobian of ``func``, for the solution alone: derivatives do without it.
    full_output : bool
        On plain values only.
    tfirst : bool
        Whether ``func`` takes ``(t, y, *args)``.
    **options
        ``rtol``, ``atol``, ``mxstep`` and the other options of ``scipy.integrate.odeint``.

    Returns
    -------
    array of shape (m, n), or pytree with leaves of shape (m, ...)
        In float64, as SciPy computes.

    Raises
    ------
    UnsupportedError
        For complex states, arrays of a device, ``full_output`` or ``tcrit`` on traced values.

    Notes
    -----
    The values are those of ``scipy.integrate.odeint``. A derivative is the solution of another equation,
    integrated with the same tolerances (the smallest ``atol``), so it is as accurate as they are, and not
    exactly the derivative of the numbers that LSODA gave. Under ``vmap`` the equations are solved one by one.

    Examples
    --------
    >>> import numpy as np
    >>> from funcgrad import grad
    >>> from funcgrad.scipy.integrate import odeint
    >>> def decay(y, t, rate):
    ...     return -rate * y
    >>> def last(rate):
    ...     return odeint(decay, np.array([1.0]), np.array([0.0, 2.0]), (rate,))[-1, 0]
    >>> round(grad(last)(0.5), 6), round(-2.0 * np.exp(-1.0), 6)
    (-0.735759, np.float64(-0.735759))
    """
    args = args if isinstance(args, tuple) else (args,)
    if find_current() is None and (is_sequence(y0) or is_vector(y0)):
        return scipy_integrate.odeint(
            func, y0, t, args, Dfun, full_output=full_output, tfirst=tfirst, **options
        )
    _refuse("full_output", full_output or None, "leave it out")
    _refuse("tcrit", options.get("tcrit"), "integrate from one critical time to the next")
    system = System("odeint", func, y0, args)
    if system.unravel is not None:
        _refuse("Dfun", Dfun, "leave it out")
    run = Integration(UserFlow(system, tfirst, Dfun), options)
    times = convert(arrays_of(t)[0], _FLOAT)
    ys = run(system.state, times, *system.leaves)
    return ys if system.unravel is None else vmap(system.unravel)(ys)


def _refuse(name: str, value: Any, hint: str) -> None:
    if value is not None:
        raise UnsupportedError(
            f"odeint: `{name}` is for plain values, and for states that are vectors.",
            expected=f"no `{name}` in a traced function, nor with a tree",
            got=f"{name}={value!r}",
            hint=hint,
        )
