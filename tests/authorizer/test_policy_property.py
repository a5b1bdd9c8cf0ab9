"""For any route table: a policy allows exactly the requests whose route the token's scopes suffice for."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from authorizer.policy import policy_for
from authorizer.routes import GuardedRoute
from tests.testkit.gateway import PATHS, STAGE, arn, routed, tables
from tests.testkit.iam import PolicyError, allows

GRANTED = st.frozensets(st.sampled_from("xyz"))
SETTINGS = settings(max_examples=200, deadline=None, derandomize=True, database=None)


@given(tables(shortest=0), GRANTED)
@SETTINGS
def test_a_request_is_allowed_if_and_only_if_the_scopes_suffice(
    routes: tuple[GuardedRoute, ...], granted: frozenset[str]
) -> None:
    policy = policy_for(routes, granted, STAGE)
    for method in ("GET", "POST"):
        for path in PATHS:
            route = routed(routes, method, path)
            if route is not None:
                request = arn(method, "/" + "/".join(path))
                assert allows(policy, request) is (route.scopes <= granted), request


@given(tables(shortest=0), GRANTED)
@SETTINGS
def test_no_other_spelling_of_a_path_gets_at_a_route_without_its_scopes(
    routes: tuple[GuardedRoute, ...], granted: frozenset[str]
) -> None:
    policy = policy_for(routes, granted, STAGE)
    for path in PATHS:
        route = routed(routes, "GET", path)
        if route is not None and not route.scopes <= granted:
            for spelt in (path, *(_encoded(path, at) for at in range(len(path)))):
                assert not allows(policy, arn("GET", f"/{'/'.join(spelt)}"))
                assert not allows(policy, arn("GET", "/".join(["", *spelt, ""])))


def _encoded(path: Sequence[str], at: int) -> Sequence[str]:
    return [f"%{ord(word):02x}" if here == at else word for here, word in enumerate(path)]


@pytest.mark.parametrize(
    "policy",
    [
        {"Statement": []},
        {"Version": "2012-10-17", "Statement": []},
        {"Version": "2008-10-17", "Statement": [{"Effect": "Allow"}]},
        *(
            {"Version": "2012-10-17", "Statement": [statement]}
            for statement in (
                {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": []},
                {"Effect": "Allow", "Action": "execute-api:*", "Resource": ["arn:*"]},
                {"Effect": "allow", "Action": "execute-api:Invoke", "Resource": ["arn:*"]},
                {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": ["*"]},
                {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": ["arn:*"], "NotResource": []},
            )
        ),
    ],
)
def test_the_evaluator_of_these_tests_is_strict(policy: dict[str, object]) -> None:
    with pytest.raises(PolicyError):
        allows(policy, arn("GET", "/"))
