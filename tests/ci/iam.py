"""A strict IAM policy evaluator: any construct without a rule here is an error, not a guess.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

Statements = Sequence[Mapping[str, Any]]


class PolicyError(Exception):
    """A policy uses a construct that has no rule here."""


def allows(statements: Statements, action: str, resource: str, context: Mapping[str, str] | None = None) -> bool:
    """Whether these statements together allow a request: an Allow matches and no Deny does."""
    effects = {
        statement["Effect"] for statement in statements if _is_for(statement, action, resource, dict(context or {}))
    }
    return effects == {"Allow"}


def may_assume(statements: Statements, provider: str, claims: Mapping[str, str]) -> bool:
    """Whether a role's trust policy accepts a token of this OIDC provider with these claims."""
    issuer = provider.partition(":oidc-provider/")[2]
    context = {f"{issuer}:{name}": value for name, value in claims.items()}
    found: list[bool] = []
    for statement in statements:
        if set(statement) != {"Effect", "Action", "Principal", "Condition"} or statement["Effect"] != "Allow":
            raise PolicyError(f"a trust statement of {sorted(statement)}")
        if statement["Action"] != ["sts:AssumeRoleWithWebIdentity"] or set(statement["Principal"]) != {"Federated"}:
            raise PolicyError(f"{statement['Action']} for {statement['Principal']}")
        found.append(statement["Principal"]["Federated"] == provider and _holds(statement["Condition"], context))
    return any(found)


def _is_for(statement: Mapping[str, Any], action: str, resource: str, context: dict[str, str]) -> bool:
    if set(statement) - {"Condition", "Principal"} != {"Effect", "Action", "Resource"}:
        raise PolicyError(f"members of a statement: {sorted(statement)}")
    if statement["Effect"] not in ("Allow", "Deny"):
        raise PolicyError(f"effect {statement['Effect']!r}")
    return (
        any(matches(pattern.lower(), action.lower()) for pattern in texts(statement["Action"]))
        and any(matches(pattern, resource) for pattern in texts(statement["Resource"]))
        and _holds(statement.get("Condition", {}), context)
    )


def _holds(condition: Mapping[str, Any], context: Mapping[str, str]) -> bool:
    """Whether every operator and key matches one of its values. A key that the request lacks never matches."""
    given = {key.lower(): value for key, value in context.items()}
    for operator, keys in condition.items():
        if operator not in ("StringEquals", "Bool"):
            raise PolicyError(f"operator {operator}")
        if not all(given.get(key.lower()) in texts(values) for key, values in keys.items()):
            return False
    return True


def texts(value: Any) -> list[str]:
    """A string or a list of strings. A policy variable is an error, because AWS would replace it."""
    found = value if isinstance(value, list) else [value]
    if not found or any(not isinstance(each, str) or "${" in each for each in found):
        raise PolicyError(f"value {value!r}")
    return found


@lru_cache(maxsize=4096)
def _expression(pattern: str) -> re.Pattern[str]:
    wildcards = {"*": ".*", "?": "."}
    return re.compile("".join(wildcards.get(char, re.escape(char)) for char in pattern), re.DOTALL)


def matches(pattern: str, text: str) -> bool:
    """`*` matches any number of characters, including `/`, `:` and none; `?` matches one."""
    return _expression(pattern).fullmatch(text) is not None
