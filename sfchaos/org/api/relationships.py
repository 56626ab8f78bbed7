"""Longer paths from a row to its relatives: `/sobjects/Contact/<id>/Account/Owner`, `/sobjects/Account/Ext__c/A-1/Contacts`.

Paths of one step share their shape with external ids: see `sobjects.py`. Source: REST API Developer Guide, "sObject Relationships".
"""

from __future__ import annotations

from sfchaos.core.messages import Response
from sfchaos.org import access
from sfchaos.org.call import Call
from sfchaos.org.refusals import no_such_resource
from sfchaos.org.routes import Route
from sfchaos.org.rows.read import ids_by_key, key_field_of, not_found
from sfchaos.org.rows.relationships import Row, follow, named_row
from sfchaos.org.rows.row_calls import at_row, several
from sfchaos.org.schema.model import SObject

MOST_STEPS = 5  # from children to parents (D)
_STEPS = ("one", "two", "three", "four", "five", "six", "seven")


def walk(call: Call) -> Response:
    sobject = access.visible(call.org, call.user_id, call.params["sobject"])
    if sobject is None:
        raise no_such_resource()
    parts = [call.params[name] for name in _STEPS if name in call.params]
    start = named_row(sobject, parts[0])
    if start is not None:
        return _walk(call, start, parts[1:])
    found = _by_key(call, sobject, parts[0], parts[1])
    return several(call, sobject, found) if len(found) > 1 else _walk(call, Row(sobject, found[0]), parts[2:])


def _walk(call: Call, start: Row, names: list[str]) -> Response:
    if len(names) > MOST_STEPS:
        raise no_such_resource()
    return at_row(call, follow(call, start, names))


def _by_key(call: Call, sobject: SObject, field: str, value: str) -> list[str]:
    f = key_field_of(call.org, sobject, field, call.user_id)
    found = ids_by_key(call.org, sobject, f, value, call.user_id)
    if not found:
        raise not_found(f.name)
    return found


def _templates() -> list[str]:
    """From three parts after the sObject (an id and two steps, or a key and one) to a key and five steps."""
    names = [f"{{{name}}}" for name in _STEPS]
    return ["/services/data/{v}/sobjects/{sobject}/" + "/".join(names[:count]) for count in range(3, len(names) + 1)]


ROUTES = [
    Route(method, template, walk, source='REST API Developer Guide, "Traverse Relationships with Friendly URLs"')
    for template in _templates()
    for method in ("GET", "PATCH", "DELETE")
]
