"""Runs the bootstrap program under Pulumi's mocks, with its project and a fake AWS account."""

import contextlib
import json
import runpy
from collections.abc import Callable, Mapping
from typing import Any
from unittest.mock import patch

from pulumi.runtime import mocks

from tools.preview.mock_recorder import Declared, Recorder, declare
from tools.project import ROOT

FOLDER = ROOT / "ci" / "bootstrap"
ACCOUNT, REGION = "123456789012", "eu-west-1"
ISSUER = "token.actions.githubusercontent.com"
PROVIDER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{ISSUER}"
REPOSITORY = "octo-org@65/petstore@74"
CONFIG = {"aws:region": REGION, "petstore-bootstrap:repository": REPOSITORY}
FULL = {
    "petstore-bootstrap:stateBucket": "octo-petstore-state",
    "petstore-bootstrap:domainNames": '["api.petstore.example"]',
}


class Account(Recorder):
    """A fake AWS account, which answers the lookup of the caller's identity."""

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[Any, Any], list[tuple[str, str]]]:
        if args.token != "aws:index/getCallerIdentity:getCallerIdentity":
            return super().call(args)
        return {"accountId": ACCOUNT, "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/admin/me", "userId": "me"}, []


def program() -> None:
    runpy.run_path(str(FOLDER / "__main__.py"), run_name="__main__")


def run(config: Mapping[str, str] | None = None, program: Callable[[], None] = program) -> Declared:
    """Run a program with `CONFIG`, updated with `config`."""
    with contextlib.ExitStack() as stack:
        stack.enter_context(patch("tools.program.PROJECT", "petstore-bootstrap"))
        stack.enter_context(patch("tools.preview.mock_recorder.CONFIG", {}))
        stack.enter_context(patch("tools.preview.mock_recorder.Recorder", Account))
        return declare({**CONFIG, **(config or {})}, program)


def statements(document: str) -> list[dict[str, Any]]:
    return json.loads(document)["Statement"]


def granted(declared: Declared, role: str) -> list[dict[str, Any]]:
    """All statements of the role `preview` or `deploy`."""
    policies = [it for it in declared.of("RolePolicy") if it.inputs["role"] == f"ID(petstore-github-{role}-role)"]
    return [statement for policy in policies for statement in statements(policy.inputs["policy"])]


def trusted(declared: Declared, role: str) -> list[dict[str, Any]]:
    return statements(declared.one("Role", f"petstore-github-{role}-role").inputs["assumeRolePolicy"])
