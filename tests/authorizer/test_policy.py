"""`authorizer.policy`: the requests that a policy allows, as API Gateway evaluates it."""

from string import ascii_letters, ascii_lowercase, ascii_uppercase, digits, printable

import pytest

from authorizer.errors import MalformedEvent
from authorizer.policy import OTHER_SPELLINGS, policy_for, split_method_arn
from authorizer.routes import GuardedRoute
from tests.testkit.gateway import STAGE, arn, table
from tests.testkit.iam import allows

PETSTORE = table("GET /pets", "POST /pets create:pets", "GET /pets/{petId}")
OVERLAPPING = table("GET /pets/{petId}", "GET /pets/{petId}/owner owners", "GET /pets/mine mine")
DEEPER = table(*map(str, OVERLAPPING[:1]), "GET /pets/{petId}/toys", "GET /pets/{petId}/owner owners")


def may(routes: tuple[GuardedRoute, ...], granted: str, method: str, path: str) -> bool:
    return allows(policy_for(routes, frozenset(granted.split()), STAGE), arn(method, path))


@pytest.mark.parametrize("granted", ["", "create:pets", "create:pets other"])
@pytest.mark.parametrize("path", ["/pets", "/pets/1", "/pets/a-very-long.name~", "/pets/%7B1%7D"])
def test_one_policy_allows_every_permitted_route(granted: str, path: str) -> None:
    assert may(PETSTORE, granted, "GET", path)


@pytest.mark.parametrize(
    ("granted", "expected"),
    [("", False), ("create:pets", True), ("create:pets2", False), ("create", False), ("CREATE:PETS", False)],
)
def test_a_scoped_route_needs_its_exact_scope(granted: str, expected: bool) -> None:
    assert may(PETSTORE, granted, "POST", "/pets") is expected


@pytest.mark.parametrize(("granted", "expected"), [("a", False), ("b", False), ("a b", True), ("a b c", True)])
def test_a_route_with_two_scopes_needs_both(granted: str, expected: bool) -> None:
    assert may(table("GET /pets a b", "GET /open"), granted, "GET", "/pets") is expected


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "/pets"),
        ("POST", "/pets/1"),
        ("GET", "/pet"),
        ("GET", "/petstore"),
        ("GET", "/"),
        ("GET", "/admin"),
        ("GET", "/pets/1/toys"),
        ("GET", "/pets/1/toys/2"),
        ("GET", "/pets/1/"),
        ("GET", "/v1/pets"),
    ],
)
def test_a_request_that_matches_no_route_is_refused(method: str, path: str) -> None:
    assert not may(PETSTORE, "create:pets", method, path)


@pytest.mark.parametrize("stage", [STAGE[:-4] + "prod", STAGE + "2", STAGE.replace("abc123", "abc124"), STAGE + "/GET"])
def test_another_stage_or_api_is_refused(stage: str) -> None:
    policy = policy_for(PETSTORE, frozenset({"create:pets"}), STAGE)
    assert not allows(policy, arn("GET", "/pets", stage))


@pytest.mark.parametrize("old,new", [("eu-west-1", "us-east-1"), ("123456789012", "210987654321")])  # noqa: PT006
def test_another_region_or_account_is_refused(old: str, new: str) -> None:
    policy = policy_for(PETSTORE, frozenset({"create:pets"}), STAGE)
    assert not allows(policy, arn("GET", "/pets", STAGE.replace(old, new)))


def test_every_resource_begins_with_the_exact_stage() -> None:
    policy = policy_for(DEEPER, frozenset(), STAGE)
    resources = [it for statement in policy["Statement"] for it in statement["Resource"]]
    assert resources
    denied = {f"{STAGE}/{spelling}" for spelling in OTHER_SPELLINGS}
    assert all(it.startswith(f"{STAGE}/GET/") for it in resources if it not in denied)


