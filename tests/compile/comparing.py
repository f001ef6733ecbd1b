"""A compiled program beside the same program run eagerly, and both beside a wider reference."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from funcgrad import jit, make_jaxpr
from funcgrad._src.compile.choice import engine_for
from funcgrad._src.ir.evaluate import eval_jaxpr
from funcgrad._src.ir.jaxpr import Jaxpr
from funcgrad.errors import ArgumentError, MutationError
from funcgrad.tree import leaves
from funcgrad.tree import map as tree_map
from tests.compile.exactness import equations, keeps_bits
from tests.compile.ownership import arrays_of, assert_owned, assert_unchanged, memory_of, same_bits
from tests.compile.random_programs import Program, quiet, widest
from tests.compile.variants import VARIANTS, Function, Variant, active_of, floating, is_floating

PERTURBATIONS = 3
REFUSED = (
    "of an outer trace",
    "memory that others see",
    "cannot take a traced value",
    "no elements to assign to",
)

# --- the reference ------------------------------------------------------------------------------------


def moved(value: Any, rng: np.random.Generator) -> Any:
    """A floating value moved by one ulp, up or down."""
    if not is_floating(value):
        return value
    x = np.asarray(value)
    if x.dtype.kind == "c":
        y: Any = (moved(x.real, rng) + 1j * moved(x.imag, rng)).astype(x.dtype)
    else:
        y = np.nextafter(x, np.where(rng.random(x.shape) < 0.5, -np.inf, np.inf).astype(x.dtype))
    return np.asarray(y) if type(value) is np.ndarray else type(value)(y[()])


def largest(a: Any, b: Any) -> float:
    """The largest distance between two arrays' finite values."""
    with np.errstate(all="ignore"):
        off = np.abs(np.asarray(a).astype(np.clongdouble) - np.asarray(b))
    return float(np.max(off, initial=0.0, where=np.isfinite(off)))


def decides_by_rounding(program: Program, args: list[Any]) -> bool:
    """Whether a comparison in the program falls out otherwise one ulp away, or in wide arithmetic."""
    if not program.decisions:
        return False
    rng = np.random.default_rng(1)
    decide = program.function(decisions=True)
    with quiet():
        first = decide(*args)
        others = [decide(*[moved(x, rng) for x in args]) for _ in range(PERTURBATIONS)]
        others.append(program.function(wide=True, decisions=True)(*map(widest, args)))
    return any(not np.array_equal(a, b) for found in others for a, b in zip(first, found, strict=True))


class Reference(NamedTuple):
    """For each result its wide value, and its spread."""

    values: list[Any]
    spreads: list[float]


def reference(make: Callable[[Function], Function], program: Program, given: list[Any]) -> Reference:
    """The results of ``make`` of a program in wide arithmetic."""
    rng = np.random.default_rng(len(given))
    with quiet():
        f = make(program.function())
        eager = leaves(f(*given))
        spreads = [0.0] * len(eager)
        for _ in range(PERTURBATIONS):
            near = leaves(f(*tree_map(lambda x: moved(x, rng), given)))
            spreads = [max(s, largest(a, b)) for s, a, b in zip(spreads, near, eager, strict=True)]
        values = leaves(make(program.function(wide=True))(*tree_map(widest, given)))
    return Reference(values, spreads)


def coarsest(jaxpr: Jaxpr) -> float:
    """For native code, which adds in an order of its own: the unit of the narrowest dtype in a program."""
    if engine_for(np, None) != "llvm":
        return 0.0
    dtypes = {var.aval.dtype for eqn in equations(jaxpr) for var in eqn.outs if var.aval.dtype.kind in "fc"}
    return max([float(np.finfo(dtype).eps) for dtype in dtypes], default=0.0)


def assert_close(got: list[Any], eager: list[Any], exact: Reference, unit: float = 0.0) -> None:
    """The bound on each result's error; what is not finite is so in both."""
    for a, b, value, spread in zip(got, eager, exact.values, exact.spreads, strict=True):
        if not is_floating(b):
            assert np.array_equal(a, b), "integers differ"
            continue
        assert np.array_equal(np.isfinite(a), np.isfinite(b)), "another value is not finite"
        size = float(np.max(np.abs(b), initial=0.0, where=np.isfinite(b)))
        unit = max(unit, float(np.finfo(np.asarray(b).dtype).eps))
        error, bound = largest(a, value), 4 * largest(b, value) + spread + 2 * unit * size
        assert error <= bound, f"the error is {error:.3g}; {bound:.3g} is allowed, of {size:.3g}"


# --- a program and its compiled form ------------------------------------------------------------------


