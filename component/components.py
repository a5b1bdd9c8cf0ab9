"""The components of the package, which declare the program's resources from inputs instead of configuration."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from component.inputs import Inputs
from component.schema import NAME
from infra import protected_api
from infra.api.access_warnings import warning_of_scopes
from infra.auth.environment import Code
from infra.auth.function import AuthorizerFunction
from infra.auth.jwt_authorizer import JwtAuthorizer as AuthorizerOfApi
from infra.config.settings import Settings
from infra.names import stack_name
from infra.snapshot import Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentContext:
    """The values from which a component declares its children. `opts` makes them its children."""

    name: str
    inputs: Inputs
    settings: Settings
    code: pulumi.Output[Code]
    opts: pulumi.ResourceOptions


class Component(pulumi.ComponentResource):
    """A component of the package. `outputs` has the outputs in its schema."""

    outputs: dict[str, pulumi.Output[str]]

    def __init__(
        self, name: str, inputs: Inputs, settings: Settings, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Declare the component.

        If the issuer or the bundle has a problem, raises `pulumi.RunError` before any declaration.
        """
        code = inputs.like_trust(protected_api.prepare(settings) if inputs.trust_is_known else None)
        super().__init__(f"{NAME}:index:{type(self).__name__}", name, {**inputs.given}, opts)
        if inputs.trust_is_known:
            for warning in settings.warnings:
                pulumi.log.warn(warning, self)
        self.outputs = self.declare(
            ComponentContext(
                name=name, inputs=inputs, settings=settings, code=code, opts=pulumi.ResourceOptions(parent=self)
            )
        )
        self.register_outputs(self.outputs)

    def declare(self, context: ComponentContext) -> dict[str, pulumi.Output[str]]:
        raise NotImplementedError


class JwtAuthorizer(Component):
    def declare(self, context: ComponentContext) -> dict[str, pulumi.Output[str]]:
        snapshot = Snapshot()
        authorizer = AuthorizerOfApi(
            context.name,
            rest_api_id=pulumi.Output.from_input(context.inputs.given["restApiId"]),
            execution_arn=pulumi.Output.from_input(context.inputs.given["executionArn"]),
            snapshot=snapshot,
            function_name=stack_name(context.name),
            code=context.code,
            settings=context.settings.authorizer,
            hooks=_hooks(self, context),
            opts=context.opts,
        )
        outputs = _of_function(authorizer.function)
        return {"authorizerId": authorizer.authorizer_id, **outputs, "triggers": snapshot.digest}


class JwtAuthorizerFunction(Component):
    def declare(self, context: ComponentContext) -> dict[str, pulumi.Output[str]]:
        function = AuthorizerFunction(
            context.name,
            function_name=stack_name(context.name),
            code=context.code,
            settings=context.settings.function,
            opts=pulumi.ResourceOptions.merge(context.opts, pulumi.ResourceOptions(hooks=_hooks(self, context))),
        )
        return _of_function(function)


class ProtectedRestApi(Component):
    def declare(self, context: ComponentContext) -> dict[str, pulumi.Output[str]]:
        title = context.inputs.known.get("title") or re.sub(r"[^A-Za-z0-9_.-]", "-", context.name)
        return protected_api.declare(
            context.name,
            title=title,
            description=f"{title}, behind a JWT authorizer",
            physical_name=stack_name(context.name),
            settings=context.settings,
            code=context.code,
            opts=context.opts,
        )


COMPONENTS: Mapping[str, type[Component]] = {
    kind.__name__: kind for kind in (JwtAuthorizer, JwtAuthorizerFunction, ProtectedRestApi)
}


def _hooks(component: Component, context: ComponentContext) -> pulumi.ResourceHookBinding:
    """The hooks of the component, whose names must be unique in a stack."""
    return warning_of_scopes(f"{NAME}-{type(component).__name__}-{context.name}-scopes", context.settings.routes)


def _of_function(function: AuthorizerFunction) -> dict[str, pulumi.Output[str]]:
    return {
        "functionName": function.function_name,
        "functionArn": function.arn,
        "invokeArn": function.invoke_arn,
    }
