"""Elementary functions as instructions: no calls, no branches, no tables, so they run in all lanes at once.

Each takes numbers of the type float or double, scalars or vectors, and gives the same bits for any number of
lanes. All lanes compute everything; selects put special cases in their places.
"""
