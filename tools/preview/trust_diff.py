"""Whom the authorizers of a program believe, and how a change of that is told."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from policy.access import path_of
from policy.model import authorizer_functions, of, variables
from tools.preview.mock_recorder import Resource
from tools.preview.route_access_diff import Notice


class Trust(NamedTuple):
    """What the authorizers of a program go by, all together. `believed`: issuers, audiences, addresses of key sets."""

    believed: tuple[frozenset[str], ...]
    revoked: frozenset[str]
    seconds: tuple[float, float]
    forwarding: frozenset[str]
    protected: frozenset[str]
    code: frozenset[str]

    @classmethod
    def read(cls, resources: Sequence[Resource]) -> "Trust":
        by_urn = {each.urn: each for each in resources}
        judges = authorizer_functions(resources).values()
        given = [variables(each, resources) for each in judges]
        revoked = [frozenset(each.get("REVOKED_KIDS", "").splitlines()) for each in given]
        authorizers = of(resources, "apigateway/authorizer:Authorizer")
        header = "integration.request.header.Authorization"
        return cls(
            tuple(
                frozenset(each[name] for each in given if name in each)
                for name in ("TOKEN_ISSUER", "AUDIENCE", "JWKS_URI")
            ),
            frozenset.intersection(*revoked) if revoked else frozenset(),
            (
                max((float(each.get("LEEWAY_SECONDS", 0)) for each in given), default=0),
                # 300 seconds is API Gateway's own where none is said.
                max((each.inputs.get("authorizerResultTtlInSeconds", 300) for each in authorizers), default=0),
            ),
            frozenset(
                f"{each.inputs.get('httpMethod')} {path_of(each, by_urn) or each.name}"
                for each in of(resources, "apigateway/integration:Integration")
                if header in (each.inputs.get("requestParameters") or {})
            ),
            frozenset(each.name for each in resources if each.protect),
            frozenset(str(each.inputs.get("code")) for each in judges),
        )


def notices(before: Sequence[Resource], after: Sequence[Resource]) -> Iterator[Notice]:
    """Every change of what a token is held against, and of what is done with it."""
    old, new = Trust.read(before), Trust.read(after)
    for subject, was, now in zip(("issuer", "audience", "JWKS URI"), old.believed, new.believed, strict=True):
        if was != now:
            yield Notice("BELIEVED", subject, _listed(was), _listed(now), loud=True)
    for kid in sorted(old.revoked ^ new.revoked):
        again = kid in old.revoked
        words = ("revoked", "trusted") if again else ("trusted", "revoked")
        yield Notice("BELIEVED" if again else "closed", f"the key {kid}", *words, loud=again)
    for subject, was, now in zip(("leeway", "cached answers"), old.seconds, new.seconds, strict=True):
        if was != now:
            label = "LONGER" if now > was else "shorter"
            yield Notice(label, subject, f"{was:g} seconds", f"{now:g} seconds", now > was)
    for route in sorted(new.forwarding - old.forwarding):
        yield Notice("TOKEN SHOWN", route, "", "the backend gets the caller's token", loud=True)
    for name in sorted(old.protected - new.protected):
        yield Notice("UNPROTECTED", name, "Pulumi refuses to delete it", "Pulumi may delete it", loud=True)
    if old.code != new.code:
        yield Notice("judged by", "the function's code", _listed(old.code), _listed(new.code))


def _listed(values: frozenset[str]) -> str:
    return ", ".join(sorted(values)) or "(none)"
