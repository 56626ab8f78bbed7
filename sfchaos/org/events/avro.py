"""Avro schemas of events, as the Pub/Sub API and `eventSchema` give them: JSON text and its id. Needs no Avro library.

Shapes and `doc` strings as recorded from orgs (R: a CamelEventMessage__e and an AccountChangeEvent in public clients' fixtures). The id is
a fingerprint in Salesforce's form, 22 URL-safe characters; how Salesforce computes it is not published, so the same schema has another id there.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from sfchaos.org.ids import make_id

if TYPE_CHECKING:
    from sfchaos.org.org import Org
    from sfchaos.org.schema.model import Field, Schema, SObject

NAMESPACE = "com.sforce.eventbus"
CHANGE_TYPES = ("CREATE", "UPDATE", "DELETE", "UNDELETE", "GAP_CREATE", "GAP_UPDATE", "GAP_DELETE", "GAP_UNDELETE", "GAP_OVERFLOW", "SNAPSHOT")
Tree = dict[str, Any]

# describe type -> (Avro type, Salesforce's name of the type in `doc`). R, but for MultiLineText, EncryptedText and Long (K)
_TYPES = {
    "string": ("string", "Text"), "textarea": ("string", "MultiLineText"), "phone": ("string", "Phone"), "url": ("string", "Url"), "email": ("string", "Email"),
    "picklist": ("string", "DynamicEnum"), "combobox": ("string", "DynamicEnum"), "multipicklist": ("string", "MultiEnum"),
    "encryptedstring": ("string", "EncryptedText"), "reference": ("string", "EntityId"), "boolean": ("boolean", "Boolean"), "int": ("int", "Integer"),
    "long": ("long", "Long"), "double": ("double", "Double"), "currency": ("double", "Currency"), "percent": ("double", "Percent"),
    "date": ("long", "DateOnly"), "datetime": ("long", "DateTime"), "time": ("long", "TimeOnly"),
}  # fmt: skip
_LONGEST_LINE = 255  # of a text area that is not a "StringPlusClob"
# Source: Change Data Capture Developer Guide, "Change Event Message Structure": system fields and what is derived; the rest is absent from the recorded schema
_NOT_IN_CHANGES = frozenset({"id", "isdeleted", "systemmodstamp", "masterrecordid", "lastactivitydate", "lastvieweddate", "lastreferenceddate", "photourl"})
_NOT_IN_EVENTS = frozenset({"id", "replayid", "eventuuid", "createddate", "createdbyid", "isdeleted", "systemmodstamp", "lastmodifieddate", "lastmodifiedbyid"})
_NAME_PARTS = ("Salutation", "FirstName", "LastName", "MiddleName", "Suffix")
_ADDRESS = (("Street", "string"), ("City", "string"), ("State", "string"), ("PostalCode", "string"), ("Country", "string"), ("StateCode", "string"),
            ("CountryCode", "string"), ("Latitude", "double"), ("Longitude", "double"), ("GeocodeAccuracy", "string"))  # fmt: skip


@dataclass(frozen=True, slots=True)
class AvroSchema:
    """`name` is the record's (`Order__e`, `AccountChangeEvent`), `text` the schema as compact JSON."""

    id: str
    name: str
    text: str

    def tree(self) -> Tree:
        """The schema as a value of its own."""
        tree: Tree = json.loads(self.text)
        return tree


def schema_of_event(schema: Schema, sobject: SObject) -> AvroSchema:
    """Of a platform event: who made it and when, then its own fields, each of which may be null."""
    kept: AvroSchema | None = sobject.__dict__.get("_avro_event")
    if kept is None:
        fields = [{"name": "CreatedDate", "type": "long", "doc": "CreatedDate:DateTime"}, {"name": "CreatedById", "type": "string", "doc": "CreatedBy:EntityId"}]
        fields += _fields(schema, sobject, [f for f in sobject.fields if f.key not in _NOT_IN_EVENTS])
        kept = sobject.__dict__["_avro_event"] = _schema(sobject.name, fields)
    return kept


def schema_of_change(schema: Schema, sobject: SObject) -> AvroSchema:
    """Of the change events of an object (`Account`: AccountChangeEvent): the header, then every field that changes can tell of."""
    kept: AvroSchema | None = sobject.__dict__.get("_avro_change")
    if kept is None:
        header = {"name": "ChangeEventHeader", "type": _header(), "doc": "Data:ComplexValueType"}
        kept = sobject.__dict__["_avro_change"] = _schema(change_event_name(sobject.name), [header, *_fields(schema, sobject, change_fields(sobject))])
    return kept


def change_event_name(sobject: str) -> str:
    """AccountChangeEvent; Invoice__ChangeEvent of a custom object. Source: Change Data Capture Developer Guide, "Subscription Channels" (D)."""
    return f"{sobject.removesuffix('__c')}__ChangeEvent" if sobject.endswith("__c") else f"{sobject}ChangeEvent"


def change_fields(sobject: SObject) -> list[Field]:
    """The fields of an object's change events in the schema's order: a compound field in place of its parts; no formulas."""
    return [f for f in sobject.fields if not f.compound and f.key not in _NOT_IN_CHANGES and not f.formula_text and f.type != "base64"]


def schema_of(org: Org, sobject: SObject) -> AvroSchema:
    """Of the object that events of a topic have: a platform event, or the change event of another object."""
    base = base_of(org.schema, sobject) if sobject.event == "Change" else None
    return remember(org, schema_of_event(org.schema, sobject) if base is None else schema_of_change(org.schema, base))


def base_of(schema: Schema, change_event: SObject) -> SObject | None:
    """The object whose changes `AccountChangeEvent` or `Invoice__ChangeEvent` tells of."""
    return schema.find(str(change_event.flags.get("companionOf") or ""))


