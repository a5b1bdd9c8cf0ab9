"""docs/tokens.md explains every reason in the log, and its diagram shows the declared resources."""

import re
from urllib.parse import urlsplit

from authorizer import errors
from authorizer.jwks import LIFETIME
from tools.preview.mock_recorder import declare
from tools.project import ROOT

PAGE = (ROOT / "docs" / "tokens.md").read_text(encoding="utf-8")


def test_exactly_the_reasons_in_the_log_are_explained():
    reasons = {*errors.Reason, *(kind.reason for kind in errors.Failure.__subclasses__())}
    table = PAGE.partition("## The checks")[2].partition("## Caching")[0]
    assert set(re.findall(r"`([a-z]+_[a-z_]+|expired)`", table)) == reasons | {"insufficient_scope"}


def test_the_diagram_shows_the_declared_resources():
    (diagram,) = re.findall(r"^```mermaid\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    program = declare()
    lines = [line.strip() for line in diagram.splitlines()]
    authorizer, function = program.one("Authorizer").inputs, program.one("Function").inputs
    (backend,) = [it.inputs for it in program.of("Integration") if it.inputs.get("uri", "").endswith("/pets")][:1]
    header = authorizer["identitySource"].removeprefix("method.request.header.")
    headers = sorted(name.rpartition(".")[2] for name in backend["requestParameters"] if ".header." in name)
    context = sorted(it.rpartition(".")[2] for it in backend["requestParameters"].values() if ".authorizer." in it)
    keys = urlsplit(function["environment"]["variables"]["JWKS_URI"]).path
    assert lines[1:] == [
        f"client->>gateway: GET /{program.outputs['stageName']}/pets, {header}: Bearer JWT",
        f"opt no cached policy for this token, for {authorizer['authorizerResultTtlInSeconds']:.0f} s",
        f"gateway->>authorizer: {authorizer['name']}: token, method ARN",
        f"opt keys not fetched within {LIFETIME / 60:.0f} minutes, or unknown kid",
        f"authorizer->>issuer: GET {keys}",
        "end",
        f"authorizer-->>gateway: policy for every route, {', '.join(context)} (or 401, 500)",
        "end",
        f"gateway->>backend: GET {urlsplit(backend['uri']).path}, {', '.join(headers)} (or 403, by the policy)",
        "backend-->>gateway: 200",
        "gateway-->>client: 200",
    ]
