"""GitHub Actions' access to this AWS account. Its outputs are the values of the repository's variables."""

import sys
from pathlib import Path

import pulumi

# Pulumi runs this in its own folder; the packages are two above.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from ci.bootstrap.access import GitHubAccess
from ci.bootstrap.names import Place
from ci.bootstrap.settings import Settings
from ci.bootstrap.state import State

settings = Settings.load()
place = Place.here(settings.region)
state = State("petstore-state", bucket_name=settings.state_bucket, place=place) if settings.state_bucket else None
access = GitHubAccess(
    "petstore-github",
    place=place,
    state=state,
    preview_subjects=settings.preview_subjects,
    deploy_subjects=settings.deploy_subjects,
    domain_names=settings.domain_names,
    oidc_provider_arn=settings.oidc_provider_arn,
)

pulumi.export("previewRoleArn", access.preview_role_arn)
pulumi.export("deployRoleArn", access.deploy_role_arn)
pulumi.export("permissionsBoundaryArn", access.boundary_arn)
if state:
    pulumi.export("backendUrl", state.backend_url)
    pulumi.export("secretsProvider", state.secrets_provider)
