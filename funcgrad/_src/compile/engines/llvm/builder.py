"""LLVM IR as text: values that know their type and lanes, and the instructions between them.

A `Value` is a scalar or a vector of ``lanes`` scalars. The lanes of a result are those of its operands; a
scalar beside a vector is spread, and a constant (a Python number) takes the type and lanes of the other
operand. So the same lines of Python emit a loop's body for vectors and for the rest, one by one.

Nothing here reorders or contracts floating-point operations: ``x * y + z`` rounds twice, `Builder.fma` once.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

from ....base.record import Record


class Type(Record):
    """A scalar type of LLVM: its name, its width in bits, and whether it is a floating-point number."""

    name: str
    bits: int
    floating: bool

    def __str__(self) -> str:
        return self.name


F32, F64 = Type("float", 32, True), Type("double", 64, True)
I1, I8, I16, I32, I64 = [Type(f"i{n}", n, False) for n in (1, 8, 16, 32, 64)]
POINTER = Type("ptr", 64, False)
INTEGERS = {8: I8, 16: I16, 32: I32, 64: I64}
Number = int | float | bool


def literal(type: Type, value: Number) -> str:
    """A number as LLVM writes it: a floating-point number by its bits, those of the nearest double."""
    if type.floating:
        number = float(value)
        if type is F32:
            try:
                (number,) = struct.unpack("f", struct.pack("f", number))
            except OverflowError:
                number = float("inf") if number > 0 else float("-inf")
        (bits,) = struct.unpack("<Q", struct.pack("<d", number))
        return f"0x{bits:016X}"
    if type is I1:
        return "true" if value else "false"
    wrapped = int(value) & (1 << type.bits) - 1
    return str(wrapped - (1 << type.bits) if wrapped >> type.bits - 1 else wrapped)


class Value:
    """A scalar (``lanes`` 0) or a vector, with operators; made by a `Builder`."""

    __slots__ = ("b", "lanes", "text", "type")

    def __init__(self, b: Builder, text: str, type: Type, lanes: int = 0) -> None:
        self.b, self.text, self.type, self.lanes = b, text, type, lanes

    def __repr__(self) -> str:
        return f"{self.full} {self.text}"

    @property
    def full(self) -> str:
        """The type with the lanes: ``<8 x float>``."""
        return f"<{self.lanes} x {self.type.name}>" if self.lanes else self.type.name

    # Arithmetic: of floating-point numbers, or of integers (which wrap).

    def __add__(self, other: Value | Number) -> Value:
        return self.b.binary("fadd" if self.type.floating else "add", self, other)

    def __sub__(self, other: Value | Number) -> Value:
        return self.b.binary("fsub" if self.type.floating else "sub", self, other)

    def __mul__(self, other: Value | Number) -> Value:
        return self.b.binary("fmul" if self.type.floating else "mul", self, other)

    def __truediv__(self, other: Value | Number) -> Value:
        return self.b.binary("fdiv", self, other)

    def __radd__(self, other: Number) -> Value:
        return self.b.constant(self, other) + self

    def __rsub__(self, other: Number) -> Value:
        return self.b.constant(self, other) - self

    def __rmul__(self, other: Number) -> Value:
        return self.b.constant(self, other) * self

    def __rtruediv__(self, other: Number) -> Value:
        return self.b.constant(self, other) / self

    def __neg__(self) -> Value:
        if self.type.floating:
            return self.b.instruction(f"fneg {self.full} {self.text}", self.type, self.lanes)
        return self.b.constant(self, 0) - self

    # Bits of integers and of truth values.

    def __and__(self, other: Value | Number) -> Value:
        return self.b.binary("and", self, other)

    def __or__(self, other: Value | Number) -> Value:
        return self.b.binary("or", self, other)

    def __xor__(self, other: Value | Number) -> Value:
        return self.b.binary("xor", self, other)

    def __invert__(self) -> Value:
        return self.b.binary("xor", self, -1 if self.type is not I1 else True)

    def __lshift__(self, other: Value | Number) -> Value:
        return self.b.binary("shl", self, other)

    def __rshift__(self, other: Value | Number) -> Value:
        """Shift to the right, zeros coming in; `Builder.ashr` keeps the sign."""
        return self.b.binary("lshr", self, other)

    # Comparisons: ordered ones of floating-point numbers (False with NaN, but `ne`), signed ones of integers.

    def eq(self, other: Value | Number) -> Value:
        return self.b.compare("oeq", "eq", self, other)

    def ne(self, other: Value | Number) -> Value:
        return self.b.compare("une", "ne", self, other)

    def lt(self, other: Value | Number) -> Value:
        return self.b.compare("olt", "slt", self, other)

    def le(self, other: Value | Number) -> Value:
        return self.b.compare("ole", "sle", self, other)

    def gt(self, other: Value | Number) -> Value:
        return self.b.compare("ogt", "sgt", self, other)

    def ge(self, other: Value | Number) -> Value:
        return self.b.compare("oge", "sge", self, other)

    def is_nan(self) -> Value:
        return self.b.compare("uno", "", self, self)


class Builder:
    """Collects the lines of one function.

    ``has_fma``: the target rounds ``x * y + z`` once in one instruction. ``has_avx512``: it has AVX-512's
    instructions for exponents (of all widths: F, VL and DQ). ``helpers`` are definitions that the lines call
    by name; who writes the module appends each of them once.
    """

    def __init__(self, *, has_fma: bool = True, has_avx512: bool = False) -> None:
        self.lines: list[str] = []
        self.has_fma, self.has_avx512 = has_fma, has_avx512
        self.count = 0
        self.helpers: dict[str, str] = {}

    # --- values ---

    def instruction(self, text: str, type: Type, lanes: int = 0) -> Value:
        """A new value: the result of one instruction."""
        self.count += 1
        name = f"%v{self.count}"
        self.lines.append(f"  {name} = {text}")
        return Value(self, name, type, lanes)

    def number(self, type: Type, value: Number, lanes: int = 0) -> Value:
        """A constant of a type."""
        text = literal(type, value)
        return Value(self, f"splat ({type.name} {text})" if lanes else text, type, lanes)

    def constant(self, like: Value, value: Value | Number) -> Value:
        """``value`` with the type and lanes of ``like``, if it is a Python number; else itself."""
        return value if isinstance(value, Value) else self.number(like.type, value, like.lanes)

    def spread(self, x: Value, lanes: int) -> Value:
        """A scalar in all lanes."""
        if x.lanes == lanes or not lanes:
            return x
        if x.text[0] != "%":
            return Value(self, f"splat ({x.type.name} {x.text})", x.type, lanes)
        full = f"<{lanes} x {x.type.name}>"
        first = self.instruction(f"insertelement {full} poison, {x.full} {x.text}, i64 0", x.type, lanes)
        zeros = f"<{lanes} x i32> zeroinitializer"
        return self.instruction(f"shufflevector {full} {first.text}, {full} poison, {zeros}", x.type, lanes)

    def together(self, *values: Value) -> list[Value]:
        """The values with the same lanes."""
        lanes = max([x.lanes for x in values])
        return [self.spread(x, lanes) for x in values]

    def halves(self, x: Value) -> list[Value]:
        """The first half of the lanes, and the second."""
        half, twice = x.lanes // 2, f"{x.full} {x.text}, {x.full} poison"
        masks = [", ".join([f"i32 {i}" for i in range(k, k + half)]) for k in (0, half)]
        return [
            self.instruction(f"shufflevector {twice}, <{half} x i32> <{mask}>", x.type, half)
            for mask in masks
        ]

    def joined(self, x: Value, y: Value) -> Value:
        """The lanes of both."""
        lanes = x.lanes * 2
        mask = ", ".join([f"i32 {i}" for i in range(lanes)])
        text = f"shufflevector {x.full} {x.text}, {y.full} {y.text}, <{lanes} x i32> <{mask}>"
        return self.instruction(text, x.type, lanes)

    # --- instructions ---

    def binary(self, name: str, x: Value, y: Value | Number) -> Value:
        """An instruction of two operands of one type."""
        y = self.constant(x, y)
        if x.lanes != y.lanes:
            x, y = self.together(x, y)
        return self.instruction(f"{name} {x.full} {x.text}, {y.text}", x.type, x.lanes)

    def compare(self, floating: str, integer: str, x: Value, y: Value | Number) -> Value:
        """A truth value; ``floating`` and ``integer`` are LLVM's names of the comparison."""
        x, y = self.together(x, self.constant(x, y))
        kind = f"fcmp {floating}" if x.type.floating else f"icmp {integer}"
        return self.instruction(f"{kind} {x.full} {x.text}, {y.text}", I1, x.lanes)

    def unsigned(self, name: str, x: Value, y: Value | Number) -> Value:
        """A comparison of unsigned integers: ``ult``, ``ule``, ``ugt`` or ``uge``."""
        return self.compare("", name, x, y)

    def ashr(self, x: Value, y: Value | Number) -> Value:
        """Shift to the right, keeping the sign."""
        return self.binary("ashr", x, y)

    def select(self, condition: Value, x: Value | Number, y: Value | Number) -> Value:
        """``x`` where the condition holds, else ``y``; one of them must be a value."""
        like = x if isinstance(x, Value) else y
        assert isinstance(like, Value)
        condition, a, b = self.together(condition, self.constant(like, x), self.constant(like, y))
        return self.instruction(
            f"select {condition.full} {condition.text}, {a.full} {a.text}, {b.full} {b.text}", a.type, a.lanes
        )

    def cast(self, how: str, x: Value, type: Type) -> Value:
        """A conversion by its name in LLVM: ``sitofp``, ``fpext``, ``trunc``, ``bitcast`` ….

        ``fptosi`` and ``fptoui`` are undefined where the integer cannot hold the number: clamp before.
        """
        full = f"<{x.lanes} x {type.name}>" if x.lanes else type.name
        return self.instruction(f"{how} {x.full} {x.text} to {full}", type, x.lanes)

    def bits(self, x: Value) -> Value:
        """The bits of a floating-point number, as an integer of its width."""
        return self.cast("bitcast", x, INTEGERS[x.type.bits])

    def from_bits(self, x: Value) -> Value:
        """The floating-point number with these bits."""
        return self.cast("bitcast", x, F32 if x.type is I32 else F64)

    def intrinsic(self, name: str, *args: Value | Number, like: Value | None = None) -> Value:
        """``llvm.name`` of operands of one type, with a result of that type."""
        first = like if like is not None else next(x for x in args if isinstance(x, Value))
        values = self.together(*[self.constant(first, x) for x in args])
        kind, lanes = values[0].type, values[0].lanes
        suffix = (f"v{lanes}" if lanes else "") + (f"f{kind.bits}" if kind.floating else kind.name)
        words = ", ".join([f"{x.full} {x.text}" for x in values])
        return self.instruction(f"call {values[0].full} @llvm.{name}.{suffix}({words})", kind, lanes)

    def fma(self, x: Value, y: Value | Number, z: Value | Number) -> Value:
        """``x * y + z``, rounded once where the target has an instruction for it, else twice."""
        return self.intrinsic("fma", x, y, z) if self.has_fma else x * y + z

    def polynomial(self, x: Value, *coefficients: float) -> Value:
        """``c0 + c1 x + c2 x² + …`` by Horner's scheme, one `fma` a step."""
        found: Value = self.number(x.type, coefficients[-1], x.lanes)
        for c in reversed(coefficients[:-1]):
            found = self.fma(found, x, c)
        return found

    def sqrt(self, x: Value) -> Value:
        return self.intrinsic("sqrt", x)

    def abs(self, x: Value) -> Value:
        """The absolute value of a floating-point number."""
        return self.intrinsic("fabs", x)

    def floor(self, x: Value) -> Value:
        return self.intrinsic("floor", x)

    def rint(self, x: Value) -> Value:
        """The nearest integer, the even one of two."""
        return self.intrinsic("rint", x)

    def copysign(self, x: Value, y: Value | Number) -> Value:
        return self.intrinsic("copysign", x, y)

    def helper(self, name: str, write: Callable[[], str]) -> str:
        """The name of an internal function or table of the module, which ``write`` defines if it is new."""
        if name not in self.helpers:
            self.helpers[name] = ""  # its place: `write` may ask for helpers of its own
            self.helpers[name] = write()
        return f"@{name}"

    def begin(self, label: str) -> None:
        """From here on the lines belong to another basic block."""
        self.lines.append(f"{label}:")

    def unless(self, seldom: Value, write: Callable[[], list[Value]], *usual: Value) -> list[Value]:
        """The ``usual`` values, or, if ``seldom`` holds in any lane, those that ``write`` emits: a branch.

        The lines go on in another basic block than they came from, with new values for the usual ones.
        """
        self.count += 1
        near, rare, done = [f"{word}{self.count}" for word in ("usual", "seldom", "both")]
        any = seldom
        if seldom.lanes:
            name = f"llvm.vector.reduce.or.v{seldom.lanes}i1"
            any = self.instruction(f"call i1 @{name}({seldom.full} {seldom.text})", I1)
        self.lines.append(f"  br label %{near}")
        self.begin(near)
        self.lines.append(f"  br i1 {any.text}, label %{rare}, label %{done}")
        self.begin(rare)
        others = write()
        self.lines.append(f"  br label %{done}")
        self.begin(done)
        return [
            self.instruction(f"phi {x.full} [ {x.text}, %{near} ], [ {y.text}, %{rare} ]", x.type, x.lanes)
            for x, y in zip(usual, others, strict=True)
        ]

    def text(self) -> str:
        """The lines so far."""
        return "\n".join(self.lines)
