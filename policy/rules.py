"""The list of rules, and those about a single input. `access`, `limits` and `wildcards` have the other rules."""

import re
from collections.abc import Iterator, Sequence

from infra.config.validators import LAMBDA_RUNTIMES
from policy.access import authorizer_permissions, open_methods
from policy.limits import throttles, timeouts
from policy.model import UNKNOWN, Resource, Rule, Violation, formatted, inside, is_number, of
from policy.wildcards import wildcards

MAX_TTL = 3600  # https://docs.aws.amazon.com/apigateway/latest/api/API_CreateAuthorizer.html


def _traces(resources: Sequence[Resource]) -> Iterator[Violation]:
    for each in of(resources, "apigateway/methodSettings:MethodSettings"):
        traced = inside(each, "settings", "dataTraceEnabled")
        if traced and traced is not UNKNOWN:
            yield Violation(each, "its dataTraceEnabled is on", "set it to False")


def _ttls(resources: Sequence[Resource]) -> Iterator[Violation]:
    """Authorizers whose TTL is not set or out of range.

    CrossGuard replaces a missing TTL with the provider's default.
    """
    for each in of(resources, "apigateway/authorizer:Authorizer"):
        ttl = each.inputs.get("authorizerResultTtlInSeconds")
        if ttl is not UNKNOWN and not (is_number(ttl) and 0 <= ttl <= MAX_TTL):
            what = "is not set" if ttl is None else f"is {formatted(ttl)}"
            yield Violation(each, f"its authorizerResultTtlInSeconds {what}", f"set it, from 0 to {MAX_TTL}")


def _retentions(resources: Sequence[Resource]) -> Iterator[Violation]:
    for each in of(resources, "cloudwatch/logGroup:LogGroup"):
        if not each.inputs.get("retentionInDays"):
            yield Violation(each, "its logs never expire", "set its retentionInDays")


def _runtimes(resources: Sequence[Resource]) -> Iterator[Violation]:
    for each in of(resources, "lambda/function:Function"):
        runtime = each.inputs.get("runtime")
        if runtime not in (UNKNOWN, *LAMBDA_RUNTIMES):
            yield Violation(each, f"its runtime is {runtime}", f"use {', '.join(LAMBDA_RUNTIMES)}")


def _accounts(resources: Sequence[Resource]) -> Iterator[Violation]:
    for each in of(resources, "apigateway/account:Account"):
        if not re.search(r"[:$]petstore:api:AccountLogging::", each.parent):
            yield Violation(
                each,
                "it sets the CloudWatch role of every API of this account and region",
                "remove it, or run `pulumi config set manageAccountLogging true`",
            )


RULES = [
    Rule(
        "methods-ask-the-authorizer",
        "A method without an authorizer answers everyone, so its route must be declared public.",
        open_methods,
    ),
    Rule(
        "no-wildcards-in-policies",
        "A wildcard in a policy grants rights without a review.",
        wildcards,
        alone=True,
    ),
    Rule(
        "permissions-name-their-source",
        "A permission without a source allows an API of any account to invoke the function.",
        authorizer_permissions,
    ),
    Rule(
        "no-data-trace",
        "A data trace writes every request's headers to the log, including tokens.",
        _traces,
        alone=True,
    ),
    Rule(
        "authorizer-results-expire",
        "A cached policy outlives its token by up to the TTL, so set the TTL explicitly and within AWS's limits.",
        _ttls,
        alone=True,
    ),
    Rule("logs-expire", "Logs expire, unless you decide otherwise.", _retentions, alone=True),
    Rule("runtimes-are-supported", "A runtime past its support gets no security updates.", _runtimes, alone=True),
    Rule(
        "timeouts-in-order",
        "A function that ends before its fetch of the keys fails with a 500 and without a line in the log.",
        timeouts,
    ),
    Rule("stages-are-throttled", "Without a throttle, one caller can use up the capacity of all.", throttles),
    Rule(
        "no-account-settings",
        "The account has one CloudWatch role for all its APIs, so a stack changes it only if you set a key.",
        _accounts,
        alone=True,
    ),
]
