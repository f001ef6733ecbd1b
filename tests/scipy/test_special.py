"""funcgrad.scipy.special: every name of scipy.special, and SciPy's own ufuncs on traced values."""

from __future__ import annotations

import ast
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.special as sp

import funcgrad.scipy.special as fsp
from funcgrad import grad, jit, jvp, vmap
from funcgrad._src.base.errors import (
    ConcretizationError,
    CutGradientError,
    MissingRuleError,
    UnsupportedError,
)
from funcgrad._src.ops import special_refused
from funcgrad._src.ops.families import SPECIAL, find_named
from funcgrad._src.ops.special_refused import PLAIN, REFUSED
from funcgrad._src.ops.support import GONE
from funcgrad._src.ops.ufunc import Ufunc
from tests.numpy.test_namespace import listed, parameters_at_run_time, parameters_of, stub

OPS = sorted({name for names in SPECIAL.values() for name in names.split() if not name.startswith("_")})


# --- names -----------------------------------------------------------------------------------------


def test_the_stub_lists_what_is_there() -> None:
    """The stub is written for the newest SciPy; an older one has fewer names."""
    assert [name for name in listed(fsp) if name in fsp.__all__] == [n for n in fsp.__all__ if n not in GONE]
    assert set(fsp.__all__) - GONE <= set(stub(fsp))


def test_the_stub_has_the_signatures() -> None:
    wrong = []
    for name, node in stub(fsp).items():
        if name not in fsp.__all__ or not hasattr(fsp, name):
            continue
        if isinstance(node, ast.FunctionDef):
            if parameters_of(node) != parameters_at_run_time(getattr(fsp, name)):
                wrong.append(name)
        elif isinstance(getattr(fsp, name), Ufunc) != node.startswith("_"):
            wrong.append(name)
    assert wrong == []


def public(module: Any) -> list[str]:
    return [name for name in dir(module) if not name.startswith("_") and callable(getattr(module, name))]


def test_every_callable_of_scipys_is_here() -> None:
    """An op, handed on, or refused: each in one class, and each an attribute of the namespace."""
    assert [name for name in public(sp) if name not in fsp.__all__ and name not in GONE] == []
    assert [name for name in public(sp) if (name in OPS) + (name in PLAIN) + (name in REFUSED) > 1] == []
    assert [name for name in fsp.__all__ if not callable(getattr(fsp, name, len))] == []


def test_what_is_listed_is_in_order() -> None:
    assert list(PLAIN) == sorted(PLAIN)
    assert sorted(fsp.__all__) == fsp.__all__ == dir(fsp)


def test_what_needs_no_op_is_scipys_own() -> None:
    assert fsp.roots_legendre is sp.roots_legendre
    assert fsp.errstate is sp.errstate
    assert grad(fsp.legendre(2))(0.5) == 1.5


# --- values ----------------------------------------------------------------------------------------


def test_plain_values_are_scipys() -> None:
    x = np.array([0.2, 0.7], np.float32)
    assert fsp.erf(x).dtype == np.float32
    assert type(fsp.erf(0.5)) is np.float64
    assert fsp.erf([0.5, 1.0]).tolist() == sp.erf([0.5, 1.0]).tolist()
    assert fsp.polygamma(1, 2.0).tolist() == sp.polygamma(1, 2.0).tolist()
    assert fsp.comb(5, 2, exact=True) == 10
    assert fsp.factorial(5) == sp.factorial(5)


def test_out_and_where_are_honoured() -> None:
    def masked(x: Any) -> Any:
        return np.sum(sp.gammaln(x, out=np.zeros_like(x), where=x > 0))

    assert grad(masked)(np.array([-1.0, 1.0])).tolist() == [0.0, float(sp.digamma(1.0))]


def test_an_op_is_found_again_by_its_name() -> None:
    assert pickle.loads(pickle.dumps(fsp.exp2)) is fsp.exp2
    assert pickle.loads(pickle.dumps(fsp.zeta)) is fsp.zeta


def test_a_ufunc_of_numpys_with_the_same_name_is_numpys() -> None:
    assert find_named("scipy.special.exp2") is not find_named("numpy.exp2")
    assert grad(np.exp2)(1.0) == pytest.approx(grad(sp.exp2)(1.0), rel=1e-15)


def test_a_count_that_is_rounded_down_has_no_slope() -> None:
    assert grad(lambda k: sp.pdtr(k, 2.0))(1.5) == 0.0
    assert grad(lambda k: sp.bdtr(k, 5, 0.3))(1.5) == 0.0


def test_a_python_function_of_scipys_follows_where_it_is_made_of_ufuncs() -> None:
    assert grad(lambda z: sp.jvp(1, z))(2.0) == pytest.approx(float(sp.jvp(1, 2.0, 2)), rel=1e-13)
    assert grad(lambda q: sp.zeta(2.0, q))(1.5) == pytest.approx(-2 * float(sp.zeta(3.0, 1.5)), rel=1e-15)
    newer = getattr(sp, "softplus", None)  # SciPy 1.17
    assert newer is None or grad(newer)(0.0) == 0.5


