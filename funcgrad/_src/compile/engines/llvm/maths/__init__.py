"""Elementary and special functions as LLVM IR: straight lines of vector instructions."""
