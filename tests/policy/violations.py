"""Programs that each break one rule of the policy pack and obey the others."""

import json
from collections.abc import Callable
from typing import Any, NamedTuple

import pulumi
from pulumi_aws import apigateway, cloudwatch, iam, lambda_, sns

Program = Callable[[], None]
ACCOUNT = "arn:aws:execute-api:eu-west-1:123456789012"
LOGS = "arn:aws:logs:eu-west-1:123456789012"


class ViolatingProgram(NamedTuple):
    """A program, the rule that it breaks, the resource that breaks it, and words of the message."""

    program: Program
    rule: str
    resource: str
    words: str


VIOLATING_PROGRAMS: list[ViolatingProgram] = []


def breaks(rule: str, resource: str, words: str) -> Callable[[Program], Program]:
    def keep(program: Program) -> Program:
        VIOLATING_PROGRAMS.append(ViolatingProgram(program, rule, resource, words))
        return program

    return keep


def document(**statement: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})


def method(verb: str, integration: str | None = None, **inputs: Any) -> None:
    """A method without an authorizer, by default, on /open/{id} of its own API."""
    api = apigateway.RestApi("other")
    above = apigateway.Resource("above", rest_api=api.id, parent_id=api.root_resource_id, path_part="open")
    resource = apigateway.Resource("resource", rest_api=api.id, parent_id=above.id, path_part="{id}")
    place: dict[str, Any] = {"rest_api": api.id, "resource_id": resource.id, "http_method": verb}
    apigateway.Method("method", **{"authorization": "NONE", **place, **inputs})
    if integration:
        apigateway.Integration("integration", type=integration, **place)


def function(**inputs: Any) -> lambda_.Function:
    role = iam.Role("role", assume_role_policy=document(Action="sts:AssumeRole", Principal={"Service": "lambda"}))
    given = {"name": "function", "role": role.arn, "runtime": "python3.13", "timeout": 5}
    return lambda_.Function("function", **{**given, **inputs})


def authorizer(**inputs: Any) -> apigateway.Authorizer:
    return apigateway.Authorizer(
        "authorizer",
        **{"rest_api": "api", "authorizer_uri": "uri", "authorizer_result_ttl_in_seconds": 300, **inputs},
    )


def permission(**inputs: Any) -> None:
    given = {"function": "function", "action": "lambda:InvokeFunction", "principal": "apigateway.amazonaws.com"}
    lambda_.Permission("permission", **{**given, **inputs})


def stage(name: str = "stage") -> apigateway.Stage:
    return apigateway.Stage(name, rest_api="api", deployment="deployment", stage_name=name)


def method_settings(settings: dict[str, Any], **inputs: Any) -> None:
    apigateway.MethodSettings(
        "settings",
        **{"rest_api": "api", "stage_name": stage().stage_name, "method_path": "*/*", "settings": settings, **inputs},
    )


METHODS = "methods-ask-the-authorizer"
PERMISSIONS = "permissions-name-their-source"
POLICIES = "no-wildcards-in-policies"
THROTTLES = "stages-are-throttled"
TIMEOUTS = "timeouts-in-order"
TTLS = "authorizer-results-expire"


@breaks(METHODS, "method", "PUT /open/{id} answers without the authorizer")
def an_open_method() -> None:
    method("PUT")


@breaks(METHODS, "method", "ANY /open/{id} answers")
def a_method_that_accepts_any_iam_signature() -> None:
    method("ANY", authorization="AWS_IAM", authorizer_id="id")


@breaks(METHODS, "method", "GET /open/{id} answers")
def a_method_without_an_authorizer_id() -> None:
    method("GET", authorization="CUSTOM")


@breaks(METHODS, "method", "GET (an unknown path) answers")
def an_open_method_on_an_undeclared_path() -> None:
    method("GET", resource_id="abc123")


@breaks(METHODS, "method", "GET / answers")
def the_public_route_of_another_api() -> None:
    api = apigateway.RestApi("other")
    apigateway.Method(
        "method", rest_api=api.id, resource_id=api.root_resource_id, http_method="GET", authorization="NONE"
    )


@breaks(METHODS, "method", "OPTIONS /open/{id} answers")
def a_preflight_that_a_backend_answers() -> None:
    method("OPTIONS", integration="HTTP_PROXY")


