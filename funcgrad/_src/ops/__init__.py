"""FLOOR 3: the operations. One block an op, one file a family; structural.py first."""
