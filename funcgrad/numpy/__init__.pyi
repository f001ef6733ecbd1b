"""Types of funcgrad.numpy: the signatures are NumPy's."""

from builtins import bool as _bool
from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple, Protocol, TypeAlias, TypeVar, overload

import numpy as np
from numpy import (
    False_,
    ScalarType,
    True_,
    __array_namespace_info__,
    asmatrix,
    bartlett,
    base_repr,
    binary_repr,
    blackman,
    bmat,
    bool,
    bool_,
    broadcast,
    broadcast_shapes,
    busday_count,
    busday_offset,
    busdaycalendar,
    byte,
    bytes_,
    c_,
    cdouble,
    character,
    clongdouble,
    complex64,
    complex128,
    complexfloating,
    csingle,
    datetime64,
    datetime_as_string,
    datetime_data,
    double,
    dtype,
    e,
    errstate,
    euler_gamma,
    finfo,
    flatiter,
    flexible,
    float16,
    float32,
    float64,
    floating,
    format_float_positional,
    format_float_scientific,
    from_dlpack,
    frombuffer,
    fromfile,
    fromiter,
    frompyfunc,
    fromregex,
    fromstring,
    generic,
    genfromtxt,
    get_include,
    get_printoptions,
    getbufsize,
    geterr,
    geterrcall,
    half,
    hamming,
    hanning,
    iinfo,
    index_exp,
    inexact,
    inf,
    info,
    int8,
    int16,
    int32,
    int64,
    int_,
    intc,
    integer,
    intp,
    is_busday,
    isdtype,
    issubdtype,
    iterable,
    little_endian,
    load,
    loadtxt,
    long,
    longdouble,
    longlong,
    matrix,
    memmap,
    mgrid,
    min_scalar_type,
    mintypecode,
    nan,
    ndarray,
    ndenumerate,
    ndindex,
    nditer,
    nested_iters,
    newaxis,
    number,
    object_,
    ogrid,
    packbits,
    pi,
    poly1d,
    printoptions,
    promote_types,
    r_,
    recarray,
    record,
    s_,
    save,
    savetxt,
    savez,
    savez_compressed,
    sctypeDict,
    set_printoptions,
    setbufsize,
    seterr,
    seterrcall,
    short,
    show_config,
    show_runtime,
    signedinteger,
    single,
    str_,
    test,
    timedelta64,
    typecodes,
    typename,
    ubyte,
    ufunc,
    uint,
    uint8,
    uint16,
    uint32,
    uint64,
    uintc,
    uintp,
    ulong,
    ulonglong,
    unpackbits,
    unsignedinteger,
    ushort,
    vectorize,
    void,
)
from numpy.typing import DTypeLike, NDArray

from funcgrad.typing import Array, ArrayLike

from . import fft as fft
from . import linalg as linalg

