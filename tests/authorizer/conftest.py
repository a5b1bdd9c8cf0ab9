"""What several modules here share."""

from collections.abc import Iterator

import pytest
import time_machine

from tests.authorizer.clock import Clock, Issuer
from tests.authorizer.tokens import NOW


@pytest.fixture
def frozen() -> Iterator[None]:
    """The clock stands still at `NOW`."""
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def issuer() -> Issuer:
    return Issuer()
