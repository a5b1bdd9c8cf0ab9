"""Makes the package's schema. Its inputs are the program's configuration keys, as Pulumi.yaml describes them.

https://www.pulumi.com/docs/iac/guides/building-extending/packages/schema/
"""

import json
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from infra.config.issuers import MEMBERS
from infra.names import ROOT

NAME = "jwt-authorizer"
FILE = Path(__file__).with_name("schema.json")
ISSUER = "tokenIssuer"  # the key of the input `issuer`

_ISSUER_MEMBERS = tuple(ISSUER if member == "issuer" else member for member in MEMBERS)
# Inputs that may be outputs of other resources, because only the function's variables depend on them.
TRUST = (*_ISSUER_MEMBERS, "issuers", "contextClaims", "revokedKids")
_ROUTES = ("routes", "openapi", "openapiSecuritySchemes")
_FUNCTION = (
    *("leewayInSeconds", "bundleKeys", "preflight", "lambdaRuntime", "lambdaArchitecture", "snapStart"),
    *("provisionedConcurrency", "logRetentionInDays", "permissionsBoundary"),
)

_TEXT = {"type": "string"}
_TEXTS = {"type": "array", "items": _TEXT}
_CLAIM_VALUES = {"type": "array", "items": {"oneOf": [_TEXT, {"type": "boolean"}, {"type": "number"}]}}


def _type(name: str) -> str:
    return f"#/types/{NAME}:index:{name}"


# Inputs that are not configuration keys of the program, or have another type there.
_OWN: dict[str, dict[str, Any]] = {
    "routes": {
        "type": "array",
        "items": {"$ref": _type("Route")},
        "description": "The routes of the API. A valid token gives access to these routes only, if it has their scopes",
    },
    "openapi": {
        **_TEXT,
        "plain": True,
        "description": "The text of an OpenAPI document (3.0 or 3.1, YAML or JSON) whose operations are the routes, "
        "instead of routes",
    },
    "title": {
        **_TEXT,
        "plain": True,
        "description": "The API's name in AWS and in challenges; by default the name",
    },
    "restApiId": {**_TEXT, "description": "The id of the REST API that the authorizer is for"},
    "executionArn": {
        **_TEXT,
        "description": "The execution ARN of the API: only its requests invoke the function",
    },
}
_TYPES: dict[str, Any] = {
    "issuers": {"type": "array", "items": {"$ref": _type("TrustedIssuer")}},
    "requiredClaims": {"type": "object", "additionalProperties": _CLAIM_VALUES},
}
_ROUTE: dict[str, tuple[dict[str, Any], str]] = {
    "method": (_TEXT, "GET, POST, PUT, PATCH, DELETE, HEAD, or ANY for the path's methods that have no other route"),
    "path": (_TEXT, "The path, such as /pets/{petId}, or /{proxy+} for all paths"),
    "scopes": (_TEXTS, "The scopes that a token needs, all of them; by default, any valid token is accepted"),
    "public": ({"type": "boolean"}, "Requests need no token"),
    "query": (_TEXTS, "Names of query parameters that an HTTP backend gets; HTTP_PROXY passes all"),
    "headers": (_TEXTS, "Names of request headers that an HTTP backend gets; HTTP_PROXY passes all"),
    "page": (_TEXT, "HTML that API Gateway answers itself, instead of the backend"),
    "function": (_TEXT, "The name or ARN of a Lambda function that answers, instead of the backend"),
    "integration": (_TEXT, "HTTP or HTTP_PROXY; by default integrationType"),
    "backendPath": (_TEXT, "The path at the backend, if it is another"),
}
_FUNCTION_OUTPUTS = {
    "functionName": "The name of the authorizer's Lambda function",
    "functionArn": "The ARN of the function, or of its alias with snapStart or provisionedConcurrency",
    "invokeArn": "The URI by which API Gateway invokes the function: the authorizerUri of an authorizer",
}
_COMPONENTS: dict[str, tuple[str, tuple[str, ...], tuple[str, ...], dict[str, str]]] = {
    "JwtAuthorizer": (
        "A JWT authorizer for an existing REST API: the Lambda function with its role and log group, the authorizer, "
        "and the permission to invoke it. A token gets access to the given routes only: any other route of the API "
        "that uses the authorizer is denied.",
        ("restApiId", "executionArn", *_ROUTES, *TRUST, "authorizerResultTtlInSeconds", *_FUNCTION),
        ("restApiId", "executionArn"),
        {
            "authorizerId": "The id of the authorizer, for methods with authorization CUSTOM",
            **_FUNCTION_OUTPUTS,
            "triggers": "Put it into the triggers of your Deployment: it changes when the API needs a new one",
        },
    ),
    "JwtAuthorizerFunction": (
        "The Lambda function of a JWT authorizer, with its role and log group, for libraries that create the "
        "authorizer themselves. A token gets access to the given routes only.",
        (*_ROUTES, *TRUST, *_FUNCTION),
        (),
        _FUNCTION_OUTPUTS,
    ),
    "ProtectedRestApi": (
        "A REST API whose routes need a valid token: backends, authorizer, stage, and monitoring. A token gets access "
        "to the given routes only.",
        ("title",),  # and all keys of the program
        (),
        {
            "invokeUrl": "The URL of the stage, or of the custom domain",
            "stageName": "The name of the stage",
            "stageArn": "The ARN of the stage, such as for a web ACL",
            "restApiId": "The id of the REST API",
            "authorizerFunctionName": "The name of the authorizer's Lambda function",
            "dnsTarget": "The host name that the DNS record of domainName points to; only with domainName",
        },
    ),
}
_OPTIONAL_OUTPUTS = ("dnsTarget",)


