// Uses the function with @pulumi/aws-apigateway, whose RestAPI makes the authorizer itself.
import * as aws from "@pulumi/aws";
import * as apigateway from "@pulumi/aws-apigateway";
import * as jwt from "@pulumi/jwt-authorizer";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();

const authorizer = new jwt.JwtAuthorizerFunction("orders", {
    issuer: config.require("issuer"),
    audience: config.require("audience"),
    // The same routes as below. A token gets access to these, and to no other.
    routes: [{ method: "GET", path: "/orders" }],
});

const api = new apigateway.RestAPI("orders", {
    routes: [
        {
            path: "/orders",
            method: "GET",
            // With `target`, the library declares ANY /orders/ and ANY /orders/{proxy+} instead of this route.
            eventHandler: aws.lambda.Function.get("backend", config.require("backendFunction")),
            authorizers: [
                {
                    type: "token",
                    parameterLocation: "header",
                    parameterName: "Authorization",
                    authorizerResultTtlInSeconds: 300,
                    handler: aws.lambda.Function.get("orders", authorizer.functionName),
                },
            ],
        },
    ],
    // By default, this library answers 404 when a token lacks a scope.
    gatewayResponses: { ACCESS_DENIED: { statusCode: 403 } },
});

export const url = api.url;
