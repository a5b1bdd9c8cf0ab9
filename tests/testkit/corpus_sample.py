"""The cases of the corpus for an API that is deployed and called through API Gateway."""

import time

from local.cloud.issuer import Issuer, signing_key
from tests.authorizer.corpus.builder import CaseBuilder
from tests.authorizer.corpus.export import fixed_keys, written_cases
from tests.authorizer.corpus.signing import private_jwk

SAMPLE = [written for written in written_cases() if written.get("gateway")]


def builder_for(issuer: Issuer) -> CaseBuilder:
    """Builds the cases with this issuer's key and audience, for now."""
    key = private_jwk(signing_key("issuer"), issuer.key_id)
    return CaseBuilder(fixed_keys() | {"issuer": key}, int(time.time()), issuer.issuer, issuer.audience)
