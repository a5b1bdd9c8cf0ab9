"""Calls a deployed stack, and checks that it refuses and lets through the right requests."""

from tools.errors import ToolError


class NotReady(ToolError):
    """The walk cannot begin. The message says what is missing and what to do; it holds no token and no secret."""
