import pulumi
import pulumi_jwt_authorizer as jwt_authorizer

config = pulumi.Config()

api = jwt_authorizer.ProtectedRestApi(
    "api",
    issuer=config.require("issuer"),
    audience=config.require("audience"),
    backend_url=config.require("backendUrl"),
    routes=[
        {"method": "GET", "path": "/pets"},
        {"method": "POST", "path": "/pets", "scopes": ["create:pets"]},
        {"method": "GET", "path": "/pets/{petId}"},
    ],
)

pulumi.export("url", api.invoke_url)
