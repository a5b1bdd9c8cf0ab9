"""The authorizer as declared: API Gateway's side, the function, its rights."""

import json

from authorizer.fetch import DEADLINE
from authorizer.token import IDENTITY_VALIDATION_EXPRESSION
from tools.preview.mock_recorder import Declared, declare

LOG_GROUP = "/aws/lambda/petstore-dev-authorizer"


def test_the_authorizer_is_the_tutorials(program: Declared):
    assert program.one("Authorizer").inputs == {
        "restApi": "ID(petstore)",
        "name": "jwt-rsa-custom-authorizer",
        "type": "TOKEN",
        "identitySource": "method.request.header.Authorization",
        "identityValidationExpression": IDENTITY_VALIDATION_EXPRESSION,
        "authorizerUri": "INVOKE(petstore-jwt-function)",
        "authorizerResultTtlInSeconds": 300,
    }


def test_the_result_ttl_is_the_stacks_and_nothing_is_a_value():
    program = declare({"petstore:authorizerResultTtlInSeconds": "0"})
    assert program.one("Authorizer").inputs["authorizerResultTtlInSeconds"] == 0


def test_only_this_authorizer_of_this_api_may_invoke_the_function(program: Declared):
    assert program.one("Permission").inputs == {
        "function": "petstore-dev-authorizer",
        "action": "lambda:InvokeFunction",
        "principal": "apigateway.amazonaws.com",
        "sourceArn": "arn:aws:execute-api:eu-west-1:123456789012:api/authorizers/ID(petstore-jwt-authorizer)",
    }


def test_the_function_knows_issuer_audience_keys_and_every_protected_route(program: Declared):
    assert program.one("Function").inputs["environment"] == {
        "variables": {
            "TOKEN_ISSUER": "https://petstore-test.eu.auth0.com/",
            "AUDIENCE": "https://petstore.example/api",
            "JWKS_URI": "https://petstore-test.eu.auth0.com/.well-known/jwks.json",
            "LEEWAY_SECONDS": "10",
            "ROUTES": "GET /pets\nPOST /pets create:pets\nGET /pets/{petId}",
        }
    }


def test_the_function_runs_on_arm_and_the_newest_settled_python(program: Declared):
    inputs = program.one("Function").inputs
    assert (inputs["runtime"], inputs["architectures"]) == ("python3.13", ["arm64"])
    assert inputs["handler"] == "authorizer.handler.handler"


def test_the_function_has_time_for_the_key_set_and_the_gateway_for_the_function(program: Declared):
    assert DEADLINE < program.one("Function").inputs["timeout"] < 29


def test_the_log_group_is_the_functions_own_kept_a_while_and_there_before_it(program: Declared):
    group, function = program.one("LogGroup"), program.one("Function")
    assert group.inputs == {"name": LOG_GROUP, "retentionInDays": 30}
    assert function.inputs["name"] == LOG_GROUP.removeprefix("/aws/lambda/")
    assert {"petstore-jwt-log-group", "petstore-jwt-role-policy"} <= function.after


def test_the_role_may_write_to_that_log_group_and_send_traces_and_nothing_else(program: Declared):
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


def test_only_lambda_may_take_the_role(program: Declared):
    inputs = program.one("Role").inputs
    (statement,) = json.loads(inputs["assumeRolePolicy"])["Statement"]
    assert statement["Principal"] == {"Service": "lambda.amazonaws.com"}
    assert not {"managedPolicyArns", "inlinePolicies"} & set(inputs)


def test_the_stacks_name_stands_in_the_functions_so_that_two_stacks_get_along():
    assert declare(stack="prod").one("Function").inputs["name"] == "petstore-prod-authorizer"


def test_no_secret_and_nothing_account_wide_is_declared(program: Declared):
    text = json.dumps([resource.inputs for resource in program.resources], default=str)
    assert "PRIVATE KEY" not in text
    assert "eyJ" not in text
    assert program.of("Account") == []
