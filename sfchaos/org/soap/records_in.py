"""sObjects of a request: `<sObjects xsi:type="Account">` (enterprise), or with its `<type>` inside (partner).

What is empty or nil is left alone, `fieldsToNull` empties (U: blog.deadlypenguin.com 2012/08/26, udby.com/archives/121). A parent may be
named by an external id: `<Account><type>Account</type><Ext__c>A-1</Ext__c></Account>`.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from sfchaos.org import access
from sfchaos.org.call import Call
from sfchaos.org.ids import is_id
from sfchaos.org.refusals import Refused, refuse
from sfchaos.org.rows.dml import Run
from sfchaos.org.schema.model import Field, SObject
from sfchaos.org.soap.envelope import is_nil, local, misplaced, text_of, xsi_type

MOST_ROWS, MOST_RUNS = 200, 10  # wire reference 7
_NO_TYPES = ("", "sObject", "anyType")
_ZONE = re.compile(r"^(\d{4}-\d\d-\d\d)(?:Z|[+-]\d\d:\d\d)$")  # an xsd:date may name one; the day is what is written


@dataclass(frozen=True, slots=True)
class Sent:
    """A row as it came: its type's name as written, and values by field name."""

    kind: str
    values: Mapping[str, Any]


def read_rows(elements: Sequence[ET.Element]) -> list[Sent]:
    """Raises Refused for more than 200 of them, one without a type, an Id that is none."""
    if len(elements) > MOST_ROWS:
        raise too_many(MOST_ROWS)  # text U: two Chinese guides to jsforce
    return [read_row(element) for element in elements]


def too_many(most: int) -> Refused:
    return refuse("EXCEEDED_ID_LIMIT", f"record limit reached. cannot submit more than {most} records into this call")


def read_row(element: ET.Element) -> Sent:
    kind = _type_of(element)
    if kind in _NO_TYPES:
        raise refuse("INVALID_TYPE", "Must send a concrete entity type.")  # text K
    values: dict[str, Any] = {}
    nulls: list[str] = []
    for child in element:
        name = local(child)
        if name == "type":
            continue
        if name == "fieldsToNull":
            nulls.append((child.text or "").strip())
        elif name == "Id":
            values.update(_own_id(child))
        elif len(child):
            values[name] = _parent(child)
        elif not is_nil(child) and child.text:
            values[name] = child.text
    values.update(dict.fromkeys(filter(None, nulls)))
    return Sent(kind, values)


def _type_of(element: ET.Element) -> str:
    """The partner's `<type>`; a field of that name has a capital."""
    return text_of(element, "type") or xsi_type(element)


def _own_id(child: ET.Element) -> dict[str, str]:
    text = (child.text or "").strip()
    return {"Id": checked_id(text)} if text else {}


def checked_id(text: str) -> str:
    """Where the WSDL says ID nothing else is read. Text U (jsforce users, sf's own tests)."""
    if not is_id(text):
        raise bad_id(text)
    return text


def bad_id(text: str) -> Refused:
    return refuse("MALFORMED_ID", f"bad id {text}")


def _parent(element: ET.Element) -> dict[str, Any]:
    """Raises Refused for elements in a field's value that are no parent's key."""
    found: dict[str, Any] = {"attributes": {"type": _type_of(element)}} if _type_of(element) not in _NO_TYPES else {}
    for child in element:
        if len(child):
            raise misplaced(child)
        if local(child) not in ("type", "fieldsToNull") and child.text and not is_nil(child):
            found[local(child)] = child.text
    return found


def runs_of(call: Call, rows: Sequence[Sent], *, truncate: bool = False) -> list[Run]:
    """Rows in runs of one type, ten at most. Raises Refused with INVALID_TYPE for an unknown one.

    `truncate` cuts texts to their field's length (AllowFieldTruncationHeader).
    """
    runs = [(visible(call, kind), [row.values for row in some]) for kind, some in groupby(rows, key=lambda row: row.kind)]
    if len(runs) > MOST_RUNS:
        # the code is that of collections, the text a guess
        raise refuse("EXCEEDED_MAX_TYPES_LIMIT", f"The records are in more than {MOST_RUNS} chunks of one type")
    return [(sobject.name, [dict(_fitted(sobject, values, truncate)) for values in some]) for sobject, some in runs]


def visible(call: Call, kind: str) -> SObject:
    """Raises Refused for what is not there, or not to be seen."""
    sobject = access.visible(call.org, call.user_id, kind)
    if sobject is None:
        raise no_such_type(kind)
    return sobject


def no_such_type(kind: str) -> Refused:
    """Text K, as Data Loader shows it."""
    return refuse("INVALID_TYPE", f"sObject type '{kind}' is not supported. If you are attempting to use a custom object, be sure to append the '__c' after the entity name. "
                  "Please reference your WSDL or the describe call for the appropriate names.")  # fmt: skip


def no_such_field(refused: Refused, sobject: str) -> Refused:
    """`No such column` in SOAP's words (K, as Data Loader shows them): those of a query without a place."""
    return Refused(*(replace(r, message=_column_text(r.message, sobject)) if r.code == "INVALID_FIELD" else r for r in refused.refusals))


_COLUMN = re.compile(r"No such column '(.*)' on sobject of type (\w+)")


def _column_text(message: str, sobject: str) -> str:
    found = _COLUMN.fullmatch(message)
    if found is None:
        return message
    return (f"No such column '{found[1]}' on entity '{found[2] or sobject}'. If you are attempting to use a custom field, be sure to append the '__c' after the custom "
            "field name. Please reference your WSDL or the describe call for the appropriate names.")  # fmt: skip


def _fitted(sobject: SObject, values: Mapping[str, Any], truncate: bool) -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        f = sobject.find(name)
        yield name, value if f is None or not isinstance(value, str) else _fit(f, value, truncate)


def _fit(f: Field, value: str, truncate: bool) -> str:
    if f.type == "date":
        found = _ZONE.match(value.strip())
        return found[1] if found else value
    return value.strip()[: f.length] if truncate and f.is_text and f.length else value
