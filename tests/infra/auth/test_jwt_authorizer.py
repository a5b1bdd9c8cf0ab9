"""The authorizer as declared: its registration at API Gateway, the function, and its role."""

import json

from authorizer.fetch import DEADLINE
from authorizer.token import IDENTITY_VALIDATION_EXPRESSION
from tools.preview.mock_recorder import Declared, declare

LOG_GROUP = "/aws/lambda/petstore-dev-authorizer"


def test_the_authorizer_is_the_one_of_the_tutorial(program: Declared):
    assert program.one("Authorizer").inputs == {
        "restApi": "ID(petstore)",
        "name": "jwt-rsa-custom-authorizer",
        "type": "TOKEN",
        "identitySource": "method.request.header.Authorization",
        "identityValidationExpression": IDENTITY_VALIDATION_EXPRESSION,
        "authorizerUri": "INVOKE(petstore-jwt-function)",
        "authorizerResultTtlInSeconds": 300,
    }


def test_the_result_ttl_is_configurable_and_zero_is_accepted():
    program = declare({"petstore:authorizerResultTtlInSeconds": "0"})
    assert program.one("Authorizer").inputs["authorizerResultTtlInSeconds"] == 0


def test_only_this_authorizer_of_this_api_may_invoke_the_function(program: Declared):
    assert program.one("Permission").inputs == {
        "function": "petstore-dev-authorizer",
        "action": "lambda:InvokeFunction",
        "principal": "apigateway.amazonaws.com",
        "sourceArn": "arn:aws:execute-api:eu-west-1:123456789012:api/authorizers/ID(petstore-jwt-authorizer)",
    }


def test_the_function_gets_issuer_audience_keys_and_every_protected_route(program: Declared):
    assert program.one("Function").inputs["environment"] == {
        "variables": {
            "TOKEN_ISSUER": "https://petstore-test.eu.auth0.com/",
            "AUDIENCE": "https://petstore.example/api",
            "JWKS_URI": "https://petstore-test.eu.auth0.com/.well-known/jwks.json",
            "LEEWAY_SECONDS": "10",
            "ROUTES": "GET /pets\nPOST /pets create:pets\nGET /pets/{petId}",
        }
    }


def test_the_function_runs_on_arm_and_a_recent_stable_python(program: Declared):
    inputs = program.one("Function").inputs
    assert (inputs["runtime"], inputs["architectures"]) == ("python3.13", ["arm64"])
    assert inputs["handler"] == "authorizer.handler.handler"


def test_the_timeouts_of_function_and_gateway_allow_for_the_key_set_fetch(program: Declared):
    assert DEADLINE < program.one("Function").inputs["timeout"] < 29


def test_the_log_group_is_created_before_the_function_with_a_retention(program: Declared):
    group, function = program.one("LogGroup"), program.one("Function")
    assert group.inputs == {"name": LOG_GROUP, "retentionInDays": 30}
    assert function.inputs["name"] == LOG_GROUP.removeprefix("/aws/lambda/")
    assert {"petstore-jwt-log-group", "petstore-jwt-role-policy"} <= function.after


def test_the_role_may_only_write_to_that_log_group_and_send_traces(program: Declared):
    assert len(program.of("Role")) == len(program.of("RolePolicy")) == 1
    policy = json.loads(program.one("RolePolicy").inputs["policy"])
    assert program.one("RolePolicy").inputs["role"] == "ID(petstore-jwt-role)"
    assert policy == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                "Resource": "ARN(petstore-jwt-log-group):*",
            },
            {
                "Effect": "Allow",
                "Action": ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
                "Resource": "*",
            },
        ],
    }


def test_only_lambda_may_assume_the_role(program: Declared):
    inputs = program.one("Role").inputs
    (statement,) = json.loads(inputs["assumeRolePolicy"])["Statement"]
    assert statement["Principal"] == {"Service": "lambda.amazonaws.com"}
    assert not {"managedPolicyArns", "inlinePolicies"} & set(inputs)


def test_the_functions_name_contains_the_stacks_name():
    assert declare(stack="prod").one("Function").inputs["name"] == "petstore-prod-authorizer"


def test_no_secret_and_no_account_wide_resource_is_declared(program: Declared):
    text = json.dumps([resource.inputs for resource in program.resources], default=str)
    assert "PRIVATE KEY" not in text
    assert "eyJ" not in text
    assert program.of("Account") == []
