"""The REST API in XML, for the client that asks by `Accept: application/xml`, `.xml` behind a path, or writes a row as XML.

Shapes: REST guide, its examples in XML (K: `<Account type= url=>`, `<QueryResult>`, `<Result>`, `<Versions>`, `<DescribeGlobal>`, `<urls>`); errors L
(wire reference 1.5). A list is its element repeated, null is `xsi:nil`. The root of everything else is a guess: `<Response>`.
"""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from sfchaos.core.messages import Request, Response
from sfchaos.org.refusals import Refused, escape, refuse
from sfchaos.org.xml_parsing import BadXml, parsed

XML = "application/xml;charset=UTF-8"
_DATA = "/services/data"
# Resources that know a suffix (wire reference 1.5: "old resources"; which ones is a guess)
_SUFFIXED = re.compile(
    r"(/services/data(?:/v?\d+\.\d(?:/|/(?:limits|query|queryAll|search|recent|sobjects(?:/\w+(?:/(?:describe|[A-Za-z0-9]{15}|[A-Za-z0-9]{18}))?)?))?)?/?)\.(xml|json)",
    re.IGNORECASE,
)
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def plain(request: Request) -> Request:
    """The request without a suffix of its path, which becomes its Accept header."""
    found = _SUFFIXED.fullmatch(request.path)
    if found is None:
        return request
    origin, query = request.url.partition(request.path)[0], request.query_string
    url = f"{origin}{found[1]}{'?' + query if query else ''}"
    return replace(request, url=url).with_headers(accept=f"application/{found[2].lower()}")


def wants_xml(request: Request) -> bool:
    """Whether XML stands before JSON in Accept. A browser's header does (it gets XML at Salesforce too, K)."""
    kinds = [part.partition(";")[0].strip().lower() for part in request.header("accept").split(",")]
    first = next((kind for kind in kinds if kind in ("application/xml", "text/xml", "application/json")), "")
    return first.endswith("xml")


def in_xml(request: Request, response: Response) -> Response:
    """A JSON reply of the data API as XML; any other as it is."""
    if not response.header("content-type").lower().startswith("application/json") or not request.path.lower().startswith(_DATA):
        return response
    if not response.body:
        return response
    value = json.loads(response.body)
    text = f'<?xml version="1.0" encoding="UTF-8"?>{"".join(_document(value, request, response.status))}'
    headers = tuple((name, XML if name.lower() == "content-type" else held) for name, held in response.headers)
    return replace(response, body=text.encode("utf-8", "replace"), headers=headers)


def _document(value: Any, request: Request, status: int) -> Iterator[str]:
    if status >= 400 and isinstance(value, list):
        yield from _wrapped("Errors", "Error", value)
    elif isinstance(value, list):
        kind = "Versions" if request.path.strip("/").lower() == "services/data" else "Response"
        yield from _wrapped(kind, "Version" if kind == "Versions" else "item", value)
    elif isinstance(value, dict):
        yield from _element(_root(value, request), value, top=True)
    else:
        yield from _element("Response", value, top=True)


def _root(value: Mapping[str, Any], request: Request) -> str:
    attributes = value.get("attributes")
    if isinstance(attributes, dict) and "type" in attributes:
        return str(attributes["type"])
    for key, root in (("totalSize", "QueryResult"), ("success", "Result"), ("searchRecords", "SearchResult"), ("maxBatchSize", "DescribeGlobal"), ("DailyApiRequests", "LimitsSnapshot")):
        if key in value:
            return root
    if {"fields", "childRelationships", "name"} <= value.keys():
        return str(value["name"])
    return "urls" if "sobjects" in value and isinstance(value["sobjects"], str) else "Response"


_NIL = ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'


def _wrapped(root: str, each: str, items: list[Any]) -> Iterator[str]:
    yield f"<{root}{_NIL if root == 'Response' else ''}>"
    for item in items:
        yield from _element(each, item)
    yield f"</{root}>"


def _element(name: str, value: Any, *, top: bool = False) -> Iterator[str]:
    tag = _tag(name)
    space = _NIL if top and '": null' in json.dumps(value) else ""
    if isinstance(value, list):
        for item in value:
            yield from _element(name, item)
    elif isinstance(value, dict):
        attributes = value.get("attributes")
        marks = "".join(f" {_tag(key)}={_quoted(str(item))}" for key, item in attributes.items()) if isinstance(attributes, dict) else ""
        yield f"<{tag}{space}{marks}>"
        for key, item in value.items():
            if not (key == "attributes" and isinstance(item, dict)):
                yield from _element(key, item)
        yield f"</{tag}>"
    elif value is None:
        yield f'<{tag}{space} xsi:nil="true"/>'
    else:
        yield f"<{tag}>{escape(_word(value))}</{tag}>"


_NAME = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)


def _tag(name: str) -> str:
    """Keys that can be no element (names of apps in /limits, for one) become one by an underscore for each stranger."""
    return name if _NAME.fullmatch(name) else "_" + re.sub(r"[^A-Za-z0-9_.-]", "_", name)


def _word(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else _clean(str(value))


def _quoted(text: str) -> str:
    return '"' + escape(_clean(text)).replace('"', "&quot;") + '"'


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)


# ---------------------------------------------------------------------- rows that come as XML


def row_of(body: bytes) -> dict[str, Any]:
    """`<Account><Name>Acme</Name></Account>` as a row of texts. Raises Refused XML_PARSER_ERROR (code D; texts are guesses)."""
    if not body.strip():
        raise _bad("The HTTP entity body is required, but this request has no entity body.")
    try:
        found = _value(parsed(body))
    except BadXml as error:
        raise _bad(str(error)) from None
    if not isinstance(found, dict):
        raise _bad("a record needs an element for each field")
    return found


def _value(element: ET.Element) -> Any:
    if any(name.rpartition("}")[2] == "nil" and value == "true" for name, value in element.attrib.items()):
        return None
    if not len(element):
        return element.text or ""
    return {child.tag.rpartition("}")[2]: _value(child) for child in element}


def _bad(text: str) -> Refused:
    return refuse("XML_PARSER_ERROR", text)
