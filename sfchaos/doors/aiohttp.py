"""aiohttp in process: a connector's connections are lines in memory, with aiohttp's own protocol and parser on them.

Bytes are aiohttp's business as on a socket, so this door serves tier fast and tier wire. A line serves one request: aiohttp judges a line
that dies alike whether it was used before or not. A proxy that is configured is left out for the org's hosts.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import aiohttp
from aiohttp import TCPConnector
from aiohttp.client_proto import ResponseHandler

from sfchaos.core.clock import Clock
from sfchaos.core.errors import HarnessError
from sfchaos.core.hosts import is_salesforce_host
from sfchaos.core.messages import Delivery, Handler
from sfchaos.doors.memory_line import Line, MemoryLine
from sfchaos.doors.seams import Door, Seams, waited_by_task
from sfchaos.doors.unconnected import unconnected_error
from sfchaos.doors.urllib3_line import version_names

MOST_BYTES = 65_536  # that one turn brings, as from a socket
A_MOMENT_S = 0.001


@contextmanager
def aiohttp_door(
    handler: Handler, *, clock: Clock, hosts: Callable[[str], bool] = is_salesforce_host, on_other_host: Callable[[str], None] | None = None
) -> Iterator[None]:
    """Serve `hosts` from `handler` to all of aiohttp's TCPConnectors until the block ends. Doors nest: the last opened is asked first.

    Raises HarnessError when this aiohttp has another seam than the one known here.
    """
    door = Door(handler, clock, hosts, on_other_host)
    _SEAMS.open(door)
    try:
        yield
    finally:
        _SEAMS.close(door)


def _put_in(replace: Callable[[Any, str, Callable[[Any], Any]], None]) -> None:
    if "_create_connection" not in vars(TCPConnector):
        raise HarnessError(f"aiohttp {aiohttp.__version__} has no TCPConnector._create_connection, which the in-process door stands at",
                           remedy="install aiohttp>=3.12,<4, or test over sockets with `sfchaos run`")  # fmt: skip
    replace(TCPConnector, "_create_connection", _create_connection)


def _create_connection(original: Any) -> Any:
    async def create(connector: Any, req: Any, traces: Any, timeout: Any) -> Any:  # noqa: ASYNC109  (aiohttp's own)
        host = (req.url.host or "").lower()
        door = _SEAMS.door_for(host)
        if door is None:
            _SEAMS.note_other(host)
            return await original(connector, req, traces, timeout)
        protocol = ResponseHandler(asyncio.get_running_loop())
        protocol.connection_made(MemoryTransport(protocol, door, _line(door, connector, req, timeout)))
        protocol.force_close()
        return protocol

    return create


def _line(door: Door, connector: Any, req: Any, timeout: Any) -> MemoryLine:
    url = req.url
    context = next((found for found in (req.ssl, getattr(connector, "_ssl", None)) if isinstance(found, ssl.SSLContext)), None)
    verifies = context.verify_mode != ssl.CERT_NONE if context is not None else req.ssl is not False and getattr(connector, "_ssl", True) is not False
    versions = version_names(context.minimum_version, context.maximum_version) if context is not None else ("1.2", "1.3")
    authority = url.host if url.is_default_port() else f"{url.host}:{url.port}"
    whole_s = timeout.total - A_MOMENT_S if timeout.total else None  # before the timer of the whole rings: aiohttp then knows where it waited
    connect_s = next((seconds for seconds in (timeout.sock_connect, timeout.connect, whole_s) if seconds), None)
    line = Line(url.scheme, authority, connect_s, verifies, versions, lambda how: _no_line(how, req), lambda: _connect_timed_out(req))
    return MemoryLine(door.handler, door.origins, line, timeout.sock_read or timeout.total or None)


def _no_line(how: Delivery, req: Any) -> Exception:
    error = unconnected_error(how, req.url.host or "")
    if isinstance(error, ssl.SSLCertVerificationError):
        return aiohttp.ClientConnectorCertificateError(req.connection_key, error)
    if isinstance(error, ssl.SSLError):
        return aiohttp.ClientConnectorSSLError(req.connection_key, error)
    if how.connect == "dns":
        return aiohttp.ClientConnectorDNSError(req.connection_key, error)
    if how.connect == "proxy_auth":
        return aiohttp.ClientHttpProxyError(req, (), status=407, message="Proxy Authentication Required")
    return aiohttp.ClientConnectorError(req.connection_key, error)


def _connect_timed_out(req: Any) -> Exception:
    return aiohttp.ConnectionTimeoutError(f"Connection timeout to host {req.url}")


class MemoryTransport(asyncio.Transport):
    """The transport below aiohttp's protocol: what it writes goes to the line, what the line brings goes to the protocol."""

    def __init__(self, protocol: Any, door: Door, line: MemoryLine) -> None:
        super().__init__()
        self._protocol, self._door, self._line = protocol, door, line
        self._reading = asyncio.Event()
        self._reading.set()
        self._task: asyncio.Task[None] | None = None
        self._closing = False

    def write(self, data: Any) -> None:
        if self._closing:
            return
        self._line.send(bytes(data))
        if self._task is None and self._line.has_something_to_say:
            self._task = asyncio.get_running_loop().create_task(self._bring())

    def writelines(self, list_of_data: Iterable[Any]) -> None:
        self.write(b"".join(list_of_data))

    async def _bring(self) -> None:
        """Give the protocol what comes, until the line has nothing more to say."""
        lost: BaseException | None = None
        try:
            while self._line.has_something_to_say and not self._closing:
                await self._reading.wait()
                piece = await waited_by_task(self._line.receive(MOST_BYTES), self._door.clock)
                if piece:
                    self._protocol.data_received(piece)
        except TimeoutError:
            return  # the client's own timer rings now
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # also what ends the run: it belongs to the task that waits for the reply
            lost = error
        finally:
            self._task = None
        if lost is not None or self._line.is_over:
            self._lose(lost)

    def _lose(self, error: BaseException | None) -> None:
        if not self._closing:
            self._closing = True
            if error is not None and (isinstance(error, aiohttp.ClientError) or not isinstance(error, OSError)):
                # told as it is, where the end of a line would be made a ClientOSError
                self._protocol.set_exception(error)
                asyncio.get_running_loop().call_soon(self._protocol.connection_lost, None)
            else:
                self._protocol.connection_lost(error)

    def close(self) -> None:
        self._end()

    def abort(self) -> None:
        self._end()

    def _end(self) -> None:
        if self._closing:
            return
        self._closing = True
        if self._task is not None and self._task is not asyncio.current_task():
            self._task.cancel()
        asyncio.get_running_loop().call_soon(self._protocol.connection_lost, None)

    def is_closing(self) -> bool:
        return self._closing

    def pause_reading(self) -> None:
        self._reading.clear()

    def resume_reading(self) -> None:
        self._reading.set()

    def is_reading(self) -> bool:
        return self._reading.is_set()

    def get_write_buffer_size(self) -> int:
        return 0

    def can_write_eof(self) -> bool:
        return False

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._protocol = protocol

    def get_protocol(self) -> asyncio.BaseProtocol:
        return self._protocol  # type: ignore[no-any-return]  # aiohttp's own


_SEAMS = Seams(_put_in)
