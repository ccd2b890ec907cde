class DeskError(Exception):
    """The desk cannot run, and the message says what to do about it."""
