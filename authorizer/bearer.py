"""The shape of an Authorization header value that may carry a JWT, checked before any work is done.

Standard library only: the program gives the same expression to API Gateway.
"""

import re

from authorizer.errors import MalformedToken

# RFC 6750 2.1 gives the grammar, RFC 9110 11.1 the case-insensitive scheme and 11.4 the one or more spaces.
# The first two parts of a JWT are JSON objects: they begin with { or white space, so in base64url with one of CDIe.
# In the common subset of Java's regular expressions (API Gateway) and Python's.
IDENTITY_VALIDATION_EXPRESSION = (
    r"^[Bb][Ee][Aa][Rr][Ee][Rr] +[CDIe][-0-9A-Za-z_]*\.[CDIe][-0-9A-Za-z_]*\.[-0-9A-Za-z_]+$"
)

# API Gateway's quota for all header values of a request together, in bytes: nothing longer can come through it.
MAX_LENGTH = 10_240

_WELL_FORMED = re.compile(IDENTITY_VALIDATION_EXPRESSION)
# The last character of a part carries 2 or 4 unused bits. They must be zero (RFC 4648 3.5), or one token would
# have several spellings, each with an entry of its own in API Gateway's cache.
_LAST_CHARACTER = {2: frozenset("AQgw"), 3: frozenset("AEIMQUYcgkosw048")}


def token_of(authorization: object) -> str:
    """The compact JWS in an Authorization header value such as `Bearer eyJ...`.

    Raises `MalformedToken`.
    """
    if not isinstance(authorization, str) or len(authorization) > MAX_LENGTH or authorization.count(".") != 2:
        raise MalformedToken
    if authorization.endswith("\n") or not _WELL_FORMED.match(authorization):  # Python's $ tolerates a last newline
        raise MalformedToken
    token = authorization[authorization.rindex(" ") + 1 :]
    for part in token.split("."):
        surplus = len(part) % 4
        if surplus == 1 or (surplus and part[-1] not in _LAST_CHARACTER[surplus]):
            raise MalformedToken
    return token
