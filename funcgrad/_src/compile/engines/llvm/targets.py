"""Processors: the one that runs this, and named ones that code can be printed for."""

from __future__ import annotations

from typing import Any

from ....base.record import Record


class Target(Record):
    """What code is made for.

    ``has_fma``: the processor rounds ``x * y + z`` once in one instruction. ``vector_bytes``: how wide its
    vector registers are; wider vectors work, too, in several registers. ``has_avx512``: it has AVX-512's
    instructions for exponents, of all widths (F, VL and DQ).
    """

    triple: str
    cpu: str
    features: str
    has_fma: bool
    vector_bytes: int
    has_avx512: bool = False


NAMED = {
    "x86-64": Target("x86_64-unknown-linux-gnu", "x86-64", "", False, 16),
    "x86-64-v3": Target("x86_64-unknown-linux-gnu", "x86-64-v3", "", True, 32),
    "x86-64-v4": Target("x86_64-unknown-linux-gnu", "x86-64-v4", "", True, 64, True),
    "aarch64": Target("aarch64-unknown-linux-gnu", "generic", "+neon", True, 16),
}
_ALWAYS_FMA = ("aarch64", "arm64", "powerpc64", "ppc64", "s390x")


def described(triple: str, cpu: str, features: str) -> Target:
    """The record of a processor, by LLVM's names of its features (``+avx2,-avx512f``)."""
    has = set(features.split(","))
    if "+avx512f" in has:
        width = 64
    else:
        width = 32 if "+avx2" in has else 16
    has_fma = "+fma" in has or triple.startswith(_ALWAYS_FMA)
    has_avx512 = {"+avx512f", "+avx512vl", "+avx512dq"} <= has
    return Target(triple, cpu, features, has_fma, width, has_avx512)


def host(llvm: Any) -> Target:
    """The processor that runs this; ``llvm`` is ``llvmlite.binding``."""
    features = llvm.get_host_cpu_features()
    listed = ",".join([("+" if features[name] else "-") + name for name in sorted(features)])
    return described(llvm.get_process_triple(), llvm.get_host_cpu_name(), listed)