@pytest.mark.parametrize(
    ("fun", "x"),
    [(sp.expit, -750.0), (sp.erf, 27.0), (sp.logit, 1e-300), (sp.xlogy, 0.0)],
    ids=["expit", "erf", "logit", "xlogy"],
)
@pytest.mark.filterwarnings("ignore:.*:RuntimeWarning")
def test_derivatives_compile_and_map(fun: Any, x: float) -> None:
    call = (lambda y: fun(0.0, y)) if fun is sp.xlogy else fun
    expected = grad(call)(x)
    assert jit(grad(call))(np.float64(x)) == vmap(grad(call))(np.array([x]))[0] == expected
    assert jvp(call, (x,), (1.0,))[1] == expected


# --- errors ----------------------------------------------------------------------------------------

BY_PARAMETER: dict[str, tuple[Callable[[Any], Any], str]] = {
    "gammainc": (lambda a: sp.gammainc(a, 1.0), "a"),
    "betainc": (lambda b: sp.betainc(1.0, b, 0.5), "b"),
    "stdtr": (lambda df: sp.stdtr(df, 1.0), "df"),
    "zeta": (lambda x: fsp.zeta(x, 1.5), "x"),
    "polygamma": (lambda n: fsp.polygamma(n, 1.5), "n"),
}


@pytest.mark.parametrize("name", BY_PARAMETER)
def test_a_derivative_that_nobody_knows_is_an_error(name: str) -> None:
    fun, operand = BY_PARAMETER[name]
    with pytest.raises(MissingRuleError) as caught:
        grad(fun)(2.0)
    assert caught.value.headline == f"scipy.special.{name} by its operand `{operand}` has no derivative rule."
    assert str(caught.value).endswith(
        f"put the call into a function with custom_vjp or custom_jvp; or pass stop_gradient({operand})"
    )


def test_complex_numbers_have_no_polygamma() -> None:
    with pytest.raises(MissingRuleError, match="digamma of complex numbers"):
        grad(grad(sp.loggamma, holomorphic=True), holomorphic=True)(1.0 + 1.0j)


PYTHONS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "polygamma": (
        lambda x: sp.polygamma(1, x),
        "funcgrad.scipy.special.polygamma, which takes traced values",
    ),
    "logsumexp": (sp.logsumexp, "funcgrad.scipy.special.logsumexp, which takes traced values"),
    "multigammaln": (
        lambda x: sp.multigammaln(x, 2),
        "funcgrad.scipy.special.multigammaln, which takes traced values",
    ),
    "diric": (lambda x: sp.diric(x, 3), "write np.sin(n * x / 2) / (n * np.sin(x / 2))"),
}


@pytest.mark.parametrize("name", PYTHONS)
def test_a_function_that_scipy_writes_in_python_names_ours(name: str) -> None:
    call, hint = PYTHONS[name]
    with pytest.raises(CutGradientError) as caught:
        grad(call)(1.5)
    assert caught.value.headline == (
        f"scipy.special.{name}(x) would cut the gradient: `grad` cannot follow a plain array."
    )
    assert caught.value.hint == f"{hint}; stop_gradient(x) first, if the gradient is to stop here"
    with pytest.raises(ConcretizationError) as found:
        vmap(call)(np.array([1.5]))
    assert found.value.hint == hint
    assert f"at        {Path(__file__).name}:" in str(found.value)


@pytest.mark.parametrize("call", [sp.mathieu_a, fsp.mathieu_a], ids=["SciPy's", "ours"])
def test_what_is_refused_works_on_plain_arrays_and_says_why_on_traced_ones(call: Any) -> None:
    assert fsp.mathieu_a(1, 0.5) == sp.mathieu_a(1, 0.5)
    with pytest.raises(UnsupportedError) as caught:
        grad(lambda q: call(1, q))(0.5)
    reason, instead = REFUSED["mathieu_a"]
    assert caught.value.headline == f"scipy.special.mathieu_a: {reason}"
    assert caught.value.hint == instead


def test_a_refused_ufunc_takes_constants() -> None:
    assert jit(lambda x: x * sp.mathieu_a(1, 0.5))(2.0) == 2.0 * sp.mathieu_a(1, 0.5)


def test_every_refusal_has_its_error() -> None:
    for name in REFUSED:
        assert str(special_refused.refusal(name)).startswith(f"scipy.special.{name}: ")


WITHOUT = """
import sys
sys.modules["scipy"] = sys.modules["scipy.special"] = None
import funcgrad.numpy, funcgrad.nn, funcgrad.scipy
from funcgrad import grad
from funcgrad.errors import MissingExtraError, JaxprError
from funcgrad.extend import find_primitive
assert funcgrad.nn.sigmoid(0.0) == 0.5
try:
    import funcgrad.scipy.special
except MissingExtraError as error:
    assert str(error).endswith("pip install 'funcgrad[scipy]'"), error
else:
    raise AssertionError
try:
    find_primitive("none")
except JaxprError:
    pass
"""


def test_without_scipy_an_error_names_the_extra() -> None:
    subprocess.run([sys.executable, "-c", WITHOUT], check=True)


LATE = """
import sys
from funcgrad import grad
assert "scipy" not in sys.modules
import scipy.special
module = "funcgrad._src.ops.special_gamma"
assert grad(scipy.special.erf)(0.0) > 1 and module not in sys.modules
assert grad(scipy.special.gammaln)(2.0) > 0 and module in sys.modules
"""


def test_a_family_is_read_when_one_of_its_ufuncs_is_called() -> None:
    subprocess.run([sys.executable, "-c", LATE], check=True)
