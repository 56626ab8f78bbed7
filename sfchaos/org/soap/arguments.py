"""Which elements a call may hold, and of which type its headers are. Source: partner WSDL (D).

What is not there, or not of its type, is refused as a real org does (U: Force.com-Toolkit-for-PHP#50; apex-mdapi#146 for a boolean, jsforce#1607
for a number). Their words were seen for values in a body; that a header is read so, too, is a guess.
"""

from __future__ import annotations

import re

from sfchaos.org.soap.envelope import Envelope, child_of, client_fault, is_nil, local, misplaced

_ROWS, _IDS, _SPAN = ("sObjects",), ("ids",), ("sObjectType", "startDate", "endDate")
ARGUMENTS: dict[str, tuple[str, ...]] = {
    "login": ("username", "password"), "logout": (), "getUserInfo": (), "getServerTimestamp": (), "invalidateSessions": ("sessionIds",),
    "setPassword": ("userId", "password"), "resetPassword": ("userId",),
    "create": _ROWS, "update": _ROWS, "upsert": ("externalIDFieldName", *_ROWS), "delete": _IDS, "undelete": _IDS, "emptyRecycleBin": _IDS,
    "merge": ("request",), "convertLead": ("leadConverts",),
    "query": ("queryString",), "queryAll": ("queryString",), "queryMore": ("queryLocator",), "search": ("searchString",),
    "retrieve": ("fieldList", "sObjectType", "ids"), "getUpdated": _SPAN, "getDeleted": _SPAN,
    "describeGlobal": (), "describeSObject": ("sObjectType",), "describeSObjects": ("sObjectType",),
}  # fmt: skip
_SWITCHES = (
    ("AllOrNoneHeader", "allOrNone"), ("AllowFieldTruncationHeader", "allowFieldTruncation"), ("MruHeader", "updateMru"),
    ("DuplicateRuleHeader", "allowSave"), ("DuplicateRuleHeader", "includeRecordDetails"), ("DuplicateRuleHeader", "runAsCurrentUser"),
)  # fmt: skip
_BOOLEAN = ("true", "false", "1", "0")
_INT = re.compile(r"[+-]?[0-9]{1,10}")


def check_arguments(envelope: Envelope) -> None:
    """Raises Refused for the first element that does not belong there. Calls that are not in the table take anything."""
    allowed = ARGUMENTS.get(envelope.name)
    if allowed is None:
        return
    for item in envelope.body:
        if local(item) not in allowed:
            raise misplaced(item)


def check_headers(envelope: Envelope) -> None:
    """Raises Refused for the first header value that is not of its type. A header without the element says nothing; headers read over take anything."""
    for header, name in _SWITCHES:
        found = child_of(envelope.headers.get(header), name)
        if found is not None and not is_nil(found) and (value := (found.text or "").strip()).lower() not in _BOOLEAN:
            raise client_fault(f"'{value}' is not valid for type xsd:boolean, should be '0', '1', 'true' or 'false'")
    size = envelope.header("QueryOptions", "batchSize")
    if size and _INT.fullmatch(size) is None:
        raise client_fault(f"'{size}' is not valid for the type xsd:int")
