"""Engines: one way of running a plan a file."""
