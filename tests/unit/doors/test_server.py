"""The server as clients see it: real sockets on loopback."""

import gc
import http.client
import os
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from sfchaos.core.clock import SystemClock, VirtualClock
from sfchaos.core.errors import HarnessError, UsageError
from sfchaos.core.messages import Request, Response
from sfchaos.doors.server import Server


class Stub:
    """Answers with what it saw; remembers each request."""

    def __init__(self) -> None:
        self.seen: list[Request] = []

    def __call__(self, request: Request) -> Response:
        self.seen.append(request)
        if request.path == "/boom":
            raise ValueError("no such luck")
        if request.path == "/gone":
            return Response(204)
        return Response(200, b"%s %d" % (request.method.encode(), len(request.body)), (("Content-Type", "text/plain"),))


@pytest.fixture
def stub():
    return Stub()


@pytest.fixture
def server(stub):
    with Server(stub, clock=SystemClock()) as running:
        yield running


def talk(server: Server, *parts: bytes, pause_s: float = 0.0) -> bytes:
    """All that comes back for raw bytes, until the server closes or is quiet for half a second."""
    with socket.create_connection((server._site.reachable_host, server.port), timeout=0.5) as sock:
        for part in parts:
            sock.sendall(part)
            time.sleep(pause_s)
        heard = b""
        try:
            while chunk := sock.recv(65536):
                heard += chunk
        except TimeoutError:
            pass
        return heard


def test_the_handler_sees_the_url_headers_and_body_as_sent(server, stub):
    reply = requests.post(f"{server.url}/services/data?q=a%20b", data=b"x" * 10, headers={"X-Own": "1"}, timeout=5)

    assert (reply.status_code, reply.text) == (200, "POST 10")
    (request,) = stub.seen
    assert request.url == f"{server.url}/services/data?q=a%20b"
    assert (request.authority, request.route, request.origin) == (server.address, "direct", "c1")
    assert request.header("x-own") == "1"


def test_a_session_keeps_its_connection(server, stub):
    with requests.Session() as session:
        for _ in range(5):
            assert session.get(f"{server.url}/a", timeout=5).status_code == 200

    assert {request.origin for request in stub.seen} == {"c1"}
    assert server.connections_seen == 1


def test_connections_get_aliases_in_order(server, stub):
    for _ in range(3):
        requests.get(f"{server.url}/a", timeout=5)

    assert [request.origin for request in stub.seen] == ["c1", "c2", "c3"]


def test_a_body_in_chunks_arrives_whole(server, stub):
    requests.post(server.url, data=iter([b"abc", b"defg", b"h" * 100_000]), timeout=5)

    assert stub.seen[0].body == b"abcdefg" + b"h" * 100_000


def test_ten_megabytes_go_both_ways(stub):
    with Server(lambda request: Response(200, request.body), clock=SystemClock()) as server:
        body = os.urandom(10_000_000)
        assert requests.post(server.url, data=body, timeout=20).content == body


def test_head_and_204_leave_the_connection_usable(server):
    connection = http.client.HTTPConnection(server.address, timeout=5)
    try:
        connection.request("HEAD", "/a")
        head = connection.getresponse()
        assert (head.read(), head.headers["Content-Length"]) == (b"", "6")
        connection.request("GET", "/gone")
        gone = connection.getresponse()
        assert (gone.status, gone.read(), gone.headers["Content-Length"]) == (204, b"", None)
        connection.request("GET", "/a")
        assert connection.getresponse().read() == b"GET 0"
    finally:
        connection.close()
    assert server.connections_seen == 1


def test_pipelined_requests_are_answered_in_order_and_one_at_a_time():
    order = []

    def handler(request):
        order.append(request.path)
        return Response(200, request.path.encode(), work_s=0.15 if request.path == "/slow" else 0.0)

    with Server(handler, clock=SystemClock()) as server:
        requests_raw = b"".join(b"GET %s HTTP/1.1\r\nHost: h\r\n\r\n" % path for path in (b"/slow", b"/b", b"/c"))
        heard = talk(server, requests_raw)

    assert order == ["/slow", "/b", "/c"]
    assert heard.index(b"/slow") < heard.index(b"/b") < heard.index(b"/c")


def test_more_pipelined_requests_than_are_held_are_all_answered(server, stub):
    heard = talk(server, b"GET /a HTTP/1.1\r\nHost: h\r\n\r\n" * 500)

    assert heard.count(b"HTTP/1.1 200 OK") == 500


