"""What the traces in force say together: the names of the mapped axes."""

from __future__ import annotations

from .trace import Trace


def axis_names(trace: Trace | None) -> tuple[str, ...]:
    """Names of the mapped axes around a trace, outermost first."""
    names: list[str] = []
    while trace is not None:
        name = getattr(trace, "axis_name", None)
        if name is not None:
            names.append(name)
        trace = trace.parent
    return tuple(reversed(names))
