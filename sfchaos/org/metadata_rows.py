"""The tooling objects as a schema, and how their rows follow from the org's own schema. Fields: Tooling API guide (D)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

from sfchaos.org.access import delegation_rows
from sfchaos.org.schema.model import Field, Schema, SObject
from sfchaos.org.setup_ids import named_id

if TYPE_CHECKING:
    from sfchaos.org.org import Org

Row = dict[str, Any]

_ENTITY = ("DurableId QualifiedApiName DeveloperName MasterLabel Label PluralLabel NamespacePrefix KeyPrefix PublisherId InternalSharingModel ExternalSharingModel "
           "DeploymentStatus Description DetailUrl EditUrl NewUrl RunningUserEntityAccessId RecordTypesSupported")  # fmt: skip
_ENTITY_FLAGS = ("IsApexTriggerable IsCompactLayoutable IsCustomizable IsCustomSetting IsDeprecatedAndHidden IsEverCreatable IsEverDeletable IsEverUpdatable "
                 "IsFeedEnabled IsIdEnabled IsLayoutable IsProcessEnabled IsQueryable IsReplicateable IsRetrieveable IsSearchable IsSearchLayoutable IsTriggerable "
                 "IsWorkflowEnabled")  # fmt: skip
_FIELD = ("DurableId QualifiedApiName DeveloperName MasterLabel Label NamespacePrefix DataType ServiceDataTypeId ValueTypeId ExtraTypeInfo RelationshipName "
          "ReferenceTargetField ControllingFieldDefinitionId Description BusinessStatus SecurityClassification ComplianceGroup PublisherId")  # fmt: skip
_FIELD_FLAGS = ("IsApiFilterable IsApiGroupable IsApiSortable IsCalculated IsCompactLayoutable IsCompound IsFieldHistoryTracked IsHighScaleNumber IsHtmlFormatted "
                "IsIndexed IsListFilterable IsListSortable IsListVisible IsNameField IsNillable IsPolymorphicForeignKey IsWorkflowFilterable")  # fmt: skip
_PARTICLE = "DurableId QualifiedApiName DeveloperName MasterLabel Label NamespacePrefix DataType ServiceDataTypeId ValueTypeId ExtraTypeInfo RelationshipName Name DefaultValueFormula InlineHelpText"
_PARTICLE_FLAGS = ("IsApiFilterable IsApiGroupable IsApiSortable IsAutonumber IsCalculated IsCaseSensitive IsCreatable IsDefaultedOnCreate IsDependentPicklist "
                   "IsEncrypted IsFieldHistoryTracked IsIdLookup IsNameField IsNamePointing IsNillable IsPermissionable IsUnique IsUpdatable")  # fmt: skip
# Objects that an org without code has none of: name -> (key prefix, text fields)
_EMPTY = {
    "ApexClass": ("01p", "Name NamespacePrefix Status Body"), "ApexTrigger": ("01q", "Name NamespacePrefix TableEnumOrId Status Body"),
    "ApexPage": ("066", "Name NamespacePrefix MasterLabel Markup"), "ApexComponent": ("099", "Name NamespacePrefix MasterLabel Markup"),
    "ApexLog": ("07L", "Operation Application Status Request Location LogUserId"), "ApexTestQueueItem": ("709", "ApexClassId Status ExtendedStatus ParentJobId"),
    "ApexTestResult": ("07M", "ApexClassId MethodName Outcome Message StackTrace AsyncApexJobId QueueItemId"),
    "ApexCodeCoverageAggregate": ("715", "ApexClassOrTriggerId"), "AsyncApexJob": ("707", "ApexClassId JobType Status"),
    "Flow": ("301", "MasterLabel Status ProcessType DefinitionId Description"), "FlowDefinition": ("300", "DeveloperName MasterLabel ActiveVersionId LatestVersionId"),
    "DebugLevel": ("7dl", "DeveloperName MasterLabel ApexCode"), "TraceFlag": ("7tf", "TracedEntityId DebugLevelId LogType"),
    "StaticResource": ("081", "Name NamespacePrefix ContentType"), "WorkflowRule": ("01Q", "Name TableEnumOrId"), "Layout": ("00h", "Name TableEnumOrId NamespacePrefix"),
    "MetadataContainer": ("1dc", "Name"), "ContainerAsyncRequest": ("1dr", "MetadataContainerId State ErrorMsg"), "InstalledSubscriberPackage": ("0A3", "SubscriberPackageId"),
    "SourceMember": ("0MZ", "MemberName MemberType"), "AuraDefinitionBundle": ("0Ab", "DeveloperName MasterLabel"), "LightningComponentBundle": ("0Rb", "DeveloperName MasterLabel"),
}  # fmt: skip
# How Setup names a type, where it is not the type itself (K)
_DATA_TYPES = {
    "string": "Text({length})", "textarea": "Text Area({length})", "boolean": "Checkbox", "double": "Number({integer}, {scale})", "currency": "Currency({integer}, {scale})",
    "percent": "Percent({integer}, {scale})", "int": "Number({integer}, 0)", "date": "Date", "datetime": "Date/Time", "time": "Time", "reference": "Lookup({parents})", "id": "Lookup()",
    "phone": "Phone", "email": "Email", "url": "URL({length})", "picklist": "Picklist", "multipicklist": "Picklist (Multi-Select)", "address": "Address", "location": "Geolocation",
}  # fmt: skip


@cache
def tooling_schema() -> Schema:
    computed = {
        "EntityDefinition": ("4ie", _ENTITY, _ENTITY_FLAGS, ()),
        "FieldDefinition": ("6DA", _FIELD, _FIELD_FLAGS, (_link("EntityDefinition", "Fields"), _number("Length"), _number("Precision"), _number("Scale"))),
        "EntityParticle": ("6Da", _PARTICLE, _PARTICLE_FLAGS, (_link("EntityDefinition", "Particles"), _link("FieldDefinition", "Particles"), _number("Length"),
                                                               _number("Precision"), _number("Scale"), _number("Digits"), _number("ByteLength"))),
        "PicklistValueInfo": ("4pv", "DurableId Value Label ValidFor", "IsActive IsDefaultValue", (_link("EntityParticle", "PicklistValues"),)),
        "CustomObject": ("01I", "DeveloperName NamespacePrefix Description ExternalName", "", ()),
        "CustomField": ("00N", "DeveloperName NamespacePrefix TableEnumOrId Description FullName", "", (_link("EntityDefinition", "CustomFields"),)),
        "ValidationRule": ("03d", "ValidationName NamespacePrefix ErrorMessage ErrorDisplayField Description", "Active", (_link("EntityDefinition", "ValidationRules"),)),
        "DelegateGroup": (delegation_rows.GROUP_PREFIX, "DeveloperName Name", "IsLoginAccessEnabled", ()),
        "DelegateGroupMember": (delegation_rows.MEMBER_PREFIX, "DelegateGroupId UserOrGroupId", "", ()),
        "DelegateGroupGrant": (delegation_rows.GRANT_PREFIX, "DelegateGroupId GrantedId KeyPrefix", "", ()),
    }  # fmt: skip
    objects = [_object(name, prefix, text, flags, more) for name, (prefix, text, flags, more) in computed.items()]
    objects += [_object(name, prefix, text, "", ()) for name, (prefix, text) in _EMPTY.items()]
    return Schema("tooling", 1, {o.name.lower(): o for o in objects})


def _object(name: str, prefix: str, text: str, flags: str, more: tuple[Field, ...]) -> SObject:
    fields = [Field("Id", "id", "Record ID", 18, nillable=False, createable=False, updateable=False)]
    fields += [Field(part, "string", part, 255, createable=False, updateable=False) for part in text.split()]
    fields += [Field(part, "boolean", part, createable=False, updateable=False) for part in flags.split()]
    fields += [Field(part, "datetime", part, createable=False, updateable=False) for part in ("CreatedDate", "LastModifiedDate")]
    return SObject(name, name, f"{name}s", prefix, (*fields, *more), createable=False, updateable=False, deletable=False, flags={"layoutable": False})


def _link(parent: str, children: str) -> Field:
    """A parent named by its DurableId, which is no 18-character id: a text with a relationship."""
    return Field(f"{parent}Id", "string", parent, 255, createable=False, updateable=False, reference_to=(parent,), relationship_name=parent, child_relationship_name=children)


def _number(name: str) -> Field:
    return Field(name, "int", name, digits=9, createable=False, updateable=False)


# ---------------------------------------------------------------------------- rows


def _entities(org: Org) -> Iterator[Row]:
    for o in org.schema:
        base = f"/{o.key_prefix}" if o.key_prefix else None
        yield {
            "Id": o.name, "DurableId": o.name, "QualifiedApiName": o.name, "DeveloperName": o.name.removesuffix("__c"), "MasterLabel": o.label, "Label": o.label,
            "PluralLabel": o.label_plural, "KeyPrefix": o.key_prefix or None, "PublisherId": "<local>" if o.custom else "System", "InternalSharingModel": o.sharing or "ReadWrite",
            "ExternalSharingModel": "Private", "DeploymentStatus": "Deployed" if o.custom else None, "NewUrl": f"{base}/e" if base else None,
            "IsApexTriggerable": bool(o.flags.get("triggerable", True)), "IsCompactLayoutable": bool(o.flags.get("layoutable", True)), "IsCustomizable": bool(o.flags.get("layoutable", True)),
            "IsCustomSetting": False, "IsDeprecatedAndHidden": False, "IsEverCreatable": o.createable, "IsEverDeletable": o.deletable, "IsEverUpdatable": o.updateable,
            "IsFeedEnabled": bool(o.flags.get("feedEnabled", False)), "IsIdEnabled": True, "IsLayoutable": bool(o.flags.get("layoutable", True)), "IsProcessEnabled": False,
            "IsQueryable": o.queryable, "IsReplicateable": o.replicateable, "IsRetrieveable": True, "IsSearchable": o.searchable, "IsSearchLayoutable": o.searchable,
            "IsTriggerable": bool(o.flags.get("triggerable", True)), "IsWorkflowEnabled": bool(o.flags.get("layoutable", True)),
        }  # fmt: skip


def _durable(o: SObject, f: Field) -> str:
    return f"{o.name}.{f.name.removesuffix('Id') if f.type == 'reference' and not f.custom else f.name}"  # `Account.Owner` for OwnerId (K)


def _common(o: SObject, f: Field) -> Row:
    return {
        "QualifiedApiName": f.name, "DeveloperName": f.name.removesuffix("__c"), "MasterLabel": f.label or f.name, "Label": f.label or f.name, "ValueTypeId": f.type,
        "RelationshipName": f.relationship_name or None, "Length": f.length, "Precision": f.precision, "Scale": f.scale, "EntityDefinitionId": o.name,
        "IsApiFilterable": f.filterable, "IsApiGroupable": f.groupable, "IsApiSortable": f.sortable, "IsCalculated": f.calculated, "IsFieldHistoryTracked": f.tracked,
        "IsNameField": f.name_field, "IsNillable": f.nillable,
    }  # fmt: skip


def _fields(org: Org) -> Iterator[Row]:
    for o in org.schema:
        for f in o.fields:
            yield {
                **_common(o, f), "Id": _durable(o, f), "DurableId": _durable(o, f), "DataType": _data_type(f), "PublisherId": "<local>" if f.custom else "System",
                "IsCompactLayoutable": True, "IsCompound": f.type in ("address", "location"), "IsHighScaleNumber": False, "IsHtmlFormatted": f.html_formatted,
                "IsIndexed": f.external_id or f.unique or f.type in ("id", "reference") or f.name_field, "IsListFilterable": f.filterable, "IsListSortable": f.sortable,
                "IsListVisible": True, "IsPolymorphicForeignKey": len(f.reference_to) > 1, "IsWorkflowFilterable": f.filterable,
                "ControllingFieldDefinitionId": f"{o.name}.{f.controller}" if f.controller else None,
            }  # fmt: skip


def _data_type(f: Field) -> str:
    if f.type == "textarea" and f.length > 255:
        return f"Long Text Area({f.length})"
    digits = (f.precision or f.digits or 18) - f.scale
    return _DATA_TYPES.get(f.type, f.type).format(length=f.length, integer=digits, scale=f.scale, parents=",".join(f.reference_to))


def _particles(org: Org) -> Iterator[Row]:
    for o in org.schema:
        for f in o.fields:
            yield {
                **_common(o, f), "Id": f"{o.name}.{f.name}", "DurableId": f"{o.name}.{f.name}", "Name": f.name, "FieldDefinitionId": _durable(o, f), "DataType": f.type,
                "Digits": f.digits, "ByteLength": f.length * 3, "IsAutonumber": bool(f.auto_number), "IsCaseSensitive": f.case_sensitive, "IsCreatable": f.createable,
                "IsDefaultedOnCreate": f.defaulted_on_create, "IsDependentPicklist": bool(f.controller), "IsEncrypted": f.type == "encryptedstring", "IsIdLookup": f.id_lookup,
                "IsNamePointing": len(f.reference_to) > 1, "IsPermissionable": f.permissionable, "IsUnique": f.unique, "IsUpdatable": f.updateable, "InlineHelpText": f.help_text or None,
            }  # fmt: skip


def _picklist_values(org: Org) -> Iterator[Row]:
    for o in org.schema:
        for f in o.fields:
            labels = dict(f.picklist_labels)
            for number, value in enumerate(f.picklist):
                durable = f"{o.name}.{f.name}.{number}"
                yield {
                    "Id": durable, "DurableId": durable, "EntityParticleId": f"{o.name}.{f.name}", "Value": value, "Label": labels.get(value, value),
                    "IsActive": value not in f.inactive_values, "IsDefaultValue": value == f.default,
                }  # fmt: skip


def _custom_objects(org: Org) -> Iterator[Row]:
    yield from ({"Id": named_id("01I", o.name), "DeveloperName": o.name.removesuffix("__c")} for o in org.schema if o.custom)


def _custom_fields(org: Org) -> Iterator[Row]:
    for o, f in ((sobject, one) for sobject in org.schema for one in sobject.fields if one.custom):
        yield {
            "Id": named_id("00N", f"{o.name}.{f.name}"), "DeveloperName": f.name.removesuffix("__c"), "TableEnumOrId": o.name, "EntityDefinitionId": o.name, "FullName": f"{o.name}.{f.name}",
        }  # fmt: skip


def _validation_rules(org: Org) -> Iterator[Row]:
    for o, rule in ((sobject, one) for sobject in org.schema for one in sobject.validation_rules):
        yield {
            "Id": named_id("03d", f"{o.name}.{rule.name}"), "ValidationName": rule.name, "Active": rule.active, "ErrorMessage": rule.message, "ErrorDisplayField": rule.field or None,
            "EntityDefinitionId": o.name,
        }  # fmt: skip


ROWS: dict[str, Callable[[Org], Iterator[Row]]] = {
    "EntityDefinition": _entities, "FieldDefinition": _fields, "EntityParticle": _particles, "PicklistValueInfo": _picklist_values, "CustomObject": _custom_objects,
    "CustomField": _custom_fields, "ValidationRule": _validation_rules, "DelegateGroup": delegation_rows.groups,
    "DelegateGroupMember": delegation_rows.members, "DelegateGroupGrant": delegation_rows.grants,
}  # fmt: skip
