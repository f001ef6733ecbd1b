"""One step of the two-layer network on CuPy: by hand, and with funcgrad on unchanged NumPy code.

    python3 benchmarks/gpu.py
    python3 benchmarks/gpu.py --json gpu.json --rounds 50

Needs CuPy and a device it can use, and says so otherwise. Times are those between two CUDA events around many
steps, divided by their number: what the device sees, gaps between launches included. No result is read in
between.
"""

from __future__ import annotations

import gc
import importlib
import sys
from collections.abc import Callable, Iterator
from functools import partial
from itertools import repeat
from typing import Any

from harness import Call, Candidate, Effort, Table, Timer, compare, options, report, settle
from networks import Network, by_hand, funcgrad_jit_step, funcgrad_step, proven, tutorial

SIZES = ((64, 1000, 100, 10), (4096, 4096, 4096, 10))
STEPS: dict[str, Callable[..., Call]] = {
    "by hand, buffers reused": by_hand,
    "by hand, tutorial": tutorial,
    "funcgrad": funcgrad_step,
    "funcgrad jit": funcgrad_jit_step,
}


def device_cupy() -> Any:
    """Return CuPy, or end with the reason why it cannot be used here."""
    try:
        cupy = importlib.import_module("cupy")
        count = cupy.cuda.runtime.getDeviceCount()
    except ImportError as error:
        sys.exit(f"gpu.py needs CuPy, which cannot be imported here: {error}")
    except Exception as error:  # noqa: BLE001 - CuPy has a class of its own for each missing piece
        sys.exit(f"gpu.py needs a CUDA device, and CuPy finds none: {error}")
    if not count:
        sys.exit("gpu.py needs a CUDA device, and CuPy finds none.")
    return cupy


def event_timer(cupy: Any) -> Timer:
    """Return a timer that reads the time between two events on the device."""
    start, stop = cupy.cuda.Event(), cupy.cuda.Event()

    def timer(call: Call, number: int) -> float:
        gc.collect()
        cupy.cuda.Device().synchronize()
        start.record()
        for _ in repeat(None, number):
            call()
        stop.record()
        stop.synchronize()
        return float(cupy.cuda.get_elapsed_time(start, stop)) * 1e3 / number

    return timer


def tables(xp: Any, timer: Timer, effort: Effort) -> Iterator[Table]:
    """Yield one table for each size and dtype, on the arrays of `xp`."""
    for sizes in SIZES:
        for dtype in ("float32", "float64"):
            network = Network(sizes, dtype)
            textbook = partial(tutorial, xp=xp)
            makers = {name: partial(make, xp=xp) for name, make in STEPS.items()}
            yield compare(
                network.title,
                [Candidate(name, partial(proven, make, network, textbook)) for name, make in makers.items()],
                reference="by hand, buffers reused",
                effort=effort,
                timer=timer,
            )


def about_device(cupy: Any) -> dict[str, str]:
    """Return the device's model and CUDA's version."""
    runtime = cupy.cuda.runtime
    name = runtime.getDeviceProperties(cupy.cuda.Device().id)["name"]
    return {"device": name.decode(), "cuda": str(runtime.runtimeGetVersion()), "cupy": cupy.__version__}


def main() -> int:
    """Measure and print."""
    settle()
    arguments = options("The two-layer network's step on a CUDA device.").parse_args()
    cupy = device_cupy()
    effort = Effort(arguments.rounds, seconds=0.05)
    return report(tables(cupy, event_timer(cupy), effort), arguments, **about_device(cupy))


if __name__ == "__main__":
    sys.exit(main())
