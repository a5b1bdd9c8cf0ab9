"""docs/migrating.md: an API as AWS exports it has two mistakes, and is accepted after both are fixed."""

import json
from pathlib import Path
from typing import Any

import pytest

from infra.config.settings import Settings
from infra.configuration_error import ConfigurationError
from infra.openapi import file
from tools.preview.mock_recorder import CONFIG
from tools.project import PROJECT

SECURITY = "jwt-rsa-custom-authorizer"
PET_ID = {"name": "petId", "in": "path", "required": True, "schema": {"type": "string"}}


def exported() -> dict[str, Any]:
    """The tutorial's API in the format of `get-export`: OpenAPI 3.0, without extensions."""
    answer = {"responses": {"200": {"description": "200 response"}}}
    return {
        "openapi": "3.0.1",
        "info": {"title": "PetStore", "version": "2017-03-01T00:00:00Z"},
        "servers": [
            {
                "url": "https://abc123.execute-api.us-east-1.amazonaws.com/{basePath}",
                "variables": {"basePath": {"default": "test"}},
            }
        ],
        "paths": {
            "/pets": {"get": {**answer, "security": [{SECURITY: []}]}, "post": answer, "options": answer},
            "/pets/{petId}": {"get": {**answer, "parameters": [PET_ID]}, "options": {**answer, "parameters": [PET_ID]}},
        },
        "components": {"securitySchemes": {SECURITY: {"type": "apiKey", "name": "Authorization", "in": "header"}}},
    }


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(file, "ROOT", tmp_path)
    return tmp_path


def load(folder: Path, document: dict[str, Any], **config: str) -> Settings:
    (folder / "old.openapi.json").write_text(json.dumps(document), encoding="utf-8")
    keys = {f"{PROJECT}:{name}": value for name, value in config.items()}
    return Settings.parse({**CONFIG, f"{PROJECT}:openapi": "old.openapi.json", **keys}, [], project=PROJECT)


def test_an_exported_api_is_refused_for_its_authorizer_and_its_own_address(folder: Path):
    with pytest.raises(ConfigurationError) as caught:
        load(folder, exported())
    scheme, server = caught.value.mistakes
    assert (scheme.rule, server.rule) == ("not-a-bearer-scheme", "api-as-backend")


def test_after_both_fixes_the_api_is_accepted_and_public_routes_are_protected(folder: Path):
    document = exported()
    document["components"]["securitySchemes"][SECURITY] = {"type": "http", "scheme": "bearer"}
    settings = load(folder, document, backendUrl="https://backend.example")
    assert [(str(route), route.public) for route in settings.routes] == [
        ("GET /pets", False),
        ("POST /pets", False),
        ("GET /pets/{petId}", False),
    ]