def test_the_resources_of_a_statement_are_sorted() -> None:
    routes = table(*(f"GET /{name}" for name in "hcgaefbd"))
    (statement,) = policy_for(routes, frozenset(), STAGE)["Statement"]
    assert statement["Resource"] == [f"{STAGE}/GET/{name}" for name in "abcdefgh"]


@pytest.mark.parametrize("routes", [table("GET /pets s"), ()])
def test_a_token_that_permits_nothing_gets_a_deny_and_no_empty_list(routes: tuple[GuardedRoute, ...]) -> None:
    policy = policy_for(routes, frozenset(), STAGE)
    assert policy == {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Deny", "Action": "execute-api:Invoke", "Resource": [f"{STAGE}/*"]}],
    }
    assert not allows(policy, arn("GET", "/pets"))


OWNERS = [
    "/pets/1/owner",
    "/pets/1/owner/",
    "/pets/1/%6Fwner",
    "/pets/1/%6fwner/",
    "/pets/mine/owner",
    "/pets/%31/owner",
]


@pytest.mark.parametrize("routes", [OVERLAPPING, DEEPER], ids=["flat", "deeper"])
@pytest.mark.parametrize("path", OWNERS)
def test_a_wildcard_does_not_allow_a_deeper_route(routes: tuple[GuardedRoute, ...], path: str) -> None:
    assert not may(routes, "mine", "GET", path)
    assert may(routes, "owners", "GET", "/pets/1/owner")


@pytest.mark.parametrize("path", ["/pets/mine", "/pets/mine/", "/pets/%6Dine", "/pets/%6dine", "/pets/m%69ne/"])
def test_a_wildcard_does_not_allow_a_literal_sibling(path: str) -> None:
    assert not may(OVERLAPPING, "owners", "GET", path)
    assert may(OVERLAPPING, "mine", "GET", "/pets/mine")


@pytest.mark.parametrize("below", ["/pets/{petId}", "/pets/{rest+}", "/{any}/{petId}", "/{rest+}"])
def test_a_wildcard_does_not_allow_its_parent_with_a_trailing_slash(below: str) -> None:
    routes = table(f"GET {below}", "GET /pets s")
    assert not may(routes, "", "GET", "/pets")
    assert not may(routes, "", "GET", "/pets/")
    assert may(routes, "", "GET", "/pets/1")


def test_a_greedy_wildcard_does_not_allow_its_parent_with_slashes() -> None:
    routes = table("GET /files/{rest+}", "GET /files s", "GET /files/secret s")
    for path in ("/files//", "/files///", "/files/secret//"):
        assert not may(routes, "", "GET", path)
    assert may(routes, "", "GET", "/files/folder/")


@pytest.mark.parametrize(
    ("path", "empty", "usual"),
    [
        ("/pets/{id}/toys", "/pets//toys", "/pets/1/toys"),
        ("/pets/{id}/toys/{toy}", "/pets/1/toys/", "/pets/1/toys/2"),
        ("/a/files/{rest+}", "/a/files//", "/a/files/b/"),
    ],
)
def test_a_wildcard_does_not_match_an_empty_segment(path: str, empty: str, usual: str) -> None:
    routes = table(f"GET {path}")
    assert not may(routes, "", "GET", empty)
    assert may(routes, "", "GET", usual)


@pytest.mark.parametrize("below", ["/{any}", "/{rest+}"])
def test_a_wildcard_at_the_top_does_not_allow_the_root(below: str) -> None:
    routes = table(f"GET {below}", "GET / s", "POST /")
    assert not may(routes, "", "GET", "/")
    assert may(routes, "s", "GET", "/")
    assert may(routes, "", "GET", "/1")


@pytest.mark.parametrize("granted", ["", "mine", "owners", "mine owners"])
@pytest.mark.parametrize("path", ["/pets/1", "/pets/mineral", "/pets/min", "/pets/owner"])
def test_a_denied_pattern_takes_nothing_from_an_allowed_route(granted: str, path: str) -> None:
    assert may(OVERLAPPING, granted, "GET", path)


def test_an_encoded_parameter_is_allowed_if_its_deeper_routes_are_denied() -> None:
    routes = table("GET /pets/{petId}", "GET /pets/{petId}/owner owners")
    assert may(routes, "", "GET", "/pets/a%20b")
    assert not may(routes, "", "GET", "/pets/a%20b/owner")


def test_an_encoded_parameter_is_allowed_if_it_has_no_literal_sibling() -> None:
    assert may((*OVERLAPPING, *table("GET /shops/{id}")), "", "GET", "/shops/a%20b")


def test_a_greedy_route_allows_everything_below_it_except_scoped_routes() -> None:
    routes = table("GET /files/{path+}", "GET /files/secret s")
    assert may(routes, "", "GET", "/files/a/b/c")
    assert not may(routes, "", "GET", "/files/secret")
    assert not may(routes, "", "GET", "/files/secre%74")
    assert not may(routes, "", "GET", "/filesystem/a")


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_the_partition_of_the_method_arn_is_kept(partition: str) -> None:
    stage = STAGE.replace("arn:aws:", f"arn:{partition}:")
    assert split_method_arn(f"{stage}/GET/pets/1") == (stage, "GET", "pets/1")
    policy = policy_for(PETSTORE, frozenset(), stage)
    assert allows(policy, arn("GET", "/pets/1", stage))
    assert partition == "aws" or not allows(policy, arn("GET", "/pets/1"))


@pytest.mark.parametrize(
    "path", ["*", "?", "pets/*", "${aws:username}", "x" * 600, "a\nb", "pets/1:2", "", "a//b", "é"]
)
def test_the_path_of_a_method_arn_does_not_change_its_stage(path: str) -> None:
    assert split_method_arn(f"{STAGE}/GET/{path}") == (STAGE, "GET", path)


def test_a_method_arn_may_end_at_the_method() -> None:
    assert split_method_arn(f"{STAGE}/GET") == (STAGE, "GET", "")


@pytest.mark.parametrize(
    "method_arn",
    [
        *("", "*", "arn:aws:execute-api:*:*:*", STAGE, f"{STAGE}/", f" {STAGE}/GET/"),
        f"{STAGE}/get/pets",
        f"{STAGE}/GET?/pets",
        f"{STAGE}/GET\n",
        f"{STAGE}/*/pets",
        STAGE.replace("execute-api", "lambda") + "/GET/pets",
        STAGE.replace("abc123", "*") + "/GET/pets",
        STAGE.replace("/test", "/*") + "/GET/pets",
        STAGE.replace("/test", "/te?t") + "/GET/pets",
        STAGE.replace("/test", "/te\nst") + "/GET/pets",
        STAGE.replace("123456789012", "") + "/GET/pets",
        STAGE.replace("eu-west-1", "*") + "/GET/pets",
    ],
)
def test_an_invalid_method_arn_is_a_malformed_event(method_arn: str) -> None:
    with pytest.raises(MalformedEvent, match=r"^methodArn is not the ARN of an API Gateway method$"):
        split_method_arn(method_arn)


@pytest.mark.parametrize(
    ("part", "alphabet"),
    [
        *(("aws", ascii_lowercase + "-"), ("eu-west-1", ascii_lowercase + digits + "-"), ("123456789012", digits)),
        *(("abc123", ascii_letters + digits), ("test", ascii_letters + digits + "-_"), ("GET", ascii_uppercase)),
    ],
)
def test_each_part_of_a_method_arn_has_its_own_alphabet(part: str, alphabet: str) -> None:
    for char in {*printable, "\u00e9", "\uff11"} - {":", "/"}:
        method_arn = arn("GET", "/pets").replace(part, part + char)
        try:
            stage, method, _ = split_method_arn(method_arn)
        except MalformedEvent:
            assert char not in alphabet
        else:
            assert char in alphabet
            assert f"{stage}/{method}/pets" == method_arn
