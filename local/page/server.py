"""Serves the page, issues its tokens and explains its responses."""

import json
import secrets
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import requests

from local.cloud.sandbox import Deployed, Sandbox
from local.cloud.servers import HOST, Answer, Request, Server, free_port, is_free
from local.page.gateway import Gateway
from tools.project import ROOT, ProgramError

PORT = 4569  # the next one after those of Pulumi.local.yaml
_STATIC = Path(__file__).with_name("static")
_KINDS = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}
_FILES = {f"/{path.name}".replace("/index.html", "/"): path for path in _STATIC.iterdir() if path.suffix in _KINDS}
_MINUTE = 60  # seconds
_OTHER_AUDIENCE = "https://other.example/api"
_MALFORMED = "not-a-token"
_HEADERS = {
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class Page(Server):
    """The page's server, which shows the deployment that `show` was last called with.

    Open pages notice a new deployment and show it too. A Gateway serves the API from another origin. Only this page's
    own script may request a token or an explanation: a POST needs this page's Origin, and JSON, which a form cannot
    send. If `port` is taken, another port is used.
    """

    def __init__(self, sandbox: Sandbox, port: int = PORT) -> None:
        super().__init__(port if is_free(port) else free_port())
        self._issuer = sandbox.issuer
        self.gateway = Gateway(sandbox.emulator.url, self.url)
        self._run = secrets.token_hex(8)  # tells an open page that another run uses this port now
        self._shown: dict[str, Any] = {"url": "", "routes": []}
        self._number = 0
        self._deploying = False
        self._failure = ""

    @property
    def origins(self) -> tuple[str]:
        return (self.url,)

    def start(self) -> None:
        self.gateway.start()
        super().start()

    def stop(self) -> None:
        super().stop()
        self.gateway.stop()

    @property
    def routes(self) -> list[dict[str, Any]]:
        """The routes of the current deployment, as `local.page.document` describes them."""
        return self._shown["routes"]

    def deploying(self) -> None:
        """Notify open pages that a deployment has started. Call `show` or `failed` when it ends."""
        self._deploying = True

    def failed(self, message: str) -> None:
        """Notify open pages that the deployment failed. They continue to show the one before it."""
        self._deploying, self._failure = False, message

    def show(self, deployed: Deployed) -> None:
        """Show this deployment. Raises `ProgramError` if its settings cannot be read."""
        self.gateway.show(deployed)
        shown = _ask("show-program", self.gateway.invoke_url, told=deployed.config)
        for route in shown["routes"]:
            route["summary"] = self.gateway.summary(route["method"], route["path"])
        self._shown = shown
        self._deploying, self._failure = False, ""
        self._number += 1

    def answer(self, request: Request) -> Answer:
        answer = self._answer(request)
        policy = {
            "default-src": "'none'",
            "script-src": "'self'",
            "style-src": "'self'",
            "img-src": "data:",  # the empty icon
            "connect-src": f"'self' {self.gateway.url}",
            "base-uri": "'none'",
            "form-action": "'none'",
            "frame-ancestors": "'none'",
        }
        policy_header = {"Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items())}
        return Answer(answer.status, answer.body, {**answer.headers, **_HEADERS, **policy_header})

    def _answer(self, request: Request) -> Answer:
        headers = {name.lower(): value for name, value in request.headers.items()}
        if request.method == "GET":
            return self._get(request.path, headers["host"])
        if request.method != "POST" or request.path not in ("/token", "/why"):
            return _refused(404, "not found")
        if headers.get("origin") != self.url or headers.get("content-type") != "application/json":
            return _refused(403, "only this page may send this request, in JSON")
        try:
            asked = json.loads(request.body)
            return Answer.json(self._token(asked) if request.path == "/token" else self._why(asked))
        except (ValueError, KeyError, TypeError, AttributeError, StopIteration):
            return _refused(400, "not understood")
        except ProgramError as error:
            return _refused(500, str(error))

    def _get(self, path: str, host: str) -> Answer:
        if path in _FILES and host != f"{HOST}:{self.port}":  # for example localhost, which is another origin
            return Answer(307, b"", {"Location": f"{self.url}{path}"})
        if path in _FILES:
            kind = _KINDS[_FILES[path].suffix]
            return Answer(200, _FILES[path].read_bytes(), {"Content-Type": f"{kind}; charset=utf-8"})
        return Answer.json(self._deployment()) if path == "/deployment" else _refused(404, "not found")

    def _deployment(self) -> Mapping[str, Any]:
        """The data that an open page polls. `number` counts the deployments of this `run`, from 1."""
        return {
            "run": self._run,
            "number": self._number,
            "deploying": self._deploying,
            "failure": self._failure,
            "issuerProblem": "" if self._issuer_answers() else f"The issuer {self._issuer.issuer} does not answer.",
            "url": self._shown["url"],
            "routes": self.routes,
        }

    def _issuer_answers(self) -> bool:
        try:
            return requests.get(f"{self._issuer.issuer}.well-known/jwks.json", timeout=2).ok
        except requests.RequestException:
            return False

    def _token(self, asked: Mapping[str, Any]) -> dict[str, str]:
        """A token of the requested kind, with the requested scopes if this kind can have scopes."""
        now, kind, scope = int(time.time()), asked["kind"], " ".join(asked["scopes"])
        claims: dict[str, dict[str, Any]] = {
            "reader": {},
            "editor": {},
            "expired": {"iat": now - 2 * _MINUTE, "exp": now - _MINUTE},
            "wrong-audience": {"aud": _OTHER_AUDIENCE},
        }
        if kind == "malformed":
            return {"token": _MALFORMED}
        return {"token": self._issuer.mint(scope, sub=f"auth0|{kind}", **claims[kind])}

    def _why(self, asked: Mapping[str, Any]) -> dict[str, str]:
        place = {name: asked[name] for name in ("method", "path")}
        route = next(route for route in self.routes if place.items() <= route.items())
        allowed = self._shown["allowedOrigin"]
        if not asked["status"] and allowed not in ("*", self.url):
            setting = f"petstore:allowedOrigin is {allowed}, and this page's origin is {self.url}"
            return {"why": f"The browser withholds the response from this page: {setting}."}
        if not asked["status"]:
            return {"why": "No response: the API cannot be reached."}
        call = {
            **place,
            **{name: asked[name] for name in ("status", "authorization")},
            **{name: self._shown[name] for name in ("environment", "ttl")},
            "scopes": route["scopes"],
        }
        return _ask("explain-call", told=call)


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
        start_new_session=True,  # Ctrl-C reaches only this process
    )
    if result.returncode:
        raise ProgramError(result.stderr.strip().removeprefix("error: "))
    return json.loads(result.stdout)
