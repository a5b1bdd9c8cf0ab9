"""Hypothesis strategies: JSON, tokens, key sets and method ARNs, both valid and nearly valid."""

import json
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from tests.testkit.clock import NEXT
from tests.testkit.gateway import arn
from tests.testkit.tokens import AUDIENCE, ISSUER, KID, NOW, Json, claims, header, jwk, token, uint, with_raw

Bytes = st.SearchStrategy[bytes]
Object = st.SearchStrategy[Json]

TEXT = st.text(st.characters(), max_size=30)  # including lone surrogates
ADDRESSES = (ISSUER, ISSUER.upper(), ISSUER[:-1], AUDIENCE, f"{AUDIENCE}/", KID, NEXT, "../../etc/passwd", "", "0")
HEADS = ("RS256", "rs256", "RS512", "HS256", "ES256", "none", "jwt", "JWT", "at+jwt", "application/at+JWT", "JWE")
GRANTS = ("create:pets", "create:pets files", "create:pets\tfiles", "RSA", "EC", "oct", "sig", "enc", "verify", "AQAB")
ODDITIES = ("sha256:", "a" * 300, "\u00e9\r\nX-Admin: 1", "\ud800", "forged-key-of-the-caller")
WORDS = st.sampled_from((*ADDRESSES, *HEADS, *GRANTS, *ODDITIES))
DATES = st.integers(NOW - 15, NOW + 15) | st.floats(NOW - 15, NOW + 15)
NUMBERS = st.integers() | st.floats() | st.integers(10**300, 10**320) | st.sampled_from([-0.0, 2**53, 2**64])
ATOMS = st.none() | st.booleans() | NUMBERS | DATES | DATES.map(str) | WORDS | TEXT
VALUES = st.recursive(
    ATOMS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS | TEXT, inner, max_size=4), max_leaves=8
)
MEMBERS = WORDS | st.lists(WORDS, max_size=3) | DATES | VALUES
# raw text that `json.dumps` would not write
RAW = st.sampled_from(
    [*("NaN", "Infinity", "-Infinity", "1e999", "-1e999", "1E2", "0x10", "01", "+1", "1_000", ".5", "tru", "'a'", "")]
    + [*('"\\ud800"', '"\\x41"', '"\t"', '{"a":1,"a":2}', "9" * 4301, f"{NOW + 60}.0", "/**/1", "1,", "]", "}")]
    + [mark * 1_500 + end * 1_500 for mark, end in (("[", "]"), ('{"a":', "}"), ("[", ""))]
)
KINDS = st.sampled_from(["near"] * 12 + ["raw", "twice", "spliced", "any", "bytes"])
ENCODINGS = st.sampled_from(["utf-8"] * 17 + ["utf-8-sig", "utf-16", "utf-32-be"])


def _near(valid: Json, names: Sequence[str]) -> Object:
    """The valid object with up to two of these members replaced, and rarely one removed."""
    changes = st.dictionaries(st.sampled_from([*valid, *names]), MEMBERS, max_size=2)
    omitted = st.sampled_from([None] * 2 * len(valid) + list(valid))
    return st.builds(
        lambda new, gone: {name: value for name, value in {**valid, **new}.items() if name != gone}, changes, omitted
    )


def _documents(valid: Json, names: Sequence[str], near: Object | None = None) -> Bytes:
    """Bytes to parse as JSON: an object near the valid one in many encodings, any JSON, any bytes."""
    objects = _near(valid, names) if near is None else near
    chosen = st.sampled_from([*valid, *names])

    @st.composite
    def document(draw: st.DrawFn) -> bytes:
        kind = draw(KINDS)
        if kind == "bytes":
            return draw(st.binary(max_size=50))
        if kind == "any":
            return json.dumps(draw(VALUES)).encode()
        if kind in ("raw", "twice"):
            name, raw = draw(chosen), draw(RAW) if kind == "raw" else json.dumps(draw(MEMBERS))
            rest = valid if kind == "twice" else {it: value for it, value in valid.items() if it != name}
            return with_raw(rest, f'"{name}":{raw}') if rest else f'{{"{name}":{raw}}}'.encode()
        if kind == "spliced":
            whole = json.dumps(valid).encode()
            at = draw(st.integers(0, len(whole)))
            return whole[:at] + draw(st.binary(max_size=3)) + whole[at + draw(st.integers(0, 3)) :]
        text = json.dumps(draw(objects), ensure_ascii=draw(st.booleans()))
        return text.encode(draw(ENCODINGS), "surrogatepass")

    return document()


