"""A program as target: any language, started under the proxy. Python and Node take part in the org's time, others have the machine's."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sfchaos.core.clock import Clock, SystemClock
from sfchaos.core.errors import TargetError
from sfchaos.core.history import Ending
from sfchaos.core.messages import Request, Response
from sfchaos.core.scratch import scratch
from sfchaos.doors.keeper import Keeper
from sfchaos.rig.rig import Rig
from sfchaos.scenario.capture import note_line
from sfchaos.scenario.children import Children
from sfchaos.scenario.stage import VIRTUAL_CAP_S, Stage

FROZEN_S = 0.1
KILL_GRACE_S = 3.0
LONGEST_LINE = 1_000_000  # bytes; more without a line end is cut there
TRUST = ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")


@dataclass
class CommandTarget:
    """A program: started in its folder with the environment of design 5.1, through the proxy. `pubsub` is the port of the Pub/Sub API, 0 for
    a free one. With `shares_time` what its Python and Node processes wait takes no real time."""

    command: tuple[str, ...]
    pubsub: int | None = None
    shares_time: bool = True
    in_process: bool = False

    def new_clock(self) -> Clock:
        return SystemClock()

    def play(self, stage: Stage) -> Ending:
        from sfchaos.doors.pubsub import PubSubServer
        from sfchaos.doors.server import Server
        from sfchaos.doors.tls import Authority

        stage.route = "tunnel"
        authority = Authority()
        rig = stage.rig
        with ExitStack() as stack:
            pubsub = None if self.pubsub is None else stack.enter_context(PubSubServer(rig.handle, clock=rig.clock, port=self.pubsub, authority=authority))
            folder = stack.enter_context(scratch("run"))
            fate = _Fate(rig)
            assert isinstance(rig.clock, SystemClock)  # new_clock made it
            keeper = Keeper(rig.clock, secrets.token_hex(16), furthest_s=VIRTUAL_CAP_S, on_wait=rig.note_wait, on_egress=rig.note_egress)
            server = stack.enter_context(Server(
                fate.handle, clock=rig.clock, authority=authority, proxy=True, allow_hosts=stage.allow_hosts, on_egress=rig.note_egress, settle=rig.settle,
                next_due_s=rig.next_due_s, connecting=rig.connecting, services=pubsub.services if pubsub is not None else None, keeper=keeper,
            ))  # fmt: skip
            bundle = folder / "ca.pem"
            authority.write_bundle(bundle)
            more = pubsub.environment(bundle) if pubsub is not None else {}
            children = Children(keeper, server.port, stage.allow_hosts, pubsub.services if pubsub is not None else {}, self.shares_time)
            ending = self._carried(stage, fate, keeper, {**child_environment(stage, server.url, server.address, bundle), **children.environment(), **more})
            stage.held = keeper.kinds
            stage.troubles += dict.fromkeys(keeper.troubles)
            stage.troubles += [f"no TLS with {text}; does it read another variable than {', '.join(TRUST)}?" for text in dict.fromkeys(server.handshakes_failed)]
            return ending

    def _carried(self, stage: Stage, fate: _Fate, keeper: Keeper, env: Mapping[str, str]) -> Ending:
        try:
            child = subprocess.Popen(self.command, cwd=stage.root, env={**env}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                     start_new_session=True)  # fmt: skip
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or error
            raise TargetError(f"command {self.command[0]!r} cannot be started: {why}", remedy="check the program's name and that it is on PATH") from None
        fate.child = child
        pumps = [_pump(child.stdout, stage.heard, sys.stdout if stage.show_output else None),
                 _pump(child.stderr, lambda line: note_line(stage.rig.note_log, "stderr", line), sys.stderr if stage.show_output else None)]  # fmt: skip
        try:
            ending = _waited_for(child, stage, keeper)
        finally:
            _end_group(child)
            for pump in pumps:
                pump.join(KILL_GRACE_S)
        return Ending(ending.exit, ending.how, ending.detail, dict(stage.summary), round(stage.rig.clock.elapsed_s() * 1000))


class _Fate:
    """The rig's handler; what befalls the client's process is done to the child, with all that it has started.

    A frozen child stands still for a moment only: it is the org's clock that goes on meanwhile, so that sessions and locators age.
    """

    def __init__(self, rig: Rig) -> None:
        self._rig = rig
        self.child: subprocess.Popen[bytes] | None = None

    def handle(self, request: Request) -> Response:
        response = self._rig.handle(request)
        how = response.delivery
        if self.child is not None and how.befalls == "killed":
            _signalled(self.child, signal.SIGKILL)
        elif self.child is not None and how.befalls == "frozen":
            _signalled(self.child, signal.SIGSTOP)
            self._rig.clock.advance(how.freeze_s)
            threading.Timer(FROZEN_S, _signalled, (self.child, signal.SIGCONT)).start()
        return response


def child_environment(stage: Stage, url: str, address: str, bundle: Path) -> dict[str, str]:
    """What design 5.1 hands to a child under the proxy. `address` is host:port of the proxy."""
    proxy = f"http://{address}"
    quiet = {"SF_DISABLE_DNS_CHECK": "true", "SF_DISABLE_TELEMETRY": "true", "SF_AUTOUPDATE_DISABLE": "true", "SF_SKIP_NEW_VERSION_CHECK": "true",
             "SF_USE_GENERIC_UNIX_KEYCHAIN": "true", "SF_CONTAINER_MODE": "true"}  # fmt: skip
    trust = dict.fromkeys(TRUST, str(bundle))
    inherited = {name: value for name, value in os.environ.items() if name.upper() not in ("HTTP_PROXY", "ALL_PROXY", "NO_PROXY")}
    way = {"SFCHAOS_HTTP": url, "HTTPS_PROXY": proxy, "https_proxy": proxy, "NO_PROXY": "127.0.0.1,localhost", "no_proxy": "127.0.0.1,localhost",
           "NODE_USE_ENV_PROXY": "1"}  # fmt: skip
    return {**inherited, **stage.environment({**way, **quiet, **trust})}


def _waited_for(child: subprocess.Popen[bytes], stage: Stage, keeper: Keeper) -> Ending:
    ends_at = time.monotonic() + stage.timeout_s
    while True:
        try:
            code = child.wait(0.05)
        except subprocess.TimeoutExpired:
            if stage.rig.storm:
                return Ending(1, "storm", stage.rig.storm)
            if keeper.went_furthest:
                return Ending(1, "hang", f"still working after {VIRTUAL_CAP_S / 86400:.0f} virtual days")
            if time.monotonic() > ends_at:
                return Ending(1, "timeout", f"still running after {stage.timeout_s:g} s")
            continue
        if stage.rig.storm:
            return Ending(code or 1, "storm", stage.rig.storm)
        if code < 0:
            return Ending(128 - code, "killed", f"ended by signal {-code}")
        return Ending(code, "ok" if code == 0 else "failed", "" if code == 0 else f"exit code {code}")


def _end_group(child: subprocess.Popen[bytes]) -> None:
    """Nothing the run started stays behind: SIGTERM to its process group, SIGKILL after a grace, also when only grandchildren are left."""
    if _signalled(child, signal.SIGTERM):
        ends_at = time.monotonic() + KILL_GRACE_S
        while time.monotonic() < ends_at and (child.poll() is None or _signalled(child, 0)):
            time.sleep(0.02)
        _signalled(child, signal.SIGKILL)
    child.wait(KILL_GRACE_S)


def _signalled(child: subprocess.Popen[bytes], number: int) -> bool:
    """False when the child's group has nobody left. (It has the child's number; a pid is not given again while a group bears it.)"""
    try:
        os.killpg(child.pid, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _pump(stream: Any, take: Callable[[str], None], through: Any) -> threading.Thread:
    """Reads a pipe to its end in a thread: every byte is passed on as it comes, every line is taken."""

    def work() -> None:
        out, rest = through, b""
        with stream:
            while chunk := stream.read1(65536):
                out = _passed_on(out, chunk)
                *lines, rest = (rest + chunk).split(b"\n")
                if len(rest) > LONGEST_LINE:
                    lines, rest = [*lines, rest], b""
                for line in lines:
                    take(line.decode("utf-8", "replace").rstrip("\r"))
        if rest:
            take(rest.decode("utf-8", "replace"))

    thread = threading.Thread(target=work, name="sfchaos-pump", daemon=True)
    thread.start()
    return thread


def _passed_on(out: Any, chunk: bytes) -> Any:
    """Write the very bytes; None once whoever reads ours has gone away (the child goes on all the same)."""
    if out is None:
        return None
    try:
        raw = getattr(out, "buffer", None)
        if raw is None:
            out.write(chunk.decode("utf-8", "replace"))
        else:
            raw.write(chunk)
        out.flush()
    except (OSError, ValueError):
        return None
    return out
