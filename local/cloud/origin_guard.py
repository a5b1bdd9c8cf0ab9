"""MiniStack for the programs of this machine and for no web page. Run by MiniStack's own Python, not by ours.

MiniStack takes every request for its owner's, runs the functions that it is given on this machine, and lets pages of
all origins read its answers: a page that somebody visits meanwhile could run code here. Browsers say when a page asks
(Origin, Sec-Fetch-Site): such requests come to the deployed API, which is made for them, and to nothing else. A
foreign name that is made to point here (DNS rebinding) stands in Host, and comes to nothing. For a `domainName`, there
are those under .example, which no DNS resolves (RFC 6761 section 6.5).
"""

import importlib
import os
import re
import shutil
import signal
import sys
import threading
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

_Scope = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[_Scope]]
_Send = Callable[[_Scope], Awaitable[None]]
_App = Callable[[_Scope, _Receive, _Send], Awaitable[None]]

_OURS = re.compile(r"(127\.0\.0\.1|localhost|[A-Za-z0-9.-]+\.example)(:\d+)?")
_DEPLOYED = re.compile(r"/restapis/[^/]+/[^/]+/_user_request_(/.*)?", re.DOTALL)
_PAUSE = 0.5  # seconds
_FROM_A_PAGE = ("origin", "sec-fetch-site")


def guarded(app: _App) -> _App:
    """The ASGI application, closed to web pages but for what is deployed in it."""

    async def guard(scope: _Scope, receive: _Receive, send: _Send) -> None:
        if scope["type"] == "lifespan" or (scope["type"] == "http" and _may_pass(scope)):
            await app(scope, receive, send)
        elif scope["type"] == "http":
            await send({"type": "http.response.start", "status": 403, "headers": [(b"content-type", b"text/plain")]})
            await send({"type": "http.response.body", "body": b"not for web pages\n"})
        else:
            await send({"type": "websocket.close", "code": 1008})

    return guard


def _may_pass(scope: _Scope) -> bool:
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    if not _OURS.fullmatch(headers.get("host", "")):
        return False
    return not any(name in headers for name in _FROM_A_PAGE) or bool(_DEPLOYED.fullmatch(scope["path"]))


def _end_with(parent: int) -> None:
    """End this process and its workers when its parent has ended, however that was, and remove its folder."""
    while os.getppid() == parent:
        time.sleep(_PAUSE)
    shutil.rmtree(os.environ["HOME"], ignore_errors=True)  # made for this process alone
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    threading.Thread(target=_end_with, args=(int(sys.argv.pop()),), daemon=True).start()
    ministack: Any = importlib.import_module("ministack.app")
    ministack.app = guarded(ministack.app)
    ministack.main()
