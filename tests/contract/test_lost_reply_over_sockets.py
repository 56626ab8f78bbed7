"""A reply lost on a real socket looks lost to every client, and what each client then does is its own doing."""

import subprocess

import httpx
import pytest
import requests
import urllib3
from urllib3.util import Retry

from sfchaos.core.clock import SystemClock
from sfchaos.core.messages import Request, Response
from sfchaos.doors.server import Server


@pytest.fixture(autouse=True)
def _no_proxy_of_this_machine(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


class Ledger:
    """Commits each POST, then loses the first `losses` replies: the classic maker of duplicates."""

    def __init__(self, losses: int = 1, close: str = "reset") -> None:
        self.rows: list[bytes] = []
        self._losses, self._close = losses, close

    def __call__(self, request: Request) -> Response:
        self.rows.append(request.body)
        if len(self.rows) <= self._losses:
            return Response(201, b"{}").travelling(fate="lost", close=self._close)
        return Response(201, b"{}")


def by_requests(url: str) -> None:
    requests.post(url, data=b"a", timeout=5)


def by_httpx(url: str) -> None:
    with httpx.Client(timeout=5) as client:
        client.post(url, content=b"a")


def by_urllib3(url: str) -> None:
    with urllib3.PoolManager() as pool:
        pool.request("POST", url, body=b"a", retries=False, timeout=5)


def by_curl(url: str) -> None:
    subprocess.run(["curl", "-sS", "-m", "5", "--noproxy", "*", "-d", "a", url], check=True, capture_output=True)


LOST = {
    by_requests: requests.ConnectionError,
    by_httpx: httpx.TransportError,
    by_urllib3: urllib3.exceptions.ProtocolError,
    by_curl: subprocess.CalledProcessError,
}


@pytest.mark.parametrize("close", ["reset", "fin"])
@pytest.mark.parametrize("call", list(LOST), ids=lambda call: call.__name__)
def test_the_row_is_there_and_the_client_was_not_told(call, close):
    ledger = Ledger(close=close)
    with Server(ledger, clock=SystemClock()) as server:
        with pytest.raises(LOST[call]):
            call(server.url)
        assert ledger.rows == [b"a"]
        call(server.url)

    assert ledger.rows == [b"a", b"a"]


@pytest.mark.parametrize(("method", "calls"), [("POST", 1), ("PUT", 2)])
def test_retry_repeats_what_is_idempotent_and_nothing_else(method, calls):
    ledger = Ledger()
    with Server(ledger, clock=SystemClock()) as server, urllib3.PoolManager(retries=Retry(total=2, backoff_factor=0)) as pool:
        if method == "POST":
            with pytest.raises(urllib3.exceptions.ProtocolError):
                pool.request(method, server.url, body=b"a")
        else:
            assert pool.request(method, server.url, body=b"a").status == 201

    assert len(ledger.rows) == calls


def test_in_a_tunnel_the_same_retry_repeats_a_post(tmp_path):
    """Measured: closing forgets that the proxy was connected, so Retry counts "other" and does not look at the method."""
    ledger = Ledger(losses=9)
    with Server(ledger, clock=SystemClock(), proxy=True) as server:
        bundle = str(server.authority.write_bundle(tmp_path / "ca.pem"))
        retry = Retry(total=2, backoff_factor=0)
        with urllib3.ProxyManager(server.proxy_url, ca_certs=bundle, retries=retry) as pool, pytest.raises(urllib3.exceptions.MaxRetryError):
            pool.request("POST", "https://acme.my.salesforce.com/", body=b"a")

    assert len(ledger.rows) == 3
