"""The first inputs of the fuzzer: valid ones, and known attacks on other JWT libraries."""

import json
from collections.abc import Iterator

from hypothesis import strategies as st

from tests.testkit import strategies
from tests.testkit.clock import NEXT
from tests.testkit.gateway import arn
from tests.testkit.tokens import AUDIENCE, ISSUER, NOW, OMIT, claims, header, jwk, segment, token, with_raw

HEADERS = [
    *(header(), header(typ="at+jwt"), header(typ="JWE"), header(typ=OMIT), header(typ=["JWT"]), header(alg="none")),
    *(
        header(alg="HS256"),
        header(alg="RS384"),
        header(crit=["exp"]),
        header(crit=["b64"], b64=True),
        header(b64=False),
    ),
    *(header(kid=NEXT), header(kid="../../../../../../etc/passwd"), header(kid=None), header(kid=["key-1"])),
    *(header(jwk={"kty": "oct"}), header(jku="https://x.example/"), header(x5c=["MIIC"]), header(zip="DEF")),
]
CLAIMS = [
    *(
        claims(),
        claims(aud=[AUDIENCE]),
        claims(aud=[AUDIENCE, 1]),
        claims(aud={AUDIENCE: 1}),
        claims(iss=ISSUER.upper()),
    ),
    *(claims(exp=NOW - 9), claims(exp=NOW - 11), claims(exp=str(NOW + 60)), claims(exp=True), claims(exp=2**53)),
    *(
        claims(nbf=NOW + 9.5),
        claims(nbf=True),
        claims(nbf=-(2**60)),
        claims(iat=True),
        claims(iat=None),
        claims(iat=1e15),
    ),
    *(claims(sub="\ud800"), claims(sub=""), claims(sub="a" * 300), claims(sub=["a"]), claims(sub="\u00e9\r\n")),
    *(claims(scope="create:pets a b"), claims(scope="create:pets\tfiles"), claims(scope=["create:pets"])),
    *(claims(permissions=["create:pets", 1]), claims(permissions=[["a"], None]), claims(permissions="create:pets")),
    *(claims(cnf={}), claims(jti=1), claims(pad="a" * 9_000)),
]
RAW = [
    *(f'"exp":{NOW + 60}', '"exp":1e400', '"a":NaN', '"a":1,"a":2', '"a":"\\ud800"', '"a":"\n"', '"a":01', '"a":1}{'),
    *('"a":' + "9" * 4_301, '"a":' + "[" * 1_500 + "]" * 1_500, '"a":' + '{"a":' * 1_500),
]
KEYS = [
    *({}, {"use": "enc"}, {"alg": "PS256"}, {"key_ops": ["verify"]}, {"key_ops": {}}, {"kid": 1}, {"kty": "oct"}),
    *({"e": "AQ"}, {"e": "Ag"}, {"e": 65537}, {"n": "AAAA"}, {"n": "~~"}, {"n": "~g"}, {"n": None}, {"d": "AQAB"}),
]
ENDS = (b".~", b".~A", b".~=", b".~\n", b".~.", b".", b"", b".AA", b"\n.~", b"=.~", b"B.~")
PATHS = [("GET", "/pets"), ("POST", ""), ("GET", "/*?${a}"), ("PUT", "/" + "a" * 600), ("GET", "/\ud800")]
TOKEN = {"type": "TOKEN"}
EVENTS = [
    {"type": "TOKEN", "authorizationToken": "Bearer ~", "methodArn": arn("GET", "/pets/1")},
    {"type": "REQUEST", "headers": {"Authorization": "Bearer ~"}, "methodArn": arn("GET", "/pets")},
    *(
        {**TOKEN, "authorizationToken": it, "methodArn": arn("GET", "/pets")}
        for it in (None, 1, ["Bearer ~"], {"a": "~"})
    ),
    *({**TOKEN, "authorizationToken": "Bearer ~", "methodArn": it} for it in (None, [], {}, "", "arn:", True)),
    {},
]


def seeds() -> Iterator[bytes]:
    for text in (
        "",
        "Bearer",
        "Bearer ",
        "Basic dXNlcg==",
        "Bearer a.b.c",
        "Bearer " + "A" * 10_240,
        "\u00e9",
        "Bearer ~",
    ):
        yield b"A" + text.encode()
    yield from (
        f"A{word} {segment(header())}.{segment(claims())}.~".encode() for word in ("bearer", "BEARER ", "Bearer\t")
    )
    yield from (f"ABearer {segment(header())}.{segment(claims())}".encode() + end for end in ENDS)
    for spaces in (b"", b" ", b"  "):  # two of these lengths leave bits unused
        head, payload = segment(_json(header()) + spaces), segment(_json(claims()) + spaces)
        yield f"ABearer {_respelt(head)}.{payload}.~".encode()
        yield f"ABearer {head}.{_respelt(payload)}.~".encode()
    yield from (_signed(_json(it), _json(claims())) for it in HEADERS)
    yield from (_signed(_json(header()), _json(it)) for it in CLAIMS)
    for text in (b"", b"1", b"[]", b"null", b"\xff", b"\xef\xbb\xbf{}", *(with_raw(header(), raw) for raw in RAW)):
        yield _signed(text, _json(claims()))
        yield b"K" + text
    for text in (
        b"",
        b"[]",
        b'"a"',
        _json(claims()).decode().encode("utf-16"),
        *(with_raw(claims(), raw) for raw in RAW),
    ):
        yield _signed(_json(header()), text)
    yield from (b"K" + with_raw({"keys": [jwk(n="~")]}, raw) for raw in RAW)
    yield from (b"K" + _json({"keys": [jwk(**{"n": "~", **changes})]}) for changes in KEYS)
    for keys in ([jwk(n="~"), jwk(n="~")], [1, None, [], "a", jwk(n="~"), jwk(n="~", kid="b")], {}, None, "keys"):
        yield b"K" + _json({"keys": keys})
    yield from (b"E" + arn(method, path).encode("utf-8", "surrogatepass") for method, path in PATHS)
    yield from (
        b"E" + arn("GET", "/pets").replace("/test/", f"/{stage}/").encode() for stage in ("*", "", "a?", "${a}")
    )
    yield from (b"E" + _json(it) for it in EVENTS)


def _signed(head: bytes, payload: bytes) -> bytes:
    return b"S%b\0%b" % (head, payload)


def _respelt(part: str) -> str:
    """Another spelling of the same bytes, if the last character has unused bits."""
    return part[:-1] + chr(ord(part[-1]) + 1)


def inputs() -> st.SearchStrategy[bytes]:
    """The inputs for a fuzzer that does not measure coverage."""
    modulus, signature = jwk()["n"].encode(), token().rpartition(".")[2].encode()
    texts = strategies.MUTATED.map(lambda text: text.encode("utf-8", "surrogatepass").replace(signature, b"~"))
    return st.one_of(
        texts.map(b"A".__add__),
        st.builds(_signed, strategies.HEADERS, st.just(_json(claims()))),
        st.builds(_signed, st.just(_json(header())), strategies.PAYLOADS),
        strategies.KEY_SETS.map(lambda document: b"K" + document.replace(modulus, b"~")),
        strategies.METHOD_ARNS.map(lambda text: b"E" + text.encode("utf-8", "surrogatepass")),
    )


def _json(value: object) -> bytes:
    return json.dumps(value).encode()
