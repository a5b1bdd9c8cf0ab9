"""Several issuers: each token is verified with its issuer's keys and rules, and an outage affects one issuer."""

import pytest

from authorizer.decision import Authorizer, Decision
from authorizer.fetch import FetchError
from authorizer.issuer import Issuer as Trusted
from authorizer.jwks import COOLDOWN, Jwks
from authorizer.log import pseudonym
from tests.testkit.clock import NEXT, URL, Clock, Issuer
from tests.testkit.events import environment_of, event, logged, logged_lines
from tests.testkit.gateway import arn
from tests.testkit.iam import allows
from tests.testkit.tokens import (
    AUDIENCE,
    ISSUER,
    KID,
    OMIT,
    SUBJECT,
    claims,
    header,
    jwk,
    key_set,
    rs256,
    short,
    token,
    with_raw,
)

pytestmark = pytest.mark.usefixtures("frozen")

OTHER = "https://other.example/"
FIRST = Trusted(ISSUER, URL, (AUDIENCE,))
SECOND = Trusted(OTHER, URL, ("other-api",), algorithms=("RS256", "ES256"))
Capture = pytest.CaptureFixture[str]


class Pair:
    """Two issuers whose keys share a `kid`, and an authorizer that trusts both."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.first, self.second = Issuer(), Issuer(key_set(jwk("next", kid=KID)))
        self.keys = {
            trusted.issuer: Jwks(URL, algorithms=trusted.algorithms, get=issuer.get, clock=self.clock)
            for trusted, issuer in ((FIRST, self.first), (SECOND, self.second))
        }
        self.authorizer = Authorizer(environment_of(FIRST, SECOND), self.keys)

    def decide(self, key: str = "issuer", head: object = OMIT, **changes: object) -> Decision:
        return self.authorizer.decide(event(token(head, claims(**changes), rs256(key))))


@pytest.fixture
def pair() -> Pair:
    return Pair()


def theirs(**changes: object) -> dict[str, object]:
    return {"iss": OTHER, "aud": "other-api", **changes}


def test_each_issuers_token_is_verified_by_its_own_keys(pair: Pair) -> None:
    assert pair.decide().reason == "authorized"
    assert pair.decide("next", **theirs()).reason == "authorized"
    assert (pair.first.fetches, pair.second.fetches) == (1, 1)


def test_the_keys_of_one_issuer_never_verify_tokens_of_another(pair: Pair) -> None:
    assert pair.decide("next").reason == "bad_signature"
    assert pair.decide("issuer", **theirs()).reason == "bad_signature"
    pair.second.document = key_set(jwk("next", kid=NEXT))
    pair.clock.forward(COOLDOWN)
    assert pair.decide("next", header(kid=NEXT)).reason == "unknown_key"


def test_the_audiences_and_algorithms_of_one_issuer_never_apply_to_another(pair: Pair) -> None:
    assert pair.decide(aud="other-api").reason == "wrong_audience"
    assert pair.decide("next", **theirs(aud=AUDIENCE)).reason == "wrong_audience"
    assert pair.decide(head=header(alg="ES256")).reason == "unsupported_algorithm"
    assert pair.decide("next", header(alg="ES256"), **theirs()).reason == "unknown_key"
    assert pair.decide(head=header(alg="RS512")).reason == "unsupported_algorithm"


@pytest.mark.parametrize(
    "iss", ["https://third.example/", OTHER[:-1], OTHER.upper(), f"{ISSUER} {OTHER}", [OTHER], 1, ""]
)
def test_a_token_of_any_other_issuer_is_refused_without_a_fetch(pair: Pair, iss: object) -> None:
    assert pair.decide(iss=iss).reason == "wrong_issuer"
    assert pair.decide("attacker", header(kid="unknown"), iss=iss).reason == "wrong_issuer"
    assert (pair.first.fetches, pair.second.fetches) == (0, 0)


def test_a_token_without_an_issuer_is_refused_without_a_fetch(pair: Pair) -> None:
    assert pair.decide(iss=OMIT).reason == "missing_claim"
    assert pair.first.fetches == 0


def test_an_issuer_that_is_down_does_not_affect_the_other(pair: Pair, capsys: Capture) -> None:
    pair.second.error = FetchError("status 503")
    for _ in range(3):
        assert pair.decide("next", **theirs()).reason == "keys_unavailable"
        assert pair.decide().reason == "authorized"
        pair.clock.forward(1)
    assert pair.first.fetches == pair.second.fetches == 1
    pair.clock.forward(COOLDOWN)
    pair.second.error = None
    assert pair.decide("next", **theirs()).reason == "authorized"
    assert [line["event"] for line in logged_lines(capsys)] == ["jwks_refresh_failed"]


def test_unknown_keys_of_one_issuer_cause_no_fetch_from_another(pair: Pair) -> None:
    for number in range(50):
        assert pair.decide("next", header(kid=f"forged-{number}"), **theirs()).reason == "unknown_key"
    assert (pair.first.fetches, pair.second.fetches) == (0, 1)


def test_a_revoked_kid_is_revoked_at_every_issuer() -> None:
    environment = environment_of(FIRST, SECOND, revoked=frozenset({KID}))
    keys = {name: Jwks(URL, revoked=environment.revoked, get=Issuer().get) for name in (ISSUER, OTHER)}
    authorizer = Authorizer(environment, keys)
    for changes in ({}, theirs()):
        decision = authorizer.decide(event(token(body=claims(**changes))))
        assert (decision.reason, decision.kid) == ("revoked_key", KID)


def test_the_principal_names_the_issuer_and_so_does_the_log(pair: Pair, capsys: Capture) -> None:
    answers = [
        pair.authorizer.answer(event(token())),
        pair.authorizer.answer(event(token(body=claims(**theirs()), sign=rs256("next")))),
    ]
    assert [answer["principalId"] for answer in answers] == [f"{ISSUER} {SUBJECT}", f"{OTHER} {SUBJECT}"]
    assert [answer["context"]["issuer"] for answer in answers] == [ISSUER, OTHER]
    assert [line["issuer"] for line in logged_lines(capsys)] == [ISSUER, OTHER]
    hashes = [answer["context"]["principalHash"] for answer in answers]
    assert hashes == [pseudonym(ISSUER, SUBJECT), pseudonym(OTHER, SUBJECT)]


def test_issuers_never_share_a_principal() -> None:
    longer = FIRST._replace(issuer=f"{ISSUER}a")  # the other issuer's name, and possible beginnings of a subject
    pair = {it.issuer: Jwks(URL, get=Issuer().get) for it in (FIRST, longer)}
    authorizer = Authorizer(environment_of(FIRST, longer), pair)
    pairs = [(ISSUER, "a b"), (ISSUER, "b"), (f"{ISSUER}a", "b"), (ISSUER, f"{ISSUER}a b")]
    answers = [authorizer.answer(event(token(body=claims(iss=iss, sub=sub)))) for iss, sub in pairs]
    assert len({answer["principalId"] for answer in answers}) == len(pairs)


def test_with_one_issuer_the_principal_is_the_subject() -> None:
    authorizer = Authorizer(environment_of(FIRST), {ISSUER: Jwks(URL, get=Issuer().get)})
    assert authorizer.answer(event())["principalId"] == SUBJECT


FALLBACK = FIRST._replace(principal_claim=("sub", "client_id", "azp"), audiences=(AUDIENCE,))


@pytest.mark.parametrize(
    ("changes", "principal", "claim"),
    [
        ({}, SUBJECT, "sub"),
        ({"sub": OMIT, "client_id": "night-run"}, "night-run", "client_id"),
        ({"sub": None, "azp": "night-run"}, "night-run", "azp"),
        ({"sub": "", "client_id": 1, "azp": "night-run"}, "night-run", "azp"),
    ],
)
def test_the_log_and_the_context_name_the_claim_of_the_principal(
    changes: dict[str, object], principal: str, claim: str, capsys: Capture
) -> None:
    authorizer = Authorizer(environment_of(FALLBACK), {ISSUER: Jwks(URL, get=Issuer().get)})
    answer = authorizer.answer(event(token(body=claims(**changes))))
    assert answer["principalId"] == answer["context"]["sub"] == principal
    assert answer["context"]["principalClaim"] == logged(capsys)["principal_claim"] == claim


def context(*names: str, **changes: object) -> dict[str, str]:
    environment = environment_of(FIRST, context_claims=names)
    authorizer = Authorizer(environment, {ISSUER: Jwks(URL, get=Issuer().get)})
    return authorizer.answer(event(token(body=claims(**changes))))["context"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        *(("org_1", "org_1"), ("two words", "two words"), (True, "true"), (7, "7"), (["a", 1], '["a",1]')),
        *(("José", '"Jos\\u00e9"'), ("a\r\nX: y", '"a\\r\\nX: y"'), ('"a"', '"\\"a\\""'), (" a", '" a"')),
        *(("x" * 1024, "x" * 1024), ([], "[]"), ({"a": None}, '{"a":null}')),
    ],
    ids=short,
)
def test_a_claim_for_the_backend_is_a_string_that_fits_into_a_header(value: object, text: str) -> None:
    assert context("org", org=value)["org"] == text


@pytest.mark.parametrize("value", [None, "", "x" * 1025, ["x" * 1025], OMIT])
def test_an_absent_empty_or_too_long_claim_is_omitted(value: object) -> None:
    assert set(context("org", org=value)) == set(context())


def test_a_deeply_nested_claim_is_not_an_error() -> None:
    authorizer = Authorizer(environment_of(FIRST, context_claims=("x",)), {ISSUER: Jwks(URL, get=Issuer().get)})
    for depth in (100, *range(900, 1000, 10)):
        body = with_raw(claims(), f'"x":{"[" * depth}{"]" * depth}')
        assert authorizer.decide(event(token(body=body))).reason in ("authorized", "malformed_claims")


def test_claims_are_passed_on_by_path_under_names_that_mappings_accept() -> None:
    names = ("realm_access.roles", "https://x.example/org")
    given = context(*names, realm_access={"roles": ["a"]}, **{"https://x.example/org": "o"})
    assert given["realm_access_roles"] == '["a"]'
    assert given["https___x_example_org"] == "o"


def test_a_request_of_another_type_than_token_is_malformed(pair: Pair) -> None:
    for kind in ("REQUEST", "token", "", None, 1, ["TOKEN"]):
        assert pair.authorizer.decide(event() | {"type": kind}).reason == "malformed_event"
    untyped = event()
    del untyped["type"]
    assert pair.authorizer.decide(untyped).reason == "malformed_event"


def test_the_policy_allows_the_routes_for_each_issuer(pair: Pair) -> None:
    granted = token(body=claims(**theirs(scope="create:pets")), sign=rs256("next"))
    assert allows(pair.authorizer.answer(event(granted))["policyDocument"], arn("POST", "/pets"))


def test_ambiguous_and_faulty_keys_are_logged_once(pair: Pair, capsys: Capture) -> None:
    twice = jwk("next", kid="twice"), jwk("other", kid="twice")
    pair.first.document = key_set(*twice, jwk("weak", 1024, kid="weak"), jwk())
    for _ in range(3):
        assert pair.decide().reason == "authorized"
        pair.clock.forward(400)
    (line,) = logged_lines(capsys)
    assert line["event"] == "jwks_keys_refused"
    ambiguous, weak = line["reasons"]
    assert ambiguous == "'twice' is the kid of several keys"
    assert weak.startswith("'weak' has 1024 bits")


def test_a_revoked_key_is_refused_under_every_kid() -> None:
    document = key_set(jwk(), jwk(kid="alias"), jwk(kid=OMIT), jwk("next", kid=NEXT))
    environment = environment_of(FIRST, revoked=frozenset({KID}))
    authorizer = Authorizer(environment, {ISSUER: Jwks(URL, revoked=environment.revoked, get=Issuer(document).get)})
    for head in (header(kid="alias"), header(kid=OMIT)):
        assert authorizer.decide(event(token(head))).outcome == "unauthorized"
    assert authorizer.decide(event(token(header(kid=OMIT), sign=rs256("next")))).reason == "authorized"
