"""Write NumPy. Differentiate it, batch it, compile it.

On NumPy or CuPy arrays, which stay NumPy and CuPy arrays.
"""

from ._src.base.version import __version__
from ._src.ops import protocol as _protocol  # noqa: F401  (installs NumPy's protocols on tracers)
from ._src.transforms import derived as _derived  # noqa: F401  (the derivatives of compiled calls)
from ._src.transforms.checkpoint import checkpoint, stop_gradient
from ._src.transforms.custom import custom_jvp, custom_vjp
from ._src.transforms.grad import grad, value_and_grad
from ._src.transforms.jacobian import hessian, hvp, jacfwd, jacrev
from ._src.transforms.jit import jit
from ._src.transforms.jvp import jvp
from ._src.transforms.linearize import linear_transpose, linearize
from ._src.transforms.make_jaxpr import eval_shape, make_jaxpr
from ._src.transforms.vjp import vjp
from ._src.transforms.vmap import vmap

__all__ = [
    "__version__",
    "checkpoint",
    "custom_jvp",
    "custom_vjp",
    "eval_shape",
    "grad",
    "hessian",
    "hvp",
    "jacfwd",
    "jacrev",
    "jit",
    "jvp",
    "linear_transpose",
    "linearize",
    "make_jaxpr",
    "stop_gradient",
    "value_and_grad",
    "vjp",
    "vmap",
]
