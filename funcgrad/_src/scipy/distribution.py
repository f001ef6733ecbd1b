"""Probability distributions by their standard forms: location, scale, support and invalid parameters once.

A distribution gives functions of the standardised variable and its shape parameters. On plain arrays of the
host every method is SciPy's own; on traced values, and on a device, it is composed of our ops and agrees with
SciPy's to rounding.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..backends import require
from ..base.errors import ArgumentError
from ..core.aval import aval_of
from ..ops.given import lists_beside
from ..ops.plain import is_plain
from ..ops.structural import convert

scipy_stats: Any = require("scipy.stats", "scipy")
Function = Callable[..., Any]
Given = tuple[tuple[Any, ...], dict[str, Any]]


def all_positive(*shapes: Any) -> Any:
    """Whether every shape parameter is positive: what most distributions ask for."""
    found: Any = True
    for shape in shapes:
        found = found & (shape > 0)
    return found


def widened(z: Any) -> Any:
    """``z`` in float64 at least, in which scipy.stats computes."""
    return convert(z, np.promote_types(aval_of(z).dtype, np.float64))


class Distribution:
    """One distribution: ``name`` in scipy.stats, its shape parameters, and its functions."""

    _moves: tuple[str, ...] = ("loc", "scale")

    def __init__(
        self,
        name: str,
        shapes: tuple[str, ...] = (),
        *,
        support: tuple[Any, Any] = (-np.inf, np.inf),
        valid: Function = all_positive,
        **functions: Function,
    ) -> None:
        self.name = name
        self.shapes = shapes
        self.support = support
        self.valid = valid
        self.functions: Mapping[str, Function] = functions
        self.__module__ = (functions.get("logpdf") or functions["logpmf"]).__module__  # where pickle finds it

    def __repr__(self) -> str:
        return f"<funcgrad.scipy.stats.{self.name}>"

    def __reduce__(self) -> str:
        return self.name

    def _call(self, method: str, x: Any, given: Given, compute: Function) -> Any:
        """SciPy's method on plain values; else ``compute(x, shapes, loc, scale)``."""
        args, kwargs = given
        if is_plain((x, *args, *kwargs.values())):
            return getattr(getattr(scipy_stats, self.name), method)(x, *args, **kwargs)
        shapes, loc, scale = self._parameters(method, args, kwargs)
        x, loc, scale, *shapes = lists_beside((x, loc, scale, *shapes))
        with np.errstate(all="ignore"):  # what is outside of the support is chosen away
            return compute(x, shapes, loc, scale)

    def _parameters(self, method: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        names = (*self.shapes, *self._moves)
        given = [*names[: len(args)], *kwargs]
        if len(args) > len(names) or not {*self.shapes} <= {*given} <= {*names} or len(given) > len({*given}):
            raise ArgumentError(
                f"{self.name}.{method}: the parameters do not fit.",
                expected=", ".join(["x", *names]),
                got=", ".join([f"{1 + len(args)} positional", *kwargs]),
            )
        values = {"loc": 0, "scale": 1, **dict(zip(given, [*args, *kwargs.values()], strict=True))}
        return [values[name] for name in self.shapes], values["loc"], values["scale"]

    def _placed(self, value: Any, z: Any, shapes: Any, scale: Any, low: Any, high: Any, inside: Any) -> Any:
        """``value`` inside of the support, ``low`` before it, ``high`` behind it, NaN where invalid."""
        value = np.where(inside, value, low)
        value = np.where((z >= self.support[1]) & ~inside, high, value)
        valid = self.valid(*shapes) & (scale > 0) & (z == z)
        return np.where(valid, value, np.nan)[()]

    def _cumulative(self, method: str, x: Any, given: Given, low: float, high: float) -> Any:
        """A cumulative probability, which is ``low`` before the support and ``high`` behind it."""

        def compute(x: Any, shapes: Any, loc: Any, scale: Any) -> Any:
            z = self._standard(x, loc, scale)
            own = self.functions.get(method)
            value = self._log(method, z, shapes) if own is None else own(z, *shapes)
            return self._placed(value, z, shapes, scale, low, high, self._open(z))

        return self._call(method, x, given, compute)

    def _log(self, method: str, z: Any, shapes: Any) -> Any:
        """The logarithm of a probability; near 1, of what is left."""
        name, other = ("cdf", "sf") if method == "logcdf" else ("sf", "cdf")
        p = self.functions[name](z, *shapes)
        return np.where(p < 0.5, np.log(p), np.log1p(-self.functions[other](z, *shapes)))

    def cdf(self, x: Any, *args: Any, **kwargs: Any) -> Any:
        """The probability of a value up to ``x``."""
        return self._cumulative("cdf", x, (args, kwargs), 0.0, 1.0)

    def sf(self, x: Any, *args: Any, **kwargs: Any) -> Any:
        """The probability of a value above ``x``: accurate where ``1 - cdf(x)`` is not."""
        return self._cumulative("sf", x, (args, kwargs), 1.0, 0.0)

    def logcdf(self, x: Any, *args: Any, **kwargs: Any) -> Any:
        """The logarithm of ``cdf``."""
        return self._cumulative("logcdf", x, (args, kwargs), -np.inf, 0.0)

    def logsf(self, x: Any, *args: Any, **kwargs: Any) -> Any:
        """The logarithm of ``sf``."""
        return self._cumulative("logsf", x, (args, kwargs), 0.0, -np.inf)

    def _standard(self, x: Any, loc: Any, scale: Any) -> Any:
        raise NotImplementedError

    def _open(self, z: Any) -> Any:
        raise NotImplementedError


class Continuous(Distribution):
    """A continuous distribution: density, cumulative probabilities, and their logarithms.

    The methods take ``x``, the shape parameters, ``loc`` and ``scale``, which broadcast. Outside of the
    support the density is zero, and so are its derivatives. Invalid parameters give NaN.
    """

    def _standard(self, x: Any, loc: Any, scale: Any) -> Any:
        return widened((x - loc) / scale)

    def _open(self, z: Any) -> Any:
        return (z > self.support[0]) & (z < self.support[1])

    def _closed(self, z: Any) -> Any:
        return (z >= self.support[0]) & (z <= self.support[1])

    def pdf(self, x: Any, *args: Any, **kwargs: Any) -> Any:
        """The density at ``x``."""

        def compute(x: Any, shapes: Any, loc: Any, scale: Any) -> Any:
            z = self._standard(x, loc, scale)
            own = self.functions.get("pdf")
            value = np.exp(self.functions["logpdf"](z, *shapes)) if own is None else own(z, *shapes)
            return self._placed(value / scale, z, shapes, scale, 0.0, 0.0, self._closed(z))

        return self._call("pdf", x, (args, kwargs), compute)

    def logpdf(self, x: Any, *args: Any, **kwargs: Any) -> Any:
        """The logarithm of the density at ``x``."""

        def compute(x: Any, shapes: Any, loc: Any, scale: Any) -> Any:
            z = self._standard(x, loc, scale)
            value = self.functions["logpdf"](z, *shapes) - np.log(scale)
            return self._placed(value, z, shapes, scale, -np.inf, -np.inf, self._closed(z))

        return self._call("logpdf", x, (args, kwargs), compute)


class Discrete(Distribution):
    """A distribution of integers: probabilities, cumulative ones, and their logarithms.

    The methods take ``k``, the shape parameters and ``loc``, which broadcast; they are differentiable by the
    parameters, and constant between integers in ``k``. Where ``k`` is no integer the probability is zero.
    """

    _moves = ("loc",)

    def _standard(self, x: Any, loc: Any, scale: Any) -> Any:
        return widened(np.floor(x - loc))

    def _open(self, z: Any) -> Any:
        return z >= self.support[0]

    def pmf(self, k: Any, *args: Any, **kwargs: Any) -> Any:
        """The probability of ``k``."""
        return self._call("pmf", k, (args, kwargs), lambda *given: np.exp(self._logpmf(*given)))

    def logpmf(self, k: Any, *args: Any, **kwargs: Any) -> Any:
        """The logarithm of the probability of ``k``."""
        return self._call("logpmf", k, (args, kwargs), self._logpmf)

    def _logpmf(self, k: Any, shapes: Any, loc: Any, scale: Any) -> Any:
        z = self._standard(k, loc, scale)
        inside = self._open(z) & (z == k - loc) & self._below(z, shapes)
        value = self.functions["logpmf"](z, *shapes)
        return self._placed(value, z, shapes, scale, -np.inf, -np.inf, inside)

    def _below(self, z: Any, shapes: Any) -> Any:
        last = self.functions.get("last")
        return True if last is None else z <= last(*shapes)
