"""Random programs of steps that move, join, write, scan and multiply, on arrays that lie in odd ways.

All numbers are small integers (also where they are floats), so that every result is exact in whatever order
it is added up. A step is kept if NumPy does it, and its numbers stay small.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np

from funcgrad import grad, jit
from funcgrad.errors import ConcretizationError, DtypeError, MutationError, UnsupportedError

LENGTHS = (0, 1, 1, 2, 3, 4, 5, 7, 8, 9, 13, 16, 17, 31, 33, 64, 65, 127)
DTYPES = "dddffiilbBhHIL?DF"
MOST, HIGHEST = 4000, 256
REFUSED = (ConcretizationError, DtypeError, MutationError, UnsupportedError)  # what cannot be traced


def real(x: Any) -> Any:
    return x.real if x.dtype.kind == "c" else x


def written(x: Any, y: Any, index: Any, how: str) -> Any:
    """A copy with something written into it."""
    z = x.copy()
    if how == "set":
        z[index] = y
    elif how == "add":
        z[index] += y
    elif how == "multiply":
        z[index] *= y
    else:
        z[index] = z[index][..., ::-1]
    return z


def shifted(x: Any, y: Any) -> Any:
    """Writes of what the same memory holds."""
    z = x.copy()
    z[1:] = z[:-1]
    z[..., ::-1] -= y
    return z


def placed(x: Any, y: Any, index: Any) -> Any:
    z = np.zeros_like(x)
    z[index] = y
    z[index] += y
    return z


STEPS = [
    line.strip()
    for line in """
    np.concatenate([x, y, x], axis={axis}) | np.stack([x, y], axis={axis}) | np.tile(x, 2)
    np.pad(x, {widths}, constant_values={count}) | np.roll(x, {k}, axis={axis}) | np.roll(x, {k})
    np.repeat(x, {count}, axis={axis}) | np.diagonal(x, {k}) | np.diag(np.ravel(x)[:20], {k})
    np.tril(x, {k}) | np.triu(x, {k}) | np.flip(x, {axis}) | np.transpose(x, {order}) | x[{index}]
    x.T | np.expand_dims(x, {axis}) | np.squeeze(x) | np.swapaxes(x, {axis}, -1)
    np.split(x, [1], axis={axis})[1] | np.prod(np.sign(real(x)))
    np.outer(np.ravel(x)[:40], np.ravel(y)[:33])
    np.reshape(x, -1) | np.reshape(x, {lengths}) | np.reshape(x, {lengths}, order="F") | x.copy(order="F")
    np.broadcast_to(x, (2, *np.shape(x))) | np.trace(x) | x[{one}] * y | np.diff(x, axis={axis})
    np.cumsum(x, axis={axis}) | np.cumprod(real(x), axis={axis})
    x @ y | x @ np.swapaxes(y, -1, -2) | np.swapaxes(x, -1, -2) @ y | np.dot(x.T, y) | np.inner(x, y)
    np.vdot(x, y) | z + 2 * (x @ y) | z - x.T @ y | np.einsum("...i,...i->...", x, y) | np.tensordot(x, y, 1)
    written(x, y, np.s_[{index}], "set") | written(x, y, np.s_[{index}], "add")
    written(x, y, np.s_[{index}], "turn")
    written(x, y, np.s_[{index}], "multiply") | shifted(x, y) | placed(x, y, np.s_[{index}])
    np.arange({count}) + x
    x + y | x - y | x * y | x + y * z | np.where(real(x) > 0, y, z) | np.maximum(real(x), real(y))
    real(x) < real(y) | real(x).astype({dtype}) | np.remainder(real(x), 3) | np.floor_divide(real(x), 2)
    np.square(x) | -(x * 1) | np.conj(x) | x & y | x << 1 | ~x | np.abs(real(x)) | np.sign(real(x))
    np.sum(x, axis={axis}) | np.sum(x) | x - np.max(real(x), axis={axis}, keepdims=True)
    np.sum(x, axis={axis}, dtype={dtype}) | np.min(real(x), axis={axis}) | np.any(x, axis={axis})
    """.replace("\n", "|").split("|")
    if line.strip()
]
CUTS = ("1:", ":-1", "::2", "::-1", "1::3", ":1", "2:2", "::-2", ":", "0", "None", "...")


class Case:
    """A program, and arguments for it; always the same of one seed."""

    def __init__(self, seed: int) -> None:
        self.seed, self.random = seed, random.Random(seed)
        self.shape = [self.pick(LENGTHS) for _ in range(self.pick((1, 1, 2, 2, 2, 3, 3, 4)))]
        while np.prod(np.maximum(self.shape, 1)) > MOST:
            self.shape[int(np.argmax(self.shape))] = 2
        self.steps: list[tuple[str, list[int]]] = []
        values = [self.arguments(turn) for turn in (0, 1)]
        self.count = len(values[0])
        for _ in range(5 * self.pick((1, 2, 3, 5, 8, 12))):
            self.add(values)
        many = len(values[0])
        self.outs = sorted({many - 1, *[self.random.randrange(many) for _ in range(self.pick((0, 1, 2)))]})

    def pick(self, items: Any) -> Any:
        return self.random.choice(items)

    def add(self, values: list[list[Any]]) -> None:
        """One more step on the values of both turns, if NumPy does what is drawn."""
        last = len(values[0]) - 1
        operands = [max(0, last - int(self.random.expovariate(0.5))) for _ in range(3)]
        text = self.filled(self.pick(STEPS), np.shape(values[0][operands[0]]))
        try:
            found = [_evaluated(text, [turn[k] for k in operands]) for turn in values]
        except (ValueError, IndexError, TypeError, OverflowError):
            return
        if all(map(is_small, found)):
            self.steps.append((text, operands))
            for turn, new in zip(values, found, strict=True):
                turn.append(new)

    def filled(self, text: str, shape: tuple[int, ...]) -> str:
        """A step with numbers in its places."""
        draw, rank = self.random, len(shape)
        return text.format(
            axis=draw.randrange(max(rank, 1)),
            k=draw.randrange(-2, 3),
            count=draw.randrange(4),
            widths=[(draw.randrange(3), draw.randrange(3)) for _ in shape] or 1,
            order=draw.sample(range(rank), rank),
            lengths=draw.sample(shape, rank) or -1,
            one=", ".join([str(draw.randrange(n) if n else 0) for n in shape]) or "()",
            index=", ".join([self.pick(CUTS) for _ in range(draw.randrange(rank + 1))]) or "...",
            dtype=repr(self.pick(DTYPES)),
        )

    def arguments(self, turn: int) -> list[Any]:
        """Arrays that lie in the same way for every turn, with other numbers."""
        draw = random.Random(f"{self.seed}")
        found = []
        for _ in range(draw.choice((1, 2, 2, 3))):
            shape = [n if draw.random() < 0.8 else 1 for n in self.shape]
            shape = shape[int(draw.random() < 0.15) :]
            found.append(arranged(draw, tuple(shape), np.dtype(draw.choice(DTYPES)), turn))
        return found

    def function(self) -> Callable[..., Any]:
        """The program, for arrays and for what is traced."""

        def run(*args: Any) -> Any:
            values = list(args)
            for text, operands in self.steps:
                values.append(_evaluated(text, [values[k] for k in operands]))
            return tuple([values[k] for k in self.outs])

        return run

    def gradient(self) -> Callable[..., Any] | None:
        """The gradient of a weighted sum of the results by all real arguments, if there are any."""
        active = tuple([k for k, x in enumerate(self.arguments(0)) if x.dtype.kind == "f"])
        run = self.function()

        def loss(*args: Any) -> Any:
            total: Any = 0.0
            for out in run(*args):
                if out.dtype.kind == "f":
                    total = total + np.sum(out * (np.arange(out.size) % 3 - 1.0).reshape(np.shape(out)))
            return total

        return grad(loss, argnums=active) if active else None

    def __repr__(self) -> str:
        args = [f"{x.dtype}{x.shape} {x.strides}" for x in self.arguments(0)]
        steps = [f"v{k} = {text} of {of}" for k, (text, of) in enumerate(self.steps, len(args))]
        return "\n".join([f"seed {self.seed}", *args, *steps, f"outs {self.outs}"])


def _evaluated(text: str, operands: list[Any]) -> Any:
    x, y, z = operands
    names = {"np": np, "real": real, "written": written, "shifted": shifted, "placed": placed}
    return eval(text, names, {"x": x, "y": y, "z": z})


def is_small(x: Any) -> bool:
    """Whether a result may go on: numbers that any order of additions leaves exact."""
    if not hasattr(x, "dtype") or x.dtype.char == "e" or x.size > 10 * MOST:
        return False
    if x.dtype.kind not in "fc" or not x.size:
        return x.dtype.kind in "biufc"
    return bool(np.max(np.abs(x)) < HIGHEST) and np.array_equal(x, np.round(x))


def arranged(draw: random.Random, shape: tuple[int, ...], dtype: np.dtype[Any], turn: int) -> Any:
    """An array with its axes in any order, with gaps, turned round, repeated, or not aligned."""
    rank, way = len(shape), draw.randrange(8)
    order = draw.sample(range(rank), rank) if way in (1, 2, 3) else list(range(rank))
    jumps = [draw.choice((1, 2, 3)) if way in (2, 4) else 1 for _ in order]
    firsts = [draw.choice((0, 1, 3)) if way in (3, 5) else 0 for _ in order]
    turned = [way != 0 and draw.random() < 0.15 for _ in order]
    lengths = [first + shape[axis] * jump for axis, jump, first in zip(order, jumps, firsts, strict=True)]
    x = numbers(random.Random(draw.randrange(1 << 30) + turn), lengths, dtype)
    for d, (jump, first, back) in enumerate(zip(jumps, firsts, turned, strict=True)):
        x = x[(slice(None),) * d + (slice(first, None, jump),)]
        x = np.flip(x, d) if back else x
    x = x.transpose(np.argsort(order)) if rank else x
    if way == 6 and rank and shape[0]:
        return np.broadcast_to(x[:1], shape)
    if way == 7:
        other = np.zeros(x.nbytes + 1, np.uint8)[1:].view(dtype).reshape(shape)
        other[...] = x
        return other
    return x


def numbers(draw: random.Random, shape: list[int], dtype: np.dtype[Any]) -> Any:
    """Small whole numbers."""
    low, high = {"b": (0, 2), "u": (0, 5)}.get(dtype.kind, (-2, 3))
    rng = np.random.default_rng(draw.randrange(1 << 30))
    x = rng.integers(low, high, shape)
    return (x + 1j * rng.integers(low, high, shape) if dtype.kind == "c" else x).astype(dtype)


# --- comparing ---------------------------------------------------------------------------------------


def complaint(seed: int, way: str) -> str:
    """What is wrong with the compiled program of a seed: plain, its gradient, or given its arguments."""
    case = Case(seed)
    f = case.gradient() if way == "gradient" else case.function()
    if f is None:
        return ""
    try:
        wanted = [f(*case.arguments(turn)) for turn in (0, 1)]
        compiled = jit(f, engine="llvm", donate_argnums=tuple(range(case.count)) if way == "donated" else ())
        results = [compiled(*given(case, turn, way)) for turn in (0, 1, 0)]
    except REFUSED:
        return ""
    for turn, found in zip((0, 1, 0), results, strict=True):
        for a, b in zip(found, wanted[turn], strict=True):
            if not agree(a, b, exact=way != "gradient"):
                return f"{way}: {a!r} instead of {b!r}\n{case!r}"
    return ""


def given(case: Case, turn: int, way: str) -> list[Any]:
    """The arguments; those that are donated own their memory."""
    found = case.arguments(turn)
    return [x.copy("K") for x in found] if way == "donated" else found


def agree(a: Any, b: Any, *, exact: bool) -> bool:
    """Whether two results are the same; a gradient has quotients in it."""
    if (np.shape(a), a.dtype) != (np.shape(b), b.dtype):
        return False
    if exact:
        return bool(np.array_equal(a, b, equal_nan=b.dtype.kind in "fc"))
    return bool(np.allclose(a, b, rtol=1e-5, atol=1e-4, equal_nan=True))
