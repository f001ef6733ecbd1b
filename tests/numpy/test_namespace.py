"""The public namespace: every op under NumPy's name, typed, and nothing else."""

from __future__ import annotations

import ast
import importlib
import inspect
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import funcgrad.numpy as fnp
from funcgrad import grad, vjp, vmap
from funcgrad._src.ops.families import find_named, read_all
from funcgrad._src.ops.tables import FUNCTIONS, UFUNCS
from funcgrad._src.ops.ufunc import Ufunc
from funcgrad.errors import UnsupportedError

MODULES = {"funcgrad.numpy": np, "funcgrad.numpy.fft": np.fft, "funcgrad.numpy.linalg": np.linalg}


def stub(module: ModuleType) -> dict[str, Any]:
    """The names that the stub file defines: a function's definition, or the text of an annotation."""
    assert module.__file__ is not None
    tree = ast.parse(Path(module.__file__).with_suffix(".pyi").read_text(encoding="utf-8"))
    found: dict[str, Any] = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            found[node.name] = node
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found[node.target.id] = ast.unparse(node.annotation)
        elif isinstance(node, ast.ImportFrom):
            found |= {alias.asname or alias.name: "imported" for alias in node.names}
    return found


def listed(module: ModuleType) -> list[str]:
    """The names in the stub's ``__all__``."""
    assert module.__file__ is not None
    tree = ast.parse(Path(module.__file__).with_suffix(".pyi").read_text(encoding="utf-8"))
    (names,) = [
        ast.literal_eval(n.value)
        for n in tree.body
        if isinstance(n, ast.Assign) and ast.unparse(n.targets[0]) == "__all__"
    ]
    return list(names)


def parameters_of(definition: ast.FunctionDef) -> list[tuple[str, str, bool]]:
    """Name, kind and whether there is a default, of every parameter in a stub."""
    args = definition.args
    positional = [*args.posonlyargs, *args.args]
    missing = len(positional) - len(args.defaults)
    found = [
        (a.arg, "POSITIONAL_ONLY" if a in args.posonlyargs else "POSITIONAL_OR_KEYWORD", i >= missing)
        for i, a in enumerate(positional)
    ]
    found += [(args.vararg.arg, "VAR_POSITIONAL", False)] if args.vararg else []
    found += [
        (a.arg, "KEYWORD_ONLY", default is not None)
        for a, default in zip(args.kwonlyargs, args.kw_defaults, strict=True)
    ]
    return found + ([(args.kwarg.arg, "VAR_KEYWORD", False)] if args.kwarg else [])


def parameters_at_run_time(function: Any) -> list[tuple[str, str, bool]]:
    """The same of the function itself."""
    return [
        (p.name, p.kind.name, p.default is not p.empty)
        for p in inspect.signature(function).parameters.values()
    ]


def is_there(theirs: ModuleType, public: str) -> bool:
    """Whether NumPy has a name, or a newer one has it and we have written it ourselves."""
    return hasattr(theirs, public) or find_named(f"{theirs.__name__}.{public}") is not None


@pytest.mark.parametrize("name", MODULES)
def test_the_stub_lists_what_is_there(name: str) -> None:
    """The stub is written for the newest NumPy; an older one has fewer names."""
    module, theirs = importlib.import_module(name), MODULES[name]
    assert [public for public in listed(module) if is_there(theirs, public)] == module.__all__
    assert set(module.__all__) <= set(stub(module))


@pytest.mark.parametrize("name", MODULES)
def test_the_stub_has_the_signatures(name: str) -> None:
    module = importlib.import_module(name)
    wrong = []
    for public, node in stub(module).items():
        if public not in module.__all__:
            continue
        if isinstance(node, ast.FunctionDef):
            if parameters_of(node) != parameters_at_run_time(getattr(module, public)):
                wrong.append(public)
        elif isinstance(getattr(module, public), Ufunc) != (
            node != "imported" and hasattr(MODULES[name], public)
        ):
            wrong.append(public)
    assert wrong == []


@pytest.mark.parametrize("name", MODULES)
def test_names_are_numpys(name: str) -> None:
    module, theirs = importlib.import_module(name), MODULES[name]
    assert [public for public in module.__all__ if not is_there(theirs, public)] == []


@pytest.mark.parametrize("name", MODULES)
def test_every_function_that_numpy_dispatches_to_us_is_public(name: str) -> None:
    module, theirs = importlib.import_module(name), MODULES[name]
    read_all()
    ops = {**FUNCTIONS, **UFUNCS}
    for public, function in vars(theirs).items():
        if not public.startswith("_") and callable(function) and function in ops:
            assert getattr(module, public) is ops[function]


def test_a_name_that_numpy_does_not_have() -> None:
    with pytest.raises(AttributeError) as caught:
        _ = fnp.linalg.tensorinverse
    assert str(caught.value) == "module 'funcgrad.numpy.linalg' has no attribute 'tensorinverse'"
    assert not hasattr(fnp, "__wrapped__")


def test_what_needs_no_op_is_numpys_own() -> None:
    assert fnp.errstate is np.errstate
    assert fnp.mgrid is np.mgrid
    assert "seterr" in dir(fnp)


@pytest.mark.parametrize("call", [np.packbits, fnp.packbits])
def test_what_is_refused_works_on_plain_arrays_and_says_why_on_traced_ones(call: Any) -> None:
    bits = np.array([1, 0, 1], np.uint8)
    assert fnp.packbits(bits).tolist() == np.packbits(bits).tolist() == [160]
    with pytest.raises(UnsupportedError) as caught:
        vmap(call)(bits[None])
    assert str(caught.value).startswith(
        "packbits: it reads the memory of an array, which a traced value does not have.\n"
        "  expected  plain arrays\n"
        "  got       a traced value\n"
    )
    assert str(caught.value).endswith("  try       call it on plain arrays")


def test_constants_and_dtypes_are_numpys() -> None:
    assert (fnp.pi, fnp.e, fnp.inf, fnp.newaxis) == (np.pi, np.e, np.inf, None)
    assert fnp.float32 is np.float32
    assert fnp.finfo(fnp.float64).eps == np.finfo(float).eps


def test_the_array_apis_namespace_of_a_traced_value() -> None:
    seen: list[Any] = []
    vjp(lambda x: (seen.append(x.__array_namespace__(api_version="2024.12")), x)[1], np.ones(2))
    assert seen == [fnp]
    assert fnp.__array_api_version__ == "2024.12"


def test_what_numpy_cannot_hand_over() -> None:
    assert grad(lambda x: fnp.sum(fnp.array([x, 2 * x]) ** 2))(3.0) == 30.0
    assert grad(lambda x: fnp.sum(fnp.full(3, x)))(2.0) == 3.0
    assert grad(lambda x: fnp.sum(fnp.asarray(x) * 2.0))(2.0) == 2.0


def test_plain_arrays_give_plain_results() -> None:
    out = fnp.multiply(np.ones(3), 2)
    assert type(out) is np.ndarray
    assert type(fnp.multiply(2.0, 3.0)) is np.float64
