"""The op families: those that are read at once, and those that are read when one of their ops is needed.

Importing a family declares its ops in the tables of tables.py. Most programs use few of NumPy's functions,
so the rest waits: ``LATER`` names the functions of each such family, ``SPECIAL`` and ``LINALG`` those of
scipy.special and scipy.linalg, whose families import SciPy. Whoever misses one in a table asks ``find``, or
``late_ufunc`` for a ufunc. This is the one place where a module of ours is imported at run time.
"""

from __future__ import annotations

import functools
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
    blas,
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
from .ufunc_methods import late_method

# Family: the functions of NumPy that it declares, without "numpy."; one family a line, in order.
LATER: dict[str, str] = {
    "borders": "",
    "cofactors": "",
    "concatenators": "c_ r_",
    "conditions": "linalg.cond",
    "convolving": "convolve correlate",
    "counting": "bincount digitize",
    "covariance": "corrcoef cov",
    "crossing": "cross linalg.cross",
    "decompositions": "linalg.eigh linalg.eigvalsh linalg.svd linalg.svdvals",
    "determinants": "linalg.det linalg.slogdet",
    "diagonals": "diag diagflat diagonal trace tril triu",
    "differences": "diff ediff1d trapezoid unwrap",
    "eigen": "linalg.eig linalg.eigvals",
    "einsum": "einsum einsum_path",
    "fft": "fft.fft fft.fft2 fft.fftfreq fft.fftn fft.fftshift fft.hfft fft.ifft fft.ifft2 fft.ifftn "
    "fft.ifftshift fft.ihfft fft.irfft fft.irfft2 fft.irfftn fft.rfft fft.rfft2 fft.rfftfreq fft.rfftn",
    "fitting": "polyfit",
    "fourier": "",
    "geometric": "geomspace",
    "gradient": "gradient",
    "grids": "diag_indices diag_indices_from fromfunction indices ix_ mask_indices tri tril_indices "
    "tril_indices_from triu_indices triu_indices_from",
    "histograms": "histogram histogram2d histogram_bin_edges histogramdd",
    "interpolation": "interp",
    "kaiser": "i0 kaiser",
    "layout": "asarray_chkfinite ascontiguousarray asfortranarray isfortran isscalar may_share_memory "
    "require shares_memory",
    "least_squares": "linalg.lstsq linalg.matrix_rank linalg.pinv",
    "linalg": "linalg.cholesky linalg.diagonal linalg.inv linalg.matrix_power linalg.matrix_transpose "
    "linalg.multi_dot linalg.solve linalg.trace",
    "mapping": "apply_along_axis apply_over_axes vectorize",
    "nan_extremes": "nanargmax nanargmin nanmax nanmin",
    "nan_reductions": "nancumprod nancumsum nanmean nanprod nanstd nansum nanvar",
    "norms": "linalg.matrix_norm linalg.norm linalg.vector_norm",
    "orthogonal": "linalg.qr",
    "padding": "pad",
    "plain": "",
    "polynomials": "polyadd polyder polydiv polyint polymul polysub polyval vander",
    "quantiles": "median nanmedian nanpercentile nanquantile percentile quantile",
    "roots": "poly real_if_close roots",
    "searching": "ravel_multi_index searchsorted unravel_index",
    "selection": "choose compress extract piecewise trim_zeros",
    "sets": "intersect1d isin setdiff1d setxor1d union1d unique unique_all unique_counts unique_inverse "
    "unique_values",
    "softmax": "",
    "sorting": "argpartition argsort lexsort partition sort sort_complex",
    "surgery": "delete insert resize",
    "tensor_equations": "linalg.tensorinv linalg.tensorsolve",
    "ufunc_reduce": "",
    "ufunc_reduceat": "",
    "ufunc_scans": "",
    "writing": "copyto fill_diagonal place put put_along_axis putmask",
}
# The same for scipy.special. A name with an underscore is that of a ufunc behind a function.
SPECIAL: dict[str, str] = {
    "special_airy": "airy airye bei beip ber berp itairy kei keip kelvin ker kerp pbdv pbvv pbwa",
    "special_bessel": "hankel1 hankel2 i0 i1 iv j0 j1 jn jv k0 k1 kn kv y0 y1 yn yv",
    "special_carlson": "agm elliprc elliprd elliprf elliprg elliprj",
    "special_composed": "assoc_laguerre comb h1vp h2vp ivp jvp kvp perm yvp",
    "special_density": "",
    "special_elementary": "cbrt cosdg cosm1 cotdg exp10 exp2 expit expm1 exprel log1p log_expit logit "
    "powm1 radian round sindg softplus tandg",
    "special_elliptic": "ellipe ellipeinc ellipj ellipk ellipkinc ellipkm1",
    "special_entropy": "boxcox boxcox1p entr huber inv_boxcox inv_boxcox1p kl_div pseudo_huber rel_entr "
    "tklmbda xlog1py xlogy",
    "special_error": "dawsn erf erfc erfcinv erfcx erfi erfinv log_ndtr ndtr ndtri ndtri_exp nrdtrimn "
    "nrdtrisd owens_t wofz",
    "special_gamma": "_zeta beta betaln binom digamma gamma gammaln gammasgn loggamma multigammaln poch "
    "polygamma psi rgamma",
    "special_harmonics": "sph_harm_y",
    "special_hypergeometric": "_lambertw hyp0f1 hyp1f1 hyp2f1 hyperu lambertw log_wright_bessel "
    "wright_bessel wrightomega",
    "special_incomplete": "bdtr bdtrc bdtri betainc betaincc betainccinv betaincinv chdtr chdtrc chdtri "
    "fdtr fdtrc fdtri gammainc gammaincc gammainccinv gammaincinv gdtr gdtrc gdtria gdtrix nbdtr nbdtrc "
    "nbdtri pdtr pdtrc pdtri stdtr stdtrit",
    "special_integrals": "exp1 expi expn fresnel modfresnelm modfresnelp shichi sici spence",
    "special_polynomials": "eval_chebyc eval_chebys eval_chebyt eval_chebyu eval_gegenbauer "
    "eval_genlaguerre eval_hermite eval_hermitenorm eval_jacobi eval_laguerre eval_legendre "
    "eval_sh_chebyt eval_sh_chebyu eval_sh_jacobi eval_sh_legendre lpmv",
    "special_profiles": "voigt_profile",
    "special_refused": "",
    "special_scaled": "hankel1e hankel2e i0e i1e ive jve k0e k1e kve yve",
    "special_spherical": "spherical_in spherical_jn spherical_kn spherical_yn",
    "special_stable": "",
    "special_struve": "it2i0k0 it2j0y0 it2struve0 iti0k0 itj0y0 itmodstruve0 itstruve0 modstruve struve",
    "special_sums": "log_softmax logsumexp softmax",
    "special_zeta": "_riemann_zeta zeta zetac",
}
# The same for scipy.linalg.
LINALG: dict[str, str] = {
    "dense_decompositions": "diagsvd eig eigh eigvals eigvalsh qr svd svdvals",
    "dense_equations": "det inv norm pinv pinvh solve",
    "linalg_refused": "",
    "lu": "lu lu_factor lu_solve",
    "matrix_functions": "coshm cosm expm expm_frechet fractional_matrix_power logm polar sinhm sinm sqrtm "
    "tanhm tanm",
    "patterned": "block_diag circulant companion convolution_matrix fiedler hankel khatri_rao leslie "
    "solve_banded solve_toeplitz toeplitz",
    "scipy_linalg": "",
    "sylvester": "solve_continuous_lyapunov solve_discrete_lyapunov solve_lyapunov solve_sylvester",
    "triangular": "cho_factor cho_solve cholesky solve_triangular",
}
_FAMILY_OF = {
    f"{space}.{name}": family
    for space, table in (("numpy", LATER), ("scipy.special", SPECIAL), ("scipy.linalg", LINALG))
    for family, names in table.items()
    for name in names.split()
}


