"""Types of funcgrad.scipy.special: the signatures are SciPy's."""

from collections.abc import Callable
from typing import Any, Literal, Protocol, overload

from numpy.typing import DTypeLike

from funcgrad.typing import Array, ArrayLike

__all__ = [
    "SpecialFunctionError",
    "SpecialFunctionWarning",
    "agm",
    "ai_zeros",
    "airy",
    "airye",
    "assoc_laguerre",
    "assoc_legendre_p",
    "assoc_legendre_p_all",
    "bdtr",
    "bdtrc",
    "bdtri",
    "bdtrik",
    "bdtrin",
    "bei",
    "bei_zeros",
    "beip",
    "beip_zeros",
    "ber",
    "ber_zeros",
    "bernoulli",
    "berp",
    "berp_zeros",
    "besselpoly",
    "beta",
    "betainc",
    "betaincc",
    "betainccinv",
    "betaincinv",
    "betaln",
    "bi_zeros",
    "binom",
    "boxcox",
    "boxcox1p",
    "btdtria",
    "btdtrib",
    "c_roots",
    "cbrt",
    "cg_roots",
    "chdtr",
    "chdtrc",
    "chdtri",
    "chdtriv",
    "chebyc",
    "chebys",
    "chebyt",
    "chebyu",
    "chndtr",
    "chndtridf",
    "chndtrinc",
    "chndtrix",
    "comb",
    "cosdg",
    "cosm1",
    "cotdg",
    "dawsn",
    "digamma",
    "diric",
    "ellip_harm",
    "ellip_harm_2",
    "ellip_normal",
    "ellipe",
    "ellipeinc",
    "ellipj",
    "ellipk",
    "ellipkinc",
    "ellipkm1",
    "elliprc",
    "elliprd",
    "elliprf",
    "elliprg",
    "elliprj",
    "entr",
    "erf",
    "erf_zeros",
    "erfc",
    "erfcinv",
    "erfcx",
    "erfi",
    "erfinv",
    "errstate",
    "euler",
    "eval_chebyc",
    "eval_chebys",
    "eval_chebyt",
    "eval_chebyu",
    "eval_gegenbauer",
    "eval_genlaguerre",
    "eval_hermite",
    "eval_hermitenorm",
    "eval_jacobi",
    "eval_laguerre",
    "eval_legendre",
    "eval_sh_chebyt",
    "eval_sh_chebyu",
    "eval_sh_jacobi",
    "eval_sh_legendre",
    "exp1",
    "exp10",
    "exp2",
    "expi",
    "expit",
    "expm1",
    "expn",
    "exprel",
    "factorial",
    "factorial2",
    "factorialk",
    "fdtr",
    "fdtrc",
    "fdtri",
    "fdtridfd",
    "fresnel",
    "fresnel_zeros",
    "fresnelc_zeros",
    "fresnels_zeros",
    "gamma",
    "gammainc",
    "gammaincc",
    "gammainccinv",
    "gammaincinv",
    "gammaln",
    "gammasgn",
    "gdtr",
    "gdtrc",
    "gdtria",
    "gdtrib",
    "gdtrix",
    "gegenbauer",
    "genlaguerre",
    "geterr",
    "h1vp",
    "h2vp",
    "h_roots",
    "hankel1",
    "hankel1e",
    "hankel2",
    "hankel2e",
    "he_roots",
    "hermite",
    "hermitenorm",
    "huber",
    "hyp0f1",
    "hyp1f1",
    "hyp2f1",
    "hyperu",
    "i0",
    "i0e",
    "i1",
    "i1e",
    "inv_boxcox",
    "inv_boxcox1p",
    "it2i0k0",
    "it2j0y0",
    "it2struve0",
    "itairy",
    "iti0k0",
    "itj0y0",
    "itmodstruve0",
    "itstruve0",
    "iv",
    "ive",
    "ivp",
    "j0",
    "j1",
    "j_roots",
    "jacobi",
    "jn",
    "jn_zeros",
    "jnjnp_zeros",
    "jnp_zeros",
    "jnyn_zeros",
    "js_roots",
    "jv",
    "jve",
    "jvp",
    "k0",
    "k0e",
    "k1",
    "k1e",
    "kei",
    "kei_zeros",
    "keip",
    "keip_zeros",
    "kelvin",
    "kelvin_zeros",
    "ker",
    "ker_zeros",
    "kerp",
    "kerp_zeros",
    "kl_div",
    "kn",
    "kolmogi",
    "kolmogorov",
    "kv",
    "kve",
    "kvp",
    "l_roots",
    "la_roots",
    "laguerre",
    "lambertw",
    "legendre",
    "legendre_p",
    "legendre_p_all",
    "lmbda",
    "log1p",
    "log_expit",
    "log_ndtr",
    "log_softmax",
    "log_wright_bessel",
    "loggamma",
    "logit",
    "logsumexp",
    "lpmv",
    "lqmn",
    "lqn",
    "mathieu_a",
    "mathieu_b",
    "mathieu_cem",
    "mathieu_even_coef",
    "mathieu_modcem1",
    "mathieu_modcem2",
    "mathieu_modsem1",
    "mathieu_modsem2",
    "mathieu_odd_coef",
    "mathieu_sem",
    "modfresnelm",
    "modfresnelp",
    "modstruve",
    "multigammaln",
    "nbdtr",
    "nbdtrc",
    "nbdtri",
    "nbdtrik",
    "nbdtrin",
    "ncfdtr",
    "ncfdtri",
    "ncfdtridfd",
    "ncfdtridfn",
    "ncfdtrinc",
    "nctdtr",
    "nctdtridf",
    "nctdtrinc",
    "nctdtrit",
    "ndtr",
    "ndtri",
    "ndtri_exp",
    "nrdtrimn",
    "nrdtrisd",
    "obl_ang1",
    "obl_ang1_cv",
    "obl_cv",
    "obl_cv_seq",
    "obl_rad1",
    "obl_rad1_cv",
    "obl_rad2",
    "obl_rad2_cv",
    "owens_t",
    "p_roots",
    "pbdn_seq",
    "pbdv",
    "pbdv_seq",
    "pbvv",
    "pbvv_seq",
    "pbwa",
    "pdtr",
    "pdtrc",
    "pdtri",
    "pdtrik",
    "perm",
    "poch",
    "polygamma",
    "powm1",
    "pro_ang1",
    "pro_ang1_cv",
    "pro_cv",
    "pro_cv_seq",
    "pro_rad1",
    "pro_rad1_cv",
    "pro_rad2",
    "pro_rad2_cv",
    "ps_roots",
    "pseudo_huber",
    "psi",
    "radian",
    "rel_entr",
    "rgamma",
    "riccati_jn",
    "riccati_yn",
    "roots_chebyc",
    "roots_chebys",
    "roots_chebyt",
    "roots_chebyu",
    "roots_gegenbauer",
    "roots_genlaguerre",
    "roots_hermite",
    "roots_hermitenorm",
    "roots_jacobi",
    "roots_laguerre",
    "roots_legendre",
    "roots_sh_chebyt",
    "roots_sh_chebyu",
    "roots_sh_jacobi",
    "roots_sh_legendre",
    "round",
    "s_roots",
    "seterr",
    "sh_chebyt",
    "sh_chebyu",
    "sh_jacobi",
    "sh_legendre",
    "shichi",
    "sici",
    "sinc",
    "sindg",
    "smirnov",
    "smirnovi",
    "softmax",
    "softplus",
    "spence",
    "sph_harm_y",
    "sph_harm_y_all",
    "sph_legendre_p",
    "sph_legendre_p_all",
    "spherical_in",
    "spherical_jn",
    "spherical_kn",
    "spherical_yn",
    "stdtr",
    "stdtridf",
    "stdtrit",
    "stirling2",
    "struve",
    "t_roots",
    "tandg",
    "test",
    "tklmbda",
    "ts_roots",
    "u_roots",
    "us_roots",
    "voigt_profile",
    "wofz",
    "wright_bessel",
    "wrightomega",
    "xlog1py",
    "xlogy",
    "y0",
    "y0_zeros",
    "y1",
    "y1_zeros",
    "y1p_zeros",
    "yn",
    "yn_zeros",
    "ynp_zeros",
    "yv",
    "yve",
    "yvp",
    "zeta",
    "zetac",
]

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

