"""Bodies that are made piece by piece, through a socket and in process, and uploads that are held once."""

import gzip
import http.client
import socket
import tracemalloc
from contextlib import closing

import pytest
import requests

from sfchaos.core.clock import SystemClock, VirtualClock
from sfchaos.core.coding import coded
from sfchaos.core.messages import Delivery, Request, Response, Stream
from sfchaos.doors.server import Server
from sfchaos.doors.urllib3 import urllib3_door
from sfchaos.doors.wire import RequestReader

PIECE = bytes(range(256)) * 256
CSV = (("Content-Type", "text/csv"),)


class Source:
    """A stream of `count` pieces that counts how many were made; the one numbered `breaks` raises."""

    def __init__(self, count: int, breaks: int = -1) -> None:
        self.count, self.breaks, self.made = count, breaks, 0

    def pieces(self):
        for number in range(self.count):
            if number == self.breaks:
                raise ValueError("the stream broke")
            self.made += 1
            yield PIECE

    def reply(self, **fields) -> Response:
        return Response(200, b"", CSV, stream=Stream(self.pieces), **fields)


@pytest.fixture
def serve():
    """A server whose handler gives one reply, whatever is asked."""
    running = []

    def start(reply: Response) -> Server:
        running.append(Server(lambda request: reply, clock=SystemClock()).start())
        return running[-1]

    yield start
    for server in running:
        server.stop()


def get(server: Server, path: str = "/x", **headers: str) -> tuple[http.client.HTTPResponse, bytes]:
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)) as connection:
        connection.request("GET", path, headers=headers)
        with closing(connection.getresponse()) as reply:
            return reply, reply.read()


def test_a_streamed_reply_arrives_chunked_and_whole(serve):
    reply, body = get(serve(Source(40).reply()))
    assert (reply.getheader("transfer-encoding"), reply.getheader("content-length")) == ("chunked", None)
    assert body == PIECE * 40


def test_the_connection_is_good_for_the_next_request(serve):
    server = serve(Source(3).reply())
    with requests.Session() as session:
        assert [session.get(server.url).content for _ in range(3)] == [PIECE * 3] * 3
    assert server.connections_seen == 1


def test_no_more_is_made_than_the_client_takes(serve):
    source = Source(4000)  # 260 MB, if all were made
    server = serve(source.reply())
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        sock.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert sock.recv(1000).startswith(b"HTTP/1.1 200")
        first = source.made
        for _ in range(200):
            assert sock.recv(65536)
        assert source.made < first + 400
        assert source.made < 1000
    assert server.errors == []


def test_a_client_that_leaves_ends_the_stream(serve):
    source = Source(4000)
    server = serve(source.reply())
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as sock:
        sock.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        sock.recv(10)
    get(serve(Source(1).reply()))  # another server's loop: time for the first to notice
    assert get(server, "/again")[1] == PIECE * 4000
    assert server.errors == []


def test_an_http_1_0_client_gets_a_length(serve):
    server = serve(Source(3).reply())
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as sock:
        sock.sendall(b"GET / HTTP/1.0\r\n\r\n")
        heard = b"".join(iter(lambda: sock.recv(65536), b""))
    head, _, body = heard.partition(b"\r\n\r\n")
    assert b"Content-Length: %d" % (3 * len(PIECE)) in head
    assert body == PIECE * 3


def test_a_stream_is_compressed_as_it_goes(serve):
    reply, body = get(serve(Source(40).reply()), **{"Accept-Encoding": "gzip"})
    assert reply.getheader("content-encoding") == "gzip"
    assert gzip.decompress(body) == PIECE * 40


def test_a_stream_that_breaks_off_is_no_whole_reply(serve):
    server = serve(Source(10, breaks=7).reply())
    with pytest.raises((http.client.IncompleteRead, ConnectionResetError)):
        get(server)
    assert [str(error) for error in server.errors] == ["the stream broke"]


def test_a_streamed_reply_can_be_cut(serve):
    reply = Source(3).reply(delivery=Delivery(fate="cut", cut_after=100, close="fin"))
    with pytest.raises(http.client.IncompleteRead) as caught:
        get(serve(reply))
    assert caught.value.partial == PIECE[:100]


def test_head_of_a_stream_has_no_body(serve):
    server = serve(Source(2).reply())
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)) as connection:
        for _ in range(2):
            connection.request("HEAD", "/")
            assert connection.getresponse().read() == b""


def ask_plainly(**how) -> requests.Response:
    return requests.get("https://acme.my.salesforce.com/x", headers={"Accept-Encoding": "identity"}, **how)


def test_in_process_a_body_is_made_while_it_is_read():
    source = Source(100)
    with urllib3_door(lambda request: source.reply(), clock=VirtualClock()), closing(ask_plainly(stream=True)) as reply:
        assert source.made == 0
        assert reply.raw.read(10) == PIECE[:10]
        assert reply.raw.read(len(PIECE)) == (PIECE * 2)[10 : 10 + len(PIECE)]
        assert source.made == 2
        assert reply.raw.read() == (PIECE * 100)[10 + len(PIECE) :]
        assert reply.raw.read(5) == b""


def test_in_process_a_whole_body_is_all_pieces():
    with urllib3_door(lambda request: Source(30).reply(), clock=VirtualClock()):
        plain = ask_plainly()
        packed = requests.get("https://acme.my.salesforce.com/x")
        lines = b"".join(requests.get("https://acme.my.salesforce.com/x", stream=True).iter_content(1000))
    assert plain.content == packed.content == lines == PIECE * 30
    assert packed.headers["content-encoding"] == "gzip"


def test_in_process_a_cut_counts_the_bytes_of_a_stream():
    reply = Source(3).reply(delivery=Delivery(fate="cut", cut_after=7))
    with urllib3_door(lambda request: reply, clock=VirtualClock()), pytest.raises(requests.exceptions.ChunkedEncodingError, match="reset by peer"):
        ask_plainly()


def test_whole_joins_the_pieces_and_leaves_other_replies_alone():
    joined = Source(2).reply().whole()
    assert (joined.body, joined.stream, joined.headers) == (PIECE * 2, None, CSV)
    plain = Response(200, b"x")
    assert plain.whole() is plain


def test_a_stream_that_nobody_wants_compressed_is_left_as_it_is():
    reply = Source(2).reply()
    assert coded(Request("GET", "https://x.example/"), reply) is reply


@pytest.mark.parametrize("framing", ["length", "chunks"])
def test_an_upload_is_held_once_while_it_comes(framing):
    size, step = 20_000_000, 65_536
    reader = RequestReader()
    data = b"a" * step
    announced = b"Content-Length: %d" % size if framing == "length" else b"Transfer-Encoding: chunked"
    tracemalloc.start()
    try:
        reader.feed(b"PUT / HTTP/1.1\r\nHost: x\r\n" + announced + b"\r\n\r\n")
        sent, done = 0, []
        while sent < size:
            part = data[: min(step, size - sent)]
            sent += len(part)
            done = reader.feed(part if framing == "length" else b"%x\r\n%b\r\n" % (len(part), part))
        if framing == "chunks":
            done = reader.feed(b"0\r\n\r\n")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(done[0].body) == size
    assert peak < 1.3 * size


def test_a_compressed_upload_is_inflated_once():
    from sfchaos.org.content_coding import decoded

    size = 20_000_000
    packed = gzip.compress(b"Name\n" + b"Acme\n" * (size // 5 - 1), 1)
    tracemalloc.start()
    try:
        body = decoded(Request("PUT", "https://x.example/", (("Content-Encoding", "gzip"),), packed))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(body) == size
    assert peak < 1.3 * size