@breaks(METHODS, "method", "OPTIONS /open/{id} answers")
def a_preflight_without_an_integration() -> None:
    method("OPTIONS")


@breaks(METHODS, "method", "ANY /open/{id} answers")
def an_open_any_method() -> None:
    method("ANY", integration="MOCK")


@breaks(METHODS, "method", "GET /open/{id} answers")
def an_open_method_with_a_mock() -> None:
    method("GET", integration="MOCK")


@breaks(METHODS, "open", "GET / answers")
def an_open_method_next_to_a_preflight() -> None:
    api = apigateway.RestApi("other")
    place: dict[str, Any] = {"rest_api": api.id, "resource_id": api.root_resource_id}
    apigateway.Method("preflight", **place, http_method="OPTIONS", authorization="NONE")
    apigateway.Integration("preflight", **place, http_method="OPTIONS", type="MOCK")
    apigateway.Method("open", **place, http_method="GET", authorization="NONE")


@breaks(METHODS, "imported", "its body declares methods that no rule can check")
def an_imported_api() -> None:
    apigateway.RestApi("imported", body=json.dumps({"openapi": "3.0.1", "paths": {}}))


@breaks(POLICIES, "role", "it is open to the principal *")
def a_role_that_everyone_can_assume() -> None:
    iam.Role("role", assume_role_policy=document(Action="sts:AssumeRole", Principal={"AWS": ["1", "*"]}))


@breaks(POLICIES, "role", "it allows the action s3:*")
def a_policy_inside_a_role() -> None:
    trust = document(Action="sts:AssumeRole", Principal={"Service": "lambda.amazonaws.com"})
    policy = document(Action="s3:*", Resource="arn:aws:s3:::bucket")
    iam.Role("role", assume_role_policy=trust, inline_policies=[{"policy": policy}])


@breaks(POLICIES, "policy", "it is open to the principal *")
def an_api_that_everyone_may_call() -> None:
    policy = document(Principal="*", Action="execute-api:Invoke", Resource=f"{ACCOUNT}:api")
    apigateway.RestApiPolicy("policy", rest_api_id="api", policy=policy)


@breaks(POLICIES, "policy", "it is open to the principal *")
def a_topic_for_everyone_with_a_condition() -> None:
    condition = {"StringEquals": {"aws:SourceAccount": "123456789012"}}
    topic = "arn:aws:sns:eu-west-1:123456789012:alarms"
    policy = document(Principal={"AWS": "*"}, Action="sns:Publish", Resource=topic, Condition=condition)
    sns.TopicPolicy("policy", arn=topic, policy=policy)


@breaks(POLICIES, "policy", "it allows the action S3:*")
def a_policy_in_lower_case_with_one_statement() -> None:
    statement = {"effect": "Allow", "action": "S3:*", "resource": "arn:aws:s3:::bucket"}
    iam.Policy("policy", policy=" " + json.dumps({"statement": statement}))


@breaks(POLICIES, "permission", "it is open to the principal *")
def a_function_that_everyone_may_invoke() -> None:
    permission(principal="*", source_arn=f"{ACCOUNT}:api/authorizers/id")


@breaks(POLICIES, "permission", "it allows the action lambda:*")
def a_permission_for_everything() -> None:
    permission(action="lambda:*", source_arn=f"{ACCOUNT}:api/authorizers/id")


@breaks(PERMISSIONS, "permission", "it has no sourceArn")
def a_permission_for_every_account() -> None:
    permission()


@breaks(PERMISSIONS, "permission", "it has no sourceArn")
def a_permission_for_every_account_to_invoke_a_backend() -> None:
    permission(function=function().name)


@breaks(PERMISSIONS, "permission", "its sourceArn does not name one authorizer")
def a_permission_for_every_method_to_invoke_the_authorizer() -> None:
    asked = function()
    authorizer(authorizer_uri=asked.invoke_arn)
    permission(function=asked.name, source_arn=f"{ACCOUNT}:api/*/*")


@breaks(PERMISSIONS, "permission", "its sourceArn does not name one authorizer")
def a_permission_to_invoke_the_alias_of_the_authorizer() -> None:
    alias = lambda_.Alias("alias", function_name=function().name, function_version="1")
    authorizer(authorizer_uri=alias.invoke_arn)
    permission(function=alias.arn, source_arn=pulumi.Output.concat(apigateway.RestApi("other").id, "/*/GET/pets"))


