"""The in-process door under real clients: what Retry, requests and simple-salesforce see."""

from __future__ import annotations

import gzip
import io
import json
import logging
import threading
from collections.abc import Callable, Iterator

import pytest
import requests
import urllib3
from requests.adapters import HTTPAdapter
from simple_salesforce import Salesforce
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import InsecureRequestWarning, MaxRetryError, ProtocolError, ReadTimeoutError
from urllib3.util import Retry

from sfchaos.core.clock import VirtualClock
from sfchaos.core.errors import HarnessError
from sfchaos.core.messages import Delivery, Request, Response
from sfchaos.doors.urllib3 import check_seam, urllib3_door

INSTANCE = "https://acme.my.salesforce.com"
ROWS = INSTANCE + "/services/data/v62.0/sobjects/Account"
JSON = (("Content-Type", "application/json;charset=UTF-8"),)


class Script:
    """Answers with the replies given, the last one for ever; keeps the requests."""

    def __init__(self, *replies: Response) -> None:
        self.replies = list(replies)
        self.seen: list[Request] = []

    def __call__(self, request: Request) -> Response:
        self.seen.append(request)
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


OK = Response(200, b'{"ok": true}', JSON)
LOST = OK.travelling(fate="lost")


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def opened(clock: VirtualClock) -> Iterator[Callable[..., Script]]:
    """Call it with replies: a door is open on them until the test ends."""
    from contextlib import ExitStack

    with ExitStack() as stack:

        def open_door(*replies: Response, **options: object) -> Script:
            script = Script(*replies)
            stack.enter_context(urllib3_door(script, clock=clock, **options))  # type: ignore[arg-type]
            return script

        yield open_door


def retrying(**how: object) -> requests.Session:
    session = requests.Session()
    session.mount("https://", HTTPAdapter(max_retries=Retry(**how)))  # type: ignore[arg-type]
    return session


def test_a_module_level_get_arrives_whole_with_host_and_headers(opened):
    script = opened(OK)
    reply = requests.get(ROWS + "?q=1", headers={"Authorization": "Bearer t", "X-Text": b"bytes"}, timeout=7)
    assert reply.json() == {"ok": True}
    request = script.seen[0]
    assert (request.method, request.url) == ("GET", ROWS + "?q=1")
    assert request.header("host") == "acme.my.salesforce.com"
    assert request.header("authorization") == "Bearer t"
    assert request.header("x-text") == "bytes"
    assert (request.timeout_s, request.origin, request.route) == (7, "main", "direct")


def test_a_port_that_is_not_the_default_stays_in_url_and_host(opened):
    script = opened(OK)
    requests.get("https://acme.my.salesforce.com:8443/x")
    assert script.seen[0].url == "https://acme.my.salesforce.com:8443/x"
    assert script.seen[0].header("host") == "acme.my.salesforce.com:8443"


def test_every_kind_of_body_arrives_complete(opened):
    script = opened(OK)
    pool = urllib3.PoolManager()
    bodies: list[object] = [b"abc", "ä€", io.BytesIO(b"file"), io.StringIO("tëxt"), iter([b"a", b"", b"b"]), ["x", "y"], bytearray(b"buf"), None]
    for body in bodies:
        pool.request("POST", ROWS, body=body)  # type: ignore[arg-type]
    got = [request.body for request in script.seen]
    assert got == [b"abc", "ä€".encode(), b"file", "tëxt".encode(), b"ab", b"xy", b"buf", b""]
    framing = [(request.header("content-length"), request.header("transfer-encoding")) for request in script.seen]
    assert framing == [("3", ""), ("5", ""), ("", "chunked"), ("", "chunked"), ("", "chunked"), ("", "chunked"), ("3", ""), ("0", "")]


def test_a_generator_is_empty_on_the_second_try_as_it_is_for_real(opened):
    script = opened(Response(503), OK)
    session = retrying(total=1, status_forcelist=[503], allowed_methods=None)
    session.put(ROWS, data=(part for part in [b"1", b"2"]))
    assert [request.body for request in script.seen] == [b"12", b""]


def test_a_file_is_rewound_for_the_second_try(opened):
    script = opened(Response(503), OK)
    session = retrying(total=1, status_forcelist=[503], allowed_methods=None)
    session.put(ROWS, data=io.BytesIO(b"12"))
    assert [request.body for request in script.seen] == [b"12", b"12"]


def test_multipart_bodies_arrive(opened):
    script = opened(OK)
    requests.post(ROWS, files={"entity": ("a.json", b'{"Name": "A"}', "application/json")})
    assert b'filename="a.json"' in script.seen[0].body
    assert script.seen[0].header("content-length") == str(len(script.seen[0].body))


