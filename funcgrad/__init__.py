"""Write NumPy. Differentiate it, batch it, compile it."""

from __future__ import annotations

__all__: list[str] = []
