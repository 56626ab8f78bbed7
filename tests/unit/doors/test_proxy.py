"""The CONNECT proxy: Salesforce is the org, in TLS or in clear; what is allowed is relayed; the rest is refused and noted."""

import asyncio
import socket
import ssl
import subprocess
import threading
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
import requests
import urllib3

from sfchaos.core.clock import SystemClock
from sfchaos.core.messages import Request, Response
from sfchaos.doors.connection import Connection, speak_tls
from sfchaos.doors.proxy import Proxy
from sfchaos.doors.server import Server
from sfchaos.doors.site import Site

INSTANCE = "https://acme.my.salesforce.com"


@pytest.fixture(autouse=True)
def _no_proxy_of_this_machine(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


class Place:
    """A proxy in front of a stub, with what it saw and what left it."""

    def __init__(self, folder) -> None:
        self.seen: list[Request] = []
        self.egress: list[tuple[str, str, str]] = []
        self.reply = Response(200, b"from the org")
        self.server = Server(self._handle, clock=SystemClock(), proxy=True, allow_hosts=["ok.example", "*.allowed.example", "one.example:8443"],
                             on_egress=lambda host, action, how: self.egress.append((host, action, how)))  # fmt: skip
        self.bundle = str(self.server.authority.write_bundle(folder / "ca.pem"))

    def _handle(self, request: Request) -> Response:
        self.seen.append(request)
        return self.reply

    @property
    def proxies(self) -> dict[str, str]:
        return {"http": self.server.proxy_url, "https": self.server.proxy_url}

    def get(self, url: str) -> requests.Response:
        return requests.get(url, proxies=self.proxies, verify=self.bundle, timeout=10)

    def curl(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(["curl", "-sS", "-m", "10", "-x", self.server.proxy_url, "--noproxy", "", "--cacert", self.bundle, *arguments],
                              capture_output=True, text=True, check=False)  # fmt: skip

    def talk(self, *parts: bytes) -> bytes:
        """What comes back for raw bytes, each part sent once something came for the one before, until the line is quiet."""
        heard = b""
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=0.5) as sock:
            try:
                for part in parts:
                    sock.sendall(part)
                    heard += sock.recv(65536)
                while chunk := sock.recv(65536):
                    heard += chunk
            except TimeoutError:
                pass
        return heard


@pytest.fixture
def place(tmp_path):
    found = Place(tmp_path)
    with found.server:
        yield found
    assert found.server.errors == []


@pytest.fixture
def elsewhere():
    """Some other server on loopback: repeats what it hears, in capitals, after a greeting."""
    listener = socket.create_server(("127.0.0.1", 0))
    heard: list[bytes] = []

    def serve():
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            with client:
                client.sendall(b"hello ")
                while data := client.recv(65536):
                    heard.append(data)
                    client.sendall(data.upper())

    thread = threading.Thread(target=serve)
    thread.start()
    yield listener.getsockname()[1], heard
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join()


def test_requests_comes_through_tls_and_verifies(place):
    reply = place.get(f"{INSTANCE}/services/data?a=1")

    assert reply.text == "from the org"
    (request,) = place.seen
    assert (request.url, request.route) == (f"{INSTANCE}/services/data?a=1", "tunnel")
    assert place.egress == []


def test_requests_reads_proxy_and_bundle_from_the_environment(place, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", place.server.proxy_url)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", place.bundle)

    assert requests.get("https://login.salesforce.com/services/oauth2/token", timeout=10).text == "from the org"


def test_httpx_reads_proxy_and_bundle_from_the_environment(place, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", place.server.proxy_url)
    monkeypatch.setenv("SSL_CERT_FILE", place.bundle)
    with httpx.Client(timeout=10) as client:
        for _ in range(3):
            assert client.post(f"{INSTANCE}/x", json={"a": 1}).text == "from the org"

    assert [(request.body, request.origin) for request in place.seen] == [(b'{"a":1}', "c1")] * 3


def test_asynchronous_httpx_with_many_tunnels_at_once(place):
    async def all_of_them():
        context = ssl.create_default_context(cafile=place.bundle)
        async with httpx.AsyncClient(proxy=place.server.proxy_url, verify=context, timeout=20) as client:
            return await asyncio.gather(*(client.get(f"https://na{n % 5}.salesforce.com/{n}") for n in range(30)))

    replies = asyncio.run(all_of_them())

    assert [reply.text for reply in replies] == ["from the org"] * 30
    assert len({request.url for request in place.seen}) == 30


def test_urllib3_and_urllib_come_through(place):
    with urllib3.ProxyManager(place.server.proxy_url, ca_certs=place.bundle) as pool:
        assert pool.request("GET", INSTANCE, timeout=10).data == b"from the org"
    context = ssl.create_default_context(cafile=place.bundle)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler(place.proxies), urllib.request.HTTPSHandler(context=context))
    with opener.open(INSTANCE, timeout=10) as reply:
        assert reply.read() == b"from the org"


def test_one_handshake_after_another_never_loses_the_first_request(place):
    """Bytes can arrive before the TLS layer reports itself ready: none may be dropped."""
    with ThreadPoolExecutor(8) as pool:
        texts = list(pool.map(lambda n: place.get(f"{INSTANCE}/{n}").text, range(120)))

    assert texts == ["from the org"] * 120


def test_curl_tunnels_tls_clear_http_and_its_own_address(place):
    assert place.curl(f"{INSTANCE}/tls").stdout == "from the org"
    assert place.curl("-p", "http://acme.my.salesforce.com/clear").stdout == "from the org"
    assert place.curl("http://acme.my.salesforce.com/absolute").stdout == "from the org"
    assert place.curl("-p", f"{place.server.proxy_url}/own").stdout == "from the org"
    assert place.curl(f"{place.server.proxy_url}/own-absolute").stdout == "from the org"

    assert [(request.url, request.route) for request in place.seen] == [
        ("https://acme.my.salesforce.com/tls", "tunnel"),
        ("http://acme.my.salesforce.com/clear", "tunnel"),
        ("http://acme.my.salesforce.com/absolute", "direct"),
        (f"{place.server.proxy_url}/own", "tunnel"),
        (f"{place.server.proxy_url}/own-absolute", "direct"),
    ]
    assert place.egress == []


def test_the_org_answers_plain_requests_on_the_proxys_port(place):
    assert requests.get(f"{place.server.url}/x", timeout=5).text == "from the org"


def test_clear_http_that_comes_along_with_connect_is_served(place):
    heard = place.talk(b"CONNECT acme.my.salesforce.com:80 HTTP/1.1\r\nHost: h\r\n\r\nGET /early HTTP/1.1\r\nHost: acme.my.salesforce.com\r\n\r\n")

    assert heard.startswith(b"HTTP/1.1 200 Connection established\r\n\r\nHTTP/1.1 200 OK")
    assert place.seen[0].url == "http://acme.my.salesforce.com/early"


def test_a_tls_hello_that_comes_along_with_connect_is_served(place):
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = ssl.create_default_context(cafile=place.bundle).wrap_bio(incoming, outgoing, server_hostname="acme.my.salesforce.com")
    with pytest.raises(ssl.SSLWantReadError):
        tls.do_handshake()
    with socket.create_connection(("127.0.0.1", place.server.port), timeout=5) as sock:
        sock.sendall(b"CONNECT acme.my.salesforce.com:443 HTTP/1.1\r\nHost: h\r\n\r\n" + outgoing.read())
        heard = b""
        while b"\r\n\r\n" not in heard:
            heard += sock.recv(1)
        for step in (tls.do_handshake, lambda: tls.write(b"GET / HTTP/1.1\r\nHost: acme.my.salesforce.com\r\n\r\n"), lambda: tls.read(4096)):
            while True:
                try:
                    answer = step()
                    sock.sendall(outgoing.read())
                    break
                except ssl.SSLWantReadError:
                    sock.sendall(outgoing.read())
                    incoming.write(sock.recv(65536))

    assert answer.endswith(b"from the org")


def test_a_hello_in_single_bytes_is_served(place):
    with socket.create_connection(("127.0.0.1", place.server.port), timeout=5) as sock:
        sock.sendall(b"CONNECT acme.my.salesforce.com:443 HTTP/1.1\r\nHost: h\r\n\r\n")
        sock.recv(4096)
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = ssl.create_default_context(cafile=place.bundle).wrap_bio(incoming, outgoing, server_hostname="acme.my.salesforce.com")
        while True:
            try:
                tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                for byte in outgoing.read()[:600]:
                    sock.sendall(bytes([byte]))
                incoming.write(sock.recv(65536))
        assert tls.getpeercert()["subjectAltName"] == (("DNS", "acme.my.salesforce.com"),)


def test_a_handshake_that_is_called_off_closes_its_socket(place):
    async def call_off(ours: socket.socket) -> bool:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_connection(asyncio.Protocol, sock=ours)
        site = place.server._site
        task = loop.create_task(speak_tls(site, transport, Connection(site, tunnel="login.salesforce.com:443"), b"\x16"))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        closing = transport.is_closing()
        transport.abort()
        return closing

    ours, theirs = socket.socketpair()
    with theirs:
        assert asyncio.run(call_off(ours))


def test_a_tunnel_names_its_host_when_an_old_client_does_not(place):
    place.talk(b"CONNECT acme.my.salesforce.com:80 HTTP/1.0\r\n\r\n", b"GET /old HTTP/1.0\r\n\r\n")

    assert place.seen[0].url == "http://acme.my.salesforce.com:80/old"


def test_other_hosts_are_refused_fast_and_noted(place):
    began_s = time.monotonic()
    with pytest.raises(requests.exceptions.ProxyError, match="403"):
        place.get("https://telemetry.example/")
    reply = place.get("http://updates.example/check")

    assert time.monotonic() - began_s < 2
    assert (reply.status_code, reply.headers["Connection"]) == (403, "close")
    assert reply.text.startswith("sfchaos: updates.example is not a Salesforce host and not allowed.")
    assert place.egress == [("telemetry.example", "refused", "connect"), ("updates.example", "refused", "absolute")]
    assert place.seen == []


@pytest.mark.parametrize("host", ["evil-salesforce.com", "login.salesforce.com.evil.example", "salesforce.com.example"])
def test_a_name_that_only_looks_like_salesforce_is_refused(place, host):
    heard = place.talk(f"CONNECT {host}:443 HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())

    assert heard.startswith(b"HTTP/1.1 403 Forbidden")
    assert place.egress == [(host, "refused", "connect")]


@pytest.mark.parametrize("target", [b"login.salesforce.com:x", b"a/b:443", b"login.salesforce.com:99999"])
def test_a_connect_to_no_host_is_malformed(place, target):
    assert place.talk(b"CONNECT " + target + b" HTTP/1.1\r\nHost: h\r\n\r\n").startswith(b"HTTP/1.1 400")


def test_connect_inside_a_tunnel_is_refused(place):
    heard = place.talk(b"CONNECT login.salesforce.com:80 HTTP/1.1\r\nHost: h\r\n\r\n", b"CONNECT example.com:80 HTTP/1.1\r\nHost: h\r\n\r\n")

    assert b"HTTP/1.1 405" in heard


def test_a_foreign_url_inside_a_tunnel_is_not_fetched(place):
    heard = place.talk(b"CONNECT login.salesforce.com:80 HTTP/1.1\r\nHost: h\r\n\r\n", b"GET http://example.com/ HTTP/1.1\r\nHost: example.com\r\n\r\n")

    assert b"HTTP/1.1 421" in heard
    assert place.seen == []


def test_allowed_hosts_and_loopback_are_relayed_byte_for_byte(place, elsewhere):
    port, _ = elsewhere
    heard = place.talk(f"CONNECT 127.0.0.1:{port} HTTP/1.1\r\nHost: h\r\n\r\nearly ".encode(), b"\x16later")

    assert heard == b"HTTP/1.1 200 Connection established\r\n\r\nhello EARLY \x16LATER"
    assert place.egress == [("127.0.0.1", "allowed", "connect")]


def test_a_relay_carries_much_and_ends_when_a_side_ends(place, elsewhere):
    port, heard = elsewhere
    data = b"abc" * 1_000_000
    with socket.create_connection(("127.0.0.1", place.server.port), timeout=10) as sock:
        sock.sendall(f"CONNECT 127.0.0.1:{port} HTTP/1.1\r\nHost: h\r\n\r\n".encode())
        back = bytearray()
        reader = threading.Thread(target=lambda: [back.extend(chunk) for chunk in iter(lambda: sock.recv(65536), b"")])
        reader.start()
        time.sleep(0.1)
        sock.sendall(data)
        sock.shutdown(socket.SHUT_WR)
        reader.join(10)

    assert b"".join(heard) == data
    assert bytes(back).endswith(b"hello " + data.upper())


def test_a_relay_reads_no_faster_than_the_far_side_takes(place):
    with socket.create_server(("127.0.0.1", 0)) as idle, socket.create_connection(("127.0.0.1", place.server.port), timeout=0.5) as sock:
        sock.sendall(f"CONNECT 127.0.0.1:{idle.getsockname()[1]} HTTP/1.1\r\nHost: h\r\n\r\n".encode())
        sock.recv(4096)
        sent = 0
        try:
            while sent < 100_000_000:
                sent += sock.send(b"z" * 1_000_000)
        except TimeoutError:
            pass  # nobody reads any more, as it should be

    assert 0 < sent < 50_000_000


def test_an_absolute_url_of_an_allowed_host_is_passed_on_as_it_wants(place):
    far_seen: list[Request] = []

    def far(request: Request) -> Response:
        far_seen.append(request)
        return Response(200, b"from far")

    with Server(far, clock=SystemClock()) as other:
        reply = requests.post(f"{other.url}/path?q=1", data=b"body", headers={"X-A": "1"}, proxies=place.proxies, timeout=5)

    assert reply.text == "from far"
    (request,) = far_seen
    assert (request.method, request.url, request.body, request.header("x-a")) == ("POST", f"{other.url}/path?q=1", b"body", "1")
    assert request.header("proxy-connection", "none") == "none"
    assert place.egress == [("127.0.0.1", "allowed", "absolute")]


def test_an_allowed_host_that_is_down_gives_502(place):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    heard = place.talk(f"CONNECT 127.0.0.1:{port} HTTP/1.1\r\nHost: h\r\n\r\n".encode())

    assert heard.startswith(b"HTTP/1.1 502 Bad Gateway")
    assert b"could not be reached" in heard


@pytest.mark.parametrize(
    ("host", "port", "peer", "allowed"),
    [("ok.example", 443, "10.0.0.9", True), ("ok.example", 80, "10.0.0.9", True), ("sub.ok.example", 443, "127.0.0.1", False), ("a.allowed.example", 1, "::1", True),
     ("allowed.example", 1, "::1", False), ("one.example", 8443, "127.0.0.1", True), ("one.example", 443, "127.0.0.1", False), ("localhost", 5432, "127.0.0.1", True),
     ("localhost", 5432, "10.0.0.9", False), ("169.254.169.254", 80, "127.0.0.1", False)],
)  # fmt: skip
def test_who_may_go_where(host, port, peer, allowed):
    proxy = Proxy(Site(lambda request: Response(200)), allow_hosts=["OK.example", "*.allowed.example", "one.example:8443"])

    assert proxy.allows(host, port, peer_host=peer) is allowed


@pytest.mark.parametrize(
    ("host", "port", "own"),
    [("127.0.0.1", 8700, True), ("localhost", 8700, True), ("172.17.0.2", 8700, True), ("0.0.0.0", 8700, True), ("127.0.0.1", 8701, False), ("172.17.0.3", 8700, False)],
)  # fmt: skip
def test_the_servers_own_address_is_known_by_every_name(host, port, own):
    site = Site(lambda request: Response(200), host="0.0.0.0", port=8700)

    assert site.is_own(host, port, "172.17.0.2") is own


def test_a_client_that_does_not_trust_the_authority_sends_nothing_and_is_noted(place):
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(INSTANCE, proxies=place.proxies, timeout=5)
    deadline_s = time.monotonic() + 5
    while not place.server.handshakes_failed and time.monotonic() < deadline_s:
        time.sleep(0.01)

    assert place.seen == []
    (failed,) = place.server.handshakes_failed
    assert failed.startswith("acme.my.salesforce.com: ")


@pytest.mark.parametrize("how", [{"fate": "lost"}, {"fate": "cut", "cut_after": 5}])
def test_a_reset_reaches_the_client_through_tls(place, how):
    place.reply = Response(200, b"from the org").travelling(**how)

    run = place.curl(INSTANCE)

    assert run.returncode == 56
    assert run.stdout == "from the org"[: how.get("cut_after", 0)]


def test_https_serves_tls_directly_and_refuses_clear_http(tmp_path):
    with Server(lambda request: Response(200, request.url.encode()), clock=SystemClock(), https=True) as server:
        bundle = str(server.authority.write_bundle(tmp_path / "ca.pem"))
        clear = requests.get(f"http://{server.address}/x", timeout=5)
        assert requests.get(f"{server.url}/x", verify=bundle, timeout=5).text == f"https://{server.address}/x"
        context = ssl.create_default_context(cafile=bundle)
        with httpx.Client(verify=context) as client:
            assert client.get(f"https://localhost:{server.port}/y", timeout=5).text == f"https://localhost:{server.port}/y"

    assert (clear.status_code, clear.text) == (400, "sfchaos: this port speaks HTTPS; the request came in clear HTTP\n")


def test_https_and_proxy_share_a_port(tmp_path):
    with Server(lambda request: Response(200, request.url.encode()), clock=SystemClock(), https=True, proxy=True) as server:
        bundle = str(server.authority.write_bundle(tmp_path / "ca.pem"))
        assert requests.get(f"{server.url}/x", verify=bundle, timeout=5).text == f"https://{server.address}/x"
        assert requests.get(INSTANCE, proxies={"https": server.proxy_url}, verify=bundle, timeout=5).text == f"{INSTANCE}/"
