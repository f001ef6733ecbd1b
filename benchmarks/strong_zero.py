"""What the strong zero costs where no NaN appears: nothing beside plain multiplication is the aim.

The reference is a reverse sweep written by hand, which multiplies plainly and keeps what a tape would keep.
Beside it: the same sweep with a selection at every product, which is what a strong zero costs when it is paid
always, and HIPS autograd, which knows none. The last table has points where the plain sweep gives NaN.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
from harness import Call, Candidate, Effort, Table, compare, options, report, settle

SIZES = (100, 10_000, 1_000_000)
LARGE = 1_000_000
ALLOWED_RATIO = 1.1

Product = Callable[[Any, Any], Any]


def mixed(xp: Any, x: Any) -> Any:
    """Return the sum of a mixed elementwise function, finite everywhere."""
    wave = xp.tanh(x) * xp.exp(-(x * x))
    root = xp.sqrt(x * x + 1.0)
    return (wave / root + xp.sin(x) * root).sum()


def plain(g: Any, coefficient: Any) -> Any:
    """Multiply a cotangent by a coefficient."""
    return g * coefficient


def strong(g: Any, coefficient: Any) -> Any:
    """Multiply, with zero where the cotangent is zero."""
    return np.where(g == 0, 0.0, g * coefficient)


def by_hand(product: Product, x: Any) -> Any:
    """Return the gradient of `mixed`: a forward pass that keeps its values, then a reverse sweep."""
    tanh, square = np.tanh(x), x * x
    bell = np.exp(-square)
    wave = tanh * bell
    root = np.sqrt(x * x + 1.0)
    sine = np.sin(x)
    (wave / root + sine * root).sum()
    ones = np.broadcast_to(1.0, x.shape)
    sine_ct, root_ct = product(ones, root), product(ones, sine)
    wave_ct = product(ones, 1.0 / root)
    root_ct = root_ct + product(ones, -wave / (root * root))
    x_ct = product(sine_ct, np.cos(x))
    x_ct = x_ct + product(product(root_ct, 0.5 / root), 2.0 * x)
    tanh_ct, bell_ct = product(wave_ct, bell), product(wave_ct, tanh)
    x_ct = x_ct + product(-product(bell_ct, bell), 2.0 * x)
    return x_ct + product(tanh_ct, 1.0 - tanh * tanh)


def masked(xp: Any, x: Any) -> Any:
    """Return a sum whose plain gradient is NaN where `x` is 0, and whose wanted gradient is 0 there."""
    return xp.where(x > 0, xp.sqrt(x) * xp.log(x), 0.0).sum()


def masked_by_hand(x: Any) -> Any:
    """Return the wanted gradient of `masked`, by selecting before computing, as careful users do."""
    safe = np.where(x > 0, x, 1.0)
    root, logarithm = np.sqrt(safe), np.log(safe)
    np.where(x > 0, root * logarithm, 0.0).sum()
    g = np.where(x > 0, 1.0, 0.0)
    return g * logarithm * (0.5 / root) + g * root / safe


def differentiated(package: str, namespace: str, f: Callable[..., Any], x: Any, expected: Any) -> Call:
    """Prepare a library's gradient, after comparing it with the one by hand."""
    xp = importlib.import_module(namespace)
    gradient = importlib.import_module(package).grad(partial(f, xp))
    np.testing.assert_allclose(gradient(x), expected, rtol=1e-9, atol=1e-12)
    return lambda: gradient(x)


def plain_table(size: int, effort: Effort) -> Table:
    """Compare gradients where no NaN appears; at the largest size funcgrad has a target, a ratio."""
    x = np.linspace(-2.0, 2.0, size)
    expected = by_hand(plain, x)
    table = compare(
        f"gradient of a mixed elementwise function, {size:,} elements, no NaN",
        [
            Candidate("by hand, plain", lambda: lambda: by_hand(plain, x)),
            Candidate("by hand, strong always", lambda: lambda: by_hand(strong, x)),
            Candidate("funcgrad", lambda: differentiated("funcgrad", "numpy", mixed, x, expected)),
            Candidate(
                "HIPS autograd", lambda: differentiated("autograd", "autograd.numpy", mixed, x, expected)
            ),
        ],
        reference="by hand, plain",
        effort=effort,
    )
    reference, ours = table.rows[0], table.rows[2]
    if size == LARGE and reference.best is not None:
        ours.target = ALLOWED_RATIO * reference.best
    return table


def nan_table(size: int, effort: Effort) -> Table:
    """Compare gradients where a plain sweep gives NaN at half of the points: funcgrad repeats its own."""
    x = np.maximum(np.linspace(-2.0, 2.0, size), 0.0)
    expected = masked_by_hand(x)
    return compare(
        f"gradient with NaN avoided at half of {size:,} elements",
        [
            Candidate("by hand, selected before", lambda: lambda: masked_by_hand(x)),
            Candidate("funcgrad", lambda: differentiated("funcgrad", "numpy", masked, x, expected)),
        ],
        reference="by hand, selected before",
        effort=effort,
    )


def main() -> int:
    """Measure and print."""
    settle()
    arguments = options("The price of the strong zero.").parse_args()
    effort = Effort(rounds=arguments.rounds)

    def tables() -> Iterator[Table]:
        with np.errstate(all="ignore"):
            for size in SIZES:
                yield plain_table(size, effort)
            yield nan_table(10_000, effort)

    return report(tables(), arguments)


if __name__ == "__main__":
    sys.exit(main())
