"""The Lambda function's entry point: `authorizer.handler.handler`."""

import gc

gc.disable()  # until all is loaded: nothing of it dies, and looking for what did takes a twentieth of a cold start

import os
from threading import Thread
from typing import Any

from authorizer import log, seed
from authorizer.environment import Environment
from authorizer.errors import MisconfiguredEnvironment
from authorizer.jwks import Jwks

# At import, that is in Lambda's init phase: a wrong environment stops the function here, and the first token finds
# the keys already there.
try:
    _environment = Environment.read(os.environ)
except MisconfiguredEnvironment as error:
    log.write(event="start_failed", reason=error.reason, error=str(error))
    gc.enable()
    raise
_keys = Jwks(_environment.jwks_uri, seed=seed.read(), revoked=_environment.revoked)
_warming = Thread(target=_keys.warm)
_warming.start()

from authorizer.decision import Authorizer  # loads PyJWT while the issuer answers

_authorizer = Authorizer(_environment, _keys)
_warming.join()
gc.freeze()
gc.enable()


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer a TOKEN authorizer event; see `Authorizer.answer`."""
    return _authorizer.answer(event)
