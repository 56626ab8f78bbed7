"""A certificate authority for one run. Its key never leaves memory, so a bundle with its certificate can be trusted and forgotten."""

from __future__ import annotations

import os
import ssl
import tempfile
import warnings
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

from sfchaos.core.clock import EPOCH, parse_instant_s
from sfchaos.core.hosts import is_loopback
from sfchaos.core.messages import Connect
from sfchaos.core.scratch import scratch_prefix

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")
LIFETIME = timedelta(days=800)  # below the 825 days that Apple's verifier allows
MAX_LEAVES = 512
WRONG_HOST = "wrong.host.invalid"
EXPIRED_AFTER = timedelta(hours=12)  # of validity, which ended before both the machine's clock and the virtual one began


class Authority:
    """Mints a certificate per host name on first use (2-4 ms) and keeps it by name. All keys are EC P-256, fresh in each run."""

    def __init__(self) -> None:
        from cryptography.hazmat.primitives.asymmetric import ec

        self._key = ec.generate_private_key(ec.SECP256R1())
        # A child in virtual time believes in 2026-01-15, also when the machine is later: both must lie inside.
        now = datetime.now(UTC)
        self._from = min(now, datetime.fromtimestamp(parse_instant_s(EPOCH), UTC)) - timedelta(days=1)
        self._to = now + LIFETIME
        self._certificate = self._mint_root()
        self._contexts: dict[tuple[str, Connect], ssl.SSLContext] = {}

    @property
    def ca_pem(self) -> bytes:
        """The authority's certificate (never its key)."""
        return _pem(self._certificate)

    def context_for(self, host: str, flaw: Connect = "") -> ssl.SSLContext:
        """The server's side of TLS for `host`. A client that names another host in its hello (SNI) gets that one's certificate.

        `flaw` is what is wrong with it, one of messages.Connect's tls_* but for the reset.
        """
        name = host.lower().rstrip(".").strip("[]")
        name = LOOPBACK_NAMES[0] if not name or is_loopback(name) else name
        known = self._contexts.get((name, flaw))
        if known is None:
            if len(self._contexts) >= MAX_LEAVES:
                self._contexts.clear()
            known = self._contexts[name, flaw] = self._context(name, flaw)
        return known

    def leaf_pem(self, names: Sequence[str]) -> tuple[bytes, bytes]:
        """Private key and certificates of a host with several names, for servers that bring a TLS of their own (gRPC)."""
        pem = self._mint_leaf(names[0], tuple(names))
        at = pem.index(b"-----BEGIN PRIVATE KEY-----")
        return pem[at:], pem[:at]

    def write_bundle(self, path: str | Path) -> Path:
        """Write the authority and the usual roots to `path` (mode 0600), for REQUESTS_CA_BUNDLE, SSL_CERT_FILE and the like."""
        target = Path(path)
        target.unlink(missing_ok=True)
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(self.ca_pem + usual_roots())
        return target

    def _context(self, name: str, flaw: Connect) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        _set_versions(context, flaw)
        context.set_alpn_protocols(["http/1.1"])
        _load_chain(context, self._chain(name, flaw))
        context.sni_callback = lambda connection, asked, _: self._swap(connection, asked, flaw)
        return context

    def _chain(self, name: str, flaw: Connect) -> bytes:
        if flaw == "tls_host":
            return self._mint_leaf(WRONG_HOST)
        if flaw == "tls_unknown_ca":
            return Authority()._mint_leaf(name)  # another run's, so to speak: nobody was told to trust it
        if flaw == "tls_expired":
            return self._mint_leaf(name, until=self._from + EXPIRED_AFTER)
        return self._mint_leaf(name)

    def _swap(self, connection: ssl.SSLObject, asked: str | None, flaw: Connect) -> int | None:
        """Called in the handshake, where an exception would be lost: a name that fits no certificate is refused by alert."""
        try:
            if asked:
                connection.context = self.context_for(asked, flaw)
        except ValueError:
            return int(ssl.AlertDescription.ALERT_DESCRIPTION_UNRECOGNIZED_NAME)
        return None

    def _mint_root(self) -> x509.Certificate:
        from cryptography import x509

        usage = x509.KeyUsage(
            digital_signature=True, key_cert_sign=True, crl_sign=True, content_commitment=False, key_encipherment=False,
            data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
        )  # fmt: skip
        name = _name("sfchaos run CA")
        builder = self._builder(name, self._key)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True).add_extension(usage, critical=True)
        return self._signed(builder, issuer=name)

    def _mint_leaf(self, host: str, names: tuple[str, ...] = (), until: datetime | None = None) -> bytes:
        """Certificate, authority and private key of a host, as one PEM text. `names` are all it is known by, when that is more."""
        from cryptography import x509
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import ec

        key = ec.generate_private_key(ec.SECP256R1())
        names = names or (LOOPBACK_NAMES if host == LOOPBACK_NAMES[0] else (host,))
        builder = self._builder(_name(host[:64]), key, until)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(x509.SubjectAlternativeName([_alternative(name) for name in names]), critical=False)
        builder = builder.add_extension(x509.ExtendedKeyUsage([x509.OID_SERVER_AUTH]), critical=False)
        issuer_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        leaf = self._signed(builder.add_extension(issuer_id, critical=False), issuer=self._certificate.subject)
        private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        return _pem(leaf) + self.ca_pem + private

    def _builder(self, subject: x509.Name, key: EllipticCurvePrivateKey, until: datetime | None = None) -> x509.CertificateBuilder:
        from cryptography import x509

        builder = x509.CertificateBuilder().subject_name(subject).public_key(key.public_key()).serial_number(x509.random_serial_number())
        builder = builder.not_valid_before(self._from).not_valid_after(until or self._to)
        return builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)

    def _signed(self, builder: x509.CertificateBuilder, *, issuer: x509.Name) -> x509.Certificate:
        from cryptography.hazmat.primitives import hashes

        return builder.issuer_name(issuer).sign(self._key, hashes.SHA256())


