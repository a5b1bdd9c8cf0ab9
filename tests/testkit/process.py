"""The handler as Lambda loads it: in its own process, with a given environment and the real clock."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.testkit.tokens import AUDIENCE, ISSUER, claims, token

ROOT = Path(__file__).resolve().parents[2]
# Answers the events on standard input, one per line, with the answer or the exception's name and text.
PROGRAM = """
import json, sys
from authorizer.handler import handler
for line in sys.stdin:
    try:
        print(json.dumps({"answer": handler(json.loads(line), None)}))
    except Exception as error:
        print(json.dumps({"raised": [type(error).__name__, str(error)]}))
"""


def fresh(seconds: int = 600) -> str:
    """A token for the clock of the other process, which is not frozen."""
    return token(body=claims(iat=int(time.time()), exp=int(time.time()) + seconds, scope="create:pets"))


def variables_of_lambda(url: str) -> dict[str, str]:
    return {
        "TOKEN_ISSUER": ISSUER,
        "AUDIENCE": AUDIENCE,
        "JWKS_URI": url,
        "ROUTES": "GET /pets\nPOST /pets create:pets",
    }


def run(
    url: str,
    *events: dict[str, Any],
    root: Path = ROOT,
    variables: Mapping[str, str] | None = None,
    short_form: bool = True,
) -> tuple[list[dict[str, Any]], str]:
    """The standard output of the process, each line as JSON, and its standard error.

    `root` is the folder that holds the package. `variables` are added to the usual ones of one issuer, or replace
    them.
    """
    usual = variables_of_lambda(url) if short_form else {}
    environment = {**usual, "PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM],
        cwd=root,
        env=environment | dict(variables or {}),
        input="".join(json.dumps(it) + "\n" for it in events),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return [json.loads(line) for line in result.stdout.splitlines()], result.stderr
