import pytest

from local.recording import Declared
from tests.ci.bootstrap import FULL, run


@pytest.fixture(scope="session")
def bootstrap() -> Declared:
    """The program with everything that it can declare."""
    return run(FULL)
