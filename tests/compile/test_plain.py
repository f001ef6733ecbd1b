"""Static values as plain ones: what differs stays different, and comes back as it was."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import pytest

from funcgrad._src.compile.plain import LARGEST, NotPlainError, plain, value_of, written


def nan(bits: int) -> float:
    return float(struct.unpack("<d", struct.pack("<Q", bits))[0])


def locked(x: Any) -> Any:
    x.flags.writeable = False
    return x


SCALARS = [t(v) for t in (np.int8, np.int64, np.uint64, np.float16, np.float32, np.float64) for v in (0, 1)]
VALUES = [
    None, True, False, 0, 1, -1, 1 << 70, 0.0, -0.0, 1.0, nan(0x7FF8 << 48), nan((0x7FF8 << 48) + 1),
    nan(0xFFF8 << 48), 0j, complex(-0.0, 0.0), complex(0.0, -0.0), 1 + 0j, "", "1", "None", "tuple", b"",
    b"1", (), (1,), (1.0,), (True,), ((1,),), (1, 2), ("tuple", 1), ("dtype", "<", "d"), slice(None),
    slice(1, None),
    slice(None, 1), slice(1.0, None), frozenset(), frozenset({1}), frozenset({1.0}), frozenset({1, 2}),
    *SCALARS, np.float64(-0.0), np.float32(nan(0x7FF8 << 48)), np.bool_(True), np.complex64(1),
    np.dtype("f"), np.dtype(">f4"), np.dtype("d"), np.dtype("l"), np.dtype("q"), np.dtype("?"), np.dtype("b"),
    float, int, bool, complex, np.float64, np.float32, np.bool_, np.int64, np.longlong, Ellipsis, np.add,
    np.multiply, locked(np.zeros(2)), locked(-np.zeros(2)), locked(np.zeros(2, "f")),
    locked(np.zeros((1, 2))), locked(np.zeros(())), locked(np.zeros(2, ">f8")),
]  # fmt: skip


def test_values_that_differ_have_forms_that_differ() -> None:
    found = [written(plain(value)) for value in VALUES]
    assert len(set(found)) == len(found)


@pytest.mark.parametrize("value", VALUES, ids=lambda value: f"{type(value).__name__} {value!r:.20}")
def test_a_value_comes_back(value: Any) -> None:
    found = value_of(plain(value))
    assert type(found) is type(value)
    assert written(plain(found)) == written(plain(value))
    if isinstance(value, np.ndarray | np.generic):
        assert (found.dtype, found.shape, found.tobytes()) == (value.dtype, value.shape, value.tobytes())
    elif isinstance(value, float):
        assert struct.pack("<d", found) == struct.pack("<d", value)
    else:
        assert found == value


class Text(str):
    pass


@pytest.mark.parametrize(
    "value",
    [
        [1], {1: 2}, {1}, object(), lambda: 0, len, Text("x"), (1, [2]), slice([1], None),
        frozenset({object()}),
        np.zeros(2), locked(np.zeros((2, 2)).T[:1]), locked(np.zeros(LARGEST + 1, "b")), np.longdouble(1),
        object,
        np.dtype("g"), np.dtype("O"), np.dtype("U1"), np.dtype([("a", "d")]), np.generic, np.void,
        np.dtype("d", metadata={"a": 1}), np.frompyfunc(abs, 1, 1),
    ],
    ids=lambda value: f"{type(value).__name__} {value!r:.20}",
)  # fmt: skip
def test_what_has_no_plain_form(value: Any) -> None:
    with pytest.raises(NotPlainError):
        plain(value)


def test_the_bytes_do_not_depend_on_which_objects_are_one() -> None:
    word = "".join(["wo", "rd"])
    assert written((word, word)) == written(("word", "".join(["w", "ord"])))
