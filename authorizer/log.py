"""Writes one JSON object per line to standard output; Lambda's runtime would wrap the lines of `logging`.

Some lines are also metrics, in CloudWatch's embedded metric format. Their dimensions have few values.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import hashlib
import json
import os
import sys
import time
from functools import lru_cache

NAMESPACE = "JwtAuthorizer"
FUNCTION = os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "none")  # set by Lambda; a dimension must not be empty
DURATION = "duration_ms"  # its sample count is the number of decisions
JWKS_FAILURES, JWKS_AGE = "jwks_failures", "jwks_age_seconds"

_encode = json.JSONEncoder(check_circular=False, separators=(",", ":")).encode


def _embedded(dimensions: list[list[str]], metrics: dict[str, str]) -> str:
    """The end of a line's JSON: the last members, up to the time in milliseconds since 1970."""
    definitions = [{"Name": name, "Unit": unit} for name, unit in metrics.items()]
    directive = {"Namespace": NAMESPACE, "Dimensions": dimensions, "Metrics": definitions}
    members = {"function": FUNCTION, "_aws": {"CloudWatchMetrics": [directive], "Timestamp": 0}}
    return "," + _encode(members)[1:].removesuffix("0}}")


# Computed once: they are the same for each decision.
DECISION = _embedded([["function", "outcome"], ["function", "reason"]], {DURATION: "Milliseconds"})
REFRESH_FAILED = _embedded([["function"]], {JWKS_FAILURES: "Count", JWKS_AGE: "Seconds"})


def write(metrics: str = "", **fields: object) -> None:
    """Write one line, flushed, so that a killed container loses nothing. `metrics`: `DECISION` or `REFRESH_FAILED`."""
    line = _encode(fields)
    if metrics:
        line = f"{line[:-1]}{metrics}{time.time() * 1000:.0f}}}}}"
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


@lru_cache(maxsize=128)  # callers return, and a hash takes a twentieth of a decision's time
def pseudonym(issuer: str, subject: str) -> str:
    """The pseudonym of a subject: always the same 16 hexadecimal digits, which do not reveal the subject."""
    return hashlib.sha256(f"{issuer} {subject}".encode()).hexdigest()[:16]


def place(error: BaseException) -> str:
    """The place at which an exception was raised, `token.py:84`, without any values."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}" if trace else "?"
