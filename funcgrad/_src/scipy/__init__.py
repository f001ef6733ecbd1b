"""Functions of SciPy made of ops and transformations; the public modules are funcgrad.scipy's."""
