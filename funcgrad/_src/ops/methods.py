"""Operators, methods and NumPy's protocols, installed on the tracer."""

from __future__ import annotations

from typing import Any

from ..core.trace import Tracer
from .arithmetic import add, divide, multiply, negative, subtract
from .ufunc import FUNCTIONS, UFUNCS


_NONE = {}
from ..core.trace import current
get=current.get
def _binary(primitive):
    def forward(self: Tracer, other: Any) -> Any:
        trace = get()
        return (trace or self.trace).process(primitive, (self, other), _NONE)

    def reflected(self: Tracer, other: Any) -> Any:
        trace = get()
        return (trace or self.trace).process(primitive, (other, self), _NONE)

    return forward, reflected


for _name, _op in {"add": add, "sub": subtract, "mul": multiply, "truediv": divide}.items():
    _forward, _reflected = _binary(_op.primitive)
    setattr(Tracer, f"__{_name}__", _forward)
    setattr(Tracer, f"__r{_name}__", _reflected)
Tracer.__neg__ = lambda self: negative.bind(self)
def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
    return UFUNCS[ufunc](*inputs, **kwargs)
Tracer.__array_ufunc__ = __array_ufunc__
