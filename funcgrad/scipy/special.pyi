"""Types of funcgrad.scipy.special: the signatures are SciPy's."""

from typing import Any, Protocol

from numpy.typing import DTypeLike

from funcgrad.typing import Array, ArrayLike

__all__ = [
    "agm",
    "airy",
    "airye",
    "bei",
    "beip",
    "ber",
    "berp",
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
    "erf",
    "erfc",
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
    "expi",
    "expn",
    "fresnel",
    "hankel1",
    "hankel1e",
    "hankel2",
    "hankel2e",
    "hyp0f1",
    "hyp1f1",
    "hyp2f1",
    "hyperu",
    "i0",
    "i0e",
    "i1",
    "i1e",
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
    "j0",
    "j1",
    "jn",
    "jv",
    "jve",
    "k0",
    "k0e",
    "k1",
    "k1e",
    "kei",
    "keip",
    "kelvin",
    "ker",
    "kerp",
    "kn",
    "kv",
    "kve",
    "lambertw",
    "log_wright_bessel",
    "lpmv",
    "modfresnelm",
    "modfresnelp",
    "modstruve",
    "pbdv",
    "pbvv",
    "pbwa",
    "shichi",
    "sici",
    "sinc",
    "spence",
    "spherical_in",
    "spherical_jn",
    "spherical_kn",
    "spherical_yn",
    "struve",
    "voigt_profile",
    "wright_bessel",
    "wrightomega",
    "y0",
    "y1",
    "yn",
    "yv",
    "yve",
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

agm: _Binary
airy: _UnaryToMany
airye: _UnaryToMany
bei: _Unary
beip: _Unary
ber: _Unary
berp: _Unary
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
erf: _Unary
erfc: _Unary
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
expi: _Unary
expn: _Binary
fresnel: _UnaryToMany
hankel1: _Binary
hankel1e: _Binary
hankel2: _Binary
hankel2e: _Binary
hyp0f1: _Binary
hyp1f1: _Ternary
hyp2f1: _Quaternary
hyperu: _Ternary
i0: _Unary
i0e: _Unary
i1: _Unary
i1e: _Unary
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
jn: _Binary
jv: _Binary
jve: _Binary
k0: _Unary
k0e: _Unary
k1: _Unary
k1e: _Unary
kei: _Unary
keip: _Unary
kelvin: _UnaryToMany
ker: _Unary
kerp: _Unary
kn: _Binary
kv: _Binary
kve: _Binary
log_wright_bessel: _Ternary
lpmv: _Ternary
modfresnelm: _UnaryToMany
modfresnelp: _UnaryToMany
modstruve: _Binary
pbdv: _BinaryToMany
pbvv: _BinaryToMany
pbwa: _BinaryToMany
shichi: _UnaryToMany
sici: _UnaryToMany
spence: _Unary
struve: _Binary
voigt_profile: _Ternary
wright_bessel: _Ternary
wrightomega: _Unary
y0: _Unary
y1: _Unary
yn: _Binary
yv: _Binary
yve: _Binary

def lambertw(z: ArrayLike, k: ArrayLike = 0, tol: float = 1e-8) -> Array: ...
def sinc(x: ArrayLike) -> Array: ...
def spherical_in(n: ArrayLike, z: ArrayLike, derivative: bool = False) -> Array: ...
def spherical_jn(n: ArrayLike, z: ArrayLike, derivative: bool = False) -> Array: ...
def spherical_kn(n: ArrayLike, z: ArrayLike, derivative: bool = False) -> Array: ...
def spherical_yn(n: ArrayLike, z: ArrayLike, derivative: bool = False) -> Array: ...
