"""Page layouts, compact layouts and tabs: what an org shows that nobody has arranged.

There is one layout an object: all fields that the user may see, two a row, under the heading "Information". Shapes and keys: REST
API Developer Guide, "Describe Layouts", "Compact Layouts", "Tabs", "Theme" (D); keys inside a section: SOAP API Developer Guide,
"DescribeLayoutResult" (D). Sections, rows and orders are ours (K).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sfchaos.org.ids import make_id
from sfchaos.org.schema.describe import MASTER_RECORD_TYPE, RecordTypeInfo, field_describe
from sfchaos.org.schema.model import Field, Schema, SObject

LAYOUT_PREFIX = "00h"
SYSTEM_LAYOUT = "SYSTEM"
COLUMNS = 2
_NOT_LAID_OUT = frozenset({"Id", "IsDeleted", "SystemModstamp", "MasterRecordId", "PhotoUrl", "LastViewedDate", "LastReferencedDate", "LastActivityDate"})


def layout_id(schema: Schema, sobject: SObject) -> str:
    """The same for the same object of the same schema."""
    return make_id(LAYOUT_PREFIX, 1 + [o.name for o in schema].index(sobject.name))


def describe_layout(schema: Schema, sobject: SObject, fields: Iterable[Field]) -> dict[str, Any]:
    """One layout. Compound fields stand for their parts."""
    shown = [f for f in fields if f.name not in _NOT_LAID_OUT and not f.compound]
    own_id = layout_id(schema, sobject)
    return {
        "buttonLayoutSection": {"detailButtons": []}, "detailLayoutSections": [_section(sobject, shown, own_id)],
        "editLayoutSections": [_section(sobject, [f for f in shown if f.createable or f.updateable], own_id)], "feedView": None,
        "highlightsPanelLayoutSection": None, "id": own_id, "multirowEditLayoutSections": [], "offlineLinks": [],
        "quickActionList": {"quickActionListItems": []}, "relatedContent": None, "relatedLists": [], "saveOptions": [],
    }  # fmt: skip


def layouts(schema: Schema, sobject: SObject, fields: Iterable[Field], types: Sequence[RecordTypeInfo], base: str) -> dict[str, Any]:
    """All layouts. With record types of its own an object lists none here: each is asked for by its record type (D)."""
    own_id = layout_id(schema, sobject)
    master = RecordTypeInfo(MASTER_RECORD_TYPE, "Master", "Master", True, True, default=not any(info.default for info in types))
    return {
        "layouts": None if types else [describe_layout(schema, sobject, fields)],
        "recordTypeMappings": [
            {
                "active": info.active, "available": info.available, "defaultRecordTypeMapping": info.default, "developerName": info.developer_name,
                "layoutId": own_id, "master": info is master, "name": info.name, "picklistsForRecordType": None, "recordTypeId": info.id,
                "urls": {"layout": f"{base}/sobjects/{sobject.name}/describe/layouts/{info.id}"},
            }
            for info in (*types, master)
        ],
        "recordTypeSelectorRequired": [sum(info.available for info in types) > 1],
    }  # fmt: skip


def compact_layouts(sobject: SObject, types: Sequence[RecordTypeInfo], base: str) -> dict[str, Any]:
    """The system's own compact layout, which has no id, for every record type (D)."""
    here = f"{base}/sobjects/{sobject.name}/describe/compactLayouts"
    types = [*types, RecordTypeInfo(MASTER_RECORD_TYPE, "Master", "Master", True, True, default=not types)]
    return {
        "compactLayouts": [], "defaultCompactLayoutId": None,
        "recordTypeCompactLayoutMappings": [
            {
                "available": info.available, "compactLayoutId": None, "compactLayoutName": SYSTEM_LAYOUT, "recordTypeId": info.id,
                "recordTypeName": info.name, "urls": {"compactLayout": f"{here}/{info.id}"},
            }
            for info in types
        ],
        "urls": {"primary": f"{here}/primary"},
    }  # fmt: skip


def primary_compact_layout(sobject: SObject, fields: Iterable[Field]) -> dict[str, Any]:
    """The system's compact layout: the name field alone (D)."""
    named = [f for f in fields if f.name_field]
    return {"actions": [], "fieldItems": [_item(f, index) for index, f in enumerate(named)], "id": None, "imageItems": [], "label": "System Default",
            "name": SYSTEM_LAYOUT, "objectType": sobject.name}  # fmt: skip


def tab(sobject: SObject, origin: str) -> dict[str, Any]:
    """The tab of an object; it has no pictures of its own here."""
    name = sobject.name if sobject.custom else f"standard-{sobject.name}"
    return {"colors": [], "custom": sobject.custom, "iconUrl": "", "icons": [], "label": sobject.label_plural, "miniIconUrl": "", "name": name,
            "sobjectName": sobject.name, "url": f"{origin}/{sobject.key_prefix}/o"}  # fmt: skip


def has_tab(sobject: SObject) -> bool:
    return bool(sobject.flags.get("mruEnabled", True)) and bool(sobject.flags.get("layoutable", True)) and bool(sobject.key_prefix)


def theme(sobject: SObject) -> dict[str, Any]:
    return {"colors": [], "icons": [], "name": sobject.name}


def _section(sobject: SObject, fields: Sequence[Field], own_id: str) -> dict[str, Any]:
    items = [_item(f, index) for index, f in enumerate(fields)]
    rows = [items[at : at + COLUMNS] for at in range(0, len(items), COLUMNS)]
    return {
        "collapsed": False, "columns": COLUMNS, "heading": f"{sobject.label} Information",
        "layoutRows": [{"layoutItems": row, "numItems": len(row)} for row in rows], "layoutSectionId": None, "parentLayoutId": own_id,
        "rows": len(rows), "tabOrder": "LeftToRight", "useCollapsibleSection": False, "useHeading": True,
    }  # fmt: skip


def _item(f: Field, index: int) -> dict[str, Any]:
    component = {"details": field_describe(f), "displayLines": 1, "tabOrder": index + 1, "type": "Field", "value": f.name}
    return {"editableForNew": f.createable, "editableForUpdate": f.updateable, "label": f.label, "layoutComponents": [component],
            "placeholder": False, "required": f.required}  # fmt: skip
