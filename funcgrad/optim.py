"""Optimisers: pure steps over pytrees, with their state in the open.

An optimiser is three functions. ``opt.init(params)`` makes the state; ``opt.step(params, grads, state)``
returns new parameters and a new state and may be compiled, batched and differentiated;
``opt.step_inplace(params, grads, state)`` writes the same numbers into the arrays it is given.

Examples
--------
>>> import numpy as np
>>> from funcgrad import grad
>>> from funcgrad.optim import sgd
>>> def loss(params):
...     return (params["w"] * params["w"]).sum()
>>> opt = sgd(0.25, momentum=0.5)
>>> params = {"w": np.array([4.0, -8.0])}
>>> state = opt.init(params)
>>> for _ in range(3):
...     params, state = opt.step(params, grad(loss)(params), state)
>>> params
{'w': array([-1.,  2.])}
"""

from __future__ import annotations

from ._src.optim import Optimizer, SGDState, sgd, sgd_step

__all__ = ["Optimizer", "SGDState", "sgd", "sgd_step"]
