"""A function of LLVM IR under construction: loops, memory, and the pointers that it is given.

A function gets one pointer, its *frame*: the addresses of the arrays of a call, one after another. What it
reads of the frame is read once, at its beginning. Local variables that change, such as sums, are memory on
the stack, which LLVM turns into registers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from .builder import I1, I64, INTEGERS, POINTER, Builder, Type, Value
from .targets import Target


class Code(Builder):
    """The body of one function, for a target."""

    def __init__(self, target: Target) -> None:
        super().__init__(has_fma=target.has_fma, has_avx512=target.has_avx512)
        self.vector_bytes = target.vector_bytes
        self.entry: list[str] = []
        self.label = "start"
        self.labels = 0
        self.pointers: dict[int, Value] = {}
        self.fails = False  # whether it may end early, an exception of Python raised

    # --- at the beginning of the function ---

    def early(self, text: str, type: Type, lanes: int = 0) -> Value:
        """A value that is made at the beginning of the function, before everything else."""
        self.count += 1
        name = f"%e{self.count}"
        self.entry.append(f"  {name} = {text}")
        return Value(self, name, type, lanes)

    def local(self, type: Type, lanes: int = 0, count: int = 1) -> Value:
        """Memory on the stack for ``count`` values."""
        full = f"<{lanes} x {type.name}>" if lanes else type.name
        size = f", i64 {count}" if count != 1 else ""
        return self.early(f"alloca {full}{size}, align 64", POINTER)

    def pointer(self, slot: int) -> Value:
        """The address in a slot of the frame."""
        found = self.pointers.get(slot)
        if found is None:
            place = self.early(f"getelementptr i8, ptr %frame, i64 {8 * slot}", POINTER)
            found = self.pointers[slot] = self.early(f"load ptr, ptr {place.text}", POINTER)
        return found

    # --- memory ---

    def integer(self, value: int) -> Value:
        """An index."""
        return Value(self, str(value), I64)

    def offset(self, pointer: Value, offset: Value | int) -> Value:
        """A pointer moved on by bytes."""
        if isinstance(offset, int):
            if offset == 0:
                return pointer
            offset = self.integer(offset)
        return self.instruction(f"getelementptr i8, ptr {pointer.text}, i64 {offset.text}", POINTER)

    def load(self, pointer: Value, type: Type, lanes: int = 0, align: int = 0) -> Value:
        """Read a scalar, or neighbours as a vector."""
        full = f"<{lanes} x {type.name}>" if lanes else type.name
        return self.instruction(
            f"load {full}, ptr {pointer.text}, align {align or _align(type)}", type, lanes
        )

    def store(self, pointer: Value, x: Value, align: int = 0) -> None:
        """Write a scalar, or a vector as neighbours."""
        self.lines.append(f"  store {x.full} {x.text}, ptr {pointer.text}, align {align or _align(x.type)}")

    def first_lanes(self, count: int, lanes: int) -> Value:
        """A mask: true in the first ``count`` lanes."""
        bits = ", ".join([f"i1 {'true' if k < count else 'false'}" for k in range(lanes)])
        return Value(self, f"<{bits}>", I1, lanes)

    def masked_load(self, pointer: Value, type: Type, mask: Value) -> Value:
        """Neighbours as a vector, zeros where the mask is false; those are not read."""
        full = f"<{mask.lanes} x {type.name}>"
        name = f"llvm.masked.load.v{mask.lanes}{_suffix(type)}.p0"
        words = f"ptr align {_align(type)} {pointer.text}, {mask.full} {mask.text}, {full} zeroinitializer"
        return self.instruction(f"call {full} @{name}({words})", type, mask.lanes)

    def masked_store(self, pointer: Value, x: Value, mask: Value) -> None:
        """Write those lanes where the mask is true.

        NOTE (one lane): LLVM 22 makes one store of the lane of it, and, on processors with AVX-512, of its
        width before a ``trunc`` in front of it: so elements behind it are overwritten. Here it is one store.
        """
        if mask.text == self.first_lanes(1, mask.lanes).text:
            self.store(pointer, self.lane(x, 0))
            return
        name = f"llvm.masked.store.v{mask.lanes}{_suffix(x.type)}.p0"
        place = f"ptr align {_align(x.type)} {pointer.text}"
        self.lines.append(f"  call void @{name}({x.full} {x.text}, {place}, {mask.full} {mask.text})")

    def lanes_of(self, lanes: int, step: Value | int) -> Value:
        """The vector 0, step, 2 step, …: offsets."""
        if isinstance(step, int):
            text = ", ".join([f"i64 {k * step}" for k in range(lanes)])
            return Value(self, f"<{text}>", I64, lanes)
        ramp = ", ".join([f"i64 {k}" for k in range(lanes)])
        return Value(self, f"<{ramp}>", I64, lanes) * step

    def addresses(self, pointer: Value, offsets: Value) -> Value:
        """Pointers for each lane."""
        text = f"getelementptr i8, ptr {pointer.text}, {offsets.full} {offsets.text}"
        return self.instruction(text, POINTER, offsets.lanes)

    def gather(self, addresses: Value, type: Type, mask: Value | None) -> Value:
        """Read from an address for each lane."""
        lanes = addresses.lanes
        mask = mask if mask is not None else self.number(I1, True, lanes)
        full = f"<{lanes} x {type.name}>"
        name = f"llvm.masked.gather.v{lanes}{_suffix(type)}.v{lanes}p0"
        place = f"<{lanes} x ptr> align {_align(type)} {addresses.text}"
        words = f"{place}, {mask.full} {mask.text}, {full} zeroinitializer"
        return self.instruction(f"call {full} @{name}({words})", type, lanes)

    def scatter(self, addresses: Value, x: Value, mask: Value | None) -> None:
        """Write to an address for each lane, in order."""
        lanes = addresses.lanes
        mask = mask if mask is not None else self.number(I1, True, lanes)
        name = f"llvm.masked.scatter.v{lanes}{_suffix(x.type)}.v{lanes}p0"
        place = f"<{lanes} x ptr> align {_align(x.type)} {addresses.text}"
        self.lines.append(f"  call void @{name}({x.full} {x.text}, {place}, {mask.full} {mask.text})")

    # --- control flow ---

    def jump(self, label: str) -> None:
        self.lines.append(f"  br label %{label}")

    def begin(self, label: str) -> None:
        """From here on the lines belong to another basic block."""
        self.lines.append(f"{label}:")
        self.label = label

    def fresh(self, name: str) -> str:
        """A label that is not used yet."""
        self.labels += 1
        return f"{name}{self.labels}"

    @contextmanager
    def loop(self, begin: Value | int, end: Value | int, step: int = 1) -> Iterator[Value]:
        """``for i in range(begin, end, step)``, for a range that is known not to be empty."""
        first = begin if isinstance(begin, Value) else self.integer(begin)
        last = end if isinstance(end, Value) else self.integer(end)
        body, done = self.fresh("loop"), self.fresh("done")
        before, number = self.label, self.labels
        self.jump(body)
        self.begin(body)
        latch = f"next{number}"
        text = f"phi i64 [ {first.text}, %{before} ], [ %i{number}.next, %{latch} ]"
        index = self.instruction(text, I64)
        yield index
        self.jump(latch)
        self.begin(latch)
        self.lines.append(f"  %i{number}.next = add nuw nsw i64 {index.text}, {step}")
        self.lines.append(f"  %c{number} = icmp slt i64 %i{number}.next, {last.text}")
        self.lines.append(f"  br i1 %c{number}, label %{body}, label %{done}")
        self.begin(done)

    @contextmanager
    def when(self, condition: Value) -> Iterator[None]:
        """What is emitted inside runs only if the condition, a scalar, holds."""
        body, done = self.fresh("then"), self.fresh("after")
        self.lines.append(f"  br i1 {condition.text}, label %{body}, label %{done}")
        self.begin(body)
        yield
        self.jump(done)
        self.begin(done)

    def leave(self, failed: Value | None = None, to: str = "failed") -> None:
        """Go to where the function ends, an exception raised, or where one will be; if ``failed`` holds."""
        self.fails = True
        condition, rest = "true" if failed is None else failed.text, self.fresh("on")
        self.lines.append(f"  br i1 {condition}, label %{to}, label %{rest}, !prof !0")
        self.begin(rest)

    def call(self, name: str, words: Sequence[str], *, fails: bool) -> None:
        """Call a function made by `function`; if it ended early, so does this one."""
        text = f"call {'i1' if fails else 'void'} @{name}({', '.join(words)})"
        if fails:
            self.leave(self.instruction(text, I1))
        else:
            self.lines.append(f"  {text}")

    def least(self, x: Value, y: Value | int) -> Value:
        """The smaller of two indices."""
        y = y if isinstance(y, Value) else self.integer(y)
        return self.select(x.lt(y), x, y)

    # --- vectors ---

    def shuffle(self, x: Value, y: Value, lanes: Sequence[int]) -> Value:
        """The lanes with these numbers of two vectors, one behind the other."""
        numbers = ", ".join([f"i32 {k}" for k in lanes])
        text = f"shufflevector {x.full} {x.text}, {y.full} {y.text}, <{len(lanes)} x i32> <{numbers}>"
        return self.instruction(text, x.type, len(lanes))

    def lane(self, x: Value, number: int) -> Value:
        """One lane as a scalar; a scalar itself."""
        return self.instruction(f"extractelement {x.full} {x.text}, i64 {number}", x.type) if x.lanes else x

    def any_lane(self, condition: Value) -> Value:
        """Whether a condition holds in any lane."""
        if not condition.lanes:
            return condition
        if condition.lanes in INTEGERS:
            kind = INTEGERS[condition.lanes]
            return self.instruction(f"bitcast {condition.full} {condition.text} to {kind}", kind).ne(0)
        name = f"llvm.vector.reduce.or.v{condition.lanes}i1"
        return self.instruction(f"call i1 @{name}({condition.full} {condition.text})", I1)

    def fold(self, x: Value, combine: Callable[[Value, Value], Value]) -> Value:
        """All lanes combined into a scalar: halves onto halves."""
        lanes = x.lanes
        while lanes > 1:
            half = lanes // 2
            low, high = [self.shuffle(x, x, range(start, start + half)) for start in (0, half)]
            x, lanes = combine(low, high), half
        return self.lane(x, 0)

    def function(self, name: str, params: str = "ptr %frame", linkage: str = "internal ") -> str:
        """The whole definition of a function; it is compiled once, whoever calls it.

        It has no result, or, if it may fail, whether it did.
        """
        kind, end = (
            ("i1", ["  ret i1 false", "failed:", "  ret i1 true"]) if self.fails else ("void", ["  ret void"])
        )
        head = f"define {linkage}{kind} @{name}({params}) noinline {{\nentry:\n"
        return head + "\n".join([*self.entry, "  br label %start", "start:", *self.lines, *end, "}", ""])


def _align(type: Type) -> int:
    return max(1, type.bits // 8)


def _suffix(type: Type) -> str:
    return f"f{type.bits}" if type.floating else type.name
