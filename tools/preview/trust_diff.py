"""Compares the issuers that a program trusts before and after a change."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from authorizer.issuer import Issuer, parse_issuers
from policy.access import path_of
from policy.model import authorizer_functions, of, variables
from tools.preview.mock_recorder import Resource
from tools.preview.route_access_diff import Notice

Facts = dict[str, dict[str, frozenset[str]]]  # the requirements for tokens, by issuer


class Trust(NamedTuple):
    """The trust settings of all authorizers of a program."""

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
        functions = authorizer_functions(resources).values()
        given = [variables(each, resources) for each in functions]
        revoked = [frozenset(each.get("REVOKED_KIDS", "").splitlines()) for each in given]
        authorizers = of(resources, "apigateway/authorizer:Authorizer")
        header = "integration.request.header.Authorization"
        return cls(
            _issuers(given),
            frozenset.intersection(*revoked) if revoked else frozenset(),
            frozenset(name for each in given for name in each.get("CONTEXT_CLAIMS", "").splitlines()),
            (
                max((float(each.get("LEEWAY_SECONDS", 0)) for each in given), default=0),
                # API Gateway's default is 300 seconds.
                max((each.inputs.get("authorizerResultTtlInSeconds", 300) for each in authorizers), default=0),
            ),
            frozenset(
                f"{each.inputs.get('httpMethod')} {path_of(each, by_urn) or each.name}"
                for each in of(resources, "apigateway/integration:Integration")
                if header in (each.inputs.get("requestParameters") or {})
            ),
            frozenset(each.name for each in resources if each.protect),
            frozenset(str(each.inputs.get("code")) for each in functions),
        )


def notices(before: Sequence[Resource], after: Sequence[Resource]) -> Iterator[Notice]:
    """A notice for every change of the requirements for tokens, or of the use of their claims."""
    old, new = Trust.read(before), Trust.read(after)
    yield from _of_issuers(old.issuers, new.issuers)
    if not old.code:  # a new stack: there is nothing to compare with
        old = new._replace(forwarding=frozenset())
    for kid in sorted(old.revoked ^ new.revoked):
        again = kid in old.revoked
        words = ("revoked", "trusted") if again else ("trusted", "revoked")
        yield Notice("KEY TRUSTED AGAIN" if again else "closed", f"the key {kid}", *words, is_warning=again)
    for subject, was, now in zip(("leeway", "cached answers"), old.seconds, new.seconds, strict=True):
        if was != now:
            label = "LONGER" if now > was else "shorter"
            yield Notice(label, subject, f"{was:g} seconds", f"{now:g} seconds", now > was)
    for claim in sorted(old.context ^ new.context):
        words = ("", "the backend gets it") if claim in new.context else ("the backend gets it", "")
        yield Notice("claim", claim, *words)
    for route in sorted(new.forwarding - old.forwarding):
        yield Notice("TOKEN FORWARDED", route, "", "the backend gets the caller's token", is_warning=True)
    for name in sorted(old.protected - new.protected):
        yield Notice("UNPROTECTED", name, "Pulumi refuses to delete it", "Pulumi may delete it", is_warning=True)
    if old.code != new.code:
        yield Notice("verified by", "the function's code", _listed(old.code), _listed(new.code))


def _of_issuers(old: Facts, new: Facts) -> Iterator[Notice]:
    for issuer in sorted(new.keys() - old.keys()):
        yield Notice("TRUSTED ISSUER ADDED", issuer, "", _summary(new[issuer]), is_warning=True)
    for issuer in sorted(old.keys() - new.keys()):
        yield Notice("issuer removed", issuer, _summary(old[issuer]), "")
    for issuer in sorted(old.keys() & new.keys()):
        for fact in old[issuer] | new[issuer]:
            was, now = (side[issuer].get(fact, frozenset[str]()) for side in (old, new))
            if was != now:
                subject = fact if len(old | new) == 1 else f"{fact} of {issuer}"
                yield Notice("TRUSTED ISSUER CHANGED", subject, _listed(was), _listed(now), is_warning=True)


def _summary(facts: Mapping[str, frozenset[str]]) -> str:
    return "; ".join(f"{fact} {_listed(values)}" for fact, values in facts.items() if values)


def _issuers(given: Sequence[Mapping[str, Any]]) -> Facts:
    """The trust settings of each issuer, from all authorizers. A value that cannot be parsed is shown unchanged."""
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
