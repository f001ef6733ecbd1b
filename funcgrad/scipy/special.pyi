"""Types of funcgrad.scipy.special: the signatures are SciPy's."""

from typing import Any, Protocol

from numpy.typing import DTypeLike

from funcgrad.typing import Array, ArrayLike

__all__ = [
    "erf",
    "erfc",
    "sinc",
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

erf: _Unary
erfc: _Unary

def sinc(x: ArrayLike) -> Array: ...
