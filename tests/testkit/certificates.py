"""Certificates for servers on loopback, and the authority that signs them."""

import datetime
import ipaddress
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from authorizer import fetch
from tests.testkit.tokens import ec_key

NAME = "Authority of these tests"
USAGES = (
    *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
    *("key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
)


class Authority:
    """Signs server certificates. `file` holds its own certificate, for clients that trust it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.file = folder / "authority.pem"
        basics = x509.BasicConstraints(ca=True, path_length=0)
        own = _builder(NAME, NAME, (2000, 2100), self._key).add_extension(basics, critical=True)
        own = _to_the_letter(own, self._key, self._key, "key_cert_sign")
        self.file.write_bytes(own.sign(self._key, hashes.SHA256()).public_bytes(Encoding.PEM))

    def server(
        self, years: tuple[int, int] = (2000, 2100), *, address: str = "127.0.0.1", self_signed: bool = False
    ) -> ssl.SSLContext:
        """A server's TLS context with a certificate for this address, valid between these years."""
        signer, issuer = (ec_key(), address) if self_signed else (self._key, NAME)
        name = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))])
        built = _builder(address, issuer, years, ec_key()).add_extension(name, critical=False)
        built = _to_the_letter(built, ec_key(), signer, "digital_signature")
        pem = self._folder / f"{address}-{years}-{self_signed}.pem"
        private = ec_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        pem.write_bytes(private + built.sign(signer, hashes.SHA256()).public_bytes(Encoding.PEM))
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(pem)
        return tls


@contextmanager
def trusted(authority: Authority) -> Iterator[None]:
    """Makes `fetch.get` trust this authority and no other."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(authority.file))
        patch.setenv("SSL_CERT_DIR", str(authority.file.with_name("none")))
        fetch._tls.cache_clear()
        try:
            yield
        finally:
            fetch._tls.cache_clear()


def _builder(
    subject: str, issuer: str, years: tuple[int, int], key: ec.EllipticCurvePrivateKey
) -> x509.CertificateBuilder:
    since, until = (datetime.datetime(year, 1, 1, tzinfo=datetime.UTC) for year in years)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(until)
    )


def _to_the_letter(
    builder: x509.CertificateBuilder, key: ec.EllipticCurvePrivateKey, signer: ec.EllipticCurvePrivateKey, usage: str
) -> x509.CertificateBuilder:
    """Add the extensions that RFC 5280 4.2.1.1 to 4.2.1.3 require, because Python 3.13 checks them."""
    public, issuer = key.public_key(), signer.public_key()
    return (
        builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer), critical=False)
        .add_extension(x509.KeyUsage(**(dict.fromkeys(USAGES, False) | {usage: True})), critical=True)
    )
