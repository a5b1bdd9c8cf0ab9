"""Plans Pulumi's steps from one run of the program to another, without its engine and without AWS.

It replaces `pulumi preview` if there is no CLI. The order and the rules are those of the engine, and the table below
has those of the AWS provider. https://www.pulumi.com/docs/iac/concepts/how-pulumi-works/
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from tools.preview.mock_recorder import Resource

Action = Literal["create", "update", "replace", "delete"]

# By type, the inputs that AWS cannot change: if one differs, Pulumi replaces the resource. These are the `ForceNew`
# of the schemas in terraform-provider-aws, on which Pulumi's provider is built.
_METHOD = ("restApi", "resourceId", "httpMethod")
FORCES_REPLACEMENT: Mapping[str, Sequence[str]] = {
    "apigateway/account:Account": (),
    "apigateway/authorizer:Authorizer": ("restApi",),
    "apigateway/basePathMapping:BasePathMapping": ("domainName",),
    "apigateway/deployment:Deployment": ("restApi", "triggers", "variables"),
    "apigateway/domainName:DomainName": ("domainName",),
    "apigateway/integration:Integration": (
        *_METHOD,
        *("type", "integrationHttpMethod", "passthroughBehavior", "credentials"),
    ),
    "apigateway/integrationResponse:IntegrationResponse": (*_METHOD, "statusCode"),
    "apigateway/method:Method": _METHOD,
    "apigateway/methodResponse:MethodResponse": (*_METHOD, "statusCode"),
    "apigateway/methodSettings:MethodSettings": ("restApi", "stageName", "methodPath"),
    "apigateway/resource:Resource": ("restApi",),
    "apigateway/response:Response": ("restApiId", "responseType"),
    "apigateway/restApi:RestApi": (),
    "apigateway/stage:Stage": ("restApi", "stageName"),
    "cloudwatch/dashboard:Dashboard": ("dashboardName",),
    "cloudwatch/logGroup:LogGroup": ("name",),
    "cloudwatch/logMetricFilter:LogMetricFilter": ("name", "logGroupName"),
    "cloudwatch/metricAlarm:MetricAlarm": ("name",),
    "iam/role:Role": ("name", "path"),
    "iam/rolePolicy:RolePolicy": ("name", "role"),
    "iam/rolePolicyAttachment:RolePolicyAttachment": ("role", "policyArn"),
    "lambda/alias:Alias": ("functionName", "name"),
    "lambda/function:Function": ("name", "packageType"),
    "lambda/permission:Permission": ("action", "function", "principal", "qualifier", "sourceArn"),
    "lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig": ("functionName", "qualifier"),
    "sns/topic:Topic": ("name", "fifoTopic"),
    "sns/topicSubscription:TopicSubscription": ("topic", "protocol", "endpoint"),
}


@dataclass(frozen=True)
class Step:
    """One step for one resource.

    `resource` is its new state, or its old state if the step deletes it; `was` is the old state. `changed` has the
    inputs that differ, or may differ because they use unknown outputs of another resource. If its type is not in the
    table, a changed resource is updated.
    """

    action: Action
    resource: Resource
    was: Resource | None = None
    changed: tuple[str, ...] = ()


def plan(before: Iterable[Resource], after: Iterable[Resource]) -> list[Step]:
    """The steps, in the order of the program's resources; deletions come last, dependents first."""
    old = {resource.urn: resource for resource in before if not resource.is_component}
    new = list(after)
    by_urn = {resource.urn: resource for resource in new}
    aliases = {urn: _former_urns(resource, by_urn) for urn, resource in by_urn.items()}
    steps: list[Step] = []
    replaced: set[str] = set()
    published: set[str] = set()
    former_names: dict[str, str] = {}
    for resource in new:
        if resource.is_component:
            continue
        was = next((old.pop(urn) for urn in (resource.urn, *aliases[resource.urn]) if urn in old), None)
        if was is None:
            steps.append(Step("create", resource))
            continue
        former_names[resource.name] = was.name
        changed = tuple(
            name
            for name in _names(was, resource)
            if replaced & set(resource.references.get(name, []))
            or (name == "functionVersion" and published & set(resource.references.get(name, [])))
            or _plain(was.inputs.get(name)) != _plain(resource.inputs.get(name), former_names)
        )
        forced = set(changed) & set(FORCES_REPLACEMENT.get(resource.type.removeprefix("aws:"), ()))
        if forced or replaced & set(resource.replace_with):
            replaced.add(resource.urn)
            steps.append(Step("replace", resource, was, changed))
        elif changed:
            steps.append(Step("update", resource, was, changed))
            if resource.inputs.get("publish"):
                published.add(resource.urn)  # a function's version, which has a new number
    return steps + [Step("delete", resource, resource) for resource in reversed(old.values())]


def _former_urns(resource: Resource, by_urn: Mapping[str, Resource]) -> list[str]:
    """The URNs that a resource may have had before it, or a component above it, was renamed.

    A component's alias also applies to its children whose names begin with its own.
    """
    found: list[str] = []
    named: Resource | None = resource
    while named:
        found += [
            resource.urn.removesuffix(resource.name) + alias + resource.name.removeprefix(named.name)
            for alias in named.aliases
            if resource.name.startswith(named.name)
        ]
        named = by_urn.get(named.parent)
    return found


def _names(was: Resource, resource: Resource) -> list[str]:
    ignored = {*was.ignore_changes, *resource.ignore_changes}
    return sorted((was.inputs.keys() | resource.inputs.keys()) - ignored)


def _plain(value: Any, former_names: Mapping[str, str] | None = None) -> Any:
    """The value in a form that can be compared with that of another run.

    Archives with the same path are equal, because their names contain a hash. A value that only AWS knows is
    `ID(name)`, and a rename does not change it.
    """
    if isinstance(value, str) and former_names:
        return re.sub(r"(?<=\()[^()]+(?=\))", lambda name: former_names.get(name[0], name[0]), value)
    return getattr(value, "path", value)
