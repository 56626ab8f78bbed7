"""Pairs of SFC-AUTH-*: expired and rejected tokens, refusals for good, secrets in URLs."""

from __future__ import annotations

import time
import warnings
from collections.abc import Mapping

from urllib3 import PoolManager

from sfchaos.scenario.selfcheck.desk import Desk, Reply, key_of
from sfchaos.scenario.selfcheck.pair import Pair

EXPIRES = ({"fault": "auth.expired", "before": "row.upsert/*#1~1"},)


def _logs_in_again(desk: Desk) -> int:
    desk.upsert(1)
    desk.refresh()
    return _ends(desk, desk.upsert(1))


def _gives_up(desk: Desk) -> int:
    return _ends(desk, desk.upsert(1))


def _tries_old_token_first(desk: Desk) -> int:
    desk.upsert(1)
    time.sleep(1)
    desk.upsert(1)
    desk.refresh()
    return _ends(desk, desk.upsert(1))


def _ends(desk: Desk, reply: Reply) -> int:
    return 0 if desk.told(f"upsert of Contact {key_of(1)}", reply).ok else 1


def _stops(desk: Desk) -> int:
    desk.told("login by refresh token", desk.refresh())
    return 1


def _hammers(desk: Desk) -> int:
    for wait_s in (1, 2, 4):
        desk.refresh()
        time.sleep(wait_s)
    return _stops(desk)


def _token_in_header(desk: Desk) -> None:
    desk.told("query of Contact", desk.find(1))


def _token_in_url(desk: Desk) -> None:
    desk.told("query of Contact", desk.find(1, more=f"&oauth_token={desk.token}"))


def _refuses_the_line(desk: Desk) -> int:
    return 0 if desk.told("query of Contact", desk.find(1)).ok else 1


def _takes_any_certificate(desk: Desk) -> int:
    desk.pool = PoolManager(retries=False, cert_reqs="CERT_NONE")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # urllib3's: it is the mistake that is played
        return _refuses_the_line(desk)


PAIRS: Mapping[str, Pair] = {
    "SFC-AUTH-01": Pair(_logs_in_again, _gives_up, "operation-lost", EXPIRES),
    "SFC-AUTH-03": Pair(_logs_in_again, _tries_old_token_first, "rejected-token-reused", EXPIRES),
    "SFC-AUTH-06": Pair(_stops, _hammers, "credential-hammered", ({"fault": "auth.revoked", "before": "auth.refresh/*#1~1"},), also=("SFC-RES-05",)),
    "SFC-AUTH-08": Pair(_refuses_the_line, _takes_any_certificate, "unverified-line-used", ({"fault": "tls.cert_unknown_ca", "on": "*/*"},)),
    "SFC-AUTH-10": Pair(_token_in_header, _token_in_url, "secret-in-url"),
}
