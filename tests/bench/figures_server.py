"""CPU of the server per request, beside mock servers that the registries have: pytest-httpserver, moto, WireMock.

CPU is the server process's own (from /proc), so the client's share does not count. Linux only.
"""

from __future__ import annotations

import http.client
import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from measure import Row

REQUESTS = 3000
Ask = Callable[[http.client.HTTPConnection, int], None]

OURS = """
import json, sys, threading
from sfchaos.core.clock import SystemClock
from sfchaos.doors.server import Server
from sfchaos.org.org import Org
from sfchaos.rig.rig import Rig
clock = SystemClock()
org = Org(clock=clock, seed=1)
org.limits.configure({"DailyApiRequests": 10_000_000})
ids = org.admin.populate("Contact", 1000)
rig = Rig(org, clock=clock, seed=1, storms=False)
with Server(rig.handle, clock=clock) as server:
    print(json.dumps({"port": server.port, "token": org.credentials.access_token, "id": ids[500]}), flush=True)
    sys.stdin.read()
"""
HTTPSERVER = """
import json, sys
from pytest_httpserver import HTTPServer
server = HTTPServer(host="127.0.0.1", port=0)
server.expect_request("/stub").respond_with_json({"id": "x"})
server.start()
print(json.dumps({"port": server.port}), flush=True)
sys.stdin.read()
"""
MOTO = """
import json, sys, logging
logging.getLogger("werkzeug").setLevel(logging.ERROR)
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print(json.dumps({"port": server.get_host_and_port()[1]}), flush=True)
sys.stdin.read()
"""


def server() -> list[Row]:
    rows = []
    with python_server(OURS) as (info, pid):
        headers = {"Authorization": f"Bearer {info['token']}", "Content-Type": "application/json"}
        base = "/services/data/v62.0"

        def create(connection: http.client.HTTPConnection, number: int) -> None:
            ask(connection, "POST", f"{base}/sobjects/Account", json.dumps({"Name": f"Acme {number}"}).encode(), headers, 201)

        def query(connection: http.client.HTTPConnection, number: int) -> None:
            ask(connection, "GET", f"{base}/query?q=SELECT+Id,LastName+FROM+Contact+WHERE+Id='{info['id']}'", None, headers, 200)

        ours = {"stateful create": cpu_us(int(info["port"]), pid, create), "indexed query": cpu_us(int(info["port"]), pid, query)}
    peers = {"pytest-httpserver": _httpserver(), "moto": _moto(), "WireMock, static stub": _wiremock()}
    for name, figure in ours.items():
        rows.append(Row(f"server: {name}", f"{figure:.0f} us CPU", "", "", "< 150 us"))
        for peer, found in peers.items():
            had = isinstance(found, float)
            rows.append(Row("", "", f"{peer}: {found:.0f} us CPU" if had else f"{peer}: {found}", f"{figure / found:.2f}" if isinstance(found, float) else "", "< 1" if had else ""))
    return rows


def _httpserver() -> float | str:
    if importlib.util.find_spec("pytest_httpserver") is None:
        return "not to be had here (pip install pytest-httpserver)"
    with python_server(HTTPSERVER) as (info, pid):
        return cpu_us(int(info["port"]), pid, lambda c, n: ask(c, "GET", "/stub", None, {}, 200), requests=500)


def _moto() -> float | str:
    if importlib.util.find_spec("moto") is None or importlib.util.find_spec("flask") is None:
        return "not to be had here (pip install 'moto[server]')"
    with python_server(MOTO) as (info, pid):
        headers = {"Content-Type": "application/x-www-form-urlencoded",
                   "Authorization": "AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=x"}  # fmt: skip
        body = b"Action=ListQueues&Version=2012-11-05"
        return cpu_us(int(info["port"]), pid, lambda c, n: ask(c, "POST", "/", body, headers, 200), requests=300)


def _wiremock() -> float | str:
    jar = _jar()
    if not shutil.which("java") or jar is None:
        return "not to be had here (needs a JRE and npm's `wiremock`)"
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        mappings = Path(folder, "mappings")
        mappings.mkdir()
        stub = {"request": {"method": "GET", "url": "/stub"}, "response": {"status": 200, "jsonBody": {"id": "x"}, "headers": {"Content-Type": "application/json"}}}
        Path(mappings, "stub.json").write_text(json.dumps(stub))
        command = ["java", "-jar", str(jar), "--port", str(port), "--root-dir", folder, "--disable-banner", "--no-request-journal"]
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            _until_open(port, 60)
            warm = http.client.HTTPConnection("127.0.0.1", port)
            for _ in range(3000):  # the virtual machine compiles what is hot
                ask(warm, "GET", "/stub", None, {}, 200)
            return cpu_us(port, child.pid, lambda c, n: ask(c, "GET", "/stub", None, {}, 200))
        finally:
            child.kill()
            child.wait()


def _jar() -> Path | None:
    """npm's package carries the jar; it is fetched into a temporary folder once per run."""
    if not shutil.which("npm"):
        return None
    folder = Path(tempfile.gettempdir()) / "sfchaos-bench-wiremock"
    folder.mkdir(exist_ok=True)
    if not list(folder.rglob("wiremock-standalone*.jar")):
        subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund", "wiremock"], cwd=folder, check=False, capture_output=True)
    return next(iter(folder.rglob("wiremock-standalone*.jar")), None)


@contextmanager
def python_server(code: str) -> Iterator[tuple[dict[str, str], int]]:
    """A server in a process of its own; it prints where it listens and stops when its input closes."""
    child = subprocess.Popen([sys.executable, "-W", "ignore", "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert child.stdout is not None
        yield json.loads(child.stdout.readline()), child.pid
    finally:
        child.kill()
        child.wait()
        for stream in (child.stdin, child.stdout):
            if stream is not None:
                stream.close()


def cpu_us(port: int, pid: int, work: Ask, *, requests: int = REQUESTS) -> float:
    """Microseconds of CPU of process `pid` per request, over one kept connection, after a warm-up."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    for number in range(requests // 10):
        work(connection, -number)
    before = _cpu_s(pid)
    for number in range(requests):
        work(connection, number)
    used_s = _cpu_s(pid) - before
    connection.close()
    return used_s / requests * 1e6


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def ask(connection: http.client.HTTPConnection, method: str, path: str, body: bytes | None, headers: dict[str, str], expected: int) -> None:
    connection.request(method, path, body, headers)
    reply = connection.getresponse()
    reply.read()
    if reply.status != expected:
        raise RuntimeError(f"{method} {path}: {reply.status}, expected {expected}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _until_open(port: int, seconds: float) -> None:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    raise RuntimeError("WireMock did not start")
