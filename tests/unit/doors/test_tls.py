"""The run's certificate authority: what it signs, for whom, and that its keys touch no disk."""

import builtins
import os
import socket
import ssl
import threading
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtensionOID

from sfchaos.doors import tls
from sfchaos.doors.tls import LOOPBACK_NAMES, Authority


@pytest.fixture(scope="module")
def authority():
    return Authority()


def presented(authority: Authority, *, context_host: str, asked: str | None, trusted: bytes | None = None) -> x509.Certificate:
    """The certificate that a client sees which verifies it, asking for `asked` by SNI. Raises ssl.SSLError when it does not verify."""
    server, client = socket.socketpair()
    trust = ssl.create_default_context(cadata=(trusted or authority.ca_pem).decode())
    trust.check_hostname = asked is not None

    def serve():
        try:
            authority.context_for(context_host).wrap_socket(server, server_side=True).close()
        except (ssl.SSLError, OSError):
            server.close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        with trust.wrap_socket(client, server_hostname=asked) as secure:
            return x509.load_der_x509_certificate(secure.getpeercert(binary_form=True))
    finally:
        client.close()
        thread.join()


def alternative_names(certificate: x509.Certificate) -> list[str]:
    names = certificate.extensions.get_extension_for_oid(ExtensionOID.SUBJECT_ALTERNATIVE_NAME).value
    return [str(name.value) for name in names]


def test_a_client_that_trusts_the_authority_verifies_the_host(authority):
    certificate = presented(authority, context_host="login.salesforce.com", asked="login.salesforce.com")

    assert alternative_names(certificate) == ["login.salesforce.com"]


def test_a_client_that_does_not_trust_it_refuses(authority):
    with pytest.raises(ssl.SSLCertVerificationError):
        presented(authority, context_host="login.salesforce.com", asked="login.salesforce.com", trusted=Authority().ca_pem)


def test_the_name_in_the_hello_decides(authority):
    certificate = presented(authority, context_host="login.salesforce.com", asked="acme.my.salesforce.com")

    assert alternative_names(certificate) == ["acme.my.salesforce.com"]


@pytest.mark.parametrize("host", [*LOOPBACK_NAMES, "127.0.0.2", "[::1]", ""])
def test_loopback_is_one_certificate_for_all_its_names(authority, host):
    assert authority.context_for(host) is authority.context_for("localhost")


def test_loopback_verifies_by_address(authority):
    certificate = presented(authority, context_host="127.0.0.1", asked="127.0.0.1")

    assert alternative_names(certificate) == list(LOOPBACK_NAMES)


def test_a_context_is_made_once_a_host(authority):
    assert authority.context_for("NA1.salesforce.com.") is authority.context_for("na1.salesforce.com")


def test_leaves_do_not_pile_up_without_end(monkeypatch):
    monkeypatch.setattr(tls, "MAX_LEAVES", 3)
    few = Authority()
    for number in range(10):
        few.context_for(f"na{number}.salesforce.com")

    assert len(few._contexts) <= 3


def test_certificates_hold_today_and_at_the_start_of_virtual_time(authority):
    root = x509.load_pem_x509_certificate(authority.ca_pem)

    assert root.not_valid_before_utc < datetime(2026, 1, 15, 9, tzinfo=UTC)
    assert root.not_valid_before_utc < datetime.now(UTC) < root.not_valid_after_utc
    assert (root.not_valid_after_utc - datetime.now(UTC)).days <= 800


def test_every_authority_is_another():
    assert Authority().ca_pem != Authority().ca_pem


def test_the_bundle_has_the_authority_and_the_usual_roots_for_its_owner_only(authority, tmp_path):
    path = tmp_path / "ca.pem"
    path.write_text("an old one, readable by all")
    path.chmod(0o644)

    assert authority.write_bundle(path) == path

    pem = path.read_bytes()
    assert pem.startswith(authority.ca_pem)
    assert pem.count(b"BEGIN CERTIFICATE") > 50
    assert b"PRIVATE KEY" not in pem
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("memory_files", [True, False])
def test_a_key_leaves_no_file_behind(monkeypatch, tmp_path, memory_files):
    monkeypatch.setattr(tls.tempfile, "tempdir", str(tmp_path))
    written = []
    if not memory_files:
        monkeypatch.delattr(os, "memfd_create")
        real = os.unlink
        monkeypatch.setattr(os, "unlink", lambda path: (written.append(os.stat(path).st_mode & 0o777), real(path)))
    else:
        monkeypatch.setattr(builtins, "open", lambda *a, **k: written.append(a))

    Authority().context_for("login.salesforce.com")

    assert list(tmp_path.iterdir()) == []
    assert written == ([] if memory_files else [0o600])


def test_a_name_that_fits_no_certificate_is_refused_by_alert(authority):
    class Connection:
        context = None

    assert authority._swap(Connection(), "caf\u00e9.salesforce.com", None) == ssl.AlertDescription.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
