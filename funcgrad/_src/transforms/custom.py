"""Functions with derivative rules of their own: ``custom_vjp`` and ``custom_jvp``.

The idea: a call of such a function stays whole (call.py). Either rule serves both modes: forward mode
through a vjp rule is the transpose of its pullback, reverse mode through a jvp rule the transpose of its
linear tangent map. A function may have both. What a rule returns is checked against what it was given.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any, Generic, ParamSpec, TypeVar

from ..base.errors import ArgumentError, MissingRuleError, TreeError
from ..base.source import function_location, function_name
from ..core.aval import Aval, aval_of
from ..core.flat import Transformation, argument_name, describe_value, leaf_paths, parameters, positions
from ..core.trace import Tracer, withheld
from ..ops.structural import instantiate
from ..tree import TreeDef, flatten, flatten_like, unflatten
from .call import (
    Call,
    Pull,
    Rule,
    call_p,
    integers,
    lend,
    no_writes,
    reverse_of_forward,
    shown,
)
from .driver import call_user
from .transpose import Leaves, Linear, pull_linear, reverse_of_linear

P = ParamSpec("P")
R = TypeVar("R")


class CustomCall(Call):
    """One call of a function with rules: the trees of this call, and its static arguments."""

    def __init__(self, owner: Custom[..., Any], tree: TreeDef, static: dict[int, Any], count: int) -> None:
        self.owner = owner
        self.name = function_name(owner.fun)
        self.tree = tree
        self.static = static
        self.count = count
        self.out_tree: TreeDef | None = None
        self.forward_only = owner.fwd is None or owner.bwd is None
        self.at = function_location(owner.jvp_rule) if owner.jvp_rule is not None else None

    def arguments(self, leaves: Leaves) -> list[Any]:
        """All positional arguments, static ones in their places."""
        moving = iter(unflatten(self.tree, list(leaves)))
        return [self.static[i] if i in self.static else next(moving) for i in range(self.count)]

    def moving(self, leaves: Leaves) -> tuple[Any, ...]:
        """The arguments that are not static."""
        return tuple(unflatten(self.tree, list(leaves)))

    @property
    def lead(self) -> tuple[Any, ...]:
        """Static arguments: the leading arguments of rules."""
        return tuple(self.static[i] for i in sorted(self.static))

    def rule(self, fun: Callable[..., Any], role: str) -> Rule:
        """One of the user's rules, with the name by which errors speak of it."""
        return Rule(fun, f"The {role} rule of `{self.name}`")

    def primal(self, *leaves: Any) -> list[Any]:
        outs, self.out_tree = flatten(call_user(self.owner.fun, self.arguments(leaves), {}))
        return list(outs)

    # --- reverse ---

    def reverse(self, leaves: Leaves, mask: int) -> tuple[list[Any], Pull]:
        owner = self.owner
        if owner.fwd is None or owner.bwd is None:
            return reverse_of_forward(self, leaves, mask)
        fwd, bwd = self.rule(owner.fwd, "fwd"), self.rule(owner.bwd, "bwd")
        result = fwd(*self.arguments(leaves))
        if not isinstance(result, tuple) or len(result) != 2:
            got = describe_value(result)
            raise fwd.error("must return a pair (output, residuals).", "a tuple of length 2", got)
        outs, out_tree = flatten(result[0])
        self.out_tree = out_tree
        residuals, residual_tree = flatten(result[1])
        avals = [aval_of(out) for out in outs]
        in_avals = [aval_of(leaf) for leaf in leaves]

        def back(held: Leaves, gs: Leaves) -> list[Any]:
            filled = instantiate(gs, avals)
            lent = unflatten(residual_tree, lend(held)), unflatten(out_tree, lend(filled))
            with no_writes(self.name):
                given = bwd(*self.lead, *lent)
            return [shown(share) for share in self.check_cotangents(bwd, given, in_avals)]

        return list(outs), Pull(residuals, back, foreign=True)

    def check_cotangents(self, rule: Rule, given: Any, avals: Sequence[Aval]) -> list[Any]:
        """The leaves of what bwd returned: one cotangent tree for each argument, None for zero."""
        trees = self.tree.children()
        if not isinstance(given, (tuple, list)) or len(given) != len(trees):
            raise rule.error(
                f"must return a tuple with one cotangent for each argument of `{self.name}`.",
                f"a tuple of length {len(trees)}",
                describe_value(given),
            )
        leaves: list[Any] = []
        for i, (tree, cotangent) in enumerate(zip(trees, given, strict=True)):
            leaves.extend(self._cotangent_leaves(rule, i, tree, cotangent))
        paths = leaf_paths(self.roots(), unflatten(self.tree, list(avals)))
        for leaf, aval, path in zip(leaves, avals, paths, strict=True):
            if leaf is not None:
                _check_fits(rule, f"returned a cotangent for `{path}` that does not fit it.", leaf, aval)
        return [leaf if aval.inexact else None for leaf, aval in zip(leaves, avals, strict=True)]

    def _cotangent_leaves(self, rule: Rule, i: int, tree: TreeDef, cotangent: Any) -> list[Any]:
        if cotangent is None:
            return [None] * tree.num_leaves
        return _leaves_like(
            rule,
            f"returned a cotangent of another tree for `{self.roots()[i]}`",
            "cotangent",
            tree,
            cotangent,
        )

    def roots(self) -> list[str]:
        """Names of the arguments that are not static."""
        return [argument_name(self.owner.fun, i) for i in range(self.count) if i not in self.static]

    # --- forward ---

    def forward(self, leaves: Leaves, tangents: Leaves) -> tuple[list[Any], list[Any]]:
        if self.owner.jvp_rule is not None or self.forward_only:
            return self.run_jvp(leaves, tangents)
        outs, pull = self.reverse(leaves, (1 << len(leaves)) - 1)
        avals = [aval_of(out) for out in outs]
        bwd = self.owner.bwd
        what = Linear(self.name, f"The bwd rule of `{self.name}`", bwd and function_location(bwd))
        tape, inputs, _, numbers = reverse_of_linear(what, lambda *gs: instantiate(pull(gs), leaves), avals)
        return outs, pull_linear(tape, inputs, numbers, tangents)

    def run_jvp(self, leaves: Leaves, tangents: Leaves) -> tuple[list[Any], list[Any]]:
        """Outputs and tangents by the user's jvp rule, checked."""
        if self.owner.jvp_rule is None:
            raise _without_rule(f"`{self.name}`", self.name)
        rule = self.rule(self.owner.jvp_rule, "jvp")
        result = rule(*self.lead, self.moving(leaves), self.moving(instantiate(tangents, leaves)))
        if not isinstance(result, tuple) or len(result) != 2:
            got = describe_value(result)
            raise rule.error("must return a pair (output, tangent).", "a tuple of length 2", got)
        outs, out_tree = flatten(result[0])
        self.out_tree = out_tree
        moved = _leaves_like(
            rule, "returned a tangent of another tree than its output", "tangent", out_tree, result[1]
        )
        for out, t in zip(outs, moved, strict=True):
            _check_fits(rule, "returned a tangent that does not fit its output.", t, aval_of(out))
        return list(outs), [t if aval_of(out).inexact else None for out, t in zip(outs, moved, strict=True)]


