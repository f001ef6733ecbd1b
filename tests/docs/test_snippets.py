"""Every Python block of README.md and docs/*.md runs, page by page, and prints what the page says.

A ``python`` block runs in the page's namespace.  If the next block is ``text``, it must be what was printed
(``...`` stands for anything); an exception counts as printed if its class and message stand there.  A block
marked ``python gpu`` runs only where there is a GPU, one marked ``python llvm`` where llvmlite is installed.
"""

from __future__ import annotations

import contextlib
import doctest
import importlib.util
import io
import linecache
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest

from tests.house.source import ROOT

FENCE = re.compile(
    r"^(?P<fence>```+)(?P<info>[^\n`]*)\n(?P<body>.*?)^(?P=fence)[ ]*$", re.MULTILINE | re.DOTALL
)
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@dataclass
class Snippet:
    code: str
    line: int
    expected: str | None
    needs: frozenset[str]  # what the block is marked with


def snippets(text: str) -> list[Snippet]:
    """The Python blocks of a page, each with the text block that follows it directly."""
    found: list[Snippet] = []
    last_end = -1
    for match in FENCE.finditer(text):
        words = match["info"].split()
        if words[:1] == ["python"]:
            line = text.count("\n", 0, match.start()) + 1
            found.append(Snippet(match["body"], line, None, frozenset(words[1:])))
            last_end = match.end()
        elif words[:1] in (["text"], ["output"]) and found and not text[last_end : match.start()].strip():
            found[-1].expected = match["body"]
    return found


HERE = frozenset({"llvm"} if importlib.util.find_spec("llvmlite") else ())


def run(name: str, text: str, there: frozenset[str] = HERE) -> ModuleType:
    """Run a page's blocks in order in one module; fail at the first that does not do what the page says."""
    module = ModuleType(re.sub(r"\W", "_", f"page_{name}"))
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    sys.modules[module.__name__] = module
    try:
        for snippet in snippets(text):
            if snippet.needs <= there:
                run_snippet(name, snippet, module)
    finally:
        del sys.modules[module.__name__], linecache.cache[name]
    return module


def run_snippet(name: str, snippet: Snippet, module: ModuleType) -> None:
    """Run one block and compare what it printed."""
    code = compile("\n" * snippet.line + snippet.code, name, "exec", dont_inherit=True)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        try:
            exec(code, vars(module))
        except Exception as error:
            if snippet.expected is None:
                raise
            print(f"{type(error).__name__}: {error}")
    where = f"{name}:{snippet.line}"
    if snippet.expected is not None:
        same = doctest.OutputChecker().check_output(snippet.expected, printed.getvalue(), FLAGS)
        assert same, f"{where}: the page says\n{snippet.expected}\nbut this was printed\n{printed.getvalue()}"


def pages(gpu: bool) -> list[Path]:
    """The pages that have a Python block, or one marked for the GPU."""
    found = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    found = [page for page in found if not {"_build", "_generated"} & set(page.relative_to(ROOT).parts)]
    return [
        page
        for page in found
        if any(("gpu" in s.needs) >= gpu for s in snippets(page.read_text(encoding="utf-8")))
    ]


def test_there_are_pages_to_run() -> None:
    assert ROOT / "docs" / "tutorial.md" in pages(gpu=False)


@pytest.mark.parametrize("page", pages(gpu=False), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_snippets_of_page(page: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    run(page.name, page.read_text(encoding="utf-8"))


@pytest.mark.gpu
@pytest.mark.parametrize("page", pages(gpu=True), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_gpu_snippets_of_page(page: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    run(page.name, page.read_text(encoding="utf-8"), HERE | {"gpu"})


def page_of(*blocks: tuple[str, str]) -> str:
    return "\n\n".join(f"```{info}\n{body}\n```" for info, body in blocks) + "\n"


def test_a_page_runs_in_one_namespace_and_its_output_is_compared() -> None:
    run("made_up.md", page_of(("python", "x = 1"), ("python", "print(x + 1)"), ("text", "2")))
    run("made_up.md", page_of(("python", "print([1, 2, 3])"), ("text", "[1, ...]")))
    run("made_up.md", page_of(("python", "1 / 0"), ("text", "ZeroDivisionError: division by zero")))


@pytest.mark.parametrize(
    "page",
    [
        page_of(("python", "print(1)"), ("text", "2")),
        page_of(("python", "pass"), ("text", "2")),
        page_of(("python", "1 / 0"), ("text", "2")),
    ],
)
def test_wrong_output_is_noticed(page: str) -> None:
    with pytest.raises(AssertionError, match=r"made_up.md:1: the page says"):
        run("made_up.md", page)


def test_an_error_without_output_is_raised_with_the_page_s_line() -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        run("made_up.md", "# Title\n\n" + page_of(("python", "x = 1\n1 / 0")))
    assert (caught.traceback[-1].path, caught.traceback[-1].lineno + 1) == ("made_up.md", 5)


@pytest.mark.parametrize("need", ["gpu", "llvm"])
def test_marked_blocks_wait_for_what_they_need(need: str) -> None:
    page = page_of((f"python {need}", "1 / 0"))
    run("made_up.md", page, frozenset({"gpu", "llvm"} - {need}))
    with pytest.raises(ZeroDivisionError):
        run("made_up.md", page, frozenset({need}))
