"""XML of replies: the envelope around a result, and its elements. Shapes R (recordings of four clients): wire reference 12."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sfchaos.core.messages import Response
from sfchaos.org.call import Call
from sfchaos.org.refusals import XML_TYPE
from sfchaos.org.soap.dialects import Dialect, of_surface
from sfchaos.org.soap.faults import ENVELOPE, INSTANCE, clean

_XSD = "http://www.w3.org/2001/XMLSchema"


def dialect_of(call: Call) -> Dialect:
    return of_surface(call.surface)


def reply(call: Call, name: str, inner: str, headers: str = "") -> Response:
    """`<queryResponse>` and its envelope around XML text. `headers` is XML of further reply headers, which come after LimitInfoHeader."""
    dialect = dialect_of(call)
    said = (_limit_info(call) if dialect.tells_limits and call.session is not None else "") + headers
    rows = f' xmlns:sf="{dialect.rows}"' if "sf:" in inner else ""
    xsd = f' xmlns:xsd="{_XSD}"' if '"xsd:' in inner else ""
    text = (
        f'<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="{ENVELOPE}" xmlns="{dialect.calls}" xmlns:xsi="{INSTANCE}"{rows}{xsd}>'
        f"{f'<soapenv:Header>{said}</soapenv:Header>' if said else ''}"
        f"<soapenv:Body><{name}Response>{inner}</{name}Response></soapenv:Body></soapenv:Envelope>"
    )
    return Response(200, text.encode("utf-8", "replace"), (("Content-Type", XML_TYPE),), call.work_s)


def result(call: Call, name: str, inner: str, headers: str = "") -> Response:
    """The usual reply: one `<result>`."""
    return reply(call, name, f"<result>{inner}</result>", headers)


def _limit_info(call: Call) -> str:
    limits = call.org.limits
    return f"<LimitInfoHeader><limitInfo><current>{limits.used}</current><limit>{limits.maximum}</limit><type>API REQUESTS</type></limitInfo></LimitInfoHeader>"


def element(name: str, value: Any) -> str:
    """One element of a simple value: null is xsi:nil, booleans are words. A mapping becomes its elements, a list an element for each item."""
    if value is None:
        return f'<{name} xsi:nil="true"/>'
    if isinstance(value, Mapping):
        return f"<{name}>{elements(value)}</{name}>"
    if isinstance(value, list | tuple):
        return "".join(element(name, item) for item in value)
    return f"<{name}>{text(value)}</{name}>"


def elements(values: Mapping[str, Any] | Iterable[tuple[str, Any]]) -> str:
    """Elements in order."""
    pairs = values.items() if isinstance(values, Mapping) else values
    return "".join(element(name, value) for name, value in pairs)


def text(value: Any) -> str:
    """A simple value as XML text, escaped."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return clean(str(value))
