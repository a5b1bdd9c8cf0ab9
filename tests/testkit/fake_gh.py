"""A fake GitHub CLI with the few commands in docs/ci.md. It keeps its state in the folder FAKE_STATE."""

import json
import os
import sys
from pathlib import Path
from typing import Any

STATE = Path(os.environ["FAKE_STATE"]) / "github.json"
ENVIRONMENTS = ("dev", "prod")


def main(words: list[str]) -> None:
    state: dict[str, Any] = {"branches": [], "reviewed": []}
    if STATE.exists():
        state = json.loads(STATE.read_text(encoding="utf-8"))
    match words:
        case ["api", "repos/OWNER/NAME/actions/oidc/customization/sub", "--jq", expression]:
            assert expression == '.sub_claim_prefix | ltrimstr("repo:")'
            print("octo-org@65/petstore@74")
        case ["api", "user", "--jq", ".id"]:
            print(7)
        case ["variable", "set", name, "--body", value] | ["variable", "set", name, "--env", "dev", "--body", value]:
            assert value, name
            state[name] = value
        case ["secret", "set", name, "--env", "dev"]:
            assert sys.stdin.readline().strip()
            state[name] = "a secret"
        case ["api", "--silent", "--method", "PUT", path, *fields]:
            repository, _, environment = path.rpartition("/environments/")
            assert (repository, environment in ENVIRONMENTS) == ("repos/{owner}/{repo}", True)
            # "Protected" would mean every branch if no branch has a protection rule.
            assert "deployment_branch_policy[protected_branches]=false" in fields
            assert "deployment_branch_policy[custom_branch_policies]=true" in fields
            if "reviewers[][type]=User" in fields and "reviewers[][id]=7" in fields:
                state["reviewed"].append(environment)
        case ["api", "--silent", "--method", "POST", path, "-f", "name=main", "-f", "type=branch"]:
            repository, _, environment = path.removesuffix("/deployment-branch-policies").rpartition("/environments/")
            assert (repository, environment in ENVIRONMENTS) == ("repos/{owner}/{repo}", True)
            state["branches"].append(environment)
        case _:
            raise SystemExit(f"gh: no such command: {' '.join(words)}")
    STATE.write_text(json.dumps(state), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
