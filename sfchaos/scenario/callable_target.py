"""A Python callable as target: in this process, in virtual time, behind the in-process door."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import os
import random
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from sfchaos.core.clock import Clock, VirtualClock
from sfchaos.core.errors import ProcessKilled, TargetError, did_you_mean
from sfchaos.core.history import Ending
from sfchaos.core.messages import Request, Response
from sfchaos.scenario.capture import captured
from sfchaos.scenario.stage import VIRTUAL_CAP_S, Stage

_OURSELVES = str(Path(__file__).resolve().parent.parent) + os.sep


class RunStopped(BaseException):
    """Ends an in-process target that would not end by itself; no `except Exception` of the target can swallow it."""

    def __init__(self, how: str, detail: str) -> None:
        super().__init__(f"{how}: {detail}")
        self.how, self.detail = how, detail


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
        from sfchaos.scenario.doors import doors_in_process
        from sfchaos.vtime.virtual import virtual_time

        clock = stage.rig.clock
        assert isinstance(clock, VirtualClock)  # new_clock made it
        with ExitStack() as stack:
            stack.enter_context(_environment(stage.environment()))
            stack.enter_context(_working_in(stage.root))
            stack.enter_context(_seeded(stage.rig.seed))
            function = self._found(stage.root)
            stack.enter_context(virtual_time(clock, on_wait=stage.rig.note_wait))
            stack.enter_context(doors_in_process(_watched(stage), clock=clock, on_other_host=lambda host: stage.rig.note_egress(host, "passed", "in-process")))
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
        except (Exception, SystemExit) as error:
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
    except ProcessKilled as stop:
        ending = Ending(137, "killed", str(stop))
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
def _seeded(seed: int) -> Iterator[None]:
    """The target's jitter comes from the seed, so that the same seed gives the same run. Whoever called us keeps their chance."""
    held = random.getstate()
    random.seed(seed)
    try:
        yield
    finally:
        random.setstate(held)


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
