"""The rule against wildcards: policies must name principals, actions and resources explicitly.

A policy document is any JSON text, or mapping, with a `Statement`, in any input of any resource. In an
allowing statement, each of these is a violation:

- a principal with `*` in it, with or without a condition;
- an action with `*` or `?` in it, `s3:*` and `s3:Get*` alike;
- a resource with `*` or `?` in it;
- NotPrincipal, NotAction or NotResource, which include everything else.

These two do not:

- `<ARN of one log group>:*`, AWS's pattern for the streams of that group;
- the resource `*` if every action is one of `WITHOUT_RESOURCE`.

The rule checks the principal and the action of a Permission (Lambda's, for example) like those of a document. It does
not check AWS's managed policies, because a program does not contain their text.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from policy.model import Resource, Violation

# https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html: they need *.
WITHOUT_RESOURCE = frozenset({"xray:PutTraceSegments", "xray:PutTelemetryRecords"})
_LOG_STREAMS = re.compile(
    r"(arn:[^:*?]+:logs:[^:*?]+:[^:*?]+:log-group:[^:*?]+"
    r"|ARN\([^*?]+\)"  # the log group's in a recorded program
    r"):\*"
)


def wildcards(resources: Sequence[Resource]) -> Iterator[Violation]:
    for resource in resources:
        for statement in (*_statements(resource.inputs), *_of_permission(resource)):
            for what in _mistakes_in(statement):
                yield Violation(resource, what, "name the ones that the program needs")


def _statements(value: Any) -> Iterator[Mapping[str, Any]]:
    """Every statement of the policy documents in a value, at any depth, with element names in lower case."""
    if isinstance(value, str) and value.lstrip().startswith("{"):
        try:
            value = json.loads(value)
        except ValueError:
            return
    if isinstance(value, list):
        for part in value:
            yield from _statements(part)
    elif isinstance(value, Mapping):
        for name, part in value.items():
            if name.lower() != "statement":
                yield from _statements(part)
                continue
            for statement in part if isinstance(part, list) else [part]:
                if isinstance(statement, Mapping):
                    yield {key.lower(): each for key, each in statement.items()}


def _of_permission(resource: Resource) -> Iterator[Mapping[str, Any]]:
    if resource.type.endswith("Permission"):
        yield {name: resource.inputs[name] for name in ("principal", "action") if name in resource.inputs}


def _mistakes_in(statement: Mapping[str, Any]) -> Iterator[str]:
    if statement.get("effect") == "Deny":
        return
    principals = statement.get("principal")
    for principal in _texts(list(principals.values()) if isinstance(principals, Mapping) else principals):
        if "*" in principal:
            yield f"it is open to the principal {principal}"
    actions = _texts(statement.get("action"))
    yield from (f"it allows the action {action}" for action in actions if re.search(r"[*?]", action))
    for target in _texts(statement.get("resource")):
        excused = _LOG_STREAMS.fullmatch(target) or (target == "*" and actions and WITHOUT_RESOURCE.issuperset(actions))
        if re.search(r"[*?]", target) and not excused:
            yield f"it allows {', '.join(actions)} on the resource {target}"
    for name in ("NotPrincipal", "NotAction", "NotResource"):
        if name.lower() in statement:
            yield f"it allows everything except the values of {name}"


def _texts(value: Any) -> list[str]:
    """The strings in a value or in lists of them, without unknown values."""
    if isinstance(value, list):
        return [text for part in value for text in _texts(part)]
    return [value] if isinstance(value, str) else []
