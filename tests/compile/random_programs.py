"""Random programs: values that print as source, are drawn by Hypothesis or made from a seed, and shrink.

A program is text. It runs as it stands with NumPy, with funcgrad's transformations around it, and once more
with every dtype replaced by the widest of its kind: that run is the reference.
"""

from __future__ import annotations

import random
import re
import string
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st

from tests.compile.grammar import DENSE_WEIGHTS, FILLS, KINDS, SPECIAL_WEIGHTS, WEIGHTS, Choose, Statement

PRELUDE = '''
import numpy as np
from funcgrad.nn import softmax
from funcgrad.scipy.special import logsumexp

f32, f64, c64, c128 = np.float32, np.float64, np.complex64, np.complex128


def data(seed, shape, dtype):
    """Numbers of moderate size, none of them near to zero."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(0.1, 1.5, shape) * rng.choice([-1, 1], shape)
    if np.dtype(dtype).kind == "c":
        x = x + 1j * rng.uniform(-1.0, 1.0, shape)
    return np.asarray(x).astype(np.int64 if np.dtype(dtype).kind in "bi" else dtype).astype(dtype)


def special(seed, shape, dtype):
    """Zeros of both signs, infinities, NaN, very small and very large numbers among ordinary ones."""
    rng = np.random.default_rng(seed)
    tiny = np.finfo(dtype).tiny
    few = [0.0, -0.0, np.inf, -np.inf, np.nan, tiny / 8, 1 / tiny]
    return rng.choice([*few, 1.0, -1.0, 0.5, -2.5], shape).astype(dtype)


def locked(x):
    x.flags.writeable = False
    return x


def unaligned(x):
    y = np.zeros(x.nbytes + 1, np.uint8)[1:].view(x.dtype).reshape(x.shape)
    y[...] = x
    return y


def swapped(x):
    return x.astype(x.dtype.newbyteorder())
'''
WIDE = {np.dtype(t): np.longdouble for t in (np.float32, np.float64)}
WIDE |= {np.dtype(t): np.clongdouble for t in (np.complex64, np.complex128)}
MOST = 200_000
MOST_WORK = 4e7  # multiplications in a product of matrices
HIGHEST = 1e3


@contextmanager
def quiet() -> Any:
    """Programs may overflow, divide by zero and average nothing."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", RuntimeWarning)
        warnings.simplefilter("ignore", np.exceptions.ComplexWarning)
        yield


def widest(value: Any) -> Any:
    """A floating value in the widest dtype of its kind; anything else as it is."""
    wide = WIDE.get(np.dtype(value.dtype.type)) if isinstance(value, np.ndarray | np.generic) else None
    if wide is None:
        return value
    return wide(value) if np.isscalar(value) else value.astype(wide)


def namespace(wide: bool = False) -> dict[str, Any]:
    """What a program's text refers to; with ``wide`` its dtypes are the widest."""
    space: dict[str, Any] = {}
    exec(PRELUDE, space)
    if wide:
        space |= {name: WIDE[np.dtype(space[name])] for name in ("f32", "f64", "c64", "c128")}
    return space


