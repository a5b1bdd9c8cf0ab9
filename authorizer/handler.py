"""The Lambda function's entry point: `authorizer.handler.handler`."""

import gc

gc.disable()  # until everything is loaded, because collection takes a twentieth of a cold start and finds nothing

import os
from threading import Thread
from typing import Any

from authorizer import environment, log
from authorizer.errors import MisconfiguredEnvironment
from authorizer.jwks import Jwks

# At import, in Lambda's init phase: a wrong environment stops the function here, and the keys are ready for the
# first token.
try:
    _environment = environment.load(os.environ)
except MisconfiguredEnvironment as error:
    log.write(event="start_failed", reason=error.reason, error=str(error))
    gc.enable()
    raise

_bundled = environment.read_bundled_keys()
_keys = {
    it.issuer: Jwks(
        it.jwks_uri, algorithms=it.algorithms, bundled=_bundled.get(it.issuer), revoked=_environment.revoked
    )
    for it in _environment.issuers
}
_warming = [Thread(target=keys.warm) for keys in _keys.values()]
for _thread in _warming:
    _thread.start()

from authorizer.decision import Authorizer  # loads PyJWT while the issuers answer

_authorizer = Authorizer(_environment, _keys)
for _thread in _warming:
    _thread.join()
gc.freeze()
gc.enable()


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer a TOKEN authorizer event; see `Authorizer.answer`."""
    return _authorizer.answer(event)
