"""The native functions of the store of freed memory, in LLVM's language; results.py says what it is for.

The store is a row of words (see ``FIELDS``): a lock, the limit, what is held, NumPy's own allocator, and the
blocks with their sizes, the one that was freed last at the end.

NOTE (nobody waits): who finds the store locked does without it, so it goes to NumPy's allocator. Therefore
nothing can hang, not even in a child that was forked while another thread had the lock. And nothing of the
system is called while it is held.

NOTE (sizes): NumPy tells `free` how large the block is: as large as it was asked for, or as `realloc` made
it. A block serves only requests of exactly its size.
"""

from __future__ import annotations

import ctypes
import re

LEAST = 1 << 20  # bytes: the C library keeps smaller blocks, and they are soon touched
BLOCKS = 64
# The words of the store; a block has two.
FIELDS = ("lock", "limit", "held", "count", "context", "malloc", "calloc", "realloc", "free", "blocks")


class Store(ctypes.Structure):
    """The store as C has it."""

    _fields_ = (
        *[(name, ctypes.c_size_t) for name in FIELDS[:-1]],
        ("blocks", ctypes.c_size_t * 2 * BLOCKS),
    )


_TEXT = """\
declare void @llvm.memmove.p0.p0.i64(ptr, ptr, i64, i1)

define internal i1 @open(ptr %store) {
  %was = atomicrmw xchg ptr %store, i64 1 acquire
  %free = icmp eq i64 %was, 0
  ret i1 %free
}

define internal void @close(ptr %store) {
  store atomic i64 0, ptr %store release, align 8
  ret void
}

; Takes a block out of the row; the store is open.
define internal ptr @pick(ptr %store, i64 %number) {
  %count_at = getelementptr i64, ptr %store, i64 COUNT
  %held_at = getelementptr i64, ptr %store, i64 HELD
  %row = getelementptr i64, ptr %store, i64 ROW
  %block = getelementptr [2 x i64], ptr %row, i64 %number
  %memory = load ptr, ptr %block
  %size_at = getelementptr i64, ptr %block, i64 1
  %size = load i64, ptr %size_at
  %held = load i64, ptr %held_at
  %rest = sub i64 %held, %size
  store i64 %rest, ptr %held_at
  %count = load i64, ptr %count_at
  %less = sub i64 %count, 1
  store i64 %less, ptr %count_at
  %next = getelementptr i64, ptr %block, i64 2
  %behind = sub i64 %less, %number
  %bytes = mul i64 %behind, 16
  call void @llvm.memmove.p0.p0.i64(ptr %block, ptr %next, i64 %bytes, i1 false)
  ret ptr %memory
}

define internal void @give_back(ptr %store, ptr %memory, i64 %size) {
  %context_at = getelementptr i64, ptr %store, i64 CONTEXT
  %context = load ptr, ptr %context_at
  %function_at = getelementptr i64, ptr %store, i64 FREE
  %function = load ptr, ptr %function_at
  call void %function(ptr %context, ptr %memory, i64 %size)
  ret void
}

; Gives back the block that was freed first, and closes the store, which is open and not empty.
define internal void @drop_oldest(ptr %store) {
  %row = getelementptr i64, ptr %store, i64 ROW
  %size_at = getelementptr i64, ptr %row, i64 1
  %size = load i64, ptr %size_at
  %memory = call ptr @pick(ptr %store, i64 0)
  call void @close(ptr %store)
  call void @give_back(ptr %store, ptr %memory, i64 %size)
  ret void
}

; A block of this size, or null.
define internal ptr @find(ptr %store, i64 %size) {
  %opened = call i1 @open(ptr %store)
  br i1 %opened, label %begin, label %nothing
begin:
  %count_at = getelementptr i64, ptr %store, i64 COUNT
  %count = load i64, ptr %count_at
  %row = getelementptr i64, ptr %store, i64 ROW
  br label %look
look:
  %left = phi i64 [ %count, %begin ], [ %number, %compare ]
  %none = icmp eq i64 %left, 0
  br i1 %none, label %end, label %compare
compare:
  %number = sub i64 %left, 1
  %size_at = getelementptr [2 x i64], ptr %row, i64 %number, i64 1
  %other = load i64, ptr %size_at
  %same = icmp eq i64 %other, %size
  br i1 %same, label %found, label %look
found:
  %memory = call ptr @pick(ptr %store, i64 %number)
  call void @close(ptr %store)
  ret ptr %memory
end:
  call void @close(ptr %store)
  br label %nothing
nothing:
  ret ptr null
}

define ptr @results_malloc(ptr %store, i64 %size) {
  %large = icmp uge i64 %size, LEAST
  br i1 %large, label %ask, label %make
ask:
  %found = call ptr @find(ptr %store, i64 %size)
  %none = icmp eq ptr %found, null
  br i1 %none, label %make, label %done
done:
  ret ptr %found
make:
  %context_at = getelementptr i64, ptr %store, i64 CONTEXT
  %context = load ptr, ptr %context_at
  %function_at = getelementptr i64, ptr %store, i64 MALLOC
  %function = load ptr, ptr %function_at
  %made = call ptr %function(ptr %context, i64 %size)
  ret ptr %made
}

define ptr @results_calloc(ptr %store, i64 %number, i64 %size) {
  %context_at = getelementptr i64, ptr %store, i64 CONTEXT
  %context = load ptr, ptr %context_at
  %function_at = getelementptr i64, ptr %store, i64 CALLOC
  %function = load ptr, ptr %function_at
  %made = call ptr %function(ptr %context, i64 %number, i64 %size)
  ret ptr %made
}

define ptr @results_realloc(ptr %store, ptr %memory, i64 %size) {
  %context_at = getelementptr i64, ptr %store, i64 CONTEXT
  %context = load ptr, ptr %context_at
  %function_at = getelementptr i64, ptr %store, i64 REALLOC
  %function = load ptr, ptr %function_at
  %made = call ptr %function(ptr %context, ptr %memory, i64 %size)
  ret ptr %made
}

; Keeps the block, if there is room or older ones make it.
define void @results_free(ptr %store, ptr %memory, i64 %size) {
  %large = icmp uge i64 %size, LEAST
  %there = icmp ne ptr %memory, null
  %suits = and i1 %large, %there
  br i1 %suits, label %try, label %refuse
try:
  %opened = call i1 @open(ptr %store)
  br i1 %opened, label %measure, label %refuse
measure:
  %limit_at = getelementptr i64, ptr %store, i64 LIMIT
  %limit = load atomic i64, ptr %limit_at monotonic, align 8
  %fits = icmp ule i64 %size, %limit
  br i1 %fits, label %count, label %leave
leave:
  call void @close(ptr %store)
  br label %refuse
count:
  %held_at = getelementptr i64, ptr %store, i64 HELD
  %held = load i64, ptr %held_at
  %all = add i64 %held, %size
  %much = icmp ugt i64 %all, %limit
  %count_at = getelementptr i64, ptr %store, i64 COUNT
  %number = load i64, ptr %count_at
  %many = icmp uge i64 %number, BLOCKS
  %full = or i1 %much, %many
  br i1 %full, label %drop, label %keep
drop:
  call void @drop_oldest(ptr %store)
  br label %try
keep:
  %row = getelementptr i64, ptr %store, i64 ROW
  %new = getelementptr [2 x i64], ptr %row, i64 %number
  store ptr %memory, ptr %new
  %size_at = getelementptr i64, ptr %new, i64 1
  store i64 %size, ptr %size_at
  store i64 %all, ptr %held_at
  %more = add i64 %number, 1
  store i64 %more, ptr %count_at
  call void @close(ptr %store)
  ret void
refuse:
  call void @give_back(ptr %store, ptr %memory, i64 %size)
  ret void
}

; Gives back the oldest blocks, until no more than so many bytes are held.
define void @results_trim(ptr %store, i64 %most) {
  br label %try
try:
  %opened = call i1 @open(ptr %store)
  br i1 %opened, label %measure, label %end
measure:
  %held_at = getelementptr i64, ptr %store, i64 HELD
  %held = load i64, ptr %held_at
  %much = icmp ugt i64 %held, %most
  br i1 %much, label %drop, label %leave
drop:
  call void @drop_oldest(ptr %store)
  br label %try
leave:
  call void @close(ptr %store)
  br label %end
end:
  ret void
}
"""


def source() -> str:
    """The module, with the numbers in the place of their names."""
    numbers = {name.upper(): number for number, name in enumerate(FIELDS)}
    numbers |= {"ROW": FIELDS.index("blocks"), "LEAST": LEAST, "BLOCKS": BLOCKS}
    return re.sub(r"\b[A-Z]{3,}$", lambda found: str(numbers[found.group()]), _TEXT, flags=re.MULTILINE)
