"""The line from a process to the keeper of time (doors/keeper.py says what is spoken). Standard library of Python 3.8 only."""

from __future__ import annotations

import _socket
import json
import os
import sys
from typing import Any

CONNECT_S = 5.0
KIND = "python {}.{}".format(*sys.version_info[:2])


class Settings:
    """SFCHAOS_CHILD: `keeper` and `door` are ports on loopback, `services` those of hosts (`name:port`) that listen elsewhere, `hosts` the
    suffixes of Salesforce's hosts, `allow` what else may be reached, `home` and `parts` folders with sfchaos and with time-machine."""

    def __init__(self, text: str) -> None:
        tree = json.loads(text)
        self.keeper: int = tree["keeper"]
        self.token: str = tree["token"]
        self.door: int = tree["door"]
        self.services: dict[str, int] = tree["services"]
        self.hosts: tuple[str, ...] = tuple(tree["hosts"])
        self.allow: tuple[str, ...] = tuple(tree["allow"])
        self.shares_time: bool = tree["clock"]
        self.home: str = tree["home"]
        self.parts: str = tree["parts"]


class Line:
    """One process's line, on a socket that nothing stands in for. Saying something never raises: without the keeper the run is over."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._pid = 0
        self._socket: Any = None
        self._takes_part = False

    def open(self, *, takes_part: bool) -> None:
        """Say hello. `takes_part` in the shared time: it is then told of leaps."""
        self._pid, self._takes_part = os.getpid(), takes_part
        try:
            self._socket = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM)
            self._socket.settimeout(CONNECT_S)
            self._socket.connect(("127.0.0.1", self._settings.keeper))
            self._socket.settimeout(None)
            self._socket.setsockopt(_socket.IPPROTO_TCP, _socket.TCP_NODELAY, 1)
        except OSError:
            self._socket = None
        self.say({"hello": self._settings.token, "pid": self._pid, "kind": KIND, "clock": takes_part})

    @property
    def is_open(self) -> bool:
        return self._socket is not None

    def say(self, what: dict[str, Any]) -> None:
        if self._socket is None:
            return
        if self._pid != os.getpid():
            self.open(takes_part=False)  # after a fork: the line that is open is the parent's
        try:
            self._socket.sendall(json.dumps(what).encode() + b"\n")
        except OSError:
            self._socket = None

    def hear(self, seconds: float | None) -> bytes | None:
        """What has arrived, None when nothing has in so many seconds, b"" when the keeper is gone."""
        try:
            self._socket.settimeout(seconds)
            return bytes(self._socket.recv(65536))
        except TimeoutError:
            return None
        except (OSError, AttributeError):
            return b""
