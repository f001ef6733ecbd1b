"""The memory of the seeds' step: what it holds between steps, and what a step allocates at most.

Python's own tracer counts, which sees NumPy's arrays, but not those of PyTorch and JAX. Inputs, targets and
weights are not counted.
"""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Iterator

import numpy as np
from harness import Effort, Row, Table, reason
from libraries import engines
from networks import BLAS, HIPS, NETWORKS, REUSED, Network, steps

HANDS = (REUSED, BLAS, "by hand, tutorial")
WARM_UP = 3


def arrays_held() -> int:
    """Return the bytes of NumPy's arrays that are alive."""
    numpys = tracemalloc.DomainFilter(True, np.lib.tracemalloc_domain)
    snapshot = tracemalloc.take_snapshot().filter_traces([numpys])
    return sum(trace.size for trace in snapshot.traces)


def kilobytes(name: str, network: Network) -> tuple[float, float]:
    """Return what a step holds before it is called and what it allocates beyond that, in KiB."""
    data = sum(array.nbytes for array in network.data())
    gc.collect()
    tracemalloc.start()
    try:
        step = steps()[name](network)
        for _ in range(WARM_UP):
            step()
        gc.collect()
        held = arrays_held() - data
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        step()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return held / 1024, (peak - before) / 1024


def peak_memory(effort: Effort) -> Iterator[Table]:
    """Count the peak of the seeds' step in each dtype."""
    for network in NETWORKS[:2]:
        found = Table(f"peak memory beside data and weights: {network.title}", "KiB", REUSED)
        for name in (*HANDS, "funcgrad", *engines(), HIPS):
            row = Row(name, below={REUSED: 1.0} if name in engines() else {})
            try:
                kilobytes(name, network)  # what is made once in a process
                held, more = kilobytes(name, network)
                row.best = row.median = held + more
                row.note = f"{held:,.0f} KiB held between steps, {more:,.0f} KiB more in a step"
            except Exception as error:  # noqa: BLE001 - whatever a peer raises is the reason shown
                row.note = reason(error)
            found.rows.append(row)
        yield found.judge()
