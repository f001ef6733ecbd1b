"""FLOOR 1: avals, primitives, traces and tracers: the machine without any operation."""
