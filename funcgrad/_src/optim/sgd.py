"""Stochastic gradient descent, with momentum, Nesterov's variant and weight decay."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, TypeVar

import numpy as np

from ..backends import HOST_TYPES
from ..base.errors import ArgumentError, DtypeError
from ..core.aval import aval_of
from ..core.trace import Tracer
from ..ops.structural import as_kind, convert
from ..tree import flatten, flatten_like, unflatten
from .checks import check_leaves
from .optimizer import Optimizer, Store, as_gradient, elementwise

Params = TypeVar("Params")


class SGDState(NamedTuple):
    """What `sgd` remembers.

    ``count`` is the number of steps taken, which a schedule is asked with; ``velocity`` the running sum of
    gradients, a tree like the parameters, or None without momentum.
    """

    count: Any
    velocity: Any


class Settings(NamedTuple):
    """The numbers of one step; momentum and weight decay are None when they are not used."""

    rate: Any
    momentum: Any
    weight_decay: Any


@dataclass(frozen=True)
class SGD:
    """The rule of `sgd`."""

    learning_rate: Any
    momentum: Any
    nesterov: bool
    weight_decay: Any

    name: ClassVar[str] = "sgd"
    slots: ClassVar[tuple[str, ...]] = ("velocity",)
    state: ClassVar[type[SGDState]] = SGDState

    def uses(self, slot: str) -> bool:
        """Whether there is momentum."""
        return not _is_zero(self.momentum)

    def settings(self, count: Any) -> Settings:
        """The learning rate of this step, and what else is not zero."""
        rate = self.learning_rate
        if callable(rate):
            rate = coefficient("sgd", "what the schedule returned", rate(count))
        momentum = None if _is_zero(self.momentum) else self.momentum
        return Settings(rate, momentum, None if _is_zero(self.weight_decay) else self.weight_decay)

    def update(
        self, store: Store, settings: Settings, p: Any, g: Any, slots: list[Any]
    ) -> tuple[Any, list[Any]]:
        """The formula of `sgd`, for one leaf."""
        rate = like(settings.rate, p)
        momentum, decay = (None if c is None else like(c, p) for c in settings[1:])
        if decay is not None:
            g = np.add(g, np.multiply(p, decay))
        if momentum is not None:
            (v,) = slots
            v = store(v, np.multiply, v, momentum)
            v = store(v, np.add, v, g)
            slots = [v]
            g = np.add(g, np.multiply(v, momentum)) if self.nesterov else v
        return store(p, np.subtract, p, np.multiply(g, rate)), slots


def sgd(
    learning_rate: float | Any | Callable[[Any], Any],
    momentum: float | Any = 0.0,
    nesterov: bool = False,
    weight_decay: float | Any = 0.0,
) -> Optimizer[SGDState]:
    """Gradient descent: ``p ← p − η v``.

    With the gradient ``g``, learning rate ``η``, momentum ``μ`` and weight decay ``λ``, one step is::

        g ← g + λ p
        v ← μ v + g          (v is zero before the first step)
        g ← g + μ v          if nesterov,  else  g ← v
        p ← p − η g

    Parts whose coefficient is the number 0 are left out.

    Parameters
    ----------
    learning_rate : float, 0-d array or callable
        A callable is a schedule: it is asked with the number of steps taken, 0 at first.
    momentum : float or 0-d array, optional
        How much of the velocity remains from step to step.
    nesterov : bool, optional
        Look ahead along the velocity; needs momentum.
    weight_decay : float or 0-d array, optional
        Pulls parameters towards zero, as the loss ``λ/2 Σ|p|²`` would.

    Returns
    -------
    Optimizer
        ``init``, ``step`` and ``step_inplace``; the state is an `SGDState`.

    Raises
    ------
    ArgumentError
        If a coefficient is negative or no single number, or if nesterov is without momentum. The steps
        raise it for a gradient of another shape.
    TreeError, DtypeError, MixedPlacesError, MutationError
        From the steps, with the path of the leaf.

    Notes
    -----
    Coefficients may be arrays and traced values, so that one can differentiate by them. They are taken
    in each parameter's own precision: float32 parameters stay float32. Complex parameters move against
    the conjugate of the gradient, which is the direction in which the loss falls. This form of momentum
    has the learning rate outside the velocity (Sutskever et al., 2013, have it inside).

    Examples
    --------
    >>> import numpy as np
    >>> from funcgrad.optim import sgd
    >>> opt = sgd(lambda count: 0.5 / (1 + count), momentum=0.5)
    >>> params, grads = np.array([1.0, 2.0]), np.array([1.0, 1.0])
    >>> state = opt.init(params)
    >>> params, state = opt.step(params, grads, state)
    >>> params, state = opt.step(params, grads, state)
    >>> params, state.count, state.velocity
    (array([0.125, 1.125]), np.int64(2), array([1.5, 1.5]))
    """
    if not callable(learning_rate):
        learning_rate = coefficient("sgd", "learning_rate", learning_rate)
    momentum = coefficient("sgd", "momentum", momentum)
    weight_decay = coefficient("sgd", "weight_decay", weight_decay)
    if nesterov and _is_zero(momentum):
        raise ArgumentError(
            "sgd: nesterov=True looks ahead along the velocity, and there is none.",
            expected="momentum > 0",
            got="momentum=0.0",
            hint="sgd(learning_rate, momentum=0.9, nesterov=True)",
        )
    return elementwise(SGD(learning_rate, momentum, bool(nesterov), weight_decay))


def sgd_step(params: Params, grads: Any, learning_rate: float | Any) -> Params:
    """Plain gradient descent without state: ``p − η g`` for each leaf.

    Parameters
    ----------
    params, grads : pytree
        Parameters and gradient; a complex gradient is conjugated.
    learning_rate : float or 0-d array
        The step ``η``, taken in each parameter's own precision.

    Returns
    -------
    pytree
        New parameters, with the tree, shapes, dtypes and kinds of ``params``.

    Raises
    ------
    ArgumentError, TreeError, DtypeError, MixedPlacesError
        As the steps of `sgd`.

    Examples
    --------
    >>> import numpy as np
    >>> from funcgrad.optim import sgd_step
    >>> sgd_step({"w": np.array([1.0, 2.0]), "b": 3.0}, {"w": np.array([2.0, 4.0]), "b": 1.0}, 0.5)
    {'w': array([0., 0.]), 'b': 2.5}
    """
    rate = coefficient("sgd_step", "learning_rate", learning_rate)
    leaves, tree = flatten(params)
    avals = check_leaves("sgd_step", tree, leaves)
    moves = flatten_like(tree, grads, "sgd_step: the gradient does not fit", "grads")
    check_leaves("sgd_step", tree, moves, "grads", avals)
    new = [
        as_kind(np.subtract(p, np.multiply(as_gradient(g, aval), like(rate, p))), aval)
        for p, g, aval in zip(leaves, moves, avals, strict=True)
    ]
    result: Params = unflatten(tree, new)
    return result


# --- coefficients ------------------------------------------------------------------------------------


def _is_zero(value: Any) -> bool:
    return type(value) is float and value == 0.0


def coefficient(name: str, what: str, value: Any) -> Any:
    """A real coefficient: a Python float if its number is at hand on the host, else as it is."""
    try:
        aval = aval_of(value)
    except DtypeError:
        aval = None
    if aval is None or aval.shape != () or aval.dtype.kind == "c":
        raise ArgumentError(
            f"{name}: {what} must be one real number.",
            expected="a float or a 0-d array" + (", or a schedule" if what == "learning_rate" else ""),
            got=type(value).__name__ if aval is None else str(aval),
        )
    if type(value) is Tracer or type(value) not in HOST_TYPES:
        return value
    number = float(value)
    if not number >= 0.0:
        raise ArgumentError(
            f"{name}: {what} must not be negative.",
            expected="a number >= 0",
            got=repr(number),
            hint="to climb instead of descending, negate the loss",
        )
    return number


def like(value: Any, p: Any) -> Any:
    """A coefficient in the precision of the parameter ``p``; Python numbers adapt by themselves."""
    aval = aval_of(value)
    if aval.kind == "python":
        return value
    dtype = aval_of(p).dtype
    return convert(value, np.finfo(dtype).dtype if dtype.kind == "c" else dtype)
