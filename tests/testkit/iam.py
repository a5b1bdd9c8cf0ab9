"""A strict evaluator of an authorizer's IAM policy, as API Gateway evaluates it."""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

VERSION = "2012-10-17"
MEMBERS = {"Effect", "Action", "Resource"}


class PolicyError(Exception):
    """API Gateway would refuse the policy, or interpret it differently."""


def allows(policy: Mapping[str, Any], arn: str) -> bool:
    """Whether the policy allows a request with this method ARN: an Allow matches and no Deny does."""
    return evaluator(policy)(arn)


def evaluator(policy: Mapping[str, Any]) -> Callable[[str], bool]:
    """`allows` for many ARNs: parses the policy once."""
    if set(policy) != {"Version", "Statement"} or policy["Version"] != VERSION:
        raise PolicyError(f"not a policy document: {sorted(policy)}")
    statements = policy["Statement"]
    if not isinstance(statements, list) or not statements:
        raise PolicyError("no statement")
    read = list(map(_read, statements))
    allowed, denied = (
        [_expression(resource) for effect, resources in read if effect == wanted for resource in resources]
        for wanted in ("Allow", "Deny")
    )

    def may(arn: str) -> bool:
        return any(it.fullmatch(arn) for it in allowed) and not any(it.fullmatch(arn) for it in denied)

    return may


def _read(statement: Mapping[str, Any]) -> tuple[str, list[str]]:
    if set(statement) != MEMBERS:
        raise PolicyError(f"members of a statement: {sorted(statement)}")
    if statement["Effect"] not in ("Allow", "Deny"):
        raise PolicyError(f"effect {statement['Effect']!r}")
    if statement["Action"] != "execute-api:Invoke":
        raise PolicyError(f"action {statement['Action']!r}")
    resources = statement["Resource"]
    if not isinstance(resources, list) or not resources or not all(isinstance(it, str) for it in resources):
        raise PolicyError(f"resources {resources!r}")
    # `*` is the only wildcard here, and AWS would replace a variable such as ${aws:username}.
    if any(not it.startswith("arn:") or "${" in it or len(it) > 512 for it in resources):
        raise PolicyError(f"resources {resources!r}")
    return statement["Effect"], resources


@lru_cache(maxsize=4096)
def _expression(pattern: str) -> re.Pattern[str]:
    """`*` matches any number of characters, including `/` and none; `?` matches one."""
    wildcards = {"*": ".*", "?": "."}
    return re.compile("".join(wildcards.get(char, re.escape(char)) for char in pattern), re.DOTALL)
