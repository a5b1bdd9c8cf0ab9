"""The routes that the demo adds to the program's."""

from infra.api.routes import Route
from local.cloud.backend import with_examples
from routes import ROUTES


def test_the_demo_adds_a_route_for_each_type_of_backend():
    added = with_examples(ROUTES)[len(ROUTES) :]
    assert {(it.method == "ANY", it.integration, bool(it.function)) for it in added} == {
        *((True, "HTTP_PROXY", False), (False, None, False), (False, None, True))
    }


def test_the_demo_adds_no_route_that_conflicts_with_the_programs_routes():
    own = [Route("GET", "/any/{name}")]  # API Gateway accepts one parameter name per position.
    assert with_examples(own) == own
