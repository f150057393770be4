class Malformed(ValueError):
    """A picture's container that is not as its specification has it."""
