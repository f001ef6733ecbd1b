"""Two log-likelihoods of statistics: factorisations, and many small matrices at once."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

import numpy as np
from harness import Call, Effort
from peers import COMPILED, EAGER, HIPS, JAX, Array, Program, Work, gradients

# -- Gaussian process: the negative log marginal likelihood, without its constant


def process_loss(solve: Program, xp: Any, log: Array, distances: Array, y: Array) -> Array:
    """Return the loss for logarithms of amplitude, length and noise, and squared distances of the points."""
    amplitude, length, noise = xp.exp(2 * log[0]), xp.exp(-2 * log[1]), xp.exp(2 * log[2])
    kernel = amplitude * xp.exp(-0.5 * length * distances) + noise * xp.eye(len(y))
    factor = xp.linalg.cholesky(kernel)
    z = solve(factor, y, lower=True)
    return 0.5 * (z * z).sum() + xp.log(xp.diag(factor)).sum()


def process_loss_torch(module: Any, log: Any, distances: Any, y: Any) -> Any:
    """Return the same in PyTorch's words."""
    amplitude, length, noise = module.exp(2 * log[0]), module.exp(-2 * log[1]), module.exp(2 * log[2])
    kernel = amplitude * module.exp(-0.5 * length * distances)
    factor = module.linalg.cholesky(kernel + noise * module.eye(len(y), dtype=y.dtype))
    z = module.linalg.solve_triangular(factor, y[:, None], upper=False)
    return 0.5 * (z * z).sum() + module.log(module.diagonal(factor)).sum()


def process_hips(xp: Any, *arrays: Array) -> Array:
    """Return the loss with HIPS autograd's triangular solver."""
    return process_loss(importlib.import_module("autograd.scipy.linalg").solve_triangular, xp, *arrays)


def process_ours(xp: Any, *arrays: Array) -> Array:
    """Return the loss with funcgrad's triangular solver."""
    return process_loss(importlib.import_module("funcgrad.scipy.linalg").solve_triangular, xp, *arrays)


def process_jax(xp: Any, *arrays: Array) -> Array:
    """Return the loss with JAX's triangular solver."""
    return process_loss(importlib.import_module("jax.scipy.linalg").solve_triangular, xp, *arrays)


def process_lapack(log: Array, distances: Array, y: Array) -> Call:
    """Prepare loss and gradient by LAPACK's ``potrf``, ``potrs`` and ``potri``, in place in one matrix.

    With ``a = K⁻¹ y`` the derivative is ``½ tr((K⁻¹ - a aᵀ) dK)``; only half of ``K⁻¹`` is computed, and the
    other half counted by doubling.
    """
    lapack, blas = (
        importlib.import_module("scipy.linalg.lapack"),
        importlib.import_module("scipy.linalg.blas"),
    )
    n = len(y)
    shape, work = np.zeros((n, n)), np.zeros((n, n), order="F")
    diagonal, products = work.reshape(-1, order="F")[:: n + 1], np.zeros((n, n))

    def call() -> tuple[float, Array]:
        amplitude, length, noise = np.exp(2 * log[0]), np.exp(-2 * log[1]), np.exp(2 * log[2])
        np.multiply(distances, -0.5 * length, out=shape)
        np.exp(shape, out=shape)
        np.multiply(shape, amplitude, out=shape)
        np.copyto(work.T, shape)
        np.add(diagonal, noise, out=diagonal)
        lapack.dpotrf(work, lower=1, clean=1, overwrite_a=1)
        logs = np.log(diagonal).sum()
        a = lapack.dpotrs(work, y, lower=1)[0]
        value = 0.5 * (y @ a) + logs
        lapack.dpotri(work, lower=1, overwrite_c=1)
        # the upper half is still zero: with the diagonal halved, twice the sum is the whole
        trace = diagonal.sum()
        by_noise = noise * (trace - a @ a)
        np.multiply(diagonal, 0.5, out=diagonal)
        np.multiply(work.T, shape, out=products)
        by_amplitude = 2 * products.sum() - a @ blas.dsymv(1.0, shape.T, a)
        np.multiply(shape, distances, out=shape)
        by_length = 2 * np.vdot(work.T, shape) - a @ blas.dsymv(1.0, shape.T, a)
        return value, np.array([by_amplitude, 0.5 * length * by_length, by_noise])

    return call


