"""The advice of doctor and preflight fits its fault only, and leads to docs/issuers.md."""

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest

from authorizer.issuer import Issuer
from infra.issuer import metadata
from infra.issuer.http_fetch import Document, Unreadable
from infra.issuer.metadata import Finding, discovery_places, examine
from tests.docs.test_issuers import SECTIONS, settings
from tests.testkit.tokens import OMIT, Json, jwk
from tests.testkit.vendors import DISCOVERY, EC, KEY_SETS

KENNEL = "https://id.kennel.example/"
KEYS = f"{KENNEL}.well-known/jwks.json"
TENANT = "https://login.microsoftonline.com/TENANT_ID"
WEAK = jwk("weak", 1024, kid="weak")


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The documents by URL; every other URL answers 404."""
    documents: dict[str, Any] = {}

    def read(url: str) -> Document:
        if url not in documents:
            raise Unreadable("status 404", "correct the configured issuer, or jwksUri for a key set elsewhere")
        return Document(json.dumps(documents[url]).encode(), 0.1)

    monkeypatch.setattr(metadata, "read", read)
    return documents


def published(vendor: str) -> dict[str, Any]:
    """The discovery document and key set of a vendor, by URL. `common` answers for each tenant."""
    place, document = DISCOVERY[vendor]
    keys = document["jwks_uri"].replace("/common/", "/TENANT_ID/")
    return {discovery_places(place)[0]: document, keys: {"keys": KEY_SETS[vendor]}}


def findings(issuer: Issuer, *verdicts: str) -> list[Finding]:
    return [finding for finding in examine(issuer) if finding.verdict in verdicts]


@pytest.mark.parametrize("vendor", DISCOVERY)
def test_the_settings_of_the_page_have_no_fault(vendor: str, web: dict[str, Any]):
    web.update(published(vendor))
    (issuer,) = settings(vendor).trust.issuers
    assert findings(issuer, "wrong", "warning") == []


@pytest.mark.parametrize("vendor", DISCOVERY)
def test_without_jwks_uri_the_commands_lead_to_the_settings_of_the_page(vendor: str, web: dict[str, Any]):
    web.update(published(vendor))
    (right,) = settings(vendor).trust.issuers
    place, _ = DISCOVERY[vendor]
    issuer = right._replace(issuer=place, jwks_uri=f"{place.rstrip('/')}/.well-known/jwks.json")
    fixes = " ".join(finding.fix for finding in findings(issuer, "wrong"))
    for key, value in re.findall(r"`pulumi config set --plaintext (\w+) (\S+)`", fixes):
        issuer = issuer._replace(**{{"tokenIssuer": "issuer", "jwksUri": "jwks_uri"}[key]: value})
    assert issuer == right


def test_every_section_has_its_documents():
    assert [vendor for vendor in SECTIONS if vendor != "WorkOS"] == list(DISCOVERY)


def doc(issuer: str = KENNEL, jwks_uri: str = KEYS, **more: Any) -> Json:
    return {"issuer": issuer, "jwks_uri": jwks_uri, **more}


def at(*keys: Json, **document: Any) -> dict[str, Any]:
    """The documents that an issuer publishes: these keys, and its metadata."""
    return {discovery_places(KENNEL)[0]: doc(**document), KEYS: {"keys": list(keys)}}


OURS = Issuer(KENNEL, KEYS, ("kennel-api",))
# The issuer, its documents, the check with its verdict, words of the finding, and words of the fix.
CASES: dict[str, tuple[Issuer, Mapping[str, Any], str, str, str]] = {
    "no slash": (
        OURS,
        at(jwk(), issuer=KENNEL.rstrip("/")),
        "issuer wrong",
        "only the slash at the end differs",
        "tokenIssuer https://id.kennel.example`",
    ),
    "another case of a plain name": (
        OURS,
        at(jwk(), issuer="https://id.kennel.example/A"),
        "issuer wrong",
        "they differ from character 27 on",
        "tokenIssuer https://id.kennel.example/A`",
    ),
    "upper case in the host's name": (
        OURS,
        at(jwk(), issuer="https://ID.kennel.example/"),
        "issuer wrong",
        "only upper and lower case differ",
        "tokenIssuer https://ID.kennel.example/`; run `pulumi config set --plaintext jwksUri",
    ),
    "version 1.0 of Entra ID, or a forgotten /v2.0": (
        OURS._replace(issuer=TENANT),
        {discovery_places(TENANT)[0]: doc("https://sts.windows.net/TENANT_ID/"), KEYS: {"keys": [jwk()]}},
        "issuer wrong",
        "calls itself 'https://sts.windows.net/TENANT_ID/'",
        "for version 2.0, add /v2.0",
    ),
    "a document of all tenants": (
        OURS._replace(issuer=f"{TENANT}/v2.0"),
        {
            discovery_places(f"{TENANT}/v2.0")[0]: doc("https://login.microsoftonline.com/{tenantid}/v2.0"),
            KEYS: {"keys": [jwk()]},
        },
        "issuer wrong",
        "{tenantid}",
        "use your tenant's id",
    ),
    "no document": (
        OURS,
        {KEYS: {"keys": [jwk()]}},
        "discovery warning",
        "no document",
        "compare the configured issuer",
    ),
    "an issuer that is a string": (
        OURS._replace(issuer="http://id.kennel.example/"),
        {KEYS: {"keys": [jwk()]}},
        "discovery unchecked",
        "is not a plain https:// URL",
        "compare the configured issuer",
    ),
    "no key set where it is fetched": (
        OURS._replace(jwks_uri=f"{KENNEL}keys"),
        at(jwk()),
        "key set wrong",
        "/keys: status 404",
        f"run `pulumi config set --plaintext jwksUri {KEYS}`",
    ),
    "a key set of its own for this API": (
        OURS._replace(jwks_uri=f"{KENNEL}ext/keys"),
        {**at(jwk("other")), f"{KENNEL}ext/keys": {"keys": [jwk()]}},
        "jwks_uri warning",
        "fetches https://id.kennel.example/ext/keys",
        "if the keys of this API's tokens are only there, run",
    ),
    "certificates instead of keys": (
        OURS,
        {**at(), KEYS: {"key-1": "-----BEGIN CERTIFICATE-----"}},
        "key set wrong",
        "is not a key set",
        "set jwksUri to the jwks_uri of the issuer's discovery document",
    ),
    "an empty set": (
        OURS,
        at(),
        "key set wrong",
        "as if a shared secret signed tokens (HS256)",
        "sign this API's tokens with RS256 (Auth0",
    ),
    "a key for another algorithm": (
        OURS,
        at(EC),
        "key set wrong",
        "is for kty 'EC'",
        "set algorithms to those that the issuer signs with, of ES256",
    ),
    "a key for an algorithm that is not supported": (
        OURS._replace(algorithms=("ES256",)),
        at({"kty": "EC", "crv": "P-521", "kid": "ec5", "use": "sig"}),
        "key set wrong",
        "is for crv 'P-521'",
        "with ES256, or correct algorithms",
    ),
    "a weak key": (OURS, at(WEAK), "key set wrong", "'weak' has 1024 bits", "replace or correct it at the issuer"),
    "a weak key, and one for another algorithm": (
        OURS,
        at(WEAK, EC),
        "key set wrong",
        "'weak' has 1024 bits",
        "2048 bits or more; or set algorithms to",
    ),
    "a weak key next to a good one": (
        OURS,
        at(WEAK, jwk()),
        "key set warning",
        "never trusted: 'weak'",
        "replace or correct it at the issuer",
    ),
    "ID tokens with another algorithm": (
        OURS,
        at(jwk(), id_token_signing_alg_values_supported=["ES512"]),
        "algorithms warning",
        "['ES512'] for ID tokens",
        "sign this API's tokens with RS256 (Auth0",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_each_fault_has_its_finding_and_its_fix(name: str, web: dict[str, Any]):
    issuer, published_there, check, found, fix = CASES[name]
    web.update(published_there)
    (finding,) = [each for each in examine(issuer) if f"{each.check} {each.verdict}" == check]
    assert found in finding.found
    assert fix in finding.fix


def test_no_two_faults_have_the_same_finding(web: dict[str, Any]):
    reports: dict[str, str] = {"none": ""}
    for name, (issuer, published_there, *_) in [*CASES.items(), ("none", (OURS, at(jwk())))]:
        web.clear()
        web.update(published_there)
        reports[name] = " ".join(f"{each.check} {each.verdict} {each.found} {each.fix}" for each in examine(issuer))
    shared = [
        (one, other)
        for one, (*_, found, fix) in CASES.items()
        for other in reports
        if one != other and found in reports[other] and fix in reports[other]
    ]
    assert shared == [  # two faults at once have both
        ("a key for another algorithm", "a weak key, and one for another algorithm"),
        ("a weak key", "a weak key, and one for another algorithm"),
        ("a weak key", "a weak key next to a good one"),
    ]


def test_a_query_of_the_key_set_url_is_not_a_difference(web: dict[str, Any]):
    web.update(published("Entra ID"))
    (issuer,) = settings("Entra ID").trust.issuers
    selected = issuer._replace(jwks_uri=f"{issuer.jwks_uri}?appid=API_CLIENT_ID")
    web[selected.jwks_uri] = {"keys": [jwk(alg=OMIT)]}
    assert findings(selected, "wrong", "warning") == []


def test_with_several_issuers_no_fix_names_a_key_for_a_single_issuer(web: dict[str, Any]):
    for issuer, published_there, *_ in CASES.values():
        web.clear()
        web.update(published_there)
        for finding in examine(issuer, "issuers[1].{}".format):
            assert "tokenIssuer" not in f"{finding.found} {finding.fix}"