@breaks(PERMISSIONS, "permission", "its sourceArn does not name one authorizer")
def a_permission_for_every_authorizer() -> None:
    permission(source_arn=f"{ACCOUNT}:api/authorizers/*")


@breaks("no-data-trace", "settings", "its dataTraceEnabled is on")
def a_stage_that_logs_requests_and_responses() -> None:
    method_settings({"data_trace_enabled": True, "throttling_rate_limit": 1, "throttling_burst_limit": 1})


@breaks(TTLS, "authorizer", "its authorizerResultTtlInSeconds is not set")
def an_authorizer_without_a_ttl() -> None:
    authorizer(authorizer_result_ttl_in_seconds=None)


@breaks(TTLS, "authorizer", "its authorizerResultTtlInSeconds is 3601;")
def a_ttl_of_more_than_an_hour() -> None:
    authorizer(authorizer_result_ttl_in_seconds=3601)


@breaks(TTLS, "authorizer", "its authorizerResultTtlInSeconds is -1;")
def a_negative_ttl() -> None:
    authorizer(authorizer_result_ttl_in_seconds=-1)


@breaks("logs-expire", "log-group", "its logs never expire")
def a_log_group_without_retention() -> None:
    cloudwatch.LogGroup("log-group")


@breaks("logs-expire", "log-group", "its logs never expire")
def a_log_group_that_never_expires() -> None:
    cloudwatch.LogGroup("log-group", retention_in_days=0)


@breaks("runtimes-are-supported", "function", "its runtime is python3.9; use python3.11")
def a_runtime_past_its_support() -> None:
    function(runtime="python3.9")


@breaks("runtimes-are-supported", "function", "its runtime is None")
def a_function_without_a_runtime() -> None:
    function(runtime=None)


@breaks(TIMEOUTS, "function", "its timeout is 2 s; the key set's fetch has 2, an integration 29; set it between")
def a_function_whose_timeout_equals_the_fetch_deadline() -> None:
    authorizer(authorizer_uri=function(timeout=2).invoke_arn)


@breaks(TIMEOUTS, "function", "its timeout is 29 s")
def a_function_with_a_timeout_beyond_that_of_api_gateway() -> None:
    alias = lambda_.Alias("alias", function_name=function(timeout=29).name, function_version="1")
    authorizer(authorizer_uri=alias.invoke_arn)


@breaks(TIMEOUTS, "petstore-jwt-function", "its timeout is 5 s; the key set's fetch has 2, an integration 2.5;")
def an_integration_with_a_timeout_below_the_authorizers() -> None:
    apigateway.Integration(
        "integration", rest_api="api", resource_id="id", http_method="GET", type="MOCK", timeout_milliseconds=2500
    )


@breaks(THROTTLES, "stage", "it has no limit of requests")
def a_stage_without_a_throttle() -> None:
    stage()


@breaks(THROTTLES, "stage", "it has no limit of requests")
def a_stage_with_a_throttle_for_one_method_only() -> None:
    method_settings({"throttling_rate_limit": 1, "throttling_burst_limit": 1}, method_path="pets/GET")


@breaks(THROTTLES, "stage", "it has no limit of requests")
def a_stage_without_a_throttle_next_to_a_throttled_one_of_the_same_name() -> None:
    stage()
    apigateway.MethodSettings(
        "settings",
        rest_api="another",
        stage_name="stage",
        method_path="*/*",
        settings={"throttling_rate_limit": 1, "throttling_burst_limit": 1},
    )


@breaks(THROTTLES, "settings", "its throttlingRateLimit is -1;")
def a_rate_without_a_limit() -> None:
    method_settings({"throttling_rate_limit": -1, "throttling_burst_limit": 1})


@breaks(THROTTLES, "settings", "its throttlingBurstLimit is None;")
def a_throttle_without_a_burst() -> None:
    method_settings({"throttling_rate_limit": 1})


@breaks("no-account-settings", "account", "it sets the CloudWatch role of every API of this account and region")
def undeclared_account_settings() -> None:
    apigateway.Account("account", cloudwatch_role_arn="arn:aws:iam::123456789012:role/logs")
