"""Orthogonal polynomials and Legendre functions, by x; there is no derivative by their orders and parameters.

Each derivative is another family's polynomial of degree n - 1 (DLMF 18.9(iii)).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .declare import Partials
from .special import no_slope, special
from .special_kit import order, unless_constant
from .ufunc import Ufunc


def _polynomial(name: str, operands: str, slope: Any, what: str) -> Ufunc:
    """An op for a polynomial: ``slope(n, *parameters, x)``, by x alone."""
    refusals = [no_slope(f"eval_{name}", operands, which) for which in operands.split()[:-1]]
    coefficients: dict[int, Any] = {
        2: lambda out, n, x: unless_constant(n, slope(order(n), x)),
        3: lambda out, n, a, x: unless_constant(n, slope(order(n), order(a), x)),
        4: lambda out, n, a, b, x: unless_constant(n, slope(order(n), order(a), order(b), x)),
    }
    return special(
        f"eval_{name}",
        Partials(*refusals, coefficients[len(operands.split())]),
        doc=f"{what} of degree ``n``, by x; there is no derivative by the others.",
    )


# --- Jacobi's, Gegenbauer's, Legendre's ------------------------------------------------------------

eval_jacobi: Ufunc = _polynomial(
    "jacobi",
    "n alpha beta x",
    lambda n, a, b, x: (n + a + b + 1) / 2 * eval_jacobi(n - 1, a + 1, b + 1, x),
    "The Jacobi polynomial",
)
eval_sh_jacobi: Ufunc = _polynomial(
    "sh_jacobi",
    "n p q x",
    lambda n, p, q, x: n * eval_sh_jacobi(n - 1, p + 2, q + 1, x),
    "The Jacobi polynomial shifted to [0, 1]",
)
eval_gegenbauer: Ufunc = _polynomial(
    "gegenbauer",
    "n alpha x",
    lambda n, a, x: 2 * a * eval_gegenbauer(n - 1, a + 1, x),
    "The Gegenbauer polynomial",
)
eval_legendre: Ufunc = _polynomial(
    "legendre",
    "n x",
    lambda n, x: (n + 1) / 2 * eval_jacobi(n - 1, 1.0, 1.0, x),
    "The Legendre polynomial",
)
eval_sh_legendre: Ufunc = _polynomial(
    "sh_legendre",
    "n x",
    lambda n, x: (n + 1) * eval_jacobi(n - 1, 1.0, 1.0, 2 * x - 1),
    "The Legendre polynomial shifted to [0, 1]",
)

# --- Chebyshev's -----------------------------------------------------------------------------------

eval_chebyt: Ufunc = _polynomial(
    "chebyt",
    "n x",
    lambda n, x: n * eval_chebyu(n - 1, x),
    "The Chebyshev polynomial T",
)
eval_chebyu: Ufunc = _polynomial(
    "chebyu",
    "n x",
    lambda n, x: 2 * eval_gegenbauer(n - 1, 2.0, x),
    "The Chebyshev polynomial U",
)
eval_chebyc: Ufunc = _polynomial(
    "chebyc",
    "n x",
    lambda n, x: n * eval_chebys(n - 1, x),
    "The Chebyshev polynomial C, on [-2, 2],",
)
eval_chebys: Ufunc = _polynomial(
    "chebys",
    "n x",
    lambda n, x: eval_gegenbauer(n - 1, 2.0, x / 2),
    "The Chebyshev polynomial S, on [-2, 2],",
)
eval_sh_chebyt: Ufunc = _polynomial(
    "sh_chebyt",
    "n x",
    lambda n, x: 2 * n * eval_sh_chebyu(n - 1, x),
    "The Chebyshev polynomial T shifted to [0, 1]",
)
eval_sh_chebyu: Ufunc = _polynomial(
    "sh_chebyu",
    "n x",
    lambda n, x: 4 * eval_gegenbauer(n - 1, 2.0, 2 * x - 1),
    "The Chebyshev polynomial U shifted to [0, 1]",
)

# --- Laguerre's and Hermite's ----------------------------------------------------------------------

eval_laguerre: Ufunc = _polynomial(
    "laguerre",
    "n x",
    lambda n, x: -eval_genlaguerre(n - 1, 1.0, x),
    "The Laguerre polynomial",
)
eval_genlaguerre: Ufunc = _polynomial(
    "genlaguerre",
    "n alpha x",
    lambda n, a, x: -eval_genlaguerre(n - 1, a + 1, x),
    "The generalized Laguerre polynomial",
)
eval_hermite: Ufunc = _polynomial(
    "hermite",
    "n x",
    lambda n, x: 2 * n * eval_hermite(np.maximum(n - 1, 0), x),
    "The physicists' Hermite polynomial",
)
eval_hermitenorm: Ufunc = _polynomial(
    "hermitenorm",
    "n x",
    lambda n, x: n * eval_hermitenorm(np.maximum(n - 1, 0), x),
    "The probabilists' Hermite polynomial",
)

# --- Legendre functions ----------------------------------------------------------------------------


def _lpmv_slope(out: Any, m: Any, v: Any, x: Any) -> Any:
    """``-m x P/(1 - x²) - P^{m+1}/√(1 - x²)``, and for m = 0 the polynomial's (DLMF 14.10.2, 14.10.5)."""
    m, v = order(m), order(v)
    rest = (1 - x) * (1 + x)
    slope = -m * x * out / rest - lpmv(m + 1, v, x) / np.sqrt(rest)
    return np.where(m == 0, (v + 1) / 2 * eval_jacobi(v - 1.0, 1.0, 1.0, x), slope)


lpmv: Ufunc = special(
    "lpmv",
    Partials(no_slope("lpmv", "m v x", "m"), no_slope("lpmv", "m v x", "v"), _lpmv_slope),
    doc="The associated Legendre function of order m and degree v; at ±1 it has a derivative for m = 0 only.",
)