def input_name(key: str) -> str:
    """The name of the input of a configuration key."""
    return "issuer" if key == ISSUER else key


@cache
def package() -> Mapping[str, Any]:
    """The schema as plain data."""
    of_keys = _of_keys()
    inputs = {**of_keys, **_OWN}
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    resources: dict[str, Any] = {}
    for name, (description, own, required, outputs) in _COMPONENTS.items():
        keys = (*own, *_ROUTES, *of_keys) if name == "ProtectedRestApi" else own
        resources[f"{NAME}:index:{name}"] = {
            "isComponent": True,
            "description": description,
            "inputProperties": {input_name(key): inputs[key] for key in dict.fromkeys(keys)},
            "requiredInputs": list(required),
            "properties": {key: {**_TEXT, "description": text} for key, text in outputs.items()},
            "required": [key for key in outputs if key not in _OPTIONAL_OUTPUTS],
        }
    return {
        "name": NAME,
        "displayName": "JWT authorizer for API Gateway",
        "version": version,
        "description": "A JWT authorizer for Amazon API Gateway REST APIs",
        "license": "Apache-2.0",
        # Without a namespace, the engine would name the SDKs after the repository's owner if they come by a URL.
        "namespace": "pulumi",
        "meta": {"supportPack": True},  # the Go SDK compiles: its import path is its folder's
        "resources": resources,
        "types": {
            f"{NAME}:index:Route": {
                "type": "object",
                "description": "A method of a path. It needs a valid token, unless it is public",
                "properties": {key: {**spec, "description": text} for key, (spec, text) in _ROUTE.items()},
                "required": ["method", "path"],
            },
            f"{NAME}:index:TrustedIssuer": {
                "type": "object",
                "description": "An issuer whose tokens are accepted. An omitted member has the default of the input",
                "properties": {input_name(key): _member(key, inputs[key]) for key in _ISSUER_MEMBERS},
                "required": ["issuer"],
            },
        },
        "language": {
            language: {"respectSchemaVersion": True} for language in ("nodejs", "python", "go", "csharp", "java")
        },
    }


def _of_keys() -> dict[str, dict[str, Any]]:
    declared: Mapping[str, Any] = yaml.safe_load((ROOT / "Pulumi.yaml").read_text(encoding="utf-8"))["config"]
    inputs: dict[str, dict[str, Any]] = {}
    for key, entry in declared.items():
        spec: dict[str, Any] = _TYPES.get(key) or {name: entry[name] for name in ("type", "items") if name in entry}
        if key not in TRUST and spec["type"] != "array":
            spec = {**spec, "plain": True}
        default = entry["default"]
        text = entry["description"].replace(ISSUER, "issuer")
        if default not in ("", [], {}):
            text += f". Default: {default if isinstance(default, str) else json.dumps(default)}"
        inputs[key] = {**spec, "description": text}
    return inputs


def _member(key: str, spec: Mapping[str, Any]) -> dict[str, Any]:
    """The type of a member of an issuer in `issuers`, in which `audience` is a list."""
    return {**_TEXTS, "description": "The identifiers of your API at this issuer"} if key == "audience" else {**spec}


def text() -> str:
    """The schema as the text of `FILE`."""
    return json.dumps(package(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
