"""Every type of change that a user makes: the replaced resources, and the requests allowed meanwhile."""

import re
from collections.abc import Iterable, Iterator

import pytest

from infra.api.routes import Route, with_methods
from tests.testkit.changes import CHANGES, PRODUCTION, Change, Program, declared, summary
from tests.testkit.simulated_aws import Request, SimulatedAws, in_some_order, settled
from tools.preview.mock_recorder import Resource, declare
from tools.preview.plan import FORCES_REPLACEMENT, Step, plan

ORDERS = range(3)
pytestmark = pytest.mark.xdist_group("changes")  # One process runs each program once for all tests here.


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_has_exactly_the_expected_plan(name: str):
    change = CHANGES[name]
    assert summary(steps_of(change)) == change.plan


@pytest.mark.parametrize("name", CHANGES)
def test_no_change_replaces_the_rest_api_because_its_id_is_in_the_url(name: str):
    touched = {step.resource.type: step.action for step in steps_of(CHANGES[name])}
    assert touched.get("aws:apigateway/restApi:RestApi", "update") == "update"


@pytest.mark.parametrize("seed", ORDERS)
@pytest.mark.parametrize("name", CHANGES)
def test_no_step_of_a_change_allows_a_request_that_neither_program_allows(name: str, seed: int):
    change = CHANGES[name]
    before, after = world_after(change.before), world_after(change.after)
    requests = list(requests_of(change))
    may = {request for request in requests if before.allows(request) or after.allows(request)}
    assert may
    world = world_after(change.before)
    for step in in_some_order(steps_of(change), seed):
        world.carry_out(step)
        assert {request for request in requests if world.allows(request)} <= may, step
    assert_is(world, after, change, requests)


@pytest.mark.parametrize("seed", ORDERS)
@pytest.mark.parametrize("name", sorted(CHANGES.keys() - {"opened"}))
def test_no_step_of_a_change_refuses_a_request_that_both_programs_allow(name: str, seed: int):
    change = CHANGES[name]
    before, after = world_after(change.before), world_after(change.after)
    must = {request for request in requests_of(change) if before.allows(request) and after.allows(request)}
    world = world_after(change.before)
    for step in in_some_order(steps_of(change), seed):
        world.carry_out(step)
        assert {request for request in must if not world.allows(request)} == set(), step


@pytest.mark.parametrize("name", CHANGES)
def test_a_deployment_that_fails_at_any_step_allows_nothing_new_and_is_repaired_by_running_it_again(name: str):
    change = CHANGES[name]
    before, after = world_after(change.before), world_after(change.after)
    requests = list(requests_of(change))
    may = {request for request in requests if before.allows(request) or after.allows(request)}
    steps = in_some_order(steps_of(change), 0)
    for died_at in range(len(steps)):
        world = world_after(change.before)
        for step in steps[:died_at]:
            world.carry_out(step)
        for step in in_some_order(plan(world.resources.values(), resources(change.after)), died_at):
            world.carry_out(step)
            assert {request for request in requests if world.allows(request)} <= may, (died_at, step)
        assert_is(world, after, change, requests)
        assert plan(world.resources.values(), resources(change.after)) == []


@pytest.mark.parametrize("config", [(), PRODUCTION], ids=["dev", "prod"])
def test_the_first_deployment_may_fail_at_any_resource(config: tuple[tuple[str, str], ...]):
    program = Program(config=config)
    steps = in_some_order(plan([], resources(program)), 0)
    after, requests = world_after(program), list(requests_of(Change(program, program, {})))
    for died_at in range(len(steps)):
        world = SimulatedAws()
        for step in steps[:died_at]:
            world.carry_out(step)
            assert not [request for request in requests if world.allows(request) and not after.allows(request)]
        again = in_some_order(plan(world.resources.values(), resources(program)), died_at)
        assert len(again) == len(steps) - died_at
        for step in again:
            world.carry_out(step)
        assert_is(world, after, CHANGES["nothing"], requests)


def test_leftovers_of_a_removed_route_disappear_with_another_deployment():
    change = CHANGES["a removed public route"]
    world = world_after(change.before)
    for step in in_some_order(steps_of(change), 0):
        world.carry_out(step)
    root = Request("GET", "/", None)
    assert world.allows(root), "in the copy that was made before the method was deleted"
    (deployment,) = (it for it in resources(change.after) if it.type.endswith(":Deployment"))
    (stage,) = (it for it in resources(change.after) if it.type.endswith("stage:Stage"))
    for step in in_some_order(plan(without(world, deployment, stage), resources(change.after)), 0):
        world.carry_out(step)
    assert not world.allows(root)


def test_a_renamed_component_without_an_alias_would_replace_protected_resources():
    before = declare({"petstore:protectRestApi": "true"}).resources
    after = [it for it in before if it.name != "petstore" or not it.type.endswith(":RestApi")]
    assert [step.resource.name for step in plan(before, after) if step.resource.protect] == ["petstore"]


def test_every_type_of_the_program_is_in_the_table():
    everything = (("manageAccountLogging", "true"), ("provisionedConcurrency", "1"), *PRODUCTION)
    used = {it.type.removeprefix("aws:") for it in resources(Program(config=everything)) if not it.is_component}
    assert used == set(FORCES_REPLACEMENT)


def assert_is(world: SimulatedAws, after: SimulatedAws, change: Change, requests: Iterable[Request]) -> None:
    """Check that AWS answers as after a first run. A removed public route may still be in the next deployment."""
    world.delete_former()
    gone = {str(route) for route in change.before.routes if route.public} - set(map(str, change.after.routes))
    for request in requests:
        expected = after.allows(request) or f"{request.method} {request.path}" in gone
        assert world.allows(request) == expected, request
    assert world.served
    assert all(copy.is_complete for copy in world.deployments[world.served].values())


def requests_of(change: Change) -> Iterator[Request]:
    """Every route of both programs, without a token, and with each scope, none and all."""
    both = [*change.before.routes, *change.after.routes]
    scopes = sorted({scope for route in both for scope in route.scopes})
    granted = [None, frozenset[str](), *(frozenset([scope]) for scope in scopes), frozenset(scopes)]
    sides = [with_methods(program.routes) for program in (change.before, change.after)]
    asked = {(method, _concrete(route)) for side in sides for route, methods in side for method in methods}
    for method, path in sorted(asked):
        yield from (Request(method, path, some) for some in granted)


def _concrete(route: Route) -> str:
    return re.sub(r"\{[^}]*\}", "7", route.path)


_steps: dict[str, list[Step]] = {}
_worlds: dict[str, SimulatedAws] = {}


def steps_of(change: Change) -> list[Step]:
    """The steps of the plan, computed once."""
    key = repr((change.before, change.after))
    if key not in _steps:
        _steps[key] = plan(resources(change.before), resources(change.after))
    return _steps[key]


def world_after(program: Program) -> SimulatedAws:
    """A copy of the simulated AWS after the program's first run, which is computed once."""
    if repr(program) not in _worlds:
        _worlds[repr(program)] = settled(resources(program))
    return _worlds[repr(program)].copy()


def resources(program: Program) -> list[Resource]:
    return declared(program).resources


def without(world: SimulatedAws, *resources: Resource) -> list[Resource]:
    """As with `--replace`: missing resources are created again, and references to them are updated."""
    return [it for it in world.resources.values() if it.urn not in {resource.urn for resource in resources}]
