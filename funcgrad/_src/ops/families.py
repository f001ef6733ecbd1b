"""The op families: those that are read at once, and those that are read when one of their ops is needed.

Importing a family declares its ops in the tables of tables.py. Most programs use few of NumPy's functions,
so the rest waits: ``LATER`` names the functions of each such family, ``SPECIAL`` those of scipy.special,
whose families import SciPy. Whoever misses one in a table asks ``find``, or ``late_ufunc`` for a ufunc.
This is the one place where a module of ours is imported at run time.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..backends import loaded
from ..base.errors import MissingExtraError
from ..core.primitive import readers
from . import (  # noqa: F401 (imported to declare their ops)
    arithmetic,
    at,
    beside,
    complexes,
    contract,
    creation,
    exponential,
    extremes,
    index_form,
    indexing,
    inplace_ops,
    join,
    logic,
    outer,
    products,
    questions,
    rearrange,
    rebinding,
    reducing,
    reductions,
    scans,
    scatter,
    select,
    shape,
    slices,
    spread,
    strong,
    taking,
    trig,
    ufunc_methods,
)
from .tables import FUNCTIONS, NAMES, UFUNCS, path_of

# Family: the functions of NumPy that it declares, without "numpy."; one family a line, in order.
LATER: dict[str, str] = {
    "borders": "",
    "concatenators": "c_ r_",
    "convolving": "convolve correlate",
    "decompositions": "linalg.eigh linalg.eigvalsh linalg.qr linalg.svd linalg.svdvals",
    "determinants": "linalg.det linalg.slogdet",
    "diagonals": "diag diagflat diagonal trace tril triu",
    "differences": "diff ediff1d trapezoid unwrap",
    "einsum": "einsum",
    "fft": "fft.fft fft.fft2 fft.fftfreq fft.fftn fft.fftshift fft.hfft fft.ifft fft.ifft2 fft.ifftn "
    "fft.ifftshift fft.ihfft fft.irfft fft.irfft2 fft.irfftn fft.rfft fft.rfft2 fft.rfftfreq fft.rfftn",
    "fourier": "",
    "gradient": "gradient",
    "interpolation": "interp",
    "linalg": "linalg.cholesky linalg.diagonal linalg.inv linalg.matrix_power linalg.matrix_transpose "
    "linalg.multi_dot linalg.pinv linalg.solve linalg.trace",
    "nan_extremes": "nanargmax nanargmin nanmax nanmin",
    "nan_reductions": "nancumprod nancumsum nanmean nanprod nanstd nansum nanvar",
    "norms": "linalg.matrix_norm linalg.norm linalg.vector_norm",
    "padding": "pad",
    "plain": "",
    "quantiles": "median nanmedian nanpercentile nanquantile percentile quantile",
    "searching": "ravel_multi_index searchsorted unravel_index",
    "selection": "choose compress extract piecewise trim_zeros",
    "softmax": "",
    "sorting": "argpartition argsort lexsort partition sort sort_complex",
    "writing": "copyto fill_diagonal place put put_along_axis putmask",
}
# The same for scipy.special. A name with an underscore is that of a ufunc behind a function.
SPECIAL: dict[str, str] = {
    "special_bessel": "hankel1 hankel2 i0 i1 iv j0 j1 jn jv k0 k1 kn kv y0 y1 yn yv",
    "special_carlson": "agm elliprc elliprd elliprf elliprg elliprj",
    "special_elliptic": "ellipe ellipeinc ellipj ellipk ellipkinc ellipkm1",
    "special_error": "dawsn erf erfc erfcinv erfcx erfi erfinv log_ndtr ndtr ndtri ndtri_exp nrdtrimn "
    "nrdtrisd owens_t wofz",
    "special_scaled": "hankel1e hankel2e i0e i1e ive jve k0e k1e kve yve",
    "special_stable": "",
}
_FAMILY_OF = {
    f"{space}.{name}": family
    for space, table in (("numpy", LATER), ("scipy.special", SPECIAL))
    for family, names in table.items()
    for name in names.split()
}


def find(function: Callable[..., Any]) -> Any:
    """The op for a function of NumPy, or None."""
    op = FUNCTIONS.get(function)
    if op is None:
        read(_FAMILY_OF.get(path_of(function), "refused"))
        op = FUNCTIONS.get(function)
    return op


def late_ufunc(ufunc: np.ufunc) -> Any:
    """The op for a ufunc of SciPy, or None; imports nothing of SciPy's that its owner has not."""
    family = _FAMILY_OF.get(f"scipy.special.{ufunc.__name__}")
    if family is not None and loaded("scipy.special") is not None:
        read(family)
    return UFUNCS.get(ufunc)  # a ufunc of the same name that is not SciPy's is in no table


def find_named(path: str) -> Any:
    """The op for a dotted path such as ``numpy.linalg.svd``, or None."""
    if (family := _FAMILY_OF.get(path)) is not None:
        read(family)
    return NAMES.get(path)


def read(family: str) -> None:
    """Import a family of ops."""
    importlib.import_module(f"{__package__}.{family}")


def later_names(prefix: str) -> Iterator[str]:
    """The names in a namespace such as ``numpy.linalg`` whose families are read later."""
    for path in _FAMILY_OF:
        space, _, name = path.rpartition(".")
        if space == prefix:
            yield name


def read_all() -> None:
    """Import every family; without SciPy, those that need none."""
    for family in LATER:
        read(family)
    try:
        for family in SPECIAL:
            read(family)
    except MissingExtraError:
        return


readers.append(read_all)
