"""Lines on sockets: TLS as it must be refused, hosts that cannot be reached, a proxy that asks who is there. Real handshakes."""

import ssl
import warnings

import pytest
import requests
from requests.adapters import HTTPAdapter

from sfchaos.core.clock import SystemClock
from sfchaos.doors.server import Server
from sfchaos.doors.tls import Authority
from sfchaos.org.org import Org
from sfchaos.rig.rig import Rig

AUTHORITY = Authority()


class Place:
    def __init__(self, tmp_path, *, https):
        self.clock = SystemClock()
        self.org = Org(seed=7, clock=self.clock)
        self.rig = Rig(self.org, clock=self.clock, seed=7)
        self.server = Server(self.rig.handle, clock=self.clock, authority=AUTHORITY, https=https, proxy=not https, connecting=self.rig.connecting)
        self.bundle = str(AUTHORITY.write_bundle(tmp_path / "ca.pem"))
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.verify = self.bundle

    def ask(self):
        try:
            return self.session.get(f"{self.base}/services/data", timeout=5).status_code
        except requests.RequestException as error:
            return type(error).__name__

    @property
    def base(self):
        return self.server.url if self.server._site.https else "https://acme.my.salesforce.com"

    def lines(self):
        return [line for line in self.rig.journal if line.get("event") == "unconnected"]

    def exchanges(self):
        return [line for line in self.rig.journal if line["kind"] == "exchange"]


@pytest.fixture
def direct(tmp_path):
    place = Place(tmp_path, https=True)
    with place.server, place.session:
        yield place


@pytest.fixture
def tunnel(tmp_path):
    place = Place(tmp_path, https=False)
    with place.server, place.session:
        place.session.proxies = {"https": place.server.proxy_url}
        yield place


BAD = ["tls.cert_expired", "tls.cert_host", "tls.cert_unknown_ca", "tls.version"]


@pytest.mark.parametrize("route", ["direct", "tunnel"])
@pytest.mark.parametrize("fault", BAD)
def test_a_client_that_verifies_refuses_the_handshake_and_sends_nothing(fault, route, request):
    place = request.getfixturevalue(route)
    place.rig.inject(fault, on="*/*", times="always")
    assert place.ask() == "SSLError"
    assert place.exchanges() == []
    assert [(line["faults"], line["commit_phase"]) for line in place.lines()] == [([fault], "B")]
    assert place.server.handshakes_failed == []
    assert place.rig.unfired == []


@pytest.mark.parametrize("route", ["direct", "tunnel"])
@pytest.mark.parametrize("fault", BAD[:3])
def test_a_client_that_takes_any_certificate_is_served_and_told_on(fault, route, request):
    place = request.getfixturevalue(route)
    place.rig.inject(fault, on="*/*")  # once: the handshake
    place.session.verify = False
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert place.ask() == 200
    assert [line["tls_accepted"] for line in place.exchanges()] == [{"tls.cert_expired": "expired", "tls.cert_host": "host", "tls.cert_unknown_ca": "unknown_ca"}[fault]]


class Tls(HTTPAdapter):
    def __init__(self, low, high):
        self.versions = {"minimum_version": low, "maximum_version": high}
        super().__init__()

    def init_poolmanager(self, *args, **words):
        context = ssl.create_default_context()
        context.set_ciphers("ALL:@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for name, version in self.versions.items():
                setattr(context, name, version)
        super().init_poolmanager(*args, ssl_context=context, **words)


def test_a_client_that_still_speaks_tls_1_1_is_told_on(direct):
    direct.rig.inject("tls.version", on="*/*", times="always")
    direct.session.mount("https://", Tls(ssl.TLSVersion.MINIMUM_SUPPORTED, ssl.TLSVersion.TLSv1_3))
    assert direct.ask() == 200
    assert [line["tls_accepted"] for line in direct.exchanges()] == ["old_version"]


def test_a_client_without_tls_1_3_cannot_reach_a_server_that_speaks_nothing_else(direct):
    direct.rig.inject("tls.version", on="*/*", times="always", offer=["1.3"])
    direct.session.mount("https://", Tls(ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_2))
    assert direct.ask() == "SSLError"


def test_a_client_with_tls_1_3_does_nothing_wrong(direct):
    direct.rig.inject("tls.version", on="*/*", times=1, offer=["1.3"])
    assert direct.ask() == 200
    assert [line.get("tls_accepted") for line in direct.exchanges()] == [None]


@pytest.mark.parametrize("fault", ["tls.reset", "net.refused", "net.dns_fail"])
def test_a_line_that_drops_in_the_handshake_is_a_lost_connection(direct, fault):
    direct.rig.inject(fault, on="*/*")
    assert direct.ask() in ("ConnectionError", "SSLError")
    assert direct.ask() == 200  # it was to happen once


@pytest.mark.parametrize(("fault", "status"), [("net.dns_fail", 502), ("net.refused", 502), ("proxy.407", 407)])
def test_a_proxy_says_why_there_is_no_tunnel(tunnel, fault, status):
    tunnel.rig.inject(fault, on="*/*")
    with pytest.raises(requests.exceptions.ProxyError, match=f"Tunnel connection failed: {status}"):
        tunnel.session.get("https://acme.my.salesforce.com/services/data", timeout=5)
    assert tunnel.ask() == 200


def test_a_proxy_waits_before_it_says_that_nobody_answers(tunnel):
    tunnel.rig.inject("net.connect_timeout", on="*/*", hold="200ms")
    assert tunnel.ask() == "ProxyError"


def test_refusals_last_as_long_as_the_window(direct):
    direct.rig.inject("net.refused", on="*/*", for_="400ms")
    assert direct.ask() == "ConnectionError"
    assert direct.ask() == "ConnectionError"
    direct.clock.advance(1)
    assert direct.ask() == 200


def test_a_rule_for_one_request_is_acted_as_a_reset_of_its_line_and_says_so(direct):
    direct.rig.inject("net.refused", on="meta.versions")
    assert direct.ask() == "ConnectionError"
    [line] = direct.exchanges()
    assert (line["delivered"], line["faults"]) == ("lost", ["net.refused"])
    assert "reset before a byte" in line["approximated"]
