"""Compilation: ``jit``.

The idea: the first call with arguments of a new kind stages the function into a jaxpr; an engine turns
that into a program; later calls of the same kind run the program. Arrays that the function closes over
are hidden inputs: the same objects, read again at every call. What Python decided by numbers is checked
by the program's guards; where one fails, another program is chosen or traced. Invariant: a cached program
is used only where staging again would give the same one.
"""

from __future__ import annotations

import warnings
from _thread import allocate_lock
from collections.abc import Callable
from time import perf_counter
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeVar, overload

from ..backends import is_array, namespace_of
from ..base import config
from ..base.late import late
from ..base.source import function_name
from ..compile.choice import Engine, checked_engine
from ..compile.staged import bind_jit
from ..core.aval import aval_of
from ..core.flat import Transformation, argument_name, own
from ..core.inplace import ARGUMENT
from ..core.trace import Tracer, find_current, tracing
from ..core.trace import current as running
from ..ir.jaxpr import Jaxpr
from ..ir.passes.guards_first import guards_first
from ..ops.decisions import Guard, GuardFailed
from ..tree import TreeDef, flatten, static_key, unflatten
from .closure import Closure, same_object
from .donating import donated_flags, hashable, overwritable, selected
from .driver import call_user, check_outputs, check_places, leaf_error, moving_leaves
from .history import AGAIN, Arguments, History, rebound, refused
from .programs import LIMIT, Call, Entry, Family, Holding, Key, check_hidden, too_many
from .watch import Watch

if TYPE_CHECKING:
    from ..compile import compiler
    from . import deciding, fastcall, lowered
else:
    deciding = late("funcgrad._src.transforms.deciding")
    lowered = late("funcgrad._src.transforms.lowered")
    compiler = late("funcgrad._src.compile.compiler")
    fastcall = late("funcgrad._src.transforms.fastcall")

