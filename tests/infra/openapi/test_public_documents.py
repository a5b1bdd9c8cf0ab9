"""Documents with the security of Figma, Asana and Discord can be imported with the settings in the messages."""

import re

import pytest

from infra.openapi.file import parse
from infra.openapi.routes import Api, interpret

HEAD = """
openapi: 3.1.0
info: {title: trimmed, version: "1"}
servers: [{url: "https://backend.example/v1"}]
"""
DOCUMENTS = {
    "Figma": """
components:
  securitySchemes:
    PersonalAccessToken: {type: apiKey, name: X-Figma-Token, in: header}
    OAuth2: {type: oauth2, flows: {authorizationCode: {scopes: {"files:read": read, "files:write": write}}}}
    OrgOAuth2: {type: oauth2, flows: {authorizationCode: {scopes: {"org:activity_log_read": read}}}}
paths:
  /files:
    get: {security: [{PersonalAccessToken: []}, {OAuth2: ["files:read"]}]}
    post: {security: [{PersonalAccessToken: []}, {OAuth2: ["files:write"]}]}
  /activity_logs:
    get: {security: [{OrgOAuth2: ["org:activity_log_read"]}]}
  /payments:
    get: {security: [{PersonalAccessToken: []}]}
""",
    "Asana": """
security: [{personalAccessToken: []}, {oauth2: []}]
components:
  securitySchemes:
    personalAccessToken: {type: http, scheme: bearer}
    oauth2: {type: oauth2, flows: {authorizationCode: {scopes: {"tasks:read": read}}}}
paths:
  /goals:
    get: {}
  /tasks:
    get: {security: [{personalAccessToken: []}, {oauth2: ["tasks:read"]}]}
""",
    "Discord": """
components:
  securitySchemes:
    BotToken: {type: apiKey, name: Authorization, in: header}
    OAuth2: {type: oauth2, flows: {clientCredentials: {scopes: {identify: read}}}}
paths:
  /applications:
    get: {security: [{BotToken: []}]}
  /users:
    get: {security: [{BotToken: []}, {OAuth2: [identify]}]}
  /connections:
    put: {security: [{OAuth2: [identify]}]}
  /gateway:
    get: {security: [{}, {BotToken: []}]}
""",
}
SCOPES = {
    "Figma": {
        "GET /files": ["files:read"],
        "POST /files": ["files:write"],
        "GET /activity_logs": ["org:activity_log_read"],
        "GET /payments": [],
    },
    "Asana": {"GET /goals": [], "GET /tasks": ["tasks:read"]},
    "Discord": {
        "GET /applications": [],
        "GET /users": ["identify"],
        "PUT /connections": ["identify"],
        "GET /gateway": [],
    },
}


def api(name: str, schemes: list[str]) -> Api:
    return interpret(parse(f"{HEAD}{DOCUMENTS[name]}".encode()), schemes)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_commands_in_the_messages_lead_to_a_complete_import(name: str):
    schemes: list[str] = []
    while mistakes := api(name, schemes).mistakes:
        ((at, scheme),) = re.findall(r"'openapiSecuritySchemes\[(\d)\]' (\w+)`", mistakes[0].fix)
        assert int(at) == len(schemes)
        schemes.append(scheme)
    routes = api(name, schemes).routes
    assert {str(route): list(route.scopes) for route in routes} == SCOPES[name]
    assert not any(route.public for route in routes)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_no_operation_is_imported_before_its_scheme_is_named(name: str):
    wrong = {place for mistake in api(name, []).mistakes for place in mistake.key.split(", ")}
    assert wrong >= set(SCOPES[name]) - {"GET /activity_logs", "PUT /connections"}  # of one scheme with tokens
