"""The package as text: its files, its modules, and the checks on them that the house tests share.

Every check is a function from source to a list of complaints, so that a test can hand it an offender.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Set
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "funcgrad"

Function = ast.FunctionDef | ast.AsyncFunctionDef


def package_files() -> list[Path]:
    """Every Python file of the package."""
    return sorted(PACKAGE.rglob("*.py"))


def module_name(path: Path) -> str:
    """The dotted name under which ``path`` is imported."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def public_modules() -> list[str]:
    """Every module of the package without a part of its name that begins with an underscore."""
    names = [module_name(path) for path in package_files()]
    return [name for name in names if not any(part.startswith("_") for part in name.split("."))]


def long_files(path: str, source: str, limit: int) -> list[str]:
    """A complaint if the file has more than ``limit`` lines."""
    lines = source.count("\n") + (not source.endswith("\n"))
    return [f"{path}: {lines} lines"] if lines > limit else []


def long_functions(path: str, source: str, limit: int) -> list[str]:
    """A complaint for each function of more than ``limit`` lines, docstring not counted."""
    complaints = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, Function) and (lines := _length(node)) > limit:
            complaints.append(f"{path}:{node.lineno} {node.name}: {lines} lines")
    return complaints


def _length(node: Function) -> int:
    assert node.end_lineno is not None
    lines = node.end_lineno - node.lineno + 1
    if ast.get_docstring(node) is not None:
        docstring = node.body[0]
        assert docstring.end_lineno is not None
        lines -= docstring.end_lineno - docstring.lineno + 1
    return lines


def hidden_imports(path: str, source: str) -> list[str]:
    """A complaint for each import inside a function, or by other means than the import statement."""
    tree = ast.parse(source)
    inside = {id(node) for scope in ast.walk(tree) if isinstance(scope, Function) for node in ast.walk(scope)}
    complaints = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom) and id(node) in inside:
            complaints.append(f"{path}:{node.lineno} imports inside a function")
        elif means := _other_means(node):
            complaints.append(f"{path}:{getattr(node, 'lineno', 0)} imports by {means}")
    return complaints


def _other_means(node: ast.AST) -> str | None:
    """What ``node`` uses to reach a module other than a plain import statement; None if nothing."""
    match node:
        case ast.Name(id="__import__"):
            return "__import__"
        case ast.Attribute(value=ast.Name(id="sys"), attr="modules"):
            return "sys.modules"
        case ast.ImportFrom(module="sys", names=names) if any(alias.name == "modules" for alias in names):
            return "sys.modules"
        case ast.Import(names=names) if any(alias.name.split(".")[0] == "importlib" for alias in names):
            return "importlib"
        case ast.ImportFrom(module=str(module), level=0) if module.split(".")[0] == "importlib":
            return "importlib"
    return None


def upward_imports(module: str, source: str, is_package: bool = False) -> list[str]:
    """A complaint for each import of a private module that reaches ``funcgrad`` itself or a public module."""
    complaints = []
    for node in ast.walk(ast.parse(source)):
        for target in _targets(node, module, is_package):
            if target.split(".")[0] == "funcgrad" and target.split(".")[1:2] != ["_src"]:
                complaints.append(f"{module}: imports {target}")
    return complaints


def _targets(node: ast.AST, module: str, is_package: bool) -> Iterator[str]:
    """The dotted names that an import statement asks for, made absolute."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.level == 0:
        yield from (f"{node.module}.{alias.name}" for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        parts = module.split(".")
        base = parts[: len(parts) - node.level + is_package]
        if node.module:
            base.append(node.module)
        yield from (".".join([*base, alias.name]) for alias in node.names)


_WORD = re.compile(r"_+|(?<=[a-z0-9])(?=[A-Z])")


def forbidden_names(path: str, source: str, words: Set[str], but: Set[str] = frozenset()) -> list[str]:
    """A complaint for each name in the code that has one of ``words`` as a part, save those in ``but``."""
    complaints = []
    for found in ast.walk(ast.parse(source)):
        for field in ("id", "attr", "arg", "name", "asname"):
            name = getattr(found, field, None)
            if isinstance(name, str) and name not in but and words & {p.lower() for p in _WORD.split(name)}:
                complaints.append(f"{path}:{getattr(found, 'lineno', 0)} {name}")
    return complaints
