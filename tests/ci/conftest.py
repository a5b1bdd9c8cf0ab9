import pytest

from tests.testkit.bootstrap import FULL, run
from tools.preview.mock_recorder import Declared


@pytest.fixture(scope="session")
def bootstrap() -> Declared:
    """The program with all its settings turned on."""
    return run(FULL)
