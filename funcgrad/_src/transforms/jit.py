"""Compilation: ``jit``.

The idea: the first call with arguments of a new kind stages the function into a jaxpr; an engine turns
that into a program; later calls of the same kind run the program. Arrays that the function closes over
are hidden inputs: the same objects, read again at every call. Invariant: a cached program is used only
where staging again would give the same one.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Any, Generic, ParamSpec, TypeVar, overload

from ..backends import is_array, namespace_of
from ..base import config
from ..base.errors import ArgumentError
from ..base.record import Record
from ..base.source import Location, function_name, user_location
from ..compile.compiler import c_contiguous, compile_program
from ..compile.donation import not_donatable
from ..compile.staged import jit_p
from ..core.aval import Aval, aval_of
from ..core.flat import Transformation, argument_name, own, parameters, positions, strings
from ..core.inplace import ARGUMENT
from ..core.trace import Tracer, find_current, tracing
from ..core.trace import current as running
from ..ir.jaxpr import Jaxpr
from ..tree import TreeDef, flatten, static_key, unflatten
from .closure import Closure, same_object
from .driver import call_user, check_outputs, check_places, leaf_error
from .fastcall import DECLINED, Generated, Pattern, hidden_of, prefer
from .lowered import Lowered
from .watch import Watch

P = ParamSpec("P")
R = TypeVar("R")


class Entry(Record):
    """A staged program, and what must still hold for it to be used."""

    jaxpr: Jaxpr
    closed: Jaxpr
    tree: TreeDef
    out_tree: TreeDef
    closure: tuple[Any, ...]
    constants: frozenset[int]  # positions of Python ints and bools: static by value
    donated: tuple[int, ...]


class Jit(Transformation, Generic[P, R]):
    """A compiled function."""

    transform = "jit"

    def __init__(
        self,
        fun: Callable[..., Any],
        static_argnums: Any,
        static_argnames: Any,
        donate_argnums: Any,
        donate_argnames: Any,
    ) -> None:
        super().__init__(fun)
        self.options = (static_argnums, static_argnames, donate_argnums, donate_argnames)
        self.static_nums, self.static_names = self._positions("static_", static_argnums, static_argnames)
        self.donate_nums, self.donate_names = self._positions("donate_", donate_argnums, donate_argnames)
        self.closure = Closure(fun)
        self.entries: dict[Any, list[Entry]] = {}
        self.history: list[str] = []
        self.fast: tuple[Generated, ...] = ()  # the programs used last, for calls that flatten nothing

    def __reduce__(self) -> tuple[Any, ...]:
        return Jit, (self.fun, *self.options)

    def _positions(self, word: str, nums: Any, names: Any) -> tuple[frozenset[int], frozenset[str]]:
        """The arguments given by ``word`` + "argnums" and "argnames": positions, and their names."""
        found = positions("jit", f"{word}argnums", self.fun, nums)
        named = strings("jit", f"{word}argnames", names)
        known = parameters(self.fun)
        order = [p.name for p in known]
        unknown = [name for name in named if name not in order]
        if unknown and known and all(p.kind is not inspect.Parameter.VAR_KEYWORD for p in known):
            raise ArgumentError(
                f"jit: `{function_name(self.fun)}` has no argument {unknown[0]!r} to be {word}argnames.",
                expected=", ".join(order),
                got=", ".join(map(repr, unknown)),
            )
        found |= {order.index(name) for name in named if name in order}
        return found, frozenset(named) | frozenset(order[n] for n in found if n < len(order))

    # --- calling ---

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        if config.jit_disabled.get():
            return call_user(self.fun, args, kwargs)  # type: ignore[no-any-return]
        for call in self.fast if running.get() is None else ():
            if (result := call(args, kwargs)) is not DECLINED:
                return result  # type: ignore[no-any-return]
        leaves, entry = self._prepare(args, kwargs)
        dynamic = [leaf for i, leaf in enumerate(leaves) if i not in entry.constants]
        hidden = entry.jaxpr.hidden
        self._check_hidden(entry)
        current = find_current()
        if current is None:
            dynamic = self._protect(entry, dynamic)
        donated = entry.donated if current is None else ()
        operands = (*hidden, *dynamic)
        name = function_name(self.fun)
        outs = jit_p.bind(*operands, jaxpr=entry.closed, name=name, donated=donated)
        given = {id(operands[i]) for i in donated}
        owned = own(outs, [x for x in operands if id(x) not in given])
        return unflatten(entry.out_tree, owned)  # type: ignore[no-any-return]

    def _prepare(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[list[Any], Entry]:
        statics, moving, named = self._split(args, kwargs)
        leaves, tree = flatten((moving, named))
        try:
            avals = tuple(aval_of(leaf) for leaf in leaves)
        except TypeError:
            hint = "static_argnums or static_argnames compiles an argument in as it is"
            raise leaf_error("jit", self.fun, args, named, hint, self.static_nums) from None
        values = tuple(
            (type(leaf), leaf) if aval.kind == "python" and aval.dtype.kind in "bi" else None
            for leaf, aval in zip(leaves, avals, strict=True)
        )
        key = (tree, avals, values, statics)
        closure = self.closure.now()
        for entry in self.entries.get(key, ()):
            if entry.tree.same_order(tree) and all(map(same_object, entry.closure, closure)):
                if running.get() is None:
                    self._prefer(entry, args, kwargs, leaves)
                return leaves, entry
        return leaves, self._stage(key, args, kwargs, leaves, tree, avals, values, closure)

    def _prefer(self, entry: Entry, args: Any, kwargs: Any, leaves: list[Any]) -> None:
        """Ask first, in the next call, whether it is one for this program."""

        def pattern() -> Pattern:
            fixed = self.static_nums, self.static_names, entry.tree
            closure, hidden = (self.closure, entry.closure), hidden_of(entry.jaxpr)
            return Pattern(args, kwargs, *fixed, leaves, *closure, hidden, entry.donated)

        self.fast = prefer(self.fast, pattern, entry.closed, entry.out_tree)

    def _split(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if not self.static_nums and not self.static_names:
            return (), args, kwargs
        fixed: list[tuple[int | str, Any]] = [(i, a) for i, a in enumerate(args) if i in self.static_nums]
        fixed += [(k, v) for k, v in sorted(kwargs.items()) if k in self.static_names]
        statics = tuple((place, self._static(place, value)) for place, value in fixed)
        moving = tuple(a for i, a in enumerate(args) if i not in self.static_nums)
        return statics, moving, {k: v for k, v in kwargs.items() if k not in self.static_names}

    def _static(self, place: int | str, value: Any) -> Any:
        try:
            hash(value)
        except TypeError:
            name = argument_name(self.fun, place) if isinstance(place, int) else place
            raise ArgumentError(
                f"jit: the static argument `{name}` of `{function_name(self.fun)}` is not hashable.",
                expected="a hashable value",
                got=type(value).__name__,
                hint="pass a tuple instead of a list or array, or make the argument an ordinary one",
            ) from None
        return static_key(value)

    # --- staging ---

    def _stage(
        self,
        key: Any,
        args: Any,
        kwargs: Any,
        leaves: list[Any],
        tree: TreeDef,
        avals: Any,
        values: Any,
        closure: Any,
    ) -> Entry:
        began = perf_counter()
        jaxpr, out_tree = self.trace(args, kwargs, leaves, tree, values)
        seconds = perf_counter() - began
        arguments = args, self._split(args, kwargs)[2], self.static_nums
        check_places("jit", self.fun, arguments, avals, jaxpr.hidden)
        closed = jaxpr.closed()
        constants = frozenset(i for i, v in enumerate(values) if v is not None)
        donated = self._donated(args, kwargs, leaves, constants, len(jaxpr.hidden))
        entry = Entry(jaxpr, closed, tree, out_tree, closure, constants, donated)
        self._explain(key, avals, closure)
        config.log_compile(self.history[-1], len(jaxpr.eqns), seconds)
        if not any(type(value) is Tracer for value in jaxpr.hidden):
            known = self.entries.setdefault(key, [])
            known.insert(0, entry)
            del known[8:]
        return entry

    def trace(
        self, args: Any, kwargs: Any, leaves: list[Any], tree: TreeDef, values: Sequence[Any]
    ) -> tuple[Jaxpr, TreeDef]:
        """Stage the function for arguments like these."""
        trace = Watch("jit")
        with tracing(trace), config.switched(config.recomputing, False):
            tracers = [
                leaf if value is not None else trace.new_input(aval_of(leaf), ARGUMENT)
                for leaf, value in zip(leaves, values, strict=True)
            ]
            moving, named = unflatten(tree, tracers)
            rest = iter(moving)
            new_args = [a if i in self.static_nums else next(rest) for i, a in enumerate(args)]
            fixed = {k: v for k, v in kwargs.items() if k in self.static_names}
            out = call_user(self.fun, new_args, {**fixed, **named})
            check_outputs("jit", self.fun, out)
            outs, out_tree = flatten(out)
            in_vars = [t.data for t, value in zip(tracers, values, strict=True) if value is None]
            return trace.finish(in_vars, outs), out_tree

    def _donated(
        self, args: Any, kwargs: Any, leaves: list[Any], constants: frozenset[int], offset: int
    ) -> tuple[int, ...]:
        """Positions, among the operands of the program, of the leaves of donated arguments."""
        if not self.donate_nums and not self.donate_names:
            return ()
        flags: list[bool] = []
        for i, a in enumerate(args):
            if i not in self.static_nums:
                flags += [i in self.donate_nums] * len(flatten(a)[0])
        for k, v in kwargs.items():
            if k not in self.static_names:
                flags += [k in self.donate_names] * len(flatten(v)[0])
        dynamic = [flag for i, flag in enumerate(flags) if i not in constants]
        return tuple(offset + i for i, flag in enumerate(dynamic) if flag)

    def _explain(self, key: Any, avals: tuple[Aval, ...], closure: tuple[Any, ...]) -> None:
        at: Location | None = user_location()
        shown = ", ".join(map(str, avals))
        if not self.history:
            why = "the first call"
        elif key in self.entries:
            names = [
                *(f"free variable {n!r}" for n in self.closure.free_names),
                *(f"global {n!r}" for n in self.closure.names),
            ]
            before = self.entries[key][0].closure[1:]
            changed = [
                n for n, a, b in zip(names, before, closure[1:], strict=False) if not same_object(a, b)
            ]
            why = f"{', '.join(changed) or 'the closure'} was bound to another object"
        else:
            why = "arguments of another tree, dtype, shape, kind, place or static value"
        self.history.append(f"{function_name(self.fun)} traced at {at}: {why}; arguments: {shown}")

    # --- hidden inputs and donation ---

    def _check_hidden(self, entry: Entry) -> None:
        for var, value in zip(entry.jaxpr.hidden_vars, entry.jaxpr.hidden, strict=True):
            if aval_of(value) != var.aval:
                raise ArgumentError(
                    f"jit: an array that `{function_name(self.fun)}` closes over changed its shape or dtype.",
                    expected=str(var.aval),
                    got=str(aval_of(value)),
                    hint="pass the array as an argument",
                )

    def _protect(self, entry: Entry, dynamic: list[Any]) -> list[Any]:
        """Copies in place of donated arrays that must be left alone, with a warning."""
        if not entry.donated:
            return dynamic
        offset = len(entry.jaxpr.hidden)
        everything = [*entry.jaxpr.hidden, *dynamic]
        copies: dict[int, Any] = {}
        for position in entry.donated:
            if not is_array(everything[position]):
                continue  # a number: there is nothing to overwrite
            why = not_donatable(everything, position)
            if why is not None:
                warnings.warn(
                    f"jit: a donated argument of `{function_name(self.fun)}` {why}; it is left alone.",
                    UserWarning,
                    stacklevel=3,
                )
                copies[position] = everything[position].copy()
        return [copies.get(i, value) for i, value in enumerate(everything)][offset:]

    # --- looking inside ---

    def lower(self, *args: P.args, **kwargs: P.kwargs) -> Lowered:
        """The jaxpr, plan and code for arguments like these."""
        leaves, entry = self._prepare(args, kwargs)
        xp = namespace_of([leaf for leaf in leaves if is_array(leaf)])
        operands = [*entry.jaxpr.hidden, *[x for i, x in enumerate(leaves) if i not in entry.constants]]
        program = compile_program(entry.closed, xp, entry.donated, contiguous=c_contiguous(operands))
        reachable = {id(x) for x in entry.closure}
        reachable |= {id(x) for item in entry.closure for x in flatten(item)[0] if not callable(item)}
        frozen = tuple(x for x in entry.jaxpr.hidden if id(x) not in reachable)
        return Lowered(entry.jaxpr, program, frozen)

    def why_retraced(self) -> str:
        """In words: every trace so far, and its cause."""
        return "\n".join(self.history) or f"{function_name(self.fun)} has not been traced"

    def clear_cache(self) -> None:
        """Forget every program."""
        self.entries.clear()
        self.fast = ()
        self.history.clear()

    @property
    def trace_count(self) -> int:
        """How often the function has been traced."""
        return len(self.history)


@overload
def jit(
    fun: None = None,
    *,
    static_argnums: Any = None,
    static_argnames: Any = None,
    donate_argnums: Any = None,
    donate_argnames: Any = None,
) -> Callable[[Callable[P, R]], Jit[P, R]]: ...
@overload
def jit(
    fun: Callable[P, R],
    *,
    static_argnums: Any = None,
    static_argnames: Any = None,
    donate_argnums: Any = None,
    donate_argnames: Any = None,
) -> Jit[P, R]: ...
def jit(
    fun: Callable[..., Any] | None = None,
    *,
    static_argnums: Any = None,
    static_argnames: Any = None,
    donate_argnums: Any = None,
    donate_argnames: Any = None,
) -> Any:
    """``fun`` as one compiled program for each kind of arguments.

    Parameters
    ----------
    fun : callable, optional
        A function of pytrees of arrays; without it ``jit(...)`` is a decorator with options. While the
        function is traced, values are unknown: ``if`` on a traced value is an error that says how to
        write it. Python ints and bools are static by value; arrays that the function closes over are
        read again at every call, not copied into the program.
    static_argnums, static_argnames : int, str or sequence of these, optional
        Arguments that are compiled in, by type and value; they must be hashable.
    donate_argnums, donate_argnames : int, str or sequence of these, optional
        Arguments whose arrays may be overwritten by the result. One that is read-only, does not own its
        memory, or shares it with another argument is left alone, with a warning.

    Returns
    -------
    Jit
        The compiled function, with ``lower(*args)`` (jaxpr, plan, code, frozen arrays),
        ``why_retraced()`` and ``clear_cache()``.

    Raises
    ------
    ConcretizationError
        When the function needs the value of a traced array.
    ArgumentError
        When a static argument is not hashable, or a closed-over array has changed its shape.

    Examples
    --------
    >>> import numpy as np
    >>> from funcgrad import jit
    >>> f = jit(lambda x: np.sin(x) ** 2 + np.cos(x) ** 2)
    >>> f(np.array([1.0, 2.0]))
    array([1., 1.])
    >>> f.trace_count
    1
    """
    if fun is None:
        return lambda given: Jit(given, static_argnums, static_argnames, donate_argnums, donate_argnames)
    return Jit(fun, static_argnums, static_argnames, donate_argnums, donate_argnames)
