"""A lead made into an account, a contact and an opportunity, as SOAP's convertLead() does it.

Source: SOAP API Developer Guide, "convertLead()" (D: arguments, what is created, that existing rows are filled only where they are empty, the
contact's role, activities that move to the contact); Help, "Lead Conversion Field Mapping" (D). Sentences are guesses unless a tag says otherwise.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from sfchaos.core.gate import Refusal, Verb
from sfchaos.org import access
from sfchaos.org.ids import is_id, to_18
from sfchaos.org.refusals import Refused
from sfchaos.org.rows.row_input import RowRefused
from sfchaos.org.rows.row_work import GONE, NO_SUCH_ROW, RowResult
from sfchaos.org.rows.values import row_refusal
from sfchaos.org.store import quoted

if TYPE_CHECKING:
    from sfchaos.org.call import Call
    from sfchaos.org.org import Org
    from sfchaos.org.schema.model import SObject

_PARTS = ("Street", "City", "State", "PostalCode", "Country", "Latitude", "Longitude", "GeocodeAccuracy")
_SAME = ("Phone", "Fax", "Website", "Industry", "Rating", "AnnualRevenue", "NumberOfEmployees")
_ACCOUNT = {"Name": "Company", **{name: name for name in _SAME}, **{f"Billing{part}": part for part in _PARTS}}  # new field: the lead's
_CONTACT = {
    **{name: name for name in ("Salutation", "FirstName", "LastName", "Title", "Email", "Phone", "MobilePhone", "Fax", "Description", "LeadSource",
                               "HasOptedOutOfEmail", "HasOptedOutOfFax", "DoNotCall")},
    **{f"Mailing{part}": part for part in _PARTS},
}  # fmt: skip
_MOVED = (("Task", "WhoId", "WhoId"), ("Event", "WhoId", "WhoId"), ("CampaignMember", "LeadId", "ContactId"))  # object, what names the lead, what the contact


@dataclass(frozen=True, slots=True)
class Conversion:
    """What is asked. Ids are "" where a new row is to be made; `opportunity_name` "" is the company's name with a dash (D)."""

    lead_id: str
    status: str
    account_id: str = ""
    contact_id: str = ""
    opportunity_id: str = ""
    owner_id: str = ""
    opportunity_name: str = ""
    without_opportunity: bool = False
    overwrite_lead_source: bool = False


@dataclass(frozen=True, slots=True)
class Converted:
    """What SOAP's LeadConvertResult says."""

    ok: bool
    lead_id: str = ""
    account_id: str = ""
    contact_id: str = ""
    opportunity_id: str = ""
    refusals: tuple[Refusal, ...] = ()


def convert_lead(org: Org, wanted: Conversion, *, user_id: str, call: Call | None = None) -> Converted:
    """All of it happens, or nothing. What was written is on the call's receipt."""
    mark = org.events_kept
    try:
        with org.store.unit():
            return _Conversion(org, wanted, user_id, call).done()
    except RowRefused as refused:
        org.drop_events(mark)
        return Converted(False, wanted.lead_id, refusals=refused.refusals)


