"""Error functions, and the normal distribution's."""

from __future__ import annotations

import math

import numpy as np

from .declare import Partials
from .special import special

_SLOPE = 2.0 / math.sqrt(math.pi)

erf = special(
    "erf", Partials(lambda out, x: _SLOPE * np.exp(-x * x)), doc="The error function, 2/√π ∫₀ˣ exp(-t²) dt."
)
erfc = special("erfc", Partials(lambda out, x: -_SLOPE * np.exp(-x * x)), doc="``1 - erf(x)``.")