class _UnaryToMany(_Ufunc, Protocol):
    def __call__(
        self,
        x: ArrayLike,
        /,
        out: tuple[Array | None, ...] | None = None,
        *,
        where: ArrayLike = True,
        dtype: DTypeLike | None = None,
    ) -> tuple[Array, ...]: ...

class _BinaryToMany(_Ufunc, Protocol):
    def __call__(
        self,
        x1: ArrayLike,
        x2: ArrayLike,
        /,
        out: tuple[Array | None, ...] | None = None,
        *,
        where: ArrayLike = True,
        dtype: DTypeLike | None = None,
    ) -> tuple[Array, ...]: ...

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

class _Ternary(_Ufunc, Protocol):
    def __call__(
        self,
        x1: ArrayLike,
        x2: ArrayLike,
        x3: ArrayLike,
        /,
        out: Array | None = None,
        *,
        where: ArrayLike = True,
        dtype: DTypeLike | None = None,
    ) -> Array: ...

class _Quaternary(_Ufunc, Protocol):
    def __call__(
        self,
        x1: ArrayLike,
        x2: ArrayLike,
        x3: ArrayLike,
        x4: ArrayLike,
        /,
        out: Array | None = None,
        *,
        where: ArrayLike = True,
        dtype: DTypeLike | None = None,
    ) -> Array: ...

