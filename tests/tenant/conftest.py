import pytest

from tests.testkit.tenant import run
from tools.preview.mock_recorder import Declared


@pytest.fixture(scope="session")
def tenant() -> Declared:
    """The program with the minimal configuration."""
    return run()


@pytest.fixture(autouse=True)
def _no_domain_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AUTH0_DOMAIN", raising=False)
