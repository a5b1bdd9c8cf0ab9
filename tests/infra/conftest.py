import pytest

from tools.preview.mock_recorder import Declared, declare


@pytest.fixture(scope="session")
def program() -> Declared:
    """The program as it is, with the least configuration it takes."""
    return declare()