def test_requests_that_pile_up_behind_a_slow_one_are_answered_when_it_is_done():
    def handler(request):
        return Response(200, b"x", work_s=0.3 if request.path == "/slow" else 0.0)

    quick = b"GET /a HTTP/1.1\r\nHost: h\r\n\r\n" * 40
    with Server(handler, clock=SystemClock()) as server:
        heard = talk(server, b"GET /slow HTTP/1.1\r\nHost: h\r\n\r\n" + quick, quick, pause_s=0.1)

    assert heard.count(b"HTTP/1.1 200 OK") == 81


def test_a_client_that_asks_first_is_told_to_continue(server, stub):
    heard = talk(server, b"PUT /x HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n", b"abc", pause_s=0.1)

    assert heard.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK")
    assert stub.seen[0].body == b"abc"


def test_a_client_may_close_its_sending_side_and_still_read():
    with Server(lambda request: Response(200, b"late", work_s=0.2), clock=SystemClock()) as server, socket.create_connection(("127.0.0.1", server.port), timeout=5) as sock:
        sock.sendall(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        sock.shutdown(socket.SHUT_WR)
        heard = b""
        while chunk := sock.recv(4096):
            heard += chunk
    assert heard.endswith(b"late")


def test_connection_close_and_http_1_0_end_the_connection(server):
    assert b"Connection: close" in talk(server, b"GET /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\nGET /b HTTP/1.1\r\nHost: h\r\n\r\n")
    assert b"GET 0" in talk(server, b"GET /a HTTP/1.0\r\n\r\n")


@pytest.mark.parametrize(
    ("raw", "status"),
    [(b"nonsense\r\n\r\n", b"400"), (b"\x16\x03\x01\x02\x00\x01\x00", b"400"), (b"GET /a HTTP/1.1\r\n\r\n", b"400"), (b"GET /a HTTP/1.1\r\nHost: a/b\r\n\r\n", b"400"),
     (b"CONNECT login.salesforce.com:443 HTTP/1.1\r\nHost: h\r\n\r\n", b"405"), (b"GET http://example.com/ HTTP/1.1\r\nHost: example.com\r\n\r\n", b"421")],
)  # fmt: skip
def test_what_cannot_be_served_is_refused_and_the_connection_closed(server, stub, raw, status):
    heard = talk(server, raw)

    assert heard.startswith(b"HTTP/1.1 " + status)
    assert b"Connection: close" in heard
    assert stub.seen == []


def test_a_good_request_before_a_bad_one_is_still_answered(server):
    heard = talk(server, b"GET /a HTTP/1.1\r\nHost: h\r\n\r\nBAD\r\n\r\n")

    assert heard.startswith(b"HTTP/1.1 200 OK")
    assert b"HTTP/1.1 400 Bad Request" in heard


def test_a_handler_that_fails_gives_500_and_its_error_is_kept(server):
    with requests.Session() as session:
        reply = session.get(f"{server.url}/boom", timeout=5)
        after = session.get(f"{server.url}/a", timeout=5)

    assert (reply.status_code, reply.text) == (500, "sfchaos: the handler failed: ValueError: no such luck\n")
    assert after.status_code == 200
    assert [str(error) for error in server.errors] == ["no such luck"]


def test_fifty_kept_connections_are_served_together(server, stub):
    def twenty_requests(_):
        with requests.Session() as session:
            return [session.get(f"{server.url}/a", timeout=20).status_code for _ in range(20)]

    with ThreadPoolExecutor(50) as pool:
        statuses = [status for several in pool.map(twenty_requests, range(50)) for status in several]

    assert statuses == [200] * 1000
    assert {request.origin for request in stub.seen} == {f"c{n}" for n in range(1, 51)}
    assert server.errors == []


def test_a_slow_reply_does_not_hold_up_other_connections():
    def handler(request):
        return Response(200, b"x", work_s=3600 if request.path == "/slow" else 0.05)

    with Server(handler, clock=SystemClock()) as server, socket.create_connection(("127.0.0.1", server.port)) as slow:
        slow.sendall(b"GET /slow HTTP/1.1\r\nHost: h\r\n\r\n")
        assert [requests.get(f"{server.url}/fast", timeout=10).text for _ in range(3)] == ["x"] * 3


def test_worker_threads_let_a_waiting_handler_overlap():
    together = threading.Barrier(3, timeout=10)

    def handler(request):
        together.wait()
        return Response(200, b"met")

    with Server(handler, clock=SystemClock(), workers=3) as server, ThreadPoolExecutor(3) as pool:
        replies = list(pool.map(lambda _: requests.get(server.url, timeout=10).text, range(3)))

    assert replies == ["met"] * 3
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("sfchaos")]


