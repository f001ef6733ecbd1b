"""Check derivatives: yours and ours, against differences and against one another.

`check_grads` is the one to call in a test of a custom rule. `numerical_jvp`, `numerical_jacobian` and
`complex_step` compute derivatives without any rule. `shapes`, `arrays`, `pytrees` and `programs` are
strategies for Hypothesis, which is needed only when one of them is called.

Examples
--------
>>> import numpy as np
>>> from funcgrad.testing import check_grads
>>> check_grads(np.arctan2, (np.array([1.0, 2.0]), 0.5))
"""

from __future__ import annotations

from ._src.testing.check import check_grads
from ._src.testing.numerical import complex_step, numerical_jacobian, numerical_jvp
from ._src.testing.programs import Program, Step, check_program, programs
from ._src.testing.strategies import arrays, pytrees, shapes

__all__ = [
    "Program",
    "Step",
    "arrays",
    "check_grads",
    "check_program",
    "complex_step",
    "numerical_jacobian",
    "numerical_jvp",
    "programs",
    "pytrees",
    "shapes",
]
