"""Fixtures that several modules in this folder share."""

import gc
import threading
from collections.abc import Iterator

import pytest
import time_machine

from authorizer.decision import Authorizer
from authorizer.jwks import Jwks
from tests.testkit.clock import URL, Clock, Issuer
from tests.testkit.events import environment_of
from tests.testkit.tokens import ISSUER, NOW


@pytest.fixture
def frozen() -> Iterator[None]:
    """Stops the clock at `NOW`."""
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture
def keys(issuer: Issuer, clock: Clock) -> Jwks:
    return Jwks(URL, get=issuer.get, clock=clock)


@pytest.fixture
def authorizer(issuer: Issuer) -> Authorizer:
    """An authorizer that has not fetched a key set yet."""
    environment = environment_of()
    return Authorizer(environment, {ISSUER: Jwks(URL, get=issuer.get)})


@pytest.fixture(scope="module")
def no_leftover_threads() -> Iterator[None]:
    """Fails if a test leaves a thread, and with it a socket, behind."""
    before = set(threading.enumerate())
    yield
    gc.collect()
    for thread in set(threading.enumerate()) - before:
        thread.join(10)
        assert not thread.is_alive()
    gc.collect()
