"""Requests to a server of this machine as a browser sends them for a foreign page."""

from http.client import HTTPConnection, HTTPResponse

EVIL = "evil.test"


def send(port: int, path: str = "/", method: str = "GET", **headers: str) -> tuple[HTTPResponse, bytes]:
    """The response and its body. `headers`: Host is the server's own unless it is among them."""
    connection = HTTPConnection("127.0.0.1", port, timeout=20)
    connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    for name, value in {"Host": f"127.0.0.1:{port}", "Content-Length": "0", **headers}.items():
        connection.putheader(name, value)
    connection.endheaders()
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response, body


def rebound(port: int, path: str = "/") -> list[int]:
    """The statuses for names that an attacker can point to 127.0.0.1, without a name, and with two."""
    other = f"127.0.0.1:{port + 1}"
    foreign = [EVIL, f"{EVIL}:{port}", f"api.example:{port}", f"127.0.0.1.{EVIL}:{port}", other, "", "127.0.0.1"]
    statuses = [send(port, path, Host=host)[0].status for host in foreign]
    twice = HTTPConnection("127.0.0.1", port, timeout=20)
    twice.putrequest("GET", path, skip_host=True)
    for host in (f"127.0.0.1:{port}", f"{EVIL}:{port}"):
        twice.putheader("Host", host)
    twice.endheaders()
    statuses.append(twice.getresponse().status)
    twice.close()
    return statuses
