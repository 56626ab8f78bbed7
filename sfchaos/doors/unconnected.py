"""The errors of a line that never was: what the operating system and OpenSSL say, for doors to hand on as their library does.

Numbers are Linux's. Texts are those of CPython 3.11 with OpenSSL 3, but for the place in its C source.
"""

from __future__ import annotations

import socket
import ssl

from sfchaos.core.messages import Connect, Delivery

REFUSED_ERRNO, TIMED_OUT_ERRNO, RESET_ERRNO = 111, 110, 104
TUNNEL_407 = "Tunnel connection failed: 407 Proxy Authentication Required"
_VERIFY: dict[str, tuple[int, str]] = {
    "tls_expired": (10, "certificate has expired"),
    "tls_host": (62, "Hostname mismatch, certificate is not valid for '{host}'."),
    "tls_unknown_ca": (20, "unable to get local issuer certificate"),
}
BAD_CERTIFICATES = frozenset(_VERIFY)


def unconnected_error(how: Delivery, host: str) -> OSError:
    """What `connect()` or the handshake raises: socket.gaierror, ConnectionRefusedError, TimeoutError (110), ssl.SSLError ..."""
    return error_of(how.connect, host)


def error_of(connect: Connect, host: str) -> OSError:
    if connect == "dns":
        return socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    if connect == "refused":
        return ConnectionRefusedError(REFUSED_ERRNO, "Connection refused")
    if connect == "unanswered":
        return TimeoutError(TIMED_OUT_ERRNO, "Connection timed out")
    if connect == "proxy_auth":
        return OSError(TUNNEL_407)
    if connect in _VERIFY:
        return _not_verified(*_VERIFY[connect], host)
    if connect == "tls_old_version":
        return _ssl_error("TLSV1_ALERT_PROTOCOL_VERSION", "tlsv1 alert protocol version")
    if connect == "tls_new_version":
        return _ssl_error("TLSV1_ALERT_PROTOCOL_VERSION", "tlsv1 alert protocol version")
    return ConnectionResetError(RESET_ERRNO, "Connection reset by peer")


def _not_verified(code: int, why: str, host: str) -> ssl.SSLCertVerificationError:
    why = why.format(host=host)
    error = ssl.SSLCertVerificationError(1, f"[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: {why} (_ssl.c:1006)")
    error.reason, error.library, error.verify_code, error.verify_message = "CERTIFICATE_VERIFY_FAILED", "SSL", code, why
    return error


def _ssl_error(reason: str, words: str) -> ssl.SSLError:
    error = ssl.SSLError(1, f"[SSL: {reason}] {words} (_ssl.c:1006)")
    error.reason, error.library = reason, "SSL"
    return error
