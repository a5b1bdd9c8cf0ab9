"""The PetStore API behind a JWT authorizer. Its routes are in routes.py, or in an OpenAPI document."""

import pulumi

from infra.config.settings import Settings
from infra.names import stack_name
from infra.protected_api import declare, prepare
from routes import ROUTES

settings = Settings.load(ROUTES)
outputs = declare(
    "petstore",
    title="PetStore",
    description="The PetStore example API behind a JWT authorizer",
    physical_name=stack_name(),
    settings=settings,
    code=prepare(settings),
)

for name, output in outputs.items():
    pulumi.export(name, output)
pulumi.export("petsUrl", pulumi.Output.concat(outputs["invokeUrl"], "/pets"))
