"""Which engine makes the programs of the host: machine code by LLVM, or NumPy's calls.

Whoever asks for an engine, for one function or for the process, gets it or an error. Where nobody asks it is
LLVM's if llvmlite is installed and works, and else NumPy's.
"""

from __future__ import annotations

import platform
import warnings
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ..backends.door import is_installed
from ..base import config
from ..base.errors import FuncgradError, MissingExtraError, UnsupportedError
from ..base.late import late

if TYPE_CHECKING:
    from .engines.llvm import layout
else:
    layout = late("funcgrad._src.compile.engines.llvm.layout")

UNUSABLE = (MissingExtraError, UnsupportedError)  # what is raised where the engine 'llvm' does not work
Engine = Literal["llvm", "numpy"]
_best: str | None = None  # found when first asked for


def checked_engine(who: str, engine: str | None) -> str | None:
    """An engine that a user asked for; an error if there is none of this name, or it is not installed."""
    config.check_engine(who, engine)
    if engine == "llvm" and not is_installed("llvmlite"):
        raise MissingExtraError(
            f"{who}: the engine 'llvm' needs the optional package 'llvmlite'.",
            hint="pip install 'funcgrad[llvm]', or leave the engine out",
        )
    return engine


def set_engine(engine: Engine | None) -> None:
    """Choose what compiled programs are made of on the host, in the whole process.

    Parameters
    ----------
    engine : {"llvm", "numpy"} or None
        Machine code (the extra ``llvm``), or NumPy's calls; None for the best that is installed, which is the
        default. The environment variable ``FUNCGRAD_ENGINE`` sets it, too; ``jit(f, engine=...)`` has
        precedence. It holds from the next call on; programs of both may be used side by side.

    Raises
    ------
    ArgumentError
        When there is no such engine.
    MissingExtraError
        When it is not installed.

    Examples
    --------
    >>> from funcgrad import config
    >>> config.set_engine("numpy")
    >>> config.set_engine(None)
    """
    config.engine = checked_engine("set_engine", engine)


def engine_for(xp: Any, asked: str | None) -> str:
    """The engine for a namespace: what was asked for, by a function or for the process, or the best one."""
    global _best
    if xp is not np:
        return "python"
    if wanted := asked or config.engine:
        return wanted
    if _best is None:
        _best = "llvm" if is_installed("llvmlite") else "numpy"
    return _best


def is_asked(asked: str | None) -> bool:
    """Whether an engine was asked for, so that no other will do instead."""
    return (asked or config.engine) is not None


def check_usable() -> None:
    """Raise UnsupportedError where machine code could not read the interpreter's objects."""
    if not layout.as_expected():
        raise UnsupportedError(
            "jit: the engine 'llvm' cannot read arrays and numbers in the memory of this Python.",
            expected="CPython of 64 bits, and NumPy's objects as its headers have them",
            got=f"{platform.python_implementation()} {platform.python_version()}, NumPy {np.__version__}",
            hint="engine='numpy'",
        )


def give_up(error: FuncgradError) -> None:
    """From now on NumPy's engine is the best that there is: LLVM's does not work here. Warns once."""
    global _best
    if _best != "numpy":
        _best = "numpy"
        what = f"{error.headline} {error.got or ''}".strip()
        warnings.warn(
            f"funcgrad: the engine 'llvm' does not work here, so programs are made of NumPy's calls. {what} "
            "(config.set_engine('numpy') chooses that without a warning.)",
            UserWarning,
            stacklevel=2,
        )
