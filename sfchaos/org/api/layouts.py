"""Layouts, compact layouts, list views, tabs and theme: what pages show, for clients that draw forms.

Sources: REST API Developer Guide, the page of each resource (shapes D); what nobody arranged is empty or the system's own.
"""

from __future__ import annotations

from collections.abc import Iterator

from sfchaos.core.messages import Response
from sfchaos.org import access
from sfchaos.org.call import Call
from sfchaos.org.described import named, record_types_of
from sfchaos.org.ids import is_id, to_18
from sfchaos.org.refusals import no_such_resource, refuse
from sfchaos.org.routes import Route
from sfchaos.org.schema import layouts
from sfchaos.org.schema.describe import MASTER_RECORD_TYPE
from sfchaos.org.schema.model import SObject
from sfchaos.org.versions import knows

MOST_OBJECTS = 100  # of one compactLayouts request (D)


def all_layouts(call: Call) -> Response:
    sobject = _laid_out(call)
    fields = access.readable(call.org, call.user_id, sobject)
    return call.reply(layouts.layouts(call.org.schema, sobject, fields, record_types_of(call.org, call.user_id, sobject), call.base))


def one_layout(call: Call) -> Response:
    """The layout of a record type, the master's included."""
    sobject, wanted = _laid_out(call), call.params["record_type_id"]
    known = [MASTER_RECORD_TYPE, *(info.id for info in record_types_of(call.org, call.user_id, sobject))]
    if not is_id(wanted) or to_18(wanted) not in known:
        raise no_such_resource()
    return call.reply(layouts.describe_layout(call.org.schema, sobject, access.readable(call.org, call.user_id, sobject)))


def compact_layouts(call: Call) -> Response:
    sobject = _laid_out(call)
    return call.reply(layouts.compact_layouts(sobject, record_types_of(call.org, call.user_id, sobject), call.base))


def primary_compact_layouts(call: Call) -> Response:
    """`?q=Account,Contact`: the compact layout of each."""
    names = [name.strip() for name in call.request.query.get("q", "").split(",") if name.strip()]
    if not names or len(names) > MOST_OBJECTS:
        raise refuse("INVALID_FIELD", f"q must name between 1 and {MOST_OBJECTS} objects")  # status and text are a guess
    found = [named(call, name) for name in names]
    return call.reply({o.name: layouts.primary_compact_layout(o, access.readable(call.org, call.user_id, o)) for o in found})


def approval_layouts(call: Call) -> Response:
    """An org without approval processes has none."""
    _laid_out(call)
    return call.reply({"approvalLayouts": []})


def named_layout(call: Call) -> Response:
    """No object has layouts of a name: 404 for every one."""
    _laid_out(call)
    raise no_such_resource()


def list_views(call: Call) -> Response:
    """None: list views are made in the user interface."""
    sobject = named(call, call.params["sobject"])
    return call.reply({"done": True, "listviews": [], "nextRecordsUrl": None, "size": 0, "sobjectType": sobject.name})


def tabs(call: Call) -> Response:
    return call.reply([layouts.tab(sobject, call.instance_url) for sobject in _with_tab(call)])


def theme(call: Call) -> Response:
    return call.reply({"themeItems": [layouts.theme(sobject) for sobject in _with_tab(call)]})


def _laid_out(call: Call) -> SObject:
    """The named object, where it has pages at all."""
    sobject = named(call, call.params["sobject"])
    if not sobject.flags.get("layoutable", True):
        raise no_such_resource()
    return sobject


def _with_tab(call: Call) -> Iterator[SObject]:
    for sobject in call.org.schema:
        if layouts.has_tab(sobject) and knows(sobject, call.version_number) and access.may(call.org, call.user_id, sobject, "read"):
            yield sobject


_GUIDE = "REST API Developer Guide, "
_DESCRIBE = "/services/data/{v}/sobjects/{sobject}/describe"
ROUTES = [
    Route("GET", f"{_DESCRIBE}/layouts", all_layouts, source=_GUIDE + "sObject Layouts"),
    Route("GET", _DESCRIBE + "/layouts/{record_type_id}", one_layout, source=_GUIDE + "sObject Layouts"),
    Route("GET", f"{_DESCRIBE}/compactLayouts", compact_layouts, source=_GUIDE + "sObject CompactLayouts"),
    Route("GET", f"{_DESCRIBE}/approvalLayouts", approval_layouts, source=_GUIDE + "sObject ApprovalLayouts"),
    Route("GET", _DESCRIBE + "/namedLayouts/{name}", named_layout, source=_GUIDE + "sObject Named Layouts"),
    Route("GET", "/services/data/{v}/sobjects/{sobject}/listviews", list_views, source=_GUIDE + "List Views"),
    Route("GET", "/services/data/{v}/compactLayouts", primary_compact_layouts, source=_GUIDE + "Compact Layouts"),
    Route("GET", "/services/data/{v}/tabs", tabs, source=_GUIDE + "Tabs"),
    Route("GET", "/services/data/{v}/theme", theme, source=_GUIDE + "Theme"),
]