def find_schema(org: Org, schema_id: str) -> AvroSchema | None:
    """A schema by its id: of an event as it is now, or as it was when its schema was last asked for."""
    kept: AvroSchema | None = org.registers.avro_schemas.get(schema_id)
    if kept is not None:
        return kept
    made = (schema_of(org, sobject) for sobject in org.schema if sobject.event)
    return next((schema for schema in made if schema.id == schema_id), None)


def remember(org: Org, schema: AvroSchema) -> AvroSchema:
    """Keep a schema that a client may have seen: its id stays good when the object changes."""
    org.registers.avro_schemas.setdefault(schema.id, schema)
    return schema


# ------------------------------------------------------------------ how it is made


def _schema(name: str, fields: list[Tree]) -> AvroSchema:
    tree = {"type": "record", "name": name, "namespace": NAMESPACE, "fields": fields}
    # without the ids of the fields, which are numbered through the whole org
    bare = [{**f, "doc": ":".join(f["doc"].split(":")[:2])} for f in fields]
    digest = sha256(_compact({**tree, "fields": bare}).encode()).digest()[:16]
    return AvroSchema(urlsafe_b64encode(digest).decode().rstrip("="), name, _compact(tree))


def _compact(tree: Tree) -> str:
    return json.dumps(tree, separators=(",", ":"), ensure_ascii=False)


def _fields(schema: Schema, sobject: SObject, fields: list[Field]) -> list[Tree]:
    """One entry a field. A named record (Address) is spelt out where it stands first, and named after that."""
    ids = _custom_field_ids(schema)
    named: set[str] = set()
    return [entry for f in fields if (entry := _field(sobject, f, ids.get((sobject.name, f.name), ""), named)) is not None]


def _field(sobject: SObject, f: Field, field_id: str, named: set[str]) -> Tree | None:
    made = _name(sobject, f) or _compound(f, named) or _plain(f)
    if made is None:
        return None
    kinds, doc = made
    return {"name": f.name, "type": ["null", *kinds], "doc": f"{doc}:{field_id}" if field_id and f.custom else doc, "default": None}


def _name(sobject: SObject, f: Field) -> tuple[list[Any], str] | None:
    """The name of a person is a record. Account's may be one or a text, in every org (R: Switchable_PersonName)."""
    if f.name != "Name" or not (f.formula == "person_name" or sobject.name == "Account"):
        return None
    if sobject.name == "Account":
        return ["string", _record("Switchable_PersonName", [(part, "string") for part in _NAME_PARTS[:3]])], "Data:Switchable_PersonName"
    parts = [(part, "string") for part in _NAME_PARTS if part in _NAME_PARTS[:3] or sobject.find(part)]
    return [_record("PersonName", parts)], "Data:PersonName"


def _compound(f: Field, named: set[str]) -> tuple[list[Any], str] | None:
    if f.type not in ("address", "location"):
        return None
    name = f.type.capitalize()
    parts = _ADDRESS if f.type == "address" else (("Latitude", "double"), ("Longitude", "double"))
    first = name not in named
    named.add(name)
    return [_record(name, parts) if first else name], f"Data:{name}"


def _plain(f: Field) -> tuple[list[Any], str] | None:
    if f.type not in _TYPES:
        return None
    avro, kind = _TYPES[f.type]
    if f.name == "CreatedDate":
        return [avro], "CreatedDate:DateTime"
    if f.type == "reference":
        return [avro], "ForeignKey:EntityId"
    if f.type == "textarea" and f.html_formatted:
        kind = "HtmlStringPlusClob"
    elif f.type == "textarea" and f.length > _LONGEST_LINE:
        kind = "StringPlusClob"
    elif f.type == "picklist" and f.restricted_picklist and not f.custom:
        kind = "StaticEnum"
    return [avro], f"Data:{kind}"


def _record(name: str, parts: Any) -> Tree:
    return {"type": "record", "name": name, "fields": [{"name": part, "type": ["null", kind], "default": None} for part, kind in parts]}


def _header() -> Tree:
    """In the order of the recorded schema, which is the order of the bytes."""
    texts: Tree = {"type": "array", "items": "string"}
    fields: list[tuple[str, Any]] = [
        ("entityName", "string"), ("recordIds", texts), ("changeType", {"type": "enum", "name": "ChangeType", "symbols": list(CHANGE_TYPES)}),
        ("changeOrigin", "string"), ("transactionKey", "string"), ("sequenceNumber", "int"), ("commitTimestamp", "long"), ("commitNumber", "long"),
        ("commitUser", "string"), ("nulledFields", texts), ("diffFields", texts), ("changedFields", texts),
    ]  # fmt: skip
    return {"type": "record", "name": "ChangeEventHeader", "fields": [{"name": name, "type": kind} for name, kind in fields]}


def _custom_field_ids(schema: Schema) -> dict[tuple[str, str], str]:
    """(sObject, field) -> 15-character id, numbered as CustomField rows are."""
    kept: dict[tuple[str, str], str] | None = schema.__dict__.get("_custom_field_ids")
    if kept is None:
        custom = [(o.name, f.name) for o in schema for f in o.fields if f.custom]
        kept = schema.__dict__["_custom_field_ids"] = {pair: make_id("00N", number)[:15] for number, pair in enumerate(custom, 1)}
    return kept


def in_rest(schema: AvroSchema) -> Tree:
    """As `eventSchema?payloadFormat=COMPACT` gives it: the tree with its id as `uuid` (R: a public client's capture of 2026)."""
    tree = schema.tree()
    return {"name": tree["name"], "namespace": tree["namespace"], "type": tree["type"], "fields": tree["fields"], "uuid": schema.id}

