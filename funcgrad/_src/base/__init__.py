"""FLOOR 0: errors, source locations and configuration, used by every other floor."""
