"""Distributions of vectors: the multivariate normal one and Dirichlet's."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..base.errors import ArgumentError
from ..core.aval import aval_of
from ..ops.families import find_named
from ..ops.given import lists_beside
from ..ops.plain import is_plain
from .distribution import scipy_stats, widened

gammaln, xlogy = find_named("scipy.special.gammaln"), find_named("scipy.special.xlogy")


class MultivariateNormal:
    """The multivariate normal distribution: its density, by the last axis of ``x``."""

    def logpdf(self, x: Any, mean: Any = None, cov: Any = 1, allow_singular: bool = False) -> Any:
        """The logarithm of the density at ``x``, of shape ``(..., n)``.

        ``cov`` is a matrix, a vector of variances, or one variance for all. On traced values it must be
        positive definite; ``allow_singular`` is for plain arrays only.
        """
        if is_plain((x, mean, cov)):
            return scipy_stats.multivariate_normal.logpdf(x, mean, cov, allow_singular)
        if allow_singular:
            raise ArgumentError(
                "multivariate_normal.logpdf: a singular covariance has no density on traced values.",
                expected="allow_singular=False",
                got="True",
                hint="leave out the directions in which nothing varies",
            )
        x, mean, cov = _normal_parameters(x, mean, cov)
        n = aval_of(cov).shape[-1]
        factor = np.linalg.cholesky(cov)
        y = x - mean
        flat = np.reshape(y, (-1, n))
        scaled = np.linalg.solve(factor, flat.T)
        square = np.reshape(np.sum(scaled * scaled, axis=0), aval_of(y).shape[:-1])
        log_det = 2.0 * np.sum(np.log(np.diagonal(factor)))
        return (-0.5 * (n * math.log(2.0 * math.pi) + log_det + square))[()]

    def pdf(self, x: Any, mean: Any = None, cov: Any = 1, allow_singular: bool = False) -> Any:
        """The density at ``x``; see ``logpdf``."""
        if is_plain((x, mean, cov)):
            return scipy_stats.multivariate_normal.pdf(x, mean, cov, allow_singular)
        return np.exp(self.logpdf(x, mean, cov, allow_singular))

    def __repr__(self) -> str:
        return "<funcgrad.scipy.stats.multivariate_normal>"

    def __reduce__(self) -> str:
        return "multivariate_normal"


def _normal_parameters(x: Any, mean: Any, cov: Any) -> tuple[Any, Any, Any]:
    """The point with its axis of coordinates, the mean as a vector and the covariance as a matrix."""
    x, cov, *given = map(widened, lists_beside((x, cov) if mean is None else (x, cov, mean)))
    mean = given[0] if given else None
    shapes = [aval_of(cov).shape, () if mean is None else aval_of(mean).shape]
    n = max([shape[-1] for shape in shapes if shape] or [1])
    if aval_of(cov).ndim < 2:
        cov = np.eye(n) * cov if aval_of(cov).ndim == 0 else np.diag(cov)
    mean = np.zeros(n) if mean is None else mean
    point = aval_of(x).shape
    if not point:
        x = np.reshape(x, (1,))
    elif len(point) == 1 and n == 1:
        x = np.reshape(x, (*point, 1))
    if aval_of(cov).shape != (n, n) or aval_of(x).shape[-1] != n:
        raise ArgumentError(
            "multivariate_normal: the shapes do not fit.",
            expected=f"x of shape (..., {n}), mean of shape ({n},), cov of shape ({n}, {n})",
            got=f"x {point}, mean {aval_of(mean).shape}, cov {aval_of(cov).shape}",
        )
    return x, mean, cov


class Dirichlet:
    """Dirichlet's distribution of points whose coordinates are positive and sum to one."""

    def logpdf(self, x: Any, alpha: Any) -> Any:
        """The logarithm of the density at ``x``: its first axis has the coordinates.

        The last coordinate may be left out; it is then one minus the others. Points outside of the simplex
        are an error on plain arrays, and are not looked for on traced values.
        """
        if is_plain((x, alpha)):
            return scipy_stats.dirichlet.logpdf(x, alpha)
        x, alpha = map(widened, lists_beside((x, alpha)))
        if aval_of(x).shape[:1] == (aval_of(alpha).shape[0] - 1,):
            x = np.concatenate([x, 1.0 - np.sum(x, axis=0, keepdims=True)])
        log_norm = np.sum(gammaln(alpha)) - gammaln(np.sum(alpha))
        powers = np.reshape(alpha - 1.0, (-1, *(1,) * (aval_of(x).ndim - 1)))
        return (np.sum(xlogy(powers, x), axis=0) - log_norm)[()]

    def pdf(self, x: Any, alpha: Any) -> Any:
        """The density at ``x``; see ``logpdf``."""
        if is_plain((x, alpha)):
            return scipy_stats.dirichlet.pdf(x, alpha)
        return np.exp(self.logpdf(x, alpha))

    def __repr__(self) -> str:
        return "<funcgrad.scipy.stats.dirichlet>"

    def __reduce__(self) -> str:
        return "dirichlet"


multivariate_normal = MultivariateNormal()
dirichlet = Dirichlet()
