"""The integration under test, played once against a rig: a Python callable in this process, or a program in any language."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Protocol

from sfchaos.core.clock import Clock, SystemClock, VirtualClock
from sfchaos.core.errors import TargetError, did_you_mean
from sfchaos.core.history import Ending
from sfchaos.core.messages import Request, Response
from sfchaos.scenario.capture import captured, note_line

if TYPE_CHECKING:
    from sfchaos.rig.rig import Rig

VIRTUAL_CAP_S = 7 * 86_400.0  # fault-model 5.2
KILL_GRACE_S = 3.0
_OURSELVES = str(Path(__file__).resolve().parent.parent) + os.sep


class RunStopped(BaseException):
    """Ends an in-process target that would not end by itself; no `except Exception` of the target can swallow it."""

    def __init__(self, how: str, detail: str) -> None:
        super().__init__(f"{how}: {detail}")
        self.how, self.detail = how, detail


@dataclass
class Stage:
    """What a target is played on. `env` is design 5.1's mapping; `rows` and `summary` are what it says on stdout."""

    rig: Rig
    root: Path
    timeout_s: float
    env: Mapping[str, str]
    show_output: bool = False
    extra_env: Mapping[str, str] = field(default_factory=dict)
    allow_hosts: tuple[str, ...] = ()
    rows: list[Mapping[str, Any]] = field(default_factory=list)
    summary: dict[str, str] = field(default_factory=dict)
    route: str = "in-process"

    def heard(self, line: str) -> None:
        """A line of the target's stdout: `{"row": {...}}` is a sink row, `{"summary": {...}}` its claim; all of it is logged."""
        note_line(self.rig.note_log, "stdout", line)
        if not line.lstrip().startswith("{"):
            return
        try:
            data = json.loads(line)
        except ValueError:
            return
        if isinstance(data, dict) and isinstance(data.get("row"), Mapping):
            self.rows.append(data["row"])
        if isinstance(data, dict) and isinstance(data.get("summary"), Mapping):
            self.claimed(data["summary"])

    def claimed(self, summary: Mapping[str, Any]) -> None:
        self.summary.update({str(key): self.rig.scrubbed(str(value)) for key, value in summary.items()})

    def environment(self) -> dict[str, str]:
        """`env` with the configured names of the program's own: `{CRM_USER = "$SF_USERNAME"}`."""
        named = {**self.env}
        for name, value in self.extra_env.items():
            named[name] = self.env.get(value[1:], "") if value.startswith("$") else value
        return named


class Target(Protocol):
    in_process: bool

    def new_clock(self) -> Clock: ...
    def play(self, stage: Stage) -> Ending: ...


@dataclass
class CallableTarget:
    """`module:function`, called without arguments (a coroutine is awaited). An exception or a non-zero int is failure, a
    mapping is its summary."""

    place: str
    epoch: str | float | None = None
    in_process: bool = True

    def new_clock(self) -> Clock:
        return VirtualClock(self.epoch) if self.epoch is not None else VirtualClock()

    def play(self, stage: Stage) -> Ending:
        from sfchaos.doors.urllib3 import urllib3_door
        from sfchaos.vtime.virtual import virtual_time

        clock = stage.rig.clock
        assert isinstance(clock, VirtualClock)  # new_clock made it
        with ExitStack() as stack:
            stack.enter_context(_environment(stage.environment()))
            stack.enter_context(_working_in(stage.root))
            function = self._found(stage.root)
            stack.enter_context(virtual_time(clock, on_wait=stage.rig.note_wait))
            stack.enter_context(urllib3_door(_watched(stage), clock=clock, on_other_host=lambda host: stage.rig.note_egress(host, "passed", "in-process")))
            stack.enter_context(captured(stage.rig.note_log, stage.heard, show=stage.show_output))
            stack.enter_context(_alarm(stage.timeout_s))
            return _called(function, stage)

    def _found(self, root: Path) -> Callable[[], Any]:
        module_name, _, name = self.place.partition(":")
        try:
            module = importlib.import_module(module_name)
        except ModuleNotFoundError as error:
            if error.name and module_name.startswith(error.name):
                near = [p.stem for p in root.glob("*.py")] + [p.name for p in root.iterdir() if p.is_dir()]
                raise TargetError(f"target {self.place!r}: no module named {error.name!r} in {root}{did_you_mean(error.name, near)}",
                                  remedy="check `target` in sfchaos.toml; it starts at the file's folder") from None  # fmt: skip
            raise TargetError(f"target {self.place!r} cannot be imported: {error}", remedy="install what it needs into this environment") from None
        except Exception as error:
            raise TargetError(f"target {self.place!r} cannot be imported: {type(error).__name__}: {error}",
                              remedy=f"run `python -c 'import {module_name}'` there and mend what it says") from error  # fmt: skip
        function = getattr(module, name, None)
        if not callable(function):
            raise TargetError(f"target {self.place!r}: {module_name} has no function {name!r}{did_you_mean(name, dir(module))}",
                              remedy="check the name after the colon")  # fmt: skip
        return function  # type: ignore[no-any-return]  # callable() cannot tell what it returns


