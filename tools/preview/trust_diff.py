"""Whom the authorizers of a program believe, and how a change of that is told."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from authorizer.issuer import Issuer, parse_issuers
from policy.access import path_of
from policy.model import authorizer_functions, of, variables
from tools.preview.mock_recorder import Resource
from tools.preview.route_access_diff import Notice

Facts = dict[str, dict[str, frozenset[str]]]  # by issuer, what its tokens are held against


class Trust(NamedTuple):
    """What the authorizers of a program go by, all together."""

    issuers: Facts
    revoked: frozenset[str]
    context: frozenset[str]
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
            _issuers(given),
            frozenset.intersection(*revoked) if revoked else frozenset(),
            frozenset(name for each in given for name in each.get("CONTEXT_CLAIMS", "").splitlines()),
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
    yield from _of_issuers(old.issuers, new.issuers)
    if not old.code:  # a new stack: nothing that the rest could compare with
        old = new._replace(forwarding=frozenset())
    for kid in sorted(old.revoked ^ new.revoked):
        again = kid in old.revoked
        words = ("revoked", "trusted") if again else ("trusted", "revoked")
        yield Notice("BELIEVED" if again else "closed", f"the key {kid}", *words, loud=again)
    for subject, was, now in zip(("leeway", "cached answers"), old.seconds, new.seconds, strict=True):
        if was != now:
            label = "LONGER" if now > was else "shorter"
            yield Notice(label, subject, f"{was:g} seconds", f"{now:g} seconds", now > was)
    for claim in sorted(old.context ^ new.context):
        words = ("", "the backend gets it") if claim in new.context else ("the backend gets it", "")
        yield Notice("claim", claim, *words)
    for route in sorted(new.forwarding - old.forwarding):
        yield Notice("TOKEN SHOWN", route, "", "the backend gets the caller's token", loud=True)
    for name in sorted(old.protected - new.protected):
        yield Notice("UNPROTECTED", name, "Pulumi refuses to delete it", "Pulumi may delete it", loud=True)
    if old.code != new.code:
        yield Notice("judged by", "the function's code", _listed(old.code), _listed(new.code))


def _of_issuers(old: Facts, new: Facts) -> Iterator[Notice]:
    for issuer in sorted(new.keys() - old.keys()):
        yield Notice("TRUSTED ISSUER ADDED", issuer, "", _summary(new[issuer]), loud=True)
    for issuer in sorted(old.keys() - new.keys()):
        yield Notice("issuer removed", issuer, _summary(old[issuer]), "")
    for issuer in sorted(old.keys() & new.keys()):
        for fact in old[issuer] | new[issuer]:
            was, now = (side[issuer].get(fact, frozenset[str]()) for side in (old, new))
            if was != now:
                subject = fact if len(old | new) == 1 else f"{fact} of {issuer}"
                yield Notice("BELIEVED", subject, _listed(was), _listed(now), loud=True)


def _summary(facts: Mapping[str, frozenset[str]]) -> str:
    return "; ".join(f"{fact} {_listed(values)}" for fact, values in facts.items() if values)


def _issuers(given: Sequence[Mapping[str, Any]]) -> Facts:
    """Of all authorizers, by issuer. One that cannot be read is told of as it is written."""
    found: Facts = {}
    for each in given:
        for issuer, facts in _facts(each):
            known = found.setdefault(issuer, {})
            for fact, values in facts.items():
                known[fact] = known.get(fact, frozenset()) | values
    return found


def _facts(given: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, frozenset[str]]]]:
    if "ISSUERS" in given:
        try:
            issuers = parse_issuers(json.loads(given["ISSUERS"]))
        except (TypeError, ValueError):
            yield str(given["ISSUERS"]), {}
            return
        for issuer in issuers:
            yield issuer.issuer, _by_name(issuer)
    elif "TOKEN_ISSUER" in given:
        audience, keys = (str(given.get(name, "")) for name in ("AUDIENCE", "JWKS_URI"))
        issuer = Issuer(str(given["TOKEN_ISSUER"]), keys, (audience,))
        yield issuer.issuer, _by_name(issuer)


def _by_name(issuer: Issuer) -> dict[str, frozenset[str]]:
    return {
        "audience": frozenset(issuer.audiences),
        "clientIds": frozenset(issuer.client_ids),
        "JWKS URI": frozenset([issuer.jwks_uri]),
        "algorithms": frozenset(issuer.algorithms),
        "scopeClaims": frozenset(issuer.scope_claims),
        "principalClaim": frozenset([", ".join(issuer.principal_claim)]),
        "requiredClaims": frozenset(f"{name}={json.dumps(values)}" for name, values in issuer.required_claims),
    }


def _listed(values: frozenset[str]) -> str:
    return ", ".join(sorted(values)) or "(none)"