SpecialFunctionError: type[Exception]
SpecialFunctionWarning: type[Exception]
agm: _Binary
ai_zeros: Callable[..., Any]
airy: _UnaryToMany
airye: _UnaryToMany
assoc_legendre_p: Callable[..., Any]
assoc_legendre_p_all: Callable[..., Any]
bdtr: _Ternary
bdtrc: _Ternary
bdtri: _Ternary
bdtrik: Callable[..., Any]
bdtrin: Callable[..., Any]
bei: _Unary
bei_zeros: Callable[..., Any]
beip: _Unary
beip_zeros: Callable[..., Any]
ber: _Unary
ber_zeros: Callable[..., Any]
bernoulli: Callable[..., Any]
berp: _Unary
berp_zeros: Callable[..., Any]
besselpoly: Callable[..., Any]
beta: _Binary
betainc: _Ternary
betaincc: _Ternary
betainccinv: _Ternary
betaincinv: _Ternary
betaln: _Binary
bi_zeros: Callable[..., Any]
binom: _Binary
boxcox: _Binary
boxcox1p: _Binary
btdtria: Callable[..., Any]
btdtrib: Callable[..., Any]
c_roots: Callable[..., Any]
cbrt: _Unary
cg_roots: Callable[..., Any]
chdtr: _Binary
chdtrc: _Binary
chdtri: _Binary
chdtriv: Callable[..., Any]
chebyc: Callable[..., Any]
chebys: Callable[..., Any]
chebyt: Callable[..., Any]
chebyu: Callable[..., Any]
chndtr: Callable[..., Any]
chndtridf: Callable[..., Any]
chndtrinc: Callable[..., Any]
chndtrix: Callable[..., Any]
cosdg: _Unary
cosm1: _Unary
cotdg: _Unary
dawsn: _Unary
digamma: _Unary
diric: Callable[..., Any]
ellip_harm: Callable[..., Any]
ellip_harm_2: Callable[..., Any]
ellip_normal: Callable[..., Any]
ellipe: _Unary
ellipeinc: _Binary
ellipj: _BinaryToMany
ellipk: _Unary
ellipkinc: _Binary
ellipkm1: _Unary
elliprc: _Binary
elliprd: _Ternary
elliprf: _Ternary
elliprg: _Ternary
elliprj: _Quaternary
entr: _Unary
erf: _Unary
erf_zeros: Callable[..., Any]
erfc: _Unary
erfcinv: _Unary
erfcx: _Unary
erfi: _Unary
erfinv: _Unary
errstate: type[Any]
euler: Callable[..., Any]
eval_chebyc: _Binary
eval_chebys: _Binary
eval_chebyt: _Binary
eval_chebyu: _Binary
eval_gegenbauer: _Ternary
eval_genlaguerre: _Ternary
eval_hermite: _Binary
eval_hermitenorm: _Binary
eval_jacobi: _Quaternary
eval_laguerre: _Binary
eval_legendre: _Binary
eval_sh_chebyt: _Binary
eval_sh_chebyu: _Binary
eval_sh_jacobi: _Quaternary
eval_sh_legendre: _Binary
exp1: _Unary
exp10: _Unary
exp2: _Unary
expi: _Unary
expit: _Unary
expm1: _Unary
expn: _Binary
exprel: _Unary
factorial: Callable[..., Any]
factorial2: Callable[..., Any]
factorialk: Callable[..., Any]
fdtr: _Ternary
fdtrc: _Ternary
fdtri: _Ternary
fdtridfd: Callable[..., Any]
fresnel: _UnaryToMany
fresnel_zeros: Callable[..., Any]
fresnelc_zeros: Callable[..., Any]
fresnels_zeros: Callable[..., Any]
gamma: _Unary
gammainc: _Binary
gammaincc: _Binary
gammainccinv: _Binary
gammaincinv: _Binary
gammaln: _Unary
gammasgn: _Unary
gdtr: _Ternary
gdtrc: _Ternary
gdtria: _Ternary
gdtrib: Callable[..., Any]
gdtrix: _Ternary
gegenbauer: Callable[..., Any]
genlaguerre: Callable[..., Any]
geterr: Callable[..., Any]
h_roots: Callable[..., Any]
hankel1: _Binary
hankel1e: _Binary
hankel2: _Binary
hankel2e: _Binary
he_roots: Callable[..., Any]
hermite: Callable[..., Any]
hermitenorm: Callable[..., Any]
huber: _Binary
hyp0f1: _Binary
hyp1f1: _Ternary
hyp2f1: _Quaternary
hyperu: _Ternary
i0: _Unary
i0e: _Unary
i1: _Unary
i1e: _Unary
inv_boxcox: _Binary
inv_boxcox1p: _Binary
it2i0k0: _UnaryToMany
it2j0y0: _UnaryToMany
it2struve0: _Unary
itairy: _UnaryToMany
iti0k0: _UnaryToMany
itj0y0: _UnaryToMany
itmodstruve0: _Unary
itstruve0: _Unary
iv: _Binary
ive: _Binary
j0: _Unary
j1: _Unary
j_roots: Callable[..., Any]
jacobi: Callable[..., Any]
jn: _Binary
jn_zeros: Callable[..., Any]
jnjnp_zeros: Callable[..., Any]
jnp_zeros: Callable[..., Any]
jnyn_zeros: Callable[..., Any]
js_roots: Callable[..., Any]
jv: _Binary
jve: _Binary
k0: _Unary
k0e: _Unary
k1: _Unary
k1e: _Unary
kei: _Unary
kei_zeros: Callable[..., Any]
keip: _Unary
keip_zeros: Callable[..., Any]
kelvin: _UnaryToMany
kelvin_zeros: Callable[..., Any]
ker: _Unary
ker_zeros: Callable[..., Any]
kerp: _Unary
kerp_zeros: Callable[..., Any]
kl_div: _Binary
kn: _Binary
kolmogi: Callable[..., Any]
kolmogorov: Callable[..., Any]
kv: _Binary
kve: _Binary
l_roots: Callable[..., Any]
la_roots: Callable[..., Any]
laguerre: Callable[..., Any]
legendre: Callable[..., Any]
legendre_p: Callable[..., Any]
legendre_p_all: Callable[..., Any]
lmbda: Callable[..., Any]
log1p: _Unary
log_expit: _Unary
log_ndtr: _Unary
log_wright_bessel: _Ternary
loggamma: _Unary
logit: _Unary
lpmv: _Ternary
lqmn: Callable[..., Any]
lqn: Callable[..., Any]
mathieu_a: Callable[..., Any]
mathieu_b: Callable[..., Any]
mathieu_cem: Callable[..., Any]
mathieu_even_coef: Callable[..., Any]
mathieu_modcem1: Callable[..., Any]
mathieu_modcem2: Callable[..., Any]
mathieu_modsem1: Callable[..., Any]
mathieu_modsem2: Callable[..., Any]
mathieu_odd_coef: Callable[..., Any]
mathieu_sem: Callable[..., Any]
modfresnelm: _UnaryToMany
modfresnelp: _UnaryToMany
modstruve: _Binary
nbdtr: _Ternary
nbdtrc: _Ternary
nbdtri: _Ternary
nbdtrik: Callable[..., Any]
nbdtrin: Callable[..., Any]
ncfdtr: Callable[..., Any]
ncfdtri: Callable[..., Any]
ncfdtridfd: Callable[..., Any]
ncfdtridfn: Callable[..., Any]
ncfdtrinc: Callable[..., Any]
nctdtr: Callable[..., Any]
nctdtridf: Callable[..., Any]
nctdtrinc: Callable[..., Any]
nctdtrit: Callable[..., Any]
ndtr: _Unary
ndtri: _Unary
ndtri_exp: _Unary
nrdtrimn: _Ternary
nrdtrisd: _Ternary
obl_ang1: Callable[..., Any]
obl_ang1_cv: Callable[..., Any]
obl_cv: Callable[..., Any]
obl_cv_seq: Callable[..., Any]
obl_rad1: Callable[..., Any]
obl_rad1_cv: Callable[..., Any]
obl_rad2: Callable[..., Any]
obl_rad2_cv: Callable[..., Any]
owens_t: _Binary
p_roots: Callable[..., Any]
pbdn_seq: Callable[..., Any]
pbdv: _BinaryToMany
pbdv_seq: Callable[..., Any]
pbvv: _BinaryToMany
pbvv_seq: Callable[..., Any]
pbwa: _BinaryToMany
pdtr: _Binary
pdtrc: _Binary
pdtri: _Binary
pdtrik: Callable[..., Any]
poch: _Binary
powm1: _Binary
pro_ang1: Callable[..., Any]
pro_ang1_cv: Callable[..., Any]
pro_cv: Callable[..., Any]
pro_cv_seq: Callable[..., Any]
pro_rad1: Callable[..., Any]
pro_rad1_cv: Callable[..., Any]
pro_rad2: Callable[..., Any]
pro_rad2_cv: Callable[..., Any]
ps_roots: Callable[..., Any]
pseudo_huber: _Binary
psi: _Unary
radian: _Ternary
rel_entr: _Binary
rgamma: _Unary
riccati_jn: Callable[..., Any]
riccati_yn: Callable[..., Any]
roots_chebyc: Callable[..., Any]
roots_chebys: Callable[..., Any]
roots_chebyt: Callable[..., Any]
roots_chebyu: Callable[..., Any]
roots_gegenbauer: Callable[..., Any]
roots_genlaguerre: Callable[..., Any]
roots_hermite: Callable[..., Any]
roots_hermitenorm: Callable[..., Any]
roots_jacobi: Callable[..., Any]
roots_laguerre: Callable[..., Any]
roots_legendre: Callable[..., Any]
roots_sh_chebyt: Callable[..., Any]
roots_sh_chebyu: Callable[..., Any]
roots_sh_jacobi: Callable[..., Any]
roots_sh_legendre: Callable[..., Any]
round: _Unary
s_roots: Callable[..., Any]
seterr: Callable[..., Any]
sh_chebyt: Callable[..., Any]
sh_chebyu: Callable[..., Any]
sh_jacobi: Callable[..., Any]
sh_legendre: Callable[..., Any]
shichi: _UnaryToMany
sici: _UnaryToMany
sindg: _Unary
smirnov: Callable[..., Any]
smirnovi: Callable[..., Any]
spence: _Unary
sph_harm_y_all: Callable[..., Any]
sph_legendre_p: Callable[..., Any]
sph_legendre_p_all: Callable[..., Any]
stdtr: _Binary
stdtridf: Callable[..., Any]
stdtrit: _Binary
stirling2: Callable[..., Any]
struve: _Binary
t_roots: Callable[..., Any]
tandg: _Unary
test: Callable[..., Any]
tklmbda: _Binary
ts_roots: Callable[..., Any]
u_roots: Callable[..., Any]
us_roots: Callable[..., Any]
voigt_profile: _Ternary
wofz: _Unary
wright_bessel: _Ternary
wrightomega: _Unary
xlog1py: _Binary
xlogy: _Binary
y0: _Unary
y0_zeros: Callable[..., Any]
y1: _Unary
y1_zeros: Callable[..., Any]
y1p_zeros: Callable[..., Any]
yn: _Binary
yn_zeros: Callable[..., Any]
ynp_zeros: Callable[..., Any]
yv: _Binary
yve: _Binary
zetac: _Unary