class Program(NamedTuple):
    """A function of NumPy arrays as text: inputs and closed-over constants are expressions."""

    inputs: tuple[str, ...]
    constants: tuple[str, ...]
    statements: tuple[str, ...]
    decisions: tuple[str, ...]
    outs: tuple[str, ...]
    special: bool = False

    def source(self, outs: tuple[str, ...] | None = None) -> str:
        """The definition of ``f``."""
        head = ", ".join(f"v{i}" for i in range(len(self.inputs)))
        outs = self.outs if outs is None else outs
        shown = outs[0] if len(outs) == 1 and outs is self.outs else f"({', '.join([*outs, ''])})"
        body = "\n".join([*self.statements, f"return {shown}"]).replace("\n", "\n    ")
        return f"def f({head}):\n    {body}\n"

    def function(self, *, wide: bool = False, decisions: bool = False) -> Callable[..., Any]:
        """``f``; for ``wide`` its reference, with ``decisions`` what in it must not depend on rounding."""
        space = namespace()
        exec("\n".join(self.constants), space)
        if wide:
            space = {
                **namespace(True),
                **{n: widest(v) for n, v in space.items() if n[0] == "c" and n[1:].isdigit()},
            }
        exec(self.source(self.decisions if decisions else None), space)
        return space["f"]  # type: ignore[no-any-return]

    def arguments(self, shift: int = 0) -> list[Any]:
        """New arguments; those of another ``shift`` are of the same kinds, with other numbers."""
        space = namespace()
        for name in ("data", "special"):
            space[name] = _shifted(space[name], shift)
        return [eval(text, space) for text in self.inputs]

    def snippet(self, variant: str) -> str:
        """The program and a variant of it as a script."""
        lines = [PRELUDE.strip(), "", *self.constants, "", "", self.source(), ""]
        lines += ["args = [", *(f"    {text}," for text in self.inputs), "]"]
        lines += [
            "from tests.compile.variants import VARIANTS, active_of  # noqa",
            f"variant = VARIANTS[{variant!r}]",
        ]
        lines += ["active, given = active_of(args), variant.arguments(args, f)"]
        lines += ["print(variant.wrap(f, active)(*given))", "print(variant.compile(f, active)(*given))"]
        return "\n".join(lines)

    def __repr__(self) -> str:
        args = [f"v{i} = {text}" for i, text in enumerate(self.inputs)]
        return "\n".join([*self.constants, *args, self.source()])


def _shifted(make: Callable[..., Any], shift: int) -> Callable[..., Any]:
    return lambda seed, shape, dtype: make(seed + shift, shape, dtype)


# --- inputs -------------------------------------------------------------------------------------------

SMALL = ((2, 3), (1, 4), (5, 1), (3, 3), (4, 2), (0, 3), (2, 0), (7, 5))
BLOCKS = (
    *((1, 32_767), (1, 32_768), (32_769, 1), (2, 32_768), (300, 400), (3, 50_000), (50_000, 3)),
    *((131, 1_001), (1, 100_001), (8, 4_097), (4_096, 8), (1, 65_536)),
)
DTYPES = ("f64",) * 5 + ("f32",) * 3 + ("c128", "c64", "np.int64", "bool")
LAYOUTS = (
    *("{x}",) * 5,
    *("np.asfortranarray({x})", "{x}[::-1]", "{x}[..., ::-1]", "locked({x})"),
    *("{twice}[..., ::2]", "{x}.T.copy().T", "np.broadcast_to({x}[:1], {shape})"),
    *("unaligned({x})", "swapped({x})"),
)
SCALARS = ("0.7", "f64(0.7)", "f32(-1.1)", "np.array(0.9)", "-0.4", "np.array(1.3, f32)")


def _shape(choose: Choose, world: tuple[int, int]) -> tuple[int, ...]:
    n, m = world
    return ((n, m), (n, m), (n, m), (m,), (n, 1), (1, m), (m, n), (n,), (), (m, m))[choose(10)]


class Sort(NamedTuple):
    """A sort of programs: shapes to draw from, how often each kind of statement comes, how many there are.

    With ``dense`` all inputs have one shape, so that nearly every statement fits, and any value is an
    operand: values live long, and are read, shown and written by many.
    """

    worlds: tuple[tuple[int, int], ...]
    weights: tuple[int, ...] = WEIGHTS
    most: int = 10
    special: bool = False
    dense: bool = False


SORTS = {
    "small": Sort(SMALL),
    "special": Sort(SMALL, SPECIAL_WEIGHTS, special=True),
    "large": Sort(BLOCKS),
    "dense": Sort(((190, 190), (95, 95), (3, 3)), DENSE_WEIGHTS, most=24, dense=True),
}