class _Conversion:
    def __init__(self, org: Org, wanted: Conversion, user_id: str, call: Call | None) -> None:
        self.org, self.wanted, self.user_id, self.call = org, wanted, user_id, call

    def done(self) -> Converted:
        lead_id, lead = self._lead()
        self._check_status()
        owner_id = self.wanted.owner_id or str(lead.get("OwnerId") or "")
        owner = {"OwnerId": owner_id} if owner_id[:3] == "005" else {}  # a queue owns leads, no accounts
        account_id = self._account(lead, owner)
        contact_id = self._contact(lead, {**owner, "AccountId": account_id})
        opportunity_id = "" if self.wanted.without_opportunity else self._opportunity(lead, {**owner, "AccountId": account_id}, contact_id)
        now = datetime.fromtimestamp(self.org.now_s(), UTC).date()
        self._write("update", "Lead", {
            "Id": lead_id, "Status": self.wanted.status, "IsConverted": True, "ConvertedDate": now.isoformat(), "ConvertedAccountId": account_id,
            "ConvertedContactId": contact_id, "ConvertedOpportunityId": opportunity_id or None, **owner,
        }, as_admin=True)  # fmt: skip
        self._move(lead_id, contact_id)
        return Converted(True, lead_id, account_id, contact_id, opportunity_id)

    # ------------------------------------------------------------------ the lead

    def _lead(self) -> tuple[str, Mapping[str, Any]]:
        lead_id, lead = self._row("Lead", self.wanted.lead_id)
        if lead.get("IsConverted"):
            raise RowRefused(row_refusal("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead"))
        return lead_id, lead

    def _check_status(self) -> None:
        """One of the statuses that stand for a conversion: those with the word in them, in an org that has such; else any (K)."""
        f = self._sobject("Lead").find("Status")
        values = f.picklist if f is not None else ()
        converted = [value for value in values if "convert" in value.lower()] or list(values)
        if not self.wanted.status:
            raise RowRefused(row_refusal("REQUIRED_FIELD_MISSING", "Required fields are missing: [convertedStatus]", "convertedStatus"))
        if converted and self.wanted.status not in converted:
            raise RowRefused(row_refusal("INVALID_STATUS", f"invalid convertedStatus: {self.wanted.status}"))  # text K

    # ------------------------------------------------------------------ what it becomes

    def _account(self, lead: Mapping[str, Any], owner: Mapping[str, Any]) -> str:
        if self.wanted.account_id:
            return self._row("Account", self.wanted.account_id)[0]
        return self._write("create", "Account", {**self._mapped("Account", lead, _ACCOUNT), **owner})

    def _contact(self, lead: Mapping[str, Any], given: Mapping[str, Any]) -> str:
        values = self._mapped("Contact", lead, _CONTACT)
        if not self.wanted.contact_id:
            return self._write("create", "Contact", {**values, **given})
        if not self.wanted.account_id:
            raise RowRefused(row_refusal("REQUIRED_FIELD_MISSING", "Required fields are missing: [accountId]", "accountId"))
        contact_id, held = self._row("Contact", self.wanted.contact_id)
        empty = {name: value for name, value in values.items() if not held.get(name) or (name == "LeadSource" and self.wanted.overwrite_lead_source)}
        if empty:
            self._write("update", "Contact", {"Id": contact_id, **empty})
        return contact_id

    def _opportunity(self, lead: Mapping[str, Any], given: Mapping[str, Any], contact_id: str) -> str:
        if self.wanted.opportunity_id:
            return self._row("Opportunity", self.wanted.opportunity_id)[0]
        stage = self._sobject("Opportunity").find("StageName")
        name = self.wanted.opportunity_name or f"{lead.get('Company') or ''}-"
        opportunity_id = self._write("create", "Opportunity", {
            "Name": name, "StageName": stage.picklist[0] if stage is not None and stage.picklist else "Prospecting", "CloseDate": self._quarter_end().isoformat(),
            **self._mapped("Opportunity", lead, {"LeadSource": "LeadSource"}), **given,
        })  # fmt: skip
        if self.org.schema.find("OpportunityContactRole") is not None:
            self._write("create", "OpportunityContactRole", {"OpportunityId": opportunity_id, "ContactId": contact_id, "IsPrimary": True}, as_admin=True)
        return opportunity_id

    def _quarter_end(self) -> date:
        """The close date of a new opportunity: the last day of the present quarter (K)."""
        today = datetime.fromtimestamp(self.org.now_s(), UTC).date()
        month = (today.month + 2) // 3 * 3
        return date(today.year, month, monthrange(today.year, month)[1])

    def _move(self, lead_id: str, contact_id: str) -> None:
        """Activities of the lead become the contact's; a campaign member names both (K)."""
        for name, names_lead, names_contact in _MOVED:
            sobject = self.org.schema.find(name)
            if sobject is None or sobject.find(names_lead) is None or sobject.find(names_contact) is None:
                continue
            rows = self.org.store.all(f"SELECT Id FROM {quoted(name)} WHERE {quoted(names_lead)} = ? ORDER BY Id", (lead_id,))
            for (row_id,) in rows:
                self._write("update", name, {"Id": row_id, names_contact: contact_id}, as_admin=True)

    # ------------------------------------------------------------------ rows

    def _mapped(self, name: str, lead: Mapping[str, Any], fields: Mapping[str, str]) -> dict[str, Any]:
        """What the lead gives to fields that there are and that the user may write."""
        sobject = self._sobject(name)
        found: dict[str, Any] = {}
        for new, old in fields.items():
            f = sobject.find(new)
            if f is not None and lead.get(old) is not None and access.can_write(self.org, self.user_id, sobject, f):
                found[new] = bool(lead[old]) if f.type == "boolean" else lead[old]
        return found

    def _row(self, name: str, text: str) -> tuple[str, Mapping[str, Any]]:
        """Id and stored values of a live row that the user may change. Raises RowRefused."""
        sobject = self._sobject(name)
        if not is_id(text) or text[:3] != sobject.key_prefix:
            raise RowRefused(row_refusal("MALFORMED_ID", f"{sobject.label} ID: id value of incorrect type: {text}", "Id"))
        record_id = to_18(text)
        names = [f.name for f in sobject.columns]
        found = self.org.store.one(f"SELECT {', '.join(map(quoted, names))} FROM {quoted(name)} WHERE Id = ?", (record_id,))
        row = dict(zip(names, found, strict=True)) if found else {}
        if not row or not access.may_row(self.org, self.user_id, sobject, record_id):
            raise RowRefused(NO_SUCH_ROW)
        if row.get("IsDeleted"):
            raise RowRefused(GONE)
        if not access.may_row(self.org, self.user_id, sobject, record_id, "edit"):
            raise RowRefused(row_refusal("INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id"))
        return record_id, row

    def _sobject(self, name: str) -> SObject:
        found = self.org.schema.find(name)
        if found is None:
            raise RowRefused(row_refusal("INVALID_TYPE", f"sObject type '{name}' is not supported."))
        return found

    def _write(self, verb: Verb, name: str, values: Mapping[str, Any], *, as_admin: bool = False) -> str:
        try:
            result: RowResult = self.org.dml.write(verb, name, [values], user_id=self.user_id, call=self.call, as_admin=as_admin)[0]
        except Refused as refused:
            raise RowRefused(*refused.refusals) from None
        if not result.ok:
            raise RowRefused(*result.refusals)
        return result.id
