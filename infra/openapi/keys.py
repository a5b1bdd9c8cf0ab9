"""The keys that OpenAPI defines for documents and operations. A misspelt `security` would require no scope.

https://spec.openapis.org/oas/v3.1.1.html#openapi-object, #operation-object; 3.0 has a subset.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from infra.mistakes import Problem

OF_DOCUMENT = (
    *("openapi", "info", "jsonSchemaDialect", "servers", "paths", "webhooks", "components", "security", "tags"),
    "externalDocs",
)
OF_OPERATION = (
    *("tags", "summary", "description", "externalDocs", "operationId", "parameters", "requestBody", "responses"),
    *("callbacks", "deprecated", "security", "servers"),
)


def unknown_keys(node: Mapping[str, Any], known: Sequence[str]) -> Iterator[Problem]:
    """A problem for each key of the mapping that is neither known nor an extension."""
    for key in node:
        if key not in known and not key.startswith("x-"):
            yield Problem(
                "unknown-key", f"has the key {key!r}, which OpenAPI does not define there", "Correct or remove it."
            )