__all__ = [
    "False_",
    "ScalarType",
    "True_",
    "__array_namespace_info__",
    "abs",
    "absolute",
    "acos",
    "acosh",
    "add",
    "all",
    "allclose",
    "amax",
    "amin",
    "angle",
    "any",
    "append",
    "apply_along_axis",
    "apply_over_axes",
    "arange",
    "arccos",
    "arccosh",
    "arcsin",
    "arcsinh",
    "arctan",
    "arctan2",
    "arctanh",
    "argmax",
    "argmin",
    "argpartition",
    "argsort",
    "argwhere",
    "around",
    "array",
    "array2string",
    "array_equal",
    "array_equiv",
    "array_repr",
    "array_split",
    "array_str",
    "asanyarray",
    "asarray",
    "asarray_chkfinite",
    "ascontiguousarray",
    "asfortranarray",
    "asin",
    "asinh",
    "asmatrix",
    "astype",
    "atan",
    "atan2",
    "atanh",
    "atleast_1d",
    "atleast_2d",
    "atleast_3d",
    "average",
    "bartlett",
    "base_repr",
    "binary_repr",
    "bincount",
    "bitwise_and",
    "bitwise_count",
    "bitwise_invert",
    "bitwise_left_shift",
    "bitwise_not",
    "bitwise_or",
    "bitwise_right_shift",
    "bitwise_xor",
    "blackman",
    "block",
    "bmat",
    "bool",
    "bool_",
    "broadcast",
    "broadcast_arrays",
    "broadcast_shapes",
    "broadcast_to",
    "busday_count",
    "busday_offset",
    "busdaycalendar",
    "byte",
    "bytes_",
    "c_",
    "can_cast",
    "cbrt",
    "cdouble",
    "ceil",
    "character",
    "choose",
    "clip",
    "clongdouble",
    "column_stack",
    "common_type",
    "complex128",
    "complex64",
    "complexfloating",
    "compress",
    "concat",
    "concatenate",
    "conj",
    "conjugate",
    "convolve",
    "copy",
    "copysign",
    "copyto",
    "corrcoef",
    "correlate",
    "cos",
    "cosh",
    "count_nonzero",
    "cov",
    "cross",
    "csingle",
    "cumprod",
    "cumsum",
    "cumulative_prod",
    "cumulative_sum",
    "datetime64",
    "datetime_as_string",
    "datetime_data",
    "deg2rad",
    "degrees",
    "delete",
    "diag",
    "diag_indices",
    "diag_indices_from",
    "diagflat",
    "diagonal",
    "diff",
    "digitize",
    "divide",
    "divmod",
    "dot",
    "double",
    "dsplit",
    "dstack",
    "dtype",
    "e",
    "ediff1d",
    "einsum",
    "einsum_path",
    "empty",
    "empty_like",
    "equal",
    "errstate",
    "euler_gamma",
    "exp",
    "exp2",
    "expand_dims",
    "expm1",
    "extract",
    "eye",
    "fabs",
    "fft",
    "fill_diagonal",
    "finfo",
    "fix",
    "flatiter",
    "flatnonzero",
    "flexible",
    "flip",
    "fliplr",
    "flipud",
    "float16",
    "float32",
    "float64",
    "float_power",
    "floating",
    "floor",
    "floor_divide",
    "fmax",
    "fmin",
    "fmod",
    "format_float_positional",
    "format_float_scientific",
    "frexp",
    "from_dlpack",
    "frombuffer",
    "fromfile",
    "fromfunction",
    "fromiter",
    "frompyfunc",
    "fromregex",
    "fromstring",
    "full",
    "full_like",
    "gcd",
    "generic",
    "genfromtxt",
    "geomspace",
    "get_include",
    "get_printoptions",
    "getbufsize",
    "geterr",
    "geterrcall",
    "gradient",
    "greater",
    "greater_equal",
    "half",
    "hamming",
    "hanning",
    "heaviside",
    "histogram",
    "histogram2d",
    "histogram_bin_edges",
    "histogramdd",
    "hsplit",
    "hstack",
    "hypot",
    "i0",
    "identity",
    "iinfo",
    "imag",
    "index_exp",
    "indices",
    "inexact",
    "inf",
    "info",
    "inner",
    "insert",
    "int16",
    "int32",
    "int64",
    "int8",
    "int_",
    "intc",
    "integer",
    "interp",
    "intersect1d",
    "intp",
    "invert",
    "is_busday",
    "isclose",
    "iscomplex",
    "iscomplexobj",
    "isdtype",
    "isfinite",
    "isfortran",
    "isin",
    "isinf",
    "isnan",
    "isnat",
    "isneginf",
    "isposinf",
    "isreal",
    "isrealobj",
    "isscalar",
    "issubdtype",
    "iterable",
    "ix_",
    "kaiser",
    "kron",
    "lcm",
    "ldexp",
    "left_shift",
    "less",
    "less_equal",
    "lexsort",
    "linalg",
    "linspace",
    "little_endian",
    "load",
    "loadtxt",
    "log",
    "log10",
    "log1p",
    "log2",
    "logaddexp",
    "logaddexp2",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "logspace",
    "long",
    "longdouble",
    "longlong",
    "mask_indices",
    "matmul",
    "matrix",
    "matrix_transpose",
    "matvec",
    "max",
    "maximum",
    "may_share_memory",
    "mean",
    "median",
    "memmap",
    "meshgrid",
    "mgrid",
    "min",
    "min_scalar_type",
    "minimum",
    "mintypecode",
    "mod",
    "modf",
    "moveaxis",
    "multiply",
    "nan",
    "nan_to_num",
    "nanargmax",
    "nanargmin",
    "nancumprod",
    "nancumsum",
    "nanmax",
    "nanmean",
    "nanmedian",
    "nanmin",
    "nanpercentile",
    "nanprod",
    "nanquantile",
    "nanstd",
    "nansum",
    "nanvar",
    "ndarray",
    "ndenumerate",
    "ndim",
    "ndindex",
    "nditer",
    "negative",
    "nested_iters",
    "newaxis",
    "nextafter",
    "nonzero",
    "not_equal",
    "number",
    "object_",
    "ogrid",
    "ones",
    "ones_like",
    "outer",
    "packbits",
    "pad",
    "partition",
    "percentile",
    "permute_dims",
    "pi",
    "piecewise",
    "place",
    "poly",
    "poly1d",
    "polyadd",
    "polyder",
    "polydiv",
    "polyfit",
    "polyint",
    "polymul",
    "polysub",
    "polyval",
    "positive",
    "pow",
    "power",
    "printoptions",
    "prod",
    "promote_types",
    "ptp",
    "put",
    "put_along_axis",
    "putmask",
    "quantile",
    "r_",
    "rad2deg",
    "radians",
    "ravel",
    "ravel_multi_index",
    "real",
    "real_if_close",
    "recarray",
    "reciprocal",
    "record",
    "remainder",
    "repeat",
    "require",
    "reshape",
    "resize",
    "result_type",
    "right_shift",
    "rint",
    "roll",
    "rollaxis",
    "roots",
    "rot90",
    "round",
    "s_",
    "save",
    "savetxt",
    "savez",
    "savez_compressed",
    "sctypeDict",
    "searchsorted",
    "select",
    "set_printoptions",
    "setbufsize",
    "setdiff1d",
    "seterr",
    "seterrcall",
    "setxor1d",
    "shape",
    "shares_memory",
    "short",
    "show_config",
    "show_runtime",
    "sign",
    "signbit",
    "signedinteger",
    "sin",
    "sinc",
    "single",
    "sinh",
    "size",
    "sort",
    "sort_complex",
    "spacing",
    "split",
    "sqrt",
    "square",
    "squeeze",
    "stack",
    "std",
    "str_",
    "subtract",
    "sum",
    "swapaxes",
    "take",
    "take_along_axis",
    "tan",
    "tanh",
    "tensordot",
    "test",
    "tile",
    "timedelta64",
    "trace",
    "transpose",
    "trapezoid",
    "tri",
    "tril",
    "tril_indices",
    "tril_indices_from",
    "trim_zeros",
    "triu",
    "triu_indices",
    "triu_indices_from",
    "true_divide",
    "trunc",
    "typecodes",
    "typename",
    "ubyte",
    "ufunc",
    "uint",
    "uint16",
    "uint32",
    "uint64",
    "uint8",
    "uintc",
    "uintp",
    "ulong",
    "ulonglong",
    "union1d",
    "unique",
    "unique_all",
    "unique_counts",
    "unique_inverse",
    "unique_values",
    "unpackbits",
    "unravel_index",
    "unsignedinteger",
    "unstack",
    "unwrap",
    "ushort",
    "vander",
    "var",
    "vdot",
    "vecdot",
    "vecmat",
    "vectorize",
    "void",
    "vsplit",
    "vstack",
    "where",
    "zeros",
    "zeros_like",
]

_Result = TypeVar("_Result")
_ConvolveMode: TypeAlias = Literal["full", "same", "valid"]
_Shape: TypeAlias = int | Sequence[int]
_BinRule: TypeAlias = Literal["auto", "doane", "fd", "rice", "scott", "sqrt", "stone", "sturges"]
_Mode: TypeAlias = Literal["raise", "wrap", "clip"]
_QuantileMethod: TypeAlias = Literal[
    "inverted_cdf",
    "averaged_inverted_cdf",
    "closest_observation",
    "interpolated_inverted_cdf",
    "hazen",
    "weibull",
    "linear",
    "median_unbiased",
    "normal_unbiased",
    "lower",
    "higher",
    "midpoint",
    "nearest",
]
_SortKind: TypeAlias = Literal["quicksort", "heapsort", "mergesort", "stable"]

class _UniqueAll(NamedTuple):
    values: Array
    indices: Array
    inverse_indices: Array
    counts: Array

class _UniqueCounts(NamedTuple):
    values: Array
    counts: Array

class _UniqueInverse(NamedTuple):
    values: Array
    inverse_indices: Array

class _Ufunc(Protocol):
    __name__: str
    nin: int
    nout: int
    nargs: int
    identity: Any

class _Unary(_Ufunc, Protocol):
    def __call__(
        self,
        x: ArrayLike,
        /,
        out: Array | None = None,
        *,
        where: ArrayLike = True,
        dtype: DTypeLike | None = None,
    ) -> Array: ...

class _UnaryPair(_Ufunc, Protocol):
    def __call__(
        self, x: ArrayLike, /, *, where: ArrayLike = True, dtype: DTypeLike | None = None
    ) -> tuple[Array, Array]: ...

class _Product(_Ufunc, Protocol):
    def __call__(self, x1: ArrayLike, x2: ArrayLike, /, out: Array | None = None, **kwargs: Any) -> Array: ...

class _Binary(_Ufunc, Protocol):
    def __call__(
        self,
        x1: ArrayLike,
        x2: ArrayLike,
        /,
        out: Array | None = None,
        *,
        where: ArrayLike = True,
        dtype: DTypeLike | None = None,
    ) -> Array: ...
    def reduce(
        self,
        array: ArrayLike,
        axis: int | Sequence[int] | None = 0,
        dtype: DTypeLike | None = None,
        out: Array | None = None,
        keepdims: _bool = False,
        initial: ArrayLike | None = None,
        where: ArrayLike = True,
    ) -> Array: ...
    def accumulate(
        self, array: ArrayLike, axis: int = 0, dtype: DTypeLike | None = None, out: Array | None = None
    ) -> Array: ...
    def reduceat(
        self,
        array: ArrayLike,
        indices: ArrayLike,
        axis: int = 0,
        dtype: DTypeLike | None = None,
        out: Array | None = None,
    ) -> Array: ...
    def outer(self, A: ArrayLike, B: ArrayLike, /, **kwargs: Any) -> Array: ...
    def at(self, a: Array, indices: Any, b: ArrayLike, /) -> None: ...

