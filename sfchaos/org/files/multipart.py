"""A row that comes with a file: `multipart/form-data` with one JSON part and one binary part.

The binary part is named after the blob field, the JSON part may have any name. Source: REST API Developer Guide, "Insert or Update
Blob Data" (D); wire reference 3.12; the first two sentences of INVALID_MULTIPART_REQUEST U (SalesforceMobileSDK-ReactNative#237,
frankframework#3917), the others are guesses. Bytes are cut out of the body once, and copied nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from email.parser import HeaderParser
from typing import TYPE_CHECKING, Any

from sfchaos.org.call import json_of
from sfchaos.org.refusals import Refused, refuse

if TYPE_CHECKING:
    from sfchaos.org.call import Call
    from sfchaos.org.schema.model import Field, SObject

MOST_JSON_BYTES = 50 << 20  # a request that is not multipart: 37.5 MB of file as base64 (D)
MOST_FILE_BYTES = 500 << 20  # of Attachment, Document ... (D)
MOST_VERSION_BYTES = 2 << 30  # of ContentVersion (D)
_MOST_HEADER_BYTES = 8192  # of one part


@dataclass(frozen=True, slots=True)
class Part:
    """`kind` is the media type in lower case, "" without one; `data` the part's bytes."""

    name: str
    kind: str
    data: bytes


def incoming_row(call: Call, sobject: SObject) -> dict[str, Any]:
    """The row of a write: its JSON body, or the JSON part of a form with the file in its field. Raises Refused."""
    kind = call.request.header("content-type")
    if not kind.lower().startswith("multipart/form-data"):
        if len(call.request.body) > MOST_JSON_BYTES:
            # status K: wire reference 4.2; code D (ExceptionCode), text U
            raise refuse("EXCEEDED_MAX_SIZE_REQUEST", f"Maximum size of request reached. Maximum size of request is {MOST_JSON_BYTES} bytes.", status=413)
        return call.json_row()
    most = MOST_VERSION_BYTES if sobject.name == "ContentVersion" else MOST_FILE_BYTES
    if len(call.request.body) > most + MOST_JSON_BYTES:
        raise _too_large(most)
    fields, files = _sorted_parts(list(parts_of(call.body, _boundary(kind))))
    row = _row(fields)
    if files:
        row[_blob_field(sobject, files[0].name).name] = files[0].data
        if len(files[0].data) > most:
            raise _too_large(most)
    return row


def _too_large(most: int) -> Refused:
    return refuse("EXCEEDED_MAX_SIZE_REQUEST", f"Maximum size of file reached. Maximum size of file is {most} bytes.", status=413)


def _sorted_parts(parts: list[Part]) -> tuple[Part, list[Part]]:
    """(the JSON part, the binary ones)"""
    plain = [part for part in parts if part.kind == "application/json"]
    files = [part for part in parts if part.kind != "application/json"]
    if len(files) > 1:
        raise _bad("Cannot include more than one binary part")
    if not plain:
        raise _bad("Multipart message must include a non-binary part")
    if len(plain) > 1:
        raise _bad("Cannot include more than one non-binary part")
    return plain[0], files


def _row(part: Part) -> dict[str, Any]:
    value = json_of(part.data)
    if not isinstance(value, dict):
        raise _bad("The non-binary part must be a JSON object")
    return value


def _blob_field(sobject: SObject, name: str) -> Field:
    f = sobject.find(name)
    if f is None or f.type != "base64":
        raise _bad(f"The binary part must be named after a blob field of {sobject.name}: {name}")
    return f


def _bad(sentence: str) -> Refused:
    return refuse("INVALID_MULTIPART_REQUEST", sentence, status=400)


def _boundary(content_type: str) -> bytes:
    message = Message()
    message["Content-Type"] = content_type.replace("\r", " ").replace("\n", " ")
    boundary = message.get_boundary("")
    if not boundary or len(boundary) > 200:
        raise _bad("The Content-Type header names no boundary")
    return boundary.encode("utf-8", "surrogateescape")


def parts_of(body: bytes, boundary: bytes) -> Iterator[Part]:
    """The parts between `--boundary` lines; preamble and epilogue are ignored (RFC 2046). Raises Refused for a form that is not whole."""
    delimiter = b"--" + boundary
    at = 0 if body.startswith(delimiter) else _after(body, b"\n" + delimiter, 0) - len(delimiter)
    while True:
        at += len(delimiter)
        if body[at : at + 2] == b"--":
            return
        start = _after(body, b"\n", at)
        end = body.find(b"\n" + delimiter, start - 1)
        if end < 0:
            raise _bad("The multipart message has no end")
        yield _part(body, start, max(start, end - 1 if body[end - 1 : end] == b"\r" else end))
        at = end + 1


def _after(body: bytes, mark: bytes, start: int) -> int:
    found = body.find(mark, start)
    if found < 0:
        raise _bad("The multipart message has no parts")
    return found + len(mark)


def _part(body: bytes, start: int, end: int) -> Part:
    """Headers end at the first empty line; a part may have none."""
    limit = min(end, start + _MOST_HEADER_BYTES)
    if body.startswith((b"\r\n", b"\n"), start):
        return Part("", "", body[start + (2 if body[start : start + 1] == b"\r" else 1) : end])
    cut = min((found + len(blank) for blank in (b"\r\n\r\n", b"\n\n") if (found := body.find(blank, start, limit)) >= 0), default=-1)
    if cut < 0:
        raise _bad("A part of the multipart message has no content")
    message = HeaderParser().parsestr(body[start:cut].decode("utf-8", "replace"))
    kind = str(message.get("Content-Type", "")).partition(";")[0].strip().lower()
    name = message.get_param("name", "", header="Content-Disposition")
    return Part(name if isinstance(name, str) else str(name[2]), kind, body[cut:end])

