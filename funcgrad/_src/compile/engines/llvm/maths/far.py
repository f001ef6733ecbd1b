"""Payne and Hanek's reduction of large angles, lane by lane, in functions that are seldom called.

With x = M 2^e, only the bits of 1/2π from the e-th on matter: those before it give whole turns. M times 192
of them leaves the fraction of a turn in 128 bits, of which at most 63 are lost to cancellation (the double
nearest to a multiple of π/2 is 2^-61 of it away; Muller, Elementary Functions, chapter 11).
"""

from __future__ import annotations

from ..builder import F32, F64, I64, Builder, Type, Value

I128 = Type("i128", 128, False)

# 1/2π by words of 64 bits, from mpmath; the zeros before it serve the smallest exponents.
_WORDS = (
    0,
    0x28BE60DB9391054A,
    0x7F09D5F47D4D3770,
    0x36D8A5664F10E410,
    0x7F9458EAF7AEF158,
    0x6DC91B8E909374B8,
    0x01924BBA82746487,
    0x3F877AC72C4A69CF,
    0xBA208D7D4BAED121,
    0x3A671C09AD17DF90,
    0x4E64758E60D4CE7D,
    0x272117E2EF7E4A0E,
    0xC7FE25FFF7816603,
    0xFBCBC462D6829B47,
    0xDB4D9FB3C9F2C26D,
    0xD3D18FD9A797FA8B,
    0x5D49EEB1FAF97C5E,
    0xCF41CE7DE294A4BA,
    0x9AFED7EC47E35742,
    0x1580CC11BF1EDAEA,
)
_EIGHTH = 0xC90FDAA22168C234  # π/4 · 2^64


def far(x: Value, found: list[Value], part: str, bound: float) -> list[Value]:
    """``found``, but what the slow reduction gives where ``|x|`` is not below the bound.

    That is ``[r, k]`` or ``[r, tail, k]``. A lane has the same result whatever its neighbours are. At an
    infinity r stays what it was, NaN.
    """
    b = x.b
    turn, name = f"funcgrad.far.{part}", f"funcgrad.far.{part}.v{x.lanes}{x.type.name}"

    def slow() -> list[Value]:
        one = b.helper(turn, lambda: _turn(turn, part, b))
        symbol = b.helper(name, lambda: _lanes(name, one, x, found, bound))
        kind = _struct(found)
        words = ", ".join([f"{v.full} {v.text}" for v in (x, *found)])
        all = b.instruction(f"call {kind} {symbol}({words})", x.type).text
        return [
            b.instruction(f"extractvalue {kind} {all}, {i}", v.type, v.lanes) for i, v in enumerate(found)
        ]

    return b.unless(b.abs(x).ge(bound), slow, *found)


def _struct(values: list[Value]) -> str:
    return f"{{ {', '.join([v.full for v in values])} }}"


_LOOP = """
define internal {struct} @{name}({vector} %x, {given}) noinline cold {{
entry:
  %xs = alloca {vector}
  store {vector} %x, ptr %xs
{begin}
  br label %lane
lane:
  %i = phi i64 [ 0, %entry ], [ %next, %after ]
  %xp = getelementptr {kind}, ptr %xs, i64 %i
  %xi = load {kind}, ptr %xp
  %size = call {kind} @llvm.fabs.f{kind.bits}({kind} %xi)
  %beyond = fcmp oge {kind} %size, {limit}
  %finite = fcmp one {kind} %size, {infinity}
  %needed = and i1 %beyond, %finite
  br i1 %needed, label %slow, label %after
slow:
  %wide = {wide}
  %all = call {{ double, double, i64 }} {turn}(double %wide)
  %r = extractvalue {{ double, double, i64 }} %all, 0
  %tail = extractvalue {{ double, double, i64 }} %all, 1
  %k = extractvalue {{ double, double, i64 }} %all, 2
  %short = fptrunc double %r to float
  %back = fpext float %short to double
  %rest = fsub double %r, %back
{store}
  br label %after
after:
  %next = add i64 %i, 1
  %more = icmp ult i64 %next, {lanes}
  br i1 %more, label %lane, label %end
end:
{end}
  ret {struct} {last}
}}
"""