def process_numpy(log: Array, distances: Array, y: Array) -> Call:
    """Prepare loss and gradient with NumPy alone: the inverse of the factor serves for all."""
    n = len(y)
    shape, kernel, inverse = (np.zeros((n, n)) for _ in range(3))
    diagonal = kernel.reshape(-1)[:: n + 1]

    def call() -> tuple[float, Array]:
        amplitude, length, noise = np.exp(2 * log[0]), np.exp(-2 * log[1]), np.exp(2 * log[2])
        np.multiply(distances, -0.5 * length, out=shape)
        np.exp(shape, out=shape)
        np.multiply(shape, amplitude, out=shape)
        np.copyto(kernel, shape)
        np.add(diagonal, noise, out=diagonal)
        logs = np.log(np.diagonal(np.linalg.cholesky(kernel))).sum()
        np.copyto(inverse, np.linalg.inv(kernel))
        a = inverse @ y
        value = 0.5 * (y @ a) + logs
        by_noise = noise * (np.trace(inverse) - a @ a)
        np.subtract(inverse, np.multiply(a[:, None], a, out=kernel), out=inverse)
        by_amplitude = np.vdot(inverse, shape)
        by_length = 0.5 * length * np.vdot(inverse, np.multiply(shape, distances, out=shape))
        return value, np.array([by_amplitude, by_length, by_noise])

    return call


def gaussian_process(effort: Effort) -> Iterator[Work]:
    """Time the likelihood of 500 points and its gradient by three hyperparameters."""
    random = np.random.default_rng(0)
    x = random.uniform(-3, 3, (500, 3))
    distances = np.square(x[:, None] - x).sum(axis=2)
    y = np.sin(x.sum(axis=1)) + 0.1 * random.standard_normal(500)
    work = Work(
        "Gaussian process, 500 points, float64, likelihood and gradient",
        (np.array([0.1, 0.2, -1.5]), distances, y),
        {"SciPy's LAPACK, in place": process_lapack, "NumPy alone": process_numpy},
        gradients(process_ours, torch_loss=process_loss_torch, jax_losses={"JAX": process_jax})
        | {HIPS: gradients(process_hips)[HIPS]},
        below={EAGER: 0.9, COMPILED: 0.9},
        rtol=1e-7,
    )
    yield work


# -- Mixture of Gaussians: the log-likelihood, without its constant


def mixture_loss(
    xp: Any, logsumexp: Program, weights: Array, means: Array, logs: Array, lower: Array, x: Array
) -> Array:
    """Return the log-likelihood of a mixture whose inverse covariances have factors ``Q``.

    The diagonal of ``Q`` is ``exp(logs)``, what lies below is that of `lower`. All factors are applied to all
    points by one matrix product.
    """
    k, d = means.shape
    factors = lower * np.tri(d, k=-1) + xp.exp(logs)[:, :, None] * np.eye(d)
    applied = (x @ factors.reshape((k * d, d)).T).reshape((-1, k, d))
    y = applied - (factors @ means[:, :, None])[:, :, 0]
    inner = weights + logs.sum(axis=1) - 0.5 * (y * y).sum(axis=2)
    return logsumexp(xp, inner, 1).sum() - len(x) * logsumexp(xp, weights, 0)


def logsumexp(xp: Any, x: Array, axis: int) -> Array:
    """Return ``log(sum(exp(x)))`` along an axis, in plain NumPy."""
    largest = xp.max(x, axis=axis)
    return largest + xp.log(xp.exp(x - xp.expand_dims(largest, axis)).sum(axis=axis))


def logsumexp_hips(xp: Any, x: Array, axis: int) -> Array:
    """Return the same by HIPS autograd's own function."""
    return importlib.import_module("autograd.scipy.special").logsumexp(x, axis=axis)


def logsumexp_jax(xp: Any, x: Array, axis: int) -> Array:
    """Return the same by JAX's own function."""
    return importlib.import_module("jax").nn.logsumexp(x, axis=axis)


