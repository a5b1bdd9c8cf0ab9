"""Makes a certificate authority for one run, and a trust store of the usual size that contains it."""

import datetime
import ipaddress
import ssl
from pathlib import Path

import certifi
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from local.cloud.servers import HOST

_USAGES = (
    *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
    *("key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
)


def self_signed(key: rsa.RSAPrivateKey, name: str) -> x509.Certificate:
    """A certificate as an identity provider puts it into a JWK's `x5c`."""
    return _certificate(key, name, key, name, x509.BasicConstraints(ca=True, path_length=None))


def tls(folder: Path) -> tuple[ssl.SSLContext, Path, Path]:
    """A server's TLS context for loopback, the authority's certificate, and a trust store that contains it."""
    authority, key = _key(), _key()
    root = self_signed(authority, "benchmark CA")
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HOST))])
    certificate = _certificate(key, HOST, authority, "benchmark CA", address)
    chain, ca, bundle = (folder / name for name in ("server.pem", "ca.pem", "trust.pem"))
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    chain.write_bytes(private + certificate.public_bytes(Encoding.PEM))
    ca.write_bytes(root.public_bytes(Encoding.PEM))
    bundle.write_bytes(Path(certifi.where()).read_bytes() + ca.read_bytes())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    return context, ca, bundle


def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _certificate(
    key: rsa.RSAPrivateKey, name: str, signer: rsa.RSAPrivateKey, issuer: str, extension: x509.ExtensionType
) -> x509.Certificate:
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder(
        subject_name=_common_name(name),
        issuer_name=_common_name(issuer),
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=now - datetime.timedelta(days=1),
        not_valid_after=now + datetime.timedelta(days=1),
    )
    is_authority = isinstance(extension, x509.BasicConstraints)
    # Python 3.13 requires these extensions (RFC 5280 4.2.1.1 to 4.2.1.3).
    usage = dict.fromkeys(_USAGES, False) | {"key_cert_sign" if is_authority else "digital_signature": True}
    for added, critical in (
        (extension, is_authority),
        (x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False),
        (x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), False),
        (x509.KeyUsage(**usage), True),
    ):
        builder = builder.add_extension(added, critical)
    return builder.sign(signer, hashes.SHA256())


def _common_name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
