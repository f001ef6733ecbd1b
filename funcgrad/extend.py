"""For authors of primitives and backends: what an operation is made of, and the programs made of them.

A `Primitive` is an operation that every transformation understands. It computes (``impl``), says what it
would compute (``aval``), and carries a derivative (``rule``) and a batching rule (``batch``). The
derivative is declared once, in one of five forms: `Partials`, `Linear`, `Multilinear`, `Explicit` or
`NONDIFF`. `elementwise` declares a whole elementwise operation from a ufunc, `pointwise` one from a function;
`implements` makes a function answer for NumPy's when that is called on traced values.

A transformation is a `Trace` that hands out `Tracer` objects; it is in force inside
``with tracing(trace)``, and `under` makes its parent current while it computes. `own` gives results memory
of their own; `ARGUMENT` marks a tracer that may not be written.

A `Backend` tells funcgrad about another array library. A `Jaxpr` is a traced program: `parse_jaxpr`,
`check_jaxpr`, `dce`, `inline` and `eval_jaxpr` read, check, shorten and run one.

Examples
--------
>>> import numpy as np
>>> from funcgrad import grad
>>> from funcgrad.extend import Multilinear, Primitive, make_aval
>>> scale_rows_p = Primitive("docs.scale_rows", lambda xp, a, s: a * s[:, None])
>>> scale_rows_p.aval = lambda a, s: make_aval(a.shape, np.result_type(a.dtype, s.dtype))
>>> scale_rows_p.rule = Multilinear(
...     lambda g, a, s: scale_rows_p.bind(g, s),
...     lambda g, a, s: (g * a).sum(axis=1),
... )
>>> grad(lambda s: scale_rows_p.bind(np.ones((2, 3)), s).sum())(np.array([1.0, 2.0]))
array([3., 3.])
"""

from __future__ import annotations

from ._src.backends import Backend, register_backend
from ._src.core.aval import Aval, aval_of, make_aval
from ._src.core.flat import own
from ._src.core.inplace import ARGUMENT
from ._src.core.primitive import Primitive, all_primitives, find_primitive
from ._src.core.trace import Trace, Tracer, find_current, tracing, under
from ._src.ir.check import check_jaxpr
from ._src.ir.evaluate import eval_jaxpr
from ._src.ir.jaxpr import Equation, Jaxpr, Literal, Var
from ._src.ir.parse import parse_jaxpr
from ._src.ir.passes.dce import dce
from ._src.ir.passes.inline import inline
from ._src.ops.declare import NONDIFF, Explicit, Linear, Multilinear, Partials
from ._src.ops.strong import strong_mul
from ._src.ops.tables import implements
from ._src.ops.ufunc import Ufunc, elementwise, elementwise_batch, pointwise, ufunc_aval

__all__ = [
    "ARGUMENT",
    "Aval",
    "Backend",
    "Equation",
    "Explicit",
    "Jaxpr",
    "Linear",
    "Literal",
    "Multilinear",
    "NONDIFF",
    "Partials",
    "Primitive",
    "Trace",
    "Tracer",
    "Ufunc",
    "Var",
    "all_primitives",
    "aval_of",
    "check_jaxpr",
    "dce",
    "elementwise",
    "elementwise_batch",
    "eval_jaxpr",
    "find_current",
    "find_primitive",
    "implements",
    "inline",
    "make_aval",
    "own",
    "parse_jaxpr",
    "pointwise",
    "register_backend",
    "strong_mul",
    "tracing",
    "ufunc_aval",
    "under",
]