HEADERS = _documents(header(), ["crit", "b64", "jku", "jwk", "x5c", "cty"])
DATED = st.dictionaries(st.sampled_from(["exp", "nbf", "iat"]), DATES | NUMBERS | DATES.map(str)).map(
    lambda dates: claims(**dates)
)
GRANTED = ["jti", "cnf", "nbf", "scope", "permissions", "scope", "permissions", "scp"]
PAYLOADS = _documents(claims(), GRANTED, _near(claims(), GRANTED) | DATED)

BITS = st.sampled_from([(name, bits) for name in ("issuer", "other") for bits in (1024, 2048)])
SIZES = st.integers(0, 2**16) | st.integers(2**2047, 2**2050) | st.integers(2**8191, 2**8193)
MODULI = st.one_of(BITS.map(lambda it: jwk(*it)["n"]), SIZES.map(uint), VALUES)
USES = ["use", "alg", "key_ops", "x5c", "d", "k"]


def _jwks(valid: Json) -> Object:
    near, number = _near(valid, USES), st.sampled_from("nne")
    return near | near | st.builds(lambda jwk, name, value: {**jwk, name: value}, near, number, MODULI)


JWKS, OTHER_JWKS = _jwks(jwk()), _jwks(jwk("other", kid=NEXT))
ENTRIES: st.SearchStrategy[list[Any]] = st.lists(JWKS | OTHER_JWKS | VALUES, max_size=4)
KEY_SETS = _documents({"keys": [jwk()]}, ["keys"], ENTRIES.map(lambda keys: {"keys": keys}))

ARN_PARTS = ["aws", "eu-west-1", "123456789012", "abc123", "test", "GET", "pets"]


def _spoilt_arn(at: int, part: str) -> str:
    return "arn:{}:execute-api:{}:{}:{}/{}/{}/{}".format(*ARN_PARTS[:at], part, *ARN_PARTS[at + 1 :])


PATHS = st.text("*?${}:/%a\n\u00e9", max_size=9) | TEXT | WORDS | st.just("pets")
METHOD_ARNS = st.builds(arn, st.sampled_from(["GET", "POST", "PATCH"]), PATHS.map("/{}".format)) | st.builds(
    _spoilt_arn, st.sampled_from(range(len(ARN_PARTS))), st.sampled_from(["*", "?", "a*", "${a}", "a", "A", "1"]) | TEXT
)


BASE64URL = st.sampled_from("AEIMQUYcgkosw048BCDxyz12-_")
EDITS = st.sampled_from(["", "=", "+", "/", ".", " ", "\n", "\u00e9", "\ud800", "~"]) | TEXT


@st.composite
def _mutated_tokens(draw: st.DrawFn) -> str:
    """`Bearer` and a valid token with a few edits, most of which keep its format."""
    parts = token().split(".")
    if draw(st.integers(0, 4)) == 0:
        parts = draw(st.lists(st.sampled_from(parts), min_size=1, max_size=4))
    text = f"Bearer {'.'.join(parts)}"
    for _ in range(draw(st.integers(0, 2))):
        start = draw(st.integers(0, len(text)))
        if draw(st.integers(0, 2)):
            text = text[:start] + draw(BASE64URL) + text[start + 1 :]
        else:
            end = start + draw(st.integers(0, 8))
            text = text[:start] + draw(EDITS | st.just(text[start:end] * 2)) + text[end:]
    return text


MUTATED = _mutated_tokens()
AUTHORIZATIONS: st.SearchStrategy[object] = st.sampled_from(["text"] * 4 + ["bytes", "any", "bearer"]).flatmap(
    {
        "text": MUTATED,
        "bytes": MUTATED.map(lambda text: text.encode("utf-8", "surrogatepass")),
        "bearer": TEXT.map("Bearer {}".format),
        "any": VALUES | st.binary(max_size=99),
    }.__getitem__
)
