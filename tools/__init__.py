"""The commands that people and CI run. `python -m tools` lists them."""

import os
import signal
import sys


def _leave(*_: object) -> None:
    os.write(2, b"stopped\n")
    os._exit(130)


# `python -m tools` imports this first, and for a moment has no command to stop. `main` replaces the handler.
if sys.argv[0] == "-m":
    signal.signal(signal.SIGINT, _leave)

# Requests to the loopback interface bypass this machine's proxy.
_given = os.environ.get("no_proxy") or os.environ.get("NO_PROXY")
if _given != "*":
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = ",".join(filter(None, (_given, "127.0.0.1,localhost")))