def test_the_control_api_is_asked_first_and_may_pass(stub):
    def control(request):
        return Response(200, b"state") if request.path == "/__sfchaos/state" else None

    with Server(stub, clock=SystemClock(), control=control) as server:
        assert requests.get(f"{server.url}/__sfchaos/state", timeout=5).text == "state"
        assert stub.seen == []
        assert requests.get(f"{server.url}/__sfchaos/other", timeout=5).text == "GET 0"
        assert requests.get(f"{server.url}/state", timeout=5).text == "GET 0"


def test_the_control_api_is_closed_to_other_machines(stub):
    site = Server(stub, clock=SystemClock(), control=lambda request: Response(200, b"state"))._site

    assert site._answer(Request("GET", "http://10.0.0.5:8700/__sfchaos/state"), "10.0.0.9").status == 403
    assert site._answer(Request("GET", "http://127.0.0.1:8700/__sfchaos/state"), "127.0.0.1").status == 200


def test_due_work_is_settled_while_nobody_asks(stub):
    clock = SystemClock()
    due = [clock.now_s() + 0.1, clock.now_s() + 0.2]
    settled = threading.Event()

    def settle():
        while due and due[0] <= clock.now_s():
            due.pop(0)
        if not due:
            settled.set()

    with Server(stub, clock=clock, settle=settle, next_due_s=lambda: due[0] if due else None) as server:
        assert settled.wait(5)
        assert server.errors == []


def test_due_work_that_fails_is_reported_and_the_service_goes_on(stub):
    clock = SystemClock()

    def settle():
        raise RuntimeError("step broke")

    with Server(stub, clock=clock, settle=settle, next_due_s=lambda: clock.now_s() - 1) as server:
        assert requests.get(server.url, timeout=5).status_code == 200
        assert str(server.errors[0]) == "step broke"


def test_a_virtual_clock_moves_by_what_is_acted_out():
    clock = VirtualClock()
    with Server(lambda request: Response(200, b"", work_s=0.05).travelling(delay_s=0.1), clock=clock) as server:
        requests.get(server.url, timeout=5)
        requests.get(server.url, timeout=5)

    assert clock.elapsed_s() == pytest.approx(0.3)


def test_a_port_in_use_is_said_with_a_remedy(server, stub):
    with pytest.raises(UsageError, match=rf"cannot listen on 127.0.0.1:{server.port}") as caught:
        Server(stub, clock=SystemClock(), port=server.port).start()

    assert "--port" in caught.value.remedy


def test_a_server_cannot_be_started_twice_but_stopped_twice(stub):
    server = Server(stub, clock=SystemClock())
    with server, pytest.raises(HarnessError):
        server.start()
    server.stop()


def test_a_server_can_serve_again_on_its_port_after_a_stop(stub):
    server = Server(stub, clock=SystemClock())
    with server:
        port = server.port
        requests.get(server.url, timeout=5)
    with server:
        assert server.port == port
        assert requests.get(server.url, timeout=5).status_code == 200


def test_nothing_is_left_after_a_stop(tmp_path):
    """No thread, no descriptor, no file: with clients still connected, waiting for a reply that never comes, relayed, in TLS, and half way into it."""

    def handler(request):
        return Response(200, b"x").travelling(fate="never", hold_s=3600) if request.path == "/never" else Response(200, b"x")

    def open_files() -> int:
        gc.collect()
        return len(list(Path("/proc/self/fd").iterdir()))

    before, threads = open_files(), threading.active_count()
    clients = []
    with Server(handler, clock=SystemClock(), proxy=True) as server:
        bundle = server.authority.write_bundle(tmp_path / "ca.pem")
        session = requests.Session()
        session.get("https://login.salesforce.com/", proxies={"https": server.proxy_url}, verify=str(bundle), timeout=5)
        for path in (b"/never", b"/a"):
            client = socket.create_connection(("127.0.0.1", server.port))
            client.sendall(b"GET %s HTTP/1.1\r\nHost: h\r\n\r\n" % path)
            clients.append(client)
        idle = socket.create_server(("127.0.0.1", 0))
        relayed = socket.create_connection(("127.0.0.1", server.port))
        relayed.sendall(f"CONNECT 127.0.0.1:{idle.getsockname()[1]} HTTP/1.1\r\nHost: h\r\n\r\n".encode())
        relayed.recv(100)
        clients += [idle, relayed]
        half_open = socket.create_connection(("127.0.0.1", server.port))
        half_open.sendall(b"CONNECT login.salesforce.com:443 HTTP/1.1\r\nHost: h\r\n\r\n")
        half_open.recv(100)
        half_open.sendall(b"\x16\x03\x01")  # a handshake that never goes on
        clients.append(half_open)
        time.sleep(0.1)
    for client in clients:
        client.close()
    session.close()

    assert threading.active_count() == threads
    assert open_files() == before
    assert [path.name for path in tmp_path.iterdir()] == ["ca.pem"]
    assert server.errors == []
