"""Which engine makes a program: what is asked for, what is derived from it, and where there is only one."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from funcgrad import config, grad, hessian, jit, jvp, linearize, make_jaxpr, value_and_grad, vjp, vmap
from funcgrad._src.base import config as switches
from funcgrad._src.compile import choice, making
from funcgrad._src.ir.evaluate import eval_jaxpr
from funcgrad._src.ir.parse import parse_jaxpr
from funcgrad.errors import ArgumentError, MissingExtraError, UnsupportedError
from tests.house.source import ROOT

HAVE_LLVM = choice.is_installed("llvmlite")
needs_llvm = pytest.mark.skipif(not HAVE_LLVM, reason="llvmlite is not installed")
ENGINES = [pytest.param("llvm", marks=needs_llvm), "numpy"]
X = np.linspace(0.1, 2.0, 12)


def f(x: Any) -> Any:
    return (np.sqrt(x) * x + 1.0).sum()


@pytest.fixture(autouse=True)
def nobody_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    """No engine is chosen for the process, and what is the best is not known yet."""
    monkeypatch.setattr(switches, "engine", None)
    monkeypatch.setattr(choice, "_best", None)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The engine of every program that is made from now on."""
    found: list[str] = []

    def noted(name: str, make: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any) -> Any:
            found.append(name)
            return make(*args)

        return run

    for name, make in list(making.ENGINES.items()):
        monkeypatch.setitem(making.ENGINES, name, noted(name, make))
    return found


def python(code: str, folder: Path = ROOT, **environment: str) -> list[str]:
    """What a fresh Python prints, warnings included."""
    path = os.pathsep.join([str(folder), str(ROOT)])
    names = {**os.environ, "PYTHONPATH": path, "FUNCGRAD_CACHE": "0", **environment}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env=names
    )
    return (done.stdout + done.stderr).splitlines()


# --- what is asked for holds for everything ------------------------------------------------------------

