"""The PetStore API behind a JWT authorizer. Its routes stand in routes.py, or in an OpenAPI document."""

import pulumi

from infra.api.methods import Methods
from infra.api.rest_api import RestApi
from infra.api.stage import Stage
from infra.auth.jwt_authorizer import JwtAuthorizer
from infra.bundle.build import build_for
from infra.config.settings import Settings
from infra.emulator import adapt_to_emulator
from infra.issuer.preflight import preflight
from infra.monitoring.monitoring import Monitoring
from routes import ROUTES

settings = Settings.load(ROUTES)
preflight(settings)
if settings.on_this_machine:
    adapt_to_emulator()
bundle = build_for(settings)
api = RestApi("petstore", title="PetStore", settings=settings)
authorizer = JwtAuthorizer("petstore-jwt", api=api, bundle=bundle, routes=settings.routes, settings=settings)
Methods("petstore", api=api, routes=settings.routes, authorizer=authorizer, settings=settings)
stage = Stage("petstore", api=api, authorizer=authorizer, settings=settings)
Monitoring("petstore", api=api, authorizer=authorizer, stage=stage, settings=settings)

pulumi.export("invokeUrl", stage.invoke_url)
pulumi.export("petsUrl", pulumi.Output.concat(stage.invoke_url, "/pets"))
pulumi.export("restApiId", api.rest_api.id)
pulumi.export("stageName", stage.stage_name)
pulumi.export("stageArn", stage.arn)
pulumi.export("authorizerFunctionName", authorizer.function.function_name)
if stage.dns_target:
    pulumi.export("dnsTarget", stage.dns_target)
