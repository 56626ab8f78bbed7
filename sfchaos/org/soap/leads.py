"""convertLead: `<leadConverts>` each by itself, and its results. Elements in the order of the WSDL (D)."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace

from sfchaos.core.messages import Response
from sfchaos.org.call import Call
from sfchaos.org.rows.lead_conversion import Conversion, Converted, convert_lead
from sfchaos.org.soap.envelope import Envelope, is_true, text_of
from sfchaos.org.soap.records_in import checked_id, too_many
from sfchaos.org.soap.saving import errors
from sfchaos.org.soap.session import session_of
from sfchaos.org.soap.writing import element, reply

MOST_LEADS = 100  # in one call (D)


def convert(call: Call, envelope: Envelope) -> Response:
    session_of(call, envelope)
    asked = envelope.elements("leadConverts")
    if len(asked) > MOST_LEADS:
        raise too_many(MOST_LEADS)
    wanted = [_read(item) for item in asked]
    return reply(call, envelope.name, "".join(_result(_converted(call, each)) for each in wanted))


def _converted(call: Call, wanted: Conversion) -> Converted:
    """Rows of a conversion that failed count as not written."""
    rows, changed = len(call.receipt.rows), call.receipt.changed
    done = convert_lead(call.org, wanted, user_id=call.user_id, call=call)
    if not done.ok:
        call.receipt.changed = changed
        code = done.refusals[0].code
        call.receipt.rows[rows:] = [replace(touch, ok=False, code=touch.code or code) for touch in call.receipt.rows[rows:]]
        call.receipt.asked += len(call.receipt.rows) == rows
    return done


def _read(item: ET.Element) -> Conversion:
    def id_in(name: str) -> str:
        text = text_of(item, name)
        return checked_id(text) if text else ""

    return Conversion(
        id_in("leadId"), text_of(item, "convertedStatus"), id_in("accountId"), id_in("contactId"), id_in("opportunityId"), id_in("ownerId"),
        text_of(item, "opportunityName"), is_true(text_of(item, "doNotCreateOpportunity")), is_true(text_of(item, "overwriteLeadSource")),
    )  # fmt: skip


def _result(done: Converted) -> str:
    ids = element("accountId", done.account_id or None) + element("contactId", done.contact_id or None)
    tail = element("leadId", done.lead_id or None) + element("opportunityId", done.opportunity_id or None) + element("success", done.ok)
    return f"<result>{ids}{errors(done.refusals)}{tail}</result>"


CALLS: dict[str, Callable[[Call, Envelope], Response]] = {"convertLead": convert}
