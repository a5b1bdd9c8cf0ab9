"""`authorizer.fetch` against real servers on loopback, most of them hostile."""

import gzip
import socket
import ssl
import warnings

import pytest

from authorizer.fetch import DEADLINE, MAX_BYTES, RATE_LIMITED, Document, FetchError, get
from tests.testkit.certificates import Authority, trusted
from tests.testkit.loopback import chunked, refusal, response, serving

pytestmark = [pytest.mark.usefixtures("no_leftover_threads")]


def test_the_deadline_is_two_seconds_and_the_default_pause_is_thirty() -> None:
    assert (DEADLINE, RATE_LIMITED) == (2, 30)


@pytest.mark.parametrize("body", [b"", b"{}", b"\xff\0", b"x" * MAX_BYTES], ids=["empty", "short", "binary", "largest"])
def test_the_body_of_a_200_is_returned_unchanged(body: bytes) -> None:
    for answer in (response(body), response(body, length=-1), response(body, Connection="close"), chunked(body)):
        with serving(answer) as server:
            assert get(server.url, 10) == Document(body)


def test_the_request_is_a_plain_get_of_the_path_and_query() -> None:
    with serving(response(b"{}")) as server:
        get(f"{server.url}?a=b&c", 10)
        get(server.url.removesuffix("/jwks.json"), 10)
        get(server.url, 10)
        get(server.url.replace("/jwks.json", "?a=b"), 10)
    first, second, third, fourth = server.requests
    assert third.startswith("GET /jwks.json HTTP/1.1\r\n")
    assert fourth.startswith("GET /?a=b HTTP/1.1\r\n")
    assert first.startswith("GET /jwks.json?a=b&c HTTP/1.1\r\n")
    assert second.startswith("GET / HTTP/1.1\r\n")
    for header in ("Accept: application/json", "Accept-Encoding: identity", "User-Agent: petstore-jwt-authorizer"):
        assert f"\r\n{header.lower()}\r\n" in first.lower()
        assert f"{header.partition(' ')[2]}\r\n" in first


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
def test_an_answer_that_is_not_http_is_a_fetch_error_of_one_line(answer: bytes) -> None:
    assert len(refusal(answer)) <= 200


def test_every_failure_to_reach_the_server_is_a_fetch_error() -> None:
    with pytest.raises(FetchError):
        get("http://[::1]:1/", 10)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


def complaint(authority: Authority, certificate: ssl.SSLContext) -> str:
    """The error for a server with this certificate, if the client trusts the authority."""
    with trusted(authority), serving(response(b"{}"), certificate) as server, pytest.raises(FetchError) as refused:
        get(server.url, 10)
    assert server.requests == []
    return str(refused.value)


def test_a_server_with_a_valid_certificate_is_read(authority: Authority) -> None:
    with trusted(authority), serving(response(b"{}"), authority.server()) as server:
        assert get(server.url, 10).body == b"{}"


def test_a_server_with_an_invalid_certificate_gets_no_request(authority: Authority) -> None:
    assert "certificate has expired" in complaint(authority, authority.server((2000, 2001)))
    assert "certificate is not yet valid" in complaint(authority, authority.server((2099, 2100)))
    assert "IP address mismatch" in complaint(authority, authority.server(address="127.0.0.2"))
    assert "self-signed certificate" in complaint(authority, authority.server(self_signed=True))


def test_a_server_with_an_untrusted_certificate_gets_no_request(authority: Authority) -> None:
    with serving(response(b"{}"), authority.server()) as server, pytest.raises(FetchError, match="local issuer"):
        get(server.url, 10)
    assert server.requests == []


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_a_server_with_an_old_tls_version_gets_no_request(authority: Authority, version: ssl.TLSVersion) -> None:
    certificate = authority.server()
    certificate.set_ciphers("DEFAULT:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        certificate.minimum_version = certificate.maximum_version = version
    assert "SSLError" in complaint(authority, certificate)
