"""Searches: SOSL, searches by parameters, and what is known about search itself. Source: wire reference 3.9, 9.6."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from sfchaos.core.messages import Response
from sfchaos.org import access
from sfchaos.org.call import Call
from sfchaos.org.refusals import refuse
from sfchaos.org.routes import Route
from sfchaos.org.sosl.fields import scope
from sfchaos.org.sosl.run import Found
from sfchaos.org.sosl.run import search as searched

if TYPE_CHECKING:
    from sfchaos.org.schema.model import SObject

WRAPPED_SINCE = 37.0  # a bare array before (wire reference 3.9, D)
SUGGESTED_ROWS = 5  # without `limit` (REST guide, "Search Suggested Records", D)
SHORTEST_SUGGESTION = 3  # characters (K)
_GLOBAL = ("q", "fields", "sobjects", "in", "overallLimit", "defaultLimit", "offset", "spellCorrection", "metadata", "dataCategory", "dataCategories",
           "division", "netWorkIds", "pricebookId", "snippet", "updateTracking", "updateViewStat")  # fmt: skip
_UNMEANT = ("dataCategory", "dataCategories", "division", "netWorkIds", "pricebookId", "snippet")
_OF_OBJECT = ("name", "fields", "limit", "offset", "orderBy", "where")
_ESCAPED = re.compile(r"(\\.)|([&|!{}\[\]^~:\\'+\-])", re.DOTALL)


def search(call: Call) -> Response:
    """`/search?q=FIND {...}`"""
    text = call.request.query.get("q")
    if text is None:
        raise refuse("MALFORMED_SEARCH", "A search string has to be specified")  # modelled on the query's; text is a guess
    return _reply(call, text)


def by_query(call: Call) -> Response:
    """Parameters in the URL: `q`, `sobject` (repeated), `Account.fields` and so on."""
    pairs = parse_qsl(call.request.query_string, keep_blank_values=True)
    given: dict[str, Any] = {name: value for name, value in pairs if name in _GLOBAL and name != "sobjects"}
    names = [name for key, value in pairs if key == "sobject" for name in value.split(",") if name]
    given["sobjects"] = [{"name": name, **_of_object(name, pairs)} for name in names]
    return _reply(call, statement(given))


def by_body(call: Call) -> Response:
    """The same in a JSON body."""
    return _reply(call, statement(call.json_row()))


def scope_order(call: Call) -> Response:
    """The objects that a global search looks into (REST guide, "Search Scope and Order", D)."""
    return call.reply([{"type": o.name, "url": f"{call.base}/sobjects/{o.name}/describe"} for o in scope(call.org, call.user_id, call.version_number)])


def layout(call: Call) -> Response:
    """`q=Account,Contact`: the columns of their result lists: here name, and the first of phone, email, owner (columns are a guess)."""
    names = [name.strip() for name in call.request.query.get("q", "").split(",")]
    return call.reply([_layout(call, sobject) for name in names if (sobject := access.visible(call.org, call.user_id, name)) is not None and sobject.searchable])


def suggestions(call: Call) -> Response:
    """`q=acm&sobject=Account`: rows whose name begins so. Source: REST guide, "Search Suggested Records" (D)."""
    query = call.request.query
    text, names = query.get("q", ""), [name for name in query.get("sobject", "").split(",") if name]
    if len(text) < SHORTEST_SUGGESTION or not names:  # rule K, code and text are guesses
        raise refuse("INVALID_SEARCH", f"search term must have at least {SHORTEST_SUGGESTION} characters, and sobject has to be specified")
    limit = _whole(query.get("limit", SUGGESTED_ROWS), "limit")
    targets = ", ".join(f"{_name(name)}(Id, {_name_field(call, name)})" for name in names)
    _, found = searched(call.org, f"FIND {{{_escaped(text)}*}} IN NAME FIELDS RETURNING {targets}", user_id=call.user_id, version=call.version_number)
    rows = _records(call, found)
    return call.reply({"autoSuggestResults": rows[:limit], "hasMoreResults": len(rows) > limit})


# ---------------------------------------------------------------------- parts


def _reply(call: Call, text: str) -> Response:
    wanted, found = searched(call.org, text, user_id=call.user_id, version=call.version_number)
    records = _records(call, found)
    if call.version_number < WRAPPED_SINCE:
        return call.reply(records)
    body: dict[str, Any] = {"searchRecords": records}
    if wanted.labels:
        body["metadata"] = {"entityetadata": [_labels(call, each) for each in found]}  # so spelt in the guide's example (D)
    return call.reply(body)


def _records(call: Call, found: list[Found]) -> list[dict[str, Any]]:
    for each in found:
        call.receipt.read.extend(each.result.reads())
    return [record for each in found for record in each.result.records(call.base)]


def _labels(call: Call, found: Found) -> dict[str, Any]:
    sobject = call.org.schema.find(found.sobject)
    named = [(label, f) for label in found.result.fields if sobject is not None and (f := sobject.find(label)) is not None]
    return {"entityName": found.sobject, "fieldMetadata": [{"label": f.label, "name": label} for label, f in named]}


def _layout(call: Call, sobject: SObject) -> dict[str, Any]:
    seen = access.readable(call.org, call.user_id, sobject)
    columns = [f for f in seen if f.name_field or f.type in ("phone", "email") or f.name == "OwnerId"][:4]
    return {
        "label": "Search Results", "limitRows": 25, "objectType": sobject.name,
        "searchColumns": [{"field": f"{sobject.name}.{f.name}", "format": None, "label": f.label, "name": f.name} for f in columns],
    }  # fmt: skip


def _name_field(call: Call, name: str) -> str:
    sobject = access.visible(call.org, call.user_id, name)
    return next((f.name for f in sobject.fields if f.name_field), "Id") if sobject else "Id"


# ---------------------------------------------------------------------- parameters as a statement


def statement(given: Mapping[str, Any]) -> str:
    """SOSL of a search by parameters. Raises Refused for what is missing, unknown or cannot be meant (texts are guesses)."""
    for name in given:
        if name not in _GLOBAL:
            raise refuse("JSON_PARSER_ERROR", f'Unrecognized field "{name}"')
        if name in _UNMEANT:
            raise refuse("INVALID_SEARCH", f"{name} is not supported for this search")
    text = given.get("q")
    if not isinstance(text, str) or not text.strip():
        raise refuse("MALFORMED_SEARCH", "A search string has to be specified")
    group = str(given.get("in", "ALL")).upper().removesuffix(" FIELDS")
    if group not in ("ALL", "NAME", "EMAIL", "PHONE", "SIDEBAR"):
        raise refuse("INVALID_SEARCH", f"invalid search group: {given['in']}")
    returning = _returning(given)
    overall = f" LIMIT {_whole(given['overallLimit'], 'overallLimit')}" if given.get("overallLimit") is not None else ""
    labels = " WITH METADATA = 'LABELS'" if str(given.get("metadata", "")).upper() == "LABELS" else ""
    return f"FIND {{{_escaped(text)}}} IN {group} FIELDS{returning}{labels}{overall}"


def _returning(given: Mapping[str, Any]) -> str:
    sobjects = given.get("sobjects") or []
    if not isinstance(sobjects, list) or not all(isinstance(each, dict) and isinstance(each.get("name"), str) for each in sobjects):
        raise refuse("JSON_PARSER_ERROR", "Cannot deserialize sobjects: every one needs a name")
    return " RETURNING " + ", ".join(_target(each, given) for each in sobjects) if sobjects else ""


def _target(each: Mapping[str, Any], given: Mapping[str, Any]) -> str:
    for name in each:
        if name not in _OF_OBJECT:
            raise refuse("JSON_PARSER_ERROR", f'Unrecognized field "{name}"')
    parts = [_fields(each.get("fields") or given.get("fields") or "Id")]
    for key, words in (("where", "WHERE"), ("orderBy", "ORDER BY")):
        if each.get(key):
            parts.append(f"{words} {each[key]}")
    for key, words, otherwise in (("limit", "LIMIT", given.get("defaultLimit")), ("offset", "OFFSET", given.get("offset"))):
        number = each.get(key, otherwise)
        if number is not None:
            parts.append(f"{words} {_whole(number, key)}")
    return f"{_name(each['name'])}({' '.join(parts)})"


def _fields(names: Any) -> str:
    found = names if isinstance(names, list) else str(names).split(",")
    return ", ".join(str(name).strip() for name in found)


def _of_object(name: str, pairs: list[tuple[str, str]]) -> dict[str, str]:
    return {key.partition(".")[2]: value for key, value in pairs if key.partition(".")[0].lower() == name.lower() and key.partition(".")[2] in _OF_OBJECT[1:]}


def _whole(number: Any, name: str) -> int:
    text = str(number)
    if isinstance(number, bool) or not text.isdecimal() or not text.isascii() or len(text) > 9:
        raise refuse("INVALID_SEARCH", f"{name} must be a whole number: {text}")
    return int(text)


def _name(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z]\w{0,79}", name):
        raise refuse("INVALID_TYPE", f"sObject type '{name}' is not supported.")
    return name


def _escaped(text: str) -> str:
    """Characters that SOSL reserves get their backslash; quotes, wildcards and parentheses keep their meaning, and so does what is escaped already."""
    return _ESCAPED.sub(lambda found: found[1] or "\\" + found[2], text)


_GUIDE = "REST API Developer Guide, "
ROUTES = [
    Route("GET", "/services/data/{v}/search", search, source=_GUIDE + '"Search"'),
    Route("GET", "/services/data/{v}/parameterizedSearch", by_query, source=_GUIDE + '"Search with Parameters in the URI"'),
    Route("POST", "/services/data/{v}/parameterizedSearch", by_body, source=_GUIDE + '"Search with Parameters in the Request Body"'),
    Route("GET", "/services/data/{v}/search/scopeOrder", scope_order, source=_GUIDE + '"Search Scope and Order"'),
    Route("GET", "/services/data/{v}/search/layout", layout, source=_GUIDE + '"Search Result Layouts"'),
    Route("GET", "/services/data/{v}/search/suggestions", suggestions, source=_GUIDE + '"Search Suggested Records"'),
]