WAYS: dict[str, Callable[[Any], Any]] = {
    "call": lambda g: g(X),
    "third call": lambda g: (g(X), g(X), g(X)),
    "grad": lambda g: grad(g)(X),
    "value_and_grad": lambda g: value_and_grad(g)(X),
    "vjp": lambda g: vjp(g, X)[1](1.0),
    "jvp": lambda g: jvp(g, (X,), (X,)),
    "linearize": lambda g: linearize(g, X)[1](X),
    "hessian": lambda g: hessian(g)(X),
    "vmap": lambda g: vmap(g)(np.stack([X, X])),
    "grad of vmap": lambda g: grad(lambda x: vmap(g)(np.stack([x, x])).sum())(X),
    "lower": lambda g: g.lower(X).plan,
    "a jaxpr from its text": lambda g: eval_jaxpr(parse_jaxpr(str(make_jaxpr(g)(X))), [X]),
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("way", WAYS)
def test_all_that_is_derived_is_made_by_the_engine(way: str, engine: Any, made: list[str]) -> None:
    WAYS[way](jit(f, engine=engine))
    assert set(made) == {engine}


@needs_llvm
@pytest.mark.parametrize("way", WAYS)
def test_nobody_asks(way: str, made: list[str]) -> None:
    """The best engine that is installed."""
    WAYS[way](jit(f))
    assert set(made) == {"llvm"}


@needs_llvm
def test_both_engines_in_one_process(made: list[str]) -> None:
    """Functions keep apart, whatever the order of calls; a program is made once."""
    one, two = jit(f, engine="llvm"), jit(f, engine="numpy")
    for _ in range(3):
        assert one(X) == pytest.approx(two(X), rel=1e-14)
        assert grad(one)(X) == pytest.approx(grad(two)(X), rel=1e-14)
    assert made.count("llvm") == made.count("numpy") == 3  # the value, the forward and the backward pass


@needs_llvm
@pytest.mark.parametrize("outer", ["llvm", "numpy"])
def test_the_outer_function_decides(outer: Any, made: list[str]) -> None:
    """A compiled function that another one calls is a part of its program."""
    inner = jit(f, engine="numpy" if outer == "llvm" else "llvm")
    jit(lambda x: inner(x) * 2.0, engine=outer)(X)
    assert made == [outer]


@needs_llvm
def test_the_process_chooses_from_the_next_call_on(made: list[str]) -> None:
    g, fixed = jit(f), jit(f, engine="numpy")
    for engine in ("llvm", "numpy", None, "llvm", "numpy"):
        config.set_engine(engine)  # type: ignore[arg-type]
        g(X), g(X), g(X), fixed(X), fixed(X)
    assert made == ["llvm", "numpy", "numpy"]


@needs_llvm
def test_the_choice_of_the_process_holds_for_fast_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    g = jit(f)
    g(X), g(X)
    assert len(g.fast) == 1
    made: list[str] = []
    make = making.ENGINES["numpy"]
    monkeypatch.setitem(making.ENGINES, "numpy", lambda *args: (made.append("numpy"), make(*args))[1])
    config.set_engine("numpy")
    assert g(X) == pytest.approx(f(X))
    assert made == ["numpy"]


def test_devices_have_an_engine_of_their_own() -> None:
    assert choice.engine_for(object(), "llvm") == "python"


@pytest.mark.parametrize("engine", [None, *ENGINES])
def test_a_compiled_function_is_rebuilt_with_its_engine(engine: Any) -> None:
    assert pickle.loads(pickle.dumps(jit(np.sin, engine=engine))).engine == engine


# --- what cannot be had ---------------------------------------------------------------------------------

ASKING: dict[str, Callable[[Any], Any]] = {
    "jit": lambda engine: jit(f, engine=engine),
    "jit as a decorator": lambda engine: jit(engine=engine),
    "set_engine": lambda engine: config.set_engine(engine),
}


@pytest.mark.parametrize("way", ASKING)
@pytest.mark.parametrize("engine", ["python", "LLVM", "", 3, ["llvm"]])
def test_there_is_no_such_engine(way: str, engine: Any) -> None:
    with pytest.raises(ArgumentError) as error:
        ASKING[way](engine)
    assert str(error.value).splitlines()[:3] == [
        f"{way.split()[0]}: there is no such engine.",
        "  expected  'llvm', 'numpy' or None",
        f"  got       {engine!r}",
    ]
    assert switches.engine is None


@pytest.mark.parametrize("way", ASKING)
def test_an_engine_that_is_not_installed(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks for it is told at once; who does not has NumPy's, without a word."""
    monkeypatch.setattr(choice, "is_installed", lambda name: name != "llvmlite")
    with pytest.raises(MissingExtraError) as error:
        ASKING[way]("llvm")
    lines = str(error.value).splitlines()
    assert lines[0] == f"{way.split()[0]}: the engine 'llvm' needs the optional package 'llvmlite'."
    assert lines[-1] == "  try       pip install 'funcgrad[llvm]', or leave the engine out"
    assert jit(f).lower(X).engine == "numpy"


def test_the_environment_names_an_engine() -> None:
    code = "import numpy as np, funcgrad; print(funcgrad.jit(np.sin).lower(np.ones(3)).engine)"
    assert python(code, FUNCGRAD_ENGINE="numpy") == ["numpy"]
    assert python(code, FUNCGRAD_ENGINE="") == ["llvm" if HAVE_LLVM else "numpy"]
    assert "FUNCGRAD_ENGINE: there is no such engine." in python(code, FUNCGRAD_ENGINE="fast")[-4]


READ = """
import sys, numpy as np, funcgrad
f = funcgrad.jit(lambda x: np.sin(x) ** 2, engine={engine!r})
f(np.ones(3)), f(np.ones(3)), funcgrad.grad(lambda x: f(x).sum())(np.ones(3)), f.lower(np.ones(3)).plan
print(*sorted(n for n in sys.modules if n == "llvmlite" or ".engines.llvm" in n))
"""


def test_numpy_s_engine_reads_nothing_of_the_other() -> None:
    assert python(READ.format(engine="numpy"), FUNCGRAD_ENGINE="") == [""]


@needs_llvm
def test_that_the_other_engine_is_read_would_be_noticed() -> None:
    (found,) = python(READ.format(engine="llvm"), FUNCGRAD_ENGINE="")
    assert {"llvmlite", "funcgrad._src.compile.engines.llvm.engine"} <= set(found.split())


# --- what does not work ---------------------------------------------------------------------------------

BROKEN = """
import warnings, numpy as np, funcgrad
with warnings.catch_warnings(record=True) as found:
    warnings.simplefilter("always")
    for k in range(3):
        f = funcgrad.jit(lambda x: np.sqrt(x) + k, engine={engine!r})
        print(f(np.array([4.0])), f.lower(np.array([4.0])).engine)
print(len(found), found[0].message)
"""


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A folder with an llvmlite that can be found and not be imported."""
    package = tmp_path / "llvmlite"
    package.mkdir()
    (package / "__init__.py").write_text("__version__ = '0.0'", encoding="utf-8")
    (package / "binding.py").write_text("raise OSError('no libllvmlite.so')\n", encoding="utf-8")
    return tmp_path


def test_a_broken_llvmlite_leaves_numpy_s_engine_and_one_warning(broken: Path) -> None:
    lines = python(BROKEN.format(engine=None), broken, FUNCGRAD_ENGINE="")
    assert lines[:3] == ["[2.] numpy", "[3.] numpy", "[4.] numpy"]
    assert lines[3].startswith(
        "1 funcgrad: the engine 'llvm' does not work here, so programs are made of NumPy"
    )
    assert "OSError: no libllvmlite.so" in lines[3]


@pytest.mark.parametrize(("asked", "environment"), [("llvm", ""), (None, "llvm")])
def test_who_asks_for_a_broken_llvmlite_gets_an_error(
    asked: str | None, environment: str, broken: Path
) -> None:
    lines = python(BROKEN.format(engine=asked), broken, FUNCGRAD_ENGINE=environment)
    assert "  got       OSError: no libllvmlite.so" in lines
    assert not any("numpy" in line.split()[-1:] for line in lines)


@needs_llvm
def test_objects_that_lie_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    """Kernels read objects in memory: where those are not what they know there is no such engine."""
    monkeypatch.setattr(choice, "layout", type("", (), {"as_expected": staticmethod(lambda: False)}))
    with pytest.raises(UnsupportedError, match="cannot read arrays and numbers"):
        jit(f, engine="llvm")(X)
    with pytest.warns(UserWarning, match="the engine 'llvm' does not work here.*cannot read arrays"):
        assert jit(f)(X) == pytest.approx(f(X))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert jit(f).lower(X).engine == "numpy"
