"""The line below urllib3, as far as its pool describes it: which certificates and versions it takes, what it makes of a line it cannot have."""

from __future__ import annotations

import socket
import ssl
from typing import Any

from urllib3.exceptions import NameResolutionError, NewConnectionError, ProxyError, SSLError

from sfchaos.core.messages import Delivery
from sfchaos.doors.unconnected import unconnected_error


def unconnected(how: Delivery, conn: Any) -> Exception:
    """What urllib3 makes of a line that could not be had."""
    error = unconnected_error(how, conn.host)
    if isinstance(error, socket.gaierror):
        return NameResolutionError(conn.host, conn, error)
    if how.connect == "proxy_auth":
        return ProxyError("Unable to connect to proxy", error)
    if isinstance(error, ssl.SSLError):
        return SSLError(error)
    if how.connect == "tls_reset":
        return error
    return NewConnectionError(conn, f"Failed to establish a new connection: {error}")


def verifies(pool: Any) -> bool:
    """Whether this pool refuses certificates that are not good."""
    return getattr(pool, "cert_reqs", None) not in ("CERT_NONE", "NONE", ssl.CERT_NONE)


_TLS_NAMES: dict[Any, str] = {ssl.TLSVersion.TLSv1: "1.0", ssl.TLSVersion.TLSv1_1: "1.1", ssl.TLSVersion.TLSv1_2: "1.2", ssl.TLSVersion.TLSv1_3: "1.3",
              ssl.TLSVersion.MINIMUM_SUPPORTED: "1.0", ssl.TLSVersion.MAXIMUM_SUPPORTED: "1.3"}  # fmt: skip


def tls_versions(pool: Any) -> tuple[str, str]:
    """Oldest and newest TLS that this pool speaks. urllib3 2 goes no lower than 1.2 unless told to."""
    context = getattr(pool, "conn_kw", {}).get("ssl_context")
    low = getattr(pool, "ssl_minimum_version", None) or getattr(context, "minimum_version", ssl.TLSVersion.TLSv1_2)
    high = getattr(pool, "ssl_maximum_version", None) or getattr(context, "maximum_version", ssl.TLSVersion.MAXIMUM_SUPPORTED)
    return version_names(low, high)


def version_names(low: Any, high: Any) -> tuple[str, str]:
    return _TLS_NAMES.get(low, "1.2"), _TLS_NAMES.get(high, "1.3")
