"""What a large upload and its results cost a server in memory: the peak of its resident set, above what it had before.

`python tests/bench/bulk_memory.py [megabytes]` starts a server of its own, sends it an upload over a socket in small pieces, reads the
results back in small pieces, and prints both peaks as multiples of what went over the wire. Linux only: it reads /proc.
"""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PIECE_BYTES = 1 << 18
LIMITS = {"upload": (0.0, 1.3), "job": (20.0, 0.7), "results": (0.0, 0.3)}
"""MB allowed whatever the size, and times the size on top. A job has the rows of one batch (10,000, whose values the journal hears of at
once) beside what is kept of every row (10 to 14 measured; the rest is for other
allocators), so that a small upload is judged by the first and a large one by the second."""
SERVER = """
from sfchaos.core.clock import VirtualClock
from sfchaos.doors.server import Server
from sfchaos.org.org import Org
from sfchaos.rig.rig import Rig
import sys
org = Org(seed=1)
rig = Rig(org)
with Server(rig.handle, clock=org.clock) as server:
    print(server.port, org.credentials.access_token, flush=True)
    sys.stdin.read()
    assert not server.errors, server.errors
"""


class Served:
    """A server in a process of its own, and one connection to it."""

    def __init__(self) -> None:
        self.process = subprocess.Popen([sys.executable, "-c", SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        port, self.token = self.process.stdout.readline().split()
        self.connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=600)

    def say(self, method: str, path: str, body: Any = None, kind: str = "application/json") -> http.client.HTTPResponse:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": kind}
        sent = json.dumps(body).encode() if isinstance(body, dict) else body
        self.connection.request(method, f"/services/data/v62.0/jobs/ingest{path}", sent, headers, encode_chunked=hasattr(sent, "__next__"))
        return self.connection.getresponse()

    def json(self, method: str, path: str, body: Any = None) -> Any:
        return json.loads(self.say(method, path, body).read())

    def resident_mb(self, what: str) -> float:
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        return int(next(line for line in status.splitlines() if line.startswith(what)).split()[1]) / 1024

    def forget_peak(self) -> float:
        """Let the peak begin anew; what is resident now, in MB."""
        Path(f"/proc/{self.process.pid}/clear_refs").write_text("5", encoding="utf-8")
        return self.resident_mb("VmRSS")

    def stop(self) -> None:
        self.connection.close()
        self.process.communicate(timeout=60)


def rows(megabytes: int) -> Iterator[bytes]:
    """Rows of 1,000 bytes that an update of Accounts refuses one by one: what is measured is the way there and back."""
    yield b"Id,Description\n"
    line = b"0015e0000009999AAA," + b"x" * 980 + b"\n"
    part = line * (PIECE_BYTES // len(line))
    for _ in range(megabytes * 1_000_000 // len(part)):
        yield part


def measure(megabytes: int) -> dict[str, float]:
    """Peaks above what was resident before, as multiples of the megabytes sent and received."""
    served = Served()
    try:
        job = served.json("POST", "", {"object": "Account", "operation": "update"})["id"]
        before = served.forget_peak()
        began = time.perf_counter()
        assert served.say("PUT", f"/{job}/batches", rows(megabytes), "text/csv").read() == b""
        upload_s, upload_mb = time.perf_counter() - began, served.resident_mb("VmHWM") - before
        assert served.json("PATCH", f"/{job}", {"state": "UploadComplete"})["state"] == "UploadComplete"
        before = served.forget_peak()
        began = time.perf_counter()
        while (info := served.json("GET", f"/{job}"))["state"] not in ("JobComplete", "Failed"):
            pass
        job_s, job_mb = time.perf_counter() - began, served.resident_mb("VmHWM") - before
        before = served.forget_peak()
        began = time.perf_counter()
        reply, received = served.say("GET", f"/{job}/failedResults"), 0
        while part := reply.read(PIECE_BYTES):
            received += len(part)
        results_s, results_mb = time.perf_counter() - began, served.resident_mb("VmHWM") - before
        print(f"{info['state']}: {info['numberRecordsFailed']:,} rows of {info['numberRecordsProcessed']:,} refused")
    finally:
        served.stop()
    return {"upload": upload_mb / megabytes, "upload_s": upload_s, "job": job_mb / megabytes, "job_s": job_s,
            "results": results_mb / (received / 1e6), "results_s": results_s}  # fmt: skip


def main() -> int:
    megabytes = int(sys.argv[1]) if len(sys.argv) > 1 else 149
    found = measure(megabytes)
    over = 0
    for name, (fixed_mb, share) in LIMITS.items():
        most = fixed_mb / megabytes + share
        over += found[name] > most
        print(f"{name:8} {found[f'{name}_s']:6.1f} s  peak {found[name]:.2f} x of what it is about (at most {most:.2f}: {fixed_mb:.0f} MB and {share} x)")
    return int(over > 0)


if __name__ == "__main__":
    sys.exit(main())
