"""Duplicate rules: rows that agree with a live one in all fields of a rule are refused, or let pass when the caller says so.

Sources: REST API Developer Guide, "Duplicate Rule Header" (D, from 52.0 on); the reply as captured from 51.0 and 56.0 orgs (R), where
the key of the result is spelt `duplicateResut`, stands first, and there is no `fields`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sfchaos.core.gate import Refusal
from sfchaos.org import access
from sfchaos.org.rows.own_rows import write_own
from sfchaos.org.store import quoted

if TYPE_CHECKING:
    from sfchaos.org.call import Call
    from sfchaos.org.org import Org
    from sfchaos.org.rows.row_work import Work
    from sfchaos.org.schema.metadata import DuplicateRule

HEADER = "sforce-duplicate-rule-header"
HEADER_SINCE = 52.0
MOST_MATCHES = 100  # K


@dataclass(frozen=True, slots=True)
class Options:
    """What the caller asks for; all of it is off unless the header says otherwise (D)."""

    allow_save: bool = False
    details: bool = False
    as_user: bool = False


def options_of(call: Call | None) -> Options:
    """Of `Sforce-Duplicate-Rule-Header: allowSave=true; includeRecordDetails=true; runAsCurrentUser=true`."""
    if call is None or call.version_number < HEADER_SINCE:
        return Options()
    pairs = (part.partition("=") for part in call.request.header(HEADER).replace(";", ",").split(","))
    said = {name.strip().lower(): value.strip().lower() == "true" for name, _, value in pairs}
    return Options(said.get("allowsave", False), said.get("includerecorddetails", False), said.get("runascurrentuser", False))


def add_rows(org: Org) -> None:
    """A DuplicateRule row for each rule of the schema."""
    kind = org.schema.find("DuplicateRule")
    if kind is None:
        return
    for sobject in org.schema:
        for rule in sobject.duplicate_rules:
            write_own(org, kind, {"DeveloperName": rule.name, "MasterLabel": rule.label or rule.name.replace("_", " "), "SobjectType": sobject.name,
                                  "IsActive": int(rule.active), "SobjectSubtype": "None"})  # fmt: skip


def refusal(work: Work, rule: DuplicateRule, now: Mapping[str, Any], sent: Mapping[str, Any], record_id: str) -> Refusal | None:
    """Why a row may not be saved, if so. `now` is the row as it will be, `sent` what changes; a rule looks at an update only
    when it changes one of the rule's fields (K)."""
    action = rule.on_update if record_id else rule.on_create
    if not action or (record_id and not any(name in sent for name in rule.fields)):
        return None
    options = options_of(work.call)
    if action == "allow" and options.allow_save:
        return None
    found = _matches(work, rule, now, record_id, options)
    if not found:
        return None
    return Refusal("DUPLICATES_DETECTED", rule.message, (), None, {"duplicateResut": _result(work, rule, action, found, options)})


def _matches(work: Work, rule: DuplicateRule, now: Mapping[str, Any], record_id: str, options: Options) -> list[str]:
    """Ids of the live rows that agree, oldest first."""
    sobject = work.plan.sobject
    wanted = {name: now.get(name) for name in rule.fields}
    if any(value is None for value in wanted.values()):
        return []
    terms = [f"d.{quoted(name)} = ?" for name in wanted]
    if "IsDeleted" in work.plan.names:
        terms.append("d.IsDeleted = 0")
    hidden = access.row_filter(work.org, work.user_id, sobject, "d") if options.as_user else ""
    if hidden:
        terms.append(f"({hidden})")
    sql = f"SELECT d.Id FROM {quoted(sobject.name)} d WHERE {' AND '.join(terms)} AND d.Id <> ? ORDER BY d.Id LIMIT {MOST_MATCHES}"
    return [row[0] for row in work.org.store.all(sql, (*wanted.values(), record_id))]


def _result(work: Work, rule: DuplicateRule, action: str, ids: list[str], options: Options) -> dict[str, Any]:
    name = work.plan.sobject.name
    return {
        "allowSave": action == "allow", "duplicateRule": rule.name, "duplicateRuleEntityType": name, "errorMessage": rule.message,
        "matchResults": [{
            "entityType": name, "errors": [], "matchEngine": "ExactMatchEngine",
            "matchRecords": [{"additionalInformation": [], "fieldDiffs": [], "matchConfidence": 100.0, "record": _record(work, i, options)} for i in ids],
            "rule": rule.name, "size": len(ids), "success": True,
        }],
    }  # fmt: skip


def _record(work: Work, record_id: str, options: Options) -> dict[str, Any]:
    from sfchaos.org.rows.read import row_body

    name = work.plan.sobject.name
    base = work.call.base if work.call is not None else "/services/data/v62.0"
    shown = row_body(work.org, work.plan.sobject, record_id, user_id=work.user_id, base=base) if options.details else None
    return shown or {"attributes": {"type": name, "url": f"{base}/sobjects/{name}/{record_id}"}, "Id": record_id}
