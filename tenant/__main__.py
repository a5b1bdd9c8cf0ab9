"""The PetStore API in Auth0. Its outputs are the configuration of the stack in AWS."""

import sys
from pathlib import Path

import pulumi

# Pulumi runs this in its own folder; routes.py is in the one above.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from routes import ROUTES
from tenant.api import Api
from tenant.settings import Settings

settings = Settings.load(ROUTES)
api = Api(
    "petstore",
    routes=settings.routes,
    audience=settings.audience,
    token_lifetime_in_seconds=settings.token_lifetime_in_seconds,
)

pulumi.export("tokenIssuer", settings.token_issuer)
pulumi.export("audience", api.audience)
pulumi.export("clientId", api.client_id)
pulumi.export("clientSecret", api.client_secret)
