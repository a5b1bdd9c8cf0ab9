"""Small HTTP servers on the loopback interface, each in its own thread.

The loopback interface is no boundary: every page in a browser can send requests to it. `refusal` checks the sender of
each request to these servers and, in another process, to MiniStack (`local.cloud.origin_guard`).
"""

import json
import socket
import sys
import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs

HOST = "127.0.0.1"
NAMES = (HOST, "localhost", "[::1]")  # of the loopback interface, in a Host header


@dataclass(frozen=True)
class Request:
    """A request. The names in `headers` keep their case; `query` has all values of each name."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def json(cls, value: object, status: int = 200) -> "Answer":
        return cls(status, json.dumps(value).encode(), {"Content-Type": "application/json"})


def refusal(headers: Message, port: int, origins: Collection[str] | None) -> Answer | None:
    """The answer to a request that is not for this server or comes from a foreign web page; None for other requests.

    `headers` are the request's, and `port` is the server's. `origins` has the origins of the pages that may call the
    server, or is None for all.

    A foreign name that resolves to 127.0.0.1 (DNS rebinding) appears in Host. The origin of the page that sends a
    request appears in Origin (https://fetch.spec.whatwg.org/#origin-header); a program sends none.
    """
    host, origin = headers.get_all("Host", []), headers.get_all("Origin", [])
    if len(host) != 1 or host[0].lower() not in {f"{name}:{port}" for name in NAMES}:
        return Answer.json({"message": f"Host: this server is {HOST}:{port}"}, 421)
    if origins is not None and not set(origin) <= set(origins):
        return Answer.json({"message": "Origin: not a page that may call this server"}, 403)
    return None


class _Http(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):  # the client has gone, which is no error
            super().handle_error(request, client_address)


class Server:
    """A server that runs inside its context. Subclasses answer the requests."""

    def __init__(self, port: int = 0) -> None:
        self.port = port or free_port()
        self._http: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def origins(self) -> Collection[str] | None:
        """The origins of the pages that may call this server; None means all. By default, the list is empty."""
        return ()

    def answer(self, request: Request) -> Answer:
        """The answer to a request that has passed `refusal`."""
        raise NotImplementedError

    def start(self) -> None:
        """Serve on `port`, also after `stop`. Raises `OSError` if another process uses the port."""
        server = self

        class Handler(BaseHTTPRequestHandler):
            def handle_any(self) -> None:
                length = self.headers.get("Content-Length", "0")
                # Any other target, such as http://evil.test/, would name another server than Host does.
                if not self.path.startswith("/") or not length.isdecimal():
                    self.send_error(400)
                    return
                path, _, query = self.path.partition("?")
                body = self.rfile.read(int(length))
                answer = refusal(self.headers, server.port, server.origins) or server.answer(
                    Request(self.command, path, parse_qs(query), dict(self.headers.items()), body)
                )
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(answer.body)

            do_GET = do_HEAD = do_OPTIONS = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
                """Print nothing: the log of a request would contain its query, and the terminal is for the demo."""

        self._http = _Http((HOST, self.port), Handler)
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self) -> None:
        if self._http is not None:
            self._http.shutdown()
            self._http.server_close()
            self._http = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def free_port() -> int:
    """A port of the loopback interface that is free at the moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True
