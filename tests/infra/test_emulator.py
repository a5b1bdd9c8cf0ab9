"""Workarounds for MiniStack apply to a stack on this machine, and never to one on AWS."""

from tests.testkit.production import PRODUCTION
from tools.preview.mock_recorder import Declared, declare

HERE = {"petstore:tokenIssuer": "http://127.0.0.1:4567/"}


def ignored(program: Declared) -> dict[str, list[str]]:
    return {resource.name: resource.ignore_changes for resource in program.resources if resource.ignore_changes}


def test_on_this_machine_properties_that_ministack_invents_are_ignored():
    program = declare({**HERE, "petstore:alarmsTo": "oncall@petstore.example"}, stack="local")
    mocks = [integration for integration in program.of("Integration") if integration.inputs["type"] == "MOCK"]
    assert mocks
    assert ignored(program) == {
        **{mock.name: ["integrationHttpMethod"] for mock in mocks},
        "petstore-stage": ["accessLogSettings"],
        **{alarm.name: ["period", "statistic"] for alarm in program.of("MetricAlarm")},
    }


def test_on_this_machine_changes_of_the_programs_own_properties_are_made():
    program = declare({**HERE, "petstore:accessLog": "true"}, stack="local")
    assert "petstore-stage" not in ignored(program)
    backends = {resource.name for resource in program.of("Integration") if "integrationHttpMethod" in resource.inputs}
    assert backends
    assert not backends & ignored(program).keys()


def test_on_aws_every_change_is_made():
    assert ignored(declare()) == {}
    assert ignored(declare(PRODUCTION, stack="prod")) == {}


def test_the_programs_own_options_are_kept():
    by_name = {(each.type, each.name): each for each in declare(HERE).resources}
    on_aws = {(each.type, each.name): each for each in declare().resources}
    assert by_name.keys() == on_aws.keys()
    for name, resource in by_name.items():
        other = on_aws[name]
        assert set(resource.dependencies) == set(other.dependencies)
        assert (resource.parent, resource.replace_with) == (other.parent, other.replace_with)
        assert resource.delete_before_replace == other.delete_before_replace
