"""Checks of single values of the configuration. Each returns the problem with its fix, or None."""

import re
from urllib.parse import urlsplit

from authorizer.issuer import LOOPBACK
from infra.mistakes import Problem

# https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html: the Python runtimes for new functions.
# The authorizer needs 3.11.
LAMBDA_RUNTIMES = ("python3.11", "python3.12", "python3.13", "python3.14")
# https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html: Python 3.12 and later.
WITHOUT_SNAP_START = ("python3.11",)
LAMBDA_ARCHITECTURES = ("arm64", "x86_64")
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
MAX_LENGTH = 300  # characters of a value: Lambda's environment has 4 KB for all of them

_LABEL = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
# A host name whose last label begins with a letter, so never an IP address. Lower case, as issuers write it.
NAME = rf"(?:{_LABEL}\.)*[a-z](?:[a-z0-9-]*[a-z0-9])?"
# 1 to 65535 (RFC 9293 3.1: 16 bits)
_PORT = "(?::(?:[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?"
_LOOPBACK_HOST = f"(?:{'|'.join(re.escape(f'[{host}]' if ':' in host else host) for host in sorted(LOOPBACK))})"
_PATH = r"(?:/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*)?"
# https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc: the placeholders for a tenant
_NO_TENANT = re.compile(
    r"(?P<before>https?://(?:login\.(?:partner\.)?microsoftonline\.\w+|(?:login|sts)\.windows\.net)/)"
    r"(?P<tenant>common|organizations|consumers|\{[^/]*\})(?=/|$)",
    re.IGNORECASE,
)
# Okta's domains for tenants: https://developer.okta.com/docs/concepts/auth-servers/
_OKTA = re.compile(r"https://[^/]+\.(?:okta|oktapreview|okta-emea|okta-gov)\.com/?")
_SECURE = re.compile(rf"https://{NAME}{_PORT}{_PATH}")
_LOCAL = re.compile(rf"https?://{_LOOPBACK_HOST}{_PORT}{_PATH}")
_BACKEND = re.compile(rf"https?://(?:{NAME}|\d+\.\d+\.\d+\.\d+|{_LOOPBACK_HOST}){_PORT}(?:/[A-Za-z0-9._~%/-]*[^/])?")
_ORIGIN = re.compile(rf"https?://(?:{NAME}|{_LOOPBACK_HOST}){_PORT}")


def stray_characters(value: str) -> Problem | None:
    if not value.strip():
        return Problem("empty", "is empty", "Set a value.")
    if re.search(r"[\s\"'\\]", value):
        return Problem("stray-characters", "has spaces, quotes or backslashes", "Remove them.")
    if not value.isascii() or not value.isprintable():
        return Problem(
            "not-ascii", "has characters other than printable ASCII", "Remove them. Write a host name in its xn-- form."
        )
    if re.search(r"YOUR[_-]|[<>]", value):
        return Problem("placeholder", "has a placeholder", "Replace it with your own value.")
    if len(value) > MAX_LENGTH:
        return Problem("too-long", f"is longer than {MAX_LENGTH} characters", "Use a shorter one.")
    return None


def issuer(value: str) -> Problem | None:
    problem = address(value)
    if problem:
        return problem
    parts = urlsplit(value)
    if "/.well-known/" in value:
        return Problem("document-address", "is the URL of a document", f"Use `{_issuer_of(value)}`.")
    if _OKTA.fullmatch(value):
        return Problem(
            "okta-org-server",
            "is Okta's org authorization server, whose access tokens only Okta can verify",
            f"Use a custom one, such as `https://{parts.hostname}/oauth2/default`.",
        )
    if (parts.hostname or "").endswith(".auth0.com") and parts.path != "/":
        return Problem(
            "auth0-slash", "lacks the slash at the end of every Auth0 issuer", f"Use `https://{parts.hostname}/`."
        )
    return None


def token_issuer(value: str, jwks_uri: str) -> Problem | None:
    """Check an `iss`: a plain https:// URL, or any other string if the URL of its key set is given."""
    if not (problem := address(value)):
        return issuer(value)
    if jwks_uri:
        return None
    if not value.lower().startswith("https://"):
        use = f"use `https://{value.rpartition('://')[2]}`."
        problem = Problem("opaque-issuer", "is not an https:// URL", use)
    return problem._replace(
        what=f"{problem.what}, so the URL of its key set is unknown",
        fix="If iss in the tokens is exactly this, set jwksUri to the https:// URL of the key set. Otherwise "
        f"{problem.fix[0].lower()}{problem.fix[1:]}",
    )


def _issuer_of(document: str) -> str:
    """The issuer whose discovery document has this URL (OpenID Connect or RFC 8414).

    Auth0's issuers end with a slash.
    """
    before, _, name = document.partition("/.well-known/")
    slash = "/" if before.endswith(".auth0.com") else ""
    return f"{before}{slash}{name.removeprefix('oauth-authorization-server') if '/' in name else ''}"


