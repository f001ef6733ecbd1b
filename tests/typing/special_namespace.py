"""What the type checkers know of funcgrad.scipy.special."""

from __future__ import annotations

from typing import Any, assert_type

import numpy as np
import numpy.typing as npt

import funcgrad.scipy.special as special

Array = npt.NDArray[Any]
x = np.ones(3)

assert_type(special.erf(x), Array)
assert_type(special.erf(0.5, dtype=np.float32), Array)
assert_type(special.xlogy(x, 2.0), Array)
assert_type(special.betainc(1.0, 2.0, x), Array)
assert_type(special.polygamma(1, x), Array)
assert_type(special.zeta(2.0, x), Array)
assert_type(special.multigammaln(x, 3), Array)
assert_type(special.softmax(x, axis=-1), Array)
assert_type(special.logsumexp(x), Array)
assert_type(special.logsumexp(x, b=x, return_sign=True), tuple[Array, Array])
assert_type(special.erf.nin, int)

special.erf(x, x, x)  # type: ignore[call-arg]
special.nothing(x)  # type: ignore[attr-defined]
