"""What batches leave behind, written as CSV, XML or JSON: outcomes of rows in the order of the request, rows of queries.

Source: wire reference 6 (R for the CSV of outcomes and the JSON of rows, D for the JSON of outcomes), Async guide "Get Batch Results" (D for XML).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sfchaos.core.gate import Refusal
from sfchaos.org.bulk1.jobs import Outcome
from sfchaos.org.bulk1.xml import NAMESPACE, clean
from sfchaos.org.call import dumps
from sfchaos.org.refusals import bulk_error
from sfchaos.org.soql.plan import Cases, Children, Column, Shape
from sfchaos.org.soql.run import QueryResult

NOTHING_FOUND = "Records not found for this query"  # K
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
TYPES = {"CSV": "text/csv", "XML": "application/xml", "JSON": "application/json"}  # without a charset: clients compare them whole (U heroku/salesforce-bulk)


def quoted_line(cells: Iterable[str]) -> str:
    return ",".join('"' + cell.replace('"', '""') + '"' for cell in cells)


# ---------------------------------------------------------------------- outcomes


def outcomes_body(form: str, outcomes: Sequence[Outcome], *, spaced: bool = False) -> bytes:
    if form == "JSON":
        return dumps([_outcome_json(o) for o in outcomes], spaced=spaced)
    if form == "XML":
        return _wrapped("results", "", (_outcome_xml(o) for o in outcomes))
    lines = (quoted_line((o.id, _word(not o.refusals), _word(o.created), "".join(map(bulk_error, o.refusals)))) for o in outcomes)
    return "".join(f"{line}\n" for line in (quoted_line(("Id", "Success", "Created", "Error")), *lines)).encode("utf-8", "replace")


def _word(value: bool) -> str:
    return "true" if value else "false"


def _outcome_json(o: Outcome) -> dict[str, Any]:
    errors = [{"fields": list(r.fields), "message": r.message, "statusCode": r.code, "extendedErrorDetails": None} for r in o.refusals]
    return {"success": not o.refusals, "created": o.created, "id": o.id or None, "errors": errors}


def _outcome_xml(o: Outcome) -> str:
    inner = [*map(_error_xml, o.refusals), *([f"  <id>{o.id}</id>\n"] if o.id else []), f"  <success>{_word(not o.refusals)}</success>\n", f"  <created>{_word(o.created)}</created>\n"]
    return f" <result>\n{''.join(inner)} </result>\n"


def _error_xml(refusal: Refusal) -> str:
    fields = "".join(f"   <fields>{clean(name)}</fields>\n" for name in refusal.fields)
    return f"  <errors>\n{fields}   <message>{clean(refusal.message)}</message>\n   <statusCode>{clean(refusal.code)}</statusCode>\n  </errors>\n"


def _wrapped(root: str, spaces: str, parts: Iterable[str]) -> bytes:
    return f'{_HEAD}<{root} xmlns="{NAMESPACE}"{spaces}>\n{"".join(parts)}</{root}>'.encode("utf-8", "replace")


# ---------------------------------------------------------------------- queries


def list_body(form: str, ids: Sequence[str], *, spaced: bool = False) -> bytes:
    """The ids of a query batch's results, 15 characters each (R)."""
    if form == "JSON":
        return dumps([i[:15] for i in ids], spaced=spaced)
    return f'<result-list xmlns="{NAMESPACE}">{"".join(f"<result>{i[:15]}</result>" for i in ids)}</result-list>'.encode()


def query_bodies(form: str, found: QueryResult, base: str, rows: int) -> Iterator[tuple[bytes, int, int]]:
    """Files of up to `rows` rows, each with the range of rows it holds; one file where there are none. `base` is /services/data/v62.0."""
    made = _written(form, found, base)
    for start in range(0, max(1, len(made)), rows):
        end = min(start + rows, len(made))
        yield _file(form, found.fields, made[start:end]), start, end


def _written(form: str, found: QueryResult, base: str) -> Sequence[Any]:
    if form == "CSV":
        return [quoted_line(cells) for cells in found.flat_rows()]
    records = found.records(base)
    for record in records:
        _rewrite_dates(found.plan.shape, record, _with_z if form == "XML" else _milliseconds)
    return ["".join(_record_xml("records", record)) for record in records] if form == "XML" else records


def _file(form: str, fields: Sequence[str], rows: Sequence[Any]) -> bytes:
    if form == "JSON":
        return dumps(rows)
    if form == "XML":
        return _wrapped("queryResult", f' xmlns:xsi="{_XSI}"', rows)
    lines = (quoted_line(fields), *rows) if rows else (NOTHING_FOUND,)
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "replace")


def _record_xml(name: str, record: Mapping[str, Any]) -> Iterator[str]:
    """`<records xsi:type="sObject"><type>Account</type><Id>..</Id>...`; a parent is such an element too, children are `records` inside theirs (K)."""
    yield f'<{name} xsi:type="sObject">'
    for key, value in record.items():
        if key == "attributes":
            yield f"<type>{clean(value['type'])}</type>"
        elif value is None:
            yield f'<{key} xsi:nil="true"/>'
        elif isinstance(value, dict) and "records" in value:
            yield f'<{key} xsi:type="QueryResult"><done>true</done>{"".join("".join(_record_xml("records", r)) for r in value["records"])}<size>{len(value["records"])}</size></{key}>'
        elif isinstance(value, dict):
            yield from _record_xml(key, value)
        else:
            yield f"<{key}>{clean(value)}</{key}>"
    yield f"</{name}>\n" if name == "records" else f"</{name}>"


def _rewrite_dates(shape: Shape, record: dict[str, Any], rewrite: Callable[[str], int | str]) -> None:
    """Dates of a record, its parents and children, in place. FORMAT() has made a text of its own of some."""
    for member in shape.members:
        value = record.get(member.key)
        if value is None:
            continue
        if isinstance(member, Column):
            if member.type in ("datetime", "date") and isinstance(value, str) and member.style is None:
                record[member.key] = rewrite(value)
        elif isinstance(member, Shape):
            _rewrite_dates(member, value, rewrite)
        elif isinstance(member, Cases):
            _rewrite_dates(member.of(value["attributes"]["type"]), value, rewrite)
        elif isinstance(member, Children):
            for child in value["records"]:
                _rewrite_dates(member.plan.shape, child, rewrite)


def _with_z(text: str) -> str:
    """As in CSV and in all XML of this API (wire reference 6, R)."""
    return text.replace("+0000", "Z")


def _milliseconds(text: str) -> int | str:
    """Datetimes count from 1970 in JSON (R; U simple-salesforce#290); that dates do so too is a guess."""
    try:
        at = datetime.fromisoformat(text if "T" in text else f"{text}T00:00:00.000+0000")
    except ValueError:
        return text
    return round(at.timestamp() * 1000)