def _input(choose: Choose, world: tuple[int, int], seed: int, sort: Sort) -> str:
    special = sort.special
    shape = world if sort.dense else _shape(choose, world)
    if int(np.prod(shape)) > MOST or not shape:
        return SCALARS[choose(len(SCALARS))]
    dtype = DTYPES[choose(6 if sort.dense else 8 if special else len(DTYPES))]
    double = (*shape[:-1], 2 * shape[-1])
    layout = LAYOUTS[choose(len(LAYOUTS))]
    make = "special" if special else "data"
    x, twice = f"{make}({seed}, {shape}, {dtype})", f"{make}({seed}, {double}, {dtype})"
    return layout.format(x=x, twice=twice, shape=shape)


# --- drawing ------------------------------------------------------------------------------------------


class _Writer:
    """A program being written: each statement is tried on the numbers, and kept if it is moderate."""

    def __init__(self, choose: Choose, sort: Sort) -> None:
        self.choose, self.sort = choose, sort
        self.world = sort.worlds[choose(len(sort.worlds))]
        self.space = namespace()
        self.inputs = [_input(choose, self.world, 10 * i, sort) for i in range(1 + choose(3))]
        m = self.world[1]
        self.constants = [f"c0 = data(90, ({m},), {('f64', 'f32')[choose(2)]})", "c1 = np.array(0.6)"]
        self.names = [f"v{i}" for i in range(len(self.inputs))]
        for name, text in zip(self.names, self.inputs, strict=True):
            self.space[name] = eval(text, self.space)
        exec("\n".join(self.constants), self.space)
        self.statements: list[str] = []
        self.decisions: list[str] = []

    def add(self) -> None:
        """One more statement, if the one that is drawn fits."""
        kind = KINDS[self.sort.weights[self.choose(len(self.sort.weights))]]
        row = kind[self.choose(len(kind))]
        operands = [self._operand() for _ in range(3)]
        fills = self._fills(row, operands)
        name = f"v{len(self.names)}"
        text = row.text.format(*operands, v=name, **fills)
        if too_large(text, self.space) or not self._try(name, text):
            return
        self.names.append(name)
        self.statements.append(text)
        for i, decision in enumerate(row.decisions):
            kept = f"d{name[1:]}_{i}"
            self.statements[-1] = (
                f"{kept} = {decision.format(*operands, v=name, **fills)}\n{self.statements[-1]}"
            )
            self.decisions.append(kept)

    def _operand(self) -> str:
        """The latest values are the likeliest; 0 chooses the last one."""
        back = self.choose(len(self.names)) if self.sort.dense or self.choose(3) else 0
        return self.names[-1 - back]

    def _fills(self, row: Statement, operands: list[str]) -> dict[str, str]:
        texts = (row.text, *row.decisions)
        wanted = {part for text in texts for _, part, _, _ in string.Formatter().parse(text) if part in FILLS}
        return {part: FILLS[part](self.choose, self.space[operands[0]]) for part in sorted(wanted)}

    def _try(self, name: str, text: str) -> bool:
        before = {n: v.copy() for n, v in self.space.items() if n in self.names and isinstance(v, np.ndarray)}
        space = {**self.space, **before}
        try:
            with quiet():
                warnings.simplefilter("error", np.exceptions.ComplexWarning)  # funcgrad refuses that
                exec(text, space)
        except (ValueError, IndexError, TypeError, AttributeError, ZeroDivisionError, Warning):
            return False
        value = space[name]
        kinds = (
            "fc" if "\n" in text else "bifc"
        )  # into integers NumPy casts what is written; funcgrad refuses
        if not (hasattr(value, "dtype") and np.size(value) <= MOST and value.dtype.kind in kinds):
            return False
        if np.size(value) and not self.sort.special and not np.max(np.abs(value)) < HIGHEST:
            return False
        self.space[name] = value
        return True

    def program(self) -> Program:
        last = self.names[-1]
        count = self.choose(5) if self.sort.dense else (0, 0, 1, 2)[self.choose(4)]
        more = [self.names[-1 - self.choose(len(self.names))] for _ in range(count)]
        texts = (self.inputs, self.constants, self.statements, self.decisions, [last, *more])
        return Program(*map(tuple, texts), special=self.sort.special)


