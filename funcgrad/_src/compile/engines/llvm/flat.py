"""Object code as one block of memory that needs no linker, for Linux on x86-64.

The sections of an object file are laid one after the other; what refers from one to another is filled in,
being relative to where it stands. What is asked of outside goes through slots: their addresses are written
when the block is loaded. So a kernel that is read from disk runs without LLVM being loaded, which takes
longer than all the rest. An object that has anything else in it is left to LLVM's linker.

The formats are those of the System V ABI, its edition 4.1, and of its supplement for AMD64.
"""

from __future__ import annotations

import ctypes
import struct
import sys
from typing import Any

from ....base.record import Record

AVAILABLE = sys.platform == "linux" and struct.calcsize("P") == 8
_X86_64, _RELOCATABLE = 62, 1
_SYMBOLS, _RELOCATIONS, _NO_BITS = 2, 4, 8  # types of sections
_WRITE, _ALLOCATE = 1, 2  # flags of sections
_UNWINDING = b".eh_frame"  # nothing is thrown through kernels
_PC32, _PLT32, _PC64 = 2, 4, 24  # kinds of relocations: S + A - P, and the same through a stub
_SLOTS = (9, 41, 42)  # relative to a slot that holds the symbol's address
_JUMP = b"\xff\x25"  # jmp *offset(%rip)
ALIGNMENT = 64


class NotFlatError(Exception):
    """There is something in the object that only a linker can do."""


class Section(Record):
    """A section's header."""

    name: bytes
    kind: int
    flags: int
    offset: int
    size: int
    link: int
    info: int


class Symbol(Record):
    """A symbol: where it is, by the number of its section, 0 if it is of outside."""

    name: bytes
    section: int
    value: int
    visible: bool


class Flat(Record):
    """A block of code; the places in it of functions, and of slots for addresses."""

    image: bytes
    exports: dict[str, int]  # a function's name: where it begins
    imports: dict[str, int]  # the name of what is outside: where its address goes
    own: dict[int, int]  # where an address goes: of which place in the block

    def encoded(self) -> bytes:
        """All of it as bytes."""
        tables: list[dict[Any, int]] = [self.exports, self.imports, self.own]
        lines = [" ".join([f"{key}={value}" for key, value in table.items()]) for table in tables]
        return "\n".join([*lines, ""]).encode() + self.image


NOTHING = Flat(b"\xc3", {"nothing": 0}, {}, {})  # a function that returns


def decoded(data: bytes) -> Flat:
    """The inverse of `Flat.encoded`."""
    exports, imports, own, image = data.split(b"\n", 3)
    pairs = [dict([word.split("=") for word in line.decode().split()]) for line in (exports, imports, own)]
    names, outside, inside = [{key: int(value) for key, value in table.items()} for table in pairs]
    return Flat(image, names, outside, {int(key): value for key, value in inside.items()})


def flattened(code: bytes) -> Flat:
    """An object file as a block; NotFlatError if it cannot be one."""
    if code[:6] != b"\x7fELF\x02\x01" or struct.unpack_from("<HH", code, 16) != (_RELOCATABLE, _X86_64):
        raise NotFlatError("not an object of x86-64")
    sections = _sections(code)
    return _Block(code, sections, _symbols(code, sections)).finished()


def _text(code: bytes, at: int) -> bytes:
    return code[at : code.index(b"\0", at)]


def _sections(code: bytes) -> list[Section]:
    (start,) = struct.unpack_from("<Q", code, 0x28)
    size, count, names = struct.unpack_from("<HHH", code, 0x3A)
    rows = [struct.unpack_from("<IIQQQQIIQQ", code, start + size * i) for i in range(count)]
    name_table = rows[names][4]
    return [Section(_text(code, name_table + r[0]), r[1], r[2], r[4], r[5], r[6], r[7]) for r in rows]


