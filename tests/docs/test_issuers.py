"""docs/issuers.md: its settings are accepted, and its tokens get the documented responses."""

import json
import re
import time

import pytest
import yaml

from authorizer import environment
from authorizer.fetch import Document
from infra.api.routes import Route
from infra.config.settings import Settings
from tests.testkit.tokens import OMIT, header, key_set, segment, token
from tests.testkit.vendors import KEY_SETS, SHAPES, Shape
from tools.explain.evaluate import Evaluator, KeySource
from tools.project import ROOT

PAGE = (ROOT / "docs" / "issuers.md").read_text(encoding="utf-8")
PARTS = {title: text for title, _, text in (part.partition("\n") for part in PAGE.split("\n## ")[1:])}
SEVERAL, CONTEXT = PARTS["Several issuers"], PARTS["Claims for the backend"]
SECTIONS = {title: text for title, text in PARTS.items() if text not in (SEVERAL, CONTEXT)}
ROWS = [
    (vendor, *(cell.strip() for cell in line.strip("|").split("|")))
    for vendor, text in SECTIONS.items()
    for line in re.findall(r"^\| .*\| \d{3} \|.*$", text, re.MULTILINE)
]


def routes(vendor: str) -> list[Route]:
    """The README's routes, with the scope in the format of this vendor's tokens."""
    (scope,) = re.findall(r'scopes=\["(.+?)"\]', SECTIONS[vendor]) or ["create:pets"]
    return [Route("GET", "/pets"), Route("POST", "/pets", scopes=[scope])]


def settings(vendor: str) -> Settings:
    """The settings from the section's block. Raises `ConfigurationError` if the program refuses it."""
    (block,) = re.findall(r"^```yaml\n(.*?)^```", SECTIONS[vendor], re.DOTALL | re.MULTILINE)
    config = {key: it if isinstance(it, str) else json.dumps(it) for key, it in yaml.safe_load(block).items()}
    return Settings.parse(config, routes(vendor), project="petstore")


def test_the_block_with_several_issuers_is_accepted():
    (block,) = re.findall(r"^```yaml\n(.*?)^```", SEVERAL, re.DOTALL | re.MULTILINE)
    config = {key: json.dumps(value) for key, value in yaml.safe_load(block).items()}
    first, second, third = Settings.parse(config, [Route("GET", "/pets")], project="petstore").trust.issuers
    assert first.jwks_uri == "https://login.example.com/.well-known/jwks.json"
    assert len(second.audiences) == 2
    assert third.required_claims == (("email_verified", (True,)),)


def test_the_headers_of_claims_are_those_of_the_page():
    (block,) = re.findall(r"^```yaml\n(.*?)^```", CONTEXT, re.DOTALL | re.MULTILINE)
    config = {key: json.dumps(value) for key, value in yaml.safe_load(block).items()}
    config |= {"petstore:tokenIssuer": "https://login.example.com/", "petstore:audience": "https://api.example.com"}
    ours = Settings.parse(config, [Route("GET", "/pets")], project="petstore")
    (route,) = ours.routes
    names = [name.removeprefix("header.") for name in ours.backends.of(route).integration(route).parameters]
    assert re.findall(r"`(X-Claim-[\w-]+)`", CONTEXT) == [name for name in names if name.startswith("X-Claim")]


def written(shape: Shape, ours: Settings) -> str:
    now = int(time.time())
    (trusted,) = ours.trust.issuers
    usual = {
        "iss": trusted.issuer,
        "aud": trusted.audiences[0] if trusted.audiences else OMIT,
        "iat": now - 60,
        "nbf": now - 60,
        "exp": now + 3600,
    }
    if shape.opaque:  # a JWE: five parts, encrypted for a key that is not in the token
        return f"{segment(header(**shape.head))}..{segment(b'iv')}.{segment(b'text')}.{segment(b'tag')}"
    claims = {name: value for name, value in (usual | shape.claims).items() if value is not OMIT}
    return token(header(**shape.head), claims, shape.sign)


def test_exactly_the_tokens_of_the_page_are_tried():
    assert {(vendor, name) for vendor, name, *_ in ROWS} == {
        (vendor, name) for vendor, shapes in SHAPES.items() for name in shapes
    }
    assert list(SECTIONS) == list(SHAPES) == list(KEY_SETS)


def test_the_preview_warns_of_keys_on_another_host_only_if_the_page_mentions_it():
    warned = [vendor for vendor in SECTIONS if any("another host" in line for line in settings(vendor).warnings)]
    assert warned == [
        vendor for vendor, text in SECTIONS.items() if "keys are on another host" in " ".join(text.split())
    ]
    assert warned == ["Entra ID, version 1.0", "Firebase"]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]}: {row[1]}")
def test_a_token_gets_the_response_on_the_page(row: tuple[str, ...]):
    vendor, name, reading, creating, remark = row
    ours = settings(vendor)
    evaluator = Evaluator(
        environment.parse(ours.authorizer.variables()),
        KeySource(read=lambda _: Document(key_set(*KEY_SETS[vendor]))),
    )
    bearer = f"Bearer {written(SHAPES[vendor][name], ours)}"
    answers = [evaluator.answer(bearer, route) for route in ours.routes]
    assert [str(answer.status) for answer in answers] == [reading, creating]
    if reading == "401":
        assert {answer.reason for answer in answers} == {remark.split("`")[1]}