def too_large(text: str, values: dict[str, Any]) -> bool:
    """Whether a statement might make something much larger than the values that it names."""
    shapes = {
        name: np.shape(values[name]) for name in re.findall(r"\b(?:v\d+|c[01])\b", text) if name in values
    }
    sides = sorted({side for shape in shapes.values() for side in shape}, reverse=True)
    if not sides or sides[0] <= 30:
        return False
    rows = any(len(shape) == 1 for shape in shapes.values())  # of which tril makes a square
    if re.search("outer|diag|None", text) or (rows and re.search("tri[lu]", text)):
        return True
    if re.search("@|einsum|dot|inner", text):
        if sides[0] > 1000:
            return _long_product(text, shapes)
        return int(np.prod(sides[:3], dtype=float)) > MOST_WORK
    both = [*shapes.values(), *(shape[::-1] for shape in shapes.values())]
    return any(_together(a, b) > MOST for a in both for b in both)


def _long_product(text: str, shapes: dict[str, tuple[int, ...]]) -> bool:
    """Whether a statement with long sides is anything but one product that makes them short."""
    found = re.findall(r"(\w+)(\.T)? @ (\w+)(\.T)?", text)
    if len(found) != 1 or text.count("@") != 1 or "[" in text:
        return True
    name, turned, other, turned_too = found[0]
    if name not in shapes or other not in shapes:
        return True
    a, b = shapes[name][:: -1 if turned else 1], shapes[other][:: -1 if turned_too else 1]
    return len(a) != 2 or len(b) != 2 or a[0] * b[1] > MOST or a[0] * a[1] * b[1] > MOST_WORK


def _together(a: tuple[int, ...], b: tuple[int, ...]) -> float:
    """The size of what two shapes are broadcast to; zero if they do not fit."""
    try:
        return float(np.prod(np.broadcast_shapes(a, b), dtype=float))
    except ValueError:
        return 0.0


def build(choose: Choose, sort: str = "small") -> Program:
    """A program by a source of choices."""
    writer = _Writer(choose, SORTS[sort])
    for _ in range(1 + choose(SORTS[sort].most)):
        writer.add()
    return writer.program()


def program_of(seed: int, sort: str = "small") -> Program:
    """The program of a seed: always the same one."""
    return build(random.Random(seed).randrange, sort)


def programs(sort: str = "small") -> Any:
    """A strategy of programs, which shrink."""

    @st.composite
    def draw_program(draw: Any) -> Program:
        return build(lambda n: draw(st.integers(0, n - 1)), sort)

    return draw_program()


# --- shrinking ----------------------------------------------------------------------------------------


def _smaller(program: Program) -> Iterator[Program]:
    """Programs with a result, a statement or an odd layout less."""
    for i in range(len(program.outs) * (len(program.outs) > 1)):
        yield program._replace(outs=program.outs[:i] + program.outs[i + 1 :])
    for i in reversed(range(len(program.statements))):
        name = re.findall(r"^(v\d+) = ", program.statements[i], re.MULTILINE)[0]
        decisions = tuple(d for d in program.decisions if not d.startswith(f"d{name[1:]}_"))
        for other in (f"v{k}" for k in range(int(name[1:]))):
            rest = tuple(re.sub(rf"\b{name}\b", other, text) for text in program.statements[i + 1 :])
            outs = tuple(other if out == name else out for out in program.outs)
            kept = program.statements[:i] + rest
            yield program._replace(statements=kept, decisions=decisions, outs=outs)
    for i, text in enumerate(program.inputs):
        plain = re.search(r"(data|special)\(\d+, \(.*?\), [\w.]+\)", text)
        if plain and plain[0] != text:
            yield program._replace(inputs=(*program.inputs[:i], plain[0], *program.inputs[i + 1 :]))


def shrink(program: Program, fails: Callable[[Program], bool]) -> Program:
    """A program that fails as well, of which nothing can be left out."""
    for candidate in _smaller(program):
        try:
            with quiet():
                candidate.function(decisions=True)(*candidate.arguments())
                candidate.function()(*candidate.arguments())
        except Exception:  # noqa: BLE001  (whatever it is, it is no program)
            continue
        if fails(candidate):
            return shrink(candidate, fails)
    return program