def with_tenant(url: str, issuer: str) -> str:
    """The URL with the Entra ID tenant of the issuer instead of `common`."""
    tenant = urlsplit(issuer).path.strip("/").partition("/")[0]
    return _NO_TENANT.sub(lambda found: found["before"] + tenant, url) if tenant else url


def no_tenant(value: str) -> Problem | None:
    """Check for a placeholder: a URL of Microsoft's documentation that names no tenant, or any URL with braces."""
    if found := _NO_TENANT.match(value):
        return Problem(
            "no-tenant",
            f"has {found['tenant']} instead of the id of your tenant",
            f"Use your tenant's id: `{found['before']}TENANT_ID{value[found.end('tenant') :]}`.",
        )
    if re.search(r"\{\w*\}", value):
        return Problem("placeholder", "has a placeholder", "Replace it with your own value.")
    return None


def several_audiences(value: str) -> Problem | None:
    """Check for several audiences in one string. The authorizer would compare the whole string with `aud`."""
    if len(re.split(r"[,\s]+", value.strip())) < 2 and not value.startswith("["):
        return None
    what = "is a list" if value.startswith("[") else "has a comma or a space, which an audience never has"
    fix = "Write one audience as a string. For several, use issuers, where audience may be a list."
    return Problem("several-audiences", what, fix)


def several_names(value: str) -> Problem | None:
    """Check for several names in one element of a list."""
    if not re.search(r"[,\s]", value):
        return None
    return Problem("several-names", "has a comma or a space", "Write each name as a separate element.")


def audience(value: str, issuer: str) -> Problem | None:
    base = issuer.rstrip("/")
    if value.rstrip("/") in (base, f"{base}/userinfo", f"{base}/api/v2"):
        return Problem(
            "issuers-own-api",
            "names the issuer's own API, whose tokens every application of the tenant can get",
            "Use the identifier of your API.",
        )
    return None


def jwks_uri(value: str, issuer: str) -> Problem | None:
    plain, _, _ = value.partition("?")  # some issuers have a key set for each application, selected by the query
    problem = address(plain)
    if problem:
        return problem
    if is_loopback(plain) and not is_loopback(issuer):
        return Problem(
            "loopback", "is a loopback address, which on AWS is the function itself", "Use the issuer's URL."
        )
    if plain.endswith((".pem", "/openid-configuration")):
        return Problem("not-a-key-set", "is not a key set", "Use jwks_uri from the issuer's discovery document.")
    return None


def backend_url(value: str, issuer: str) -> Problem | None:
    if not _BACKEND.fullmatch(value):
        fix = "Use a URL without a slash at the end, a query, credentials or variables."
        if "://" not in value:
            fix = f"Write it in full, such as `https://{value}`."
        return Problem("not-an-address", "is not a plain http:// or https:// URL", fix)
    if is_loopback(value) and not is_loopback(issuer):
        return Problem("loopback", "is on this machine, which API Gateway cannot reach", "Use a URL on the internet.")
    return None


def lambda_runtime(value: str) -> Problem | None:
    return _listed(value, LAMBDA_RUNTIMES)


def lambda_architecture(value: str) -> Problem | None:
    return _listed(value, LAMBDA_ARCHITECTURES)


def origin(value: str) -> Problem | None:
    default_port = {"https": ":443", "http": ":80"}.get(value.partition(":")[0], "-")
    if value not in ("*", "none") and (not _ORIGIN.fullmatch(value) or value.endswith(default_port)):
        return Problem(
            "not-an-origin",
            "is not an origin",
            "Use *, or the scheme and host that a browser sends as Origin, such as `https://app.example.com`.",
        )
    return None


def hostname(url: str) -> str | None:
    """The host name in a URL; None if the string has none."""
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def is_loopback(url: str) -> bool:
    """Whether a checked URL is on this machine."""
    return bool(_LOCAL.fullmatch(url))


def _listed(value: str, values: tuple[str, ...]) -> Problem | None:
    if value in values:
        return None
    return Problem("not-offered", "is not a value that this function supports", f"Use one of {', '.join(values)}.")


def address(value: str) -> Problem | None:
    """Check a trusted URL: it has https, a public host name and a plain form. Every URL on this machine is accepted."""
    if _SECURE.fullmatch(value) or _LOCAL.fullmatch(value):
        return None
    if value.startswith("http://"):
        return Problem(
            "plain-http",
            "is http://, so others on the network could forge its content",
            f"Use `https://{value.removeprefix('http://')}`.",
        )
    if "://" not in value:
        return Problem(
            "not-a-url",
            "is not an https:// URL",
            f"Write it in full, such as `https://{value.partition('/')[0]}/`.",
        )
    return Problem(
        "not-plain-https",
        "is not a plain https:// URL",
        "Use a host name in lower case, without credentials, query or fragment, as the issuer writes it.",
    )
