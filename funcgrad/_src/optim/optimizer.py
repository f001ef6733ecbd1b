"""What an optimiser is, and how an elementwise rule becomes one.

The idea: an optimiser is three functions. ``init(params)`` makes the state, ``step(params, grads, state)``
returns new parameters and a new state, ``step_inplace`` does the same in the arrays it was given. An
elementwise optimiser (SGD, Adam, ...) writes its update once, for one leaf, as calls of ``store``; the
pure step lets ``store`` return a new array, the other lets it write into the old one. Invariant: both
steps run the same ufuncs on the same operands, so their results have the same bits.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

import numpy as np

from ..core.aval import Aval, aval_of
from ..ops.structural import as_kind, convert, full_like_aval
from ..tree import TreeDef, flatten, flatten_like, unflatten
from .checks import WriteCheck, check_leaves

Params = TypeVar("Params")
State = TypeVar("State")
Init = TypeVar("Init", covariant=True)

Store = Callable[[Any, np.ufunc, Any, Any], Any]
"""``store(target, ufunc, a, b)`` is ``ufunc(a, b)``, in place of ``target``."""


class InitFunction(Protocol[Init]):
    """``state = init(params)``."""

    def __call__(self, params: Any) -> Init: ...


class StepFunction(Protocol[State]):
    """``params, state = step(params, grads, state)``."""

    def __call__(self, params: Params, grads: Any, state: State) -> tuple[Params, State]: ...


class Optimizer(NamedTuple, Generic[State]):
    """Three functions of pytrees: ``init``, ``step`` and ``step_inplace``.

    ``state = init(params)`` makes a state.

    ``params, state = step(params, grads, state)`` is pure: it writes nothing and may be compiled, batched and
    differentiated. The tree, shapes, dtypes and kinds of ``params`` are kept.

    ``step_inplace`` takes the same and gives the same numbers, written into the arrays of ``params`` and
    ``state``, which it returns.

    Examples
    --------
    >>> import numpy as np
    >>> from funcgrad.optim import sgd
    >>> opt = sgd(0.5)
    >>> params = {"w": np.array([1.0, 2.0])}
    >>> state = opt.init(params)
    >>> params, state = opt.step(params, {"w": np.array([2.0, 2.0])}, state)
    >>> params
    {'w': array([0., 1.])}
    """

    init: InitFunction[State]
    step: StepFunction[State]
    step_inplace: StepFunction[State]


class Rule(Protocol):
    """The update of one leaf, and what it remembers."""

    @property
    def name(self) -> str:
        """The public function, for error messages."""

    @property
    def slots(self) -> tuple[str, ...]:
        """The names of what is remembered for each leaf: fields of the state."""

    @property
    def state(self) -> Callable[..., Any]:
        """``state(count, *trees)``: a named tuple of the steps taken and, for each slot, its tree or None."""

    def uses(self, slot: str) -> bool:
        """Whether these settings need the slot."""

    def settings(self, count: Any) -> Any:
        """The numbers of this step, such as the learning rate."""

    def update(self, store: Store, settings: Any, p: Any, g: Any, slots: list[Any]) -> tuple[Any, list[Any]]:
        """The new parameter and slots; each is written by ``store`` only, the parameter last."""


class Elementwise:
    """The three functions of an optimiser with an elementwise rule."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule

    def init(self, params: Any) -> Any:
        """A state for ``params``: no step taken, every slot zero."""
        leaves, tree = flatten(params)
        avals = check_leaves(f"{self.rule.name}.init", tree, leaves)
        zeros = [
            unflatten(tree, [full_like_aval(aval) for aval in avals]) if self.rule.uses(slot) else None
            for slot in self.rule.slots
        ]
        return self.rule.state(np.int64(0), *zeros)

    def step(self, params: Any, grads: Any, state: Any) -> tuple[Any, Any]:
        """New parameters and a new state; what was given is left as it is."""
        name = f"{self.rule.name}.step"
        tree, columns, avals = self._columns(name, params, grads, state)
        return self._run(_new, tree, columns, avals, state)

    def step_inplace(self, params: Any, grads: Any, state: Any) -> tuple[Any, Any]:
        """The same, written into the arrays of ``params`` and ``state``, which are returned."""
        name = f"{self.rule.name}.step_inplace"
        tree, columns, avals = self._columns(name, params, grads, state)
        check = WriteCheck(name, tree)
        for root, column in zip(["params", *self._used("state.")], [columns[0], *columns[2:]], strict=True):
            check.add(root, column)
        check.read("grads", columns[1])
        _, new = self._run(_written, tree, columns, avals, state)
        return params, state._replace(count=new.count)

    def _used(self, prefix: str = "") -> list[str]:
        return [prefix + slot for slot in self.rule.slots if self.rule.uses(slot)]

    def _columns(
        self, name: str, params: Any, grads: Any, state: Any
    ) -> tuple[TreeDef, list[list[Any]], list[Aval]]:
        """The leaves of parameters, gradient and slots, in the order of the parameters, all checked."""
        leaves, tree = flatten(params)
        avals = check_leaves(name, tree, leaves)
        columns = [leaves, flatten_like(tree, grads, f"{name}: the gradient does not fit", "grads")]
        for slot in self._used():
            known = getattr(state, slot, None)
            columns.append(flatten_like(tree, known, f"{name}: the state does not fit", f"state.{slot}"))
        for root, column in zip(["grads", *self._used("state.")], columns[1:], strict=True):
            check_leaves(name, tree, column, root, avals)
        return tree, columns, avals

    def _run(
        self, store: Store, tree: TreeDef, columns: list[list[Any]], avals: list[Aval], state: Any
    ) -> tuple[Any, Any]:
        settings = self.rule.settings(state.count)
        rows = []
        for aval, p, g, *slots in zip(avals, *columns, strict=True):
            new, remembered = self.rule.update(store, settings, p, as_gradient(g, aval), slots)
            rows.append([as_kind(x, aval) for x in (new, *remembered)])
        new_columns = iter([unflatten(tree, [row[i] for row in rows]) for i in range(len(columns) - 1)])
        new_params = next(new_columns)
        slots = [next(new_columns) if self.rule.uses(slot) else None for slot in self.rule.slots]
        return new_params, self.rule.state(state.count + 1, *slots)


def elementwise(rule: Rule) -> Optimizer[Any]:
    """The optimiser of an elementwise rule."""
    functions = Elementwise(rule)
    return Optimizer(functions.init, functions.step, functions.step_inplace)


def _new(target: Any, ufunc: np.ufunc, a: Any, b: Any) -> Any:
    return ufunc(a, b)


def _written(target: Any, ufunc: np.ufunc, a: Any, b: Any) -> Any:
    return ufunc(a, b, out=target)


def as_gradient(g: Any, aval: Aval) -> Any:
    """The direction of steepest ascent, in the parameter's dtype: for a complex one the conjugate."""
    if aval_of(g).dtype != aval.dtype:
        g = convert(g, aval.dtype)
    return np.conj(g) if aval.dtype.kind == "c" else g