def test_a_lost_reply_repeats_a_get_but_not_a_post(opened):
    script = opened(LOST, OK)
    assert retrying(total=3).get(ROWS).status_code == 200
    assert len(script.seen) == 2

    script = opened(LOST)
    with pytest.raises(requests.ConnectionError, match=r"Connection aborted.*104.*Connection reset by peer"):
        retrying(total=3).post(ROWS, json={"Name": "Acme"})
    assert len(script.seen) == 1


def test_a_lost_reply_counts_as_a_read_error(opened):
    opened(LOST)
    with pytest.raises(MaxRetryError) as raised:
        urllib3.PoolManager().request("GET", ROWS, retries=Retry(total=None, connect=5, read=0))
    assert isinstance(raised.value.reason, ProtocolError)
    assert isinstance(raised.value.reason.args[1], ConnectionResetError)


def test_a_clean_close_without_a_reply_is_a_remote_disconnect(opened):
    opened(OK.travelling(fate="lost", close="fin"))
    with pytest.raises(requests.ConnectionError, match="RemoteDisconnected"):
        requests.get(ROWS)


def test_a_503_on_the_forcelist_is_waited_for_by_the_real_retry(opened, clock, monkeypatch):
    monkeypatch.setattr("time.sleep", clock.wait)
    script = opened(Response(503, work_s=0.0), Response(503, headers=(("Retry-After", "30"),), work_s=0.0), OK)
    reply = retrying(total=5, backoff_factor=2, status_forcelist=[503]).get(ROWS)
    assert reply.status_code == 200
    assert len(script.seen) == 3
    assert clock.elapsed_s() == pytest.approx(0 + 30 + 0.05)


def test_a_reply_later_than_the_read_timeout_raises_after_exactly_that_time(opened, clock):
    opened(OK.travelling(delay_s=20.0))
    with pytest.raises(requests.ReadTimeout, match=r"read timeout=10"):
        requests.get(ROWS, timeout=(3, 10))
    assert clock.elapsed_s() == 10


def test_a_read_timeout_is_not_repeated_for_a_post(opened):
    script = opened(OK.travelling(fate="never", hold_s=3600.0))
    with pytest.raises(ReadTimeoutError):
        urllib3.PoolManager().request("POST", ROWS, retries=Retry(total=2), timeout=5)
    with pytest.raises(MaxRetryError):
        urllib3.PoolManager().request("GET", ROWS, retries=Retry(total=2), timeout=5)
    assert [request.method for request in script.seen] == ["POST", "GET", "GET", "GET"]


def test_silence_without_a_timeout_ends_with_a_reset(opened, clock):
    opened(OK.travelling(fate="never", hold_s=3600.0))
    with pytest.raises(requests.ConnectionError, match="Connection reset by peer"):
        requests.get(ROWS)
    assert clock.elapsed_s() == pytest.approx(3600.05)


def test_work_and_delay_take_time_on_the_clock(opened, clock):
    opened(Response(200, b"x", work_s=2.0, delivery=Delivery(delay_s=3.0)))
    requests.get(ROWS, timeout=6)
    assert clock.elapsed_s() == 5.0


@pytest.mark.parametrize("close", ["reset", "fin"])
def test_a_cut_body_breaks_after_the_head(opened, close):
    opened(Response(200, b"0123456789", delivery=Delivery(fate="cut", cut_after=4, close=close)))
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.ConnectionError)):
        requests.get(ROWS)
    reply = requests.get(ROWS, stream=True)
    assert reply.headers["Content-Length"] == "10"
    pieces = []
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.ConnectionError)):
        pieces.extend(reply.iter_content(2))
    assert pieces == [b"01", b"23"]


def test_a_clean_cut_says_how_many_bytes_are_missing(opened):
    opened(Response(200, b"0123456789", delivery=Delivery(fate="cut", cut_after=4, close="fin")))
    with pytest.raises(ProtocolError, match=r"IncompleteRead\(4 bytes read, 6 more expected\)"):
        urllib3.PoolManager().request("GET", ROWS, retries=False)


def test_a_cut_body_that_is_preloaded_is_repeated_for_a_get(opened):
    script = opened(Response(200, b"0123456789", delivery=Delivery(fate="cut", cut_after=4)), Response(200, b"whole"))
    assert urllib3.PoolManager().request("GET", ROWS, retries=Retry(total=1)).data == b"whole"
    assert len(script.seen) == 2


def test_a_cut_chunked_reply_is_seen_without_a_content_length(opened):
    opened(Response(200, b"0123456789", (("Transfer-Encoding", "chunked"),), delivery=Delivery(fate="cut", cut_after=4, close="fin")))
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        requests.get(ROWS)


