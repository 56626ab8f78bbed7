"""What an sObject and a field are. A Schema is a frozen value with a digest; changing it makes another one.

Field keys follow describe (wire reference 3.4); the few that a team writes in YAML are read by `load.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from sfchaos.core.canonical import canonical_json, sha256_hex
from sfchaos.org.schema.metadata import DuplicateRule, RecordType, Summary, ValidationRule

SOAP_TYPES = {
    "id": "tns:ID", "reference": "tns:ID", "boolean": "xsd:boolean", "int": "xsd:int", "long": "xsd:long", "double": "xsd:double",
    "currency": "xsd:double", "percent": "xsd:double", "date": "xsd:date", "datetime": "xsd:dateTime", "time": "xsd:time",
    "base64": "xsd:base64Binary", "address": "urn:address", "location": "urn:location", "anyType": "xsd:anyType",
}  # fmt: skip
TEXT_TYPES = frozenset({"string", "textarea", "phone", "url", "email", "picklist", "multipicklist", "combobox", "encryptedstring"})
NOT_COMPUTED = "not-computed"  # `formula` of a formula field whose text the org cannot compute: it shows null
NUMBER_TYPES = frozenset({"double", "currency", "percent"})


@dataclass(frozen=True)
class Field:
    """One field. `type` is describe's. `length` in characters; `precision`/`scale` in digits.

    `compound` is the compound field it is part of ("Name", "BillingAddress"); a compound field itself has type "address"
    or is a `calculated` string (Name of people) and has no column. `formula` names how the org computes it ("person_name").
    `defaulted_on_create`: the org fills it when a create leaves it out (OwnerId). `derived_from` names the picklist whose
    value decides this one, `derived_values` how (see `derive.py`). `digits` are describe's, for whole numbers.
    `formula_text` is a formula in Salesforce's language, `blank_as_zero` how it takes an empty number. `picklist_labels` are
    (value, label) pairs where the two differ, `inactive_values` values that are still stored but not offered. `controller` is the
    field that decides which values of a dependent picklist fit, `valid_for` its (value, controlling values) pairs. `tracked`
    fields leave rows in the object's history. `since` is the first API version that shows the field, 0 for all. `summary` is what a
    roll-up field adds up.
    """

    name: str
    type: str = "string"
    label: str = ""
    length: int = 0
    precision: int = 0
    scale: int = 0
    digits: int = 0
    nillable: bool = True
    createable: bool = True
    updateable: bool = True
    default: object = None
    defaulted_on_create: bool = False
    unique: bool = False
    case_sensitive: bool = False
    external_id: bool = False
    id_lookup: bool = False
    name_field: bool = False
    auto_number: str = ""  # display format, "{00000000}"
    calculated: bool = False
    formula: str = ""
    derived_from: str = ""
    derived_values: tuple[tuple[str, object], ...] = ()
    compound: str = ""
    reference_to: tuple[str, ...] = ()
    relationship_name: str = ""
    child_relationship_name: str = ""
    cascade_delete: bool = False
    restricted_delete: bool = False
    picklist: tuple[str, ...] = ()
    restricted_picklist: bool = False
    filterable: bool = True
    sortable: bool = True
    groupable: bool = True
    permissionable: bool = True
    custom: bool = False
    formula_text: str = ""
    blank_as_zero: bool = True
    picklist_labels: tuple[tuple[str, str], ...] = ()
    inactive_values: tuple[str, ...] = ()
    controller: str = ""
    valid_for: tuple[tuple[str, tuple[str, ...]], ...] = ()
    help_text: str = ""
    mask: str = ""  # what is shown instead of each hidden character of an encryptedstring: "asterisk" or "X"
    mask_type: str = ""  # "all", "lastFour", "creditCard", "sin", "nino", "ssn"
    html_formatted: bool = False
    tracked: bool = False
    since: float = 0.0
    holds_numbers: bool = False  # a text whose column is a number's: its type was changed
    summary: Summary | None = field(default=None, repr=False)

    @property
    def key(self) -> str:
        return self.name.lower()

    @property
    def has_column(self) -> bool:
        return self.type not in ("address", "location") and not self.calculated

    @property
    def is_compiled(self) -> bool:
        """True for formula and roll-up fields, whose value is an SQL expression that `org/formula` writes."""
        return bool(self.formula_text) or self.summary is not None

    @property
    def is_text(self) -> bool:
        return self.type in TEXT_TYPES

    @property
    def required(self) -> bool:
        """True when a create without it is refused."""
        given = self.default is not None or self.defaulted_on_create or bool(self.auto_number) or self.type == "boolean"
        return not self.nillable and self.createable and not given


@dataclass(frozen=True)
class SObject:
    """`sharing` is the organization-wide default: "Private", "Read", "ReadWrite", "ControlledByParent"; "" where rows are not
    shared at all (setup objects, whose rows everybody may read). `since` is the first API version that knows the object, 0 for all.
    `event` is "HighVolume" or "StandardVolume" for platform events and "Change" for change events, which have no rows; `publish` when
    a platform event is published: "PublishAfterCommit" or "PublishImmediately".
    """

    name: str
    label: str
    label_plural: str
    key_prefix: str
    fields: tuple[Field, ...]
    custom: bool = False
    createable: bool = True
    updateable: bool = True
    deletable: bool = True
    queryable: bool = True
    searchable: bool = True
    replicateable: bool = True
    flags: Mapping[str, object] = field(default_factory=dict)  # other describe keys that differ from the default
    sharing: str = ""
    record_types: tuple[RecordType, ...] = ()
    validation_rules: tuple[ValidationRule, ...] = ()
    duplicate_rules: tuple[DuplicateRule, ...] = ()
    since: float = 0.0
    event: str = ""
    publish: str = ""

    @cached_property
    def by_key(self) -> dict[str, Field]:
        """Fields by lower-case name."""
        return {f.key: f for f in self.fields}

    @cached_property
    def by_relationship(self) -> dict[str, Field]:
        """Reference fields by lower-case relationship name (`owner`, `account`, `parent__r`)."""
        return {f.relationship_name.lower(): f for f in self.fields if f.relationship_name}

    def find(self, name: str) -> Field | None:
        return self.by_key.get(name.lower())

    @cached_property
    def columns(self) -> tuple[Field, ...]:
        return tuple(f for f in self.fields if f.has_column)

    @cached_property
    def derived(self) -> tuple[Field, ...]:
        """Fields whose value follows from a picklist of the same row."""
        return tuple(f for f in self.fields if f.derived_from)

    def with_field(self, changed: Field) -> SObject:
        """A copy in which a field of that name is replaced, or added at the end."""
        names = [f.key for f in self.fields]
        if changed.key in names:
            return replace(self, fields=tuple(changed if f.key == changed.key else f for f in self.fields))
        return replace(self, fields=(*self.fields, changed))


@dataclass(frozen=True)
class Schema:
    """All sObjects of an org. `name` and `version` are what schedules call it: `standard@2`."""

    name: str
    version: int
    objects: Mapping[str, SObject]  # by lower-case name

    def find(self, name: str) -> SObject | None:
        return self.objects.get(name.lower())

    def of_prefix(self, prefix: str) -> SObject | None:
        return self._by_prefix.get(prefix)

    def __iter__(self) -> Iterator[SObject]:
        return iter(self.objects.values())

    def with_object(self, sobject: SObject) -> Schema:
        return replace(self, objects={**self.objects, sobject.name.lower(): sobject})

    @cached_property
    def _by_prefix(self) -> dict[str, SObject]:
        return {o.key_prefix: o for o in self.objects.values() if o.key_prefix}

    @cached_property
    def children(self) -> dict[str, tuple[tuple[SObject, Field], ...]]:
        """Per parent (lower case): the (child object, reference field) pairs that point at it."""
        found: dict[str, list[tuple[SObject, Field]]] = {}
        for sobject in self.objects.values():
            for f in sobject.fields:
                for parent in f.reference_to:
                    found.setdefault(parent.lower(), []).append((sobject, f))
        return {parent: tuple(pairs) for parent, pairs in found.items()}

    @cached_property
    def digest(self) -> str:
        rows = [[o.name, o.key_prefix, [repr(f) if f.summary is None else repr((f, f.summary)) for f in o.fields], _setup_of(o)] for o in self.objects.values()]
        return sha256_hex(canonical_json([self.name, self.version, rows]))[:16]


def _setup_of(o: SObject) -> str:
    """What changes how rows of an object behave, besides its fields."""
    return repr((o.sharing, o.record_types, o.validation_rules, o.duplicate_rules, o.createable, o.updateable, o.deletable, o.queryable))
