"""The generated check of donated arrays gives the answer of `not_donatable`."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
import pytest
from numpy.lib.stride_tricks import as_strided

from funcgrad._src.base.writer import Writer
from funcgrad._src.compile.donation import not_donatable, write_donation, write_own
from funcgrad._src.core.aval import aval_of
from funcgrad._src.core.flat import own
from funcgrad._src.tree.generated import FEW

N = 3


class Matrix(np.ndarray):  # type: ignore[type-arg]
    pass


def read_only() -> Any:
    x = np.ones(N)
    x.flags.writeable = False
    return x


# By name: operands of one shape and dtype, made anew each time; "donated" and "large" are there beforehand.
def makers(donated: Any, large: Any) -> dict[str, Any]:
    return {
        "new": np.ones(N),
        "Fortran": np.ones((N, N), order="F")[:, 0].copy(),
        "donated": donated,
        "view of donated": donated[:],
        "reversed donated": donated[::-1],
        "view of large": large[:N],
        "the rest of large": large[N : 2 * N],
        "read-only": read_only(),
        "broadcast": np.broadcast_to(np.float64(1.0), (N,)),
        "of bytes": np.frombuffer(bytearray(8 * N)),
        "strided by hand": as_strided(large, (N,), (8,)),
        "strided by hand over donated": as_strided(donated, (N,), (8,)),
        "base of a subclass": np.ones(N).view(Matrix).view(np.ndarray),
        "base of a subclass, over donated": donated.view(Matrix).view(np.ndarray),
    }


NAMES = list(makers(np.ones(N), np.ones(9)))


def check(values: Sequence[Any], donated: Sequence[int]) -> bool:
    """Whether the generated code accepts."""
    writer = Writer()
    names = writer.unpack("values", len(values))
    arrays = {name: aval_of(value) for name, value in zip(names, values, strict=True)}
    write_donation(writer, arrays, [names[i] for i in donated])
    writer.lines.append("return True")
    return bool(writer.function("check", "values")(values))


@pytest.mark.parametrize("more", [0, FEW], ids=["few", "many"])
@pytest.mark.parametrize("place", [0, 1])
def test_it_accepts_what_may_be_overwritten_and_nothing_else(place: int, more: int) -> None:
    seen = set()
    for one, two in product(NAMES, repeat=2):
        donated, large = np.ones(N), np.ones(9)
        known = makers(donated, large)
        values = [donated, known[one], known[two], *[np.ones(N) for _ in range(more)]]
        for positions in ((place,), (0, 1), (0, 2), (1, 2), (0, 1, 2)):
            expected = all(not_donatable(values, i) is None for i in positions)
            assert check(values, positions) is expected, (one, two, positions)
            seen.add(expected)
    assert seen == {True, False}


def test_nothing_donated_is_nothing_checked() -> None:
    assert check([read_only(), np.ones(4)[::2]], [])
    assert check([], [])


def test_arrays_of_other_shapes_may_share_memory_as_well() -> None:
    x = np.ones((2, 3))
    assert not check([x, x.T], [0])
    assert not check([x, x[0]], [0])
    assert not check([x.view(np.int64), x], [1])
    assert check([x, np.ones((2, 3)).T], [0])
    assert not check([np.ones((3, 2)), x.T, x], [0, 2])


def test_results_are_owned_as_own_would_have_it() -> None:
    kept = np.ones(N)
    fresh, scalar = np.ones(N), np.float64(2.0)
    outs: list[Any] = [fresh, fresh, kept, kept[1:], read_only(), scalar, scalar, 2.0]
    for some in ([fresh], [fresh, scalar], [fresh, fresh], [kept], [kept[1:]], [read_only()], outs, []):
        writer = Writer()
        names = writer.unpack("outs", len(some))
        writer.lines.append("kept = values[0]")
        write_own(writer, names, ["kept"])
        writer.lines.append(f"return [{', '.join(names)}]")
        found = writer.function("owned", "outs, values")(some, [kept])
        expected = own(some, [kept])
        for a, b, given in zip(found, expected, some, strict=True):
            assert (a is given) is (b is given)
            np.testing.assert_array_equal(a, b)
