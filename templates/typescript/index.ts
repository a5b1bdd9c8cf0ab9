import * as pulumi from "@pulumi/pulumi";
import * as jwt from "@pulumi/jwt-authorizer";

const config = new pulumi.Config();

const api = new jwt.ProtectedRestApi("api", {
    issuer: config.require("issuer"),
    audience: config.require("audience"),
    backendUrl: config.require("backendUrl"),
    routes: [
        { method: "GET", path: "/pets" },
        { method: "POST", path: "/pets", scopes: ["create:pets"] },
        { method: "GET", path: "/pets/{petId}" },
    ],
});

export const url = api.invokeUrl;
