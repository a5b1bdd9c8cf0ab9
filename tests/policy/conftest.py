import pytest

from tools.preview.mock_recorder import Declared, declare


@pytest.fixture(scope="session")
def program() -> Declared:
    """The program, unchanged, with the minimal configuration."""
    return declare()
