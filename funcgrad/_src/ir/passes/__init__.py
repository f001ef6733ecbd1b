"""Transformations of jaxprs, one pass a file."""
