"""Which elements a call may hold. Source: partner WSDL (D). One that is not there is refused as a real org does (U: Force.com-Toolkit-for-PHP#50)."""

from __future__ import annotations

from sfchaos.org.soap.envelope import Envelope, local, misplaced

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


def check_arguments(envelope: Envelope) -> None:
    """Raises Refused for the first element that does not belong there. Calls that are not in the table take anything."""
    allowed = ARGUMENTS.get(envelope.name)
    if allowed is None:
        return
    for item in envelope.body:
        if local(item) not in allowed:
            raise misplaced(item)
