"""Faults named tls.*"""

from __future__ import annotations

import ssl
import warnings
from typing import Any

from fault_case import CREATED, Case, Client, Pair, Seen, creates
from requests.adapters import HTTPAdapter


def creates_unverified(client: Client) -> list[Seen]:
    client.session.verify = False
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return creates(client)


class OldTls(HTTPAdapter):
    """TLS 1.0 and 1.1 too, as in programs that were once told to."""

    def init_poolmanager(self, *args: Any, **words: Any) -> None:
        super().init_poolmanager(*args, ssl_minimum_version=ssl.TLSVersion.MINIMUM_SUPPORTED, **words)


class NoNewTls(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **words: Any) -> None:
        super().init_poolmanager(*args, ssl_maximum_version=ssl.TLSVersion.TLSv1_2, **words)


def creates_with_old_tls(client: Client) -> list[Seen]:
    client.session.mount("https://", OldTls())
    return creates(client)


def creates_without_new_tls(client: Client) -> list[Seen]:
    client.session.mount("https://", NoNewTls())
    return creates(client)


CLEAR = ("real",)  # the socket of these tests speaks plain HTTP; test_tls_on_sockets has the handshakes
NO_LINE: list[Seen] = ["SSLError"]
CASES = [
    Case("tls.reset", "B", "no", creates, "row.create", ["ConnectionError"], CREATED, not_expressible=CLEAR),
    *(Case(name, "B", "no", creates, "row.create", NO_LINE, CREATED, not_expressible=CLEAR) for name in ("tls.cert_expired", "tls.cert_host", "tls.cert_unknown_ca")),
    *(Case(name, "B", "yes", creates_unverified, "row.create", CREATED, CREATED, not_expressible=CLEAR) for name in ("tls.cert_expired", "tls.cert_host", "tls.cert_unknown_ca")),
    Case("tls.version", "B", "no", creates, "row.create", NO_LINE, CREATED, not_expressible=CLEAR),
    Case("tls.version", "B", "yes", creates_with_old_tls, "row.create", CREATED, CREATED, not_expressible=CLEAR),
    Case("tls.version", "B", "no", creates_without_new_tls, "row.create", NO_LINE, CREATED, (("offer", ["1.3"]),), not_expressible=CLEAR),
]  # fmt: skip

EVERYWHERE = {"on": "*/*", "times": "always"}
FINDING = ("SFC-AUTH-08", "unverified-line-used")
PAIRS = [
    Pair("tls.reset", "net_clients:upserts_patiently", "net_clients:skips_what_fails", {"on": "row.*/*#3~1"}, ("SFC-INT-01", "row-lost")),
    *(Pair(name, "tls_clients:ends_loudly", "tls_clients:does_not_verify", EVERYWHERE, FINDING, outcomes=("loud_ok",), expect={"SFC-AUTH-08": "pass"})
      for name in ("tls.cert_expired", "tls.cert_host", "tls.cert_unknown_ca")),
    Pair("tls.version", "tls_clients:ends_loudly", "tls_clients:speaks_old_tls", EVERYWHERE, FINDING, outcomes=("loud_ok",), expect={"SFC-AUTH-08": "pass"}),
]  # fmt: skip
