"""What `funcgrad.debug` is made of: effects, checks and switches."""
