"""Compares the issuer's metadata with the configuration, over real sockets."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from authorizer import fetch
from authorizer.issuer import Issuer
from infra.issuer import http_fetch
from infra.issuer.metadata import Finding, discovery_places, examine, examine_all
from tests.authorizer.test_jwks_faults import FAULTS, TLS_FAULTS
from tests.testkit.certificates import Authority, trusted
from tests.testkit.clock import signing_keys
from tests.testkit.issuer import AUDIENCE, KEYS, OAUTH, OPENID, Tenant
from tests.testkit.loopback import chunked, response, serving
from tests.testkit.tokens import jwk, key_set

NOBODY = "http://127.0.0.1:1/"
SYMMETRIC = {"kty": "oct", "kid": "a", "k": "c2VjcmV0", "alg": "HS256"}


@pytest.fixture
def tenant() -> Iterator[Tenant]:
    with Tenant() as running:
        yield running


def found(tenant: Tenant, issuer: str = "", jwks_uri: str = "") -> dict[str, Finding]:
    """The findings, each as `check verdict`."""
    findings = examine(Issuer(issuer or tenant.issuer, jwks_uri or tenant.jwks_uri, (AUDIENCE,)))
    named = {f"{finding.check} {finding.verdict}": finding for finding in findings}
    assert len(named) == len(findings)
    return named


def key_set_finding(jwks_uri: str) -> Finding:
    (finding,) = [finding for finding in examine(Issuer(NOBODY, jwks_uri, (AUDIENCE,))) if finding.check == "key set"]
    return finding


def test_for_a_correct_issuer_only_checks_that_need_a_token_remain(tenant: Tenant):
    findings = found(tenant)
    assert list(findings) == ["issuer ok", "key set ok", "audience unchecked"]
    assert "'key-1'" in findings["key set ok"].found
    assert AUDIENCE in findings["audience unchecked"].found
    assert sorted(tenant.asked) == [KEYS, OPENID]


@pytest.mark.parametrize(
    ("ours", "difference"),
    [
        ("{0}", "only the slash at the end differs"),
        ("{0}/A/", "they differ from character"),
    ],
)
def test_an_issuer_with_another_name_is_wrong_and_the_difference_is_shown(tenant: Tenant, ours: str, difference: str):
    issuer = ours.format(tenant.url)
    tenant.documents[f"/A{OPENID}"] = tenant.documents[OPENID]
    finding = found(tenant, issuer)["issuer wrong"]
    assert f"'{tenant.issuer}'" in finding.found
    assert f"'{issuer}'" in finding.found
    assert difference in finding.found
    assert finding.fix == f"run `pulumi config set --plaintext tokenIssuer {tenant.issuer}`"


@pytest.mark.parametrize(
    ("theirs", "words"),
    [
        ("{0}pets/", "differ from character {1} on"),
        ("{0}a", "differ from character {1} on"),
        ("HTTP://127.0.0.1:{2}/", "only upper and lower case differ"),
    ],
)
def test_the_first_different_character_of_two_names_is_shown(tenant: Tenant, theirs: str, words: str):
    tenant.say(issuer=theirs.format(tenant.issuer, "", tenant.port))
    assert words.format("", len(tenant.issuer) + 1) in found(tenant)["issuer wrong"].found


@pytest.mark.parametrize("theirs", ["https://x.example/\x1b[2J", "https://\u0430.example/", "https://x/';id", "", "x"])
def test_an_impossible_name_is_shown_in_ascii_and_never_in_a_command(tenant: Tenant, theirs: str):
    tenant.say(issuer=theirs)
    finding = found(tenant)["issuer wrong"]
    assert ascii(theirs) in finding.found
    assert finding.found.isprintable()
    assert finding.fix == "ask the issuer's operator: tokenIssuer cannot have this value"


def test_a_name_with_shell_metacharacters_is_quoted(tenant: Tenant):
    tenant.say(issuer="https://x.example/$(id)&")
    assert found(tenant)["issuer wrong"].fix.endswith(" tokenIssuer 'https://x.example/$(id)&'`")


@pytest.mark.parametrize("content", [None, b"<html>", b"{}", b"[]", {"issuer": 1}, b'{"issuer":"a","issuer":"b"}'])
def test_without_a_discovery_document_there_is_a_warning_and_the_keys_are_checked(tenant: Tenant, content: Any):
    tenant.documents[OPENID] = content
    findings = found(tenant)
    assert list(findings) == ["discovery warning", "key set ok", "audience unchecked"]
    assert f"{tenant.url}{OPENID}" in findings["discovery warning"].found
    assert f"{tenant.url}{OAUTH}" in findings["discovery warning"].found
    assert "iss claim" in findings["discovery warning"].fix


def test_the_document_is_searched_at_the_urls_of_openid_connect_and_rfc_8414():
    assert discovery_places("https://x.example/a/b/") == (
        "https://x.example/a/b/.well-known/openid-configuration",
        "https://x.example/.well-known/oauth-authorization-server/a/b",
    )


def test_an_authorization_server_without_openid_connect_is_found(tenant: Tenant):
    issuer = f"{tenant.url}/pets"
    tenant.documents[f"{OAUTH}/pets"] = tenant.metadata(issuer=issuer)
    assert list(found(tenant, issuer)) == ["issuer ok", "key set ok", "audience unchecked"]


def test_a_key_set_at_another_url_than_in_the_metadata_is_a_warning(tenant: Tenant):
    tenant.documents["/keys"] = tenant.documents[KEYS]
    finding = found(tenant, jwks_uri=f"{tenant.url}/keys")["jwks_uri warning"]
    assert f"fetches {tenant.url}/keys; the issuer names '{tenant.jwks_uri}'" in finding.found
    command = f"run `pulumi config set --plaintext jwksUri {tenant.jwks_uri}`"
    assert finding.fix == f"if the keys of this API's tokens are only there, {command}"
    tenant.documents["/keys"] = None
    assert found(tenant, jwks_uri=f"{tenant.url}/keys")["jwks_uri warning"].fix == command


@pytest.mark.parametrize("there", [None, b"<html>", {"keys": []}])
def test_a_missing_key_set_is_advised_to_use_the_url_in_the_metadata(tenant: Tenant, there: Any):
    tenant.documents["/keys"] = there
    finding = found(tenant, jwks_uri=f"{tenant.url}/keys")["key set wrong"]
    assert finding.fix == f"run `pulumi config set --plaintext jwksUri {tenant.jwks_uri}`"


def test_no_url_from_an_answer_is_requested(tenant: Tenant):
    with Tenant() as other:
        tenant.say(issuer=other.issuer, jwks_uri=other.jwks_uri)
        assert found(tenant)["jwks_uri warning"]
        assert other.asked == []


def test_an_issuer_that_signs_with_a_shared_secret_has_no_usable_key_and_a_warning(tenant: Tenant):
    tenant.say(id_token_signing_alg_values_supported=["HS256"])
    tenant.documents[KEYS] = {"keys": [SYMMETRIC]}
    findings = found(tenant)
    assert "['HS256']" in findings["algorithms warning"].found
    assert "no key for RS256: 'a' is for kty 'oct'" in findings["key set wrong"].found
    assert "RS256" in findings["algorithms warning"].fix
    assert "RS256" in findings["key set wrong"].fix


def test_a_weak_key_is_wrong_alone_and_a_warning_next_to_a_good_one(tenant: Tenant):
    tenant.documents[KEYS] = {"keys": [jwk("weak", 1024, kid="weak"), SYMMETRIC]}
    assert "'weak' has 1024 bits" in found(tenant)["key set wrong"].found
    tenant.documents[KEYS] = {"keys": [jwk("weak", 1024, kid="weak"), SYMMETRIC, jwk()]}
    findings = found(tenant)
    assert findings["key set ok"].found.endswith("has for RS256: 'key-1'")
    assert "'weak' has 1024 bits" in findings["key set warning"].found
    assert "'a'" not in findings["key set warning"].found


def test_of_many_keys_five_are_shown(tenant: Tenant):
    tenant.documents[KEYS] = {"keys": [jwk(kid=f"k{number}") for number in range(7)]}
    assert found(tenant)["key set ok"].found.endswith("'k3'; 'k4'; and 2 more")


def test_a_key_set_slower_than_the_functions_deadline_is_a_warning(tenant: Tenant, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("infra.issuer.metadata.DEADLINE", 0.0)
    assert "the function waits 0 s" in found(tenant)["key set warning"].found


MESSAGES = {
    "no such name": "the name 127.0.0.1 is not known",
    "no name server": "no complete answer within ",
    "connection refused": "nothing listens on 127.0.0.1:",
    "does not accept": "no complete answer within ",
    "connection reset": "the connection broke off",
    "hangs up": "the connection broke off",
    "says nothing": "no complete answer within ",
    "byte by byte": "no complete answer within ",
    "redirect elsewhere": "status 302, a redirect to 'http://127.0.0.1:",
    "404": "status 404",
    "429": "status 429",
    "500": "status 500",
    "HTML": "is not a key set: Expecting value",
    "shorter than its length": "the connection broke off",
    "one byte too many": "more than 150000 bytes",
    "gzip": "a compressed answer",
    "no keys": "is not a key set: `keys` is not a list",
    "empty key set": "no key for RS256: it is empty",
}


@pytest.mark.parametrize("name", FAULTS)
def test_every_fault_that_leaves_the_function_without_a_key_is_found_before_deployment(
    name: str, monkeypatch: pytest.MonkeyPatch
):
    fault = FAULTS[name]
    if fault.slow:
        monkeypatch.setattr(http_fetch, "TIMEOUT", 0.05)
        monkeypatch.setattr(http_fetch, "DEADLINE", 0.2)
    with serving(b"") as server, fault.inject(server):
        with pytest.raises((fetch.FetchError, ValueError)):
            signing_keys(fetch.get(server.url, 0.05 if fault.slow else 10).body)
        finding = key_set_finding(server.url)
    assert finding.verdict == "wrong"
    assert server.url in finding.found
    assert MESSAGES.get(name, "") in finding.found
    assert finding.fix


@pytest.mark.parametrize("name", TLS_FAULTS)
def test_a_certificate_that_the_function_would_refuse_is_wrong(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    authority = Authority(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.file))
    with trusted(authority), serving(response(key_set()), TLS_FAULTS[name](authority)) as server:
        with pytest.raises(fetch.FetchError):
            fetch.get(server.url)
        finding = key_set_finding(server.url)
    assert finding.verdict == "wrong"
    assert ("does not speak TLS" if name == "none" else "its certificate is not valid: ") in finding.found


def test_a_certificate_of_a_known_authority_is_accepted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    authority = Authority(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.file))
    with serving(response(key_set()), authority.server()) as server:
        assert key_set_finding(server.url).verdict == "ok"


@pytest.mark.parametrize("answer", [response(key_set()), chunked(key_set()), response(key_set().ljust(150_000))])
def test_an_answer_that_the_function_accepts_is_accepted(answer: bytes):
    with serving(answer) as server:
        assert signing_keys(fetch.get(server.url).body)
        assert key_set_finding(server.url).verdict == "ok"


@pytest.mark.parametrize(
    ("status", "begin"),
    [
        ("401 Unauthorized", "allow everyone to read it"),
        ("403 Forbidden", "allow everyone to read it"),
        ("404 Not Found", "correct the configured issuer, or jwksUri"),
        ("429 Slow", "try again later"),
        ("503 Busy", "try again later"),
    ],
)
def test_each_status_has_the_fix_for_it(status: str, begin: str):
    with serving(response(status=status)) as server:
        assert key_set_finding(server.url).fix.startswith(begin)


def test_the_request_has_the_functions_headers():
    with serving(response(key_set())) as server:
        fetch.get(server.url)
        key_set_finding(server.url)
    ours, theirs = (
        {line for line in head.splitlines() if line.startswith(("Accept", "User-Agent"))} for head in server.requests
    )
    assert ours == theirs
    assert len(ours) == 3


def test_an_issuer_on_this_machine_that_does_not_run_is_advised_to_start():
    assert key_set_finding(f"{NOBODY}jwks.json").fix == "run `make emulator`"


def test_a_proxy_that_does_not_answer_is_named(tenant: Tenant, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("http_proxy", NOBODY)
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    finding = key_set_finding(tenant.jwks_uri)
    assert "this machine's proxy does not answer" in finding.found
    assert "HTTPS_PROXY" in finding.fix


def test_the_access_token_issuer_of_the_document_has_precedence_over_its_name(tenant: Tenant):
    theirs = "http://adfs.example/adfs/services/trust"
    keys = "https://adfs.example/adfs/discovery/keys"
    tenant.say(access_token_issuer=theirs, jwks_uri=keys)
    finding = found(tenant)["issuer wrong"]
    assert f"'{theirs}'" in finding.found
    assert finding.fix == (
        f"run `pulumi config set --plaintext tokenIssuer {theirs}`; run `pulumi config set --plaintext jwksUri {keys}`"
    )


def test_an_issuer_without_a_url_is_checked_by_its_keys_only(tenant: Tenant):
    findings = found(tenant, issuer="urn:kennel")
    assert list(findings) == ["discovery unchecked", "key set ok", "audience unchecked"]
    assert tenant.asked == [KEYS]


def test_a_document_for_all_tenants_is_advised_to_use_a_tenant_id(tenant: Tenant):
    tenant.say(issuer="https://login.microsoftonline.com/{tenantid}/v2.0")
    assert "use your tenant's id" in found(tenant)["issuer wrong"].fix


def test_keys_with_another_algorithm_than_configured_are_named_with_it(tenant: Tenant):
    issuer = Issuer(tenant.issuer, tenant.jwks_uri, (AUDIENCE,), algorithms=("ES256",))
    (finding,) = [each for each in examine(issuer) if (each.check, each.verdict) == ("key set", "wrong")]
    assert "no key for ES256" in finding.found
    assert finding.fix.startswith("set algorithms to those that the issuer signs with, of RS256")


def test_with_several_issuers_each_check_and_fix_names_its_issuer(tenant: Tenant):
    with Tenant() as other:
        other.say(issuer="https://other.example/")
        issuers = [Issuer(each.issuer, each.jwks_uri, client_ids=("web",)) for each in (tenant, other)]
        findings = {f"{each.check} {each.verdict}": each for each in examine_all(issuers)}
    assert f"{tenant.issuer} issuer ok" in findings
    assert f"{tenant.issuer} client unchecked" in findings
    wrong = findings[f"{other.issuer} issuer wrong"]
    assert wrong.fix == "run `pulumi config set --plaintext --path 'issuers[1].issuer' https://other.example/`"
