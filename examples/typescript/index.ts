// Puts the authorizer in front of a REST API that a program already has.
import * as aws from "@pulumi/aws";
import * as jwt from "@pulumi/jwt-authorizer";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();

const api = new aws.apigateway.RestApi("orders");
const orders = new aws.apigateway.Resource("orders", {
    restApi: api.id,
    parentId: api.rootResourceId,
    pathPart: "orders",
});

const authorizer = new jwt.JwtAuthorizer("orders", {
    restApiId: api.id,
    executionArn: api.executionArn,
    issuer: config.require("issuer"),
    audience: config.require("audience"),
    // Every route that uses the authorizer. A token gets access to these, and to no other.
    routes: [
        { method: "GET", path: "/orders" },
        { method: "POST", path: "/orders", scopes: ["create:orders"] },
    ],
});

const parts: pulumi.Resource[] = [];
for (const httpMethod of ["GET", "POST"]) {
    const method = new aws.apigateway.Method(`${httpMethod} orders`, {
        restApi: api.id,
        resourceId: orders.id,
        httpMethod,
        authorization: "CUSTOM",
        authorizerId: authorizer.authorizerId,
    });
    const integration = new aws.apigateway.Integration(`${httpMethod} orders`, {
        restApi: api.id,
        resourceId: orders.id,
        httpMethod: method.httpMethod,
        type: "HTTP_PROXY",
        integrationHttpMethod: httpMethod,
        uri: `${config.require("backendUrl")}/orders`,
    });
    parts.push(method, integration);
}

const deployment = new aws.apigateway.Deployment(
    "orders",
    // API Gateway serves a copy of the API. The authorizer says when it needs a new one.
    { restApi: api.id, triggers: { authorizer: authorizer.triggers } },
    { dependsOn: parts },
);
const stage = new aws.apigateway.Stage("orders", { restApi: api.id, deployment: deployment.id, stageName: "v1" });

export const restApiId = api.id;
export const stageName = stage.stageName;
export const url = stage.invokeUrl;
