"""Bundle adjustment: cameras and points whose projections should lie where they were seen.

Every quantity is an array over the observations, each component one of its own: after the two look-ups
everything is elementwise, and the cotangents are added up where they were looked up.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from harness import Call, Effort
from peers import Array, Work, gradients

CAMERAS, POINTS, OBSERVATIONS = 50, 1000, 5000


def project(xp: Any, c: Array, p: Array) -> tuple[Array, Array]:
    """Return the projections of points ``p[3, n]`` by cameras ``c[11, n]``.

    A camera is a rotation vector (Rodrigues), a centre, a focal length, a principal point and two
    coefficients of radial distortion.
    """
    angle = xp.sqrt(c[0] * c[0] + c[1] * c[1] + c[2] * c[2])
    u, v, w = c[0] / angle, c[1] / angle, c[2] / angle
    cos, sin = xp.cos(angle), xp.sin(angle)
    x, y, z = p[0] - c[3], p[1] - c[4], p[2] - c[5]
    along = (u * x + v * y + w * z) * (1 - cos)
    a = x * cos + (v * z - w * y) * sin + u * along
    b = y * cos + (w * x - u * z) * sin + v * along
    d = z * cos + (u * y - v * x) * sin + w * along
    a, b = a / d, b / d
    square = a * a + b * b
    scale = c[6] * (1 + c[9] * square + c[10] * (square * square))
    return a * scale + c[7], b * scale + c[8]


def bundle_loss(xp: Any, cameras: Array, points: Array, camera: Array, point: Array, seen: Array) -> Array:
    """Return the sum of squared distances on the screen."""
    a, b = project(xp, cameras[:, camera], points[:, point])
    a, b = a - seen[0], b - seen[1]
    return (a * a + b * b).sum()


def forward(c: Array, p: Array, seen: Array) -> tuple[Array, ...]:
    """Return what the reverse sweep needs: both residuals, and the values on the way."""
    angle = np.sqrt(c[0] * c[0] + c[1] * c[1] + c[2] * c[2])
    u, v, w = c[0] / angle, c[1] / angle, c[2] / angle
    cos, sin = np.cos(angle), np.sin(angle)
    x, y, z = p[0] - c[3], p[1] - c[4], p[2] - c[5]
    dot = u * x + v * y + w * z
    along = dot * (1 - cos)
    cross = v * z - w * y, w * x - u * z, u * y - v * x
    a = x * cos + cross[0] * sin + u * along
    b = y * cos + cross[1] * sin + v * along
    d = z * cos + cross[2] * sin + w * along
    a, b = a / d, b / d
    square = a * a + b * b
    factor = 1 + square * (c[9] + c[10] * square)
    scale = c[6] * factor
    residuals = a * scale + c[7] - seen[0], b * scale + c[8] - seen[1]
    return (*residuals, angle, u, v, w, cos, sin, x, y, z, dot, along, *cross, a, b, d, square, factor, scale)


def bundle_by_hand(cameras: Array, points: Array, camera: Array, point: Array, seen: Array) -> Call:
    """Prepare loss and gradients; look-ups are added up by counting with weights."""
    c_ct, p_ct = np.zeros((11, len(camera))), np.zeros((3, len(camera)))

    def screen_back(c: Array, values: tuple[Array, ...]) -> tuple[Array, Array, Array]:
        """Return the cotangents of the point in the camera's frame."""
        s, t, *_, a, b, d, square, factor, scale = values
        np.multiply(s, 2, out=c_ct[7])
        np.multiply(t, 2, out=c_ct[8])
        s, t = c_ct[7], c_ct[8]
        by_scale = s * a + t * b
        np.multiply(by_scale, factor, out=c_ct[6])
        by_factor = by_scale * c[6]
        np.multiply(by_factor, square, out=c_ct[9])
        np.multiply(c_ct[9], square, out=c_ct[10])
        by_square = 2 * by_factor * (c[9] + 2 * c[10] * square)
        by_a, by_b = (s * scale + by_square * a) / d, (t * scale + by_square * b) / d
        return by_a, by_b, -(by_a * a + by_b * b)

    def rotation_back(by: tuple[Array, Array, Array], values: tuple[Array, ...]) -> None:
        """Write the cotangents of the rotation, the centre and the point."""
        _, _, angle, u, v, w, cos, sin, x, y, z, dot, along, k, l, m, *_ = values
        f, g, h = by
        versine = 1 - cos
        by_along = f * u + g * v + h * w
        by_dot = by_along * versine
        f_s, g_s, h_s = f * sin, g * sin, h * sin
        np.add(f * cos + by_dot * u, g_s * w - h_s * v, out=p_ct[0])
        np.add(g * cos + by_dot * v, h_s * u - f_s * w, out=p_ct[1])
        np.add(h * cos + by_dot * w, f_s * v - g_s * u, out=p_ct[2])
        np.negative(p_ct, out=c_ct[3:6])
        by_u = f * along + by_dot * x + h_s * y - g_s * z
        by_v = g * along + by_dot * y + f_s * z - h_s * x
        by_w = h * along + by_dot * z + g_s * x - f_s * y
        by_cos = f * x + g * y + h * z - by_along * dot
        by_angle = (f * k + g * l + h * m) * cos - by_cos * sin
        inside = by_angle - (by_u * u + by_v * v + by_w * w) / angle
        np.add(by_u / angle, inside * u, out=c_ct[0])
        np.add(by_v / angle, inside * v, out=c_ct[1])
        np.add(by_w / angle, inside * w, out=c_ct[2])

    def call() -> tuple[Any, Array, Array]:
        c = cameras[:, camera]
        values = forward(c, points[:, point], seen)
        rotation_back(screen_back(c, values), values)
        loss = np.vdot(values[0], values[0]) + np.vdot(values[1], values[1])
        by_cameras = np.stack([np.bincount(camera, row, CAMERAS) for row in c_ct])
        return loss, by_cameras, np.stack([np.bincount(point, row, POINTS) for row in p_ct])

    return call


def bundle_adjustment(effort: Effort) -> Iterator[Work]:
    """Time the sum of squares and its gradients by all cameras and points."""
    random = np.random.default_rng(0)
    cameras = 0.2 * random.standard_normal((11, CAMERAS))
    cameras[5] -= 4
    cameras[6] = 1
    cameras[9:] *= 0.1
    arrays = (
        cameras,
        random.standard_normal((3, POINTS)) * 0.5,
        random.integers(0, CAMERAS, OBSERVATIONS),
        np.arange(OBSERVATIONS) % POINTS,
        random.standard_normal((2, OBSERVATIONS)) * 0.2,
    )
    wanted = (0, 1)
    work = Work(
        "bundle adjustment, 50 cameras, 1000 points, 5000 observations, float64, loss and gradients",
        arrays,
        {"sums by bincount": bundle_by_hand},
        gradients(bundle_loss, wanted),
        wanted=wanted,
        rtol=1e-8,
    )
    yield work
