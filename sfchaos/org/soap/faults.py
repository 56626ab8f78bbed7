"""SOAP faults: which kind a code is told as, and its XML. Sources: wire reference 2.7 and 12; partner WSDL, its fault types (D).

A fault about a statement tells where: row and column, as `WWW-Salesforce`'s own test recorded them (R); -1 where there is no place (K).
"""

from __future__ import annotations

import re
from functools import partial
from html import escape as html_escape

from sfchaos.core.gate import Refusal
from sfchaos.org.soap.dialects import Dialect

escaped = partial(html_escape, quote=False)  # XML text; xml.sax costs 30 ms at start-up
ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
CLIENT = "soapenv:Client"  # faultcode of what the org's SOAP engine itself refuses (R: rforce's and rapidforce's tests)

_LOGIN_FAULTS = ("INVALID_LOGIN", "LOGIN_", "PASSWORD_LOCKOUT", "ORG_LOCKED", "TRIAL_EXPIRED")
_KINDS = {
    "INVALID_TYPE": "InvalidSObjectFault", "INVALID_FIELD": "InvalidFieldFault", "INVALID_QUERY_FILTER_OPERATOR": "InvalidFieldFault",
    "MALFORMED_QUERY": "MalformedQueryFault", "MALFORMED_SEARCH": "MalformedSearchFault", "MALFORMED_ID": "InvalidIdFault", "INVALID_ID_FIELD": "InvalidIdFault",
    "INVALID_QUERY_LOCATOR": "InvalidQueryLocatorFault", "INVALID_NEW_PASSWORD": "InvalidNewPasswordFault",
}  # fmt: skip
_PLACED = ("InvalidSObjectFault", "InvalidFieldFault", "MalformedQueryFault", "MalformedSearchFault", "ApiQueryFault")  # they extend ApiQueryFault (D)
_PLACE = re.compile(r"ERROR at Row:(\d+):Column:(\d+)")
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def clean(text: str) -> str:
    """Text that XML can hold, escaped: `&apos;` and `&quot;` as in recorded faults (R)."""
    return escaped(_FORBIDDEN.sub("\ufffd", text)).replace('"', "&quot;").replace("'", "&apos;")


def soap_fault(refusal: Refusal, dialect: Dialect) -> bytes:
    """The envelope of a fault. Login faults carry a bare faultcode in newer captures, all others `sf:CODE` (wire reference 2.7)."""
    login = refusal.code.startswith(_LOGIN_FAULTS)
    text = clean(refusal.message)
    if refusal.code == CLIENT:
        said = f"<faultcode>{CLIENT}</faultcode><faultstring>{text}</faultstring>"
    else:
        code = refusal.code if login else f"sf:{refusal.code}"
        said = f"<faultcode>{code}</faultcode><faultstring>{refusal.code}: {text}</faultstring>{_detail(refusal, text, login) if dialect.details else ''}"
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="{ENVELOPE}" xmlns:sf="{dialect.faults}" xmlns:xsi="{INSTANCE}">'
        f"<soapenv:Body><soapenv:Fault>{said}</soapenv:Fault></soapenv:Body></soapenv:Envelope>"
    ).encode()


def _detail(refusal: Refusal, text: str, login: bool) -> str:
    kind = str(refusal.extra.get("fault", "LoginFault" if login else _KINDS.get(refusal.code, "UnexpectedErrorFault")))
    return (
        f'<detail><sf:{kind} xsi:type="sf:{kind}"><sf:exceptionCode>{refusal.code}</sf:exceptionCode><sf:exceptionMessage>{text}</sf:exceptionMessage>'
        f"{_place(refusal.message) if kind in _PLACED else ''}</sf:{kind}></detail>"
    )


def _place(message: str) -> str:
    found = _PLACE.search(message)
    row, column = found.groups() if found else ("-1", "-1")
    return f"<sf:row>{row}</sf:row><sf:column>{column}</sf:column>"
