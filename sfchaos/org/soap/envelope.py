"""A SOAP request, read: the call, its arguments, its headers. Names are compared without namespaces, as clients differ in them."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from sfchaos.org.refusals import Refused, refuse
from sfchaos.org.soap.dialects import Dialect
from sfchaos.org.soap.faults import CLIENT
from sfchaos.org.xml_parsing import BadXml, parsed

XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
Handler = TypeVar("Handler")
MOST_BYTES = 50 << 20  # of a request (D, SOAP API Developer Guide, "API Limits")


@dataclass(frozen=True, slots=True)
class Envelope:
    """`body` is the call's element, `arguments` its simple children by name (the last of several), `headers` those of the header.

    `namespace` is that of the call's element; `session_id` is "" when there is none.
    """

    name: str
    namespace: str
    body: ET.Element
    arguments: Mapping[str, str]
    headers: Mapping[str, ET.Element]
    session_id: str

    def header(self, name: str, child: str) -> str:
        """`<AllOrNoneHeader><allOrNone>true</...>`: the child's text, "" without."""
        return text_of(self.headers.get(name), child)

    def is_on(self, name: str, child: str) -> bool:
        return is_true(self.header(name, child))

    def texts(self, name: str) -> list[str]:
        """The texts of a repeated argument (`ids`), in order."""
        return [(item.text or "").strip() for item in self.body if local(item) == name]

    def elements(self, name: str) -> list[ET.Element]:
        return [item for item in self.body if local(item) == name]


def read_envelope(body: bytes) -> Envelope:
    """Raises Refused for what is no SOAP envelope, or too large for one."""
    if len(body) > MOST_BYTES:
        # as on REST; that it is a fault here is a guess
        raise refuse("EXCEEDED_MAX_SIZE_REQUEST", f"Maximum size of request reached. Maximum size of request is {MOST_BYTES} bytes.")
    try:
        root = parsed(body)
    except BadXml as error:
        raise bad_xml(str(error)) from None
    content = child_of(root, "Body")
    if local(root) != "Envelope" or content is None or not len(content):
        raise bad_xml("no SOAP Body found")
    header = child_of(root, "Header")
    headers = {local(item): item for item in header} if header is not None else {}
    asked = content[0]
    arguments = {local(item): item.text or "" for item in asked}
    return Envelope(local(asked), namespace_of(asked), asked, arguments, headers, text_of(headers.get("SessionHeader"), "sessionId"))


def served(envelope: Envelope, dialect: Dialect, calls: Mapping[str, Handler]) -> Handler:
    """Who answers the call. Raises Refused for another namespace, and for a name that the WSDL does not have."""
    found = calls.get(envelope.name)
    if found is None or envelope.namespace != dialect.calls:
        raise no_operation(envelope)
    return found


def no_operation(envelope: Envelope) -> Refused:
    """Text R: the tests of the rapidforce client; U for a call in another WSDL's namespace."""
    return client_fault(f"No operation available for request {{{envelope.namespace}}}{envelope.name}, please check the WSDL for the service.")


def misplaced(element: ET.Element) -> Refused:
    """An element that the WSDL does not have there. Text U: Force.com-Toolkit-for-PHP#50."""
    return client_fault(f"Element {{{namespace_of(element)}}}{local(element)} invalid at this location")


def client_fault(message: str) -> Refused:
    return refuse(CLIENT, message)


def bad_xml(what: str) -> Refused:
    """A guess at how the parser's complaint is told."""
    return refuse("UNKNOWN_EXCEPTION", f"XML document could not be read: {what}")


# ---------------------------------------------------------------------- elements


def local(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def namespace_of(element: ET.Element) -> str:
    return element.tag[1:].partition("}")[0] if element.tag.startswith("{") else ""


def child_of(element: ET.Element | None, name: str) -> ET.Element | None:
    return None if element is None else next((child for child in element if local(child) == name), None)


def text_of(element: ET.Element | None, name: str) -> str:
    """Text of a child, trimmed; "" without one."""
    found = child_of(element, name)
    return (found.text or "").strip() if found is not None else ""


def is_nil(element: ET.Element) -> bool:
    return element.get(f"{XSI}nil") in ("true", "1")


def xsi_type(element: ET.Element) -> str:
    """The type that `xsi:type` names, without its prefix; "" without."""
    return (element.get(f"{XSI}type") or "").rpartition(":")[2].strip()


def is_true(text: str) -> bool:
    return text.strip().lower() in ("true", "1")

