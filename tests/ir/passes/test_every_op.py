"""Every row of the op table, and its gradient, compute the same after the passes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from funcgrad import grad, make_jaxpr
from funcgrad._src.ir.check import check_jaxpr
from funcgrad._src.ir.jaxpr import Jaxpr
from funcgrad._src.ir.passes.pipeline import optimise
from tests.ir.passes.rows import evaluate, same_bits
from tests.ir.passes.test_random import exactly
from tests.ops.case import Case
from tests.ops.rows import function_of, inexact, is_number, leaves_of, operands, rows

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:.*:RuntimeWarning")]


def staged(case: Case) -> list[tuple[Jaxpr, list[Any]]]:
    """The row's call as a program, and its gradient if it has one of real numbers."""
    args = operands(case)
    chosen = [i for i, arg in enumerate(args) if is_number(arg) and not isinstance(arg, int)]
    call, values = function_of(case, args, chosen), [args[i] for i in chosen]

    def total(*args: Any) -> Any:
        floats = [out for out in leaves_of(call(*args)) if hasattr(out, "dtype") and out.dtype.kind == "f"]
        return sum([np.sum(np.sin(out) * out) for out in floats], 0.0)

    functions = [call]
    by = [i for i, value in enumerate(values) if inexact(value) and np.asarray(value).dtype.kind == "f"]
    if by and case.diff != () and any(np.asarray(out).dtype.kind == "f" for out in leaves_of(call(*values))):
        functions.append(grad(total, argnums=tuple(by)))
    programs = [make_jaxpr(f)(*values) for f in functions]
    return [(jaxpr.closed(), [*jaxpr.hidden, *values]) for jaxpr in programs]


@rows(lambda case: case.jit)
def test_passes_keep_what_ops_compute(case: Case) -> None:
    for jaxpr, args in staged(case):
        same_bits(exactly(jaxpr), jaxpr, args)
        found, _ = optimise(jaxpr, blas=True)
        check_jaxpr(found)
        for a, b in zip(evaluate(found, args), evaluate(jaxpr, args), strict=True):
            np.testing.assert_allclose(
                a, b, 1e-5 if np.asarray(a).dtype.itemsize < 8 else 1e-9, 1e-9, strict=True
            )
