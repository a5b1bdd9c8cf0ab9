"""Converts the rules to CrossGuard policies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyResource,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UnknownValueError

from policy.model import UNKNOWN, Rule
from policy.rules import RULES


@dataclass(frozen=True)
class Planned:
    """A `policy.model.Resource`, made from the engine's data."""

    type: str
    name: str
    inputs: dict[str, Any]
    urn: str
    parent: str
    references: dict[str, list[str]]


def policies() -> list[Policy]:
    """One mandatory policy for each rule: the engine stops at any violation."""
    return [_for_each(rule) if rule.alone else _for_all(rule) for rule in RULES]


def _for_each(rule: Rule) -> Policy:
    """A policy for each resource. It runs in a preview, and again before the engine creates the resource."""

    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        resource = Planned(args.resource_type, args.name, _plain(args.props), args.urn, args.opts.parent or "", {})
        for violation in rule.check([resource]):
            report(f"{violation.what}; {violation.fix}", args.urn)

    return ResourceValidationPolicy(rule.name, rule.description, validate, EnforcementLevel.MANDATORY)


def _for_all(rule: Rule) -> Policy:
    """A policy for the whole stack.

    It runs at the end of each preview, including that of `pulumi up`, and of the update.
    """

    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        for violation in rule.check([_planned(resource) for resource in args.resources]):
            report(f"{violation.what}; {violation.fix}", violation.resource.urn)

    return StackValidationPolicy(rule.name, rule.description, validate, EnforcementLevel.MANDATORY)


def _planned(resource: PolicyResource) -> Planned:
    references = {name: sorted(each.urn for each in found) for name, found in resource.property_dependencies.items()}
    parent = resource.parent.urn if resource.parent else ""
    return Planned(resource.resource_type, resource.name, _plain(resource.props), resource.urn, parent, references)


def _plain(value: Any) -> Any:
    """The value without CrossGuard's proxies, which stop a policy at the first unknown value."""
    if isinstance(value, Mapping):
        return {name: _part(value, name) for name in value}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_part(value, at) for at in range(len(value))]
    return value


def _part(value: Any, at: str | int) -> Any:
    try:
        return _plain(value[at])
    except UnknownValueError:
        return UNKNOWN
