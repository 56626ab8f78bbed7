"""One request on its way through the org: what a route's handler gets."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from json.encoder import encode_basestring
from typing import TYPE_CHECKING, Any

from sfchaos.core.gate import Receipt
from sfchaos.core.messages import Headers, Request, Response
from sfchaos.org.content_coding import decoded
from sfchaos.org.refusals import JSON_TYPE, refuse

if TYPE_CHECKING:
    from sfchaos.org.identity.sessions import Session
    from sfchaos.org.org import Org

MOST_BYTES = 50 << 20  # of a JSON body (wire reference 4.2, K)


@dataclass(slots=True)
class Call:
    """`version` is the path's ("62.0"; "" where there is none), `params` its decoded parts, `user_id` whose session it is.

    `work_s` may be raised by a handler whose work takes long; it becomes the reply's.
    """

    org: Org
    request: Request
    params: dict[str, str]
    receipt: Receipt
    version: str = ""
    session: Session | None = None
    work_s: float = 0.05
    surface: str = "rest"
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def user_id(self) -> str:
        return self.session.user_id if self.session else ""

    @property
    def version_number(self) -> float:
        return float(self.version or 0)

    @property
    def base(self) -> str:
        """`/services/data/v62.0`"""
        return f"/services/data/v{self.version}"

    @property
    def origin(self) -> str:
        """Scheme, host and port as the caller wrote them."""
        return f"{self.request.scheme}://{self.request.authority}"

    @property
    def instance_url(self) -> str:
        """What `instance_url` says: the My Domain, or the caller's own origin over plain HTTP (wire reference 17)."""
        return self.org.instance_url if self.request.scheme == "https" else self.origin

    @property
    def body(self) -> bytes:
        """The entity with its content coding undone. Raises Refused for one that does not decode, or grows too large."""
        return decoded(self.request)

    def json_object(self) -> dict[str, Any]:
        """The body as a JSON object. Raises Refused with JSON_PARSER_ERROR as Salesforce words it."""
        value = self.json_value()
        if not isinstance(value, dict):
            raise refuse("JSON_PARSER_ERROR", "Cannot deserialize instance of object from START_ARRAY value or request may be missing a required field at "
                         "[line:1, column:1]" if isinstance(value, list) else f"Unexpected value {value!r} at [line:1, column:1]")  # fmt: skip
        return value

    def json_row(self) -> dict[str, Any]:
        """The body of a write as a JSON object. Raises Refused with UNSUPPORTED_MEDIA_TYPE for any other content type."""
        if self.request.header("content-type").partition(";")[0].strip().lower() == "application/xml":
            from sfchaos.org.xml_form import row_of  # asked for too seldom to pay for at start-up

            return row_of(self.body)
        self.require_json()
        return self.json_object()

    def require_json(self) -> None:
        """Status D, text K: wire reference 3.6."""
        kind = self.request.header("content-type")
        if kind.partition(";")[0].strip().lower() != "application/json":
            raise refuse("UNSUPPORTED_MEDIA_TYPE", f"Content-Type header specified in HTTP request is not supported: {kind}")

    def json_value(self) -> Any:
        if len(self.request.body) > MOST_BYTES:
            # status K: wire reference 4.2; code D (ExceptionCode), text U
            raise refuse("EXCEEDED_MAX_SIZE_REQUEST", f"Maximum size of request reached. Maximum size of request is {MOST_BYTES} bytes.", status=413)
        return json_of(self.body)

    def reply(self, value: Any, status: int = 200, headers: Headers = ()) -> Response:
        """A JSON reply, compact or spaced as the request asks (wire reference 1.5)."""
        spaced = self.request.header("x-prettyprint") == "1"
        return Response(status, dumps(value, spaced=spaced), (("Content-Type", JSON_TYPE), *headers), self.work_s)

    def no_content(self) -> Response:
        """204: no body, no Content-Type."""
        return Response(204, b"", (), self.work_s)


def json_of(body: bytes) -> Any:
    """JSON as a request brings it. Raises Refused with JSON_PARSER_ERROR as Salesforce words it."""
    if not body.strip():
        raise refuse("JSON_PARSER_ERROR", "The HTTP entity body is required, but this request has no entity body.")
    try:
        return _json_decode(body.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise refuse("JSON_PARSER_ERROR", _parser_words(error)) from None


def _no_constant(name: str) -> Any:
    """NaN and Infinity are Python's own idea of JSON."""
    raise json.JSONDecodeError(f"Unexpected {name}", name, 0)


def _parser_words(error: Exception) -> str:
    """Jackson's way of saying it (K)."""
    if isinstance(error, UnicodeDecodeError):
        return f"Invalid UTF-8 start byte 0x{error.object[error.start]:x} at [line:1, column:{error.start + 1}]"
    line, column = getattr(error, "lineno", 1), getattr(error, "colno", 1)
    document, position = getattr(error, "doc", ""), getattr(error, "pos", 0)
    if position >= len(document):
        return f"Unexpected end-of-input: expected close marker at [line:{line}, column:{column}]"
    char = document[position]
    return f"Unexpected character ('{char}' (code {ord(char)})) at [line:{line}, column:{column}]"


_json_decode = json.JSONDecoder(parse_constant=_no_constant).decode
_compact = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


def dumps(value: Any, *, spaced: bool = False) -> bytes:
    """Compact JSON, or Salesforce's spaced form: two spaces, ` : `, `[ ]`, `{ }`. Source: wire reference 1.5 (R)."""
    if not spaced:
        return _compact(value).encode("utf-8", "surrogatepass")
    return _spaced(value, "\n").encode("utf-8", "surrogatepass")


def _spaced(value: Any, line_end: str) -> str:
    """`line_end` is a line feed with the indent of the line that `value` stands in."""
    if isinstance(value, dict):
        if not value:
            return "{ }"
        inner = line_end + "  "
        items = [f"{encode_basestring(key)} : {encode_basestring(item) if type(item) is str else _spaced(item, inner)}" for key, item in value.items()]
        return f"{{{inner}{f',{inner}'.join(items)}{line_end}}}"
    if type(value) is int:
        return str(value)
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return f"[ {', '.join([_spaced(item, line_end) for item in value])} ]" if value else "[ ]"
    return _compact(value)


Endpoint = Callable[[Call], Response]