class Check:
    """One variant of a program: what it should give, and whether something gives that."""

    def __init__(self, program: Program, variant: Variant, shift: int) -> None:
        self.program, self.variant = program, variant
        self.f = program.function()
        self.args = program.arguments(shift)
        self.active = active_of(self.args)
        with quiet():
            self.given = variant.arguments(self.args, self.f)
            self.eager = self.make(self.f)(*self.given)

    def make(self, f: Function) -> Function:
        """The variant of a function."""
        return self.variant.wrap(f, self.active)

    def check(self, got: Any) -> str:
        """Kinds, dtypes, shapes, and either the bits or the bound; in a word, what was compared."""
        a, b = leaves(got), leaves(self.eager)
        for x, y in zip(a, b, strict=True):
            assert (type(x), np.shape(x)) == (type(y), np.shape(y))
            assert getattr(x, "dtype", None) == getattr(y, "dtype", None)
        if self.same(a, b):
            return "same bits"
        with quiet():
            jaxpr = make_jaxpr(self.make(self.f))(*self.given)
            if keeps_bits(jaxpr) and self.variant.compiled is None:
                assert self.variant.derivative, "bits differ, though nothing is summed"
                staged = eval_jaxpr(jaxpr, leaves(self.given))
                assert self.same(a, staged), "bits differ from those of the equations one by one"
        if self.program.special:
            assert all(np.array_equal(np.isnan(x), np.isnan(y)) for x, y in zip(a, b, strict=True))
            return "same NaN"
        if any(decides_by_rounding(self.program, row) for row in self.rows()):
            return "excluded"
        assert_close(a, b, reference(self.make, self.program, self.given), coarsest(jaxpr))
        return "close"

    def same(self, a: list[Any], b: list[Any]) -> bool:
        """Whether all bits are the same; a zero in a derivative may have either sign."""
        zeros = not self.variant.derivative
        return all([same_bits(x, y, zeros=zeros) for x, y in zip(a, b, strict=True)])

    def rows(self) -> list[list[Any]]:
        """The arguments with which the program itself is run."""
        if not self.variant.mapped:
            return [self.args]
        return [[x[k] if np.ndim(x) else x for x in self.given] for k in range(2)]


def check_program(program: Program, name: str) -> str:
    """All that is promised about a variant of a program; what was compared, in a word.

    The function is called with two sets of arguments and once more with the first; then everything that it
    has returned is overwritten, and it is called again.
    """
    variant = VARIANTS[name]
    args = program.arguments()
    if variant.mapped and not any(map(np.ndim, args)):
        return "nothing to map"
    with quiet():
        if variant.derivative and not (active_of(args) and floating(program.function()(*args))):
            return "nothing to differentiate"
    try:
        checks = [Check(program, variant, shift) for shift in (0, 1)]
        return _check(checks, variant)
    except (MutationError, ArgumentError) as error:  # a write into what is not the inner transformation's
        if any(words in str(error) for words in REFUSED) and (variant.derivative or variant.mapped):
            return "refused"
        raise


def _check(checks: list[Check], variant: Variant) -> str:
    first = checks[0]
    compiled = variant.compile(first.f, first.active)
    given = [check.given for check in checks]
    before = memory_of(given)
    results: list[Any] = []
    with quiet():
        for i in (0, 1, 0):
            results.append(compiled(*given[i]))
            assert_unchanged(given, before)
            assert_owned(results, arrays_of(given))
    said = [checks[i].check(results[i]) for i in (0, 1)]
    assert first.same(leaves(results[0]), leaves(results[2])), "a second call gives other bits"
    for x in arrays_of(results):
        x[...] = 77
    with quiet():
        again = compiled(*given[1])
    assert_unchanged(given, before)
    checks[1].check(again)
    return said[0]


def check_donated(program: Program) -> str:
    """All that is promised about a program that is given its arguments; what was compared, in a word."""
    checks = [Check(program, VARIANTS["value"], shift) for shift in (0, 1)]
    everything = range(len(program.inputs))
    compiled = jit(checks[0].f, donate_argnums=tuple(everything))
    results: list[Any] = []
    for check in checks:
        given = program.arguments(shift=len(results))
        left = [x for x in arrays_of(given) if x.base is not None or not x.flags.writeable]
        before = memory_of(left)
        with quiet():
            warnings.filterwarnings("ignore", "jit: a donated argument", UserWarning)
            results.append(compiled(*given))
        assert_unchanged(left, before)
        assert_owned(results, left)
        said = check.check(results[-1])
    checks[0].check(results[0])
    return said