def test_a_slow_body_takes_time_and_a_very_slow_one_times_out(opened, clock):
    opened(Response(200, b"x" * 1000, work_s=0.0, delivery=Delivery(bytes_per_s=10.0)))
    assert len(requests.get(ROWS, timeout=5).content) == 1000
    assert clock.elapsed_s() == pytest.approx(100.0)
    opened(Response(200, b"x" * 1000, work_s=0.0, delivery=Delivery(bytes_per_s=0.1)))
    with pytest.raises(requests.ConnectionError, match="Read timed out"):
        requests.get(ROWS, timeout=5)
    assert clock.elapsed_s() == pytest.approx(105.0)


def test_gzip_is_decoded_and_a_corrupt_one_fails(opened):
    opened(Response(200, gzip.compress(b"hello"), (("Content-Encoding", "gzip"),)))
    assert requests.get(ROWS).text == "hello"
    opened(Response(200, b"not gzip", (("Content-Encoding", "gzip"),)))
    with pytest.raises(requests.exceptions.ContentDecodingError):
        requests.get(ROWS)


def test_raw_lines_and_streams_read_as_from_a_socket(opened):
    opened(Response(200, b"one\ntwo\nthree", JSON))
    assert list(requests.get(ROWS, stream=True).iter_lines()) == [b"one", b"two", b"three"]
    raw = requests.get(ROWS, stream=True).raw
    assert (raw.readline(), raw.read(3), raw.read(), raw.read(5)) == (b"one\n", b"two", b"\nthree", b"")
    assert urllib3.PoolManager().request("GET", ROWS, preload_content=False).read1(2) == b"on"


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("PATCH", 204), ("GET", 304)])
def test_replies_without_a_body_have_none(opened, method, status):
    opened(Response(status, b"ignored" if method == "HEAD" else b""))
    reply = requests.request(method, ROWS)
    assert (reply.status_code, reply.content) == (status, b"")


def test_cookies_and_repeated_headers_arrive(opened):
    script = opened(Response(200, b"", (("Set-Cookie", "a=1; Path=/"), ("Set-Cookie", "b=2; Path=/"), ("Link", "x"), ("Link", "y"))))
    session = requests.Session()
    reply = session.get(ROWS)
    assert reply.headers["Link"] == "x, y"
    session.get(ROWS)
    assert script.seen[1].header("cookie") == "a=1; b=2"


def test_redirects_are_followed_by_real_code(opened):
    script = opened(Response(302, b"", (("Location", "https://eu9.salesforce.com/next"),)), OK)
    assert requests.get(ROWS, headers={"Authorization": "Bearer t"}).url == "https://eu9.salesforce.com/next"
    assert script.seen[1].header("authorization") == ""  # requests drops it for another host
    script = opened(Response(303, b"", (("Location", "/again"),)), OK)
    urllib3.PoolManager().request("POST", ROWS, body=b"x")
    assert [(request.method, request.path) for request in script.seen][1] == ("GET", "/again")


def test_a_pool_that_was_there_before_is_caught_and_goes_back_to_the_network_afterwards(clock):
    pool = urllib3.PoolManager()
    pool.connection_from_url(ROWS)
    with urllib3_door(Script(OK), clock=clock):
        assert pool.request("GET", ROWS).status == 200
        assert pool.request("GET", ROWS).status == 200
    assert pool.connection_from_url(ROWS).num_requests == 2


