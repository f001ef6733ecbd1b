"""FLOOR 2: the jaxpr: a small typed program, its staging, evaluation, checker, printer and passes."""
