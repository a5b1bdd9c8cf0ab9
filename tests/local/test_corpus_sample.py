"""A sample of the corpus over real HTTP: through API Gateway, its cache, and the function in its bundle."""

import time
from typing import Any

import pytest

from local.cloud.issuer import signing_key
from tests.authorizer.corpus.builder import CaseBuilder
from tests.authorizer.corpus.export import fixed_keys, written_cases
from tests.authorizer.corpus.signing import private_jwk
from tests.conftest import Api

SAMPLE = [written for written in written_cases() if written.get("gateway")]


@pytest.fixture(scope="module")
def builder(api: Api) -> CaseBuilder:
    issuer = api.sandbox.issuer
    key = private_jwk(signing_key("issuer"), issuer.key_id)
    return CaseBuilder(fixed_keys() | {"issuer": key}, int(time.time()), issuer.issuer, issuer.audience)


@pytest.mark.parametrize("written", SAMPLE, ids=[written["name"] for written in SAMPLE])
def test_a_case_gets_the_expected_response_and_reason(api: Api, builder: CaseBuilder, written: dict[str, Any]):
    case = builder.case(written)
    assert (case.keys, case.leeway) == ("issuer", 0)
    response = api.call(case.method, case.path, Authorization=case.authorization)
    assert ("allow" if response.ok else response.status_code) == case.expect


def test_the_sample_has_every_type_of_answer():
    assert len(SAMPLE) >= 20
    assert {written["expect"] for written in SAMPLE} == {"allow", 401, 403}
