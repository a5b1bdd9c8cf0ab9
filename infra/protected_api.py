"""Declares the whole API, for the program and the component package."""

import pulumi

from infra.api import methods
from infra.api.access_warnings import warning_of_scopes
from infra.api.rest_api import RestApi
from infra.api.stage import Stage
from infra.auth.environment import Code
from infra.auth.jwt_authorizer import JwtAuthorizer
from infra.bundle import build
from infra.config.settings import Settings
from infra.emulator import options_for_emulator
from infra.issuer.preflight import preflight
from infra.monitoring.monitoring import Monitoring, Sources


def prepare(settings: Settings) -> Code:
    """Check the issuer, and build the function's bundle.

    Call it before any resource is declared. Raises `pulumi.RunError` if every token would be refused, or if the bundle
    cannot be built.
    """
    here = settings.on_this_machine
    preflight(settings.trust, ask=settings.preflight)
    bundle = build.build_for(settings.authorizer, on_this_machine=here, key_sets=settings.bundled_key_sets)
    return Code(bundle=bundle, variables=settings.authorizer.variables())


def declare(
    name: str,
    *,
    title: str,
    description: str,
    physical_name: str,
    settings: Settings,
    code: pulumi.Input[Code],
    opts: pulumi.ResourceOptions | None = None,
) -> dict[str, pulumi.Output[str]]:
    """Declare the API with its authorizer, methods, stage and monitoring, and return the outputs.

    The logical names of the resources begin with `name`. The physical names that Pulumi does not choose begin with
    `physical_name`.
    """
    emulator = options_for_emulator(when=settings.on_this_machine)
    opts = pulumi.ResourceOptions.merge(opts, emulator) if opts else emulator
    api = RestApi(name, title=title, description=description, settings=settings.api, opts=opts)
    authorizer = JwtAuthorizer(
        f"{name}-jwt",
        rest_api_id=api.rest_api.id,
        execution_arn=api.rest_api.execution_arn,
        snapshot=api.snapshot,
        function_name=f"{physical_name}-authorizer",
        code=code,
        settings=settings.authorizer,
        hooks=warning_of_scopes(f"{name}-jwt-scopes", settings.routes),
        opts=opts,
    )
    routes = methods.Methods(name, api=api, authorizer_id=authorizer.authorizer_id, table=settings.table, opts=opts)
    after = [authorizer, routes]
    stage = Stage(name, api=api, settings=settings.stage, logging=settings.logging, after=after, opts=opts)
    Monitoring(
        name,
        physical_name=physical_name,
        sources=Sources(title, settings.stage.name, authorizer.function.name, stage.throttled),
        execution_arn=api.rest_api.execution_arn,
        alarms_to=settings.alarms_to,
        opts=opts,
    )
    return {
        **stage.outputs,
        "restApiId": api.rest_api.id,
        "authorizerFunctionName": authorizer.function.function_name,
    }
