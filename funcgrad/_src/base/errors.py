"""Every error funcgrad raises: one class per mistake, five lines per message.

The first line says what went wrong and names the public function and the argument's path; then
``expected``, ``got``, ``at`` (the user's own file and line) and ``try`` (what to write instead).
Each class also derives from the built-in exception a caller would think of catching.
"""

from __future__ import annotations

from .source import Location, user_location


class FuncgradError(Exception):
    """Base class of all errors raised by funcgrad.

    Parameters
    ----------
    headline : str
        What went wrong, as a whole sentence.
    expected, got : str, optional
        What the function needed and what it was given.
    at : Location or str, optional
        Where; the innermost line of the user's own code when absent.
    hint : str, optional
        What to write instead; printed after ``try``.
    """

    def __init__(
        self,
        headline: str,
        *,
        expected: str | None = None,
        got: str | None = None,
        at: Location | str | None = None,
        hint: str | None = None,
    ) -> None:
        self.headline = headline
        self.expected = expected
        self.got = got
        self.at = at if at is not None else user_location()
        self.hint = hint
        super().__init__(headline)

    def __str__(self) -> str:
        rows = [("expected", self.expected), ("got", self.got), ("at", self.at), ("try", self.hint)]
        lines = [f"  {label:<9} {text}" for label, text in rows if text is not None]
        return "\n".join([self.headline, *lines])

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), dict(self.__dict__)))


def _rebuild(cls: type[FuncgradError], state: dict[str, object]) -> FuncgradError:
    error = cls.__new__(cls)
    error.__dict__.update(state)
    error.args = (error.headline,)
    return error


class ArgumentError(FuncgradError, TypeError):
    """An argument of a funcgrad function has the wrong type or value."""


class ClosedOverTracerError(FuncgradError, RuntimeError):
    """A function with a rule of its own uses a traced value that is not among its arguments."""


class ConcretizationError(FuncgradError, TypeError):
    """Python asked for the value of an array that has none while it is traced (``if x > 0``)."""


class CutGradientError(FuncgradError, TypeError):
    """``float(x)`` or ``np.asarray(x)`` would silently cut the gradient."""


class DtypeError(FuncgradError, TypeError):
    """An array of objects, strings or dates, or a dtype that the operation does not take."""


class JaxprError(FuncgradError, ValueError):
    """A jaxpr breaks its own grammar or types."""


class LeakedTracerError(FuncgradError, RuntimeError):
    """A traced value was used after the transformation that made it had ended."""


class MissingAttributeError(FuncgradError, AttributeError):
    """NumPy's arrays have the attribute or method, traced values have not."""


class MissingExtraError(FuncgradError, ImportError):
    """An optional package is not installed; the message names the extra."""


class MissingRuleError(FuncgradError, NotImplementedError):
    """An operation has no rule for the transformation it met."""


class MixedPlacesError(FuncgradError, ValueError):
    """Arrays of two places (host, CuPy device) met in one operation."""


class MutationError(FuncgradError, ValueError):
    """A write that cannot have NumPy's effect: into an argument, an outer trace, a shared buffer."""


class NanError(FuncgradError, FloatingPointError):
    """Under ``debug_nans`` a value or a derivative became NaN."""


class NonLinearError(FuncgradError, ValueError):
    """A function that must be linear is not."""


class NonScalarLossError(FuncgradError, TypeError):
    """``grad`` needs a function that returns one real scalar."""


class NotDifferentiableInputError(FuncgradError, TypeError):
    """A leaf to differentiate by is an integer, a bool or not a number at all."""


class RuleOutputError(FuncgradError, TypeError):
    """A user's rule returned a wrong tree, shape or dtype."""


class TreeError(FuncgradError, ValueError):
    """Two pytrees do not match, or a tree cannot be flattened."""


class UnsupportedError(FuncgradError, NotImplementedError, TypeError):
    """A NumPy function or argument that funcgrad refuses by name."""


class WrongDerivativeError(FuncgradError, AssertionError):
    """``check_grads`` found a derivative that differences, or the other mode, contradict."""


class WrongThreadError(LeakedTracerError):
    """A traced value was used on another thread than the one that traces it."""
