"""Runs MiniStack for programs on this machine only. MiniStack's own Python runs it, without our modules.

    python -P origin_guard.py DOMAIN_NAME PARENT

MiniStack trusts every request, runs functions on this machine, and allows pages of all origins to read its responses.
So a page in a browser could run code here. A browser names the page that sends a request in Origin and Sec-Fetch-Site.
Such a request reaches only the deployed API, which pages may call. A foreign name that resolves to 127.0.0.1 (DNS
rebinding) appears in Host and reaches nothing. DOMAIN_NAME is the API's custom domain, which is also served, or empty.
PARENT is the process with which this one ends.
"""

import importlib
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Container, Mapping, MutableMapping
from contextvars import ContextVar
from typing import Any
from urllib.error import HTTPError

_Scope = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[_Scope]]
_Send = Callable[[_Scope], Awaitable[None]]
_App = Callable[[_Scope, _Receive, _Send], Awaitable[None]]
_Answer = tuple[int, Mapping[str, str], bytes]
_Patch = Callable[[MutableMapping[str, Any], list[dict[str, Any]]], Any]

_NAMES = ("127.0.0.1", "localhost", "[::1]")
_DEPLOYED = re.compile(r"/restapis/[^/]+/[^/]+/_user_request_(/.*)?", re.DOTALL)
_PAUSE = 0.5  # seconds
_END = """
import os, shutil, signal, sys, time
os.killpg(int(sys.argv[1]), signal.SIGKILL)
for _ in range(100):  # a process that ends may still write
    shutil.rmtree(sys.argv[2], ignore_errors=True)
    time.sleep(0.02)
"""
_FROM_A_PAGE = ("origin", "sec-fetch-site")
_MAPPED = "method.response.header."
_FROM_BACKEND = "integration.response.header."
_IN_WORKER = {
    '{"status": "error", "error": str(e), "trace"': '{"status": "ok", "error": str(e), "trace"',
    "    _ms_install_invoke_depth()\n": "",
}
_RENAMED = ("connection", "content-length", "date", "server")


def guarded(app: _App, port: int, domain_name: str) -> _App:
    """The ASGI application, closed to web pages except for the API that is deployed in it."""
    hosts = {f"{name}:{port}" for name in _NAMES}
    # Clients of a custom domain name no port, or the one in their URL.
    hosts |= {domain_name.lower(), f"{domain_name.lower()}:{port}"} if domain_name else set()

    async def guard(scope: _Scope, receive: _Receive, send: _Send) -> None:
        if scope["type"] == "lifespan" or (scope["type"] == "http" and _may_pass(scope, hosts)):
            await app(scope, receive, send)
        elif scope["type"] == "http":
            await send({"type": "http.response.start", "status": 403, "headers": [(b"content-type", b"text/plain")]})
            await send({"type": "http.response.body", "body": b"not for web pages\n"})
        else:
            await send({"type": "websocket.close", "code": 1008})

    return guard


def _may_pass(scope: _Scope, hosts: Container[str]) -> bool:
    headers = [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in scope["headers"]]
    named = [value.lower() for name, value in headers if name == "host"]
    if len(named) != 1 or named[0] not in hosts:
        return False
    return not any(name in _FROM_A_PAGE for name, _ in headers) or bool(_DEPLOYED.fullmatch(scope["path"]))


def typed(apply_patch: _Patch) -> _Patch:
    """MiniStack's patch of an API's part, with each value in its type, and lists that stay lists.

    An Update call sends all values as text, and names an element of a list in the path. MiniStack answers with that
    text, and with an object instead of the list, which the AWS provider cannot read: the update fails.
    """

    def apply(part: MutableMapping[str, Any], operations: list[dict[str, Any]]) -> Any:
        others = [operation for operation in operations if not _changes_list(part, **operation)]
        return apply_patch(part, [operation | _value(part, **operation) for operation in others])

    return apply


def _changes_list(part: Any, path: str = "", op: str = "replace", value: Any = None, **_: Any) -> bool:
    """Apply an operation on an element of a list. False if the operation is on another member."""
    *names, element = (name.replace("~1", "/").replace("~0", "~") for name in path[1:].split("/"))
    for name in names:
        part = part.get(name) if isinstance(part, MutableMapping) else None
    if not isinstance(part, list):
        return False
    rest = [] if op == "replace" else [each for each in part if each != element]
    part[:] = rest if op == "remove" else [*rest, element if value is None else value]
    return True


def _value(part: MutableMapping[str, Any], path: str = "", value: Any = None, **_: Any) -> dict[str, Any]:
    """The operation's value, if it is a boolean or replaces a number."""
    if value in ("true", "false") and not path.startswith("/variables/"):  # a stage's variables are text
        return {"value": value == "true"}
    return {"value": int(value)} if value is not None and type(part.get(path[1:])) is int else {}


