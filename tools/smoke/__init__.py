"""Calls a deployed stack, and checks that it refuses and allows the right requests."""

from tools.errors import ToolError


class SmokeError(ToolError):
    """The smoke test cannot begin. The message has the reason and the fix, and never a token or a secret."""
