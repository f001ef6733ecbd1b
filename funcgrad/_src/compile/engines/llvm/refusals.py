"""Exceptions that kernels raise: of Python, NumPy or SciPy, with the words of these."""

from __future__ import annotations

from ....base.record import Record
from .builder import Value
from .code import Code


class Refusal(Record):
    """An exception by the symbol of its class; ``text`` has a place, ``%zd``, for each number."""

    name: str
    error: str
    text: str

    def definition(self) -> str:
        """The function that sets the exception."""
        numbers = [f"i64 %n{k}" for k in range(self.text.count("%zd"))]
        words = ", ".join(["ptr %kind, ptr %text", *numbers])
        return f"""
@funcgrad.{self.name}.text = private constant [{len(self.text) + 1} x i8] c"{self.text}\\00"
define internal void @funcgrad.{self.name}({", ".join(numbers)}) noinline cold {{
  %kind = load ptr, ptr @{self.error}
  %text = getelementptr i8, ptr @funcgrad.{self.name}.text, i64 0
  call ptr (ptr, ptr, ...) @PyErr_Format({words})
  ret void
}}
"""


def refuse(code: Code, refusal: Refusal, *numbers: Value | int) -> None:
    """Raise an exception, and end."""
    name = code.helper(f"funcgrad.{refusal.name}", refusal.definition)
    words = ", ".join([f"i64 {x.text if isinstance(x, Value) else x}" for x in numbers])
    code.lines.append(f"  call void {name}({words})")
    code.leave()