def _called(function: Callable[[], Any], stage: Stage) -> Ending:
    """Call it, and put what came of it into an Ending. A storm or time-out that the rig noticed wins over what the target says."""
    try:
        result = function()
        if inspect.iscoroutine(result):
            result = asyncio.run(result)
        ending = _ending_of(result, stage)
    except RunStopped as stop:
        ending = Ending(1, stop.how, stop.detail)
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else (0 if stop.code is None else 1)
        ending = Ending(code, "ok" if code == 0 else "failed", "" if isinstance(stop.code, int | None) else stage.rig.scrubbed(str(stop.code)))
    except Exception as error:
        stage.rig.note_log("", "stderr", "".join(traceback.format_exception(error)).rstrip(), fields=(), values={})
        ending = Ending(1, "exception", stage.rig.scrubbed(f"{type(error).__name__}: {error}"))
    if stage.rig.storm and ending.how != "storm":
        ending = Ending(max(1, ending.exit), "storm", stage.rig.storm)
    return Ending(ending.exit, ending.how, ending.detail, dict(stage.summary), round(stage.rig.clock.elapsed_s() * 1000))


def _ending_of(result: Any, stage: Stage) -> Ending:
    if isinstance(result, Mapping):
        stage.claimed(result)
        return Ending()
    if isinstance(result, int) and not isinstance(result, bool) and result != 0:
        return Ending(result, "failed", f"returned {result}")
    return Ending()


def _watched(stage: Stage) -> Callable[[Request], Response]:
    """The rig's handler, stopping the target once it storms, or has outlived its virtual or real time."""
    rig, ends_at = stage.rig, _real_s() + stage.timeout_s

    def handle(request: Request) -> Response:
        if rig.storm:
            raise RunStopped("storm", rig.storm)
        if rig.clock.elapsed_s() > VIRTUAL_CAP_S:
            raise RunStopped("hang", f"still working after {VIRTUAL_CAP_S / 86400:.0f} virtual days")
        if _real_s() > ends_at:
            raise RunStopped("timeout", f"still working after {stage.timeout_s:g} s")
        return rig.handle(request)

    return handle


_real_s = time.perf_counter  # bound before virtual time replaces it


@contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    """Stops a target that neither sends requests nor ends. Only the main thread can be interrupted."""
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "SIGALRM"):
        yield
        return

    def stop(*_: object) -> None:
        raise RunStopped("hang", f"neither ended nor sent a request within {seconds:g} s")

    held = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, held)


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    held = dict(os.environ)
    os.environ.update(values)
    try:
        yield
    finally:
        for name in set(os.environ) - set(held):
            del os.environ[name]
        os.environ.update(held)


@contextmanager
def _working_in(root: Path) -> Iterator[None]:
    """In the target's folder, with its modules importable and none of them left over from an earlier run. Those that somebody
    else had imported (a test session, conftest.py) are put back afterwards, the same objects."""
    here, path = Path.cwd(), list(sys.path)
    os.chdir(root)
    sys.path.insert(0, str(root))
    held = sys.dont_write_bytecode
    sys.dont_write_bytecode = True
    others = _forget_modules(root)
    try:
        yield
    finally:
        os.chdir(here)
        sys.path[:] = path
        sys.dont_write_bytecode = held
        _forget_modules(root)
        sys.modules.update(others)


def _forget_modules(root: Path) -> dict[str, ModuleType]:
    """Take the modules that lie in `root` out of sys.modules, and return them."""
    inside = (str(root.resolve()) + os.sep, str(root.absolute()) + os.sep)
    found: dict[str, ModuleType] = {}
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if file and file.startswith(inside) and "site-packages" not in file and not file.startswith(_OURSELVES):
            found[name] = sys.modules.pop(name)
    return found


