"""The package's committed schema is up to date, and the plugin has the layout that the engine needs."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import yaml
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from component import schema
from tools.project import ROOT

FOLDER = ROOT / "component"
PACKAGE = schema.package()


def properties() -> Iterator[tuple[str, dict[str, Any]]]:
    for token, resource in PACKAGE["resources"].items():
        for kind in ("inputProperties", "properties"):
            yield from ((f"{token} {kind} {name}", spec) for name, spec in resource[kind].items())
    for token, declared in PACKAGE["types"].items():
        yield from ((f"{token} {name}", spec) for name, spec in declared["properties"].items())


def test_the_committed_schema_is_the_generated_one():
    same = schema.FILE.read_text(encoding="utf-8") == schema.text()
    assert same, "run `.venv/bin/python -m component.schema`, and read the diff"


def test_every_component_type_input_and_output_has_a_description():
    for token, entry in {**PACKAGE["resources"], **PACKAGE["types"]}.items():
        assert entry["description"], token
    for place, spec in properties():
        assert spec["description"], place


def test_no_property_has_the_type_any():
    def types(spec: dict[str, Any]) -> Iterator[dict[str, Any]]:
        yield spec
        for inner in (*spec.get("oneOf", ()), *(spec[key] for key in ("items", "additionalProperties") if key in spec)):
            yield from types(inner)

    for place, spec in properties():
        for each in types(spec):
            assert each.get("type") or each.get("oneOf") or each["$ref"].startswith("#/types/jwt-authorizer:"), place
            assert each.get("type") != "object" or "additionalProperties" in each, place


def test_the_api_has_every_configuration_key_of_the_program_as_an_input():
    keys = yaml.safe_load((ROOT / "Pulumi.yaml").read_text(encoding="utf-8"))["config"]
    inputs = PACKAGE["resources"]["jwt-authorizer:index:ProtectedRestApi"]["inputProperties"]
    assert inputs.keys() == {schema.input_name(key) for key in keys} | {"routes", "title"}


def test_only_settings_of_trust_ids_and_lists_may_be_outputs():
    for token, resource in PACKAGE["resources"].items():
        free = {name for name, spec in resource["inputProperties"].items() if not spec.get("plain")}
        texts = {name for name in free if resource["inputProperties"][name]["type"] == "string"}
        assert texts <= {"issuer", "audience", "jwksUri", "restApiId", "executionArn"}, token


def test_the_plugin_is_not_a_program_and_installs_the_programs_requirements():
    assert not (FOLDER / "Pulumi.yaml").exists()  # With a Pulumi.yaml, the engine would treat the folder as a program.
    plugin = yaml.safe_load((FOLDER / "PulumiPlugin.yaml").read_text(encoding="utf-8"))
    program = yaml.safe_load((ROOT / "Pulumi.yaml").read_text(encoding="utf-8"))
    assert plugin["runtime"] == program["runtime"]
    assert plugin["requiredPulumiVersion"] == program["requiredPulumiVersion"]
    reference = (FOLDER / "requirements.txt").read_text(encoding="utf-8").split()
    assert reference == ["-r", "../requirements.txt"]


def test_the_engine_can_start_the_plugin_from_any_folder_and_get_the_schema(tmp_path: Path):
    command = [sys.executable, str(FOLDER), "127.0.0.1:1"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as plugin:
        try:
            assert plugin.stdout
            port = int(plugin.stdout.readline())
            with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
                provider = provider_pb2_grpc.ResourceProviderStub(channel)
                answer = provider.GetSchema(provider_pb2.GetSchemaRequest())
        finally:
            plugin.kill()
    assert answer.schema == schema.text()