class _BinaryPair(_Ufunc, Protocol):
    def __call__(
        self, x1: ArrayLike, x2: ArrayLike, /, *, where: ArrayLike = True, dtype: DTypeLike | None = None
    ) -> tuple[Array, Array]: ...

__array_api_version__: str

abs: _Unary
absolute: _Unary
acos: _Unary
acosh: _Unary
add: _Binary
arccos: _Unary
arccosh: _Unary
arcsin: _Unary
arcsinh: _Unary
arctan: _Unary
arctan2: _Binary
arctanh: _Unary
asin: _Unary
asinh: _Unary
atan: _Unary
atan2: _Binary
atanh: _Unary
bitwise_and: _Binary
bitwise_count: _Unary
bitwise_invert: _Unary
bitwise_left_shift: _Binary
bitwise_not: _Unary
bitwise_or: _Binary
bitwise_right_shift: _Binary
bitwise_xor: _Binary
cbrt: _Unary
ceil: _Unary
conj: _Unary
conjugate: _Unary
copysign: _Binary
cos: _Unary
cosh: _Unary
deg2rad: _Unary
degrees: _Unary
divide: _Binary
divmod: _BinaryPair
equal: _Binary
exp: _Unary
exp2: _Unary
expm1: _Unary
fabs: _Unary
float_power: _Binary
floor: _Unary
floor_divide: _Binary
fmax: _Binary
fmin: _Binary
fmod: _Binary
frexp: _UnaryPair
gcd: _Binary
greater: _Binary
greater_equal: _Binary
heaviside: _Binary
hypot: _Binary
invert: _Unary
isfinite: _Unary
isinf: _Unary
isnan: _Unary
isnat: _Unary
lcm: _Binary
ldexp: _Binary
left_shift: _Binary
less: _Binary
less_equal: _Binary
log: _Unary
log10: _Unary
log1p: _Unary
log2: _Unary
logaddexp: _Binary
logaddexp2: _Binary
logical_and: _Binary
logical_not: _Unary
logical_or: _Binary
logical_xor: _Binary
matmul: _Product
matvec: _Product
maximum: _Binary
minimum: _Binary
mod: _Binary
modf: _UnaryPair
multiply: _Binary
negative: _Unary
nextafter: _Binary
not_equal: _Binary
positive: _Unary
pow: _Binary
power: _Binary
rad2deg: _Unary
radians: _Unary
reciprocal: _Unary
remainder: _Binary
right_shift: _Binary
rint: _Unary
sign: _Unary
signbit: _Unary
sin: _Unary
sinh: _Unary
spacing: _Unary
sqrt: _Unary
square: _Unary
subtract: _Binary
tan: _Unary
tanh: _Unary
true_divide: _Binary
trunc: _Unary
vecdot: _Binary
vecmat: _Product

