"""The commands that people and CI run. `python -m tools` lists them."""

import os

# What is on the loopback interface stays there, whatever proxy this machine is set up with.
_given = os.environ.get("no_proxy") or os.environ.get("NO_PROXY")
if _given != "*":
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = ",".join(filter(None, (_given, "127.0.0.1,localhost")))
