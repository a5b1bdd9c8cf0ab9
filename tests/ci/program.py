"""The program at the repository's root with all its settings on, as CI deploys it."""

from tests.testkit.bootstrap import ACCOUNT, REGION
from tools.preview.mock_recorder import Declared, declare
from tools.project import PROJECT

BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/github-petstore-boundary"
EVERYTHING = {
    "aws:region": REGION,
    "petstore:permissionsBoundary": BOUNDARY,
    "petstore:accessLog": "true",
    "petstore:manageAccountLogging": "true",
    "petstore:alarmsTo": "oncall@petstore.example",
    "petstore:domainName": "api.petstore.example",
    "petstore:certificateArn": f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/1",
}


def everything(stack: str, **warmth: str) -> Declared:
    """`warmth`: "snapStart" or "provisionedConcurrency", which exclude each other."""
    found = {"aws:apigateway/account:Account": {}}
    return declare(EVERYTHING | {f"{PROJECT}:{key}": value for key, value in warmth.items()}, stack=stack, found=found)
