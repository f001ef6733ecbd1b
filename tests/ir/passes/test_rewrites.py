"""What each pass rewrites, bit for bit, and the near misses that it must leave alone."""

from __future__ import annotations

from typing import Any

import pytest

from funcgrad._src.ir.passes.cse import cse
from funcgrad._src.ir.passes.fold import fold
from funcgrad._src.ir.passes.simplify import simplify
from funcgrad._src.ir.passes.sink import sink_broadcasts
from funcgrad._src.ir.passes.strong import plain_products
from tests.ir.passes.rows import Row, check_row, same_bits

FOLD = [
    Row("numbers", "", "a:float = multiply 2.0:float 3.0:float", "a", "", "6.0:float"),
    Row("a chain", "", "a:float = add 2.0:float 1:int; b:S = sqrt a; c:S = negative b", "c", "",
        "float64(-1.7320508075688772)"),
    Row("minus zero", "", "a:float = negative 0.0:float", "a", "", "-0.0:float"),
    Row("into an equation", "a:F", "b:float = add 1.0:float 1.0:float; c:F = multiply a b", "c",
        "c:F = multiply a 2.0:float"),
    Row("a conversion", "", "a:float32 = convert[dtype=dtype('float32'), kind='scalar'] 0.1:float", "a", "",
        "float32(0.1)"),
    Row("two results", "", "a:float b:float = divmod 7.0:float 2.0:float", "a, b", "",
        "3.0:float, 1.0:float"),
    Row("warnings are off", "", "a:S = divide float64(1.0) float64(0.0)", "a", "", "float64(inf)"),
    Row("an array of a number", "", "a:F = wide 1.0:float", "a"),
    Row("a variable", "a:float", "b:float = multiply a 2.0:float", "b"),
]  # fmt: skip

CSE = [
    Row("equal equations", "a:F", "b:F = sin a; c:F = sin a; d:F = subtract b c", "d",
        "b:F = sin a; d:F = subtract b b"),
    Row("in a chain", "a:F", "b:F = sin a; c:F = sin a; d:F = exp b; e:F = exp c; f:F = subtract d e", "f",
        "b:F = sin a; d:F = exp b; f:F = subtract d d"),
    Row("exchanged operands", "a:F b:F", "c:F = multiply a b; d:F = multiply b a; e:F = subtract c d", "e",
        "c:F = multiply a b; e:F = subtract c c"),
    Row("a number and a variable", "a:F", "c:F = add a 2.0:float; d:F = add 2.0:float a; e:F = divide c d",
        "e", "c:F = add a 2.0:float; e:F = divide c c"),
    Row("equal params", "a:F", "b:T = turn a; c:T = turn a; d:T = add b c", "d",
        "b:T = turn a; d:T = add b b"),
    Row("results", "a:F", "b:F = sin a; c:F = sin a", "b, c", "b:F = sin a", "b, b"),
    Row("not exchanged: a difference", "a:F b:F",
        "c:F = subtract a b; d:F = subtract b a; e:F = divide c d", "e"),
    Row("not exchanged: maximum of zeros", "a:F b:F",
        "c:F = maximum a b; d:F = maximum b a; e:F = divide c d", "e"),
    Row("not exchanged: complex", "a:Z b:Z", "c:Z = multiply a b; d:Z = multiply b a; e:Z = divide c d",
        "e"),
    Row("0.0 and -0.0", "a:F", "b:F = add a 0.0:float; c:F = add a -0.0:float; d:F = divide b c", "d"),
    Row("1 and 1.0", "a:I", "b:I = add a 1:int; c:F = add a 1.0:float; d:F = divide b c", "d"),
    Row("1 and True", "a:I", "b:I = add a 1:int; c:I = add a True:bool; d:F = divide b c", "d"),
    Row("weak and strong", "a:G", "b:G = add a 1.0:float; c:G = add a float32(1.0); d:G = divide b c", "d"),
    Row("other params", "a:Q", "b:Q = turn a; c:Q = transpose[axes=(0, 1)] a; d:Q = add b c", "d"),
]  # fmt: skip

