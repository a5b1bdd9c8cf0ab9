"""What is wrong with one value of the configuration, and what to do about it. None where nothing is."""

import ipaddress
import re
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from authorizer.environment import LOOPBACK

# https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html: the Python runtimes a function can be created with.
# The authorizer needs 3.11.
LAMBDA_RUNTIMES = ("python3.11", "python3.12", "python3.13", "python3.14")
LAMBDA_ARCHITECTURES = ("arm64", "x86_64")
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)


class Problem(NamedTuple):
    """What is wrong, and the fix."""

    what: str
    fix: str


Check = Callable[[str], Problem | None]


def stray_characters(value: str) -> Problem | None:
    if not value.strip():
        return Problem("empty", "set a value")
    if value != value.strip() or any(char in value for char in "\"'\n\r\t "):
        return Problem("it holds spaces or quotes", "remove them")
    if re.search(r"YOUR[_-]|[<>]", value):
        return Problem("a placeholder is left in", "put in your own value")
    return None


def issuer(value: str) -> Problem | None:
    parts = _split(value)
    problem = _address(value, parts)
    if problem:
        return problem
    if "/.well-known/" in value:
        return Problem("the address of a document", f"use {value.partition('.well-known/')[0]}")
    if (parts.hostname or "").endswith(".auth0.com") and parts.path != "/":
        return Problem("Auth0 writes its issuer with a slash at the end", f"use https://{parts.hostname}/")
    return None


def audience(value: str, issuer: str) -> Problem | None:
    if value.rstrip("/") in (issuer.rstrip("/"), f"{issuer.rstrip('/')}/userinfo"):
        return Problem(
            "that names the issuer's own API, whose tokens every application of the tenant can get",
            "use the identifier of your API",
        )
    return None


def jwks_uri(value: str) -> Problem | None:
    problem = _address(value, _split(value))
    if problem:
        return problem
    if value.endswith((".pem", "/openid-configuration")):
        return Problem("not a key set", "use the address the issuer's discovery document gives as jwks_uri")
    return None


def backend_url(value: str) -> Problem | None:
    parts = _split(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return Problem("not an http:// or https:// address", "use the address that the routes' paths are appended to")
    if parts.query or parts.fragment or value.endswith("/"):
        return Problem("routes' paths are appended to it", "leave out a slash at the end, a query and a fragment")
    if parts.username is not None or any(char in value for char in "{}$"):
        return Problem("it holds credentials or a variable", "use a plain address")
    return None


def stage_name(value: str) -> Problem | None:
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,128}", value):
        return Problem("API Gateway takes 1 to 128 letters, digits, - and _", "rename the stage")
    return None


def lambda_runtime(value: str) -> Problem | None:
    return _listed(value, LAMBDA_RUNTIMES)


def lambda_architecture(value: str) -> Problem | None:
    return _listed(value, LAMBDA_ARCHITECTURES)


def origin(value: str) -> Problem | None:
    if value != "*" and not re.fullmatch(r"https?://[a-z0-9.-]+(:[0-9]+)?", value):
        return Problem("not an origin", "use *, or scheme and host as a browser sends them: https://app.example.com")
    return None


def is_loopback(url: str) -> bool:
    return (_split(url).hostname or "") in LOOPBACK


def _listed(value: str, values: tuple[str, ...]) -> Problem | None:
    return None if value in values else Problem("not one that AWS has for this function", f"use {', '.join(values)}")


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - raises on a port that is no number
    except ValueError:
        return SplitResult("", "", "", "", "")
    return parts


def _address(value: str, parts: SplitResult) -> Problem | None:
    """An address on which trust rests: https, on a public name."""
    host = parts.hostname or ""
    if not parts.scheme or not host:
        return Problem("not an https:// address", f"write it in full, such as https://{value.partition('/')[0]}/")
    if host in LOOPBACK and parts.scheme in ("http", "https"):
        return None
    if parts.scheme != "https":
        return Problem("anyone on the way could forge what it says", f"use https://{value.partition('://')[2]}")
    if parts.username is not None or parts.query or parts.fragment:
        return Problem("it holds credentials, a query or a fragment", f"use https://{host}{parts.path}")
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return None
    return Problem("an IP address", "use the host name that the issuer's certificate is for")
