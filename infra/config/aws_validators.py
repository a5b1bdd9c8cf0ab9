"""What is wrong with a name that AWS gives or takes, as `infra.config.validators` says it."""

import re

from infra.config.validators import NAME
from infra.mistakes import Problem

_TOPIC = re.compile(r"arn:aws[a-z-]*:sns:([a-z0-9-]+):\d{12}:[A-Za-z0-9_-]+")
_CERTIFICATE = re.compile(r"arn:aws[a-z-]*:acm:([a-z0-9-]+):\d{12}:certificate/[A-Za-z0-9-]+")
_POLICY = re.compile(r"arn:aws[a-z-]*:iam::(?:\d{12}|aws):policy/[A-Za-z0-9+=,.@_/-]+")


def stage_name(value: str) -> Problem | None:
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,128}", value):
        return Problem("not-a-stage-name", "is not 1 to 128 letters, digits, - and _", "Rename the stage.")
    return None


def alarms_to(value: str, region: str | None) -> Problem | None:
    """An alarm can only tell a topic of its own region."""
    found = _TOPIC.fullmatch(value)
    if found and region and found[1] != region:
        return Problem(
            "another-region", f"is a topic in {found[1]}, and the API is in {region}", f"Use one in {region}."
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
    """A regional API takes a certificate of its own region."""
    found = _CERTIFICATE.fullmatch(value)
    if not found:
        return Problem(
            "not-a-certificate",
            "is not the ARN of an ACM certificate",
            "Use `arn:aws:acm:REGION:ACCOUNT:certificate/ID`.",
        )
    if region and found[1] != region:
        return Problem(
            "another-region", f"is a certificate in {found[1]}, and the API is in {region}", f"Request one in {region}."
        )
    return None


def permissions_boundary(value: str) -> Problem | None:
    if not _POLICY.fullmatch(value):
        return Problem("not-a-policy", "is not the ARN of an IAM policy", "Use `arn:aws:iam::ACCOUNT:policy/NAME`.")
    return None
