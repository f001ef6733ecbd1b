"""What the tests of error texts share: the text of an error, the place it must name, transformations to try.

A line that an error must name carries a comment ``# at: marker``.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from funcgrad import (
    checkpoint,
    eval_shape,
    grad,
    hessian,
    hvp,
    jacfwd,
    jacrev,
    jit,
    jvp,
    linear_transpose,
    linearize,
    make_jaxpr,
    value_and_grad,
    vjp,
    vmap,
)
from funcgrad.errors import FuncgradError

X = np.float64(2.0)
ROWS = np.ones((2, 3))


def place(file: str, marker: str, function: str) -> str:
    """The place of the line of ``file`` that ends with ``# at: marker``, as errors show it."""
    lines = Path(file).read_text(encoding="utf-8").splitlines()
    (found,) = [i for i, line in enumerate(lines, 1) if line.endswith(f"# at: {marker}")]
    return f"{Path(file).name}:{found} in {function}"


def here(call: Any) -> str:
    """The place of a lambda that is written on one line."""
    return f"{Path(call.__code__.co_filename).name}:{call.__code__.co_firstlineno} in <lambda>"


def text_of(call: Callable[[], Any]) -> str:
    """The class and the whole text of the error of a call."""
    with pytest.raises(FuncgradError) as caught:
        call()
    return f"{type(caught.value).__name__}: {caught.value}"


class Way(NamedTuple):
    """A transformation under which a function of one number is called.

    ``inner`` is the transformation that traces the value, ``why`` what stands between Python and its
    number, and ``name`` the transformation to blame for that.
    """

    run: Callable[[Any], Any]
    why: str
    name: str
    inner: str


def _way(why: str, name: str, run: Callable[[Any], Any], inner: str = "") -> Way:
    return Way(run, why, name, inner or name)


CUT, BATCH, ABSTRACT = "derivative", "batch", "abstract"
WAYS: dict[str, Way] = {
    "grad": _way(CUT, "grad", lambda f: grad(f)(X)),
    "value_and_grad": _way(CUT, "value_and_grad", lambda f: value_and_grad(f)(X)),
    "vjp": _way(CUT, "vjp", lambda f: vjp(f, X)),
    "jvp": _way(CUT, "jvp", lambda f: jvp(f, (X,), (X,))),
    "linearize": _way(CUT, "linearize", lambda f: linearize(f, X)),
    "jacfwd": _way(CUT, "jacfwd", lambda f: jacfwd(f)(X)),
    "jacrev": _way(CUT, "jacrev", lambda f: jacrev(f)(X)),
    "hessian": _way(CUT, "hessian", lambda f: hessian(f)(X)),
    "hvp": _way(CUT, "hvp", lambda f: hvp(f, (X,), (X,))),
    "grad of checkpoint": _way(CUT, "checkpoint", lambda f: grad(checkpoint(f))(X)),
    "vmap": _way(BATCH, "vmap", lambda f: vmap(f)(np.ones(3))),
    "vmap of grad": _way(BATCH, "vmap", lambda f: vmap(grad(f))(np.ones(3)), "grad"),
    "grad of vmap": _way(BATCH, "vmap", lambda f: grad(lambda x: vmap(f)(x).sum())(np.ones(3))),
    "jit": _way(ABSTRACT, "jit", lambda f: jit(f, guards=False)(X)),
    "jit of grad": _way(ABSTRACT, "jit", lambda f: jit(grad(f), guards=False)(X), "grad"),
    "grad of jit": _way(ABSTRACT, "jit", lambda f: grad(jit(f, guards=False))(X)),
    "make_jaxpr": _way(ABSTRACT, "make_jaxpr", lambda f: make_jaxpr(f)(X)),
    "eval_shape": _way(ABSTRACT, "eval_shape", lambda f: eval_shape(f, X)),
    "linear_transpose": _way(ABSTRACT, "linear_transpose", lambda f: linear_transpose(f, X)),
}
