"""The pack as the Pulumi CLI runs it: `pulumi preview --policy-pack policy`."""

import sys
from pathlib import Path

from pulumi_policy import PolicyPack

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # the CLI starts it inside its own folder

from policy.crossguard import policies

PolicyPack("petstore", policies())