def assoc_laguerre(x: ArrayLike, n: ArrayLike, k: ArrayLike = 0.0) -> Array: ...
def comb(N: ArrayLike, k: ArrayLike, *, exact: bool = False, repetition: bool = False) -> Array: ...
def h1vp(v: ArrayLike, z: ArrayLike, n: int = 1) -> Array: ...
def h2vp(v: ArrayLike, z: ArrayLike, n: int = 1) -> Array: ...
def ivp(v: ArrayLike, z: ArrayLike, n: int = 1) -> Array: ...
def jvp(v: ArrayLike, z: ArrayLike, n: int = 1) -> Array: ...
def kvp(v: ArrayLike, z: ArrayLike, n: int = 1) -> Array: ...
def lambertw(z: ArrayLike, k: ArrayLike = 0, tol: float = 1e-8) -> Array: ...
def log_softmax(x: ArrayLike, axis: int | tuple[int, ...] | None = None) -> Array: ...
@overload
def logsumexp(
    a: ArrayLike,
    axis: int | tuple[int, ...] | None = None,
    b: ArrayLike | None = None,
    keepdims: bool = False,
    return_sign: Literal[False] = False,
) -> Array: ...
@overload
def logsumexp(
    a: ArrayLike,
    axis: int | tuple[int, ...] | None = None,
    b: ArrayLike | None = None,
    keepdims: bool = False,
    *,
    return_sign: Literal[True],
) -> tuple[Array, Array]: ...
@overload
def logsumexp(
    a: ArrayLike,
    axis: int | tuple[int, ...] | None = None,
    b: ArrayLike | None = None,
    keepdims: bool = False,
    return_sign: bool = False,
) -> Any: ...
def multigammaln(a: ArrayLike, d: int) -> Array: ...
def perm(N: ArrayLike, k: ArrayLike, exact: bool = False) -> Array: ...
def polygamma(n: ArrayLike, x: ArrayLike) -> Array: ...
def sinc(x: ArrayLike) -> Array: ...
def softmax(x: ArrayLike, axis: int | tuple[int, ...] | None = None) -> Array: ...
def softplus(x: ArrayLike, **kwargs: Any) -> Array: ...
def sph_harm_y(n: ArrayLike, m: ArrayLike, theta: ArrayLike, phi: ArrayLike, *, diff_n: int = 0) -> Array: ...
def spherical_in(n: ArrayLike, z: ArrayLike, derivative: bool = False) -> Array: ...
def spherical_jn(n: ArrayLike, z: ArrayLike, derivative: bool = False) -> Array: ...
def spherical_kn(n: ArrayLike, z: ArrayLike, derivative: bool = False) -> Array: ...
def spherical_yn(n: ArrayLike, z: ArrayLike, derivative: bool = False) -> Array: ...
def yvp(v: ArrayLike, z: ArrayLike, n: int = 1) -> Array: ...
def zeta(x: ArrayLike, q: ArrayLike | None = None, out: Array | None = None) -> Array: ...
