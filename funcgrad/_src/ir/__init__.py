"""FLOOR 2: the jaxpr: a small typed program, its staging, evaluation, checker, printer and passes."""

from . import printer as printer  # gives Jaxpr its text