def test_a_configured_proxy_is_not_asked(opened, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")  # nobody listens on the discard port
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    script = opened(OK)
    assert requests.get(ROWS).status_code == 200
    assert requests.get("http://login.salesforce.com/x").status_code == 200
    assert script.seen[1].url == "http://login.salesforce.com/x"


def test_behind_a_proxy_a_lost_reply_is_judged_as_on_a_direct_line(opened, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    script = opened(LOST)
    with pytest.raises(requests.ConnectionError) as raised:
        retrying(total=2).post(ROWS)
    assert not isinstance(raised.value, requests.exceptions.ProxyError)
    assert len(script.seen) == 1


def test_other_hosts_go_to_the_network_and_are_told(opened):
    told: list[str] = []
    opened(OK, on_other_host=told.append)
    with pytest.raises(requests.ConnectionError):
        requests.get("http://127.0.0.1:9/", timeout=2)
    assert told == ["127.0.0.1"]


def test_doors_nest_and_everything_is_put_back(clock):
    before = (vars(HTTPConnectionPool)["_make_request"], vars(HTTPSConnectionPool)["_prepare_proxy"], requests.sessions.get_netrc_auth)
    inner, outer = Script(Response(201)), Script(OK)
    with urllib3_door(outer, clock=clock, quick_env=True):
        with urllib3_door(inner, clock=clock, hosts=lambda host: host == "login.salesforce.com", quick_env=True):
            assert requests.get("https://login.salesforce.com/").status_code == 201
            assert requests.get(ROWS).status_code == 200
        assert requests.get("https://login.salesforce.com/").status_code == 200
        with pytest.raises(ZeroDivisionError), urllib3_door(inner, clock=clock):
            _ = 1 / 0
    after = (vars(HTTPConnectionPool)["_make_request"], vars(HTTPSConnectionPool)["_prepare_proxy"], requests.sessions.get_netrc_auth)
    assert after == before


def test_quick_env_hides_proxies_and_netrc(opened, monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine acme.my.salesforce.com login a password b\n")
    monkeypatch.setenv("NETRC", str(netrc))
    script = opened(OK)
    requests.get(ROWS)
    opened_quick = opened(OK, quick_env=True)
    requests.get(ROWS)
    assert script.seen[0].header("authorization").startswith("Basic ")
    assert opened_quick.seen[0].header("authorization") == ""


def test_threads_get_aliases_in_order_of_first_use(opened):
    script = opened(OK)
    requests.get(ROWS)
    for _ in range(2):
        thread = threading.Thread(target=requests.get, args=(ROWS,))
        thread.start()
        thread.join()
    requests.get(ROWS)
    assert [request.origin for request in script.seen] == ["main", "t2", "t3", "main"]


def test_no_certificate_verification_warns_as_the_real_function_does(opened):
    opened(OK)
    with pytest.warns(InsecureRequestWarning, match="Unverified HTTPS request"):
        requests.get(ROWS, verify=False)


def test_urllib3_logs_the_request_at_debug_as_ever(opened, caplog):
    opened(OK)
    with caplog.at_level(logging.DEBUG, "urllib3.connectionpool"):
        requests.get(ROWS + "?token=x")
    assert '"GET /services/data/v62.0/sobjects/Account?token=x HTTP/1.1" 200 12' in caplog.messages[-1]


def test_a_header_that_is_not_latin_1_fails_in_the_client(opened):
    script = opened(OK)
    with pytest.raises(UnicodeEncodeError):
        urllib3.PoolManager().request("GET", ROWS, headers={"X-Name": "€"})
    assert script.seen == []


def test_an_oserror_of_the_handler_is_never_taken_for_the_network(clock):
    def broken(request: Request) -> Response:
        raise FileNotFoundError("schema.json")

    with urllib3_door(broken, clock=clock), pytest.raises(HarnessError, match=r"schema\.json"):
        retrying(total=3).get(ROWS)


def test_another_seam_is_refused_with_the_version():
    def _make_request(self: object, conn: object, request: object) -> None: ...

    with pytest.raises(HarnessError, match=rf"urllib3 {urllib3.__version__} .*enforce_content_length"):
        check_seam(_make_request)


def test_simple_salesforce_logs_in_queries_and_creates(opened):
    login = (
        b'<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns="urn:partner.soap.sforce.com"><soapenv:Body>'
        b"<loginResponse><result><serverUrl>https://acme.my.salesforce.com/services/Soap/u/59.0/00D</serverUrl><sessionId>00D!s</sessionId>"
        b"</result></loginResponse></soapenv:Body></soapenv:Envelope>"
    )
    rows = json.dumps({"totalSize": 1, "done": True, "records": [{"Id": "001"}]}).encode()
    created = Response(201, b'{"id": "001", "success": true, "errors": []}', JSON)
    script = opened(Response(200, login, (("Content-Type", "text/xml"),)), Response(200, rows, JSON), created)
    sf = Salesforce(username="u@acme.example", password="p", security_token="t")
    assert sf.query("SELECT Id FROM Account")["records"] == [{"Id": "001"}]
    assert sf.Account.create({"Name": "Acme"})["id"] == "001"
    assert [request.host for request in script.seen] == ["login.salesforce.com", "acme.my.salesforce.com", "acme.my.salesforce.com"]
    assert json.loads(script.seen[2].body) == {"Name": "Acme"}


def test_a_connection_returns_to_its_pool_when_the_body_was_read_and_not_before(opened):
    opened(OK)
    pool = urllib3.PoolManager(maxsize=1, block=True)
    first = pool.request("GET", ROWS, preload_content=False)
    with pytest.raises(urllib3.exceptions.EmptyPoolError):
        pool.request("GET", ROWS, pool_timeout=0.01, retries=False)
    assert first.read() == b'{"ok": true}'
    assert pool.request("GET", ROWS, pool_timeout=0.01, retries=False).status == 200


def test_requests_looks_for_a_proxy_for_other_hosts_only(monkeypatch):
    from requests import sessions

    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    original = sessions.get_environ_proxies
    with urllib3_door(lambda request: Response(200), clock=VirtualClock()):
        assert sessions.get_environ_proxies("https://acme.my.salesforce.com/services/data/") == {}
        assert sessions.get_environ_proxies("https://other.example/")["https"] == "http://proxy.example:3128"
    assert sessions.get_environ_proxies is original