def all(
    a: ArrayLike,
    axis: int | Sequence[int] | None = None,
    out: Array | None = None,
    keepdims: _bool = False,
    *,
    where: ArrayLike = ...,
) -> Array: ...
def allclose(
    a: ArrayLike, b: ArrayLike, rtol: ArrayLike = 1e-05, atol: ArrayLike = 1e-08, equal_nan: _bool = False
) -> _bool: ...
def amax(
    a: ArrayLike,
    axis: int | Sequence[int] | None = None,
    out: Array | None = None,
    keepdims: _bool = False,
    initial: ArrayLike | None = ...,
    where: ArrayLike = ...,
) -> Array: ...
def amin(
    a: ArrayLike,
    axis: int | Sequence[int] | None = None,
    out: Array | None = None,
    keepdims: _bool = False,
    initial: ArrayLike | None = ...,
    where: ArrayLike = ...,
) -> Array: ...
def angle(z: ArrayLike, deg: _bool = False) -> Array: ...
def any(
    a: ArrayLike,
    axis: int | Sequence[int] | None = None,
    out: Array | None = None,
    keepdims: _bool = False,
    *,
    where: ArrayLike = ...,
) -> Array: ...
def append(arr: ArrayLike, values: ArrayLike, axis: int | None = None) -> Array: ...
def apply_along_axis(
    func1d: Callable[..., Any], axis: int, arr: ArrayLike, *args: Any, **kwargs: Any
) -> Array: ...
def apply_over_axes(
    func: Callable[[Array, int], ArrayLike], a: ArrayLike, axes: int | Sequence[int]
) -> Array: ...
def arange(
    start: ArrayLike,
    stop: ArrayLike | None = None,
    step: ArrayLike | None = 1,
    dtype: DTypeLike | None = None,
    *,
    device: str | None = None,
    like: Any = None,
) -> Array: ...
def argmax(
    a: ArrayLike, axis: int | None = None, out: Array | None = None, *, keepdims: _bool = False
) -> Array: ...
def argmin(
    a: ArrayLike, axis: int | None = None, out: Array | None = None, *, keepdims: _bool = False
) -> Array: ...
def argpartition(
    a: ArrayLike,
    kth: int | Sequence[int] | NDArray[np.integer[Any]],
    axis: int | None = -1,
    kind: Literal["introselect"] = "introselect",
    order: None = None,
) -> Array: ...
def argsort(
    a: ArrayLike,
    axis: int | None = -1,
    kind: _SortKind | None = None,
    order: None = None,
    *,
    stable: _bool | None = None,
    descending: _bool | None = None,
) -> Array: ...
def argwhere(a: ArrayLike) -> Array: ...
def around(a: ArrayLike, decimals: int = 0, out: Array | None = None) -> Array: ...
def array(
    object: Any,
    dtype: DTypeLike | None = None,
    *,
    copy: _bool | None = True,
    order: str | None = "K",
    subok: _bool = False,
    ndmin: int = 0,
    ndmax: int = 0,
    like: Any = None,
) -> Array: ...
def array2string(
    a: ArrayLike,
    max_line_width: int | None = None,
    precision: int | None = None,
    suppress_small: _bool | None = None,
    separator: str = " ",
    prefix: str = "",
    *,
    formatter: Any = None,
    threshold: int | None = None,
    edgeitems: int | None = None,
    sign: Literal["-", "+", " "] | None = None,
    floatmode: Literal["fixed", "unique", "maxprec", "maxprec_equal"] | None = None,
    suffix: str = "",
    legacy: Any = None,
) -> str: ...
def array_equal(a1: ArrayLike, a2: ArrayLike, equal_nan: _bool = False) -> _bool: ...
def array_equiv(a1: ArrayLike, a2: ArrayLike) -> _bool: ...
def array_repr(
    arr: ArrayLike,
    max_line_width: int | None = None,
    precision: int | None = None,
    suppress_small: _bool | None = None,
) -> str: ...
def array_split(ary: ArrayLike, indices_or_sections: int | Sequence[int], axis: int = 0) -> Any: ...
def array_str(
    a: ArrayLike,
    max_line_width: int | None = None,
    precision: int | None = None,
    suppress_small: _bool | None = None,
) -> str: ...
def asanyarray(
    a: ArrayLike,
    dtype: DTypeLike | None = None,
    order: str | None = None,
    *,
    device: str | None = None,
    copy: _bool | None = None,
    like: Any = None,
) -> Array: ...
def asarray(
    a: ArrayLike,
    dtype: DTypeLike | None = None,
    order: str | None = None,
    *,
    device: str | None = None,
    copy: _bool | None = None,
    like: Any = None,
) -> Array: ...
def asarray_chkfinite(a: ArrayLike, dtype: DTypeLike | None = None, order: str | None = None) -> Array: ...
def ascontiguousarray(a: ArrayLike, dtype: DTypeLike | None = None, *, like: Any = None) -> Array: ...
def asfortranarray(a: ArrayLike, dtype: DTypeLike | None = None, *, like: Any = None) -> Array: ...
def astype(
    x: ArrayLike, dtype: DTypeLike | None, /, *, copy: _bool | None = True, device: str | None = None
) -> Array: ...
def atleast_1d(*arys: ArrayLike) -> Any: ...
def atleast_2d(*arys: ArrayLike) -> Any: ...
def atleast_3d(*arys: ArrayLike) -> Any: ...
def average(
    a: ArrayLike,
    axis: int | Sequence[int] | None = None,
    weights: ArrayLike | None = None,
    returned: _bool = False,
    *,
    keepdims: _bool = False,
) -> Any: ...
def bincount(x: ArrayLike, /, weights: ArrayLike | None = None, minlength: int = 0) -> Array: ...
def block(arrays: Any) -> Array: ...
def broadcast_arrays(*args: Any, subok: _bool = False) -> Any: ...
def broadcast_to(array: ArrayLike, shape: _Shape, subok: _bool = False) -> Array: ...
def can_cast(from_: ArrayLike, to: ArrayLike, casting: str = "safe") -> _bool: ...
def choose(
    a: ArrayLike, choices: ArrayLike | Sequence[ArrayLike], out: Array | None = None, mode: _Mode = "raise"
) -> Array: ...
def clip(
    a: ArrayLike,
    a_min: ArrayLike | None = ...,
    a_max: ArrayLike | None = ...,
    out: Array | None = None,
    *,
    min: ArrayLike | None = ...,
    max: ArrayLike | None = ...,
    **kwargs: Any,
) -> Array: ...
def column_stack(tup: Sequence[ArrayLike]) -> Array: ...
def common_type(*arrays: Sequence[ArrayLike]) -> Any: ...
def compress(
    condition: ArrayLike, a: ArrayLike, axis: int | None = None, out: Array | None = None
) -> Array: ...
def concat(
    arrays: Sequence[ArrayLike],
    /,
    axis: int = 0,
    out: Array | None = None,
    *,
    dtype: DTypeLike | None = None,
    casting: str = "same_kind",
) -> Array: ...
def concatenate(
    arrays: Sequence[ArrayLike],
    /,
    axis: int = 0,
    out: Array | None = None,
    *,
    dtype: DTypeLike | None = None,
    casting: str = "same_kind",
) -> Array: ...
def convolve(a: ArrayLike, v: ArrayLike, mode: _ConvolveMode = "full") -> Array: ...
def copy(a: ArrayLike, order: str | None = "K", subok: _bool = False) -> Array: ...
def copyto(dst: Array, src: ArrayLike, casting: str = "same_kind", where: ArrayLike = True) -> None: ...
def corrcoef(
    x: ArrayLike, y: ArrayLike | None = None, rowvar: _bool = True, *, dtype: DTypeLike | None = None
) -> Array: ...
def correlate(a: ArrayLike, v: ArrayLike, mode: _ConvolveMode = "valid") -> Array: ...
def count_nonzero(
    a: ArrayLike, axis: int | Sequence[int] | None = None, *, keepdims: _bool = False
) -> Array: ...
def cov(
    m: ArrayLike,
    y: ArrayLike | None = None,
    rowvar: _bool = True,
    bias: _bool = False,
    ddof: int | None = None,
    fweights: ArrayLike | None = None,
    aweights: ArrayLike | None = None,
    *,
    dtype: DTypeLike | None = None,
) -> Array: ...
def cross(
    a: ArrayLike, b: ArrayLike, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None
) -> Array: ...
def cumprod(
    a: ArrayLike, axis: int | None = None, dtype: DTypeLike | None = None, out: Array | None = None
) -> Array: ...
def cumsum(
    a: ArrayLike, axis: int | None = None, dtype: DTypeLike | None = None, out: Array | None = None
) -> Array: ...
def cumulative_prod(
    x: ArrayLike,
    /,
    *,
    axis: int | None = None,
    dtype: DTypeLike | None = None,
    out: Array | None = None,
    include_initial: _bool = False,
) -> Array: ...
def cumulative_sum(
    x: ArrayLike,
    /,
    *,
    axis: int | None = None,
    dtype: DTypeLike | None = None,
    out: Array | None = None,
    include_initial: _bool = False,
) -> Array: ...
def delete(
    arr: ArrayLike, obj: slice | int | Sequence[int] | NDArray[Any], axis: int | None = None
) -> Array: ...
def diag(v: ArrayLike, k: int = 0) -> Array: ...
def diag_indices(n: int, ndim: int = 2) -> tuple[NDArray[np.intp], ...]: ...
def diag_indices_from(arr: ArrayLike) -> tuple[NDArray[np.intp], ...]: ...
def diagflat(v: ArrayLike, k: int = 0) -> Array: ...
def diagonal(a: ArrayLike, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Array: ...
def diff(
    a: ArrayLike, n: int = 1, axis: int = -1, prepend: ArrayLike = ..., append: ArrayLike = ...
) -> Array: ...
def digitize(x: ArrayLike, bins: ArrayLike, right: _bool = False) -> Array: ...
def dot(a: ArrayLike, b: ArrayLike, out: Array | None = None) -> Array: ...
def dsplit(ary: ArrayLike, indices_or_sections: int | Sequence[int]) -> Any: ...
def dstack(tup: Sequence[ArrayLike]) -> Array: ...
def ediff1d(ary: ArrayLike, to_end: ArrayLike | None = None, to_begin: ArrayLike | None = None) -> Array: ...
def einsum(*operands: ArrayLike, out: Array | None = None, optimize: Any = False, **kwargs: Any) -> Array: ...
def einsum_path(
    *operands: Any,
    optimize: bool
    | Literal["greedy", "optimal"]
    | tuple[Literal["greedy", "optimal"], float]
    | Sequence[Any] = "greedy",
    einsum_call: Literal[False] = False,
) -> tuple[list[Any], str]: ...
def empty(
    shape: _Shape,
    dtype: DTypeLike | None = ...,
    order: str | None = "C",
    *,
    device: str | None = None,
    like: Any = None,
) -> Array: ...
def empty_like(
    prototype: ArrayLike,
    /,
    dtype: DTypeLike | None = None,
    order: str | None = "K",
    subok: _bool = True,
    shape: _Shape | None = None,
    *,
    device: str | None = None,
) -> Array: ...
def expand_dims(a: ArrayLike, axis: int | Sequence[int]) -> Array: ...
def extract(condition: ArrayLike, arr: ArrayLike) -> Array: ...
def eye(
    N: int,
    M: int | None = None,
    k: int = 0,
    dtype: DTypeLike | None = ...,
    order: str | None = "C",
    *,
    device: str | None = None,
    like: Any = None,
) -> Array: ...
def fill_diagonal(a: Array, val: ArrayLike, wrap: _bool = False) -> None: ...
def fix(x: ArrayLike, out: Array | None = None) -> Array: ...
def flatnonzero(a: ArrayLike) -> Array: ...
def flip(m: ArrayLike, axis: int | Sequence[int] | None = None) -> Array: ...
def fliplr(m: ArrayLike) -> Array: ...
def flipud(m: ArrayLike) -> Array: ...
def fromfunction(
    function: Callable[..., _Result],
    shape: Sequence[int],
    *,
    dtype: DTypeLike = ...,
    like: Any = None,
    **kwargs: Any,
) -> _Result: ...
def full(
    shape: _Shape,
    fill_value: ArrayLike,
    dtype: DTypeLike | None = None,
    order: str | None = "C",
    *,
    device: str | None = None,
    like: Any = None,
) -> Array: ...
def full_like(
    a: ArrayLike,
    fill_value: ArrayLike,
    dtype: DTypeLike | None = None,
    order: str | None = "K",
    subok: _bool = True,
    shape: _Shape | None = None,
    *,
    device: str | None = None,
) -> Array: ...
def geomspace(
    start: ArrayLike,
    stop: ArrayLike,
    num: int = 50,
    endpoint: _bool = True,
    dtype: DTypeLike | None = None,
    axis: int = 0,
) -> Array: ...
@overload
def gradient(f: ArrayLike, *varargs: ArrayLike, axis: int, edge_order: Literal[1, 2] = 1) -> Array: ...
@overload
def gradient(
    f: ArrayLike,
    *varargs: ArrayLike,
    axis: int | Sequence[int] | None = None,
    edge_order: Literal[1, 2] = 1,
) -> Any: ...
def histogram(
    a: ArrayLike,
    bins: ArrayLike | _BinRule = 10,
    range: Sequence[Any] | None = None,
    density: _bool | None = None,
    weights: ArrayLike | None = None,
) -> tuple[Array, Array]: ...
def histogram2d(
    x: ArrayLike,
    y: ArrayLike,
    bins: ArrayLike | Sequence[ArrayLike] = 10,
    range: Sequence[Any] | None = None,
    density: _bool | None = None,
    weights: ArrayLike | None = None,
) -> tuple[Array, Array, Array]: ...
def histogram_bin_edges(
    a: ArrayLike,
    bins: ArrayLike | _BinRule = 10,
    range: Sequence[Any] | None = None,
    weights: ArrayLike | None = None,
) -> Array: ...
def histogramdd(
    sample: ArrayLike | Sequence[ArrayLike],
    bins: ArrayLike | Sequence[ArrayLike] = 10,
    range: Sequence[Any] | None = None,
    density: _bool | None = None,
    weights: ArrayLike | None = None,
) -> tuple[Array, list[Array]]: ...
def hsplit(ary: ArrayLike, indices_or_sections: int | Sequence[int]) -> Any: ...
def hstack(
    tup: Sequence[ArrayLike], *, dtype: DTypeLike | None = None, casting: str = "same_kind"
) -> Array: ...
def i0(x: ArrayLike) -> Array: ...
def identity(n: int, dtype: DTypeLike | None = None, *, like: Any = None) -> Array: ...
def imag(val: ArrayLike) -> Array: ...
@overload
def indices(
    dimensions: Sequence[int], dtype: DTypeLike = ..., sparse: Literal[False] = False
) -> NDArray[Any]: ...
@overload
def indices(
    dimensions: Sequence[int], dtype: DTypeLike = ..., *, sparse: Literal[True]
) -> tuple[NDArray[Any], ...]: ...
@overload
def indices(
    dimensions: Sequence[int], dtype: DTypeLike, sparse: Literal[True]
) -> tuple[NDArray[Any], ...]: ...
@overload
def indices(
    dimensions: Sequence[int], dtype: DTypeLike = ..., sparse: _bool = False
) -> NDArray[Any] | tuple[NDArray[Any], ...]: ...
def inner(a: ArrayLike, b: ArrayLike, /) -> Array: ...
def insert(
    arr: ArrayLike,
    obj: slice | int | Sequence[int] | NDArray[Any],
    values: ArrayLike,
    axis: int | None = None,
) -> Array: ...
def interp(
    x: ArrayLike,
    xp: ArrayLike,
    fp: ArrayLike,
    left: ArrayLike | None = None,
    right: ArrayLike | None = None,
    period: ArrayLike | None = None,
) -> Array: ...
@overload
def intersect1d(
    ar1: ArrayLike, ar2: ArrayLike, assume_unique: _bool = False, return_indices: Literal[False] = False
) -> Array: ...
@overload
def intersect1d(
    ar1: ArrayLike, ar2: ArrayLike, assume_unique: _bool = False, *, return_indices: Literal[True]
) -> tuple[Array, Array, Array]: ...
@overload
def intersect1d(
    ar1: ArrayLike, ar2: ArrayLike, assume_unique: _bool, return_indices: Literal[True]
) -> tuple[Array, Array, Array]: ...
@overload
def intersect1d(
    ar1: ArrayLike, ar2: ArrayLike, assume_unique: _bool = False, return_indices: _bool = False
) -> Any: ...
def isclose(
    a: ArrayLike, b: ArrayLike, rtol: ArrayLike = 1e-05, atol: ArrayLike = 1e-08, equal_nan: _bool = False
) -> Array: ...
def iscomplex(x: ArrayLike) -> Array: ...
def iscomplexobj(x: ArrayLike) -> _bool: ...
def isfortran(a: Array) -> _bool: ...
def isin(
    element: ArrayLike,
    test_elements: ArrayLike,
    assume_unique: _bool = False,
    invert: _bool = False,
    *,
    kind: Literal["sort", "table"] | None = None,
) -> Array: ...
def isneginf(x: ArrayLike, out: Array | None = None) -> Array: ...
def isposinf(x: ArrayLike, out: Array | None = None) -> Array: ...
def isreal(x: ArrayLike) -> Array: ...
def isrealobj(x: ArrayLike) -> _bool: ...
def isscalar(element: object) -> _bool: ...
def ix_(*args: ArrayLike) -> tuple[Array, ...]: ...
def kaiser(M: float, beta: ArrayLike) -> Array: ...
def kron(a: ArrayLike, b: ArrayLike) -> Array: ...
def lexsort(keys: ArrayLike | Sequence[ArrayLike], axis: int = -1) -> Array: ...
def linspace(
    start: ArrayLike,
    stop: ArrayLike,
    num: int = 50,
    endpoint: _bool = True,
    retstep: _bool = False,
    dtype: DTypeLike | None = None,
    axis: int = 0,
    *,
    device: str | None = None,
) -> Array: ...
def logspace(
    start: ArrayLike,
    stop: ArrayLike,
    num: int = 50,
    endpoint: _bool = True,
    base: ArrayLike = 10.0,
    dtype: DTypeLike | None = None,
    axis: int = 0,
) -> Array: ...
def mask_indices(
    n: int, mask_func: Callable[[NDArray[Any], Any], NDArray[Any]], k: Any = 0
) -> tuple[NDArray[np.intp], ...]: ...
def matrix_transpose(x: ArrayLike, /) -> Array: ...
def max(
    a: ArrayLike,
    axis: int | Sequence[int] | None = None,
    out: Array | None = None,
    keepdims: _bool = False,
    initial: ArrayLike | None = ...,
    where: ArrayLike = ...,
) -> Array: ...
def may_share_memory(a: object, b: object, /, max_work: int = 0) -> _bool: ...
def mean(
    a: ArrayLike,
    axis: int | Sequence[int] | None = None,
    dtype: DTypeLike | None = None,
    out: Array | None = None,
    keepdims: _bool = False,
    *,
    where: ArrayLike = ...,
) -> Array: ...
def median(
    a: ArrayLike,
    axis: int | Sequence[int] | None = None,
    out: Array | None = None,
    overwrite_input: _bool = False,
    keepdims: _bool = False,
) -> Array: ...
def meshgrid(
    *xi: ArrayLike, copy: _bool | None = True, sparse: _bool = False, indexing: str = "xy"
) -> Any: ...
def min(
    a: ArrayLike,
    axis: int | Sequence[int] | None = None,
    out: Array | None = None,
    keepdims: _bool = False,
    initial: ArrayLike | None = ...,
    where: ArrayLike = ...,
) -> Array: ...
def moveaxis(a: ArrayLike, source: int | Sequence[int], destination: int | Sequence[int]) -> Array: ...
def nan_to_num(
    x: ArrayLike,
    copy: _bool | None = True,
    nan: float = 0.0,
    posinf: float | None = None,
    neginf: float | None = None,
) -> Array: ...
def nanargmax(
    a: ArrayLike, axis: int | None = None, out: Array | None = None, *, keepdims: _bool = ...
) -> Array: ...
def nanargmin(
    a: ArrayLike, axis: int | None = None, out: Array | None = None, *, keepdims: _bool = ...
) -> Array: ...
def nancumprod(
    a: ArrayLike, axis: int | None = None, dtype: DTypeLike | None = None, out: Array | None = None
) -> Array: ...
def nancumsum(
    a: ArrayLike, axis: int | None = None, dtype: DTypeLike | None = None, out: Array | None = None
) -> Array: ...
def nanmax(
    a: ArrayLike,
    axis: int | Sequence[int] | None = None,
    out: Array | None = None,
    keepdims: _bool = ...,
    initial: ArrayLike = ...,
    where: ArrayLike = ...,
) -> Array: ...
def nanmean(
    a: ArrayLike,
    axis: int | Sequence[int] | None = None,
    dtype: DTypeLike | None = None,
    out: Array | None = None,
    keepdims: _bool = ...,
    *,
    where: ArrayLike = ...,
) -> Array: ...
def nanmedian(
    a: ArrayLike,
    axis: int | Sequence[int] | None = None,
    out: Array | None = None,
    overwrite_input: _bool = False,
    keepdims: _bool = ...,
) -> Array: ...
def nanmin(
    a: ArrayLike,
    axis: int | Sequence[int] | None = None,
    out: Array | None = None,
    keepdims: _bool = ...,
    initial: ArrayLike = ...,
    where: ArrayLike = ...,
) -> Array: ...
def nanpercentile(
    a: ArrayLike,
    q: ArrayLike,
    axis: int | Sequence[int] | None = None,
    out: Array | None = None,
    overwrite_input: _bool = False,
    method: _QuantileMethod = "linear",
    keepdims: _bool = ...,
    *,
    weights: ArrayLike | None = None,
) -> Array: ...
def nanprod(
    a: ArrayLike,
    axis: int | Sequence[int] | None = None,
    dtype: DTypeLike | None = None,
    out: Array | None = None,
    keepdims: _bool = ...,
    initial: ArrayLike = ...,
    where: ArrayLike = ...,
) -> Array: ...
def nanquantile(
    a: ArrayLike,
    q: ArrayLike,
    axis: int | Sequence[int] | None = None,
    out: Array | None = None,
    overwrite_input: _bool = False,
    method: _QuantileMethod = "linear",
    keepdims: _bool = ...,
    *,
    weights: ArrayLike | None = None,
) -> Array: ...
def nanstd(
    a: ArrayLike,
    axis: int | Sequence[int] | None = None,
    dtype: DTypeLike | None = None,
    out: Array | None = None,
    ddof: float = 0,
    keepdims: _bool = ...,
    *,
    where: ArrayLike = ...,
    mean: ArrayLike = ...,
    correction: float = ...,
) -> Array: ...
def nansum(
    a: ArrayLike,
    axis: int | Sequence[int] | None = None,
    dtype: DTypeLike | None = None,
    out: Array | None = None,
    keepdims: _bool = ...,
    initial: ArrayLike = ...,
    where: ArrayLike = ...,
) -> Array: ...
def nanvar(
    a: ArrayLike,
    axis: int | Sequence[int] | None = None,
    dtype: DTypeLike | None = None,
    out: Array | None = None,
    ddof: float = 0,
    keepdims: _bool = ...,
    *,
    where: ArrayLike = ...,
    mean: ArrayLike = ...,
    correction: float = ...,
) -> Array: ...
def ndim(a: ArrayLike) -> int: ...
def nonzero(a: ArrayLike) -> Any: ...
def ones(
    shape: _Shape,
    dtype: DTypeLike | None = None,
    order: str | None = "C",
    *,
    device: str | None = None,
    like: Any = None,
) -> Array: ...
def ones_like(
    a: ArrayLike,
    dtype: DTypeLike | None = None,
    order: str | None = "K",
    subok: _bool = True,
    shape: _Shape | None = None,
    *,
    device: str | None = None,
) -> Array: ...
def outer(a: ArrayLike, b: ArrayLike, out: Array | None = None) -> Array: ...
def pad(array: ArrayLike, pad_width: Any, mode: Any = "constant", **kwargs: Any) -> Array: ...
def partition(
    a: ArrayLike,
    kth: int | Sequence[int] | NDArray[np.integer[Any]],
    axis: int | None = -1,
    kind: Literal["introselect"] = "introselect",
    order: None = None,
) -> Array: ...
def percentile(
    a: ArrayLike,
    q: ArrayLike,
    axis: int | Sequence[int] | None = None,
    out: Array | None = None,
    overwrite_input: _bool = False,
    method: _QuantileMethod = "linear",
    keepdims: _bool = False,
    *,
    weights: ArrayLike | None = None,
) -> Array: ...
def permute_dims(a: ArrayLike, axes: Any = None) -> Array: ...
def piecewise(
    x: ArrayLike,
    condlist: ArrayLike | Sequence[ArrayLike],
    funclist: Sequence[ArrayLike | Callable[..., Any]],
    *args: Any,
    **kw: Any,
) -> Array: ...
def place(arr: Array, mask: ArrayLike, vals: ArrayLike) -> None: ...
def poly(seq_of_zeros: ArrayLike) -> Array: ...
def polyadd(a1: ArrayLike, a2: ArrayLike) -> Array: ...
def polyder(p: ArrayLike, m: int = 1) -> Array: ...
def polydiv(u: ArrayLike, v: ArrayLike) -> tuple[Array, Array]: ...
@overload
def polyfit(
    x: ArrayLike,
    y: ArrayLike,
    deg: int,
    rcond: float | None = None,
    full: Literal[False] = False,
    w: ArrayLike | None = None,
    cov: Literal[False] = False,
) -> Array: ...
@overload
def polyfit(
    x: ArrayLike,
    y: ArrayLike,
    deg: int,
    rcond: float | None = None,
    full: Literal[False] = False,
    w: ArrayLike | None = None,
    *,
    cov: Literal[True, "unscaled"],
) -> tuple[Array, Array]: ...
@overload
def polyfit(
    x: ArrayLike,
    y: ArrayLike,
    deg: int,
    rcond: float | None = None,
    *,
    full: Literal[True],
    w: ArrayLike | None = None,
    cov: _bool | Literal["unscaled"] = False,
) -> tuple[Array, Array, Any, Array, Any]: ...
@overload
def polyfit(
    x: ArrayLike,
    y: ArrayLike,
    deg: int,
    rcond: float | None = None,
    full: _bool = False,
    w: ArrayLike | None = None,
    cov: _bool | Literal["unscaled"] = False,
) -> Any: ...
def polyint(p: ArrayLike, m: int = 1, k: ArrayLike | None = None) -> Array: ...
def polymul(a1: ArrayLike, a2: ArrayLike) -> Array: ...
def polysub(a1: ArrayLike, a2: ArrayLike) -> Array: ...
def polyval(p: ArrayLike, x: ArrayLike) -> Array: ...
def prod(
    a: ArrayLike,
    axis: int | Sequence[int] | None = None,
    dtype: DTypeLike | None = None,
    out: Array | None = None,
    keepdims: _bool = False,
    initial: ArrayLike | None = ...,
    where: ArrayLike = ...,
) -> Array: ...
def ptp(
    a: ArrayLike, axis: int | Sequence[int] | None = None, out: Array | None = None, keepdims: _bool = False
) -> Array: ...
def put(a: Array, ind: ArrayLike, v: ArrayLike, mode: _Mode = "raise") -> None: ...
def put_along_axis(arr: Array, indices: ArrayLike, values: ArrayLike, axis: int | None) -> None: ...
def putmask(a: Array, /, mask: ArrayLike, values: ArrayLike) -> None: ...
def quantile(
    a: ArrayLike,
    q: ArrayLike,
    axis: int | Sequence[int] | None = None,
    out: Array | None = None,
    overwrite_input: _bool = False,
    method: _QuantileMethod = "linear",
    keepdims: _bool = False,
    *,
    weights: ArrayLike | None = None,
) -> Array: ...
def ravel(a: ArrayLike, order: str | None = "C") -> Array: ...
def ravel_multi_index(
    multi_index: ArrayLike | Sequence[ArrayLike],
    dims: _Shape,
    mode: _Mode | tuple[_Mode, ...] = "raise",
    order: Literal["C", "F"] = "C",
) -> Array: ...
def real(val: ArrayLike) -> Array: ...
def real_if_close(a: ArrayLike, tol: float = 100) -> Array: ...
def repeat(a: ArrayLike, repeats: ArrayLike, axis: int | None = None) -> Array: ...
def require(
    a: ArrayLike,
    dtype: DTypeLike | None = None,
    requirements: str | Sequence[str] | None = None,
    *,
    like: Any = None,
) -> Array: ...
def reshape(
    a: ArrayLike, /, shape: _Shape, order: str | None = "C", *, copy: _bool | None = None
) -> Array: ...
def resize(a: ArrayLike, new_shape: _Shape) -> Array: ...
def result_type(*arrays_and_dtypes: Any) -> np.dtype[Any]: ...
def roll(a: ArrayLike, shift: int | Sequence[int], axis: int | Sequence[int] | None = None) -> Array: ...
def rollaxis(a: ArrayLike, axis: int, start: int = 0) -> Array: ...
def roots(p: ArrayLike) -> Array: ...
def rot90(m: ArrayLike, k: int = 1, axes: Any = ...) -> Array: ...
def round(a: ArrayLike, decimals: int = 0, out: Array | None = None) -> Array: ...
def searchsorted(
    a: ArrayLike, v: ArrayLike, side: Literal["left", "right"] = "left", sorter: ArrayLike | None = None
) -> Array: ...
def select(
    condlist: Sequence[ArrayLike], choicelist: Sequence[ArrayLike], default: ArrayLike = 0
) -> Array: ...
def setdiff1d(ar1: ArrayLike, ar2: ArrayLike, assume_unique: _bool = False) -> Array: ...
def setxor1d(ar1: ArrayLike, ar2: ArrayLike, assume_unique: _bool = False) -> Array: ...
def shape(a: ArrayLike) -> tuple[int, ...]: ...
def shares_memory(a: object, b: object, /, max_work: int = -1) -> _bool: ...
def sinc(x: ArrayLike) -> Array: ...
def size(a: ArrayLike, axis: int | Sequence[int] | None = None) -> int: ...
def sort(
    a: ArrayLike,
    axis: int | None = -1,
    kind: _SortKind | None = None,
    order: None = None,
    *,
    stable: _bool | None = None,
    descending: _bool | None = None,
) -> Array: ...
def sort_complex(a: ArrayLike) -> Array: ...
def split(ary: ArrayLike, indices_or_sections: int | Sequence[int], axis: int = 0) -> Any: ...
def squeeze(a: ArrayLike, axis: int | Sequence[int] | None = None) -> Array: ...
def stack(
    arrays: Sequence[ArrayLike],
    axis: int = 0,
    out: Array | None = None,
    *,
    dtype: DTypeLike | None = None,
    casting: str = "same_kind",
) -> Array: ...
def std(
    a: ArrayLike,
    axis: int | Sequence[int] | None = None,
    dtype: DTypeLike | None = None,
    out: Array | None = None,
    ddof: float = 0,
    keepdims: _bool = False,
    *,
    where: ArrayLike = ...,
    mean: ArrayLike | None = ...,
    correction: float = ...,
) -> Array: ...
def sum(
    a: ArrayLike,
    axis: int | Sequence[int] | None = None,
    dtype: DTypeLike | None = None,
    out: Array | None = None,
    keepdims: _bool = False,
    initial: ArrayLike | None = ...,
    where: ArrayLike = ...,
) -> Array: ...
def swapaxes(a: ArrayLike, axis1: int, axis2: int) -> Array: ...
def take(
    a: ArrayLike, indices: ArrayLike, axis: int | None = None, out: Array | None = None, mode: str = "raise"
) -> Array: ...
def take_along_axis(arr: ArrayLike, indices: ArrayLike, axis: int = -1) -> Array: ...
def tensordot(a: ArrayLike, b: ArrayLike, axes: Any = 2) -> Array: ...
def tile(A: ArrayLike, reps: _Shape) -> Array: ...
def trace(
    a: ArrayLike,
    offset: int = 0,
    axis1: int = 0,
    axis2: int = 1,
    dtype: DTypeLike | None = None,
    out: Array | None = None,
) -> Array: ...
def transpose(a: ArrayLike, axes: Any = None) -> Array: ...
def trapezoid(y: ArrayLike, x: ArrayLike | None = None, dx: ArrayLike = 1.0, axis: int = -1) -> Array: ...
def tri(N: int, M: int | None = None, k: int = 0, dtype: DTypeLike = ..., *, like: Any = None) -> Array: ...
def tril(m: ArrayLike, k: int = 0) -> Array: ...
def tril_indices(n: int, k: int = 0, m: int | None = None) -> tuple[NDArray[np.intp], NDArray[np.intp]]: ...
def tril_indices_from(arr: ArrayLike, k: int = 0) -> tuple[NDArray[np.intp], NDArray[np.intp]]: ...
def trim_zeros(
    filt: ArrayLike, trim: Literal["f", "b", "fb", "bf"] = "fb", axis: int | Sequence[int] | None = None
) -> Array: ...
def triu(m: ArrayLike, k: int = 0) -> Array: ...
def triu_indices(n: int, k: int = 0, m: int | None = None) -> tuple[NDArray[np.intp], NDArray[np.intp]]: ...
def triu_indices_from(arr: ArrayLike, k: int = 0) -> tuple[NDArray[np.intp], NDArray[np.intp]]: ...
def union1d(ar1: ArrayLike, ar2: ArrayLike) -> Array: ...
@overload
def unique(
    ar: ArrayLike,
    return_index: Literal[False] = False,
    return_inverse: Literal[False] = False,
    return_counts: Literal[False] = False,
    axis: int | None = None,
    *,
    equal_nan: _bool = True,
    sorted: _bool = True,
) -> Array: ...
@overload
def unique(
    ar: ArrayLike,
    return_index: Literal[False] = False,
    return_inverse: Literal[False] = False,
    *,
    return_counts: Literal[True],
    axis: int | None = None,
    equal_nan: _bool = True,
    sorted: _bool = True,
) -> tuple[Array, Array]: ...
@overload
def unique(
    ar: ArrayLike,
    return_index: Literal[False],
    return_inverse: Literal[False],
    return_counts: Literal[True],
    axis: int | None = None,
    *,
    equal_nan: _bool = True,
    sorted: _bool = True,
) -> tuple[Array, Array]: ...
@overload
def unique(
    ar: ArrayLike,
    return_index: Literal[False] = False,
    *,
    return_inverse: Literal[True],
    return_counts: Literal[False] = False,
    axis: int | None = None,
    equal_nan: _bool = True,
    sorted: _bool = True,
) -> tuple[Array, Array]: ...
@overload
def unique(
    ar: ArrayLike,
    return_index: Literal[False],
    return_inverse: Literal[True],
    return_counts: Literal[False] = False,
    axis: int | None = None,
    *,
    equal_nan: _bool = True,
    sorted: _bool = True,
) -> tuple[Array, Array]: ...
@overload
def unique(
    ar: ArrayLike,
    return_index: Literal[False] = False,
    *,
    return_inverse: Literal[True],
    return_counts: Literal[True],
    axis: int | None = None,
    equal_nan: _bool = True,
    sorted: _bool = True,
) -> tuple[Array, Array, Array]: ...
@overload
def unique(
    ar: ArrayLike,
    return_index: Literal[False],
    return_inverse: Literal[True],
    return_counts: Literal[True],
    axis: int | None = None,
    *,
    equal_nan: _bool = True,
    sorted: _bool = True,
) -> tuple[Array, Array, Array]: ...
@overload
def unique(
    ar: ArrayLike,
    return_index: Literal[True],
    return_inverse: Literal[False] = False,
    return_counts: Literal[False] = False,
    axis: int | None = None,
    *,
    equal_nan: _bool = True,
    sorted: _bool = True,
) -> tuple[Array, Array]: ...
@overload
def unique(
    ar: ArrayLike,
    return_index: Literal[True],
    return_inverse: Literal[False] = False,
    *,
    return_counts: Literal[True],
    axis: int | None = None,
    equal_nan: _bool = True,
    sorted: _bool = True,
) -> tuple[Array, Array, Array]: ...
@overload
def unique(
    ar: ArrayLike,
    return_index: Literal[True],
    return_inverse: Literal[False],
    return_counts: Literal[True],
    axis: int | None = None,
    *,
    equal_nan: _bool = True,
    sorted: _bool = True,
) -> tuple[Array, Array, Array]: ...
@overload
def unique(
    ar: ArrayLike,
    return_index: Literal[True],
    return_inverse: Literal[True],
    return_counts: Literal[False] = False,
    axis: int | None = None,
    *,
    equal_nan: _bool = True,
    sorted: _bool = True,
) -> tuple[Array, Array, Array]: ...
@overload
def unique(
    ar: ArrayLike,
    return_index: Literal[True],
    return_inverse: Literal[True],
    return_counts: Literal[True],
    axis: int | None = None,
    *,
    equal_nan: _bool = True,
    sorted: _bool = True,
) -> tuple[Array, Array, Array, Array]: ...
@overload
def unique(
    ar: ArrayLike,
    return_index: _bool = False,
    return_inverse: _bool = False,
    return_counts: _bool = False,
    axis: int | None = None,
    *,
    equal_nan: _bool = True,
    sorted: _bool = True,
) -> Any: ...
def unique_all(x: ArrayLike) -> _UniqueAll: ...
def unique_counts(x: ArrayLike) -> _UniqueCounts: ...
def unique_inverse(x: ArrayLike) -> _UniqueInverse: ...
def unique_values(x: ArrayLike) -> Array: ...
def unravel_index(indices: ArrayLike, shape: _Shape, order: Literal["C", "F"] = "C") -> tuple[Array, ...]: ...
def unstack(x: ArrayLike, /, *, axis: int = 0) -> Any: ...
def unwrap(
    p: ArrayLike, discont: ArrayLike | None = None, axis: int = -1, *, period: ArrayLike = ...
) -> Array: ...
def vander(x: ArrayLike, N: int | None = None, increasing: _bool = False) -> Array: ...
def var(
    a: ArrayLike,
    axis: int | Sequence[int] | None = None,
    dtype: DTypeLike | None = None,
    out: Array | None = None,
    ddof: float = 0,
    keepdims: _bool = False,
    *,
    where: ArrayLike = ...,
    mean: ArrayLike | None = ...,
    correction: float = ...,
) -> Array: ...
def vdot(a: ArrayLike, b: ArrayLike, /) -> Array: ...
def vsplit(ary: ArrayLike, indices_or_sections: int | Sequence[int]) -> Any: ...
def vstack(
    tup: Sequence[ArrayLike], *, dtype: DTypeLike | None = None, casting: str = "same_kind"
) -> Array: ...
def where(
    condition: ArrayLike, /, *branches: ArrayLike, x: ArrayLike | None = None, y: ArrayLike | None = None
) -> Array: ...
def zeros(
    shape: _Shape,
    dtype: DTypeLike | None = ...,
    order: str | None = "C",
    *,
    device: str | None = None,
    like: Any = None,
) -> Array: ...
def zeros_like(
    a: ArrayLike,
    dtype: DTypeLike | None = None,
    order: str | None = "K",
    subok: _bool = True,
    shape: _Shape | None = None,
    *,
    device: str | None = None,
) -> Array: ...
