"""Serves the page on the loopback interface, and what only a server may do: mint a token, and say why."""

import json
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra.bundle.build import BUILD
from local.cloud.sandbox import Deployed, Sandbox
from local.cloud.servers import HOST, Answer, Request, Server
from local.page.gateway import Gateway
from tools.project import ROOT, ProgramError

_OURS = Path(__file__).with_name("static")
INSTALLED = BUILD / "page"  # by the Makefile
SWAGGER = INSTALLED / "node_modules" / "swagger-ui-dist"
_FILES = {
    "/": (_OURS / "index.html", "text/html; charset=utf-8"),
    "/page.css": (_OURS / "page.css", "text/css; charset=utf-8"),
    "/page.js": (_OURS / "page.js", "text/javascript; charset=utf-8"),
    "/swagger-ui.css": (SWAGGER / "swagger-ui.css", "text/css; charset=utf-8"),
    "/swagger-ui.js": (SWAGGER / "swagger-ui-bundle.js", "text/javascript; charset=utf-8"),
}
USERS = {"Ann": "auth0|ann", "Ben": "auth0|ben", "Eve": "auth0|eve"}  # their `sub`
_MINUTE = 60  # seconds


class Page(Server):
    """Shows one deployment, the one of the last `show`. Pages that are open notice, and show it as well.

    The API is served beside it by a Gateway, as another origin. A request by another name than `url` is refused, so
    that no foreign name that is made to point here (DNS rebinding) reads anything; so is a POST from another origin
    than this one, or one that a form could make.
    """

    def __init__(self, sandbox: Sandbox, port: int = 0) -> None:
        super().__init__(port)
        self._issuer = sandbox.issuer
        self.gateway = Gateway(sandbox.emulator.url)
        self._shown: dict[str, Any] = {}
        self._number = 0

    def start(self) -> None:
        self.gateway.start()
        super().start()

    def stop(self) -> None:
        super().stop()
        self.gateway.stop()

    def show(self, deployed: Deployed) -> None:
        """Raises `ProgramError` where its settings cannot be read."""
        self.gateway.show(deployed)
        self._shown = _ask("show-program", self.gateway.invoke_url, told=deployed.config)
        self._number += 1

    def answer(self, request: Request) -> Answer:
        answer = self._answer(request)
        if answer.status == 421 and _is_of_localhost(request, self.port):
            answer = Answer(302, headers={"Location": f"{self.url}/"})
        return Answer(answer.status, answer.body, {**answer.headers, **self._headers()})

    def _headers(self) -> dict[str, str]:
        policy = {
            "default-src": "'none'",
            "script-src": "'self'",
            "style-src": "'self'",
            "img-src": "'self' data:",  # Swagger UI's stylesheet holds its icons
            "connect-src": f"'self' {self.gateway.url}",
            "base-uri": "'none'",
            "form-action": "'none'",
            "frame-ancestors": "'none'",
        }
        return {
            "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
            "Cross-Origin-Resource-Policy": "same-origin",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cache-Control": "no-store",
        }

    def _answer(self, request: Request) -> Answer:
        headers = {name.lower(): value for name, value in request.headers.items()}
        if headers.get("host") != f"{HOST}:{self.port}":
            return _refused(421, f"this is {self.url}, and nothing else")
        if request.method == "GET" and request.path in _FILES:
            return _file(*_FILES[request.path])
        if not self._shown:
            return _refused(503, "nothing is deployed yet")
        if request.method == "GET" and request.path == "/deployment":
            shown = {name: self._shown[name] for name in ("document", "allowedOrigin")}
            return Answer.json({"number": self._number, "users": list(USERS), **shown})
        if request.method != "POST" or request.path not in ("/token", "/why"):
            return _refused(404, "not found")
        return self._told(request, headers)

    def _told(self, request: Request, headers: Mapping[str, str]) -> Answer:
        if headers.get("origin") != self.url or headers.get("content-type") != "application/json":
            return _refused(403, "only this page may ask, in JSON")
        try:
            asked = json.loads(request.body)
            return Answer.json(self._token(asked) if request.path == "/token" else self._why(asked))
        except (ValueError, KeyError, TypeError, AttributeError):
            return _refused(400, "not understood")
        except ProgramError as error:
            return _refused(500, str(error))

    def _token(self, asked: dict[str, Any]) -> dict[str, str]:
        past: dict[str, Any] = {"iat": int(time.time()) - 2 * _MINUTE, "exp": int(time.time()) - _MINUTE}
        scope = " ".join(asked["scopes"])
        token = self._issuer.mint(scope, sub=USERS[asked["user"]], **(past if asked["expired"] else {}))
        return {"token": token}

    def _why(self, asked: dict[str, Any]) -> dict[str, str]:
        security = self._shown["document"]["paths"][asked["path"]][asked["method"].lower()]["security"]
        allowed = self._shown["allowedOrigin"]
        if not asked["status"] and allowed not in ("*", self.url):
            only = (
                f"The API lets pages of {allowed} read its answers (petstore:allowedOrigin); this one is of {self.url}."
            )
            return {"why": f"The browser keeps the answer from this page. {only}"}
        if not asked["status"]:
            return {"why": "No answer: the API cannot be reached."}
        call = {
            **{name: asked[name] for name in ("method", "path", "status", "authorization")},
            **{name: self._shown[name] for name in ("environment", "ttl")},
            "scopes": next(iter(security[0].values())) if security else None,
        }
        return {"why": _ask("explain-call", told=call)}


def _is_of_localhost(request: Request, port: int) -> bool:
    """Whether somebody opens the page as `localhost`, which is an origin of its own."""
    asked = (request.method, request.path) == ("GET", "/")
    return asked and any(
        name.lower() == "host" and value == f"localhost:{port}" for name, value in request.headers.items()
    )


def _file(path: Path, kind: str) -> Answer:
    if not SWAGGER.exists():
        return _refused(503, "Swagger UI is not installed. Install npm, then run `make up` again.")
    return Answer(200, path.read_bytes(), {"Content-Type": kind})


def _refused(status: int, message: str) -> Answer:
    return Answer.json({"message": message}, status)


def _ask(command: str, *arguments: str, told: Any) -> Any:
    result = subprocess.run(
        [sys.executable, "-m", "tools", command, *arguments],
        cwd=ROOT,
        input=json.dumps(told),
        capture_output=True,
        text=True,
        check=False,
        start_new_session=True,  # Ctrl-C is ours to answer
    )
    if result.returncode:
        raise ProgramError(result.stderr.strip().removeprefix("error: "))
    return json.loads(result.stdout)
