"""`authorizer.fetch` against real servers on loopback, most of them hostile."""

import datetime
import gzip
import ipaddress
import socket
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from authorizer.fetch import Document, MAX_BYTES, FetchError, get
from tests.authorizer.loopback import chunked, refusal, response, serving
from tests.authorizer.tokens import ec_key

pytestmark = [pytest.mark.usefixtures("no_thread_left")]


@pytest.mark.parametrize("body", [b"", b"{}", b"\xff\0", b"x" * MAX_BYTES], ids=["empty", "short", "binary", "largest"])
def test_the_body_of_a_200_is_returned_as_it_is(body: bytes) -> None:
    for answer in (response(body), response(body, length=-1), response(body, Connection="close"), chunked(body)):
        with serving(answer) as server:
            assert get(server.url, 10) == Document(body)


def test_the_request_is_a_plain_get_of_the_path_and_query() -> None:
    with serving(response(b"{}")) as server:
        get(f"{server.url}?a=b&c", 10)
        get(server.url.removesuffix("/jwks.json"), 10)
    first, second = server.requests
    assert first.startswith("GET /jwks.json?a=b&c HTTP/1.1\r\n")
    assert second.startswith("GET / HTTP/1.1\r\n")
    assert "Accept-Encoding: identity\r\n" in first


@pytest.mark.parametrize(
    "status", ["201 Created", "204 No Content", "403 Forbidden", "404 Not Found", "429 X", "500 X"]
)
def test_any_other_status_is_refused_and_named(status: str) -> None:
    assert refusal(response(b'{"keys":[]}', status=status)) == f"status {status[:3]}"


@pytest.mark.parametrize("status", ["301", "302", "303", "307", "308"])
def test_a_redirect_is_not_followed(status: str) -> None:
    with serving(response(b"{}")) as other:
        assert refusal(response(status=f"{status} Elsewhere", Location=other.url)) == f"status {status}"
    assert other.requests == []


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate"])
def test_a_compressed_answer_is_refused(encoding: str) -> None:
    assert "compressed" in refusal(response(gzip.compress(b"{}"), Content_Encoding=encoding))


def test_a_refused_connection_is_a_fetch_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    with pytest.raises(FetchError, match="ConnectionRefusedError"):
        get(f"http://127.0.0.1:{port}/", 10)


@pytest.mark.parametrize(
    "answer",
    [
        *(
            b"",
            b"\r\n",
            b"SSH-2.0-OpenSSH\r\n",
            b"<html></html>\r\n\r\n",
            b"HTTP/1.1 abc\r\n\r\n",
            b"HTTP/1.1 99 X\r\n\r\n",
            b"x" * 1000 + b"\r\n",
        ),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: 1\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000 + b"\r\n\r\n",
    ],
)
def test_an_answer_that_is_not_http_is_a_fetch_error_of_a_line_at_most(answer: bytes) -> None:
    assert len(refusal(answer)) <= 200


def test_a_failure_to_reach_the_server_is_no_exception_of_another_kind() -> None:
    with pytest.raises(FetchError):
        get("http://[::1]:1/", 10)


def test_a_server_whose_certificate_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(ec_key().public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(ec_key(), hashes.SHA256())
    )
    pem = tmp_path / "server.pem"
    private = ec_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    pem.write_bytes(private + certificate.public_bytes(Encoding.PEM))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(pem)
    with serving(response(b"{}"), tls) as server, pytest.raises(FetchError, match="CERTIFICATE_VERIFY_FAILED"):
        get(server.url, 10)
    assert server.requests == []
