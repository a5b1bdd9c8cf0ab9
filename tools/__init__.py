"""The commands that people and CI run. `python -m tools` lists them."""

import os

# Requests to the loopback interface bypass this machine's proxy.
_given = os.environ.get("no_proxy") or os.environ.get("NO_PROXY")
if _given != "*":
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = ",".join(filter(None, (_given, "127.0.0.1,localhost")))