def _lanes(name: str, turn: str, x: Value, found: list[Value], bound: float) -> str:
    """A loop over the lanes: each of them goes through memory."""
    kind, struct, b = x.type, _struct(found), x.b
    begin, store, end, last = [], [], [], "poison"
    for i, (v, digits) in enumerate(zip(found, _narrowed(kind, len(found) > 2), strict=True)):
        begin += [f"  %p{i} = alloca {v.full}", f"  store {v.full} %v{i}, ptr %p{i}"]
        store += [
            f"  %s{i} = {digits}",
            f"  %q{i} = getelementptr {v.type}, ptr %p{i}, i64 %i",
            f"  store {v.type} %s{i}, ptr %q{i}",
        ]
        end += [
            f"  %l{i} = load {v.full}, ptr %p{i}",
            f"  %o{i} = insertvalue {struct} {last}, {v.full} %l{i}, {i}",
        ]
        last = f"%o{i}"
    return _LOOP.format(
        name=name,
        struct=struct,
        vector=x.full,
        kind=kind,
        given=", ".join([f"{v.full} %v{i}" for i, v in enumerate(found)]),
        lanes=x.lanes or 1,
        limit=b.number(kind, bound).text,
        infinity=b.number(kind, float("inf")).text,
        wide="fpext float %xi to double" if kind is F32 else "fadd double %xi, -0.0",
        turn=turn,
        begin="\n".join(begin),
        store="\n".join(store),
        end="\n".join(end),
        last=last,
    )


def _narrowed(kind: Type, tail: bool) -> list[str]:
    """How r, its tail and k leave the slow reduction."""
    if kind is F32:
        r, rest, k = "fptrunc double %r to float", "fptrunc double %rest to float", "trunc i64 %k to i32"
    else:
        r, rest, k = "fadd double %r, -0.0", "fadd double %tail, -0.0", "or i64 %k, 0"
    return [r, rest, k] if tail else [r, k]


def _turn(name: str, part: str, caller: Builder) -> str:
    """The reduction of one finite double of at least 2^16 in absolute value."""
    table = caller.helper("funcgrad.far.words", _table)
    b = Builder(has_fma=caller.has_fma)
    x = Value(b, "%x", F64)
    fraction = _fraction(b.bits(x), table)
    steps = 2 if part == "quarter" else 1  # the logarithm of the parts in a turn
    size = 1 << 128 - steps
    if part != "half_shifted":
        fraction = fraction + size // 2
    k = b.cast("trunc", fraction >> 128 - steps, I64)
    fraction = (fraction & size - 1) - size // 2
    negative = fraction.lt(0)
    flip = b.select(negative, -(1 << 63), b.number(I64, 0))
    flip = flip ^ (-(1 << 63) if part == "half_shifted" else b.bits(x) & -(1 << 63))
    r, tail = [b.from_bits(b.bits(v) ^ flip) for v in _angle(b.select(negative, -fraction, fraction))]
    lines = b.text()
    kind = "{ double, double, i64 }"
    return f"""
define internal {kind} @{name}(double %x) noinline cold {{
{lines}
  %r = insertvalue {kind} poison, double {r.text}, 0
  %tail = insertvalue {kind} %r, double {tail.text}, 1
  %all = insertvalue {kind} %tail, i64 {k.text}, 2
  ret {kind} %all
}}
"""


def _table() -> str:
    words = ", ".join([f"i64 {word - (word >> 63 << 64)}" for word in _WORDS])
    return f"@funcgrad.far.words = internal constant [{len(_WORDS)} x i64] [{words}]\n"


def _fraction(bits: Value, table: str) -> Value:
    """The fraction of a turn that is ``|x|``, times 2^128."""
    b = bits.b
    exponent = (bits >> 52) & 0x7FF
    mantissa = b.cast("zext", bits & (1 << 52) - 1 | 1 << 52, I128)
    start = exponent - (1075 - 64)
    words = []
    for i in range(4):
        at = b.instruction(f"getelementptr i64, ptr {table}, i64 {((start >> 6) + i).text}", I64)
        words.append(b.instruction(f"load i64, ptr {at.text}", I64))
    high, middle, low = [
        b.cast("zext", b.intrinsic("fshl", words[i], words[i + 1], start & 63), I128) for i in range(3)
    ]
    return (mantissa * high << 64) + mantissa * middle + (mantissa * low >> 64)


def _angle(fraction: Value) -> tuple[Value, Value]:
    """A fraction of a turn, times 2^128, as the nearest double in radians, and what it lacks."""
    b = fraction.b
    zeros = b.instruction(f"call i128 @llvm.ctlz.i128(i128 {fraction.text}, i1 false)", I128)
    top = (fraction << zeros) >> 64
    digits = b.cast("trunc", top * _EIGHTH >> 65, I64)
    scale = b.from_bits((-b.cast("trunc", zeros, I64) + (1023 - 60)) << 52)
    r = b.cast("sitofp", digits, F64)
    rest = b.cast("sitofp", digits - b.cast("fptosi", r, I64), F64)
    return r * scale, rest * scale