# Where the refused functions of a module of SciPy's stand.
_REFUSED = {"scipy.special": "special_refused", "scipy.linalg": "linalg_refused"}


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


def refused_ufunc(ufunc: np.ufunc) -> Exception | None:
    """The error for a ufunc of SciPy that is refused on traced values, or None."""
    if loaded("scipy.special") is None:
        return None
    error: Exception | None = importlib.import_module(f"{__package__}.special_refused").refusal_of(ufunc)
    return error


# What floors above compose of ops and transformations; their modules are funcgrad's of the same path.
_COMPOSED = {
    "scipy.integrate": "cumulative_trapezoid odeint simpson trapezoid",
    "scipy.optimize": "brentq curve_fit fixed_point least_squares minimize newton root",
    "scipy.signal": "convolve convolve2d correlate correlate2d fftconvolve oaconvolve",
}


def instead_of(path: str) -> str:
    """What to write instead of a function of SciPy's written in Python that met a traced value."""
    space, _, name = path.rpartition(".")
    if path in _FAMILY_OF or name in _COMPOSED.get(space, "").split():
        return f"funcgrad.{path}, which takes traced values"
    if space in _REFUSED:
        refused = importlib.import_module(f"{__package__}.{_REFUSED[space]}").REFUSED
        return str(refused[name][1]) if name in refused else ""
    return ""


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
        if space == prefix and not name.startswith("_"):
            yield name


def read_all() -> None:
    """Import every family; without SciPy, those that need none."""
    for family in LATER:
        read(family)
    try:
        for family in (*SPECIAL, *LINALG):
            read(family)
    except MissingExtraError:
        return


# Methods of ufuncs, on traced values and devices, where a ufunc has none of its own.
_METHODS = {"accumulate": "ufunc_scans", "reduce": "ufunc_reduce", "reduceat": "ufunc_reduceat"}
for _name, _family in _METHODS.items():
    late_method(_name, functools.partial(read, _family))

readers.append(read_all)