def mixture_loss_torch(module: Any, weights: Any, means: Any, logs: Any, lower: Any, x: Any) -> Any:
    """Return the log-likelihood in PyTorch's words."""
    k, d = means.shape
    factors = module.tril(lower, -1) + module.diag_embed(module.exp(logs))
    applied = (x @ factors.reshape(k * d, d).T).reshape(-1, k, d)
    y = applied - (factors @ means[:, :, None])[:, :, 0]
    inner = weights + logs.sum(1) - 0.5 * (y * y).sum(2)
    return module.logsumexp(inner, 1).sum() - len(x) * module.logsumexp(weights, 0)


def mixture_by_hand(weights: Array, means: Array, logs: Array, lower: Array, x: Array) -> Call:
    """Prepare loss and gradients: one product forward, one back, the points along the rows of all buffers."""
    (k, d), n = means.shape, len(x)
    below, factors, across = np.tri(d, k=-1), np.zeros((k, d, d)), np.arange(d)
    y, x_t, w, squares = np.zeros((k * d, n)), x.T.copy(), np.zeros((k, n)), np.zeros((k, d, n))
    y_3, factors_2, factors_ct = y.reshape(k, d, n), factors.reshape(k * d, d), np.zeros((k * d, d))

    def call() -> tuple[Any, ...]:
        np.multiply(lower, below, out=factors)
        diagonal = np.exp(logs)
        factors[:, across, across] = diagonal
        np.matmul(factors_2, x_t, out=y)
        np.subtract(y_3, np.matmul(factors, means[:, :, None]), out=y_3)
        np.multiply(y_3, y_3, out=squares)
        np.sum(squares, axis=1, out=w)
        np.multiply(w, -0.5, out=w)
        np.add(w, (weights + logs.sum(axis=1))[:, None], out=w)
        largest = w.max(axis=0)
        np.exp(np.subtract(w, largest, out=w), out=w)
        total = w.sum(axis=0)
        value = largest.sum() + np.log(total).sum()
        np.divide(w, total, out=w)
        prior = np.exp(weights - weights.max())
        value -= n * (np.log(prior.sum()) + weights.max())
        member = w.sum(axis=1)
        np.multiply(y_3, w[:, None, :], out=y_3)
        shift = y_3.sum(axis=2)
        np.matmul(y, x, out=factors_ct)
        by_factors = factors_ct.reshape(k, d, d)
        # y = Q x - Q mu: the cotangent of Q is -(Σ w y xᵀ) + (Σ w y) muᵀ, that of mu is Qᵀ Σ w y
        by_factors = np.multiply(shift[:, :, None], means[:, None, :]) - by_factors
        by_means = np.matmul(factors.transpose(0, 2, 1), shift[:, :, None])[:, :, 0]
        by_logs = member[:, None] + by_factors[:, across, across] * diagonal
        return value, member - n * prior / prior.sum(), by_means, by_logs, by_factors * below

    return call


def mixture(effort: Effort) -> Iterator[Work]:
    """Time the log-likelihood of a mixture and its gradients: 1000 points, 10 dimensions, 25 components."""
    n, d, k = 1000, 10, 25
    random = np.random.default_rng(0)
    arrays = (
        random.standard_normal(k),
        random.standard_normal((k, d)),
        0.1 * random.standard_normal((k, d)),
        0.1 * random.standard_normal((k, d, d)),
        random.standard_normal((n, d)),
    )
    wanted = (0, 1, 2, 3)

    def plain(xp: Any, *arrays: Array) -> Array:
        return mixture_loss(xp, logsumexp, *arrays)

    def with_hips(xp: Any, *arrays: Array) -> Array:
        return mixture_loss(xp, logsumexp_hips, *arrays)

    def with_jax(xp: Any, *arrays: Array) -> Array:
        return mixture_loss(xp, logsumexp_jax, *arrays)

    work = Work(
        "mixture of 25 Gaussians, 1000 points of 10 dimensions, float64, log-likelihood and gradients",
        arrays,
        {"buffers reused": mixture_by_hand},
        gradients(plain, wanted, torch_loss=mixture_loss_torch, jax_losses={"JAX": with_jax})
        | {HIPS: gradients(with_hips, wanted)[HIPS]},
        wanted=wanted,
        native={JAX: 0.8, COMPILED: 0.8},
    )
    yield work
