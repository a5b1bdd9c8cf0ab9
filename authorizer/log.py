"""One JSON object a line on standard output, which Lambda sends to the function's log group.

Written straight to stdout: Lambda's Python runtime would wrap what goes through `logging`, and elsewhere `logging`
would need a handler. JSON escapes every control character, so no value can start a line of its own.
"""

import hashlib
import json
import sys


def write(**fields: object) -> None:
    """Write one line, flushed, so that a killed container loses nothing."""
    sys.stdout.write(json.dumps(fields, separators=(",", ":")) + "\n")
    sys.stdout.flush()


def pseudonym(issuer: str, subject: str) -> str:
    """A stand-in for a subject: the same one gives the same 16 hexadecimal digits, which do not give it back."""
    return hashlib.sha256(f"{issuer} {subject}".encode("utf-8", "surrogatepass")).hexdigest()[:16]