def _leaves_like(rule: Rule, what: str, root: str, tree: TreeDef, given: Any) -> list[Any]:
    """The leaves of what a rule returned; RuleOutputError unless it has this tree."""
    try:
        return flatten_like(tree, given, what=what, root=root)
    except TreeError as error:
        raise rule.error(error.headline, error.expected, error.got) from None


def _check_fits(rule: Rule, headline: str, value: Any, aval: Aval) -> None:
    """Raise RuleOutputError unless ``value`` has this shape and dtype (Python numbers are weak)."""
    try:
        have = aval_of(value)
    except TypeError:
        raise rule.error(headline, str(aval), describe_value(value)) from None
    weak = have.kind == "python" and have.dtype.kind != "c"
    if have.shape != aval.shape or (aval.inexact and have.dtype != aval.dtype and not weak):
        raise rule.error(headline, str(aval), str(have))


def _without_rule(subject: str, name: str) -> MissingRuleError:
    return MissingRuleError(
        f"{subject} has no derivative rule.",
        hint=f"give it one: {name}.defvjp(fwd, bwd) or {name}.defjvp(rule)",
    )


class Custom(Transformation, Generic[P, R]):
    """A function with derivative rules of its own."""

    def __init__(self, fun: Callable[P, R], nondiff_argnums: Sequence[int] | int, name: str) -> None:
        self.transform = name
        super().__init__(fun)
        self.nondiff = positions(name, "nondiff_argnums", fun, nondiff_argnums)
        self.fwd: Callable[..., Any] | None = None
        self.bwd: Callable[..., Any] | None = None
        self.jvp_rule: Callable[..., Any] | None = None

    def defvjp(self, fwd: Callable[..., Any], bwd: Callable[..., Any]) -> None:
        """Set the reverse rule.

        ``fwd(*args)`` returns ``(output, residuals)``; ``bwd(*nondiff, residuals, ct)`` returns a
        tuple with one cotangent for each differentiable argument (None for zero).
        """
        self.fwd, self.bwd = fwd, bwd

    def defjvp(self, rule: Callable[..., Any]) -> Callable[..., Any]:
        """Set the forward rule: ``rule(*nondiff, primals, tangents)`` returns ``(output, tangent)``."""
        self.jvp_rule = rule
        return rule

    def __reduce__(self) -> Any:
        return str(self.__dict__["__qualname__"])  # a module-level function pickles by its name

    def __call__(self, *arguments: P.args, **kwargs: P.kwargs) -> R:
        args = self._positional(arguments, kwargs)
        moving = tuple(a for i, a in enumerate(args) if i not in self.nondiff)
        static = {i: a for i, a in enumerate(args) if i in self.nondiff}
        leaves, tree = flatten(moving)
        if self.fwd is None and self.jvp_rule is None:
            self._check_not_differentiated(leaves)
        call = CustomCall(self, tree, static, len(args))
        call.constants = integers(leaves)
        outs = call_p.bind(*leaves, call=call, jaxpr=None)
        return unflatten(self._out_tree(call), list(outs))  # type: ignore[no-any-return]

    def _check_not_differentiated(self, leaves: Leaves) -> None:
        """Raise, naming the transformation that asks for a derivative of a function that has none."""
        name = function_name(self.fun)
        for leaf in leaves:
            for reason, trace in withheld(leaf) if type(leaf) is Tracer else ():
                if reason == "derivative":
                    raise _without_rule(f"{trace.name}: `{name}`", name)

    def _out_tree(self, call: CustomCall) -> TreeDef:
        if call.out_tree is None:
            raise ArgumentError(f"`{call.name}` was not called by the trace that applied it.")
        return call.out_tree

    def _positional(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
        """All arguments by position, defaults included."""
        known = parameters(self.fun)
        if not kwargs and len(args) >= len(known):
            return args
        bound = inspect.Signature(known).bind(*args, **kwargs) if known else None
        if bound is not None:
            bound.apply_defaults()
            args, kwargs = bound.args, bound.kwargs
        if kwargs:
            raise ArgumentError(
                f"{self.transform}: `{function_name(self.fun)}` takes an argument by keyword only.",
                expected="arguments that can be given by position",
                got=f"keywords {', '.join(kwargs)}",
            )
        return args


def custom_vjp(fun: Callable[P, R], nondiff_argnums: Sequence[int] | int = ()) -> Custom[P, R]:
    """Give a function a reverse rule of its own, set with ``defvjp(fwd, bwd)``.

    Parameters
    ----------
    fun : callable
        A function of pytrees. Traced values must reach it as arguments, not through its closure.
    nondiff_argnums : int or sequence of int
        Positions of static arguments; ``bwd`` gets them first.

    Returns
    -------
    Custom
        The function, with ``defvjp`` and ``defjvp``. It may have both rules; with a vjp rule alone,
        forward mode is the transpose of the pullback.

    Raises
    ------
    RuleOutputError
        When a rule returns another tree, shape or dtype than it must.
    ClosedOverTracerError
        When the function or a rule closes over a traced value.
    NonLinearError
        When a pullback that is not linear (clipping, say) would have to be transposed.

    Examples
    --------
    >>> import numpy as np
    >>> from funcgrad import custom_vjp, grad
    >>> @custom_vjp
    ... def relu(x):
    ...     return np.maximum(x, 0)
    >>> relu.defvjp(lambda x: (relu(x), x), lambda x, g: (np.where(x < 0, 0.0, g),))
    >>> grad(relu)(0.0), grad(relu)(-1.0)
    (1.0, 0.0)
    """
    return Custom(fun, nondiff_argnums, "custom_vjp")


def custom_jvp(fun: Callable[P, R], nondiff_argnums: Sequence[int] | int = ()) -> Custom[P, R]:
    """Give a function a forward rule of its own, set with ``defjvp(rule)``.

    ``rule(primals, tangents)`` returns ``(output, tangent)``; static arguments come before. Reverse
    mode transposes the tangent map, which must be linear. Arguments and errors are those of
    ``custom_vjp``.

    Examples
    --------
    >>> import numpy as np
    >>> from funcgrad import custom_jvp, grad
    >>> @custom_jvp
    ... def log1pexp(x):
    ...     return np.log1p(np.exp(x))
    >>> _ = log1pexp.defjvp(lambda x, t: (log1pexp(*x), t[0] / (1 + np.exp(-x[0]))))
    >>> grad(log1pexp)(0.0)
    0.5
    """
    return Custom(fun, nondiff_argnums, "custom_jvp")
