"""Rows for scipy.linalg: functions of matrices, Sylvester's equation and its kin, matrices with a pattern."""

from __future__ import annotations

from typing import Any

from tests.ops.case import Arg, Case
from tests.ops.cases_scipy_linalg import case
from tests.ops.linalg_namespace import linalg
from tests.ops.matrices import regular

FUNCTIONS = [
    *[case("expm", lambda np, a: linalg(np).expm(a), shape) for shape in [(3, 3), (1, 1), (2, 2, 2)]],
    case("expm", lambda np, a: linalg(np).expm(20 * a), (2, 2), label="scaled", rtol=1e-6),
    *[
        case(
            "expm_frechet",
            lambda np, a, e, m=method: linalg(np).expm_frechet(a, e, m),
            (2, 2),
            (2, 2),
            label=str(method),
        )
        for method in (None, "SPS", "blockEnlarge")
    ],
    case("expm_frechet", lambda np, a, e: linalg(np).expm_frechet(a, e, compute_expm=False), (3, 3), (3, 3)),
    case("logm", lambda np, a: linalg(np).logm(regular(np, a)), (3, 3), jit=False),
    case("logm", lambda np, a: linalg(np).logm(regular(np, a) + 0j), (2, 2), label="complex"),
    case("sqrtm", lambda np, a: linalg(np).sqrtm(regular(np, a)), (3, 3), jit=False),
    case("sqrtm", lambda np, a: linalg(np).sqrtm(regular(np, a) + 0j), (2, 2), label="complex"),
    case(
        "sqrtm",
        lambda np, a: linalg(np).sqrtm(-regular(np, a)),
        (2, 2),
        label="imaginary",
        jit=False,
        complex=False,
    ),
    case(
        "fractional_matrix_power",
        lambda np, a: linalg(np).fractional_matrix_power(regular(np, a), 0.3),
        (3, 3),
        jit=False,
    ),
    case(
        "fractional_matrix_power",
        lambda np, a: linalg(np).fractional_matrix_power(regular(np, a) + 0j, -1.5),
        (2, 2),
        label="complex",
    ),
    case("matmul", lambda np, a: linalg(np).fractional_matrix_power(a, 3), (2, 2), label="whole"),
    *[
        case("expm", lambda np, a, f=name: getattr(linalg(np), f)(a), (3, 3), label=name)
        for name in ("sinm", "cosm", "tanm", "sinhm", "coshm", "tanhm")
    ],
    *[case("polar", lambda np, a: linalg(np).polar(regular(np, a)), (3, 3))],
    case("polar", lambda np, a: linalg(np).polar(a), (4, 2), label="tall"),
    case("polar_left", lambda np, a: linalg(np).polar(regular(np, a), side="left"), (3, 3)),
    case("polar_left", lambda np, a: linalg(np).polar(a, "left"), (2, 4), label="wide"),
]

SYLVESTER = [
    case(
        "solve_sylvester",
        lambda np, a, b, q: linalg(np).solve_sylvester(regular(np, a), regular(np, b), q),
        (3, 3),
        (2, 2),
        (3, 2),
    ),
    *[
        case(
            "solve_continuous_lyapunov",
            lambda np, a, q, f=name: getattr(linalg(np), f)(regular(np, a), q),
            (3, 3),
            (3, 3),
        )
        for name in ("solve_continuous_lyapunov", "solve_lyapunov")
    ],
    *[
        case(
            "solve_discrete_lyapunov",
            lambda np, a, q, m=method: linalg(np).solve_discrete_lyapunov(0.3 * a, q, m),
            (3, 3),
            (3, 3),
            label=str(method),
        )
        for method in (None, "direct", "bilinear")
    ],
]

PATTERNS = [
    case("pad", lambda np, a, b, c: linalg(np).block_diag(a, b, c), (2, 3), (2,), (1, 1), label="block_diag"),
    case("pad", lambda np, a: linalg(np).block_diag(a, [[1, 2]], 3), (2, 2), label="block_diag mixed"),
    case("multiply", lambda np, a, b: linalg(np).khatri_rao(a, b), (2, 3), (4, 3), label="khatri_rao"),
    case("take", lambda np, c: linalg(np).toeplitz(c), (4,), label="toeplitz"),
    case("take", lambda np, c, r: linalg(np).toeplitz(c, r), (4,), (3,), label="toeplitz"),
    case("take", lambda np, c: linalg(np).hankel(c), (4,), label="hankel"),
    case("take", lambda np, c, r: linalg(np).hankel(c, r), (3,), (4,), label="hankel"),
    case("take", lambda np, c: linalg(np).circulant(c), (4,), label="circulant"),
    *[
        case(
            "where",
            lambda np, a, n=n, m=mode: linalg(np).convolution_matrix(a, n, m),
            (3,),
            label=f"convolution_matrix {n} {mode}",
        )
        for n in (1, 2, 3, 5)
        for mode in ("full", "same", "valid")
    ],
    case("divide", lambda np, a: linalg(np).companion(a), Arg((4,), low=0.5), label="companion"),
    case("pad", lambda np, f, s: linalg(np).leslie(f, s), (4,), (3,), label="leslie"),
    case("absolute", lambda np, a: linalg(np).fiedler(a), (4,), label="fiedler", complex=False),
    case("pad", lambda np, s: linalg(np).diagsvd(s, 3, 5), (3,), label="diagsvd"),
    case("pad", lambda np, s: linalg(np).diagsvd(s, 5, 3), (3,), label="diagsvd"),
]


def _dominant(np: Any, c: Any, by: float) -> Any:
    return c + by * np.array([1.0] + [0.0] * 3)


BANDS = [
    case("solve_toeplitz", lambda np, c, b: linalg(np).solve_toeplitz(_dominant(np, c, 6), b), (4,), (4,)),
    case(
        "solve_toeplitz",
        lambda np, c, r, b: linalg(np).solve_toeplitz((_dominant(np, c, 6), r), b),
        (4,),
        (4,),
        (4, 2),
    ),
    *[
        case(
            "solve_banded",
            lambda np, ab, b, lu=bands: linalg(np).solve_banded(lu, _lifted(np, ab, lu[1]), b),
            (bands[0] + bands[1] + 1, 4),
            shape,
            label=f"{bands}",
        )
        for bands in [(1, 1), (2, 1), (0, 2), (1, 0)]
        for shape in [(4,), (4, 2)]
    ],
]


def _lifted(np: Any, ab: Any, up: int) -> Any:
    """Bands whose diagonal is large."""
    lift = [[6.0 if i == up else 0.0] for i in range(ab.shape[0])]
    return ab + np.array(lift)


CASES: list[Case] = [*FUNCTIONS, *SYLVESTER, *PATTERNS, *BANDS]
