"""Rules about timeouts and throttles."""

from collections.abc import Iterator, Sequence

from authorizer.fetch import DEADLINE
from policy.model import UNKNOWN, Resource, Violation, authorizer_functions, formatted, inside, is_number, of

# https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html, and
# https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html: the defaults.
_LAMBDA_TIMEOUT = 3  # seconds
_INTEGRATION_TIMEOUT = 29_000  # milliseconds


def timeouts(resources: Sequence[Resource]) -> Iterator[Violation]:
    """Authorizers' functions whose timeout is shorter than a fetch of the keys, or longer than API Gateway's."""
    patience = [
        limit
        for each in of(resources, "apigateway/integration:Integration")
        if is_number(limit := each.inputs.get("timeoutMilliseconds") or _INTEGRATION_TIMEOUT)
    ]
    given_up = min(patience, default=_INTEGRATION_TIMEOUT) / 1000
    for function in authorizer_functions(resources).values():
        limit = function.inputs.get("timeout") or _LAMBDA_TIMEOUT
        if is_number(limit) and not DEADLINE < limit < given_up:
            yield Violation(
                function,
                f"its timeout is {limit:g} s; the key set's fetch has {DEADLINE:g}, an integration {given_up:g}",
                "set it between the two",
            )


def throttles(resources: Sequence[Resource]) -> Iterator[Violation]:
    """Stages, and settings for single methods, without a limit. For API Gateway, -1 means no limit."""
    settings = of(resources, "apigateway/methodSettings:MethodSettings")
    for stage in of(resources, "apigateway/stage:Stage"):
        its_own = [each for each in settings if stage.urn in each.references.get("stageName", ())]
        if not any(each.inputs.get("methodPath") == "*/*" for each in its_own):
            fix = 'declare MethodSettings for "*/*" with its stage_name'
            yield Violation(stage, "it has no limit of requests", fix)
    for each in settings:
        for name in ("throttlingRateLimit", "throttlingBurstLimit"):
            limit = inside(each, "settings", name)
            if limit is not UNKNOWN and not (is_number(limit) and limit > 0):
                yield Violation(each, f"its {name} is {formatted(limit)}", "set it above 0")