def _set_versions(context: ssl.SSLContext, flaw: Connect) -> None:
    if flaw == "tls_new_version":
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        return
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if flaw == "tls_old_version":
        context.set_ciphers("ALL:@SECLEVEL=0")  # OpenSSL 3 speaks the old versions at no other level
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # that they are old is the point
            context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
            context.maximum_version = ssl.TLSVersion.TLSv1_1


def usual_roots() -> bytes:
    """The roots that clients trust anyway: certifi's, which requests brings, or the system's."""
    try:
        import certifi

        return Path(certifi.where()).read_bytes()
    except ImportError:
        system = ssl.get_default_verify_paths().cafile
        return Path(system).read_bytes() if system else b""


def _pem(certificate: x509.Certificate) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    return certificate.public_bytes(Encoding.PEM)


def _name(common_name: str) -> x509.Name:
    from cryptography import x509

    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common_name)])


def _alternative(host: str) -> x509.GeneralName:
    from cryptography import x509

    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _load_chain(context: ssl.SSLContext, pem: bytes) -> None:
    """`load_cert_chain` takes file names only. On Linux the file is anonymous memory; elsewhere a private file that is deleted at once."""
    if hasattr(os, "memfd_create") and os.path.isdir("/proc/self/fd"):
        with os.fdopen(os.memfd_create("sfchaos-leaf"), "wb") as memory:
            memory.write(pem)
            memory.flush()
            context.load_cert_chain(f"/proc/self/fd/{memory.fileno()}")
        return
    handle, path = tempfile.mkstemp(".pem", scratch_prefix("leaf"))  # mkstemp makes it readable by its owner only
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(pem)
        context.load_cert_chain(path)
    finally:
        os.unlink(path)
