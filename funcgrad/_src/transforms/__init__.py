"""FLOOR 5: the transformations; a file each."""
