"""Fixtures and helpers of several modules in this folder."""

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
    """The clock is stopped at `NOW`."""
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
    """One that has read no key set yet."""
    environment = environment_of()
    return Authorizer(environment, {ISSUER: Jwks(URL, get=issuer.get)})


@pytest.fixture(scope="module")
def no_thread_left() -> Iterator[None]:
    """The tests end after the threads they started, and their sockets with them."""
    before = set(threading.enumerate())
    yield
    gc.collect()
    for thread in set(threading.enumerate()) - before:
        thread.join(10)
        assert not thread.is_alive()
    gc.collect()
