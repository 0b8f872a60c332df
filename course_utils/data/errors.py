"""The one error that loading data raises when the world, not the caller, is at fault."""


class DataError(Exception):
    """Data could not be had or cannot be believed; the message is one sentence with what to do about it."""
