"""The PetStore API behind a JWT authorizer. Its routes are in routes.py, or in an OpenAPI document."""

import pulumi

from infra.api.access_warnings import warning_of_scopes
from infra.api.methods import Methods
from infra.api.rest_api import RestApi
from infra.api.stage import Stage
from infra.auth.jwt_authorizer import JwtAuthorizer
from infra.bundle.build import build_for
from infra.config.settings import Settings
from infra.emulator import adapt_to_emulator
from infra.issuer.preflight import preflight
from infra.monitoring.monitoring import Monitoring, Sources
from routes import ROUTES

settings = Settings.load(ROUTES)
preflight(settings.trust, ask=settings.preflight)
adapt_to_emulator(when=settings.on_this_machine)
bundle = build_for(settings.authorizer, on_this_machine=settings.on_this_machine, key_sets=settings.bundled_key_sets)
api = RestApi("petstore", title="PetStore", settings=settings.api)
authorizer = JwtAuthorizer(
    "petstore-jwt",
    rest_api_id=api.rest_api.id,
    execution_arn=api.rest_api.execution_arn,
    snapshot=api.snapshot,
    bundle=bundle,
    settings=settings.authorizer,
    hooks=warning_of_scopes("petstore-jwt-scopes", settings.routes),
)
methods = Methods("petstore", api=api, authorizer_id=authorizer.authorizer_id, table=settings.table)
stage = Stage("petstore", api=api, settings=settings.stage, logging=settings.logging, after=[authorizer, methods])
sources = Sources(api.title, settings.stage.name, authorizer.function.name, stage.throttled)
Monitoring("petstore", sources=sources, execution_arn=api.rest_api.execution_arn, alarms_to=settings.alarms_to)

for name, output in stage.outputs.items():
    pulumi.export(name, output)
pulumi.export("petsUrl", pulumi.Output.concat(stage.invoke_url, "/pets"))
pulumi.export("restApiId", api.rest_api.id)
pulumi.export("authorizerFunctionName", authorizer.function.function_name)
