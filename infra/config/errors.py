"""How the program says that something is configured wrongly."""

from collections.abc import Sequence

import pulumi


class ConfigurationError(pulumi.RunError):
    """All mistakes of one stack, a line each. Pulumi prints it without a traceback and touches no resource."""

    def __init__(self, mistakes: Sequence[str]) -> None:
        count = "1 mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
        super().__init__(
            f"{count} in the configuration or the routes:\n" + "\n".join(f"  - {line}" for line in mistakes)
        )
        self.mistakes = list(mistakes)
