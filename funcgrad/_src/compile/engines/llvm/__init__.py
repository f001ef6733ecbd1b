"""The LLVM engine: fusion groups and whole small programs as native code."""