STRONG = [
    Row("a number", "a:F", "b:F = strong -2.0:float a", "b", "b:F = multiply -2.0:float a"),
    Row("a repeated number", "a:F", "b:F = wide float64(2.0); c:F = strong b a", "c",
        "c:F = multiply float64(2.0) a"),
    Row("a repeated weak number", "a:G", "b:F = wide 2.0:float; c:F = strong b a", "c",
        "c:F = multiply float64(2.0) a"),
    Row("a full array", "a:F",
        "b:F = full[dtype=dtype('float64'), place='host', shape=(3, 4), value=3]; "
        "c:F = strong_mul[strong=(False, True)] a b", "c", "c:F = multiply a float64(3.0)"),
    Row("both masks", "a:B b:F",
        "c:S = convert[dtype=dtype('float64'), kind='scalar'] True:bool; "
        "d:F = where a 0.5:float 0.0:float; e:F = strong_both d 2.0:float", "e",
        "d:F = where a 0.5:float 0.0:float; e:F = multiply d 2.0:float"),
    Row("a mask and a converted integer", "a:B b:I", "c:F = to(float64) b; d:F = strong a c", "d",
        "c:F = to(float64) b; d:F = multiply a c"),
    Row("zero", "a:F", "b:F = strong 0.0:float a", "b"),
    Row("the other is strong", "a:F", "b:F = strong_mul[strong=(False, True)] 2.0:float a", "b"),
    Row("both are strong", "a:F", "b:F = strong_both 2.0:float a", "b"),
    Row("a mask and anything", "a:B b:F", "c:F = strong a b", "c"),
    Row("infinity in a mask", "a:B b:B", "c:F = where a inf:float 1.0:float; d:F = strong_both b c", "d"),
    Row("finite, then not", "a:B b:H", "c:H = where a float16(1.0) 100000.0:float; d:H = strong a c", "d"),
]  # fmt: skip


def _chain(first: str, second: str, out: str = "F", in_: str = "F") -> dict[str, Any]:
    return {"inputs": f"a:{in_}", "before": f"b:{out} = {first}; c:{out} = {second}", "outs": "c"}


