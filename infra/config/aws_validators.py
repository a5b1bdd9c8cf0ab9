"""Checks of names of AWS resources, like those in `infra.config.validators`."""

import re

from infra.api.integrations import UNMAPPABLE_HEADERS
from infra.api.routes import HEADER, INTEGRATION_TYPES
from infra.config.validators import NAME
from infra.mistakes import Problem

ENDPOINT_TYPES = ("REGIONAL", "EDGE", "PRIVATE")
_TOPIC = re.compile(r"arn:aws[a-z-]*:sns:([a-z0-9-]+):\d{12}:[A-Za-z0-9_-]+")
_CERTIFICATE = re.compile(r"arn:aws[a-z-]*:acm:([a-z0-9-]+):\d{12}:certificate/[A-Za-z0-9-]+")
_POLICY = re.compile(r"arn:aws[a-z-]*:iam::(?:\d{12}|aws):policy/[A-Za-z0-9+=,.@_/-]+")


def stage_name(value: str) -> Problem | None:
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,128}", value):
        return Problem("not-a-stage-name", "does not consist of 1 to 128 letters, digits, - and _", "Rename the stage.")
    return None


def alarms_to(value: str, region: str | None) -> Problem | None:
    """Check the recipient of alarms: an e-mail address, or a topic in the same region, as alarms require."""
    found = _TOPIC.fullmatch(value)
    if found and region and found[1] != region:
        return Problem(
            "another-region", f"is a topic in {found[1]}, but the API is in {region}", f"Use a topic in {region}."
        )
    if found or re.fullmatch(rf"[A-Za-z0-9._%+-]+@{NAME}", value):
        return None
    return Problem(
        "not-a-receiver",
        "is neither an e-mail address nor the ARN of a standard SNS topic",
        "Use one such as `oncall@example.com` or `arn:aws:sns:REGION:ACCOUNT:TOPIC`.",
    )


def domain_name(value: str) -> Problem | None:
    if "." not in value or not re.fullmatch(NAME, value):
        return Problem(
            "not-a-host-name", "is not a host name", "Use lower case, without scheme and path: `api.example.com`."
        )
    return None


def certificate_arn(value: str, region: str | None) -> Problem | None:
    """Check the certificate, which must be in the region of the API."""
    found = _CERTIFICATE.fullmatch(value)
    if not found:
        return Problem(
            "not-a-certificate",
            "is not the ARN of an ACM certificate",
            "Use `arn:aws:acm:REGION:ACCOUNT:certificate/ID`.",
        )
    if region and found[1] != region:
        return Problem(
            "another-region", f"is a certificate in {found[1]}, but the API is in {region}", f"Request one in {region}."
        )
    return None


def permissions_boundary(value: str) -> Problem | None:
    if not _POLICY.fullmatch(value):
        return Problem("not-a-policy", "is not the ARN of an IAM policy", "Use `arn:aws:iam::ACCOUNT:policy/NAME`.")
    return None


def vpc_link_id(value: str) -> Problem | None:
    if not re.fullmatch(r"[a-z0-9]{6,32}", value):
        return Problem(
            "not-a-vpc-link", "is not the id of a VPC link for REST APIs", "Use the id from the AWS console."
        )
    return None


def integration_type(value: str) -> Problem | None:
    if value not in INTEGRATION_TYPES:
        return Problem("unknown-integration", "is not an integration type of a backend", "Use HTTP or HTTP_PROXY.")
    return None


def endpoint_type(value: str) -> Problem | None:
    if value not in ENDPOINT_TYPES:
        return Problem("unknown-endpoint-type", "is not an endpoint type", f"Use one of {', '.join(ENDPOINT_TYPES)}.")
    return None


def vpc_endpoint_id(value: str) -> Problem | None:
    if not re.fullmatch(r"vpce-[0-9a-f]{8,17}", value):
        return Problem(
            "not-a-vpc-endpoint", "has an item that is not the id of a VPC endpoint", "Use one such as `vpce-0123abcd`."
        )
    return None


def media_type(value: str) -> Problem | None:
    if not re.fullmatch(r"[A-Za-z0-9.+*-]+/[A-Za-z0-9.+*-]+", value):
        return Problem(
            "not-a-media-type", "has an item that is not a media type", "Use one such as `image/png`, or `*/*`."
        )
    return None


def header_name(value: str) -> Problem | None:
    if not HEADER.fullmatch(value):
        return Problem("not-a-header", "has an item that is not the name of a header", "Use letters, digits, - and _.")
    if value.lower() in map(str.lower, UNMAPPABLE_HEADERS):
        return Problem(
            "unmappable-header",
            "has a header that API Gateway writes itself, and answers with 500 if mapped",
            "Remove it.",
        )
    return None


def response_header(value: str) -> Problem | None:
    """Check the name of a backend's response header that clients are to get."""
    if value.lower().startswith("access-control-"):
        return Problem("cors-header", "has a CORS header, which API Gateway writes itself", "Remove it.")
    return header_name(value)


def backend_status(value: str) -> Problem | None:
    if not re.fullmatch(r"[2345]\d\d", value):
        return Problem("not-a-status", "has an item that is not a status from 200 to 599", "Use one such as `422`.")
    return None
