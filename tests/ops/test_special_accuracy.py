"""Derivatives of special functions against mpmath, at 50 digits: in the middle and far out."""

from __future__ import annotations

import numpy as np
import pytest

from funcgrad import jvp, vjp
from tests.ops import accuracy_a, accuracy_b, accuracy_c, accuracy_d
from tests.ops.accuracy import ALLOWED, Accuracy, errors, references

pytestmark = pytest.mark.filterwarnings("ignore:.*:RuntimeWarning")

ROWS: list[Accuracy] = [*accuracy_a.ROWS, *accuracy_b.ROWS, *accuracy_c.ROWS, *accuracy_d.ROWS]


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_derivatives_are_right_to_the_last_digits(row: Accuracy) -> None:
    x, wanted = row.array, references(row)
    ones = np.ones_like(x)
    out, pull = vjp(row.fun, x)
    (backward,) = pull(np.ones_like(out))
    forward = jvp(row.fun, (x,), (ones,))[1]
    for mode, got in (("reverse", backward), ("forward", forward)):
        off = errors(row, got, wanted)
        worst = int(np.argmax(off))
        assert off[worst] <= row.ulps, (
            f"{row.name} at {x[worst]!r}, {mode} mode: {got[worst]!r} is {off[worst]:.3g} ulp from "
            f"{wanted[worst]}, {row.ulps:g} are allowed"
        )


def test_what_is_less_accurate_says_why() -> None:
    excused = [row for row in ROWS if row.ulps > ALLOWED or row.scale is not None]
    assert [row.name for row in excused if not row.reason] == []