ALGEBRA = [
    Row("times one", "a:F", "b:F = multiply a 1.0:float", "b", "", "a"),
    Row("one times", "a:F", "b:F = multiply 1:int a", "b", "", "a"),
    Row("times one, integers", "a:I", "b:I = multiply a 1:int", "b", "", "a"),
    Row("times a repeated one", "a:F", "b:F = wide 1.0:float; c:F = multiply a b", "c", "", "a"),
    Row("over one", "a:F", "b:F = divide a 1.0:float", "b", "", "a"),
    Row("minus zero", "a:F", "b:F = subtract a 0.0:float", "b", "", "a"),
    Row("minus integer zero", "a:F", "b:F = subtract a 0:int", "b", "", "a"),
    Row("plus minus zero", "a:F", "b:F = add a -0.0:float", "b", "", "a"),
    Row("minus zero plus", "a:F", "b:F = add float64(-0.0) a", "b", "", "a"),
    Row("plus zero, integers", "a:I", "b:I = add a 0:int", "b", "", "a"),
    Row("double negation", **_chain("negative a", "negative b"), after="", after_outs="a"),
    Row("negation of a factor", **_chain("multiply 2.0:float a", "negative b"),
        after="c:F = multiply -2.0:float a"),
    Row("negation of an infinite factor", **_chain("multiply inf:float a", "negative b"),
        after="c:F = multiply -inf:float a"),
    Row("negation of a zero factor", **_chain("multiply a 0.0:float", "negative b"),
        after="c:F = multiply -0.0:float a".replace("-0.0:float a", "a -0.0:float")),
    Row("negation of an integer factor", **_chain("multiply a 3:int", "negative b"),
        after="c:F = multiply a -3:int"),
    Row("negation of a divisor", **_chain("divide a 3.0:float", "negative b"),
        after="c:F = divide a -3.0:float"),
    Row("negation of a dividend", **_chain("divide 3.0:float a", "negative b"),
        after="c:F = divide -3.0:float a"),
    Row("a negation multiplied", **_chain("negative a", "multiply b 3.0:float"),
        after="c:F = multiply -3.0:float a"),
    Row("negations multiplied", "a:F b:F", "c:F = negative a; d:F = negative b; e:F = multiply c d", "e",
        "e:F = multiply a b"),
    Row("negations divided", "a:F b:F", "c:F = negative a; d:F = negative b; e:F = divide c d", "e",
        "e:F = divide a b"),
    Row("a negation squared", **_chain("negative a", "square b"), after="c:F = square a"),
    Row("size of a negation", **_chain("negative a", "absolute b"), after="c:F = absolute a"),
    Row("plus a negation", "a:F b:F", "c:F = negative b; d:F = add a c", "d", "d:F = subtract a b"),
    Row("a negation plus", "a:F b:F", "c:F = negative a; d:F = add c b", "d", "d:F = subtract b a"),
    Row("minus a negation", "a:F b:F", "c:F = negative b; d:F = subtract a c", "d", "d:F = add a b"),
    Row("the gradient of a sum of squares", "a:F",
        "b:F = multiply 2.0:float a; c:F = multiply float64(1.0) b; d:F = negative c", "d",
        "d:F = multiply -2.0:float a"),
    Row("mask times one", "a:B", "b:F = multiply a float64(1.0)", "b", "b:F = to(float64) a"),
    Row("plus sign", "a:F", "b:F = positive a", "b", "", "a"),
    Row("real part", "a:F", "b:F = real a", "b", "", "a"),
    Row("conjugate of real", "a:F", "b:F = conjugate a", "b", "", "a"),
    Row("stopped", "a:F", "b:F = stop_gradient a; c:F = sin b", "c", "c:F = sin a"),
    Row("squared by an operator", "a:F", "b:F = integer_pow[n=2] a", "b", "b:F = square a"),
    Row("to the power of two", "a:G", "b:G = pow a 2.0:float", "b", "b:G = square a"),
    Row("squared and summed", "a:F", "b:F = integer_pow[n=2] a; c:S = total b", "c",
        "b:F = square a; c:S = total b"),
    Row("cubed", "a:F", "b:F = integer_pow[n=3] a", "b"),
    Row("a scalar squared", "a:S", "b:S = integer_pow[n=2] a", "b"),
    Row("integers squared", "a:I", "b:I = integer_pow[n=2] a", "b"),
    Row("to the power of a strong two", "a:F", "b:F = pow a float64(2.0)", "b"),
    Row("plus zero", "a:F", "b:F = add a 0.0:float", "b"),
    Row("plus integer zero", "a:F", "b:F = add a 0:int", "b"),
    Row("minus minus zero", "a:F", "b:F = subtract a -0.0:float", "b"),
    Row("zero minus", "a:F", "b:F = subtract 0.0:float a", "b"),
    Row("times zero", "a:F", "b:F = multiply a 0.0:float", "b"),
    Row("one, of a wider dtype", "a:G", "b:F = multiply a float64(1.0)", "b"),
    Row("one, of a larger shape", "a:R", "b:F = wide 1.0:float; c:F = multiply a b", "c"),
    Row("complex times one", "a:Z", "b:Z = multiply a 1.0:float", "b"),
    Row("complex times two, negated", **_chain("multiply 2.0:float a", "negative b", "Z", "Z")),
    Row("negation of a difference", "a:F b:F", "c:F = subtract a b; d:F = negative c", "d"),
    Row("negation of integer zero as factor", **_chain("multiply 0:int a", "negative b")),
    Row("negation in unsigned integers", **_chain("multiply a 3:int", "negative b", "U", "U")),
    Row("integers over one", "a:I", "b:F = divide a 1:int", "b"),
    Row("conjugate", "a:Z", "b:Z = conjugate a", "b"),
    Row("a copy that is summed", "a:F", "b:F = multiply a 1.0:float; c:S = total b", "c"),
    Row("a copy whose sine is taken", "a:F", "b:F = multiply a 1.0:float; c:F = sin b", "c"),
    Row("a copy of what is dense, summed", "a:T b:T",
        "c:F = turn b; d:Q = matmul c a; e:Q = multiply d 1.0:float; f:S = total e", "f",
        "c:F = turn b; d:Q = matmul c a; f:S = total d"),
    Row("a negated factor that is summed", "a:F",
        "b:F = multiply 2.0:float a; c:F = negative b; d:S = total c", "d",
        "c:F = multiply -2.0:float a; d:S = total c"),
]  # fmt: skip

