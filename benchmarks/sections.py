"""Where each section of the benchmarks lies. Needs nothing but the standard library."""

from __future__ import annotations

GROUPS: dict[str, dict[str, tuple[str, ...]]] = {
    # group: module: the functions that yield tables, or the works that are to be measured
    "chains": {"chains": ("scalar_chain", "array_chain", "mixed_chain", "chain_1000", "deep_chain")},
    "networks": {"networks": ("networks",)},
    "small_networks": {"small_networks": ("small_networks",)},
    "large": {
        "elementwise": ("tanh_exp_10m", "adam_10m"),
        "dense": ("softmax_regression", "logistic_regression", "layer_norm_gelu"),
        "likelihoods": ("gaussian_process", "mixture"),
    },
    "cores": {"scaling": ("two_cores",)},
    "models": {
        "convolution": ("convolution",),
        "recurrent": ("rnn", "runge_kutta"),
        "geometry": ("bundle_adjustment",),
        "embedding": ("embedding",),
        "curvature": ("rosenbrock_hessian", "hessian_vector", "per_example"),
    },
    "compiling": {"compiling": ("first_calls", "call_overhead", "equations")},
    "memory": {"memory": ("peak_memory",)},
    "dispatch": {"dispatch": ("dispatch",)},
}
SCRIPTS = ("import_time", "routes", "strong_zero")
MODULES = {
    section: module for group in GROUPS.values() for module, sections in group.items() for section in sections
}


def expand(name: str) -> list[str]:
    """Return the sections of a group, or the section or script of that name; none if there is no such."""
    if name in GROUPS:
        return [section for sections in GROUPS[name].values() for section in sections]
    return [name] if name in MODULES or name in SCRIPTS else []


def names() -> list[str]:
    """Return every name that may be asked for: groups first."""
    return list(dict.fromkeys([*GROUPS, *MODULES, *SCRIPTS]))