@dataclass
class CommandTarget:
    """A program: started in its folder with the environment of design 5.1, through the proxy, in real time."""

    command: tuple[str, ...]
    in_process: bool = False

    def new_clock(self) -> Clock:
        return SystemClock()

    def play(self, stage: Stage) -> Ending:
        from sfchaos.doors.server import Server
        from sfchaos.doors.tls import Authority

        stage.route = "tunnel"
        authority = Authority()
        rig = stage.rig
        with (
            tempfile.TemporaryDirectory(prefix="sfchaos-run-") as folder,
            Server(rig.handle, clock=rig.clock, authority=authority, proxy=True, allow_hosts=stage.allow_hosts, on_egress=rig.note_egress,
                   settle=rig.settle, next_due_s=rig.next_due_s) as server,
        ):  # fmt: skip
            bundle = Path(folder) / "ca.pem"
            authority.write_bundle(bundle)
            return self._carried(stage, child_environment(stage, server.url, server.address, bundle))

    def _carried(self, stage: Stage, env: Mapping[str, str]) -> Ending:
        try:
            child = subprocess.Popen(self.command, cwd=stage.root, env={**env}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                     start_new_session=True)  # fmt: skip
        except (OSError, ValueError) as error:
            raise TargetError(f"command {self.command[0]!r} cannot be started: {error}", remedy="check the program's name and that it is on PATH") from None
        pumps = [_pump(child.stdout, stage.heard, sys.stdout if stage.show_output else None),
                 _pump(child.stderr, lambda line: note_line(stage.rig.note_log, "stderr", line), sys.stderr if stage.show_output else None)]  # fmt: skip
        try:
            ending = _waited_for(child, stage)
        finally:
            _end_group(child)
            for pump in pumps:
                pump.join(KILL_GRACE_S)
        return Ending(ending.exit, ending.how, ending.detail, dict(stage.summary), round(stage.rig.clock.elapsed_s() * 1000))


def child_environment(stage: Stage, url: str, address: str, bundle: Path) -> dict[str, str]:
    """What design 5.1 hands to a child under the proxy. `address` is host:port of the proxy."""
    proxy = f"http://{address}"
    quiet = {"SF_DISABLE_DNS_CHECK": "true", "SF_DISABLE_TELEMETRY": "true", "SF_AUTOUPDATE_DISABLE": "true", "SF_SKIP_NEW_VERSION_CHECK": "true",
             "SF_USE_GENERIC_UNIX_KEYCHAIN": "true", "SF_CONTAINER_MODE": "true"}  # fmt: skip
    trust = dict.fromkeys(("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"), str(bundle))
    inherited = {name: value for name, value in os.environ.items() if name.upper() not in ("HTTP_PROXY", "ALL_PROXY", "NO_PROXY")}
    return {
        **inherited, **stage.environment(), "SFCHAOS_HTTP": url, "HTTPS_PROXY": proxy, "https_proxy": proxy, "NO_PROXY": "127.0.0.1,localhost",
        "no_proxy": "127.0.0.1,localhost", "NODE_USE_ENV_PROXY": "1", **quiet, **trust,
    }  # fmt: skip


def _waited_for(child: subprocess.Popen[bytes], stage: Stage) -> Ending:
    ends_at = time.monotonic() + stage.timeout_s
    while True:
        try:
            code = child.wait(0.05)
        except subprocess.TimeoutExpired:
            if stage.rig.storm:
                return Ending(1, "storm", stage.rig.storm)
            if time.monotonic() > ends_at:
                return Ending(1, "timeout", f"still running after {stage.timeout_s:g} s")
            continue
        if stage.rig.storm:
            return Ending(code or 1, "storm", stage.rig.storm)
        if code < 0:
            return Ending(128 - code, "killed", f"ended by signal {-code}")
        return Ending(code, "ok" if code == 0 else "failed", "" if code == 0 else f"exit code {code}")


def _end_group(child: subprocess.Popen[bytes]) -> None:
    """Nothing the run started stays behind: SIGTERM to its process group, SIGKILL after a grace."""
    for number, grace_s in ((signal.SIGTERM, KILL_GRACE_S), (signal.SIGKILL, KILL_GRACE_S)):
        try:
            os.killpg(child.pid, number)
        except (ProcessLookupError, PermissionError):
            break
        try:
            child.wait(grace_s)
        except subprocess.TimeoutExpired:
            continue
        break
    child.wait(KILL_GRACE_S)


def _pump(stream: Any, take: Callable[[str], None], through: Any) -> threading.Thread:
    """Reads a pipe to its end in a thread, line by line."""

    def work() -> None:
        with stream:
            for raw in stream:
                text = raw.decode("utf-8", "replace")
                if through is not None:
                    through.write(text)
                    through.flush()
                take(text.rstrip("\r\n"))

    thread = threading.Thread(target=work, name="sfchaos-pump", daemon=True)
    thread.start()
    return thread