MOVEMENT = [
    Row("transposed twice", "a:F", "b:T = turn a; c:F = turn b", "c", "", "a"),
    Row("transposes in a row", "a:float64[2,3,4]",
        "b:float64[4,2,3] = transpose[axes=(2, 0, 1)] a; c:float64[2,4,3] = transpose[axes=(1, 0, 2)] b",
        "c", "c:float64[2,4,3] = transpose[axes=(0, 2, 1)] a"),
    Row("transposed to itself", "a:F", "b:F = transpose[axes=(0, 1)] a; c:F = sin b", "c", "c:F = sin a"),
    Row("reshaped to itself", "a:F", "b:F = reshape(3, 4) a; c:F = sin b", "c", "c:F = sin a"),
    Row("reshaped and back", "a:R", "b:float64[2,2] = reshape(2, 2) a; c:R = reshape(4,) b; d:R = sin c",
        "d", "d:R = sin a"),
    Row("an axis put in and cut", "a:F",
        "b:float64[3,1,4] = reshape(3, 1, 4) a; c:float64[1,12] = reshape(1, 12) b; "
        "d:float64[1,12] = sin c", "d", "c:float64[1,12] = reshape(1, 12) a; d:float64[1,12] = sin c"),
    Row("indexed by axes alone", "a:R",
        "b:float64[1,4,1] = getitem[index=(None, (None, None, None), None)] a; c:float64[1,4,1] = sin b",
        "c", "b:float64[1,4,1] = reshape(1, 4, 1) a; c:float64[1,4,1] = sin b"),
    Row("indexed by nothing", "a:R", "b:R = getitem[index=(Ellipsis,)] a; c:R = sin b", "c", "c:R = sin a"),
    Row("axes of one taken out", "a:C",
        "b:float64[3] = getitem[index=(Ellipsis, -1)] a; c:float64[3] = sin b", "c",
        "b:float64[3] = reshape(3,) a; c:float64[3] = sin b"),
    Row("every second one", "a:float64[1,4,1]",
        "b:float64[2] = getitem[index=(0, Ellipsis, (0, 4, 2), 0)] a; c:float64[2] = sin b", "c"),
    Row("an axis of one taken out in front and behind", "a:float64[1,4,1]",
        "b:R = getitem[index=(0, Ellipsis, 0)] a; c:R = sin b", "c", "b:R = reshape(4,) a; c:R = sin b"),
    Row("slices of everything", "a:F",
        "b:F = getitem[index=((0, 3, None), (None, 9, 1))] a; c:F = sin b", "c", "c:F = sin a"),
    Row("a slice of nearly everything", "a:F",
        "b:float64[2,1,4] = getitem[index=((1, 3, None), None, (None, 9, 1))] a", "b"),
    Row("one of several", "a:F", "b:R = getitem[index=(0,)] a; c:R = sin b", "c"),
    Row("indexed by a slice", "a:R", "b:R = getitem[index=((None, None, -1),)] a; c:R = sin b", "c"),
    Row("a number as an array", "a:S", "b:float64[1,1] = reshape(1, 1) a; c:float64[1,1] = sin b", "c",
        "b:float64[1,1] = broadcast_to[shape=(1, 1)] a; c:float64[1,1] = sin b"),
    Row("joined and cut otherwise", "a:F", "b:float64[12] = reshape(12,) a; c:T = reshape(4, 3) b", "c"),
    Row("joined and cut as before: a copy in C's order", "a:F",
        "b:float64[12] = reshape(12,) a; c:F = reshape(3, 4) b; d:S = total c", "d"),
    Row("reshaped in Fortran's order", "a:R",
        "b:float64[2,2] = reshape[order='F', shape=(2, 2)] a; c:R = reshape(4,) b", "c"),
    Row("broadcast to itself", "a:F", "b:F = wide a; c:F = sin b", "c", "c:F = sin a"),
    Row("broadcast twice", "a:S", "b:R = broadcast_to[shape=(4,)] a; c:F = wide b", "c", "c:F = wide a"),
    Row("a repeated number, transposed", "a:S", "b:T = broadcast_to[shape=(4, 3)] a; c:F = turn b", "c",
        "c:F = wide a"),
    Row("a repeated number, reshaped", "a:S",
        "b:float64[12] = broadcast_to[shape=(12,)] a; c:F = reshape(3, 4) b", "c", "c:F = wide a"),
    Row("a write into a repeated number", "a:R",
        "b:R = full[dtype=dtype('float64'), place='host', shape=(4,), value=3]; c:F = wide b; "
        "d:F = index_add[index=((None, -1, None),)] c a", "d",
        "e:F = full[dtype=dtype('float64'), place='host', shape=(3, 4), value=3.0]; "
        "d:F = index_add[index=((None, -1, None),)] e a"),
    Row("a write into a repeated number, added up", "a:R",
        "b:R = full[dtype=dtype('float64'), place='host', shape=(4,), value=3]; c:F = wide b; "
        "d:F = index_add[index=((None, -1, None),)] c a; e:S = total d", "e"),
    Row("a write into a repeated row", "a:R b:R",
        "c:F = wide b; d:F = index_add[index=((None, -1, None),)] c a", "d"),
    Row("added everywhere", "a:F b:float64[3,4,1]",
        "c:F = full[dtype=dtype('float64'), place='host', shape=(3, 4), value=0]; "
        "d:F = index_add[index=(Ellipsis, None)] c b; e:S = total d", "e",
        "c:F = full[dtype=dtype('float64'), place='host', shape=(3, 4), value=0]; "
        "f:F = reshape(3, 4) b; d:F = add c f; e:S = total d"),
    Row("added everywhere to what may lie otherwise, and summed", "a:F b:F",
        "d:F = index_add[index=(Ellipsis,)] a b; e:S = total d", "e"),
    Row("added everywhere to what may lie otherwise", "a:F b:F",
        "d:F = index_add[index=(Ellipsis,)] a b", "d", "d:F = add a b"),
    Row("written everywhere", "a:R",
        "b:R = sin a; c:float64[1,4] = reshape(1, 4) b; d:float64[1,4] = index_set[index=(0,)] c b; "
        "e:float64[1,4] = sin d", "e",
        "b:R = sin a; d:float64[1,4] = reshape(1, 4) b; e:float64[1,4] = sin d"),
    Row("written everywhere, of unknown layout", "a:R b:R",
        "c:float64[1,4] = reshape(1, 4) a; d:float64[1,4] = index_set[index=(0,)] c b; "
        "e:float64[1,4] = sin d", "e"),
    Row("a number written everywhere", "a:F b:S", "c:F = index_set[index=(Ellipsis,)] a b", "c"),
    Row("other numbers written everywhere", "a:F b:G", "c:F = index_set[index=(Ellipsis,)] a b", "c"),
    Row("added to some", "a:F b:R", "c:F = index_add[index=(2,)] a b", "c"),
    Row("a repeated row, transposed", "a:R", "b:F = wide a; c:T = turn b", "c"),
    Row("converted to itself", "a:F", "b:F = to(float64) a", "b", "", "a"),
    Row("converted by way of a wider dtype", "a:G", "b:F = to(float64) a; c:H = to(float16) b", "c",
        "c:H = to(float16) a"),
    Row("a mask by way of integers", "a:B", "b:I = to(int64) a; c:F = to(float64) b", "c",
        "c:F = to(float64) a"),
    Row("converted by way of a narrower dtype", "a:F", "b:G = to(float32) a; c:F = to(float64) b", "c"),
    Row("integers that a float does not hold", "a:I", "b:F = to(float64) a; c:G = to(float32) b", "c"),
    Row("floats cut to integers by way of wider ones", "a:G", "b:F = to(float64) a; c:I = to(int64) b",
        "c"),
    Row("to another kind", "a:S", "b:float = convert[dtype=dtype('float64'), kind='python'] a", "b"),
]  # fmt: skip

