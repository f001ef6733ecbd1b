"""Random loop programs: broadcast, strided and reduced operands of all dtypes, through the whole engine.

A case is drawn from a seed: arrays (with gaps, turned, reversed, repeated, in Fortran order), and a few
operations on them, each on what broadcasts together; reductions are read again by later operations, as in a
softmax, and some values are read and written at computed indices. NumPy on the same arrays is the reference:
to the bit where nothing was summed or multiplied up, else to rounding.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from funcgrad import jit
from funcgrad._src.ops.at import at

LENGTHS = (1, 2, 3, 5, 7, 8, 9, 16, 17, 31, 64, 100, 257)
DTYPES = "ddddfffiilBb?DF"
MOST = 20_000  # elements
REDUCTIONS = (
    "sum",
    "max",
    "min",
    "prod",
    "sum",
    "max",
    "min",
    "prod",
    "any",
    "all",
    "count_nonzero",
    "argmax",
)


def draw(random: np.random.Generator, items: Any) -> Any:
    return items[int(random.integers(len(items)))]


class Case:
    """One program with its arguments."""

    def __init__(self, seed: int) -> None:
        self.random = random = np.random.default_rng(seed)
        self.shape = [int(draw(random, LENGTHS)) for _ in range(int(random.integers(1, 5)))]
        while np.prod(self.shape) > MOST:
            self.shape.pop(int(np.argmax(self.shape)))
        self.shape = self.shape or [3000 + seed % 7]
        self.args = [self.array() for _ in range(int(random.integers(1, 5)))]
        self.steps = [self.step(len(self.args) + k) for k in range(int(random.integers(2, 11)))]
        count = len(self.args) + len(self.steps)
        self.outs = sorted({count - 1, *random.integers(len(self.args), count, 2).tolist()})
        self.args.append(random.integers(0, 1 << 20, max(self.shape)).astype(draw(random, "il")))

    def array(self) -> Any:
        """An array, or a number, that broadcasts to the shape."""
        random, dtype = self.random, np.dtype(draw(self.random, DTYPES))
        shape = [n if random.random() < 0.8 else 1 for n in self.shape]
        shape = shape[int(random.integers(2)) if random.random() < 0.2 else 0 :]
        if random.random() < 0.1:
            return self.numbers((), dtype)[()]
        way = int(random.integers(7))
        if way == 1:
            return self.numbers(shape[::-1], dtype).T
        if way == 2:
            return self.numbers([2 * n for n in shape], dtype)[tuple([slice(None, None, 2)] * len(shape))]
        if way == 3:
            return self.numbers(shape, dtype)[..., ::-1] if shape else self.numbers(shape, dtype)
        if way == 4 and shape:
            return np.broadcast_to(self.numbers([1, *shape[1:]], dtype), shape)
        if way == 5:
            return self.numbers([n + 3 for n in shape], dtype)[tuple([slice(1, n + 1) for n in shape])]
        return self.numbers(shape, dtype)

    def numbers(self, shape: Any, dtype: np.dtype[Any]) -> Any:
        random = self.random
        if dtype.kind in "fc":
            x = np.asarray(random.normal(size=shape), np.float64)
            if random.random() < 0.15 and x.size > 3:
                x.flat[int(random.integers(x.size))] = draw(random, (np.nan, np.inf, -np.inf, -0.0))
            return (x + 1j * random.normal(size=shape) if dtype.kind == "c" else x).astype(dtype)
        return random.integers(0, 2 if dtype.kind == "b" else 100, shape).astype(dtype)

    def step(self, before: int) -> tuple[str, tuple[int, ...], Any]:
        """An operation, its operands (mostly late ones), and the axes of a reduction."""
        random = self.random
        operands = tuple([max(0, before - 1 - int(random.geometric(0.4) - 1)) for _ in range(3)])
        if random.random() < 0.25:
            axes = tuple([d for d in range(4) if random.random() < 0.4])
            return draw(random, REDUCTIONS), operands[:1], axes
        if random.random() < 0.15:
            return draw(random, tuple(INDEXED)), operands[:1], int(random.integers(4))
        name = draw(random, (*BINARY, *UNARY, "where"))
        return name, operands, None

    def function(self) -> Callable[..., Any]:
        """The program, for arrays and for what is traced."""

        def run(*args: Any) -> Any:
            *values, index = args
            for name, operands, axes in self.steps:
                if name in INDEXED:
                    values.append(indexed(name, values[operands[0]], index, axes))
                else:
                    values.append(apply(name, [values[k] for k in operands], axes))
            return tuple([values[k] for k in self.outs])

        return run

    def is_rounded(self) -> bool:
        """Whether something is added up, or multiplied."""
        return any(name in ("sum", "prod") for name, _, _ in self.steps)


def real(x: Any) -> Any:
    return x.real if np.iscomplexobj(x) else x


UNARY: dict[str, Callable[[Any], Any]] = {
    "negative": lambda x: -(x * 1),
    "square": np.square,
    "root": lambda x: np.sqrt(np.abs(real(x)) + 1.0),
    "shifted": lambda x: x - 0.5,
}
BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "add": lambda x, y: x + y,
    "multiply": lambda x, y: x * y,
    "less": lambda x, y: real(x) < real(y),
    "divide": lambda x, y: real(x) / (np.abs(real(y)) + 2.0),
    "maximum": lambda x, y: np.maximum(real(x), real(y)),
    "minimum": lambda x, y: np.minimum(real(x), real(y)),
}


INDEXED: dict[str, Callable[[Any, Any], Any]] = {
    "read": lambda x, key: x[key],
    "taken": lambda x, key: np.take(x, key[-1], len(key) - 1),
    "put": lambda x, key: at(x)[key].set(x),
    "put number": lambda x, key: at(x)[key].set(1),
    "added": lambda x, key: at(x)[key].add(x),
    "raised": lambda x, key: at(real(x))[key].max(real(x)),
}


def indexed(name: str, x: Any, index: Any, axis: int) -> Any:
    """Something that reads or writes along an axis, in a random order; some elements twice."""
    if not np.ndim(x):
        return x
    axis %= np.ndim(x)
    count = np.shape(x)[axis]
    places = (index[:count] + axis) % count
    places = np.where(places > count // 2, places - count, places)
    return INDEXED[name](x, (*(slice(None),) * axis, places))


def apply(name: str, args: list[Any], axes: Any) -> Any:
    """One operation of NumPy."""
    if name in UNARY:
        return UNARY[name](args[0])
    if name in BINARY:
        return BINARY[name](args[0], args[1])
    if name == "where":
        return np.where(real(args[0]) > 0, args[1], args[2])
    x = args[0] if name in ("sum", "prod") else real(args[0])
    if name == "argmax" and np.ndim(x):
        return np.argmax(x, axis=axes[0] % np.ndim(x) if axes else 0, keepdims=True)
    if name == "prod":
        x = np.tanh(real(x)) + 1.0  # neither overflow nor nothing
        name = "sum" if np.size(x) > 64 else name
    over = tuple([d for d in axes if d < np.ndim(x)])
    return getattr(np, name)(x, axis=over or None, keepdims=True) if np.ndim(x) else x


def complaint(seed: int) -> str:
    """What is wrong with the results for a seed; nothing if they are right."""
    case = Case(seed)
    f = case.function()
    with np.errstate(all="ignore"):
        wanted = f(*case.args)
        own = type(case.args[0]) is np.ndarray and case.args[0].flags.owndata
        compiled = jit(f, engine="llvm", donate_argnums=0 if own and seed % 3 == 0 else None)
        for _ in range(2):
            found = compiled(*[x.copy("K") if k == 0 and own else x for k, x in enumerate(case.args)])
            for a, b in zip(found, wanted, strict=True):
                if (np.shape(a), np.asarray(a).dtype) != (np.shape(b), np.asarray(b).dtype):
                    return f"seed {seed}: {np.shape(a)} {np.asarray(a).dtype} instead of {np.shape(b)}"
                if not agree(np.asarray(a), np.asarray(b), width_of(case)):
                    return f"seed {seed}: {a!r} instead of {b!r}"
    return ""


def width_of(case: Case) -> float:
    """How far results may be apart, beside their largest: 0 where nothing may be rounded otherwise.

    Complex products may be fused. A float32 inside counts, and of small integers NumPy's tanh is a float16.
    """
    chars = {np.asarray(x).dtype.char for x in case.args}
    if not case.is_rounded() and not chars & set("FD"):
        return 0
    if any(name == "prod" for name, _, _ in case.steps) and chars & set("bB?"):
        return 1e-2
    return 1e-4 if chars & set("fF") else 1e-10


def agree(a: Any, b: Any, width: float) -> bool:
    """Whether two results are the same, or within the width of each other."""
    if not width:
        return bool(np.array_equal(a, b, equal_nan=a.dtype.kind in "fc"))
    if a.dtype.kind not in "fc":  # what is compared may have been rounded
        return bool(np.mean(a != b) < 0.01)
    if not np.array_equal(np.isnan(a), np.isnan(b)):
        return False
    finite = np.isfinite(a) & np.isfinite(b)
    scale = float(np.max(np.abs(b[finite]), initial=1.0))
    return bool(np.allclose(a[finite], b[finite], rtol=width, atol=width * scale)) or scale > 1e30
