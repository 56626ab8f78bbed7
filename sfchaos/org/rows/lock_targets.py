"""Which records a request is about to write, as lock keys: from its path and body, before the org has seen it.

REST rows, collections, composite parts, Bulk uploads and SOAP calls with the same rows give the same keys, so that a lock set at one
holds at all of them.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

from sfchaos.org.ids import is_id
from sfchaos.org.rows.locks import normal, parent_keys, record_keys
from sfchaos.org.rows.row_input import matches

if TYPE_CHECKING:
    from sfchaos.org.org import Org
    from sfchaos.org.schema.model import SObject

Row = Mapping[str, Any]


def keys_addressed(org: Org, method: str, path: str, body: bytes, *, scope: str) -> list[str]:
    """Lock keys of the rows that a request writes, each once, in order. `scope` "parent" gives their parents instead;
    a row without parents then gives its own."""
    keys: dict[str, None] = {}
    for sobject, record_id, row, key_field in _rows(org, method, path, body):
        found = _parents(org, sobject, record_id, row) if scope == "parent" else []
        for key in found or [*record_keys(sobject, record_id, row, key_field), *_stored_ids(org, sobject, row, key_field)]:
            keys[normal(key)] = None
    return list(keys)


def _stored_ids(org: Org, sobject: SObject, row: Row, key_field: str) -> list[str]:
    """Ids of the rows that have the external ids of this one: whoever writes them by id meets the lock too."""
    found: list[str] = []
    for name, value in row.items():
        f = sobject.find(name)
        if f is not None and f.has_column and f.name != "Id" and (f.external_id or f.key == key_field.lower()) and isinstance(value, str) and value.strip():
            found += matches(org, sobject, f, value.strip())
    return found


def _parents(org: Org, sobject: SObject, record_id: str, row: Row) -> list[str]:
    keys = parent_keys(sobject, row)
    return keys or (org.locks.stored_parents(sobject, record_id) if record_id else [])


Addressed = tuple["SObject", str, Row, str]


def _rows(org: Org, method: str, path: str, body: bytes) -> list[Addressed]:
    """(sObject, record id, row as sent, key field) for each row of the request; none for a read."""
    if method not in ("POST", "PATCH", "PUT", "DELETE"):
        return []
    split = urlsplit(path)
    parts = [unquote(part) for part in split.path.strip("/").split("/")]
    if [part.lower() for part in parts[:2]] == ["services", "soap"]:
        from sfchaos.org.soap.addressed import rows_addressed  # SOAP stands on rows

        return rows_addressed(org, body)
    match parts[3:]:
        case ["sobjects", name, *rest]:
            return _rest_row(org, name, rest, _json(body))
        case ["composite", "sobjects", *rest]:
            return _collection(org, rest, split.query, _json(body))
        case ["composite"] | ["composite", "batch"]:
            return _composite(org, _json(body))
        case ["composite", "graph"]:
            graphs = _json(body).get("graphs")
            return [row for graph in graphs if isinstance(graph, dict) for row in _composite(org, graph)] if isinstance(graphs, list) else []
        case ["composite", "tree", name]:
            return _tree(org, name, _json(body))
        case ["jobs", "ingest", job_id, *_]:
            return _bulk(org, job_id, body)
    return []


def _json(body: bytes) -> dict[str, Any]:
    """The object of a body; empty for anything else."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _rest_row(org: Org, name: str, rest: list[str], body: Any) -> list[Addressed]:
    sobject = org.schema.find(name)
    row = body if isinstance(body, dict) else {}
    if sobject is None:
        return []
    match rest:
        case []:
            return [(sobject, "", row, "")]
        case [record_id]:
            return [(sobject, record_id if is_id(record_id) else "", row, "")]
        case [field, value]:
            return [(sobject, "", {**row, field: value}, field)]
    return []


def _collection(org: Org, rest: list[str], query: str, body: Any) -> list[Addressed]:
    ids = [part for text in parse_qs(query).get("ids", []) for part in text.split(",")]
    found: list[Addressed] = [(s, i, {}, "") for i in ids if (s := org.schema.of_prefix(i[:3])) is not None]
    key_field = rest[1] if len(rest) > 1 else ""
    records = body.get("records", []) if isinstance(body, dict) else []
    for row in records if isinstance(records, list) else []:
        kind = row.get("attributes", {}).get("type", "") if isinstance(row, dict) else ""
        sobject = org.schema.find(str(kind))
        if sobject is not None:
            record_id = next((str(value) for name, value in row.items() if name.lower() == "id" and value), "")
            found.append((sobject, record_id, {n: v for n, v in row.items() if n.lower() != "id"}, key_field))
    return found


def _composite(org: Org, body: Any) -> list[Addressed]:
    """Parts of /composite and /composite/batch, without references to each other's results."""
    found: list[Addressed] = []
    parts = body.get("compositeRequest", body.get("batchRequests", [])) if isinstance(body, dict) else []
    for part in parts if isinstance(parts, list) else []:
        if isinstance(part, dict):
            url = str(part.get("url", ""))
            url = url if url.startswith("/services/") else f"/services/data/{url.lstrip('/')}"
            inner = json.dumps(part.get("body", part.get("richInput", {}))).encode()
            found += _rows(org, str(part.get("method", "")), url, inner)
    return found


def _tree(org: Org, name: str, body: Any) -> list[Addressed]:
    """Records of /composite/tree/X and what hangs under them."""
    found: list[Addressed] = []
    level = [(name, record) for record in _records(body)]
    while level:
        below: list[tuple[str, dict[str, Any]]] = []
        for kind, record in level:
            sobject = org.schema.find(kind)
            if sobject is not None:
                found.append((sobject, "", {key: value for key, value in record.items() if not isinstance(value, dict)}, ""))
            below += [(str(_kind_of(child)), child) for value in record.values() for child in _records(value)]
        level = below
    return found


def _records(holder: Any) -> list[dict[str, Any]]:
    records = holder.get("records") if isinstance(holder, dict) else None
    return [record for record in records if isinstance(record, dict)] if isinstance(records, list) else []


def _kind_of(record: dict[str, Any]) -> Any:
    attributes = record.get("attributes")
    return attributes.get("type", "") if isinstance(attributes, dict) else ""


def _bulk(org: Org, job_id: str, body: bytes) -> list[Addressed]:
    """Rows of a CSV upload, read as the job says (its `object` and `external_id_field`)."""
    job = org.registers.jobs.get(job_id)
    sobject = org.schema.find(str(getattr(job, "object", ""))) if job is not None else None
    if sobject is None:
        return []
    key_field = str(getattr(job, "external_id_field", "") or "")
    found: list[Addressed] = []
    for cells in csv.DictReader(io.StringIO(body.decode("utf-8-sig", "replace"), newline=""), delimiter=getattr(job, "separator", ",")):
        row = {name: value for name, value in cells.items() if name and value}
        record_id = next((value for name, value in row.items() if name.lower() == "id"), "")
        found.append((sobject, record_id, {n: v for n, v in row.items() if n.lower() != "id"}, key_field))
    return found