MASKS = [
    Row("always", "a:F b:F", "c:F = where True:bool a b", "c", "", "a"),
    Row("never", "a:F b:F", "c:F = where bool_(False) a b", "c", "", "b"),
    Row("a repeated mask", "a:F b:F", "c:B = wide True:bool; d:F = where c a b", "d", "", "a"),
    Row("equal branches", "a:B b:F", "c:F = where a b b", "c", "", "b"),
    Row("equal numbers", "a:B", "b:F = where a 2.0:float 2.0:float", "b", "b:F = wide float64(2.0)"),
    Row("a branch that is repeated", "a:R b:F", "c:F = where True:bool a b", "c", "c:F = wide a"),
    Row("a branch that is converted", "a:G b:F", "c:F = where True:bool a b", "c", "c:F = to(float64) a"),
    Row("a branch of both", "a:float32[4] b:F", "c:F = where True:bool a b", "c"),
    Row("zeros of both signs", "a:B", "b:F = where a 0.0:float -0.0:float", "b"),
    Row("a mask that varies", "a:B b:F c:F", "d:F = where a b c", "d"),
    Row("a chosen branch that is summed", "a:F b:F", "c:F = where True:bool a b; d:S = total c", "d"),
]  # fmt: skip

SINK = [
    Row("dropped", "a:F b:R", "c:F = wide b; d:F = add a c", "d", "d:F = add a b"),
    Row("dropped before a sum", "a:F b:R", "c:F = wide b; d:F = add a c; e:S = total d", "e",
        "d:F = add a b; e:S = total d"),
    Row("a number dropped", "a:G", "b:F = wide 0.1:float; c:F = add a b", "c", "c:F = add a float64(0.1)"),
    Row("a full array dropped", "a:F",
        "b:F = full[dtype=dtype('float64'), place='host', shape=(3, 4), value=2]; c:F = divide b a", "c",
        "c:F = divide float64(2.0) a"),
    Row("sunk", "a:R", "b:F = wide a; c:F = square b", "c", "b:R = square a; c:F = wide b"),
    Row("sunk scalars", "a:S b:S", "c:F = wide a; d:F = wide b; e:F = multiply c d; f:F = add e 1.0:float",
        "f", "e:S = multiply a b; f:S = add e 1.0:float; g:F = wide f", "g"),
    Row("sunk to the shape of both", "a:float64[4,1] b:R",
        "c:float64[5,4,4] = broadcast_to[shape=(5, 4, 4)] a; "
        "d:float64[5,4,4] = broadcast_to[shape=(5, 4, 4)] b; e:float64[5,4,4] = multiply c d", "e",
        "c:float64[4,4] = multiply a b; e:float64[5,4,4] = broadcast_to[shape=(5, 4, 4)] c"),
    Row("one of two dropped", "a:R b:C", "c:F = wide a; d:F = wide b; e:F = multiply c d", "e",
        "e:F = multiply a b"),
    Row("a choice sunk", "a:bool[4] b:R", "c:B = wide a; d:F = wide b; e:F = where c d 0.0:float", "e",
        "c:R = where a b 0.0:float; e:F = wide c"),
    Row("sine", "a:R", "b:F = wide a; c:F = sin b", "c"),
    Row("complex", "a:complex128[4]", "b:Z = wide a; c:Z = multiply b b", "c"),
    Row("what is summed", "a:R", "b:F = wide a; c:F = square b; d:S = total c", "d"),
    Row("a weak number", "a:float b:G", "c:F = wide a; d:B = less c b", "d"),
    Row("integers, as one number", "a:int64", "b:I = wide a; c:I = multiply b 9:int", "c"),
    Row("nothing to repeat", "a:F b:F", "c:F = multiply a b", "c"),
]  # fmt: skip

TABLE = [
    *[(fold, row) for row in FOLD],
    *[(cse, row) for row in CSE],
    *[(plain_products, row) for row in STRONG],
    *[(simplify, row) for row in (*ALGEBRA, *MOVEMENT, *MASKS)],
    *[(sink_broadcasts, row) for row in SINK],
]


@pytest.mark.parametrize(("change", "row"), TABLE, ids=[f"{c.__name__}-{row}" for c, row in TABLE])
def test_rewrites_keep_every_bit(change: Any, row: Row) -> None:
    check_row(row, change, same_bits)
