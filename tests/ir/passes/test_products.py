"""Contractions, transposes and BLAS forms: what becomes one, within the bound, and what must not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from funcgrad import make_jaxpr
from funcgrad._src.ir.evaluate import eval_jaxpr
from funcgrad._src.ir.passes.contractions import contract
from funcgrad._src.ir.passes.dce import dce
from funcgrad._src.ir.passes.gemm import form_gemm
from funcgrad._src.ir.passes.transposes import fold_transposes
from tests.ir.passes.rows import Row, check_row, same_bits, within_bound


def _sum(axis: Any, keepdims: bool = False, dtype: str = "None") -> str:
    return f"sum[axis={axis}, dtype={dtype}, keepdims={keepdims}]"


CONTRACT = [
    Row("all products", "a:F b:F", "c:F = multiply a b; d:S = total c", "d", "d:S = vdot a b"),
    Row("all squares", "a:F", "b:F = square a; c:S = total b", "c", "c:S = vdot a a"),
    Row("all axes by name", "a:G b:G", f"c:G = multiply a b; d:float32 = {_sum((0, -1))} c", "d",
        "d:float32 = vdot a b"),
    Row("all axes kept", "a:F b:F", f"c:F = multiply a b; d:float64[1,1] = {_sum(None, True)} c", "d",
        "d:S = vdot a b; e:float64[1,1] = reshape(1, 1) d", "e"),
    Row("the mean of squares", "a:F", "b:F = square a; c:S = mean[axis=None, dtype=None, keepdims=False] b",
        "c", "c:S = vdot a a; d:S = divide c 12.0:float", "d"),
    Row("the last axis", "a:F b:F", f"c:F = multiply a b; d:float64[3] = {_sum(-1)} c", "d",
        "d:float64[3] = vecdot a b"),
    Row("the last axis, kept", "a:F b:F", f"c:F = multiply a b; d:C = {_sum((1,), True)} c", "d",
        "d:float64[3] = vecdot a b; e:C = reshape(3, 1) d", "e"),
    Row("a row for every row", "a:F b:R", f"c:F = multiply a b; d:float64[3] = {_sum(1)} c", "d",
        "d:float64[3] = matmul a b"),
    Row("a column for every column", "a:C b:F", f"c:F = multiply a b; d:R = {_sum(0)} c", "d",
        "e:float64[3] = reshape(3,) a; d:R = matmul e b"),
    Row("a matrix product", "a:float64[3,1,5] b:float64[4,5]",
        f"c:float64[3,4,5] = multiply a b; d:F = {_sum(2)} c", "d",
        "e:float64[3,5] = reshape(3, 5) a; f:float64[5,4] = turn b; d:F = matmul e f"),
    Row("a matrix product of what was reshaped", "a:float64[3,5] b:float64[4,5]",
        "c:float64[3,1,5] = reshape(3, 1, 5) a; d:float64[3,4,5] = multiply c b; "
        "e:F = sum[axis=2, dtype=None, keepdims=False] d", "e",
        "f:float64[5,4] = turn b; e:F = matmul a f"),
    Row("a matrix product, the other way round", "a:float64[1,4,5] b:float64[3,1,5]",
        f"c:float64[3,4,5] = multiply a b; d:F = {_sum(-1)} c", "d",
        "e:float64[3,5] = reshape(3, 5) b; f:float64[4,5] = reshape(4, 5) a; g:float64[5,4] = turn f; "
        "d:F = matmul e g"),
    Row("over the first axis", "a:float64[5,3,1] b:float64[5,1,4]",
        f"c:float64[5,3,4] = multiply a b; d:F = {_sum(0)} c", "d",
        "e:float64[5,3] = reshape(5, 3) a; f:float64[3,5] = turn e; g:float64[5,4] = reshape(5, 4) b; "
        "d:F = matmul f g"),
    Row("over two axes", "a:float64[3,1,2,5] b:float64[1,4,2,5]",
        f"c:float64[3,4,2,5] = multiply a b; d:F = {_sum((2, 3))} c", "d",
        "e:float64[3,10] = reshape(3, 10) a; f:float64[4,10] = reshape(4, 10) b; "
        "g:float64[10,4] = turn f; d:F = matmul e g"),
    Row("stacked matrix products", "a:float64[2,3,1,5] b:float64[2,1,4,5]",
        f"c:float64[2,3,4,5] = multiply a b; d:float64[2,3,4] = {_sum(3)} c", "d",
        "e:float64[2,3,5] = reshape(2, 3, 5) a; f:float64[2,4,5] = reshape(2, 4, 5) b; "
        "g:float64[2,5,4] = transpose[axes=(0, 2, 1)] f; d:float64[2,3,4] = matmul e g"),
    Row("read by others too", "a:F b:F", "c:F = multiply a b; d:S = total c; e:F = sin c", "d, e"),
    Row("a result too", "a:F b:F", "c:F = multiply a b; d:S = total c", "c, d"),
    Row("integers", "a:I b:I", "c:I = multiply a b; d:int64 = total c", "d"),
    Row("half precision", "a:H b:H", "c:H = multiply a b; d:float16 = total c", "d"),
    Row("complex", "a:Z b:Z", "c:Z = multiply a b; d:complex128 = total c", "d"),
    Row("summed in another dtype", "a:G b:G",
        "c:G = multiply a b; d:S = sum[axis=None, dtype=dtype('float64'), keepdims=False] c", "d"),
    Row("factors of two dtypes", "a:F b:G", "c:F = multiply a b; d:S = total c", "d"),
    Row("a number as factor", "a:F", "b:F = multiply a 2.0:float; c:S = total b", "c"),
    Row("the first axis of both", "a:F b:F", f"c:F = multiply a b; d:R = {_sum(0)} c", "d"),
    Row("an axis of one alone", "a:F b:R", "c:F = multiply a b; d:S = total c", "d"),
    Row("axes of the two in turns", "a:float64[2,1,3,5] b:float64[1,4,1,5]",
        f"c:float64[2,4,3,5] = multiply a b; d:float64[2,4,3] = {_sum(3)} c", "d",
        "d:float64[2,4,3] = vecdot a b"),
    Row("too many products", "a:float64[66000]", "b:float64[66000] = square a; c:S = total b", "c"),
    Row("too many products in the mean", "a:float32[2,33000]",
        "b:float32[2,33000] = square a; c:float32 = mean[axis=None, dtype=None, keepdims=False] b", "c"),
    Row("too many products in a row", "a:float64[2,66000]",
        "b:float64[2,66000] = square a; c:float64[2] = sum[axis=1, dtype=None, keepdims=False] b", "c"),
    Row("the mean over an axis", "a:F", "b:F = square a; c:R = mean[axis=0, dtype=None, keepdims=False] b",
        "c"),
]  # fmt: skip


def _product(a: bool, b: bool) -> str:
    return f"product[transpose_a={a}, transpose_b={b}]"


TRANSPOSES = [
    Row("left", "a:F b:F", "c:T = turn a; d:float64[4,4] = matmul c b", "d",
        f"d:float64[4,4] = {_product(True, False)} a b"),
    Row("right", "a:F b:F", "c:T = turn b; d:Q = dot a c", "d", f"d:Q = {_product(False, True)} a b"),
    Row("both", "a:F b:T", "c:T = turn a; d:F = turn b; e:float64[4,4] = matmul c d", "e",
        f"e:float64[4,4] = {_product(True, True)} a b"),
    Row("with itself", "a:F", "b:T = turn a; c:Q = matmul a b", "c", f"c:Q = {_product(False, True)} a a"),
    Row("a transpose that others read", "a:F b:F", "c:T = turn a; d:float64[4,4] = matmul c b", "c, d",
        f"c:T = turn a; d:float64[4,4] = {_product(True, False)} a b"),
    Row("complex", "a:Z b:Z", "c:complex128[4,3] = turn a; d:complex128[4,4] = matmul c b", "d",
        f"d:complex128[4,4] = {_product(True, False)} a b"),
    Row("no transpose", "a:F b:T", "c:Q = matmul a b", "c"),
    Row("integers", "a:I b:I", "c:int64[4,3] = turn a; d:int64[4,4] = matmul c b", "d"),
    Row("a vector", "a:F b:float64[3]", "c:T = turn a; d:R = matmul c b", "d"),
    Row("stacks", "a:float64[2,3,4] b:float64[2,3,4]",
        "c:float64[2,4,3] = transpose[axes=(0, 2, 1)] a; d:float64[2,4,4] = matmul c b", "d"),
    Row("two dtypes", "a:F b:G", "c:T = turn a; d:float64[4,4] = matmul c b", "d"),
]  # fmt: skip

_GEMM = "gemm[transpose_a=False, transpose_b=False]"
GEMM = [
    Row("sum", "a:Q b:F c:T", "d:Q = matmul b c; e:Q = add a d", "e", f"e:Q = {_GEMM} a b c 1.0:float"),
    Row("sum, the other way round", "a:Q b:F c:T", "d:Q = dot b c; e:Q = add d a", "e",
        f"e:Q = {_GEMM} a b c 1.0:float"),
    Row("difference", "a:Q b:F c:T", "d:Q = matmul b c; e:Q = subtract a d", "e",
        f"e:Q = {_GEMM} a b c -1.0:float"),
    Row("a step downhill", "a:Q b:F c:T",
        "d:Q = matmul b c; e:Q = multiply 0.1:float d; f:Q = subtract a e", "f",
        f"f:Q = {_GEMM} a b c -0.1:float"),
    Row("a scale on the right", "a:Q b:F c:T", "d:Q = matmul b c; e:Q = multiply d 2:int; f:Q = add e a",
        "f", f"f:Q = {_GEMM} a b c 2.0:float"),
    Row("a weak variable", "a:Q b:F c:T s:float", "d:Q = matmul b c; e:Q = multiply s d; f:Q = add a e",
        "f", f"f:Q = {_GEMM} a b c s"),
    Row("a variable, subtracted", "a:Q b:F c:T s:S",
        "d:Q = matmul b c; e:Q = multiply s d; f:Q = subtract a e", "f",
        f"e:S = negative s; f:Q = {_GEMM} a b c e"),
    Row("a transposed product", "a:float64[4,4] b:F c:F",
        f"d:float64[4,4] = {_product(True, False)} b c; e:float64[4,4] = subtract a d", "e",
        "e:float64[4,4] = gemm[transpose_a=True, transpose_b=False] a b c -1.0:float"),
    Row("a bias", "a:float64[3] b:F c:T", "d:Q = matmul b c; e:Q = add d a", "e",
        f"e:Q = {_GEMM} a b c 1.0:float"),
    Row("a product from a product", "a:F b:T c:F d:T",
        "e:Q = matmul a b; f:Q = matmul c d; g:Q = subtract e f", "g",
        f"e:Q = matmul a b; g:Q = {_GEMM} e c d -1.0:float"),
    Row("the product is the minuend", "a:Q b:F c:T", "d:Q = matmul b c; e:Q = subtract d a", "e"),
    Row("the product is read by others", "a:Q b:F c:T", "d:Q = matmul b c; e:Q = add a d; f:Q = sin d",
        "e, f"),
    Row("the multiple is read by others", "a:Q b:F c:T",
        "d:Q = matmul b c; e:Q = multiply 0.1:float d; f:Q = subtract a e", "e, f"),
    Row("both operands", "b:F c:T", "d:Q = matmul b c; e:Q = add d d", "e"),
    Row("a zero as scale", "a:Q b:F c:T",
        "d:Q = matmul b c; e:Q = multiply 0.0:float d; f:Q = subtract a e", "f"),
    Row("an array as scale", "a:Q b:F c:T", "d:Q = matmul b c; e:Q = multiply a d; f:Q = subtract a e",
        "f"),
    Row("a wider sum", "a:float64[2,3,3] b:F c:T", "d:Q = matmul b c; e:float64[2,3,3] = add a d", "e"),
    Row("a number added", "b:F c:T", "d:Q = matmul b c; e:Q = add 1.0:float d", "e"),
    Row("two dtypes", "a:float32[3,3] b:F c:T", "d:Q = matmul b c; e:Q = add a d", "e"),
    Row("a scale of another dtype", "a:Q b:G c:float32[4,3] s:S",
        "d:float32[3,3] = matmul b c; e:Q = multiply s d; f:Q = add a e", "f"),
    Row("integers", "a:int64[3,3] b:I c:int64[4,3]", "d:int64[3,3] = matmul b c; e:int64[3,3] = add a d",
        "e"),
    Row("vectors", "a:float64[3] b:F c:R", "d:float64[3] = matmul b c; e:float64[3] = add a d", "e"),
]  # fmt: skip

TABLE = [
    *[(contract, within_bound, row) for row in CONTRACT],
    *[(fold_transposes, within_bound, row) for row in TRANSPOSES],
    *[(form_gemm, within_bound, row) for row in GEMM],
]


@pytest.mark.parametrize(
    ("change", "compare", "row"), TABLE, ids=[f"{c.__name__}-{row}" for c, _, row in TABLE]
)
def test_products_stay_within_the_bound(change: Any, compare: Any, row: Row) -> None:
    check_row(row, change, compare if row.after is not None else same_bits)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("number", [0.1, 1 / 3, 0.7])
def test_equal_terms_of_a_long_vector_stay_within_the_bound(dtype: str, number: float) -> None:
    x = np.full(1 << 16, number, dtype)
    found, _ = contract(make_jaxpr(lambda x: np.sum(x * x))(x))
    assert [eqn.primitive.name for eqn in dce(found).eqns] == ["vdot"]
    exact = np.square(np.longdouble(x[0])) * x.size
    assert abs(eval_jaxpr(found, [x])[0] - exact) <= 4 * 256 * np.finfo(dtype).eps / 2 * exact