def _symbols(code: bytes, sections: list[Section]) -> list[Symbol]:
    found = []
    for table in [s for s in sections if s.kind == _SYMBOLS]:
        for at in range(table.offset, table.offset + table.size, 24):
            name, info, _, section, value, _ = struct.unpack_from("<IBBHQQ", code, at)
            words = _text(code, sections[table.link].offset + name)
            found.append(Symbol(words, section, value, info >> 4 != 0))
    return found


class _Block:
    """A block in the making."""

    def __init__(self, code: bytes, sections: list[Section], symbols: list[Symbol]) -> None:
        self.code, self.sections, self.symbols = code, sections, symbols
        self.image = bytearray()
        self.places: dict[int, int] = {}
        self.slots: dict[int, int] = {}  # number of a symbol: its slot
        self.stubs: dict[int, int] = {}
        for number, section in enumerate(sections):
            if section.flags & _ALLOCATE and section.size and section.name != _UNWINDING:
                self._lay(number, section)

    def _lay(self, number: int, section: Section) -> None:
        if section.flags & _WRITE or section.kind == _NO_BITS:
            raise NotFlatError(f"variables in {section.name!r}")
        self.places[number] = self._append(
            self.code[section.offset : section.offset + section.size], ALIGNMENT
        )

    def _append(self, data: bytes, alignment: int) -> int:
        self.image += bytes(-len(self.image) % alignment)
        place = len(self.image)
        self.image += data
        return place

    def finished(self) -> Flat:
        for section in self.sections:
            if section.kind == _RELOCATIONS and section.info in self.places:
                for at in range(section.offset, section.offset + section.size, 24):
                    self._relocate(self.places[section.info], *struct.unpack_from("<QIIq", self.code, at))
        exports, imports, own = {}, {}, {}
        for symbol in self.symbols:
            if symbol.section and symbol.visible:
                exports[symbol.name.decode()] = self._place(symbol)
        for number, slot in self.slots.items():
            symbol = self.symbols[number]
            if symbol.section:
                own[slot] = self._place(symbol)
            else:
                imports[symbol.name.decode()] = slot
        return Flat(bytes(self.image), exports, imports, own)

    def _place(self, symbol: Symbol) -> int:
        if symbol.section not in self.places:
            raise NotFlatError(f"{symbol.name!r} is in no section that is laid")
        return self.places[symbol.section] + symbol.value

    def _slot(self, number: int) -> int:
        if number not in self.slots:
            self.slots[number] = self._append(bytes(8), 8)
        return self.slots[number]

    def _stub(self, number: int) -> int:
        if number not in self.stubs:
            slot = self._slot(number)
            place = self._append(_JUMP + bytes(6), 8)
            struct.pack_into("<i", self.image, place + 2, slot - (place + 6))
            self.stubs[number] = place
        return self.stubs[number]

    def _relocate(self, base: int, offset: int, kind: int, number: int, addend: int) -> None:
        symbol = self.symbols[number]
        if kind in _SLOTS:
            target = self._slot(number)
        elif kind in (_PC32, _PLT32, _PC64) and symbol.section:
            target = self._place(symbol)
        elif kind == _PLT32:
            target = self._stub(number)
        else:
            raise NotFlatError(f"relocation {kind}")
        at = base + offset
        struct.pack_into("<q" if kind == _PC64 else "<i", self.image, at, target + addend - at)


def resolved(flat: Flat, base: int, known: dict[str, int]) -> bytes:
    """The block with the addresses in its slots, for memory that begins at ``base``."""
    image = bytearray(flat.image)
    for name, slot in flat.imports.items():
        struct.pack_into("<Q", image, slot, known[name] if name in known else _outside(name))
    for slot, place in flat.own.items():
        struct.pack_into("<Q", image, slot, base + place)
    return bytes(image)


def _outside(name: str) -> int:
    """The address of a function of the process, such as memcpy."""
    function: Any = getattr(ctypes.pythonapi, name)
    return ctypes.cast(function, ctypes.c_void_p).value or 0
