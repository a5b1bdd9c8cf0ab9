"""One JSON object a line on standard output, which Lambda sends to the function's log group.

Written straight to stdout: Lambda's Python runtime would wrap what goes through `logging`, and elsewhere `logging`
would need a handler. JSON escapes every control character, so no value can start a line of its own.
"""

import hashlib
import json
import sys
import time

_encode = json.JSONEncoder(separators=(",", ":")).encode


def write(metrics: str = "", **fields: object) -> None:
    """Write one line, flushed, so that a killed container loses nothing. `metrics`: one of `authorizer.metrics`."""
    line = _encode(fields)
    if metrics:
        line = f"{line[:-1]}{metrics}{time.time() * 1000:.0f}}}}}"
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def pseudonym(issuer: str, subject: str) -> str:
    """A stand-in for a subject: the same 16 hexadecimal digits for the same one, which only a right guess undoes."""
    return hashlib.sha256(f"{issuer} {subject}".encode()).hexdigest()[:16]


def place(error: BaseException) -> str:
    """Where an exception was raised, `token.py:84`, and nothing of what was in its way."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}" if trace else "?"
