"""Every error that funcgrad raises; one class for each mistake.

All derive from ``FuncgradError`` and from the built-in exception that a caller would think of.
"""

from ._src.base.errors import (
    ArgumentError,
    ClosedOverTracerError,
    ConcretizationError,
    CutGradientError,
    DtypeError,
    FuncgradError,
    JaxprError,
    LeakedTracerError,
    MissingAttributeError,
    MissingExtraError,
    MissingRuleError,
    MixedPlacesError,
    MutationError,
    NanError,
    NonLinearError,
    NonScalarLossError,
    NotDifferentiableInputError,
    RuleOutputError,
    TreeError,
    UnsupportedError,
    WrongDerivativeError,
    WrongThreadError,
)

__all__ = [
    "ArgumentError",
    "ClosedOverTracerError",
    "ConcretizationError",
    "CutGradientError",
    "DtypeError",
    "FuncgradError",
    "JaxprError",
    "LeakedTracerError",
    "MissingAttributeError",
    "MissingExtraError",
    "MissingRuleError",
    "MixedPlacesError",
    "MutationError",
    "NanError",
    "NonLinearError",
    "NonScalarLossError",
    "NotDifferentiableInputError",
    "RuleOutputError",
    "TreeError",
    "UnsupportedError",
    "WrongDerivativeError",
    "WrongThreadError",
]