P = ParamSpec("P")
R = TypeVar("R")


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
        guards: bool = True,
        engine: str | None = None,
    ) -> None:
        super().__init__(fun)
        self.options = (static_argnums, static_argnames, donate_argnums, donate_argnames, guards, engine)
        self.static_nums, self.static_names = selected(fun, "static_", static_argnums, static_argnames)
        self.donate_nums, self.donate_names = selected(fun, "donate_", donate_argnums, donate_argnames)
        self.guards = bool(guards)
        self.engine = checked_engine("jit", engine)
        self.name = function_name(fun)
        self.closure = Closure(fun)
        self.entries: dict[Key, list[Family]] = {}
        self.history = History(self.name)
        self.fast: tuple[
            fastcall.Generated, ...
        ] = ()  # the programs used last, for calls that flatten nothing
        self._lock = allocate_lock()

    def __reduce__(self) -> tuple[Any, ...]:
        return Jit, (self.fun, *self.options)

    # --- calling ---

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        if config.jit_disabled.get():
            return call_user(self.fun, args, kwargs)  # type: ignore[no-any-return]
        try:
            for fast in self.fast if running.get() is None else ():
                if (result := fast(args, kwargs)) is not fastcall.DECLINED:
                    return result  # type: ignore[no-any-return]
        except GuardFailed:  # another program is right for these numbers: the general way finds it
            pass
        return self._find_and_run(self._prepare(args, kwargs))  # type: ignore[no-any-return]

    def _find_and_run(self, call: Call) -> Any:
        """The results of the program that is right for these arguments; of plain Python if there is none."""
        entries, tried = call.family.entries, []
        entry: Entry | None = entries[0] if entries else self._stage(call)
        while entry is not None and (not entry.guards or entry.suits(call.operands(entry))):
            try:
                result = self._run(entry, call)
            except GuardFailed as failed:
                refusal = failed
            else:
                call.family.prefer(entry)
                if running.get() is None and entry in entries:
                    self._prefer(entry, call)
                return result
            tried.append(entry)
            entry = self._other(call, entry, refusal, tried)
        outs, tree = flatten(call_user(self.fun, call.args, call.kwargs))
        return unflatten(tree, own(outs, call.leaves))

    def _prefer(self, entry: Entry, call: Call) -> None:
        """Ask first, in the next call, whether it is one for this program."""

        def pattern() -> fastcall.Pattern:
            fixed = self.static_nums, self.static_names, call.family.tree
            closure, hidden = (self.closure, call.family.closure), fastcall.hidden_of(entry.jaxpr)
            return fastcall.Pattern(
                call.args, call.kwargs, *fixed, call.leaves, *closure, hidden, entry.donated
            )

        self.fast = fastcall.prefer(self.fast, pattern, entry.closed, entry.out_tree, self.engine)

    def _run(self, entry: Entry, call: Call) -> Any:
        """The results of a program; GuardFailed where it is right for other numbers than these."""
        check_hidden(self.name, entry.jaxpr)
        operands, donated = call.operands(entry), entry.donated
        if donated:
            donated = overwritable(self.name, operands, donated) if find_current() is None else ()
        outs = bind_jit(operands, entry.closed, self.name, donated, self.engine)
        given = {id(operands[i]) for i in donated}
        return unflatten(entry.out_tree, own(outs, [x for x in operands if id(x) not in given]))

    def _other(self, call: Call, entry: Entry, failed: GuardFailed, tried: list[Entry]) -> Entry | None:
        """Another program, that the failed guard leads to; None where plain Python is what is left."""
        family, path, guard = call.family, entry.path_of(failed), entry.guards[failed.number]
        found = family.after(path, tried)
        if found is not None or family.is_hopeless(path):
            return found
        if len(family.entries) >= LIMIT:
            if not family.warned:
                family.warned = True
                warnings.warn(too_many(self.name, guard.at), UserWarning, stacklevel=4)
            return None
        found = self._stage(call, refused(guard, failed.observed))
        if found in tried:  # compiled code rounds otherwise than Python
            family.miss(path)
            return None
        return found

    def _prepare(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Call:
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
        for family in self.entries.get(key, ()):
            if family.tree.same_order(tree) and all(map(same_object, family.closure, closure)):
                return Call(args, kwargs, leaves, key, family)
        constants = frozenset(i for i, value in enumerate(values) if value is not None)
        return Call(args, kwargs, leaves, key, Family(tree, closure, constants))

    def _split(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if not self.static_nums and not self.static_names:
            return (), args, kwargs
        statics = tuple(
            (place, hashable(self.fun, place, value)) for place, value in self._fixed(args, kwargs)
        )
        moving = tuple(a for i, a in enumerate(args) if i not in self.static_nums)
        return statics, moving, {k: v for k, v in kwargs.items() if k not in self.static_names}

    def _fixed(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[tuple[int | str, Any]]:
        """The static arguments, by position or name."""
        fixed: list[tuple[int | str, Any]] = [(i, a) for i, a in enumerate(args) if i in self.static_nums]
        return fixed + [(k, v) for k, v in sorted(kwargs.items()) if k in self.static_names]

    # --- staging ---

    def _stage(self, call: Call, refusal: str = "") -> Entry:
        """A program for these arguments, and for the decisions that Python makes by them."""
        began = perf_counter()
        jaxpr, out_tree, guards = self.trace(call)
        seconds = perf_counter() - began
        arguments = call.args, self._split(call.args, call.kwargs)[2], self.static_nums
        check_places("jit", self.fun, arguments, call.key[1], jaxpr.hidden)
        jaxpr = guards_first(jaxpr)
        path = tuple([static_key(guard.outcome) for guard in guards])
        donated = self._donated(call, len(jaxpr.hidden))
        entry = Entry(jaxpr, jaxpr.closed(), out_tree, donated, guards, path)
        with Holding(self._lock):
            self._explain(call, refusal)
            config.log_compile(self.history.lines[-1], len(jaxpr.eqns), seconds)
            if any(type(value) is Tracer for value in jaxpr.hidden):
                return entry
            call.family = self._registered(call)
        return call.family.add(entry)

    def _registered(self, call: Call) -> Family:
        """The family of the call among those that last: another thread may have been faster."""
        known, mine = self.entries.setdefault(call.key, []), call.family
        for family in known:
            if family.tree.same_order(mine.tree) and all(map(same_object, family.closure, mine.closure)):
                return family
        self.entries[call.key] = [mine, *known[:7]]
        return mine

    def trace(self, call: Call) -> tuple[Jaxpr, TreeDef, tuple[Guard, ...]]:
        """Stage the function for a call: the program, the tree of its results, and its decisions."""
        trace: Watch = deciding.Deciding("jit") if self.guards else Watch("jit")
        constants = call.family.constants
        with tracing(trace), config.switched(config.recomputing, False):
            tracers = [
                leaf if i in constants else trace.new_input(leaf, ARGUMENT)
                for i, leaf in enumerate(call.leaves)
            ]
            moving, named = unflatten(call.family.tree, tracers)
            rest = iter(moving)
            new_args = [a if i in self.static_nums else next(rest) for i, a in enumerate(call.args)]
            fixed = {k: v for k, v in call.kwargs.items() if k in self.static_names}
            out = call_user(self.fun, new_args, {**fixed, **named})
            check_outputs("jit", self.fun, out)
            outs, out_tree = flatten(out)
            in_vars = [t.data for i, t in enumerate(tracers) if i not in constants]
            jaxpr = trace.finish(in_vars, outs)
        return jaxpr, out_tree, tuple(trace.guards) if isinstance(trace, deciding.Deciding) else ()

    def _donated(self, call: Call, offset: int) -> tuple[int, ...]:
        """Positions, among the operands of the program, of the leaves of donated arguments."""
        if not self.donate_nums and not self.donate_names:
            return ()
        static, donated = (self.static_nums, self.static_names), (self.donate_nums, self.donate_names)
        flags = donated_flags(call.args, call.kwargs, static, donated)
        dynamic = [flag for i, flag in enumerate(flags) if i not in call.family.constants]
        return tuple(offset + i for i, flag in enumerate(dynamic) if flag)

    def _explain(self, call: Call, refusal: str) -> None:
        """Note why this trace was needed."""
        tree, avals, values, _ = call.key
        named = self._split(call.args, call.kwargs)[2]
        paths = moving_leaves(self.fun, call.args, named, self.static_nums)[0]
        numbers = [None if value is None else value[1] for value in values]
        fixed = [
            (argument_name(self.fun, p) if isinstance(p, int) else p, a)
            for p, a in self._fixed(call.args, call.kwargs)
        ]
        now = Arguments(paths, tree, avals, numbers, fixed)
        others = self.entries.get(call.key)
        if refusal:
            why = refusal
        elif others and others[0].tree.same_order(tree):
            changed = rebound(self.closure, others[0].closure, call.family.closure)
            why = f"{changed} was bound to another object" if changed else AGAIN
        else:
            why = self.history.cause(now)
        self.history.note(now, why)

    # --- looking inside ---

    def lower(self, *args: P.args, **kwargs: P.kwargs) -> lowered.Lowered:
        """The jaxpr, plan and code for arguments like these."""
        call = self._prepare(args, kwargs)
        entries = call.family.entries
        entry = entries[0] if entries and not entries[0].guards else self._stage(call)
        xp = namespace_of([leaf for leaf in call.leaves if is_array(leaf)])
        operands = call.operands(entry)
        program = compiler.program_for(
            entry.closed, xp, operands, entry.donated, self.name, engine=self.engine
        )
        closure = call.family.closure
        reachable = {id(x) for x in closure}
        reachable |= {id(x) for item in closure for x in flatten(item)[0] if not callable(item)}
        frozen = tuple(x for x in entry.jaxpr.hidden if id(x) not in reachable)
        return lowered.Lowered(entry.jaxpr, program, frozen, entry.guards)

    def why_retraced(self) -> str:
        """In words: every trace so far, and its cause."""
        return str(self.history)

    def clear_cache(self) -> None:
        """Forget every program."""
        with Holding(self._lock):
            self.entries.clear()
            self.fast = ()
            self.history.clear()

    @property
    def trace_count(self) -> int:
        """How often the function has been traced."""
        return len(self.history.lines)


@overload
def jit(
    fun: None = None,
    *,
    static_argnums: Any = None,
    static_argnames: Any = None,
    donate_argnums: Any = None,
    donate_argnames: Any = None,
    guards: bool = True,
    engine: Engine | None = None,
) -> Callable[[Callable[P, R]], Jit[P, R]]: ...
@overload
def jit(
    fun: Callable[P, R],
    *,
    static_argnums: Any = None,
    static_argnames: Any = None,
    donate_argnums: Any = None,
    donate_argnames: Any = None,
    guards: bool = True,
    engine: Engine | None = None,
) -> Jit[P, R]: ...
def jit(
    fun: Callable[..., Any] | None = None,
    *,
    static_argnums: Any = None,
    static_argnames: Any = None,
    donate_argnums: Any = None,
    donate_argnames: Any = None,
    guards: bool = True,
    engine: Engine | None = None,
) -> Any:
    """``fun`` as one compiled program for each kind of arguments.

    Parameters
    ----------
    fun : callable, optional
        A function of pytrees of arrays; without it ``jit(...)`` is a decorator with options. Python may
        decide by traced values (``if x > 0``, ``int(n)``, ``x[x > 0]``): the program is right for what
        was decided, checks that on every call, and another one is traced where it comes out otherwise.
        Python ints and bools are static by value; arrays that the function closes over are read again
        at every call, not copied into the program.
    static_argnums, static_argnames : int, str or sequence of these, optional
        Arguments that are compiled in, by type and value; they must be hashable.
    donate_argnums, donate_argnames : int, str or sequence of these, optional
        Arguments whose arrays may be overwritten by the result. One that is read-only, does not own its
        memory, or shares it with another argument is left alone, with a warning.
    guards : bool
        False: a decision by a traced value is a ConcretizationError. There are at most 16 programs for
        one kind of arguments; other values run as plain Python, after a warning.
    engine : {"llvm", "numpy"}, optional
        What the program is made of on the host, here and in its derivatives and batches: machine code (the
        extra ``llvm``), which gives no floating-point warnings, or NumPy's calls, which do. Without it
        `funcgrad.config.set_engine` decides, and else the best that is installed.

    Returns
    -------
    Jit
        The compiled function, with ``lower(*args)`` (jaxpr, plan, code, frozen arrays, guards, engine),
        ``why_retraced()`` and ``clear_cache()``.

    Raises
    ------
    ConcretizationError
        When Python needs the value of a traced array and cannot have it: with ``guards=False``, under
        ``vmap``, or where a whole array would leave (``np.asarray(x)``).
    ArgumentError
        When a static argument is not hashable, a closed-over array has changed its shape, or there is no
        such engine.
    MissingExtraError
        When the engine is asked for and not installed.

    Examples
    --------
    >>> import numpy as np
    >>> from funcgrad import jit
    >>> f = jit(lambda x: np.sin(x) ** 2 + np.cos(x) ** 2)
    >>> f(np.array([1.0, 2.0]))
    array([1., 1.])
    >>> f.trace_count
    1
    >>> root = jit(lambda x: np.sqrt(x) if x > 0 else 0.0)
    >>> root(4.0), root(-4.0), root(9.0), root.trace_count
    (np.float64(2.0), 0.0, np.float64(3.0), 2)
    """
    options = (static_argnums, static_argnames, donate_argnums, donate_argnames, guards, engine)
    if fun is None:
        checked_engine("jit", engine)
        return lambda given: Jit(given, *options)
    return Jit(fun, *options)
