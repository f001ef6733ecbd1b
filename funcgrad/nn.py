"""Functions that networks and likelihoods are made of, with stable values and derivatives.

Layers, initialisers and losses are for a later version; parameters are plain pytrees meanwhile.

Examples
--------
>>> import numpy as np
>>> from funcgrad import grad
>>> from funcgrad.nn import logsumexp, relu
>>> grad(lambda x: relu(x).sum())(np.array([-1.0, 0.0, 2.0]))
array([0., 0., 1.])
>>> grad(logsumexp)(np.array([1000.0, 1000.0]))
array([0.5, 0.5])
"""

from ._src.ops.exponential import relu, sigmoid, softplus
from ._src.ops.softmax import log_softmax, logsumexp, softmax

__all__ = ["log_softmax", "logsumexp", "relu", "sigmoid", "softmax", "softplus"]
