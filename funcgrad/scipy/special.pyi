"""Types of funcgrad.scipy.special: the signatures are SciPy's."""

from typing import Any, Protocol

from numpy.typing import DTypeLike

from funcgrad.typing import Array, ArrayLike

__all__ = [
    "agm",
    "ellipe",
    "ellipeinc",
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
    "hankel1",
    "hankel1e",
    "hankel2",
    "hankel2e",
    "i0",
    "i0e",
    "i1",
    "i1e",
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
    "kn",
    "kv",
    "kve",
    "sinc",
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
ellipe: _Unary
ellipeinc: _Binary
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
hankel1: _Binary
hankel1e: _Binary
hankel2: _Binary
hankel2e: _Binary
i0: _Unary
i0e: _Unary
i1: _Unary
i1e: _Unary
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
kn: _Binary
kv: _Binary
kve: _Binary
y0: _Unary
y1: _Unary
yn: _Binary
yv: _Binary
yve: _Binary

def sinc(x: ArrayLike) -> Array: ...
