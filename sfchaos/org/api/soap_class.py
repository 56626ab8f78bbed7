"""A team's own Apex SOAP classes, `/services/Soap/class/<Name>`, played by Python functions. Source: Apex Developer Guide, "Exposing Apex
Methods as SOAP API Web Services" (D); texts of faults K."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element

from sfchaos.core.messages import Response
from sfchaos.org.apex import ApexException, apex_call
from sfchaos.org.call import Call
from sfchaos.org.refusals import XML_TYPE, Refused, refuse
from sfchaos.org.routes import Route
from sfchaos.org.soap.envelope import Envelope, is_nil, local, no_operation, read_envelope
from sfchaos.org.soap.faults import ENVELOPE, INSTANCE
from sfchaos.org.soap.session import session_of
from sfchaos.org.soap.writing import element


def soap(call: Call) -> Response:
    """`<methodResponse><result>` with what the function returns: a value, a mapping, a list of them, or nothing."""
    name = call.params["class"].rpartition("/")[2]
    envelope = read_envelope(call.body)
    session_of(call, envelope)
    methods = {method: handler for (held, method), handler in call.org.apex.soap_methods.items() if held == name.lower()}
    if not methods:
        raise refuse("UNKNOWN_EXCEPTION", f"Class not found: {name}. `org.apex.soap({name!r}, method, handler)` lets a Python function answer")
    handler = methods.get(envelope.name)
    if handler is None:
        raise no_operation(envelope)
    try:
        told = handler(apex_call(call, _arguments(envelope)))
    except Refused:
        raise
    except ApexException as error:
        raise _uncaught(error.kind, error.message, error.where) from None
    except Exception as error:
        raise _uncaught(f"System.{type(error).__name__}", str(error), "") from error
    return _reply(call, name, envelope, told)


def _uncaught(kind: str, message: str, where: str) -> Refused:
    return refuse("APEX_ERROR", f"{kind}: {message}\n\n{where or '(System Code)'}")


def _arguments(envelope: Envelope) -> dict[str, Any]:
    """By name; an element that stands there several times is a list, one with elements a mapping."""
    return _children(envelope.body)


def _children(parent: Element) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for child in parent:
        value = None if is_nil(child) else _children(child) if len(child) else child.text or ""
        name = local(child)
        found[name] = [*(found[name] if isinstance(found[name], list) else [found[name]]), value] if name in found else value
    return found


def _reply(call: Call, name: str, envelope: Envelope, told: object) -> Response:
    namespace = envelope.namespace or f"http://soap.sforce.com/schemas/class/{name}"
    inner = "" if told is None else "".join(element("result", one) for one in (told if isinstance(told, list | tuple) else [told]))
    text = (f'<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="{ENVELOPE}" xmlns="{namespace}" xmlns:xsi="{INSTANCE}">'
            f"<soapenv:Body><{envelope.name}Response>{inner}</{envelope.name}Response></soapenv:Body></soapenv:Envelope>")  # fmt: skip
    return Response(200, text.encode("utf-8", "replace"), (("Content-Type", XML_TYPE),), call.work_s)


ROUTES = [Route("POST", "/services/Soap/class/{class*}", soap, "soap", False, False, 'Apex Developer Guide, "Exposing Apex Methods as SOAP API Web Services"')]
