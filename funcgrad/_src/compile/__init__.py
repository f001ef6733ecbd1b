"""FLOOR 4: from a jaxpr to a plan, and from a plan to code."""
