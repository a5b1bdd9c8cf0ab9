"""The smoke test: does the real URL refuse and let through whom it should? `python -m tools.smoke --help`."""


class NotReady(Exception):
    """The walk cannot begin. The message says what is missing and what to do; it holds no token and no secret."""
