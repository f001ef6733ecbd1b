"""The machine, floor by floor; everything here is private."""