def answering(gateway: Any) -> Callable[..., Awaitable[_Answer]]:
    """MiniStack's call of an HTTP backend, with the response that API Gateway would make from it.

    MiniStack passes the backend's status, body and Content-Type, but no header of an error. `gateway` is its module,
    whose `_urlopen_async` this replaces.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/request-response-data-mappings.html
    """
    call, fetch = gateway._invoke_http_proxy_v1, gateway._urlopen_async
    received: ContextVar[Mapping[str, str] | None] = ContextVar("received")

    async def fetch_and_keep(*asked: Any) -> _Answer:
        try:
            answer = await fetch(*asked)
        except HTTPError as error:
            received.set(dict(error.headers.items()))
            raise
        received.set(answer[1])
        return answer

    async def answer(integration: Mapping[str, Any], *asked: Any) -> _Answer:
        received.set(None)
        status, headers, body = await call(integration, *asked)
        backends = received.get()
        if backends is None:
            return status, headers, body  # MiniStack's own answer: the backend did not answer
        if integration["type"] == "HTTP_PROXY":
            return status, _passed(backends), body
        return *_mapped(integration, status, backends), body

    gateway._urlopen_async = fetch_and_keep
    return answer


def _passed(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers of an HTTP_PROXY backend, as LocalStack's test_http_integration_with_lambda recorded them of AWS."""
    names = {name: f"x-amzn-Remapped-{name}" if name.lower() in _RENAMED else name for name in headers}
    return {names[name]: value for name, value in headers.items() if name.lower() != "transfer-encoding"}


def _mapped(integration: Mapping[str, Any], status: int, headers: Mapping[str, str]) -> tuple[int, dict[str, str]]:
    """Map the backend's response by the integration response whose pattern fits its status, or by the default one."""
    responses = integration.get("integrationResponses", {}).values()
    patterns = [(each.get("selectionPattern"), each) for each in responses]
    fitting = [each for pattern, each in patterns if pattern and re.fullmatch(pattern, str(status))]
    fitting += [each for pattern, each in patterns if not pattern]
    if not fitting:
        return 500, {}
    found = {"Content-Type": "application/json"}
    by_name = {name.lower(): value for name, value in headers.items()}
    for target, source in fitting[0].get("responseParameters", {}).items():
        value = source[1:-1] if source[0] == "'" else by_name.get(source.removeprefix(_FROM_BACKEND).lower())
        if value is not None:
            found[target.removeprefix(_MAPPED)] = value
    return int(fitting[0]["statusCode"]), found


def keep_workers(runtime: Any) -> None:
    """Make workers outlive an exception of their function, as execution environments do on AWS, and start faster.

    MiniStack ends a worker after each exception. The authorizer refuses a token with one, so that the next call would
    be a cold start without the issuer's keys. `runtime` is MiniStack's module, whose worker script is changed here: an
    exception of the function no longer ends the worker. The script's hook into botocore is for functions that call AWS,
    and ours do not.
    """
    for text, other in _IN_WORKER.items():
        if text not in runtime._PYTHON_WORKER_SCRIPT:
            raise LookupError(f"MiniStack's worker script has no {text}")
        runtime._PYTHON_WORKER_SCRIPT = runtime._PYTHON_WORKER_SCRIPT.replace(text, other)
    invoke = runtime.Worker.invoke

    def invoke_and_keep(worker: Any, *asked: Any, **more: Any) -> dict[str, Any]:
        answer = invoke(worker, *asked, **more)
        return {**answer, "status": "error"} if "trace" in answer else answer

    runtime.Worker.invoke = invoke_and_keep


def _end_with(parent: int) -> None:
    """End this process and its workers when its parent has ended for any reason, and remove its folder.

    Another process removes the folder, because a file that these processes write during the removal would stay.
    """
    while os.getppid() == parent:
        time.sleep(_PAUSE)
    command = [sys.executable, "-c", _END, str(os.getpgrp()), os.environ["HOME"]]  # the folder is ours alone
    subprocess.Popen(command, start_new_session=True)


if __name__ == "__main__":
    threading.Thread(target=_end_with, args=(int(sys.argv.pop()),), daemon=True).start()
    api_gateway: Any = importlib.import_module("ministack.services.apigateway_v1")
    api_gateway._apply_patch = typed(api_gateway._apply_patch)
    api_gateway._invoke_http_proxy_v1 = answering(api_gateway)
    keep_workers(importlib.import_module("ministack.core.lambda_runtime"))
    ministack: Any = importlib.import_module("ministack.app")
    ministack.app = guarded(ministack.app, int(os.environ["GATEWAY_PORT"]), sys.argv.pop(1))
    ministack.main()
