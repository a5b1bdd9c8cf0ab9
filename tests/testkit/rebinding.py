"""Requests to a server on this machine as a browser sends them for a foreign page."""

import socket
from contextlib import suppress
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

EVIL = "evil.test"


def send(port: int, path: str = "/", method: str = "GET", **headers: str) -> tuple[HTTPResponse, bytes]:
    """The response and its body. The server's own Host is sent unless `headers` has one."""
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
    """The statuses for names that an attacker can resolve to 127.0.0.1, for no name and for two."""
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


def listening(pid: int) -> set[tuple[str, int]]:
    """The addresses and ports on which a process and its descendants listen, from Linux's /proc."""
    inodes = {
        str(link.readlink())[8:-1] for link in Path(f"/proc/{pid}/fd").iterdir() if "socket" in str(link.readlink())
    }
    found: set[tuple[str, int]] = set()
    for table in ("tcp", "tcp6"):
        for row in Path(f"/proc/{pid}/net/{table}").read_text(encoding="ascii").splitlines()[1:]:
            _, local, _, state, *rest = row.split()
            if state == "0A" and rest[5] in inodes:
                address, _, port = local.partition(":")
                family = socket.AF_INET if table == "tcp" else socket.AF_INET6
                found.add((socket.inet_ntop(family, bytes.fromhex(address)[::-1]), int(port, 16)))
    return found.union(*map(listening, _children(pid)))


def _children(pid: int) -> list[int]:
    """The processes that this one has started."""
    found: list[int] = []
    for file in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # It has ended in the meantime.
            parent = file.read_text(encoding="utf-8").rpartition(")")[2].split()[1]
            found += [int(file.parent.name)] if int(parent) == pid else []
    return found
