"""The Lambda function's entry point: `authorizer.handler.handler`."""

import os
from typing import Any

from authorizer import seed
from authorizer.decision import Authorizer
from authorizer.environment import Environment
from authorizer.jwks import Jwks

# At import, that is in Lambda's init phase: a wrong environment stops the function here, and the first token finds
# the keys and a policy already there.
_environment = Environment.read(os.environ)
_keys = Jwks(_environment.jwks_uri, seed=seed.read(), revoked=_environment.revoked)
_keys.warm()
_authorizer = Authorizer(_environment, _keys)


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer a TOKEN authorizer event; see `Authorizer.answer`."""
    return _authorizer.answer(event)
