"""A sample of the corpus over real HTTP: through API Gateway, its cache, and the function in its bundle."""

from typing import Any

import pytest

from tests.authorizer.corpus.builder import CaseBuilder
from tests.conftest import Api
from tests.testkit.corpus_sample import SAMPLE, builder_for


@pytest.fixture(scope="module")
def builder(api: Api) -> CaseBuilder:
    return builder_for(api.sandbox.issuer)


@pytest.mark.parametrize("written", SAMPLE, ids=[written["name"] for written in SAMPLE])
def test_a_case_gets_the_expected_response_and_reason(api: Api, builder: CaseBuilder, written: dict[str, Any]):
    case = builder.case(written)
    assert (case.keys, case.leeway) == ("issuer", 0)
    response = api.call(case.method, case.path, Authorization=case.authorization)
    assert ("allow" if response.ok else response.status_code) == case.expect


def test_the_sample_has_every_type_of_answer():
    assert len(SAMPLE) >= 20
    assert {written["expect"] for written in SAMPLE} == {"allow", 401, 403}
