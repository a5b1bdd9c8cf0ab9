"""The error with which a wrong configuration stops the program."""

from collections.abc import Sequence

import pulumi

from infra.mistakes import Mistake


class ConfigurationError(pulumi.RunError):
    """All mistakes of one stack, one per line. Pulumi prints them without a traceback and changes no resource."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        count = "1 mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
        lines = "\n".join(f"  - {mistake}" for mistake in mistakes)
        super().__init__(f"{count} in the configuration or the routes:\n{lines}")
        self.mistakes = list(mistakes)
